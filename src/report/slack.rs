//! One message for a Slack channel: what is new, and a count of the rest.
//!
//! The limits are those of Block Kit: 150 characters of a header, 3,000 of a section.
//! <https://docs.slack.dev/reference/block-kit/blocks>

use super::escape::slack as escape;
use super::news::News;
use super::words::{count, len, number};
use super::{Report, view};
use crate::finding::{Finding, Severity};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Findings that are told one by one. With header, count and context a message has at most ten blocks.
const TOLD: usize = 7;
/// Characters of a section, escaped.
const SECTION: usize = 3_000;
/// Characters that a name or a sentence may take of it.
const PART: usize = 900;

/// The message, or `None` if there is nothing to tell: nothing is new, and the run is complete.
pub fn slack_message(report: &Report<'_>) -> Option<Value> {
    let news = News::of(report);
    let fresh = news.fresh();
    if fresh.is_empty() && report.coverage.complete {
        return None;
    }
    let title = title(report, &news);
    let mut blocks = vec![json!({
        "type": "header",
        "text": { "type": "plain_text", "text": escape(&title, 150), "emoji": false },
    })];
    let (told, rest) = fresh.split_at(fresh.len().min(TOLD));
    for finding in told {
        blocks.push(section(&about(report, finding)));
    }
    if !rest.is_empty() {
        blocks.push(section(&format!(
            "… and {} more: {}",
            len(rest),
            tally(rest)
        )));
    }
    blocks.push(json!({ "type": "context", "elements": [text(&context(report, &news))] }));
    Some(json!({ "text": escape(&title, SECTION), "blocks": blocks }))
}

fn title(report: &Report<'_>, news: &News<'_>) -> String {
    let mut parts = Vec::new();
    if !news.new.is_empty() {
        parts.push(count(len(&news.new), "new finding"));
    }
    if !news.reopened.is_empty() {
        parts.push(format!("{} reopened", number(len(&news.reopened))));
    }
    if !report.coverage.complete {
        parts.push("the run is incomplete".to_owned());
    }
    format!("leastwise: {}", parts.join(", "))
}

/// A finding in a few lines. The rule's id is ours or the user's; everything else comes from outside.
fn about(report: &Report<'_>, finding: &Finding) -> String {
    let rule = escape(report.rule_id(finding), PART);
    let rule = match report.rule_address(finding) {
        Some(address) => format!("<{address}|{rule}>"),
        None => format!("`{rule}`"),
    };
    let resource = escape(&finding.resource_for_people(), PART);
    let message = escape(&report.message(finding), PART);
    let subject = escape(&view::subject(finding), PART / 2);
    let arrow = if subject.is_empty() { "" } else { "   " };
    let severity = finding.severity.slug();
    format!("*{severity}* · {rule}\n`{resource}`{arrow}{subject}\n{message}")
}

/// The last line: what was looked at, and what else there is.
fn context(report: &Report<'_>, news: &News<'_>) -> String {
    let mut parts = vec![escape(&report.coverage.scope.join(" "), PART)];
    parts.retain(|scope| !scope.is_empty());
    if news.remembered {
        parts.push(format!("{} still open", number(news.open)));
        parts.push(format!("{} fixed", number(news.fixed.len() as u64)));
    }
    if news.first_run {
        parts.push("the first run that is remembered".to_owned());
    }
    if !news.remembered {
        parts.push("without a history everything counts as new".to_owned());
    }
    let incomplete = report.gaps.iter().filter(|gap| gap.reason.is_incomplete());
    let incomplete = incomplete.count() as u64;
    if incomplete > 0 {
        parts.push(format!("{} could not be read", count(incomplete, "thing")));
    }
    parts.push(format!("leastwise {}", report.version));
    parts.join(" · ")
}

/// `2 high, 10 medium`.
fn tally(findings: &[&Finding]) -> String {
    let mut counts = BTreeMap::<Severity, u64>::new();
    for finding in findings {
        *counts.entry(finding.severity).or_default() += 1;
    }
    let worst_first = counts.into_iter().rev();
    let parts = worst_first.map(|(severity, n)| format!("{} {}", number(n), severity.slug()));
    parts.collect::<Vec<_>>().join(", ")
}

fn section(markup: &str) -> Value {
    json!({ "type": "section", "text": text(markup) })
}

/// `verbatim`, so that Slack makes neither links nor mentions of what stands in names.
fn text(markup: &str) -> Value {
    json!({ "type": "mrkdwn", "text": markup, "verbatim": true })
}
