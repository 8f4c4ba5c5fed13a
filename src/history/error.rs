//! What can be wrong with a history, told with the way out.

use rusqlite::ErrorCode;
use std::path::{Path, PathBuf};

/// Why a history cannot be used. Whatever it is, the file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// It cannot be opened or made.
    #[error("history `{path}` cannot be opened: {reason}", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file is something else.
    #[error("`{path}` is no history of leastwise: {what}; it was left as it is, name another file", path = path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// It does not hold together any more.
    #[error("history `{path}` is damaged: {detail}; it was left as it is, restore a copy or name another file", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        detail: String,
    },
    /// It has a format that this version does not know.
    #[error("history `{path}` is of format {found}, and this leastwise knows {known}: use the one that wrote it", path = path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Another process has had it for too long.
    #[error("history `{path}` is in use by another process, also after {seconds} s", path = path.display())]
    Busy {
        /// The file.
        path: PathBuf,
        /// How long was waited.
        seconds: u64,
    },
    /// Something cannot be stored or read. What was stored before is there.
    #[error("history `{path}`: {reason}; nothing in it was changed", path = path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// What the system or SQLite says.
        reason: String,
    },
}

impl HistoryError {
    /// What an error of SQLite means for `path`.
    pub(super) fn of(path: &Path, error: rusqlite::Error) -> HistoryError {
        let path = path.to_path_buf();
        let text = match &error {
            rusqlite::Error::SqliteFailure(_, Some(text)) => text.clone(),
            rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
            other => other.to_string(),
        };
        let code = match &error {
            rusqlite::Error::SqliteFailure(error, _)
            | rusqlite::Error::SqlInputError { error, .. } => error.code,
            // A value of another kind than we store.
            _ => ErrorCode::DatabaseCorrupt,
        };
        match code {
            ErrorCode::NotADatabase => HistoryError::Foreign {
                path,
                what: "it is no SQLite database, or its beginning is damaged",
            },
            ErrorCode::DatabaseCorrupt => HistoryError::Damaged { path, detail: text },
            ErrorCode::Unknown if text.starts_with("no such") => {
                HistoryError::Damaged { path, detail: text }
            }
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => HistoryError::Busy {
                path,
                seconds: super::file::PATIENCE.as_secs(),
            },
            ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                HistoryError::Open { path, reason: text }
            }
            _ => HistoryError::Store { path, reason: text },
        }
    }

    /// Whether the user named the wrong file or a spoilt one, rather than that storing failed.
    pub fn is_about_the_file(&self) -> bool {
        !matches!(self, HistoryError::Busy { .. } | HistoryError::Store { .. })
    }
}
