//! Joins the parts of a scan to what one run would have left.

use super::load::{Entry, Key, Loaded, Nothing, PARTS, load};
use super::writer::{Saved, Writer};
use super::{Header, Missing, SnapshotError};
use crate::model::GapReason;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A part that was opened.
struct Part {
    path: PathBuf,
    file: File,
    loaded: Loaded,
}

impl Part {
    fn open(path: &Path) -> Result<Part, SnapshotError> {
        let mut file = File::open(path).map_err(SnapshotError::system(path))?;
        let loaded = load(&mut file, path).map_err(|nothing| match nothing {
            Nothing::Error(error) => error,
            Nothing::Yet => SnapshotError::NotOurs {
                path: path.to_path_buf(),
                reason: "ends within its first line; nothing of that part was read".to_owned(),
            },
        })?;
        Ok(Part {
            path: path.to_path_buf(),
            file,
            loaded,
        })
    }

    /// Which part it is, and of how many; a scan that was not divided is its only part.
    fn number(&self) -> (u32, u32) {
        let shard = self.loaded.header.shard;
        shard.map_or((1, 1), |shard| (shard.index(), shard.of()))
    }
}

/// Joins the snapshots of the parts of one scan and writes them to `save`, or to a temporary file: byte for byte what
/// one run would have written that began when the first of them did. A part that is not there, not finished or
/// damaged, and a unit that two parts tell differently, stand in the result as something that is missing.
///
/// # Errors
/// When the parts are not of one scan, or a file cannot be read or written.
pub fn merge(parts: &[PathBuf], save: Option<&Path>) -> Result<Saved, SnapshotError> {
    let mut parts: Vec<Part> = parts
        .iter()
        .map(|path| Part::open(path))
        .collect::<Result<_, _>>()?;
    // In whatever order they were named.
    parts.sort_by_key(|part| (part.number(), part.loaded.header.read_at, part.path.clone()));
    let header = agreed(&parts)?;
    let mut writer = match save {
        Some(path) => Writer::create(path, &header)?,
        None => Writer::temporary(&header)?,
    };
    let mut wanting = wanting(&parts);
    let mut units: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for (index, part) in parts.iter().enumerate() {
        for key in part.loaded.units.keys() {
            units.entry(key.clone()).or_default().push(index);
        }
    }
    for (key, holders) in units {
        let (holder, differs) = best(&mut parts, &key, &holders)?;
        if let Some(other) = differs {
            let message = format!(
                "`{}` and `{}` both hold {}, and not the same; the first was taken",
                parts[holder].path.display(),
                parts[other].path.display(),
                key.unit
            );
            wanting.push((format!("{PARTS}{}", key.unit), message));
        }
        let part = &mut parts[holder];
        if let Some(entry) = part.loaded.units.get(&key).copied() {
            writer
                .copy(&mut part.file, &key, entry)
                .map_err(SnapshotError::system(&part.path))?;
        }
    }
    for (unit, message) in wanting {
        let missing = Missing {
            reason: GapReason::Truncated,
            call: "merge".to_owned(),
            resource: None,
            message,
            permission: None,
        };
        writer.begin(&unit)?.close(&[missing], 0, &[])?;
    }
    writer.finish()
}

/// The header of the whole, if all parts are of one scan.
fn agreed(parts: &[Part]) -> Result<Header, SnapshotError> {
    let Some((first, rest)) = parts.split_first() else {
        return Err(SnapshotError::Parts("there is nothing to merge".to_owned()));
    };
    let shown = |part: &Part| {
        let (index, of) = part.number();
        let scope = Header {
            shard: None,
            ..part.loaded.header.clone()
        };
        format!(
            "`{}` is part {index} of {of} of {}",
            part.path.display(),
            scope.shown()
        )
    };
    let scan = |part: &Part| (part.loaded.header.scope.clone(), part.number().1);
    if let Some(other) = rest.iter().find(|part| scan(part) != scan(first)) {
        return Err(SnapshotError::Parts(format!(
            "these are not parts of one scan: {}; {}",
            shown(first),
            shown(other)
        )));
    }
    let began = parts.iter().map(|part| part.loaded.header.read_at).min();
    let header = &first.loaded.header;
    Ok(Header::new(
        header.scope.clone(),
        began.unwrap_or(header.read_at),
        None,
    ))
}

/// What is wanting of the parts themselves: a unit for it, and a sentence.
fn wanting(parts: &[Part]) -> Vec<(String, String)> {
    let mut wanting = Vec::new();
    let there: BTreeSet<u32> = parts.iter().map(|part| part.number().0).collect();
    let of = parts.first().map_or(1, |part| part.number().1);
    for index in (1..=of).filter(|index| !there.contains(index)) {
        let message = format!("part {index} of {of} was not given to `leastwise merge`");
        wanting.push((format!("{PARTS}{index}"), message));
    }
    for part in parts.iter().filter(|part| !part.loaded.finished) {
        let (index, of) = part.number();
        let lost = match part.loaded.lost {
            0 => String::new(),
            1 => "; 1 unit of it is damaged".to_owned(),
            lost => format!("; {lost} units of it are damaged"),
        };
        let name = part.path.display();
        let message =
            format!("part {index} of {of}, `{name}`, was not finished{lost}: resume its scan");
        wanting.push((format!("{PARTS}{index}"), message));
    }
    wanting
}

/// Whose the unit is taken, and who tells it differently. One that is whole is better than one that is not; where both
/// are, both must say the same.
fn best(
    parts: &mut [Part],
    key: &Key,
    holders: &[usize],
) -> Result<(usize, Option<usize>), SnapshotError> {
    let entry = |parts: &[Part], at: usize| parts[at].loaded.units.get(key).copied();
    let whole = |at: &&usize| entry(parts, **at).is_some_and(|entry| entry.whole);
    let all: Vec<usize> = holders.iter().filter(whole).copied().collect();
    let Some((&first, others)) = all.split_first() else {
        return Ok((holders.first().copied().unwrap_or_default(), None));
    };
    for &other in others {
        let (Some(one), Some(two)) = (entry(parts, first), entry(parts, other)) else {
            continue;
        };
        let path = parts[other].path.clone();
        let same = one.length == two.length && {
            let (left, right) = parts.split_at_mut(other.max(first));
            let (low, high) = (&mut left[other.min(first)].file, &mut right[0].file);
            let (low_entry, high_entry) = if first < other {
                (one, two)
            } else {
                (two, one)
            };
            same(low, low_entry, high, high_entry).map_err(SnapshotError::system(&path))?
        };
        if !same {
            return Ok((first, Some(other)));
        }
    }
    Ok((first, None))
}

/// Whether two units of equal length are equal.
fn same(one: &mut File, of_one: Entry, two: &mut File, of_two: Entry) -> io::Result<bool> {
    one.seek(SeekFrom::Start(of_one.from))?;
    two.seek(SeekFrom::Start(of_two.from))?;
    let mut one = BufReader::new(one.take(of_one.length));
    let mut two = BufReader::new(two.take(of_two.length));
    loop {
        let (left, right) = (one.fill_buf()?, two.fill_buf()?);
        let common = left.len().min(right.len());
        if common == 0 {
            return Ok(left.len() == right.len());
        }
        if left[..common] != right[..common] {
            return Ok(false);
        }
        one.consume(common);
        two.consume(common);
    }
}
