//! What a run adds to the memory, in one transaction: all of it is stored, or nothing.

use super::query::{moment, read_moment, read_severity, whole_second};
use super::{Changes, Entry, History, HistoryError, Past, RunSummary, Seen, Standing, State};
use crate::finding::Severity;
use jiff::Timestamp;
use rusqlite::{CachedStatement, OptionalExtension, Transaction, TransactionBehavior, params};
use rustc_hash::FxHashMap;

/// What is remembered of a finding, as far as a run is compared with it.
struct Remembered {
    id: i64,
    open: bool,
    severity: Severity,
    reported: bool,
    first_seen: Timestamp,
    met: bool,
}

/// A finding of this run: the worst of those that share the fingerprint.
struct Now {
    /// The entry that stands for them.
    entry: usize,
    severity: Severity,
    reported: bool,
}

impl History {
    /// Stores a run with everything that it found, reported or not, and says what is new, reopened, open and fixed.
    /// Several findings of one fingerprint are one.
    ///
    /// # Errors
    /// If the file is in use for too long, damaged, or cannot be written. Nothing of the run is then stored.
    pub fn record(
        &mut self,
        run: &RunSummary<'_>,
        entries: &[Entry<'_>],
    ) -> Result<Changes, HistoryError> {
        let wrong = self.wrong();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&wrong)?;
        let changes = Recording::begin(&transaction, run)
            .and_then(|recording| recording.store(entries))
            .map_err(&wrong)?;
        transaction.commit().map_err(&wrong)?;
        Ok(changes)
    }
}

struct Recording<'t> {
    transaction: &'t Transaction<'t>,
    run: &'t RunSummary<'t>,
    scope: i64,
    /// The number of the run.
    id: i64,
    at: String,
    known: FxHashMap<String, Remembered>,
    changes: Changes,
    /// Open and reported, by severity as [`Severity::WORST_FIRST`].
    open: [u64; 5],
}

