//! What is new in a run, for those who are told only that.

use super::Report;
use crate::finding::{Finding, digest};
use crate::history::{Past, State};
use std::collections::BTreeMap;

/// A report, sorted by what the runs before it knew. Without a history everything that is reported counts as new.
pub(super) struct News<'r> {
    /// Never found before, in the report's order.
    pub(super) new: Vec<&'r Finding>,
    /// Found before, fixed, and here again.
    pub(super) reopened: Vec<&'r Finding>,
    /// How many were found before and are not fixed.
    pub(super) open: u64,
    /// What was open before and is not found now, by fingerprint.
    pub(super) fixed: &'r BTreeMap<String, Past>,
    /// Earlier runs are remembered.
    pub(super) remembered: bool,
    /// They are, and there was none before this.
    pub(super) first_run: bool,
}

/// What a run without a history has fixed.
static NOTHING: BTreeMap<String, Past> = BTreeMap::new();

impl<'r> News<'r> {
    /// What is new in `report`.
    pub(super) fn of(report: &'r Report<'_>) -> News<'r> {
        let changes = report.changes;
        let mut news = News {
            new: Vec::new(),
            reopened: Vec::new(),
            open: 0,
            fixed: changes.map_or(&NOTHING, |changes| &changes.fixed),
            remembered: changes.is_some(),
            first_run: changes.is_some_and(|changes| changes.first_run),
        };
        for finding in &report.findings {
            match report.seen(finding).map_or(State::New, |seen| seen.state) {
                State::New => news.new.push(finding),
                State::Reopened => news.reopened.push(finding),
                State::Open => news.open += 1,
            }
        }
        news
    }

    /// The reopened and the new ones, worst first.
    pub(super) fn fresh(&self) -> Vec<&'r Finding> {
        let mut fresh: Vec<&Finding> = self.new.iter().chain(&self.reopened).copied().collect();
        fresh.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        fresh
    }
}

impl Report<'_> {
    /// A name for the run, 32 hex digits: the same report has the same name, so that a report which is loaded twice
    /// is recognised. It is made of the version, the moment, the scope, whether the run is complete, and the
    /// fingerprints of everything reported.
    pub fn run_id(&self) -> String {
        let mut prints: Vec<String> = self
            .findings
            .iter()
            .map(|finding| self.fingerprint(finding))
            .collect();
        prints.sort_unstable();
        let now = self.now.to_string();
        let complete = self.coverage.complete.to_string();
        let head = [self.version, &now, &complete];
        let scope = self.coverage.scope.iter().map(String::as_str);
        let prints = prints.iter().map(String::as_str);
        // An empty part between the lists, so that the end of one cannot pass for the beginning of the other.
        let parts = head.into_iter().chain(scope).chain([""]).chain(prints);
        let mut id = digest(parts);
        id.truncate(32);
        id
    }

    /// The page of the rule of a finding, if it came with the product.
    pub(super) fn rule_address(&self, finding: &Finding) -> Option<String> {
        let rule = self.rule(finding).filter(|rule| rule.builtin)?;
        let repository = env!("CARGO_PKG_REPOSITORY");
        Some(format!("{repository}/blob/main/docs/rules/{}.md", rule.id))
    }
}
