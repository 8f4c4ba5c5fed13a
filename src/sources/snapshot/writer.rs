//! Writes a snapshot: appended to while the scan runs, sorted when it is finished.

use super::append::Append;
use super::load::{Entry, Key, Units};
use super::record::{End, Header, Record, START};
use super::{Block, SnapshotError, Unit, partial};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What was appended is flushed to disk when so much time has passed since the last time: a crash of the machine
/// costs the units of this time, a killed process none.
const FLUSH_AFTER: Duration = Duration::from_secs(2);

/// Writes a snapshot. Holds an index of the units in memory, never their lines.
#[derive(Debug)]
pub struct Writer {
    pub(super) target: PathBuf,
    pub(super) partial: PathBuf,
    pub(super) file: File,
    pub(super) header: Header,
    pub(super) units: Units,
    pub(super) done: BTreeSet<Unit>,
    /// Where the next unit begins.
    pub(super) end: u64,
    pub(super) flushed: Instant,
    pub(super) resumed: Resumed,
    pub(super) folder: Option<TempDir>,
}

/// What a resumed scan found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resumed {
    /// Units that are whole and not read again.
    pub whole: usize,
    /// Units in which something is missing, so that they are read again.
    pub incomplete: usize,
    /// Units that were damaged, most of all the one at which the scan was killed.
    pub lost: u64,
}

/// A snapshot that was left.
#[derive(Debug)]
pub struct Saved {
    /// The file. A temporary one lives as long as this.
    pub path: PathBuf,
    /// Units in it.
    pub units: usize,
    /// Units in which something is missing.
    pub incomplete: usize,
    /// Assets in it.
    pub assets: u64,
    /// What was read: [`Header::scope`].
    pub scope: Vec<String>,
    _folder: Option<TempDir>,
}

impl Writer {
    /// Begins a snapshot that will be `path`. What an earlier scan left unfinished there is dropped; what it finished
    /// stays until [`Writer::finish`].
    ///
    /// # Errors
    /// When another scan writes there, or the system refuses.
    pub fn create(path: &Path, header: &Header) -> Result<Writer, SnapshotError> {
        let target = partial::target(path)?;
        let beside = partial::beside(&target);
        let file = partial::open(&beside)?;
        Writer::fresh(target, beside, file, header)
    }

