//! Opens an input: plain, gzip, or standard input.

use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Standard input, kept so that it can be read more than once: in memory while it is small, else in a
/// temporary file without a name.
#[derive(Debug, Default)]
pub struct Stdin {
    memory: Vec<u8>,
    file: Option<File>,
}

/// Standard input up to this many bytes stays in memory.
const IN_MEMORY: u64 = 16 << 20;

impl Stdin {
    /// Reads standard input to its end.
    ///
    /// # Errors
    /// When it cannot be read, or the temporary folder cannot be written.
    pub fn spool(mut input: impl Read) -> io::Result<Stdin> {
        let mut memory = Vec::new();
        input.by_ref().take(IN_MEMORY).read_to_end(&mut memory)?;
        if (memory.len() as u64) < IN_MEMORY {
            return Ok(Stdin { memory, file: None });
        }
        let mut file = tempfile::tempfile()?;
        file.write_all(&memory)?;
        io::copy(&mut input, &mut file)?;
        Ok(Stdin {
            memory: Vec::new(),
            file: Some(file),
        })
    }

    fn reader(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        match &self.file {
            None => Ok(Box::new(io::Cursor::new(&self.memory))),
            Some(file) => {
                let mut file = file.try_clone()?;
                file.seek(SeekFrom::Start(0))?;
                Ok(Box::new(file))
            }
        }
    }
}

/// Opens `path` for reading from its start; gzip is recognised by its magic number, not by its name.
///
/// # Errors
/// When it cannot be opened or its first bytes cannot be read.
pub(super) fn open<'s>(
    path: &Path,
    stdin: Option<&'s Stdin>,
) -> io::Result<Box<dyn Read + Send + 's>> {
    let mut raw: Box<dyn Read + Send + 's> = match stdin {
        Some(stdin) if path.as_os_str() == "-" => stdin.reader()?,
        _ => Box::new(File::open(path)?),
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
