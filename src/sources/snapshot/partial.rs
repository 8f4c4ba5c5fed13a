//! The file that a running scan appends to, which only one scan may have.

use super::SnapshotError;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// How often a file is opened again that its former owner removed in the meantime.
const TRIES: u32 = 10;

/// Where a scan into `target` appends while it runs.
pub(super) fn beside(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}

/// The file that `path` means: links are followed, because a rename would replace the link.
///
/// # Errors
/// When it is a folder, a device or a pipe.
pub(super) fn target(path: &Path) -> Result<PathBuf, SnapshotError> {
    match std::fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => Err(SnapshotError::NotOurs {
            path: path.to_path_buf(),
            reason: "is no regular file; a snapshot cannot be written there".to_owned(),
        }),
        Ok(_) => std::fs::canonicalize(path).map_err(SnapshotError::system(path)),
        Err(_) => Ok(path.to_path_buf()),
    }
}

/// Opens `path`, for its owner's eyes only, and locks it against other scans. What it holds stays.
pub(super) fn open(path: &Path) -> Result<File, SnapshotError> {
    let system = SnapshotError::system(path);
    if std::fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(SnapshotError::NotOurs {
            path: path.to_path_buf(),
            reason: "is no regular file; remove it".to_owned(),
        });
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    for _ in 0..TRIES {
        let file = options.open(path).map_err(&system)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(SnapshotError::Busy(path.to_path_buf())),
            // Some network file systems have no locks.
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(system(error)),
        }
        if is_there(&file, path) {
            return Ok(file);
        }
    }
    Err(SnapshotError::Busy(path.to_path_buf()))
}

/// Whether `path` still names `file`: a scan that ends removes its file, and we may have opened it just before.
fn is_there(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let id = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
        match (file.metadata(), std::fs::metadata(path)) {
            (Ok(ours), Ok(theirs)) => id(ours) == id(theirs),
            _ => false,
        }
    }
    #[cfg(not(unix))]
    {
        // There, a file that is open cannot be removed.
        let _ = file;
        path.exists()
    }
}
