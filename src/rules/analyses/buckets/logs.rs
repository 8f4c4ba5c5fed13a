//! Usage logs of a bucket: where they go.

use super::{LOG_BUCKET, Setting, Subject, text};
use crate::estate::Datapoint;

/// The bucket that the logs go to; a bucket without logs is not meant.
fn log_bucket<'a>(bucket: &mut Subject<'a, '_>) -> Option<(&'a Datapoint, &'a str)> {
    match bucket.setting(LOG_BUCKET) {
        Setting::Is(point) => match text(point) {
            Ok("") => bucket.verdicts.not_applicable(),
            Ok(name) => return Some((point, name.trim_start_matches("gs://"))),
            Err(reason) => bucket.unknown(reason, LOG_BUCKET),
        },
        Setting::Absent => bucket.verdicts.not_applicable(),
        Setting::Unknown(reason) => bucket.unknown(reason, LOG_BUCKET),
    }
    None
}

/// Whether a bucket logs into itself.
pub(super) fn to_self(bucket: &mut Subject<'_, '_>) {
    let Some((point, target)) = log_bucket(bucket) else {
        return;
    };
    match target == bucket.name() {
        true => bucket.fail(&point.evidence, target),
        false => bucket.verdicts.pass(),
    }
}