impl<'t> Recording<'t> {
    fn begin(
        transaction: &'t Transaction<'t>,
        run: &'t RunSummary<'t>,
    ) -> rusqlite::Result<Recording<'t>> {
        transaction.execute(
            "INSERT INTO scopes (name) VALUES (?1) ON CONFLICT (name) DO NOTHING",
            [run.scope],
        )?;
        let scope = transaction.query_row(
            "SELECT id FROM scopes WHERE name = ?1",
            [run.scope],
            |row| row.get(0),
        )?;
        let earlier: Option<i64> = transaction
            .query_row(
                "SELECT 1 FROM runs WHERE scope = ?1 LIMIT 1",
                [scope],
                |row| row.get(0),
            )
            .optional()?;
        let at = moment(run.started);
        transaction.execute(
            "INSERT INTO runs (scope, started, finished, version, complete, rules, ruleset, documents, assets, bindings, \
             grants, fail, pass, unknown, found, new, reopened, fixed, not_looked_at, critical, high, medium, low, info) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)",
            params![
                scope,
                at,
                moment(run.finished),
                run.version,
                run.complete,
                number(run.rules),
                run.ruleset,
                number(run.counts.documents),
                number(run.counts.assets),
                number(run.counts.bindings),
                number(run.counts.grants),
                number(run.counts.fail),
                number(run.counts.pass),
                number(run.counts.unknown),
            ],
        )?;
        let id = transaction.last_insert_rowid();
        let mut kinds = transaction
            .prepare_cached("INSERT INTO kinds (run, kind, things) VALUES (?1, ?2, ?3)")?;
        for (kind, things) in &run.kinds {
            kinds.execute(params![id, kind, number(*things)])?;
        }
        Ok(Recording {
            transaction,
            run,
            scope,
            id,
            at,
            known: remembered(transaction, scope)?,
            changes: Changes {
                first_run: earlier.is_none(),
                run: id,
                ..Changes::default()
            },
            open: [0; 5],
        })
    }

    fn store(mut self, entries: &[Entry<'_>]) -> rusqlite::Result<Changes> {
        let found = distinct(entries);
        for (fingerprint, now) in &found {
            self.meet(fingerprint, now, &entries[now.entry])?;
        }
        self.standing(entries);
        self.miss()?;
        self.conclude(found.len())?;
        Ok(self.changes)
    }

    /// Remembers a finding of this run.
    fn meet(&mut self, fingerprint: &str, now: &Now, entry: &Entry<'_>) -> rusqlite::Result<()> {
        let (id, seen) = match self.recall(fingerprint, entry)? {
            None => (
                self.insert(fingerprint, now, entry)?,
                Seen {
                    state: State::New,
                    first_seen: whole_second(self.run.started),
                },
            ),
            Some(known) => {
                let first_seen = known.first_seen;
                let state = match known.open {
                    true => State::Open,
                    false => State::Reopened,
                };
                let changed = known.severity != now.severity || known.reported != now.reported;
                if !known.open || changed {
                    self.prepared(
                        "UPDATE findings SET severity = ?2, reported = ?3, state = 'open', fixed_at = NULL, \
                         fixed_run = NULL, reopened = reopened + ?4 WHERE id = ?1",
                    )?
                    .execute(params![known.id, now.severity.slug(), now.reported, !known.open])?;
                }
                (known.id, Seen { state, first_seen })
            }
        };
        self.prepared("INSERT OR REPLACE INTO sightings (finding, seen, run) VALUES (?1, ?2, ?3)")?
            .execute(params![id, self.at, self.id])?;
        if seen.state != State::Open {
            self.event(id, seen.state.slug())?;
        }
        if now.reported {
            self.count_open(now.severity);
        }
        self.changes.found.insert(fingerprint.to_owned(), seen);
        Ok(())
    }

    /// What is remembered of a finding, also under an earlier id of its rule: then it is known by the new one from
    /// here on.
    fn recall(
        &mut self,
        fingerprint: &str,
        entry: &Entry<'_>,
    ) -> rusqlite::Result<Option<Remembered>> {
        if let Some(known) = self.known.get_mut(fingerprint) {
            known.met = true;
            return Ok(Some(Remembered { ..*known }));
        }
        for earlier in &entry.earlier {
            if let Some(known) = self.known.get_mut(earlier).filter(|known| !known.met) {
                known.met = true;
                let known = Remembered { ..*known };
                self.prepared("UPDATE findings SET fingerprint = ?2, rule = ?3 WHERE id = ?1")?
                    .execute(params![known.id, fingerprint, entry.rule])?;
                return Ok(Some(known));
            }
        }
        Ok(None)
    }

    fn insert(&self, fingerprint: &str, now: &Now, entry: &Entry<'_>) -> rusqlite::Result<i64> {
        let message = (self.run.message)(now.entry);
        self.prepared(
            "INSERT INTO findings (scope, fingerprint, rule, severity, reported, resource, role, member, condition, \
             detail, message, first_seen, first_run, state, reopened) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 'open', 0)",
        )?
        .insert(params![
            self.scope,
            fingerprint,
            entry.rule,
            now.severity.slug(),
            now.reported,
            entry.resource,
            entry.role,
            entry.member,
            entry.condition,
            entry.detail,
            message,
            self.at,
            self.id,
        ])
    }

    /// What was open and was not met: fixed if this run would have found it, else still open.
    fn miss(&mut self) -> rusqlite::Result<()> {
        let mut missed: Vec<(String, Remembered)> = std::mem::take(&mut self.known)
            .into_iter()
            .filter(|(_, known)| known.open && !known.met)
            .collect();
        missed.sort_by(|a, b| a.0.cmp(&b.0));
        for (fingerprint, known) in missed {
            let past = self.past(&known)?;
            if self.run.complete && (self.run.looked_at)(&past.rule, &past.resource) {
                self.prepared(
                    "UPDATE findings SET state = 'fixed', fixed_at = ?2, fixed_run = ?3 WHERE id = ?1",
                )?
                .execute(params![known.id, self.at, self.id])?;
                self.event(known.id, "fixed")?;
                self.changes.fixed.insert(fingerprint, past);
            } else {
                self.changes.not_looked_at += 1;
                if known.reported {
                    self.count_open(known.severity);
                }
            }
        }
        Ok(())
    }

    fn past(&self, known: &Remembered) -> rusqlite::Result<Past> {
        let mut statement = self.prepared(
            "SELECT rule, resource, seen FROM findings JOIN sightings ON finding = id WHERE id = ?1",
        )?;
        statement.query_row([known.id], |row| {
            Ok(Past {
                rule: row.get(0)?,
                severity: known.severity.slug().to_owned(),
                resource: row.get(1)?,
                first_seen: known.first_seen,
                last_seen: read_moment(row, 2)?,
            })
        })
    }

    /// How the reported findings stand. Counted as they are told: what stands twice is told twice.
    fn standing(&mut self, entries: &[Entry<'_>]) {
        let mut standing = Standing::default();
        for entry in entries.iter().filter(|entry| entry.reported) {
            let Some(seen) = self.changes.found.get(&entry.fingerprint) else {
                continue;
            };
            match seen.state {
                State::New => standing.new += 1,
                State::Reopened => standing.reopened += 1,
                State::Open => {
                    standing.open += 1;
                    let oldest = standing.oldest.unwrap_or(seen.first_seen);
                    standing.oldest = Some(oldest.min(seen.first_seen));
                    continue;
                }
            }
            standing.worst_new = standing.worst_new.max(Some(entry.severity));
        }
        self.changes.standing = standing;
    }

    fn conclude(&self, found: usize) -> rusqlite::Result<()> {
        let states = self.changes.found.values();
        let count = |state| states.clone().filter(|seen| seen.state == state).count();
        let open = self.open.map(number);
        self.transaction.execute(
            "UPDATE runs SET found = ?2, new = ?3, reopened = ?4, fixed = ?5, not_looked_at = ?6, critical = ?7, \
             high = ?8, medium = ?9, low = ?10, info = ?11 WHERE id = ?1",
            params![
                self.id,
                number(found as u64),
                number(count(State::New) as u64),
                number(count(State::Reopened) as u64),
                number(self.changes.fixed.len() as u64),
                number(self.changes.not_looked_at),
                open[0],
                open[1],
                open[2],
                open[3],
                open[4],
            ],
        )?;
        Ok(())
    }

    fn event(&self, finding: i64, what: &str) -> rusqlite::Result<()> {
        self.prepared("INSERT INTO events (run, finding, what) VALUES (?1, ?2, ?3)")?
            .execute(params![self.id, finding, what])?;
        Ok(())
    }

    fn count_open(&mut self, severity: Severity) {
        let mut all = Severity::WORST_FIRST.into_iter();
        if let Some(at) = all.position(|one| one == severity) {
            self.open[at] += 1;
        }
    }

    fn prepared(&self, sql: &str) -> rusqlite::Result<CachedStatement<'t>> {
        self.transaction.prepare_cached(sql)
    }
}

