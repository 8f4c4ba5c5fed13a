//! Buckets that log sinks write to: whether what is written there can be deleted again.

use super::{Ask, BUCKET, LOCKED, RETENTION, Setting, pointer, setting};
use crate::estate::{Datum, Estate, Evidence, Record};
use crate::model::GapReason;
use crate::rules::analyses::Verdicts;
use crate::rules::analyses::verdicts::worded;
use indexmap::IndexMap;

pub(super) const SINK: &str = "logging.googleapis.com/LogSink";
pub(super) const DESTINATION: &str = "$.resource.data.destination";

const NO_SINKS: &str = "the input holds no log sinks, so which buckets they write to is not known";

/// The buckets that sinks of the input write to, by full name, with the first sink that names each.
pub(super) fn destinations(estate: &Estate) -> IndexMap<String, (&Record, &Evidence)> {
    let mut buckets = IndexMap::new();
    for sink in estate.records(SINK).into_iter().flat_map(|r| r.iter()) {
        let Some((destination, evidence)) = sink.text(&[DESTINATION]) else {
            continue;
        };
        if let Some(bucket) = destination.strip_prefix("storage.googleapis.com/") {
            let name = format!("//storage.googleapis.com/{bucket}");
            buckets.entry(name).or_insert((sink, evidence));
        }
    }
    buckets
}

/// Tells that no sink is in the input, if that is so and there are buckets that one could write to.
pub(super) fn without_sinks(estate: &Estate, verdicts: &mut Verdicts<'_>) {
    if !estate.saw(SINK) && estate.saw(BUCKET) {
        verdicts.missing_input(NO_SINKS, 1);
    }
}

/// Answers for every bucket that a sink writes to.
pub(super) fn run(ask: Ask, estate: &Estate, verdicts: &mut Verdicts<'_>) {
    without_sinks(estate, verdicts);
    for (name, (_, sink)) in destinations(estate) {
        let record = estate
            .records(BUCKET)
            .and_then(|buckets| buckets.named(&name));
        let Some(record) = record else {
            let sentence =
                "the input does not hold the settings of buckets that log sinks write to";
            verdicts.unknown(GapReason::InputMissing, sentence, &name, sink);
            continue;
        };
        match (ask, setting(record, RETENTION)) {
            (Ask::SinkRetention, Setting::Absent) => fail(record, &record.evidence, verdicts),
            (Ask::SinkRetention, Setting::Is(_)) => verdicts.pass(),
            (Ask::SinkRetention, Setting::Unknown(reason)) => {
                unknown(reason, RETENTION, record, verdicts);
            }
            _ => lock(record, verdicts),
        }
    }
}

/// Whether the retention policy of a bucket is locked; a bucket without one is not meant, for it has nothing to lock.
pub(super) fn lock(record: &Record, verdicts: &mut Verdicts<'_>) {
    let period = match setting(record, RETENTION) {
        Setting::Is(period) => period,
        Setting::Absent => return verdicts.not_applicable(),
        Setting::Unknown(reason) => return unknown(reason, RETENTION, record, verdicts),
    };
    match setting(record, LOCKED) {
        Setting::Is(locked) if locked.value == Datum::Bool(true) => verdicts.pass(),
        Setting::Is(_) | Setting::Absent => fail(record, &period.evidence, verdicts),
        Setting::Unknown(reason) => unknown(reason, LOCKED, record, verdicts),
    }
}

fn fail(record: &Record, evidence: &Evidence, verdicts: &mut Verdicts<'_>) {
    let finding = verdicts.finding(&record.name, evidence, worded(""));
    verdicts.fail([finding]);
}

fn unknown(reason: GapReason, path: &str, record: &Record, verdicts: &mut Verdicts<'_>) {
    verdicts.unknown(reason, &pointer(path), &record.name, &record.evidence);
}