    /// Begins a snapshot in a temporary folder, for who wants to judge and not to keep.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn temporary(header: &Header) -> Result<Writer, SnapshotError> {
        let folder = tempfile::Builder::new().prefix("leastwise-").tempdir();
        let folder = folder.map_err(SnapshotError::system(&std::env::temp_dir()))?;
        let mut writer = Writer::create(&folder.path().join("scan.ndjson"), header)?;
        writer.folder = Some(folder);
        Ok(writer)
    }

    pub(super) fn fresh(
        target: PathBuf,
        partial: PathBuf,
        file: File,
        header: &Header,
    ) -> Result<Writer, SnapshotError> {
        let mut writer = Writer {
            target,
            partial,
            file,
            header: header.clone(),
            units: Units::new(),
            done: BTreeSet::new(),
            end: 0,
            flushed: Instant::now(),
            resumed: Resumed::default(),
            folder: None,
        };
        writer
            .begin_file()
            .map_err(SnapshotError::system(&writer.partial))?;
        Ok(writer)
    }

    fn begin_file(&mut self) -> io::Result<()> {
        let mut line = Vec::new();
        Record::Scan(self.header.clone()).write(&mut line)?;
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&line)?;
        self.end = line.len() as u64;
        Ok(())
    }

    /// Appends a unit of another snapshot as it stands.
    pub(super) fn copy(&mut self, from: &mut File, key: &Key, entry: Entry) -> io::Result<()> {
        from.seek(SeekFrom::Start(entry.from))?;
        self.file.seek(SeekFrom::Start(self.end))?;
        let copied = io::copy(&mut from.take(entry.length), &mut self.file)?;
        if copied != entry.length {
            self.file.set_len(self.end)?;
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.close(key.clone(), entry)
    }

    /// Notes a unit that stands whole at the end of the file.
    pub(super) fn close(&mut self, key: Key, entry: Entry) -> io::Result<()> {
        let from = self.end;
        self.end += entry.length;
        match entry.whole {
            true => self.done.insert(key.unit.clone()),
            false => self.done.remove(&key.unit),
        };
        self.units.insert(key, Entry { from, ..entry });
        if self.flushed.elapsed() >= FLUSH_AFTER {
            self.file.sync_data()?;
            self.flushed = Instant::now();
        }
        Ok(())
    }

    /// The header that the snapshot has: that of the first scan, if this one goes on.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Units that are whole, and need not be read again.
    pub fn done(&self) -> &BTreeSet<Unit> {
        &self.done
    }

    /// What [`Writer::resume`] found.
    pub fn resumed(&self) -> Resumed {
        self.resumed
    }

    /// The assets of a unit that is there, each on a line; `None` if it is not.
    ///
    /// # Errors
    /// What the system says.
    pub fn lines_of(&mut self, unit: &str) -> Result<Option<Vec<u8>>, SnapshotError> {
        let Some(entry) = self.units.get(&Key::of(unit)).copied() else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        let read = self.file.seek(SeekFrom::Start(entry.from));
        read.and_then(|_| (&mut self.file).take(entry.length).read_to_end(&mut bytes))
            .map_err(SnapshotError::system(&self.partial))?;
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        let assets = lines.filter(|line| !line.starts_with(START));
        Ok(Some(assets.collect::<Vec<_>>().concat()))
    }

    /// Drops units that are not of the scope any more.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.units.retain(|key, _| keep(&key.unit));
        self.done.retain(|unit| keep(unit));
    }

    /// Appends a unit; one that is there already is replaced. A process that is killed leaves whole units, and at most
    /// one that is torn.
    ///
    /// # Errors
    /// What the system says, or that the lines are none. Nothing of the unit is then kept.
    pub fn append(&mut self, block: &Block) -> Result<(), SnapshotError> {
        let partial = self.partial.clone();
        let mut append = self.begin(&block.unit)?;
        append.lines(&block.lines)?;
        if append.assets() != block.assets {
            let told = format!("{} assets told, {} lines", block.assets, append.assets());
            let wrong = io::Error::new(io::ErrorKind::InvalidInput, told);
            return Err(SnapshotError::system(&partial)(wrong));
        }
        append.close(&block.missing, block.requests, &block.types)
    }

    /// Begins a unit whose lines come one batch after the other.
    ///
    /// # Errors
    /// What the system says.
    pub fn begin(&mut self, unit: &str) -> Result<Append<'_>, SnapshotError> {
        let at = SeekFrom::Start(self.end);
        self.file
            .seek(at)
            .map_err(SnapshotError::system(&self.partial))?;
        Ok(Append::new(self, unit))
    }

    /// Writes the units in their order to the file that was asked for, which is replaced at once, and removes what the
    /// scan appended to.
    ///
    /// # Errors
    /// What the system says. What was appended is then still there, and can be resumed.
    pub fn finish(mut self) -> Result<Saved, SnapshotError> {
        self.sort().map_err(SnapshotError::system(&self.target))?;
        // Removed while it is locked, so that nobody takes it for a killed scan. Where that is refused to a file that
        // is open, it is closed first.
        let removed = std::fs::remove_file(&self.partial);
        drop(self.file);
        if removed.is_err() {
            let _ = std::fs::remove_file(&self.partial);
        }
        Ok(saved(self.target, self.header, &self.units, self.folder))
    }

    /// Leaves what was appended as a killed scan would, so that it can be judged as far as it goes and resumed.
    ///
    /// # Errors
    /// What the system says.
    pub fn leave(self) -> Result<Saved, SnapshotError> {
        self.file
            .sync_all()
            .map_err(SnapshotError::system(&self.partial))?;
        Ok(saved(self.partial, self.header, &self.units, self.folder))
    }

    fn sort(&mut self) -> io::Result<()> {
        let folder = match self.target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        // Readable for its owner only, unless the file that is replaced was for others, too.
        let mut sorted = tempfile::Builder::new()
            .prefix(".leastwise-")
            .tempfile_in(folder)?;
        let mut out = BufWriter::with_capacity(1 << 18, sorted.as_file_mut());
        let mut line = Vec::new();
        Record::Scan(self.header.clone()).write(&mut line)?;
        out.write_all(&line)?;
        for entry in self.units.values() {
            self.file.seek(SeekFrom::Start(entry.from))?;
            let copied = io::copy(&mut (&mut self.file).take(entry.length), &mut out)?;
            if copied != entry.length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        line.clear();
        let units = self.units.len() as u64;
        Record::End(End { units }).write(&mut line)?;
        out.write_all(&line)?;
        out.flush()?;
        drop(out);
        if let Ok(replaced) = std::fs::metadata(&self.target) {
            sorted.as_file().set_permissions(replaced.permissions())?;
        }
        sorted.as_file().sync_all()?;
        sorted.persist(&self.target)?;
        // The rename is on disk when the folder is; a system that cannot flush one loses no more than the new name.
        #[cfg(unix)]
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(())
    }
}

fn saved(path: PathBuf, header: Header, units: &Units, folder: Option<TempDir>) -> Saved {
    Saved {
        path,
        units: units.len(),
        incomplete: units.values().filter(|entry| !entry.whole).count(),
        assets: units.values().map(|entry| entry.assets).sum(),
        scope: header.scope,
        _folder: folder,
    }
}
