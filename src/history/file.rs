//! The file: opening, what it must be to be ours, and its formats.
//!
//! A rollback journal, not a write-ahead log: the history is then one file that can be copied and lie on any file
//! system, and a run that is killed leaves a journal from which the next one restores what was stored before. Runs
//! write once, in one transaction, so nobody waits long.

use super::HistoryError;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The format that is written; earlier ones are brought to it.
pub const FORMAT: i64 = 1;

/// Marks the file as ours: "LWhi".
const APPLICATION: i64 = 0x4C57_6869;

/// How long another process may have the file.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Larger files are checked without comparing every index: that would take longer than the run.
const CHECKED_WHOLLY: u64 = 64 << 20;

/// What makes format `i + 1` of format `i`.
const FORMATS: [&str; 1] = [include_str!("format-1.sql")];

/// A history that is open.
#[derive(Debug)]
pub struct History {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
}

impl History {
    /// Opens the history `path`, and makes it if there is none.
    ///
    /// # Errors
    /// If it cannot be opened, is damaged, is another kind of file or of a later format. The file is then unchanged.
    pub fn open(path: &Path) -> Result<History, HistoryError> {
        open(path, OpenFlags::SQLITE_OPEN_CREATE, &FORMATS)
    }

    /// As [`History::open`], for a history that must be there.
    ///
    /// # Errors
    /// As for [`History::open`], and if there is none.
    pub fn open_existing(path: &Path) -> Result<History, HistoryError> {
        match path.try_exists() {
            Ok(false) => Err(HistoryError::Open {
                path: path.to_path_buf(),
                reason: "no such file; `leastwise lint --history FILE` makes it".to_owned(),
            }),
            _ => open(path, OpenFlags::empty(), &FORMATS),
        }
    }

    /// The file, as the user named it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn wrong(&self) -> impl Fn(rusqlite::Error) -> HistoryError + use<> {
        let path = self.path.clone();
        move |error| HistoryError::of(&path, error)
    }
}

fn open(path: &Path, create: OpenFlags, formats: &[&str]) -> Result<History, HistoryError> {
    let cannot = |reason: &str| HistoryError::Open {
        path: path.to_path_buf(),
        reason: reason.to_owned(),
    };
    match std::fs::metadata(path) {
        Ok(there) if there.is_dir() => return Err(cannot("it is a folder")),
        Ok(there) if !there.is_file() => return Err(cannot("it is no plain file")),
        Ok(_) => {}
        Err(_) => {
            let folder = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty());
            if folder.is_some_and(|folder| !folder.is_dir()) {
                return Err(cannot("its folder is not there"));
            }
        }
    }
    // SQLite gives `:memory:` and the empty name a meaning of its own.
    let literal = Path::new(".").join(path);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    let wrong = |error| HistoryError::of(path, error);
    let connection = Connection::open_with_flags(literal, flags).map_err(wrong)?;
    connection.busy_timeout(PATIENCE).map_err(wrong)?;
    let mut history = History {
        connection,
        path: path.to_path_buf(),
    };
    history.prepare(formats)?;
    Ok(history)
}

