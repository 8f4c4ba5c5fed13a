//! The JSON that other programs read: structs of their own, so that a change inside the product cannot
//! change the format by accident. Version 1 only ever gains fields.

use super::Report;
use super::history::{WireFixed, WireHistory};
use super::wire_benchmark::WireBenchmark;
use crate::finding::{Confidence, Finding, Severity};
use crate::model::{DocumentId, Gap};
use schemars::JsonSchema;
use serde::Serialize;
use serde::ser::Serializer;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The version of the format.
pub(super) const VERSION: &str = "1";

/// A report of leastwise.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "leastwise report", rename = "Report")]
pub(super) struct WireReport<'a> {
    /// The version of this format: it only gains fields until the number changes.
    #[schemars(extend("const" = VERSION))]
    version: &'static str,
    #[serde(flatten)]
    run: WireRun<'a>,
    /// What was found: worst first, then by rule, resource and member.
    #[schemars(with = "Vec<WireFinding<'static>>")]
    findings: Findings<'a>,
    /// What could not be judged. Never a pass.
    #[schemars(with = "Vec<WireGap<'static>>")]
    gaps: Gaps<'a>,
    /// What the configuration suppresses.
    #[schemars(with = "Vec<WireSuppressed<'static>>")]
    suppressed: Suppressed<'a>,
    /// What earlier runs found and this one, having looked, did not; absent without a history.
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<Vec<WireFixed<'a>>>,
    /// What it means for the benchmark that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    benchmark: Option<WireBenchmark<'a>>,
}

/// The run as a whole.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Run")]
pub(super) struct WireRun<'a> {
    /// What wrote this.
    tool: Tool,
    /// The moment against which ages and expiries were judged (RFC 3339).
    time: String,
    catalog: WireCatalog<'a>,
    /// The worst severity among the findings; null if there are none.
    max_severity: Option<Severity>,
    coverage: WireCoverage<'a>,
    /// Findings left out because the baseline knew them.
    baselined: u64,
    /// Findings left out because of their severity, or because the persona does not ask for them.
    hidden: u64,
    /// How the run compares to those before it; absent without a history.
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<WireHistory>,
    /// Remarks for people: unused or expired suppressions, the state of the baseline.
    notices: &'a [String],
}

/// Which catalogue said what roles carry.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Catalog")]
struct WireCatalog<'a> {
    /// The day of the embedded one (`2026-08-22`).
    embedded: &'a str,
    /// When what lies over it was imported (RFC 3339); absent if nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    imported: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Tool {
    /// Always `leastwise`.
    name: &'static str,
    /// The version of the tool.
    version: &'static str,
}

/// Something that a rule found on a resource.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
pub(super) struct WireFinding<'a> {
    /// The rule's id.
    rule: &'a str,
    /// How bad it is.
    severity: Severity,
    /// How sure the rule is.
    confidence: Confidence,
    /// One sentence in plain words.
    message: Cow<'a, str>,
    /// The full resource name, as the input spells it.
    resource: &'a str,
    /// The JSON pointer (RFC 6901) in the document, or in its line for NDJSON.
    pointer: &'a str,
    location: WireLocation<'a>,
    /// The identity of the finding across runs, machines and layouts of files.
    fingerprint: String,
    /// `new`, `open` or `reopened`, compared to earlier runs; absent without a history.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["new", "open", "reopened"]))]
    state: Option<&'static str>,
    /// When a run found it first (RFC 3339); absent without a history.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_seen: Option<String>,
    /// The role of the binding.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    /// The member of the binding, as the input spells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<&'a str>,
    /// The expression of the binding's condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<&'a str>,
    /// What else distinguishes the finding: a permission, a key, a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    /// Evidence that the message leaves out.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

/// A finding that the configuration suppresses.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SuppressedFinding")]
pub(super) struct WireSuppressed<'a> {
    #[serde(flatten)]
    finding: WireFinding<'a>,
    /// The reason that the suppression gives.
    reason: &'a str,
}

/// A place in a document.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Location")]
struct WireLocation<'a> {
    /// The path as it was given, `-` for standard input.
    file: Cow<'a, str>,
    /// 1-based line; absent where the whole file is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    /// 1-based column in characters; absent where the whole file is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
}

/// Something that could not be judged.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Gap")]
pub(super) struct WireGap<'a> {
    /// Why, as a word that stays the same.
    reason: &'static str,
    /// One sentence in plain words.
    message: &'a str,
    /// Something that was asked for and should have been there is missing: exit code 3.
    incomplete: bool,
    /// The full name of the resource it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
    /// The path of the document it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<Cow<'a, str>>,
    /// The place in that document.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<WireLocation<'a>>,
    /// Ids of the rules that could not answer because of it; empty means all.
    rules: &'a [String],
    /// How many outcomes (rule × asset) are unknown because of it.
    outcomes: u64,
}

/// What was judged, and how it came out.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Coverage")]
struct WireCoverage<'a> {
    /// Nothing that was asked for is missing.
    complete: bool,
    /// Assets judged.
    assets: u64,
    /// Bindings of allow policies judged.
    bindings: u64,
    /// Pairs of a binding and one of its members.
    grants: u64,
    /// Rules that ran.
    rules: u64,
    outcomes: WireOutcomes,
    /// Documents by the form in which they were written.
    documents: BTreeMap<&'static str, u64>,
    /// Files met while walking folders that are nothing we know.
    foreign: Vec<WireForeign<'a>>,
    /// Bytes read.
    bytes: u64,
}

