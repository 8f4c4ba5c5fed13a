//! Why a snapshot cannot be written or read.

use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a snapshot cannot be written or read.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// The system refused.
    #[error("`{}`: {reason}", path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// Another scan has the file open.
    #[error("another scan is writing `{}`; wait for it, or save to another file", .0.display())]
    Busy(PathBuf),
    /// It is there, and something else.
    #[error("`{}` {reason}", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
        /// Goes on after the name of the file: `is no snapshot: …`.
        reason: String,
    },
    /// The scan to be resumed read something else.
    #[error(
        "`{}` is a scan of {was}, not of {wanted}; name the same scope, or save to another file",
        path.display()
    )]
    OtherScope {
        /// The file.
        path: PathBuf,
        /// What was read.
        was: String,
        /// What is to be read.
        wanted: String,
    },
    /// Parts that are not of one scan.
    #[error("{0}")]
    Parts(String),
}

impl SnapshotError {
    /// What the system said of `path`.
    pub(super) fn system(path: &Path) -> impl Fn(io::Error) -> SnapshotError + '_ {
        |reason| SnapshotError::System {
            path: path.to_path_buf(),
            reason,
        }
    }
}