impl History {
    /// Makes sure that it is ours, whole, and of the latest of `formats`.
    fn prepare(&mut self, formats: &[&str]) -> Result<(), HistoryError> {
        let wrong = self.wrong();
        self.connection
            .execute_batch(
                "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -65536; \
                 PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = OFF;",
            )
            .map_err(&wrong)?;
        let known = i64::try_from(formats.len()).unwrap_or(i64::MAX);
        let found = self.format()?;
        if found == known {
            return self.check();
        }
        if found > known {
            return Err(HistoryError::Newer {
                path: self.path.clone(),
                found,
                known,
            });
        }
        if found > 0 {
            self.check()?;
            self.keep_copy(found)?;
        }
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&wrong)?;
        // Another process may have been faster.
        let found: i64 = transaction
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(&wrong)?;
        for format in formats.iter().skip(usize::try_from(found).unwrap_or(0)) {
            transaction.execute_batch(format).map_err(&wrong)?;
        }
        transaction
            .pragma_update(None, "application_id", APPLICATION)
            .and_then(|()| transaction.pragma_update(None, "user_version", known.max(found)))
            .and_then(|()| transaction.commit())
            .map_err(&wrong)
    }

    /// The format of a history; 0 if the file is empty.
    fn format(&self) -> Result<i64, HistoryError> {
        let wrong = self.wrong();
        // One statement, so that it is one state of a file that another process may be making.
        let (application, format, things, acting): (i64, i64, i64, i64) = self
            .connection
            .query_row(
                "SELECT (SELECT application_id FROM pragma_application_id), \
                        (SELECT user_version FROM pragma_user_version), \
                        (SELECT count(*) FROM sqlite_schema), \
                        (SELECT count(*) FROM sqlite_schema WHERE type IN ('trigger', 'view'))",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
            )
            .map_err(&wrong)?;
        if (application, format, things) == (0, 0, 0) {
            return Ok(0);
        }
        let foreign = |what| HistoryError::Foreign {
            path: self.path.clone(),
            what,
        };
        if application != APPLICATION {
            return Err(foreign("it is a database of another program"));
        }
        // Ours has none; they would act whenever something is stored.
        if acting > 0 {
            return Err(foreign("it holds triggers or views"));
        }
        if format < 1 {
            return Err(HistoryError::Damaged {
                path: self.path.clone(),
                detail: format!("its format is {format}"),
            });
        }
        Ok(format)
    }

    /// Reads the whole file for what does not hold together.
    fn check(&self) -> Result<(), HistoryError> {
        let wrong = self.wrong();
        let size = std::fs::metadata(&self.path).map_or(0, |file| file.len());
        let pragma = match size <= CHECKED_WHOLLY {
            true => "integrity_check",
            false => "quick_check",
        };
        let verdict: String = self
            .connection
            .query_row(&format!("PRAGMA {pragma}(1)"), [], |row| row.get(0))
            .map_err(&wrong)?;
        if verdict == "ok" {
            return Ok(());
        }
        Err(HistoryError::Damaged {
            path: self.path.clone(),
            detail: verdict.split_whitespace().collect::<Vec<_>>().join(" "),
        })
    }

    /// Keeps a copy beside the file before its format is changed: `FILE.format-1`.
    fn keep_copy(&self, format: i64) -> Result<(), HistoryError> {
        let name = |n: u32| {
            let mut name = self.path.clone().into_os_string();
            name.push(match n {
                0 => format!(".format-{format}"),
                n => format!(".format-{format}-{n}"),
            });
            PathBuf::from(name)
        };
        let free = (0..u32::MAX).map(name).find(|name| !name.exists());
        let copy = free.unwrap_or_else(|| name(u32::MAX));
        let literal = Path::new(".").join(copy);
        let literal = literal.to_str().ok_or_else(|| HistoryError::Store {
            path: self.path.clone(),
            reason: "no copy can be kept beside a file whose name is not UTF-8".to_owned(),
        })?;
        self.connection
            .execute("VACUUM INTO ?1", [literal])
            .map_err(self.wrong())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{FORMATS, History, open};
    use crate::history::HistoryError;
    use rusqlite::OpenFlags;

    /// The next format, as far as this is about how one becomes the other.
    const NEXT: [&str; 2] = [FORMATS[0], "ALTER TABLE runs ADD COLUMN who TEXT;"];

    #[test]
    fn a_copy_is_kept_before_the_format_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        let old = History::open(&path).unwrap();
        old.connection
            .execute("INSERT INTO scopes (name) VALUES ('here')", [])
            .unwrap();
        drop(old);
        let before = std::fs::read(&path).unwrap();

        let new = open(&path, OpenFlags::empty(), &NEXT).unwrap();
        new.connection.prepare("SELECT who FROM runs").unwrap();
        let name: String = new
            .connection
            .query_row("SELECT name FROM scopes", [], |row| row.get(0))
            .unwrap();
        assert_eq!(name, "here");
        drop(new);

        let copy = folder.path().join("history.db.format-1");
        let copy = History::open_existing(&copy).unwrap();
        let kept: String = copy
            .connection
            .query_row("SELECT name FROM scopes", [], |row| row.get(0))
            .unwrap();
        assert_eq!(kept, "here");

        // And what is of the later format is refused by the earlier, unchanged.
        let after = std::fs::read(&path).unwrap();
        assert_ne!(before, after);
        let refused = History::open(&path).unwrap_err();
        assert!(
            matches!(
                refused,
                HistoryError::Newer {
                    found: 2,
                    known: 1,
                    ..
                }
            ),
            "{refused}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), after);
    }

    #[test]
    fn a_failing_change_of_format_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        drop(History::open(&path).unwrap());
        let steps = [
            FORMATS[0],
            "DROP TABLE events; SELECT nonsense FROM nowhere;",
        ];
        assert!(open(&path, OpenFlags::empty(), &steps).is_err());
        let history = History::open(&path).unwrap();
        history.connection.prepare("SELECT * FROM events").unwrap();
    }
}