/// The four outcomes, counted over rule × asset.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Outcomes")]
pub(super) struct WireOutcomes {
    /// At least one finding.
    pub(super) fail: u64,
    /// Judged, and nothing found.
    pub(super) pass: u64,
    /// Could not be judged.
    pub(super) unknown: u64,
    /// The rule does not concern the asset.
    pub(super) not_applicable: u64,
}

/// A file that was passed over.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ForeignFile")]
struct WireForeign<'a> {
    /// Its path.
    file: &'a str,
    /// Why it is nothing we know.
    reason: &'a str,
}

impl<'a> WireReport<'a> {
    /// The report in its outer form; findings and gaps are converted one by one while they are written.
    pub(super) fn new(report: &'a Report<'a>) -> WireReport<'a> {
        WireReport {
            version: VERSION,
            run: WireRun::new(report),
            findings: Findings(report),
            gaps: Gaps(report),
            suppressed: Suppressed(report),
            fixed: report
                .changes
                .map(|changes| WireFixed::all(changes).collect()),
            benchmark: report.benchmark.as_ref().map(WireBenchmark::new),
        }
    }
}

impl<'a> WireRun<'a> {
    /// Everything but the lists.
    pub(super) fn new(report: &'a Report<'a>) -> WireRun<'a> {
        let coverage = &report.coverage;
        WireRun {
            tool: Tool {
                name: "leastwise",
                version: report.version,
            },
            time: report.now.to_string(),
            catalog: WireCatalog {
                embedded: report.catalog.embedded,
                imported: report.catalog.imported.map(|moment| moment.to_string()),
            },
            max_severity: report.max_severity(),
            coverage: WireCoverage {
                complete: coverage.complete,
                assets: coverage.assets,
                bindings: coverage.bindings,
                grants: coverage.grants,
                rules: coverage.rules,
                outcomes: WireOutcomes {
                    fail: coverage.outcomes.fail,
                    pass: coverage.outcomes.pass,
                    unknown: coverage.outcomes.unknown,
                    not_applicable: coverage.outcomes.not_applicable,
                },
                documents: coverage
                    .documents
                    .iter()
                    .map(|(dialect, n)| (dialect.slug(), *n))
                    .collect(),
                foreign: coverage
                    .foreign
                    .iter()
                    .map(|(file, reason)| WireForeign { file, reason })
                    .collect(),
                bytes: coverage.bytes,
            },
            baselined: super::words::len(&report.baselined),
            hidden: report.hidden.by_persona + report.hidden.by_severity,
            history: report.changes.map(WireHistory::new),
            notices: &report.notices,
        }
    }
}

impl<'a> WireFinding<'a> {
    /// One finding.
    pub(super) fn new(report: &'a Report<'a>, finding: &'a Finding) -> WireFinding<'a> {
        let fingerprint = report.fingerprint(finding);
        let seen = report
            .changes
            .and_then(|changes| changes.found.get(&fingerprint));
        WireFinding {
            rule: report.rule_id(finding),
            severity: finding.severity,
            confidence: finding.confidence,
            message: report.plain_message(finding),
            resource: &finding.resource,
            pointer: &finding.pointer,
            location: location(report, finding.document, Some(finding.location)),
            fingerprint,
            state: seen.map(|seen| seen.state.slug()),
            first_seen: seen.map(|seen| seen.first_seen.to_string()),
            role: finding.role.as_deref(),
            member: finding.member.as_deref(),
            condition: finding.condition.as_deref(),
            detail: finding.detail.as_deref(),
            note: finding.note.as_deref(),
        }
    }
}

impl<'a> WireSuppressed<'a> {
    /// One suppressed finding with the reason for it.
    pub(super) fn new(
        report: &'a Report<'a>,
        (finding, reason): &'a (Finding, String),
    ) -> WireSuppressed<'a> {
        WireSuppressed {
            finding: WireFinding::new(report, finding),
            reason,
        }
    }
}

impl<'a> WireGap<'a> {
    /// One gap.
    pub(super) fn new(report: &'a Report<'a>, gap: &'a Gap) -> WireGap<'a> {
        WireGap {
            reason: gap.reason.slug(),
            message: &gap.message,
            incomplete: gap.reason.is_incomplete(),
            resource: gap.resource.as_deref(),
            file: gap.document.map(|document| report.path(document)),
            location: gap
                .document
                .filter(|_| gap.location.is_some())
                .map(|document| location(report, document, gap.location)),
            rules: &gap.rules,
            outcomes: gap.outcomes,
        }
    }
}

fn location<'a>(
    report: &'a Report<'a>,
    document: DocumentId,
    at: Option<crate::model::Location>,
) -> WireLocation<'a> {
    WireLocation {
        file: report.path(document),
        line: at.map(|at| at.line),
        column: at.map(|at| at.column),
    }
}

struct Findings<'a>(&'a Report<'a>);
struct Gaps<'a>(&'a Report<'a>);
struct Suppressed<'a>(&'a Report<'a>);

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let findings = self.0.findings.iter();
        serializer.collect_seq(findings.map(|finding| WireFinding::new(self.0, finding)))
    }
}

impl Serialize for Gaps<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.gaps.iter().map(|gap| WireGap::new(self.0, gap)))
    }
}

impl Serialize for Suppressed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let suppressed = self.0.suppressed.iter();
        serializer.collect_seq(suppressed.map(|pair| WireSuppressed::new(self.0, pair)))
    }
}
