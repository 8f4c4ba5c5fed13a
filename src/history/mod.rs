//! What earlier scans said: findings with their first and last sighting, and the runs, in an embedded SQLite file.
//!
//! One file holds any number of scopes. A finding belongs to the scope that it was found in: a run says nothing about
//! what another scope holds. Only what a run really looked at can be fixed by it ([`RunSummary::looked_at`]).

mod error;
mod file;
mod prune;
mod query;
mod record;

pub use error::HistoryError;
pub use file::{FORMAT, History};
pub use prune::Pruned;
pub use query::{Filter, Known, RunRow};

use crate::finding::Severity;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What a run means beside the runs before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// What is found now, by fingerprint: also what is suppressed, baselined or hidden.
    pub found: BTreeMap<String, Seen>,
    /// What was open before and is not found now, by fingerprint. Empty after an incomplete run: what could not be
    /// looked at is not fixed.
    pub fixed: BTreeMap<String, Past>,
    /// How many findings were open before, are not found now, and were not looked at by this run: still open.
    pub not_looked_at: u64,
    /// Nothing was remembered of this scope before this run.
    pub first_run: bool,
    /// How the reported ones stand.
    pub standing: Standing,
    /// The number of this run in the history.
    pub run: i64,
}

/// How the reported findings of a run compare to the runs before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Never found before.
    pub new: u64,
    /// Found before, fixed, and here again.
    pub reopened: u64,
    /// Found before, and not fixed since.
    pub open: u64,
    /// When the oldest of those that are open was found first.
    pub oldest: Option<Timestamp>,
    /// The worst severity among the new and the reopened.
    pub worst_new: Option<Severity>,
}

/// A finding of this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// How it compares.
    pub state: State,
    /// When a run found it first.
    pub first_seen: Timestamp,
}

/// How a finding of this run compares to the runs before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Never found before.
    New,
    /// Found before, fixed, and here again.
    Reopened,
    /// Found before, and not fixed since.
    Open,
}

impl State {
    /// The name used in reports.
    pub fn slug(self) -> &'static str {
        match self {
            State::New => "new",
            State::Reopened => "reopened",
            State::Open => "open",
        }
    }
}

/// A finding of an earlier run, as far as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The rule's id.
    pub rule: String,
    /// The severity it had.
    pub severity: String,
    /// The full resource name.
    pub resource: String,
    /// When a run found it first.
    pub first_seen: Timestamp,
    /// When a run found it last.
    pub last_seen: Timestamp,
}

/// A finding of a run, as it is to be remembered.
#[derive(Debug, Clone)]
pub struct Entry<'f> {
    /// Its fingerprint ([`crate::finding::fingerprint`]).
    pub fingerprint: String,
    /// Its fingerprints under earlier ids of the rule.
    pub earlier: Vec<String>,
    /// The rule's id.
    pub rule: &'f str,
    /// How bad it is.
    pub severity: Severity,
    /// The full resource name.
    pub resource: &'f str,
    /// The role of the binding.
    pub role: Option<&'f str>,
    /// The member of the binding.
    pub member: Option<&'f str>,
    /// The expression of the binding's condition.
    pub condition: Option<&'f str>,
    /// What else distinguishes it.
    pub detail: Option<&'f str>,
    /// Whether it is told: no suppression, baseline, persona or severity withholds it.
    pub reported: bool,
}

/// What a run was, and what it saw.
pub struct RunSummary<'r> {
    /// The moment by which it judged. Kept to the second.
    pub started: Timestamp,
    /// When it was done.
    pub finished: Timestamp,
    /// The tool's version.
    pub version: &'r str,
    /// What was judged, as text: findings of different scopes have nothing to do with each other.
    pub scope: &'r str,
    /// Nothing that was asked for is missing. Only such a run can fix a finding.
    pub complete: bool,
    /// How many rules ran.
    pub rules: u64,
    /// A fingerprint of the rules that ran: `3f21…`.
    pub ruleset: String,
    /// What was counted.
    pub counts: Counts,
    /// Things by asset type.
    pub kinds: BTreeMap<String, u64>,
    /// Whether the run has looked whether a rule (by the id that it had when it was remembered) still finds something
    /// on a resource. What it has not looked at, it cannot fix.
    pub looked_at: &'r dyn Fn(&str, &str) -> bool,
    /// The sentence of an entry, by its index: asked for those that are new to the history.
    pub message: &'r dyn Fn(usize) -> String,
}

/// How much a run judged, and how it came out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Documents that were read.
    pub documents: u64,
    /// Assets judged.
    pub assets: u64,
    /// Bindings of allow policies judged.
    pub bindings: u64,
    /// Pairs of a binding and one of its members.
    pub grants: u64,
    /// Outcomes (rule × asset) with a finding.
    pub fail: u64,
    /// Outcomes without.
    pub pass: u64,
    /// Outcomes that are unknown.
    pub unknown: u64,
}
