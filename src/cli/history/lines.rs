//! The lines of `leastwise history`, for people and for programs.

use crate::history::{Known, RunRow};
use crate::model::short_name;
use jiff::Timestamp;
use serde::Serialize;

/// What is one row of a table, one object of JSON, one row of CSV.
pub(super) trait Line<const N: usize> {
    /// The columns of the table.
    const HEAD: [&'static str; N];
    /// The fields of the object that are columns of CSV.
    const FIELDS: &'static [&'static str];
    /// The row of the table.
    fn cells(&self) -> [String; N];
}

/// The day in UTC.
pub(super) fn day(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d").to_string()
}

/// A run.
#[derive(Serialize)]
pub(super) struct RunLine {
    run: i64,
    scope: String,
    started: String,
    finished: String,
    version: String,
    complete: bool,
    rules: u64,
    ruleset: String,
    documents: u64,
    assets: u64,
    bindings: u64,
    grants: u64,
    fail: u64,
    pass: u64,
    unknown: u64,
    found: u64,
    new: u64,
    reopened: u64,
    fixed: u64,
    not_looked_at: u64,
    critical: u64,
    high: u64,
    medium: u64,
    low: u64,
    info: u64,
    #[serde(skip)]
    at: Timestamp,
}

impl RunLine {
    pub(super) fn new(run: &RunRow) -> RunLine {
        let [critical, high, medium, low, info] = run.open;
        RunLine {
            run: run.id,
            scope: run.scope.clone(),
            started: run.started.to_string(),
            finished: run.finished.to_string(),
            version: run.version.clone(),
            complete: run.complete,
            rules: run.rules,
            ruleset: run.ruleset.clone(),
            documents: run.counts.documents,
            assets: run.counts.assets,
            bindings: run.counts.bindings,
            grants: run.counts.grants,
            fail: run.counts.fail,
            pass: run.counts.pass,
            unknown: run.counts.unknown,
            found: run.found,
            new: run.new,
            reopened: run.reopened,
            fixed: run.fixed,
            not_looked_at: run.not_looked_at,
            critical,
            high,
            medium,
            low,
            info,
            at: run.started,
        }
    }

    /// What the run judged, in a sentence.
    pub(super) fn told(&self) -> String {
        let looked = match self.not_looked_at {
            0 => String::new(),
            n => format!(" {n} known before and not looked at again."),
        };
        format!(
            "leastwise {}, {} rules (ruleset {}): {} documents, {} assets, {} bindings; {} outcomes unknown. \
             {} findings, reported or not.{looked}",
            self.version,
            self.rules,
            self.ruleset,
            self.documents,
            self.assets,
            self.bindings,
            self.unknown,
            self.found,
        )
    }
}

impl Line<12> for RunLine {
    const HEAD: [&'static str; 12] = [
        "run", "when", "complete", "new", "reopened", "fixed", "critical", "high", "medium", "low",
        "info", "scope",
    ];
    const FIELDS: &'static [&'static str] = &[
        "run",
        "scope",
        "started",
        "finished",
        "version",
        "complete",
        "rules",
        "ruleset",
        "documents",
        "assets",
        "bindings",
        "grants",
        "fail",
        "pass",
        "unknown",
        "found",
        "new",
        "reopened",
        "fixed",
        "not_looked_at",
        "critical",
        "high",
        "medium",
        "low",
        "info",
    ];

    fn cells(&self) -> [String; 12] {
        [
            self.run.to_string(),
            self.at.strftime("%Y-%m-%d %H:%M").to_string(),
            if self.complete { "yes" } else { "no" }.to_owned(),
            self.new.to_string(),
            self.reopened.to_string(),
            self.fixed.to_string(),
            self.critical.to_string(),
            self.high.to_string(),
            self.medium.to_string(),
            self.low.to_string(),
            self.info.to_string(),
            self.scope.clone(),
        ]
    }
}

/// A finding.
#[derive(Serialize)]
pub(super) struct FindingLine {
    state: String,
    severity: String,
    rule: String,
    resource: String,
    role: Option<String>,
    member: Option<String>,
    condition: Option<String>,
    detail: Option<String>,
    message: String,
    reported: bool,
    first_seen: String,
    last_seen: String,
    fixed_at: Option<String>,
    reopened: u64,
    scope: String,
    fingerprint: String,
    #[serde(skip)]
    days: [String; 2],
}

