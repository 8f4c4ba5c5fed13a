//! Workflow commands of GitHub Actions: annotations at the lines of the documents.
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use super::escape::{github_data, github_property};
use super::words::{count, len, one_line};
use super::{Report, Style};
use crate::finding::Severity;
use std::io::{self, Write};

/// GitHub shows no more annotations of a kind per step.
const SHOWN: usize = 10;

/// Writes the worst findings as annotations, and one notice with everything else. Exactly one line each.
pub(super) fn write(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for finding in report.findings.iter().take(SHOWN) {
        let level = match finding.severity {
            Severity::Critical | Severity::High => "error",
            Severity::Medium => "warning",
            Severity::Low | Severity::Info => "notice",
        };
        let title = format!("{}: {}", finding.severity.slug(), report.rule_id(finding));
        let mut message = one_line(&report.message(finding));
        if let Some(note) = &finding.note {
            message = format!("{message} ({note})");
        }
        let path = report.path(finding.document);
        // Standard input is no file of the repository.
        let place = if path == "-" {
            String::new()
        } else {
            format!(
                "file={},line={},col={},",
                github_property(&path),
                finding.location.line.max(1),
                finding.location.column.max(1)
            )
        };
        writeln!(
            out,
            "::{level} {place}title={}::{}",
            github_property(&title),
            github_data(&message)
        )?;
    }
    let rest = report.findings.len().saturating_sub(SHOWN);
    if style.quiet && rest == 0 {
        return Ok(());
    }
    let mut sentences = vec![format!(
        "{} in {}, {} by {}",
        report.tally(),
        count(report.coverage.assets, "asset"),
        count(report.coverage.bindings, "binding"),
        count(report.coverage.rules, "rule"),
    )];
    if rest > 0 {
        let shown = len(&report.findings) - u64::try_from(rest).unwrap_or_default();
        sentences.push(format!("{shown} worst annotated, {rest} more"));
    }
    sentences.extend(report.not_assessed());
    sentences.extend(report.withheld());
    if !report.coverage.complete {
        sentences.push("The run is incomplete".to_owned());
    }
    let summary = github_data(&sentences.join(". "));
    writeln!(out, "::notice title=leastwise::{summary}.")
}
