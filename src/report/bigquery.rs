//! Rows for a BigQuery table: one JSON object a line, all with the same columns. A run always leaves a row of its own,
//! so that a clean run differs from none, and a row for each gap, so that silence is never taken for a pass.
//!
//! <https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-json>

use super::{Report, Style, ndjson, words};
use crate::finding::Finding;
use crate::model::{Gap, project_of};
use jiff::{Timestamp, Unit};
use serde::Serialize;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::io::{self, Write};

/// A row. Its fields are [`COLUMNS`].
#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    run: &'a Run<'a>,
    #[serde(flatten)]
    content: &'a Content<'a>,
}

/// What every row says of the run.
#[derive(Serialize)]
struct Run<'a> {
    run_id: String,
    scan_time: String,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    scope: &'a [String],
    version: &'a str,
    complete: bool,
}

impl Run<'_> {
    fn row(&self, content: &Content<'_>, text: &mut Vec<u8>) -> io::Result<()> {
        ndjson::line(&Row { run: self, content }, text)
    }
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Content<'a> {
    Finding(Found<'a>),
    Suppressed(Found<'a>),
    Gap(Missing<'a>),
    Run(Totals),
}

#[derive(Serialize)]
struct Found<'a> {
    fingerprint: String,
    rule: &'a str,
    severity: &'a str,
    confidence: &'a str,
    resource: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    message: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_seen: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Missing<'a> {
    reason: &'a str,
    incomplete: bool,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    rules: &'a [String],
    outcomes: u64,
}

#[derive(Serialize)]
struct Totals {
    assets: u64,
    bindings: u64,
    grants: u64,
    findings: u64,
    gaps: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<u64>,
}

/// Name, type, mode and meaning of every column.
const COLUMNS: [(&str, &str, &str, &str); 30] = [
    (
        "run_id",
        "STRING",
        "REQUIRED",
        "The run: the same report has the same id. Rows with the same run_id, kind and fingerprint are the same",
    ),
    (
        "scan_time",
        "TIMESTAMP",
        "REQUIRED",
        "When the run judged; partition by it",
    ),
    ("scope", "STRING", "REPEATED", "What was asked for"),
    ("version", "STRING", "REQUIRED", "The version of leastwise"),
    (
        "complete",
        "BOOLEAN",
        "REQUIRED",
        "Everything that the run asked for could be read",
    ),
    (
        "kind",
        "STRING",
        "REQUIRED",
        "finding, suppressed, gap, or run: one row per run",
    ),
    (
        "fingerprint",
        "STRING",
        "NULLABLE",
        "The identity of the finding across runs",
    ),
    ("rule", "STRING", "NULLABLE", "The rule that found it"),
    (
        "severity",
        "STRING",
        "NULLABLE",
        "info, low, medium, high or critical",
    ),
    ("confidence", "STRING", "NULLABLE", "low, medium or high"),
    ("resource", "STRING", "NULLABLE", "The full resource name"),
    (
        "project",
        "STRING",
        "NULLABLE",
        "The project that the name of the resource carries; names of buckets carry none",
    ),
    ("role", "STRING", "NULLABLE", "The role of the binding"),
    ("member", "STRING", "NULLABLE", "The member of the binding"),
    (
        "condition",
        "STRING",
        "NULLABLE",
        "The expression of the condition of the binding",
    ),
    (
        "detail",
        "STRING",
        "NULLABLE",
        "What else distinguishes the finding",
    ),
    ("message", "STRING", "NULLABLE", "One sentence"),
    (
        "note",
        "STRING",
        "NULLABLE",
        "Evidence that the message leaves out",
    ),
    (
        "state",
        "STRING",
        "NULLABLE",
        "new, reopened or open; null without a history",
    ),
    (
        "first_seen",
        "TIMESTAMP",
        "NULLABLE",
        "When a run found it first; null without a history",
    ),
    (
        "reason",
        "STRING",
        "NULLABLE",
        "Of a gap, why it is one; of a suppressed finding, why it is accepted",
    ),
    (
        "incomplete",
        "BOOLEAN",
        "NULLABLE",
        "Of a gap: it makes the run incomplete",
    ),
    (
        "rules",
        "STRING",
        "REPEATED",
        "Of a gap: the rules that could not answer; none means all",
    ),
    (
        "outcomes",
        "INTEGER",
        "NULLABLE",
        "Of a gap: how many outcomes are unknown because of it",
    ),
    ("assets", "INTEGER", "NULLABLE", "Of a run: assets judged"),
    (
        "bindings",
        "INTEGER",
        "NULLABLE",
        "Of a run: bindings judged",
    ),
    (
        "grants",
        "INTEGER",
        "NULLABLE",
        "Of a run: pairs of a binding and a member",
    ),
    (
        "findings",
        "INTEGER",
        "NULLABLE",
        "Of a run: findings reported",
    ),
    (
        "gaps",
        "INTEGER",
        "NULLABLE",
        "Of a run: how many rows of the kind gap it has",
    ),
    (
        "fixed",
        "INTEGER",
        "NULLABLE",
        "Of a run: findings open before and gone now; null without a history",
    ),
];

/// The schema of the table, as `bq load --schema` takes it.
pub fn bigquery_schema() -> Value {
    let column = |(name, kind, mode, description): (&str, &str, &str, &str)| json!({ "name": name, "type": kind, "mode": mode, "description": description });
    COLUMNS.into_iter().map(column).collect()
}

/// Writes the rows.
pub(super) fn write(report: &Report<'_>, _style: Style, out: &mut dyn Write) -> io::Result<()> {
    let run = Run {
        run_id: report.run_id(),
        scan_time: timestamp(report.now),
        scope: &report.coverage.scope,
        version: report.version,
        complete: report.coverage.complete,
    };
    ndjson::in_parallel(&report.findings, out, |finding, text| {
        run.row(&Content::Finding(found(report, finding, None)), text)
    })?;
    let mut text = Vec::new();
    for (finding, reason) in &report.suppressed {
        let found = found(report, finding, Some(reason));
        run.row(&Content::Suppressed(found), &mut text)?;
    }
    for gap in &report.gaps {
        run.row(&Content::Gap(missing(gap)), &mut text)?;
    }
    let coverage = &report.coverage;
    let totals = Totals {
        assets: coverage.assets,
        bindings: coverage.bindings,
        grants: coverage.grants,
        findings: words::len(&report.findings),
        gaps: words::len(&report.gaps),
        fixed: report.changes.map(|changes| changes.fixed.len() as u64),
    };
    run.row(&Content::Run(totals), &mut text)?;
    out.write_all(&text)
}

fn found<'a>(
    report: &'a Report<'a>,
    finding: &'a Finding,
    reason: Option<&'a String>,
) -> Found<'a> {
    // What is suppressed is not remembered as found.
    let seen = reason.map_or_else(|| report.seen(finding), |_| None);
    Found {
        fingerprint: report.fingerprint(finding),
        rule: report.rule_id(finding),
        severity: finding.severity.slug(),
        confidence: finding.confidence.slug(),
        resource: &finding.resource,
        project: project_of(&finding.resource),
        role: finding.role.as_deref(),
        member: finding.member.as_deref(),
        condition: finding.condition.as_deref(),
        detail: finding.detail.as_deref(),
        message: report.plain_message(finding),
        note: finding.note.as_deref(),
        state: seen.map(|seen| seen.state.slug()),
        first_seen: seen.map(|seen| timestamp(seen.first_seen)),
        reason: reason.map(String::as_str),
    }
}

fn missing(gap: &Gap) -> Missing<'_> {
    Missing {
        reason: gap.reason.slug(),
        incomplete: gap.reason.is_incomplete(),
        message: &gap.message,
        resource: gap.resource.as_deref(),
        project: gap.resource.as_deref().and_then(project_of),
        rules: &gap.rules,
        outcomes: gap.outcomes,
    }
}

/// A moment as BigQuery takes it: it knows microseconds and refuses more digits.
fn timestamp(moment: Timestamp) -> String {
    moment
        .round(Unit::Microsecond)
        .unwrap_or(moment)
        .to_string()
}
