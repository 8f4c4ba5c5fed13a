//! What is asked of the memory.

use super::{Counts, History, HistoryError, Past};
use crate::finding::Severity;
use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::Type;
use std::collections::BTreeMap;

/// A run, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// Its number.
    pub id: i64,
    /// What it judged.
    pub scope: String,
    /// The moment by which it judged.
    pub started: Timestamp,
    /// When it was done.
    pub finished: Timestamp,
    /// The tool's version.
    pub version: String,
    /// Nothing that was asked for was missing.
    pub complete: bool,
    /// Rules that ran.
    pub rules: u64,
    /// The fingerprint of the rules that ran.
    pub ruleset: String,
    /// What it counted.
    pub counts: Counts,
    /// Distinct findings, reported or not.
    pub found: u64,
    /// Those that were never found before.
    pub new: u64,
    /// Those that were fixed, and are here again.
    pub reopened: u64,
    /// Those of earlier runs that it found no more.
    pub fixed: u64,
    /// Those of earlier runs that it did not look at.
    pub not_looked_at: u64,
    /// Open after it, as far as reported, in the order of [`Severity::WORST_FIRST`].
    pub open: [u64; 5],
}

/// A finding, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its fingerprint.
    pub fingerprint: String,
    /// What it was found in.
    pub scope: String,
    /// Rule, severity, resource, first and last sighting.
    pub past: Past,
    /// Whether it was reported when it was found last.
    pub reported: bool,
    /// The role of the binding.
    pub role: Option<String>,
    /// The member of the binding.
    pub member: Option<String>,
    /// The expression of the binding's condition.
    pub condition: Option<String>,
    /// What else distinguishes it.
    pub detail: Option<String>,
    /// The sentence that it was told with first.
    pub message: String,
    /// When it was found to be fixed; `None` while it is open.
    pub fixed_at: Option<Timestamp>,
    /// How often it came back.
    pub reopened: u64,
}

impl Known {
    /// Worst first, then by rule, resource, scope and fingerprint.
    fn order(&self) -> impl Ord {
        let severities = Severity::WORST_FIRST.map(Severity::slug);
        let severity = severities
            .iter()
            .position(|slug| *slug == self.past.severity);
        (
            severity,
            &self.past.rule,
            &self.past.resource,
            &self.scope,
            &self.fingerprint,
        )
    }
}

/// Which findings are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter<'f> {
    /// Only those of this scope.
    pub scope: Option<&'f str>,
    /// Only those that are open, or only those that are fixed.
    pub open: Option<bool>,
    /// Only those that the last run of their scope found for the first time or again.
    pub new: bool,
    /// Only those of this rule.
    pub rule: Option<&'f str>,
}

const RUNS: &str = "SELECT runs.id, name, started, finished, version, complete, rules, ruleset, documents, assets, \
     bindings, grants, fail, pass, unknown, found, new, reopened, fixed, not_looked_at, critical, high, medium, low, \
     info FROM runs JOIN scopes ON scopes.id = scope";

const FINDINGS: &str = "SELECT fingerprint, name, rule, severity, resource, first_seen, seen, reported, role, member, \
     condition, detail, message, fixed_at, reopened FROM findings \
     JOIN scopes ON scopes.id = scope JOIN sightings ON sightings.finding = findings.id";

