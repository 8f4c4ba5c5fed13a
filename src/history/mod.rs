//! What earlier scans said: findings with their first and last sighting, and the runs, in an embedded SQLite file.

use jiff::Timestamp;
use std::collections::BTreeMap;

/// What a run means beside the runs before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// What is found now, by fingerprint.
    pub found: BTreeMap<String, Seen>,
    /// What was open before and is not found now, by fingerprint. Empty after an incomplete run: what could not be
    /// looked at is not fixed.
    pub fixed: BTreeMap<String, Past>,
    /// Nothing was remembered before this run.
    pub first_run: bool,
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
