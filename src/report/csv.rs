//! One row per finding (RFC 4180), for spreadsheets.

use super::escape::csv;
use super::{Report, Style};
use std::io::{self, Write};

const HEADER: [&str; 15] = [
    "severity",
    "confidence",
    "rule",
    "resource",
    "role",
    "member",
    "condition",
    "detail",
    "message",
    "note",
    "file",
    "line",
    "column",
    "pointer",
    "fingerprint",
];

/// What follows if there is a history.
const REMEMBERED: [&str; 2] = ["state", "first_seen"];

/// Writes the findings as CSV with a header, or the recommendations if the run was about a benchmark. What was not
/// assessed does not fit into rows of findings: whoever needs it takes a JSON format.
pub(super) fn write(report: &Report<'_>, _style: Style, out: &mut dyn Write) -> io::Result<()> {
    if let Some(assessment) = &report.benchmark {
        return super::benchmark::write_csv(assessment, out);
    }
    let mut header = HEADER.to_vec();
    if report.changes.is_some() {
        header.extend(REMEMBERED);
    }
    write!(out, "{}\r\n", header.join(","))?;
    for finding in &report.findings {
        let file = report.path(finding.document);
        let line = finding.location.line.to_string();
        let column = finding.location.column.to_string();
        let fingerprint = report.fingerprint(finding);
        let cells: [&str; HEADER.len()] = [
            finding.severity.slug(),
            finding.confidence.slug(),
            report.rule_id(finding),
            &finding.resource,
            finding.role.as_deref().unwrap_or_default(),
            finding.member.as_deref().unwrap_or_default(),
            finding.condition.as_deref().unwrap_or_default(),
            finding.detail.as_deref().unwrap_or_default(),
            &report.plain_message(finding),
            finding.note.as_deref().unwrap_or_default(),
            // `-` is standard input here and a formula to a spreadsheet.
            if file == "-" { "stdin" } else { &file },
            &line,
            &column,
            &finding.pointer,
            &fingerprint,
        ];
        write!(out, "{}", cells.map(csv).join(","))?;
        if report.changes.is_some() {
            let seen = report.seen(finding);
            let state = seen.map_or("", |seen| seen.state.slug());
            let first = seen.map(|seen| seen.first_seen.to_string());
            write!(out, ",{state},{}", csv(&first.unwrap_or_default()))?;
        }
        write!(out, "\r\n")?;
    }
    Ok(())
}
