//! Findings as Security Command Center takes them, and what has to be written so that a source there says what the
//! report says: findings that are new or differ, and those that are gone.
//!
//! <https://cloud.google.com/security-command-center/docs/reference/rest/v1/organizations.sources.findings>

use super::Report;
use super::words::{one_line, shorten};
use crate::finding::{Finding, Severity};
use crate::model::{Gap, GapReason, canonical};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Characters of a text that is sent.
const TEXT: usize = 1_000;

/// The fields that a write changes. `resourceName` and `category` are immutable, and muting is not ours.
const FIELDS: &str =
    "state,severity,findingClass,externalUri,eventTime,description,nextSteps,sourceProperties";

/// What has to be written.
#[derive(Debug, Default, PartialEq)]
pub struct Plan {
    /// In the order of the report, then what is closed, by name.
    pub writes: Vec<Write>,
    /// How many findings are there already just as they would be written.
    pub unchanged: u64,
    /// How many active findings of this scope are absent now and stay open nevertheless: the run was incomplete, or
    /// could not judge them.
    pub kept: u64,
}

/// One PATCH, which creates the finding if it is not there.
#[derive(Debug, PartialEq)]
pub struct Write {
    /// `organizations/1/sources/2/findings/<32 hex digits>`.
    pub name: String,
    /// The fields that are changed; `None` where it may have to be created.
    pub mask: Option<&'static str>,
    /// The finding.
    pub body: Value,
    /// It sets a finding to INACTIVE.
    pub closes: bool,
}

/// Whether `source` is the name of a source: `organizations/1/sources/2`, or that of a folder or project.
pub fn is_source(source: &str) -> bool {
    let parts: Vec<&str> = source.split('/').collect();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let id = |text: &str| {
        let inside = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        !text.is_empty() && text.bytes().all(inside)
    };
    match parts[..] {
        ["organizations" | "folders", parent, "sources", source] => {
            digits(parent) && digits(source)
        }
        ["projects", parent, "sources", source] => id(parent) && digits(source),
        _ => false,
    }
}

/// What has to be written so that `source`, whose ACTIVE findings are `active`, says what `report` says.
///
/// A finding is closed only by a complete run of the scope that opened it, whose rules judged it and do not report it
/// any more. What is INACTIVE is never looked at.
pub fn plan(report: &Report<'_>, source: &str, active: &[Value]) -> Plan {
    let there: BTreeMap<&str, &Value> = active
        .iter()
        .filter_map(|finding| Some((id(finding.get("name")?.as_str()?), finding)))
        .collect();
    let mut plan = Plan::default();
    let mut reported = BTreeSet::new();
    for finding in &report.findings {
        let id = finding_id(report, finding);
        let name = format!("{source}/findings/{id}");
        let mut body = body(report, finding);
        let known = there.get(&*id).copied();
        // Whoever opened it closes it.
        if let Some(scope) = known.and_then(|known| known.pointer("/sourceProperties/scope")) {
            body["sourceProperties"]["scope"] = scope.clone();
        }
        if !reported.insert(id) {
            continue;
        }
        if known.is_some_and(|known| says_the_same(known, &body)) {
            plan.unchanged += 1;
            continue;
        }
        plan.writes.push(Write {
            name,
            mask: known.map(|_| FIELDS),
            body,
            closes: false,
        });
    }
    let scope = scope(report);
    for (id, finding) in there {
        // A run that does not say what it was about closes nothing.
        let of_scope = !scope.is_empty() && property(finding, "scope") == Some(&scope);
        if reported.contains(id) || !of_scope {
            continue;
        }
        if !report.coverage.complete || !judged(report, finding) {
            plan.kept += 1;
            continue;
        }
        plan.writes.push(Write {
            name: format!("{source}/findings/{id}"),
            mask: Some("state,eventTime"),
            body: json!({ "state": "INACTIVE", "eventTime": report.now.to_string() }),
            closes: true,
        });
    }
    plan
}

