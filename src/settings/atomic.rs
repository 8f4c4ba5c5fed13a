//! Writing a file so that nobody ever sees half of it.

use std::io::Write;
use std::path::Path;

/// Replaces the content of `path`: written to a temporary file in the same folder, flushed to disk, then renamed.
/// A symbolic link is followed, so that the link stays and its target changes. Permissions are kept,
/// a new file gets those that the umask allows.
///
/// # Errors
/// What the system says; the old content is then unchanged.
pub fn write_atomically(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".leastwise-");
    let existing = std::fs::metadata(&target)
        .ok()
        .map(|metadata| metadata.permissions());
    #[cfg(unix)]
    let fresh = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(fresh);
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    if let Some(permissions) = existing {
        file.as_file().set_permissions(permissions)?;
    }
    file.persist(&target)?;
    Ok(())
}