/// Everything that is remembered of a scope, by fingerprint.
fn remembered(
    transaction: &Transaction<'_>,
    scope: i64,
) -> rusqlite::Result<FxHashMap<String, Remembered>> {
    let mut statement = transaction.prepare(
        "SELECT fingerprint, id, state, severity, reported, first_seen FROM findings WHERE scope = ?1",
    )?;
    let mut rows = statement.query([scope])?;
    let mut known = FxHashMap::default();
    while let Some(row) = rows.next()? {
        let remembered = Remembered {
            id: row.get(1)?,
            open: row.get_ref(2)?.as_str()? == "open",
            severity: read_severity(row, 3)?,
            reported: row.get(4)?,
            first_seen: read_moment(row, 5)?,
            met: false,
        };
        known.insert(row.get(0)?, remembered);
    }
    Ok(known)
}

/// The findings by fingerprint, sorted: in this order the index is written page by page.
fn distinct<'e>(entries: &'e [Entry<'_>]) -> Vec<(&'e str, Now)> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    // Stable, so that the first entry stands for those that share its fingerprint.
    order.sort_by(|a, b| entries[*a].fingerprint.cmp(&entries[*b].fingerprint));
    let mut found: Vec<(&str, Now)> = Vec::with_capacity(entries.len());
    for at in order {
        let entry = &entries[at];
        match found.last_mut() {
            Some((fingerprint, now)) if *fingerprint == entry.fingerprint => {
                now.severity = now.severity.max(entry.severity);
                now.reported |= entry.reported;
            }
            _ => found.push((
                &entry.fingerprint,
                Now {
                    entry: at,
                    severity: entry.severity,
                    reported: entry.reported,
                },
            )),
        }
    }
    found
}

/// SQLite counts to 2⁶³.
fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
