//! Finds the units of a snapshot that was written before, whole or torn.

use super::record::{Header, Record, START, VERSION};
use super::{SnapshotError, Unit};
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// No line is longer: see [`crate::sources::chunks::LARGEST`].
const LONGEST: u64 = crate::sources::chunks::LARGEST as u64;

/// The place of a unit in the order of a finished snapshot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    rank: u8,
    pub(super) unit: Unit,
}

/// Units that stand for parts which could not be merged begin so.
pub(super) const PARTS: &str = "parts/";

impl Key {
    pub(super) fn of(unit: &str) -> Key {
        let rank = match unit.split('/').next() {
            Some("hierarchy") => 0,
            Some("organizations") => 1,
            Some("folders") => 2,
            Some("projects") => 3,
            _ if unit.starts_with(PARTS) => 5,
            _ => 4,
        };
        Key {
            rank,
            unit: unit.to_owned(),
        }
    }
}

/// A unit in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// Where its lines begin.
    pub(super) from: u64,
    /// How many bytes they are, with the record that closes it.
    pub(super) length: u64,
    pub(super) assets: u64,
    pub(super) whole: bool,
}

pub(super) type Units = BTreeMap<Key, Entry>;

/// What is in a file.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) header: Header,
    pub(super) units: Units,
    /// Where the last unit ends that is closed.
    pub(super) end: u64,
    /// Units that are damaged, a torn one at the end included.
    pub(super) lost: u64,
    /// It was finished, and nothing is damaged.
    pub(super) finished: bool,
}

/// Why there is nothing to load.
#[derive(Debug)]
pub(super) enum Nothing {
    /// The file is empty, or was torn within its first line.
    Yet,
    /// It cannot be read, or is none of ours.
    Error(SnapshotError),
}

/// Reads the index of the snapshot at `path`, which `file` has open.
pub(super) fn load(file: &mut File, path: &Path) -> Result<Loaded, Nothing> {
    let system = |error| Nothing::Error(SnapshotError::system(path)(error));
    file.seek(SeekFrom::Start(0)).map_err(system)?;
    let mut lines = Lines {
        reader: BufReader::with_capacity(1 << 18, file),
        line: Vec::new(),
        at: 0,
    };
    let ended = lines.next().map_err(system)?;
    let header = header(&lines.line, ended, path)?;
    let mut loaded = Loaded {
        header,
        units: Units::new(),
        end: lines.at,
        lost: 0,
        finished: false,
    };
    let mut units = None;
    let mut block = Block::default();
    loop {
        let whole_line = lines.next().map_err(system)?;
        if lines.line.is_empty() {
            break;
        }
        if !whole_line {
            block.broken = true;
            continue;
        }
        // Only zero bytes or a cut could follow the end.
        units = None;
        match block.take(&lines.line) {
            Step::Goes => {}
            Step::Ends(count) => {
                units = Some(count);
                block = Block::default();
            }
            Step::Closes(unit, entry) => {
                let from = loaded.end;
                loaded.end = lines.at;
                let length = lines.at - from;
                match entry {
                    Some(entry) => {
                        let entry = Entry {
                            from,
                            length,
                            ..entry
                        };
                        loaded.units.insert(Key::of(&unit), entry);
                    }
                    None => loaded.lost += 1,
                }
                block = Block::default();
            }
        }
    }
    if block.broken || block.any {
        loaded.lost += 1;
        units = None;
    }
    let count = loaded.units.len() as u64;
    loaded.finished = loaded.lost == 0 && units == Some(count);
    Ok(loaded)
}

fn header(line: &[u8], ended: bool, path: &Path) -> Result<Header, Nothing> {
    let mut start = START.to_vec();
    start.extend_from_slice(b"{\"scan\":{\"version\":");
    let common = line.len().min(start.len());
    let not_ours = |reason: String| {
        Err(Nothing::Error(SnapshotError::NotOurs {
            path: path.to_path_buf(),
            reason,
        }))
    };
    if line[..common] != start[..common] {
        return not_ours("is no snapshot of a scan".to_owned());
    }
    if !ended {
        return Err(Nothing::Yet);
    }
    match Record::read(line) {
        Some(Record::Scan(header)) if header.version == VERSION => Ok(header),
        Some(Record::Scan(header)) => not_ours(format!(
            "is a snapshot in version {} of its format; this leastwise knows version {VERSION}",
            header.version
        )),
        _ => not_ours("is no snapshot that this leastwise can read".to_owned()),
    }
}

/// Lines of a file, and where they end.
struct Lines<'f> {
    reader: BufReader<&'f mut File>,
    line: Vec<u8>,
    at: u64,
}

impl Lines<'_> {
    /// Reads the next line without its end; `false` if the file ends before the line does, or the line does not.
    fn next(&mut self) -> io::Result<bool> {
        self.line.clear();
        let read = (&mut self.reader)
            .take(LONGEST)
            .read_until(b'\n', &mut self.line)?;
        self.at += read as u64;
        let ended = self.line.last() == Some(&b'\n');
        if ended {
            self.line.pop();
            // A line without anything would look like the end of the file.
            if self.line.is_empty() {
                self.line.push(b' ');
            }
        }
        Ok(ended)
    }
}

/// What was seen of a unit.
#[derive(Default)]
struct Block {
    any: bool,
    assets: u64,
    missing: u64,
    unit: Option<Unit>,
    broken: bool,
}

enum Step {
    /// The unit goes on.
    Goes,
    /// It is closed; `None` if it is damaged.
    Closes(Unit, Option<Entry>),
    /// The snapshot ends, with so many units.
    Ends(u64),
}

impl Block {
    fn take(&mut self, line: &[u8]) -> Step {
        if !line.starts_with(START) {
            self.any = true;
            self.assets += 1;
            let valid = line.first() == Some(&b'{')
                && crate::sources::depth::is_bounded(line)
                && sonic_rs::from_slice::<IgnoredAny>(line).is_ok();
            self.broken |= !valid;
            return Step::Goes;
        }
        match Record::read(line) {
            Some(Record::Missing(lost)) => {
                self.any = true;
                self.missing += 1;
                let unit = self.unit.get_or_insert_with(|| lost.unit.clone());
                self.broken |= *unit != lost.unit;
                Step::Goes
            }
            Some(Record::Unit(closing)) => {
                let entry = Entry {
                    from: 0,
                    length: 0,
                    assets: closing.assets,
                    whole: closing.whole,
                };
                let agrees = closing.assets == self.assets
                    && closing.whole == (self.missing == 0)
                    && self.unit.as_ref().is_none_or(|unit| *unit == closing.unit);
                let sound = agrees && !self.broken;
                Step::Closes(closing.unit, sound.then_some(entry))
            }
            Some(Record::End(end)) if !self.any && !self.broken => Step::Ends(end.units),
            _ => {
                self.broken = true;
                Step::Goes
            }
        }
    }
}

/// At most 600 characters of a text that comes from outside.
pub(super) fn brief(text: &str) -> String {
    const MOST: usize = 600;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
