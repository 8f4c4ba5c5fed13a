//! SARIF 2.1.0 within what GitHub code scanning accepts. GitHub rejects a file that exceeds any of its
//! maxima, so we cut ourselves and say so in a notification.
//! <https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>

mod log;
mod uri;

use super::json::Visible;
use super::page::rule_page;
use super::words::{number, one_line, shorten};
use super::{Report, Style};
use crate::finding::{Confidence, Finding, Severity};
use crate::model::{DocumentId, Gap};
use log::{
    ArtifactLocation, AutomationDetails, Configuration, Descriptor, Driver, Help, Invocation,
    Location, Log, Message, Notification, PhysicalLocation, Reference, Region, ResultProperties,
    RuleProperties, Run, SarifResult, Tool,
};
use serde::Serialize;
use serde::ser::Serializer;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Results that GitHub keeps.
const RESULTS: usize = 5_000;
/// Notifications: no documented maximum, but the file may not grow without bound.
const NOTIFICATIONS: usize = 5_000;
/// Characters of a rule's short and full description.
const DESCRIPTION: usize = 1_024;
/// Tags of a rule that GitHub shows; it accepts twice as many.
const TAGS: usize = 10;
/// The category of the run; the part after the last slash would be the id of one run.
const CATEGORY: &str = "leastwise/lint/";

/// Writes the report as one SARIF log. Suppressed findings are left out: GitHub ignores suppressions and
/// would open alerts for them.
pub(super) fn write(report: &Report<'_>, _style: Style, out: &mut dyn Write) -> io::Result<()> {
    // In the report's order, so worst first.
    let kept = report.findings.get(..RESULTS).unwrap_or(&report.findings);
    let (rules, indices) = rules(report, kept);
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "leastwise",
                    version: report.version,
                    semantic_version: report.version,
                    information_uri: env!("CARGO_PKG_REPOSITORY"),
                    rules,
                },
            },
            automation_details: AutomationDetails { id: CATEGORY },
            invocations: [Invocation {
                execution_successful: report.coverage.complete,
                end_time_utc: report.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                tool_execution_notifications: notifications(report, kept.len()),
            }],
            column_kind: "unicodeCodePoints",
            results: Results {
                report,
                kept,
                indices,
            },
        }],
    };
    serde_json::to_writer_pretty(Visible(&mut *out), &log)?;
    writeln!(out)
}

/// The results, converted one by one while they are written.
struct Results<'a> {
    report: &'a Report<'a>,
    kept: &'a [Finding],
    indices: BTreeMap<u16, usize>,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.kept.iter().map(|finding| {
            result(
                self.report,
                finding,
                self.indices.get(&finding.rule.0).copied(),
            )
        }))
    }
}

fn result<'a>(
    report: &'a Report<'a>,
    finding: &'a Finding,
    rule_index: Option<usize>,
) -> SarifResult<'a> {
    let fingerprint = report.fingerprint(finding);
    let hash = fingerprint.trim_start_matches("v1:");
    let first_line = format!("{}:1", hash.get(..16).unwrap_or(hash));
    let mut message = sentence(&report.message(finding));
    if let Some(note) = &finding.note {
        message = format!("{message} {}", sentence(note));
    }
    SarifResult {
        rule_id: report.rule_id(finding),
        rule_index,
        level: level(finding.severity),
        message: Message { text: message },
        locations: [location(report, finding.document, Some(finding.location))],
        // GitHub looks at the first only; the second is ours, whole.
        partial_fingerprints: BTreeMap::from([
            ("primaryLocationLineHash", first_line),
            ("leastwise/v1", hash.to_owned()),
        ]),
        properties: ResultProperties {
            severity: finding.severity.slug(),
            confidence: finding.confidence.slug(),
            resource: &finding.resource,
            pointer: &finding.pointer,
        },
    }
}

/// GitHub takes the first sentence of a message as the title of the alert.
fn sentence(text: &str) -> String {
    let text = one_line(text);
    if text.is_empty() || text.ends_with(['.', '!', '?']) {
        text
    } else {
        format!("{text}.")
    }
}

