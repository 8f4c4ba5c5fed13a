//! What a webhook is told: one JSON document about what is new, reopened and fixed.

use super::Report;
use super::history::WireFixed;
use super::news::News;
use super::wire::WireFinding;
use super::words::len;
use crate::finding::{Finding, Severity};
use serde::Serialize;
use serde_json::Value;

/// The version of the message. It gains fields and does not lose or change any until the number changes.
const VERSION: &str = "1";

/// Entries of each list. A receiver that needs all of them takes the report.
const MOST: usize = 500;

#[derive(Serialize)]
struct Message<'a> {
    version: &'static str,
    tool: Tool<'a>,
    run_id: String,
    time: String,
    scope: &'a [String],
    summary: Summary,
    new: Vec<WireFinding<'a>>,
    reopened: Vec<WireFinding<'a>>,
    fixed: Vec<WireFixed<'a>>,
    left_out: u64,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'static str,
    version: &'a str,
}

/// What the lists sum up to, before they are cut.
#[derive(Serialize)]
struct Summary {
    new: u64,
    reopened: u64,
    open: u64,
    fixed: u64,
    max_severity: Option<Severity>,
    complete: bool,
    remembered: bool,
    first_run: bool,
}

/// The message, or `None` if there is nothing to tell: nothing is new, reopened or fixed, and the run is complete.
pub fn webhook_message(report: &Report<'_>) -> Option<Value> {
    let news = News::of(report);
    let fresh = news.fresh();
    if fresh.is_empty() && news.fixed.is_empty() && report.coverage.complete {
        return None;
    }
    let fixed = news.fixed.len() as u64;
    let lists = [len(&news.new), len(&news.reopened), fixed];
    let left_out = lists.iter().map(|n| n.saturating_sub(MOST as u64)).sum();
    let message = Message {
        version: VERSION,
        tool: Tool {
            name: "leastwise",
            version: report.version,
        },
        run_id: report.run_id(),
        time: report.now.to_string(),
        scope: &report.coverage.scope,
        summary: Summary {
            new: len(&news.new),
            reopened: len(&news.reopened),
            open: news.open,
            fixed,
            max_severity: fresh.first().map(|finding| finding.severity),
            complete: report.coverage.complete,
            remembered: news.remembered,
            first_run: news.first_run,
        },
        new: first(report, &news.new),
        reopened: first(report, &news.reopened),
        fixed: report
            .changes
            .map(|changes| WireFixed::all(changes).take(MOST).collect())
            .unwrap_or_default(),
        left_out,
    };
    serde_json::to_value(message).ok()
}

fn first<'a>(report: &'a Report<'a>, findings: &[&'a Finding]) -> Vec<WireFinding<'a>> {
    let first = findings.iter().take(MOST);
    first
        .map(|finding| WireFinding::new(report, finding))
        .collect()
}
