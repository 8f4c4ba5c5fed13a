//! The records of a snapshot, as they stand in it.

use super::{Missing, Shard, Unit};
use crate::model::{ScanRecord, ScanUnit};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version of the format that is written, and the only one that is read.
pub const VERSION: u32 = 1;

/// What every line that is a record begins with.
pub(super) const START: &[u8] = b"{\"leastwise\":";

/// What stands in [`Header::scope`] before the digest of the calls that were made.
pub const CALLS: &str = "calls:";

/// The first line of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// [`VERSION`].
    pub version: u32,
    /// What was to be read, sorted: `organizations/1`, `folders/2`, `projects/acme-*`; what was excluded with `!` before
    /// it, e.g. `!projects/acme-sandbox`. Anything else that decides what is read may stand here, too: a scan is
    /// resumed, and parts are merged, only if all of it is the same.
    pub scope: Vec<String>,
    /// When the scan began.
    pub read_at: Timestamp,
    /// Which part it is; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
}

impl Header {
    /// The header of a scan that begins at `read_at`.
    pub fn new(mut scope: Vec<String>, read_at: Timestamp, shard: Option<Shard>) -> Header {
        scope.sort();
        scope.dedup();
        Header {
            version: VERSION,
            scope,
            read_at,
            shard,
        }
    }

    /// The scope for people.
    pub(super) fn shown(&self) -> String {
        let scope = match self.scope.as_slice() {
            [] => "nothing".to_owned(),
            some => some.join(", "),
        };
        match self.shard {
            Some(shard) => format!("{scope} (part {shard})"),
            None => scope,
        }
    }
}

/// A line that is no asset.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<R> {
    leastwise: R,
}

/// What stands in it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Record {
    /// The first line.
    Scan(Header),
    /// Something is missing.
    Missing(Lost),
    /// A unit ends.
    Unit(Closing),
    /// The last line.
    End(End),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Lost {
    pub(super) unit: Unit,
    #[serde(flatten)]
    pub(super) missing: Missing,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Closing {
    pub(super) unit: Unit,
    pub(super) assets: u64,
    #[serde(default)]
    pub(super) requests: u64,
    pub(super) whole: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) types: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct End {
    pub(super) units: u64,
}

impl Record {
    /// Writes it with the end of its line.
    pub(super) fn write(&self, to: &mut Vec<u8>) -> std::io::Result<()> {
        serde_json::to_writer(&mut *to, &Line { leastwise: self })?;
        to.push(b'\n');
        Ok(())
    }

    /// Reads a line; `None` if it is none that we know.
    pub(super) fn read(line: &[u8]) -> Option<Record> {
        let line: Line<Record> = serde_json::from_slice(line).ok()?;
        Some(line.leastwise)
    }
}

/// What a record says. `record` is the value of its one key.
///
/// # Errors
/// In words, if it is a record of another version.
pub(in crate::sources) fn statement(record: &Value) -> Result<ScanRecord, String> {
    if let Some(version) = record.get("scan").and_then(|scan| scan.get("version"))
        && version.as_u64() != Some(u64::from(VERSION))
    {
        return Err(format!(
            "a snapshot in version {} of its format; this leastwise reads version {VERSION}",
            super::load::brief(&version.to_string())
        ));
    }
    let record = Record::deserialize(record)
        .map_err(|_| "a record of a snapshot that this leastwise does not know".to_owned())?;
    Ok(match record {
        Record::Scan(header) => ScanRecord::Begin {
            scope: header.scope,
            shard: header.shard.map(|shard| (shard.index(), shard.of())),
        },
        Record::Missing(lost) => ScanRecord::Missing {
            unit: lost.unit,
            reason: lost.missing.reason,
            message: sentence(&lost.missing),
            resource: lost.missing.resource,
        },
        Record::Unit(closing) => ScanRecord::Unit(ScanUnit {
            unit: closing.unit,
            whole: closing.whole,
            types: closing.types,
        }),
        Record::End(end) => ScanRecord::End { units: end.units },
    })
}

/// The call, what it answered, and the permission if the answer does not name it.
fn sentence(missing: &Missing) -> String {
    let mut sentence = super::load::brief(&missing.message);
    if !missing.call.is_empty() && !sentence.contains(&missing.call) {
        sentence = format!("{}: {sentence}", super::load::brief(&missing.call));
    }
    match &missing.permission {
        Some(permission) if !sentence.contains(permission.as_str()) => {
            format!(
                "{sentence} (missing permission: {})",
                super::load::brief(permission)
            )
        }
        _ => sentence,
    }
}
