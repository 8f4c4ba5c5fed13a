//! What the user wants: configuration, suppressions, declarations, baseline.
//!
//! [`Config::discover`] finds and reads the file, [`Settings::new`] checks and compiles it under the flags,
//! [`select`] says which rules run, [`triage`] sorts what they found, and [`Ending::exit`] says how the run ends.

mod atomic;
mod baseline;
mod cache;
mod config;
mod discover;
mod effective;
mod environment;
mod error;
mod exit;
mod needed;
mod pattern;
mod places;
mod public;
mod select;
mod suppress;
mod triage;

pub use atomic::{stream_atomically, write_atomically};
pub use baseline::{Baseline, Entry, Known, fingerprints};
pub use cache::{CACHE_VARIABLE, cache_folder};
pub use config::{
    BucketEntry, BucketRole, Config, NeededEntry, Organization, PublicEntry, ResourcePath, Strings,
    SuppressEntry, config_schema, without_null,
};
pub use discover::{FILE_NAMES, Loaded, VARIABLE};
pub use effective::{Overrides, Settings};
pub use environment::{ColorChoice, Env, Progress, color, now, progress};
pub use error::{Located, SettingsError, Source};
pub use exit::{DEFAULT_FAIL_ON, Ending, Exit};
pub use needed::{Need, NeededGrant};
pub use pattern::{Glob, ResourceGlob, RuleInfo, RulePattern};
pub use places::{BucketRoles, PathPatterns, Principals};
pub use public::{PublicBucket, PublicBuckets};
pub use select::{SelectFlags, Selection, select};
pub use suppress::{Suppression, Suppressions};
pub use triage::{Triage, triage};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The day of `moment` in UTC, by which everything here expires and ages.
fn utc_date(moment: Timestamp) -> Date {
    moment.to_zoned(TimeZone::UTC).date()
}

/// `2026-12-31` and nothing else: jiff alone would also take a date with a time.
fn parse_date(text: &str) -> Option<Date> {
    let shape = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    shape.then(|| text.parse().ok()).flatten()
}

/// Whether `text` has the form of [`crate::finding::fingerprint`].
fn is_fingerprint(text: &str) -> bool {
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    text.strip_prefix("v1:")
        .is_some_and(|digits| digits.len() == 64 && digits.bytes().all(hex))
}
