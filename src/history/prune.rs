//! Forgetting what is long past.

use super::query::moment;
use super::{History, HistoryError};
use jiff::Timestamp;
use rusqlite::TransactionBehavior;

/// What was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Runs.
    pub runs: usize,
    /// Findings that had been fixed.
    pub findings: usize,
}

impl History {
    /// Forgets what was fixed before `before`, and the runs before it except the last of each scope. What is open stays,
    /// with its first day.
    ///
    /// # Errors
    /// If the file is in use for too long, damaged, or cannot be written. Nothing is then forgotten.
    pub fn prune(&mut self, before: Timestamp) -> Result<Pruned, HistoryError> {
        let wrong = self.wrong();
        let before = moment(before);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&wrong)?;
        let forget = || -> rusqlite::Result<Pruned> {
            let gone = "SELECT id FROM findings WHERE state = 'fixed' AND fixed_at < ?1";
            let old = "SELECT id FROM runs WHERE started < ?1 AND id NOT IN (SELECT max(id) FROM runs GROUP BY scope)";
            for table in ["events", "sightings"] {
                let sql = format!("DELETE FROM {table} WHERE finding IN ({gone})");
                transaction.execute(&sql, [&before])?;
            }
            for table in ["events", "kinds"] {
                let sql = format!("DELETE FROM {table} WHERE run IN ({old})");
                transaction.execute(&sql, [&before])?;
            }
            let delete = |table, which| {
                transaction.execute(
                    &format!("DELETE FROM {table} WHERE id IN ({which})"),
                    [&before],
                )
            };
            Ok(Pruned {
                findings: delete("findings", gone)?,
                runs: delete("runs", old)?,
            })
        };
        let pruned = forget().map_err(&wrong)?;
        transaction.commit().map_err(&wrong)?;
        // Only to give the room back; what is stored does not depend on it.
        if pruned != Pruned::default() {
            self.connection.execute_batch("VACUUM").map_err(&wrong)?;
        }
        Ok(pruned)
    }
}