impl History {
    /// The runs, the earliest first; only the last `most` if that is said.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn runs(
        &self,
        scope: Option<&str>,
        most: Option<u64>,
    ) -> Result<Vec<RunRow>, HistoryError> {
        let most = most.map_or(-1, |most| i64::try_from(most).unwrap_or(i64::MAX));
        let mut runs = self.ask(
            &format!("{RUNS} WHERE ?1 IS NULL OR name = ?1 ORDER BY runs.id DESC LIMIT ?2"),
            (scope, most),
            run,
        )?;
        runs.reverse();
        Ok(runs)
    }

    /// The run of this number; the last one if no number is said.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn run(&self, id: Option<i64>) -> Result<Option<RunRow>, HistoryError> {
        let runs = self.ask(
            &format!("{RUNS} WHERE ?1 IS NULL OR runs.id = ?1 ORDER BY runs.id DESC LIMIT 1"),
            [id],
            run,
        )?;
        Ok(runs.into_iter().next())
    }

    /// The run of the same scope before the run of this number.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn run_before(&self, run_row: &RunRow) -> Result<Option<RunRow>, HistoryError> {
        let runs = self.ask(
            &format!("{RUNS} WHERE name = ?1 AND runs.id < ?2 ORDER BY runs.id DESC LIMIT 1"),
            (&run_row.scope, run_row.id),
            run,
        )?;
        Ok(runs.into_iter().next())
    }

    /// How many things of each asset type a run saw.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn kinds(&self, run: i64) -> Result<BTreeMap<String, u64>, HistoryError> {
        let kinds = self.ask(
            "SELECT kind, things FROM kinds WHERE run = ?1",
            [run],
            |row| Ok((row.get(0)?, count(row, 1)?)),
        )?;
        Ok(kinds.into_iter().collect())
    }

    /// The findings that `filter` asks for, worst first, then by rule, resource and fingerprint.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn findings(&self, filter: &Filter<'_>) -> Result<Vec<Known>, HistoryError> {
        let state = filter.open.map(|open| if open { "open" } else { "fixed" });
        let mut findings = self.ask(
            &format!(
                "{FINDINGS} WHERE (?1 IS NULL OR name = ?1) AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR rule = ?3) \
                 AND (NOT ?4 OR EXISTS (SELECT 1 FROM events WHERE what <> 'fixed' AND events.finding = findings.id \
                      AND events.run = (SELECT max(id) FROM runs WHERE runs.scope = findings.scope)))"
            ),
            (filter.scope, state, filter.rule, filter.new),
            known,
        )?;
        findings.sort_by(|a, b| a.order().cmp(&b.order()));
        Ok(findings)
    }

    /// What was new, reopened and fixed in a run, in the order of [`History::findings`] within each.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn events(&self, run: i64) -> Result<Vec<(String, Known)>, HistoryError> {
        let mut events = self.ask(
            &format!(
                "{FINDINGS} JOIN events ON events.finding = findings.id WHERE events.run = ?1"
            )
            .replacen(" FROM", ", what FROM", 1),
            [run],
            |row| Ok((row.get(15)?, known(row)?)),
        )?;
        // In the alphabet it is fixed, new, reopened.
        events.sort_by(|a: &(String, Known), b| {
            let fixed = |what: &str| what == "fixed";
            let by_event = (fixed(&a.0), &a.0).cmp(&(fixed(&b.0), &b.0));
            by_event.then_with(|| a.1.order().cmp(&b.1.order()))
        });
        Ok(events)
    }

    /// The pairs of rule and resource that have an open finding in a scope.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn open_in(&self, scope: &str) -> Result<Vec<(String, String)>, HistoryError> {
        self.ask(
            "SELECT DISTINCT rule, resource FROM findings JOIN scopes ON scopes.id = scope \
             WHERE name = ?1 AND state = 'open'",
            [scope],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    /// The names of the scopes, the one with the latest run first.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn scopes(&self) -> Result<Vec<String>, HistoryError> {
        self.ask(
            "SELECT name FROM scopes JOIN runs ON runs.scope = scopes.id GROUP BY name ORDER BY max(runs.id) DESC",
            [],
            |row| row.get(0),
        )
    }

    pub(super) fn ask<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, HistoryError> {
        let wrong = self.wrong();
        let mut statement = self.connection.prepare(sql).map_err(&wrong)?;
        let rows = statement.query_map(parameters, read).map_err(&wrong)?;
        rows.collect::<rusqlite::Result<_>>().map_err(&wrong)
    }
}

fn run(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    Ok(RunRow {
        id: row.get(0)?,
        scope: row.get(1)?,
        started: read_moment(row, 2)?,
        finished: read_moment(row, 3)?,
        version: row.get(4)?,
        complete: row.get(5)?,
        rules: count(row, 6)?,
        ruleset: row.get(7)?,
        counts: Counts {
            documents: count(row, 8)?,
            assets: count(row, 9)?,
            bindings: count(row, 10)?,
            grants: count(row, 11)?,
            fail: count(row, 12)?,
            pass: count(row, 13)?,
            unknown: count(row, 14)?,
        },
        found: count(row, 15)?,
        new: count(row, 16)?,
        reopened: count(row, 17)?,
        fixed: count(row, 18)?,
        not_looked_at: count(row, 19)?,
        open: [
            count(row, 20)?,
            count(row, 21)?,
            count(row, 22)?,
            count(row, 23)?,
            count(row, 24)?,
        ],
    })
}

fn known(row: &Row<'_>) -> rusqlite::Result<Known> {
    let fixed: Option<String> = row.get(13)?;
    Ok(Known {
        fingerprint: row.get(0)?,
        scope: row.get(1)?,
        past: Past {
            rule: row.get(2)?,
            severity: read_severity(row, 3)?.slug().to_owned(),
            resource: row.get(4)?,
            first_seen: read_moment(row, 5)?,
            last_seen: read_moment(row, 6)?,
        },
        reported: row.get(7)?,
        role: row.get(8)?,
        member: row.get(9)?,
        condition: row.get(10)?,
        detail: row.get(11)?,
        message: row.get(12)?,
        fixed_at: fixed.map(|_| read_moment(row, 13)).transpose()?,
        reopened: count(row, 14)?,
    })
}

fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|error| unreadable(column, error))
}

/// A moment as it is stored: to the second, so that the order of the texts is that of the moments.
pub(super) fn moment(moment: Timestamp) -> String {
    whole_second(moment).to_string()
}

/// What is told of a finding in its first run is what later runs tell.
pub(super) fn whole_second(moment: Timestamp) -> Timestamp {
    Timestamp::from_second(moment.as_second()).unwrap_or(moment)
}

pub(super) fn read_moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    let text = row.get_ref(column)?.as_str()?;
    text.parse()
        .map_err(|error: jiff::Error| unreadable(column, error))
}

pub(super) fn read_severity(row: &Row<'_>, column: usize) -> rusqlite::Result<Severity> {
    let text = row.get_ref(column)?.as_str()?;
    let mut all = Severity::WORST_FIRST.into_iter();
    all.find(|severity| severity.slug() == text)
        .ok_or_else(|| unreadable(column, std::fmt::Error))
}

fn unreadable(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}
