//! What the memory between runs has to say, for people and for programs.

use super::Report;
use super::words::number;
use crate::finding::Finding;
use crate::history::{Changes, Past, Seen, State};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

impl Report<'_> {
    /// What is remembered of a finding.
    pub(super) fn seen(&self, finding: &Finding) -> Option<Seen> {
        let changes = self.changes?;
        changes.found.get(&self.fingerprint(finding)).copied()
    }

    /// `new`, `since 2026-08-01`, `reopened, first seen 2026-08-01`. Nothing in a first run: all is new then, and the
    /// summary says it once.
    pub(super) fn remembered(&self, finding: &Finding) -> Option<String> {
        self.changes.filter(|changes| !changes.first_run)?;
        let seen = self.seen(finding)?;
        let first = day(seen.first_seen);
        Some(match seen.state {
            State::New => "new".to_owned(),
            State::Open => format!("since {first}"),
            State::Reopened => format!("reopened, first seen {first}"),
        })
    }

    /// `3 new, 12 still open (oldest since 2026-08-01), 2 fixed since the last run`.
    pub(super) fn since_last_run(&self) -> Option<String> {
        let changes = self.changes?;
        if changes.first_run {
            return Some(
                "First run in the history: there is nothing to compare with yet.".to_owned(),
            );
        }
        let standing = &changes.standing;
        let mut parts = vec![format!("{} new", number(standing.new))];
        if standing.reopened > 0 {
            parts.push(format!("{} reopened", number(standing.reopened)));
        }
        let oldest = standing
            .oldest
            .map(|first| format!(" (oldest since {})", day(first)));
        parts.push(format!(
            "{} still open{}",
            number(standing.open),
            oldest.unwrap_or_default()
        ));
        parts.push(format!(
            "{} fixed since the last run",
            number(fixed(changes))
        ));
        let mut text = parts.join(", ") + ".";
        match changes.not_looked_at {
            0 => {}
            1 => text.push_str(" 1 known finding could not be looked at again and counts as open."),
            several => text.push_str(&format!(
                " {} known findings could not be looked at again and count as open.",
                number(several)
            )),
        }
        Some(text)
    }
}

fn fixed(changes: &Changes) -> u64 {
    u64::try_from(changes.fixed.len()).unwrap_or(u64::MAX)
}

/// The day in UTC.
fn day(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d").to_string()
}

/// How the run compares to those before it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "History")]
pub(super) struct WireHistory {
    /// The number of the run in the history.
    run: i64,
    /// Nothing was remembered before: everything is new.
    first_run: bool,
    /// Findings that were never found before.
    new: u64,
    /// Findings that were fixed, and are here again.
    reopened: u64,
    /// Findings that were found before.
    open: u64,
    /// When the oldest of those that are still open was found first (RFC 3339); null if there are none.
    oldest: Option<String>,
    /// What earlier runs found and this one, having looked, did not.
    fixed: u64,
    /// What earlier runs found and this one did not look at: it counts as open.
    not_looked_at: u64,
}

impl WireHistory {
    /// In numbers.
    pub(super) fn new(changes: &Changes) -> WireHistory {
        let standing = &changes.standing;
        WireHistory {
            run: changes.run,
            first_run: changes.first_run,
            new: standing.new,
            reopened: standing.reopened,
            open: standing.open,
            oldest: standing.oldest.map(|first| first.to_string()),
            fixed: fixed(changes),
            not_looked_at: changes.not_looked_at,
        }
    }
}

/// A finding of an earlier run that is fixed.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FixedFinding")]
pub(super) struct WireFixed<'a> {
    /// The rule's id.
    rule: &'a str,
    /// How bad it was.
    severity: &'a str,
    /// The full resource name.
    resource: &'a str,
    /// The identity of the finding.
    fingerprint: &'a str,
    /// When a run found it first (RFC 3339).
    first_seen: String,
    /// When a run found it last (RFC 3339).
    last_seen: String,
}

impl<'a> WireFixed<'a> {
    /// All that are fixed, in the order of their fingerprints.
    pub(super) fn all(changes: &'a Changes) -> impl Iterator<Item = WireFixed<'a>> {
        changes.fixed.iter().map(|(fingerprint, past)| {
            let Past {
                rule,
                severity,
                resource,
                first_seen,
                last_seen,
            } = past;
            WireFixed {
                rule,
                severity,
                resource,
                fingerprint,
                first_seen: first_seen.to_string(),
                last_seen: last_seen.to_string(),
            }
        })
    }
}
