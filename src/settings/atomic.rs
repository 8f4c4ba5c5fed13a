//! Writing a file so that nobody ever sees half of it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Replaces the content of `path`: written to a temporary file in the same folder, flushed to disk, then renamed.
/// A symbolic link is followed, so that the link stays and its target changes. Permissions are kept,
/// a new file gets those that the umask allows. What is there and no plain file (a device such as `/dev/null`, a pipe)
/// is written into: a rename would put a file in its place.
///
/// # Errors
/// What the system says; the old content is then unchanged.
pub fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    replace(path, |file| {
        file.write_all(content)?;
        match file.metadata()?.is_file() {
            true => file.sync_all(),
            // Devices and pipes have nothing to flush to.
            false => Ok(()),
        }
    })
}

/// As [`write_atomically`], for what is too large to hold: `write` writes it piece by piece. It is not flushed to
/// disk before the rename, because a report can be made again.
///
/// # Errors
/// What the system or `write` says; the old content is then unchanged.
pub fn stream_atomically(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    replace(path, |file| {
        let mut out = BufWriter::with_capacity(1 << 18, file);
        write(&mut out)?;
        out.flush()
    })
}

fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".leastwise-");
    let existing = std::fs::metadata(&target).ok();
    if existing.as_ref().is_some_and(|there| !there.is_file()) {
        return write(&mut File::options().write(true).open(&target)?);
    }
    let existing = existing.map(|metadata| metadata.permissions());
    #[cfg(unix)]
    let fresh = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(fresh);
    let mut file = builder.tempfile_in(folder)?;
    write(file.as_file_mut())?;
    if let Some(permissions) = existing {
        file.as_file().set_permissions(permissions)?;
    }
    file.persist(&target)?;
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{stream_atomically, write_atomically};
    use std::os::unix::fs::FileTypeExt as _;

    /// As root, a rename over `/dev/null` would succeed, and take it from everybody.
    #[test]
    fn what_is_no_plain_file_is_written_into_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for stream in [false, true] {
            let reader = std::thread::spawn({
                let pipe = pipe.clone();
                move || std::fs::read_to_string(pipe).unwrap()
            });
            match stream {
                true => stream_atomically(&pipe, |out| out.write_all(b"told")).unwrap(),
                false => write_atomically(&pipe, b"told").unwrap(),
            }
            assert_eq!(reader.join().unwrap(), "told");
            assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo());
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
