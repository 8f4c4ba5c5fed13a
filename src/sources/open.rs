//! Opens an input: plain, gzip, standard input, or a pipe.

use flate2::read::MultiGzDecoder;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What can be read only once, kept so that it can be read again: standard input, and pipes such as a shell makes
/// of `<(command)`.
#[derive(Debug, Default)]
pub struct Spooled {
    kept: BTreeMap<PathBuf, Kept>,
}

/// In memory while it is small, else in a temporary file without a name.
#[derive(Debug)]
enum Kept {
    Memory(Vec<u8>),
    File(File),
}

/// Up to this many bytes stay in memory.
const IN_MEMORY: u64 = 16 << 20;

impl Spooled {
    /// Reads standard input, whose path is `-`, to its end.
    ///
    /// # Errors
    /// When it cannot be read, or the temporary folder cannot be written.
    pub fn stdin(input: impl Read) -> io::Result<Spooled> {
        let mut spooled = Spooled::default();
        spooled.keep(Path::new("-"), input)?;
        Ok(spooled)
    }

    /// Reads what opens under `path` if it is a pipe, to its end. Anything else can be opened again.
    ///
    /// # Errors
    /// When it cannot be read, or the temporary folder cannot be written.
    pub fn pipe(&mut self, path: &Path) -> io::Result<()> {
        if is_pipe(path) {
            self.keep(path, File::open(path)?)?;
        }
        Ok(())
    }

    /// Nothing was read only once.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    fn keep(&mut self, path: &Path, mut input: impl Read) -> io::Result<()> {
        let mut memory = Vec::new();
        input.by_ref().take(IN_MEMORY).read_to_end(&mut memory)?;
        let kept = if (memory.len() as u64) < IN_MEMORY {
            Kept::Memory(memory)
        } else {
            let mut file = tempfile::tempfile()?;
            file.write_all(&memory)?;
            io::copy(&mut input, &mut file)?;
            Kept::File(file)
        };
        self.kept.insert(path.to_owned(), kept);
        Ok(())
    }

    fn reader(&self, path: &Path) -> io::Result<Option<Box<dyn Read + Send + '_>>> {
        Ok(match self.kept.get(path) {
            None => None,
            Some(Kept::Memory(memory)) => Some(Box::new(io::Cursor::new(memory))),
            Some(Kept::File(file)) => {
                let mut file = file.try_clone()?;
                file.seek(SeekFrom::Start(0))?;
                Some(Box::new(file))
            }
        })
    }
}

#[cfg(unix)]
fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata(path).is_ok_and(|data| data.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_pipe(_: &Path) -> bool {
    false
}

/// Opens `path` for reading from its start; gzip is recognised by its magic number, not by its name.
///
/// # Errors
/// When it cannot be opened or its first bytes cannot be read.
pub(super) fn open<'s>(
    path: &Path,
    spooled: Option<&'s Spooled>,
) -> io::Result<Box<dyn Read + Send + 's>> {
    let kept = match spooled {
        Some(spooled) => spooled.reader(path)?,
        None => None,
    };
    let mut raw: Box<dyn Read + Send + 's> = match kept {
        Some(kept) => kept,
        None => Box::new(File::open(path)?),
    };
    let mut magic = [0; 2];
    let mut read = 0;
    while read < magic.len() {
        match raw.read(&mut magic[read..])? {
            0 => break,
            n => read += n,
        }
    }
    let start = io::Cursor::new(magic).take(read as u64);
    let whole = start.chain(raw);
    if read == 2 && magic == [0x1f, 0x8b] {
        Ok(Box::new(MultiGzDecoder::new(BufReader::with_capacity(
            1 << 16,
            whole,
        ))))
    } else {
        Ok(Box::new(whole))
    }
}