/// The rules that have results, and where each stands in that list.
fn rules<'a>(
    report: &'a Report<'a>,
    kept: &[Finding],
) -> (Vec<Descriptor<'a>>, BTreeMap<u16, usize>) {
    let mut worst = BTreeMap::<u16, Severity>::new();
    for finding in kept {
        let severity = worst.entry(finding.rule.0).or_insert(finding.severity);
        *severity = finding.severity.max(*severity);
    }
    let mut descriptors = Vec::new();
    let mut indices = BTreeMap::new();
    for (id, severity) in worst {
        let Some(rule) = report.rules.get(usize::from(id)) else {
            continue;
        };
        indices.insert(id, descriptors.len());
        let file = &rule.file;
        let mut tags = vec!["security".to_owned()];
        for tag in &file.tags {
            if tags.len() < TAGS && !tags.contains(tag) {
                tags.push(tag.clone());
            }
        }
        descriptors.push(Descriptor {
            id: &rule.id,
            short_description: description(&file.title),
            full_description: description(&file.why),
            help: Help {
                text: format!("{} {}", one_line(&file.why), one_line(&file.fix)),
                markdown: rule_page(rule, None),
            },
            help_uri: file
                .references
                .iter()
                .map(String::as_str)
                .find(|reference| {
                    reference.starts_with("https://")
                        && reference.bytes().all(|b| b.is_ascii_graphic())
                }),
            default_configuration: Configuration {
                level: level(severity),
            },
            properties: RuleProperties {
                tags,
                precision: match file.confidence {
                    Confidence::Low => "low",
                    Confidence::Medium => "medium",
                    Confidence::High => "high",
                },
                security_severity: security_severity(severity),
            },
        });
    }
    (descriptors, indices)
}

fn description(text: &str) -> Message {
    Message {
        text: shorten(&one_line(text), DESCRIPTION),
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// GitHub's scale: critical is over 9.0, high from 7.0, medium from 4.0, low from 0.1. One number a rule:
/// that of its worst result, so that no alert looks milder than it is.
fn security_severity(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("2.0"),
        Severity::Info => None,
    }
}

fn notifications(report: &Report<'_>, kept: usize) -> Vec<Notification> {
    let mut notifications = Vec::new();
    let mut say = |id, text| {
        notifications.push(Notification {
            descriptor: Reference { id },
            level: "warning",
            message: Message { text },
            locations: Vec::new(),
        });
    };
    let cut = |n: usize| number(u64::try_from(n).unwrap_or(u64::MAX));
    if report.findings.len() > kept {
        let (all, kept) = (cut(report.findings.len()), cut(kept));
        let text = format!("Only the {kept} worst of {all} results are in this file.");
        say("results-truncated", text);
    }
    if report.gaps.len() > NOTIFICATIONS {
        let (all, kept) = (cut(report.gaps.len()), cut(NOTIFICATIONS));
        let text = format!("Only {kept} of {all} gaps are in this file.");
        say("gaps-truncated", text);
    }
    // What makes the run incomplete must not be what is cut.
    let gaps = report.gaps_by_reason();
    let gaps = gaps.iter().flat_map(|(_, gaps)| gaps).take(NOTIFICATIONS);
    notifications.extend(gaps.map(|gap| notification(report, gap)));
    notifications
}

fn notification(report: &Report<'_>, gap: &Gap) -> Notification {
    let mut text = sentence(&gap.message);
    if let Some(resource) = &gap.resource {
        text = format!("{text} Resource: {resource}.");
    }
    if !gap.rules.is_empty() {
        text = format!("{text} Rules: {}.", gap.rules.join(", "));
    }
    Notification {
        descriptor: Reference {
            id: gap.reason.slug(),
        },
        level: if gap.reason.is_incomplete() {
            "error"
        } else {
            "note"
        },
        message: Message { text },
        locations: gap
            .document
            .map(|document| location(report, document, gap.location))
            .into_iter()
            .collect(),
    }
}

fn location(
    report: &Report<'_>,
    document: DocumentId,
    at: Option<crate::model::Location>,
) -> Location {
    let path = usize::try_from(document.0)
        .ok()
        .and_then(|index| report.documents.get(index))
        .map(|document| document.path.as_path());
    Location {
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation {
                uri: uri::relative(path),
            },
            region: at.map(|at| {
                // SARIF counts from 1; the end is exclusive, and GitHub asks for all four.
                let (line, column) = (at.line.max(1), at.column.max(1));
                Region {
                    start_line: line,
                    start_column: column,
                    end_line: line,
                    end_column: column.saturating_add(1),
                }
            }),
        },
    }
}
