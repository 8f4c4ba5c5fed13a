//! What a snapshot says of the scan that left it, beside the assets.

use super::gap::GapReason;
use super::origin::Location;

/// A statement of a snapshot about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScanRecord {
    /// A scan begins.
    Begin {
        /// What was to be read, as the header of the snapshot has it.
        scope: Vec<String>,
        /// Which part of how many it is; absent: all of it.
        shard: Option<(u32, u32)>,
    },
    /// Something could not be read.
    Missing {
        /// The part of the scan that it is missing in.
        unit: String,
        /// Why.
        reason: GapReason,
        /// One sentence for people.
        message: String,
        /// The full resource name that was asked about.
        resource: Option<String>,
    },
    /// A part of the scan is closed.
    Unit(ScanUnit),
    /// The scan is finished.
    End {
        /// How many parts it has.
        units: u64,
    },
}

/// A part of a scan that was read as a whole: the hierarchy, or one node of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanUnit {
    /// `hierarchy`, `organizations/1`, `folders/2`, `projects/acme-ml`.
    pub unit: String,
    /// Nothing is missing in it.
    pub whole: bool,
    /// The asset types of which everything was read: what is not there does not exist. Empty: not told.
    pub types: Vec<String>,
}

/// A statement with its place.
pub type PlacedRecord = (ScanRecord, Location);