impl FindingLine {
    /// `state` is what it is said to be: `open`, `fixed`, `new`, `reopened`.
    pub(super) fn new(known: &Known, state: &str) -> FindingLine {
        let past = &known.past;
        FindingLine {
            state: state.to_owned(),
            severity: past.severity.clone(),
            rule: past.rule.clone(),
            resource: past.resource.clone(),
            role: known.role.clone(),
            member: known.member.clone(),
            condition: known.condition.clone(),
            detail: known.detail.clone(),
            message: known.message.clone(),
            reported: known.reported,
            first_seen: past.first_seen.to_string(),
            last_seen: past.last_seen.to_string(),
            fixed_at: known.fixed_at.map(|moment| moment.to_string()),
            reopened: known.reopened,
            scope: known.scope.clone(),
            fingerprint: known.fingerprint.clone(),
            days: [day(past.first_seen), day(past.last_seen)],
        }
    }
}

impl Line<7> for FindingLine {
    const HEAD: [&'static str; 7] = [
        "state",
        "severity",
        "rule",
        "first seen",
        "last seen",
        "resource",
        "what",
    ];
    const FIELDS: &'static [&'static str] = &[
        "state",
        "severity",
        "rule",
        "resource",
        "role",
        "member",
        "condition",
        "detail",
        "message",
        "reported",
        "first_seen",
        "last_seen",
        "fixed_at",
        "reopened",
        "scope",
        "fingerprint",
    ];

    fn cells(&self) -> [String; 7] {
        let grant = [&self.role, &self.member].into_iter().flatten();
        let grant: Vec<&str> = grant.map(String::as_str).collect();
        let what = match grant.is_empty() {
            true => self.detail.clone().unwrap_or_default(),
            false => grant.join(" → "),
        };
        let state = match self.reported {
            true => self.state.clone(),
            // Found, but a suppression, the baseline, the persona or `min-severity` withheld it.
            false => format!("{} (withheld)", self.state),
        };
        [
            state,
            self.severity.clone(),
            self.rule.clone(),
            self.days[0].clone(),
            self.days[1].clone(),
            short_name(&self.resource).into_owned(),
            what,
        ]
    }
}

/// A day.
#[derive(Serialize, Default)]
pub(super) struct TrendLine {
    pub(super) day: String,
    pub(super) runs: u64,
    pub(super) incomplete: u64,
    pub(super) new: u64,
    pub(super) reopened: u64,
    pub(super) fixed: u64,
    #[serde(flatten, serialize_with = "by_severity")]
    pub(super) open: [u64; 5],
}

fn by_severity<S: serde::Serializer>(open: &[u64; 5], serializer: S) -> Result<S::Ok, S::Error> {
    let severities = crate::finding::Severity::WORST_FIRST.map(|severity| severity.slug());
    serializer.collect_map(severities.into_iter().zip(open))
}

impl Line<11> for TrendLine {
    const HEAD: [&'static str; 11] = [
        "day",
        "runs",
        "incomplete",
        "new",
        "reopened",
        "fixed",
        "critical",
        "high",
        "medium",
        "low",
        "info",
    ];
    const FIELDS: &'static [&'static str] = &Self::HEAD;

    fn cells(&self) -> [String; 11] {
        let [critical, high, medium, low, info] = self.open;
        let numbers = [
            self.runs,
            self.incomplete,
            self.new,
            self.reopened,
            self.fixed,
            critical,
            high,
            medium,
            low,
            info,
        ];
        std::array::from_fn(|at| match at {
            0 => self.day.clone(),
            _ => numbers[at - 1].to_string(),
        })
    }
}

/// How many things of a kind there are, and were.
#[derive(Serialize)]
pub(super) struct KindLine {
    pub(super) kind: String,
    /// In the run before, if there was one.
    pub(super) before: Option<u64>,
    pub(super) now: u64,
}

impl KindLine {
    pub(super) fn is_change(&self) -> bool {
        self.before.is_some_and(|before| before != self.now)
    }
}

impl Line<3> for KindLine {
    const HEAD: [&'static str; 3] = ["kind", "before", "now"];
    const FIELDS: &'static [&'static str] = &Self::HEAD;

    fn cells(&self) -> [String; 3] {
        [
            self.kind.clone(),
            self.before.map_or("-".to_owned(), |n| n.to_string()),
            self.now.to_string(),
        ]
    }
}