/// What stands after the last slash of a finding's name.
fn id(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// 32 hex digits of the fingerprint: an id has at most 32 letters and digits.
fn finding_id(report: &Report<'_>, finding: &Finding) -> String {
    let print = report.fingerprint(finding);
    let hex = print.rsplit(':').next().unwrap_or(&print);
    hex.chars().take(32).collect()
}

fn scope(report: &Report<'_>) -> String {
    shorten(&report.coverage.scope.join(" "), TEXT)
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRITICAL",
        Severity::High => "HIGH",
        Severity::Medium => "MEDIUM",
        // There is nothing below it.
        Severity::Low | Severity::Info => "LOW",
    }
}

/// The full resource name as Google's services spell it.
fn resource_name(resource: &str) -> String {
    const BUCKET: &str = "//storage.googleapis.com/projects/_/buckets/";
    match resource.strip_prefix(BUCKET) {
        Some(bucket) => format!("//storage.googleapis.com/{bucket}"),
        None => resource.to_owned(),
    }
}

fn body(report: &Report<'_>, finding: &Finding) -> Value {
    // Keys begin with a letter and hold letters, digits and `_`.
    let mut properties = Map::new();
    let mut set = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            properties.insert(key.to_owned(), shorten(value, TEXT).into());
        }
    };
    let fingerprint = report.fingerprint(finding);
    set("fingerprint", Some(&fingerprint));
    set("scope", Some(&scope(report)));
    set("confidence", Some(finding.confidence.slug()));
    set("leastwise_severity", Some(finding.severity.slug()));
    set("role", finding.role.as_deref());
    set("member", finding.member.as_deref());
    set("condition", finding.condition.as_deref());
    set("detail", finding.detail.as_deref());
    set("note", finding.note.as_deref());
    let rule = report.rule(finding);
    let mut body = json!({
        "state": "ACTIVE",
        "category": report.rule_id(finding),
        "resourceName": resource_name(&finding.resource),
        "severity": severity(finding.severity),
        "findingClass": "MISCONFIGURATION",
        "eventTime": report.now.to_string(),
        "description": shorten(&report.plain_message(finding), TEXT),
        "sourceProperties": properties,
    });
    if let Some(rule) = rule {
        body["nextSteps"] = shorten(&one_line(&rule.file.fix), TEXT).into();
    }
    if let Some(address) = report.rule_address(finding) {
        body["externalUri"] = address.into();
    }
    body
}

/// Whether a finding that is there differs in nothing that a write could change, but for the time.
fn says_the_same(known: &Value, body: &Value) -> bool {
    const COMPARED: [&str; 4] = ["severity", "externalUri", "description", "sourceProperties"];
    COMPARED
        .into_iter()
        .all(|field| known.get(field) == body.get(field))
}

fn property<'v>(finding: &'v Value, key: &str) -> Option<&'v str> {
    finding.get("sourceProperties")?.get(key)?.as_str()
}

/// Whether the run would have found it again: its rule ran, and nothing that the rule could not judge may be it.
fn judged(report: &Report<'_>, finding: &Value) -> bool {
    let text = |key| finding.get(key).and_then(Value::as_str);
    let (Some(rule), Some(resource)) = (text("category"), text("resourceName")) else {
        return false;
    };
    let mut rules = report.rules.iter();
    let ran = rules.any(|known| known.id == rule && known.unmet.is_empty());
    ran && !report
        .gaps
        .iter()
        .any(|gap| hides(gap, rule, resource, property(finding, "role")))
}

/// Whether a finding of `rule` on `resource` may be what a gap left unknown.
fn hides(gap: &Gap, rule: &str, resource: &str, role: Option<&str>) -> bool {
    if !gap.rules.is_empty() && !gap.rules.iter().any(|other| other == rule) {
        return false;
    }
    match (&gap.resource, gap.reason) {
        // One gap stands for all grants of the role.
        (_, GapReason::RoleUnknown) => role.is_none_or(|role| gap.message.contains(role)),
        (Some(about), _) if gap.outcomes <= 1 => canonical(about) == canonical(resource),
        // Only the first of several resources is named.
        _ => true,
    }
}
