//! Metrics for the textfile collector of Prometheus' node exporter. It rejects timestamps, and reads a file while it is
//! written, so the file must be renamed into place.
//!
//! No label ever names a resource or a member: each would be a series of its own, and metrics are read by many.

use super::escape::prometheus as label;
use super::{Report, Style};
use crate::finding::{Finding, Severity};
use crate::history::State;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Writes the metrics; the last line ends with a line feed, without which the collector rejects the file.
pub(super) fn write(report: &Report<'_>, _style: Style, out: &mut dyn Write) -> io::Result<()> {
    let coverage = &report.coverage;
    let scope = format!("scope=\"{}\"", label(&coverage.scope.join(" ")));
    let mut metrics = Metrics {
        text: String::new(),
        scope,
    };
    metrics.family(
        "findings",
        "What was found, by rule, severity and state: new, reopened, open, suppressed or baselined.",
        findings(report)
            .into_iter()
            .map(|((rule, severity, state), count)| {
                let labels = format!(
                    "rule=\"{}\",severity=\"{}\",state=\"{state}\"",
                    label(rule),
                    severity.slug()
                );
                (labels, count.to_string())
            }),
    );
    metrics.single(
        "scan_complete",
        "Whether everything that was asked for could be read: 1, or 0.",
        u8::from(coverage.complete),
    );
    metrics.single(
        "last_success_timestamp_seconds",
        "When a run last had a result, complete or not, in seconds since 1970.",
        report.now.as_second(),
    );
    metrics.single(
        "scan_duration_seconds",
        "How long it took to read and judge.",
        format!("{:.3}", coverage.elapsed.as_secs_f64()),
    );
    let resources = coverage.types.iter();
    metrics.family(
        "resources",
        "Assets judged, by asset type; one whose policy and settings come apart counts twice.",
        resources.map(|(kind, count)| {
            let labels = format!("type=\"{}\",state=\"judged\"", label(kind));
            (labels, count.to_string())
        }),
    );
    let outcomes = [
        ("fail", coverage.outcomes.fail),
        ("pass", coverage.outcomes.pass),
        ("unknown", coverage.outcomes.unknown),
        ("not-applicable", coverage.outcomes.not_applicable),
    ];
    metrics.family(
        "outcomes",
        "Outcomes over rule and asset.",
        outcomes.map(|(outcome, count)| (format!("outcome=\"{outcome}\""), count.to_string())),
    );
    let gaps = report.gaps_by_reason().into_iter();
    metrics.family(
        "gaps",
        "What could not be judged, by reason, and whether it makes the run incomplete.",
        gaps.map(|(reason, gaps)| {
            let incomplete = reason.is_incomplete();
            let labels = format!("reason=\"{}\",incomplete=\"{incomplete}\"", reason.slug());
            (labels, gaps.len().to_string())
        }),
    );
    out.write_all(metrics.text.as_bytes())
}

/// How many findings there are of each rule, severity and state.
fn findings<'r>(report: &'r Report<'_>) -> BTreeMap<(&'r str, Severity, &'static str), u64> {
    let mut counts = BTreeMap::new();
    let mut count = |finding: &Finding, state: &'static str| {
        let key = (report.rule_id(finding), finding.severity, state);
        *counts.entry(key).or_default() += 1;
    };
    for finding in &report.findings {
        // A gauge of what stands open: without a history nobody can say what is new.
        let state = report.seen(finding).map_or(State::Open, |seen| seen.state);
        count(finding, state.slug());
    }
    for (finding, _) in &report.suppressed {
        count(finding, "suppressed");
    }
    for finding in &report.baselined {
        count(finding, "baselined");
    }
    counts
}

struct Metrics {
    text: String,
    scope: String,
}

impl Metrics {
    /// A gauge with the label `scope` alone.
    fn single(&mut self, name: &str, help: &str, value: impl ToString) {
        self.family(name, help, [(String::new(), value.to_string())]);
    }

    /// A gauge with labels.
    fn family(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (String, String)>,
    ) {
        // A `String` takes what is written to it.
        let _ = writeln!(self.text, "# HELP leastwise_{name} {help}");
        let _ = writeln!(self.text, "# TYPE leastwise_{name} gauge");
        for (labels, value) in samples {
            let comma = if labels.is_empty() { "" } else { "," };
            let scope = &self.scope;
            let _ = writeln!(
                self.text,
                "leastwise_{name}{{{scope}{comma}{labels}}} {value}"
            );
        }
    }
}
