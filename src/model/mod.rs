//! What Google Cloud looks like to us. Pure data, no I/O.
//!
//! The normal form of everything is the Cloud Asset Inventory asset: every other dialect
//! is translated into it by [`crate::sources`] before anything else sees it.

mod asset;
mod consume;
mod gap;
pub mod locate;
mod member;
mod name;
mod origin;
mod scan;
mod truth;

pub use asset::{AssetText, Columns, Locate, Site, WayBack};
pub use consume::{Consumer, Fate};
pub use gap::{Gap, GapReason};
pub use locate::{Lines, Outline};
pub use member::{Member, MemberKind};
pub use name::{POLICY_V2, canonical, project_of, short_name};
pub use origin::{Dialect, Document, DocumentId, Excerpts, Location};
pub use scan::{PlacedRecord, ScanRecord, ScanUnit};
pub use truth::Truth;
