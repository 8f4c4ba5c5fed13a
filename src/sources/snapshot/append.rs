//! One unit on its way into a snapshot.

use super::load::{Entry, Key};
use super::record::{Closing, Lost, Record};
use super::{Missing, SnapshotError, Unit, Writer};
use std::io::{self, Write};

/// A unit that is being appended. Dropped before it is closed, it leaves nothing.
#[derive(Debug)]
pub struct Append<'w> {
    writer: &'w mut Writer,
    unit: Unit,
    assets: u64,
    bytes: u64,
    closed: bool,
}

impl<'w> Append<'w> {
    /// Begins `unit` where `writer` stands.
    pub(super) fn new(writer: &'w mut Writer, unit: &str) -> Append<'w> {
        Append {
            writer,
            unit: unit.to_owned(),
            assets: 0,
            bytes: 0,
            closed: false,
        }
    }

    /// Assets appended so far.
    pub(super) fn assets(&self) -> u64 {
        self.assets
    }

    /// Appends assets, each one JSON object on a line with its end.
    ///
    /// # Errors
    /// What the system says, or that the last line does not end.
    pub fn lines(&mut self, lines: &[u8]) -> Result<(), SnapshotError> {
        if lines.last().is_some_and(|last| *last != b'\n') {
            let wrong = io::Error::new(io::ErrorKind::InvalidInput, "a line without its end");
            return Err(SnapshotError::system(&self.writer.partial)(wrong));
        }
        self.write(lines)?;
        self.assets += memchr::memchr_iter(b'\n', lines).count() as u64;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        let written = self.writer.file.write_all(bytes);
        written.map_err(SnapshotError::system(&self.writer.partial))?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Ends the unit with what is missing in it; see [`super::Block`].
    ///
    /// # Errors
    /// What the system says.
    pub fn close(
        mut self,
        missing: &[Missing],
        requests: u64,
        types: &[String],
    ) -> Result<(), SnapshotError> {
        let mut records = Vec::new();
        let lost = missing.iter().map(|missing| {
            Record::Missing(Lost {
                unit: self.unit.clone(),
                missing: missing.clone(),
            })
        });
        let closing = Record::Unit(Closing {
            unit: self.unit.clone(),
            assets: self.assets,
            requests,
            whole: missing.is_empty(),
            types: types.to_vec(),
        });
        for record in lost.chain([closing]) {
            let written = record.write(&mut records);
            written.map_err(SnapshotError::system(&self.writer.partial))?;
        }
        self.write(&records)?;
        self.closed = true;
        let entry = Entry {
            from: 0,
            length: self.bytes,
            assets: self.assets,
            whole: missing.is_empty(),
        };
        let key = Key::of(&self.unit);
        let closed = self.writer.close(key, entry);
        closed.map_err(SnapshotError::system(&self.writer.partial))
    }
}

impl Drop for Append<'_> {
    fn drop(&mut self) {
        if !self.closed {
            // If that fails, too, the loader finds a torn unit.
            let _ = self.writer.file.set_len(self.writer.end);
        }
    }
}
