//! Lines that a first pass put off: in memory while they are few, else in a temporary file without a name.

use crate::model::DocumentId;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

/// Lines that are to be offered again.
#[derive(Debug, Default)]
pub struct PutOff {
    memory: Vec<u8>,
    file: Option<File>,
}

/// A line that was put off.
#[derive(Debug)]
pub struct Later {
    /// The document.
    pub document: DocumentId,
    /// Its 1-based number.
    pub line: u32,
    /// The line.
    pub text: String,
}

/// Text up to this many bytes stays in memory.
const IN_MEMORY: usize = 8 << 20;

/// Lines are handed back in batches of about this many bytes.
const BATCH: usize = 1 << 20;

impl PutOff {
    /// Keeps a line.
    ///
    /// # Errors
    /// When the temporary folder cannot be written.
    pub fn push(&mut self, later: &Later) -> io::Result<()> {
        let length = u32::try_from(later.text.len()).map_err(io::Error::other)?;
        for number in [later.document.0, later.line, length] {
            self.memory.extend_from_slice(&number.to_le_bytes());
        }
        self.memory.extend_from_slice(later.text.as_bytes());
        if self.memory.len() > IN_MEMORY {
            let file = match &mut self.file {
                Some(file) => file,
                none => none.insert(tempfile::tempfile()?),
            };
            file.write_all(&self.memory)?;
            self.memory.clear();
        }
        Ok(())
    }

    /// Hands back the lines in batches, until `each` returns `false`.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub(super) fn batches(&self, mut each: impl FnMut(Vec<Later>) -> bool) -> io::Result<()> {
        let mut input: Box<dyn Read + '_> = match &self.file {
            Some(file) => {
                let mut file = file.try_clone()?;
                file.seek(SeekFrom::Start(0))?;
                Box::new(io::BufReader::with_capacity(BATCH, file).chain(Cursor::new(&self.memory)))
            }
            None => Box::new(Cursor::new(&self.memory)),
        };
        let (mut batch, mut size) = (Vec::new(), 0);
        while let Some(later) = next(&mut input)? {
            size += later.text.len();
            batch.push(later);
            if size > BATCH {
                size = 0;
                if !each(std::mem::take(&mut batch)) {
                    return Ok(());
                }
            }
        }
        if !batch.is_empty() {
            each(batch);
        }
        Ok(())
    }
}

fn next(input: &mut impl Read) -> io::Result<Option<Later>> {
    let mut head = [0; 12];
    match input.read_exact(&mut head) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let [document, line, length] = [0, 4, 8]
        .map(|at| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]));
    let mut text = vec![0; length as usize];
    input.read_exact(&mut text)?;
    let text = String::from_utf8(text).map_err(io::Error::other)?;
    Ok(Some(Later {
        document: DocumentId(document),
        line,
        text,
    }))
}

#[cfg(test)]
mod tests {
    use super::{Later, PutOff};
    use crate::model::DocumentId;

    #[test]
    fn lines_come_back_in_order_also_through_a_file() -> std::io::Result<()> {
        let mut put_off = PutOff::default();
        let line = |number: u32| Later {
            document: DocumentId(number % 7),
            line: number,
            text: format!("{number} {}", "ü".repeat(5_000)),
        };
        for number in 0..2_000 {
            put_off.push(&line(number))?;
        }
        assert!(put_off.file.is_some());
        let mut seen = 0;
        put_off.batches(|batch| {
            for later in batch {
                let wanted = line(seen);
                assert_eq!((later.document, later.line), (wanted.document, wanted.line));
                assert_eq!(later.text, wanted.text);
                seen += 1;
            }
            true
        })?;
        assert_eq!(seen, 2_000);
        Ok(())
    }
}
