//! What a live scan leaves: a Cloud Asset Inventory NDJSON that says itself what is missing in it.
//!
//! Every line is an asset, or a record: an object with the one key `leastwise`. Whoever reads the file as an export
//! skips records, because they have no `assetType`; [`super::dialects`] makes gaps of them again.
//!
//! The first line is the header. Then come units, each closed by a record of its own, sorted: the hierarchy,
//! organizations, folders, projects. The last line says how many there are. While a scan runs, units are appended to
//! `FILE.partial` as they come; a killed scan leaves whole units there, and [`Writer::resume`] goes on after them.

mod append;
mod error;
mod export;
mod load;
mod merge;
mod partial;
mod record;
mod resume;
mod shard;
mod writer;

pub use append::Append;
pub use error::SnapshotError;
pub use export::{Taken, take_share};
pub use merge::merge;
pub(in crate::sources) use record::statement;
pub use record::{CALLS, Header, VERSION};
pub use shard::Shard;
pub use writer::{Resumed, Saved, Writer};

use crate::model::GapReason;
use serde::{Deserialize, Serialize};

/// A part of a scan that is read, written and resumed as a whole: `projects/acme-ml`, `folders/551900287731`,
/// `organizations/770043110021`, or `hierarchy` for the search that found them.
pub type Unit = String;

/// What is missing in a snapshot, as its line says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Missing {
    /// The gap that it is.
    pub reason: GapReason,
    /// The call, as `scan --list-scope` names it: `storage.buckets.getIamPolicy`.
    pub call: String,
    /// The full resource name that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// One sentence with the API's reason and the way out.
    pub message: String,
    /// The permission that is missing, if the API or the call says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
}

/// Everything that was read of one unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    /// What was read.
    pub unit: Unit,
    /// Assets in normal form, each one JSON object on a line with its end.
    pub lines: Vec<u8>,
    /// How many lines that is.
    pub assets: u64,
    /// What is missing. Empty: the unit is whole, and a resumed scan does not read it again.
    pub missing: Vec<Missing>,
    /// Calls that were made for it, retries included.
    pub requests: u64,
    /// The asset types of which everything in this unit was read, whether there was any or not. A type that is not
    /// among them may be missing. Empty: not told, and absence is judged as in an export.
    pub types: Vec<String>,
}
