//! Usage logs of a bucket: where they go.

use super::{BUCKET, LOG_BUCKET, Setting, Subject, text};
use crate::estate::{Datapoint, Estate};
use crate::model::Truth;

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

/// Whether the target lies in the same organisation, or where that is not known in the same project.
pub(super) fn target(bucket: &mut Subject<'_, '_>, estate: &Estate) {
    let Some((point, target)) = log_bucket(bucket) else {
        return;
    };
    let name = format!("//storage.googleapis.com/{target}");
    let record = estate
        .records(BUCKET)
        .and_then(|buckets| buckets.named(&name));
    let Some(record) = record else {
        return bucket.missing("the input does not hold the buckets that some usage logs go to");
    };
    let project = |ancestors: &[Box<str>]| {
        let first = ancestors.first().filter(|n| n.starts_with("projects/"));
        first.cloned()
    };
    let (Some(own), Some(theirs)) = (
        project(&bucket.record.ancestors),
        project(&record.ancestors),
    ) else {
        return bucket.missing("the input does not say in which projects some buckets lie");
    };
    let top = |node: &str, ancestors: &[Box<str>]| {
        let (chain, rooted) = estate.lineage(node, ancestors);
        chain.last().filter(|_| rooted).cloned()
    };
    let same = match (
        top(&own, &bucket.record.ancestors),
        top(&theirs, &record.ancestors),
    ) {
        (Some(own), Some(theirs)) => Truth::from(own == theirs),
        _ => match estate.same_project(&own, &theirs) {
            Truth::Yes => Truth::Yes,
            // Another project may well be of the same organisation.
            Truth::No | Truth::Unknown => Truth::Unknown,
        },
    };
    match same {
        Truth::Yes => bucket.verdicts.pass(),
        Truth::No => bucket.fail(&point.evidence, &format!("gs://{target} in {theirs}")),
        Truth::Unknown => bucket.missing(
            "usage logs go to a bucket in another project, and the input does not say of which organisation that is",
        ),
    }
}
