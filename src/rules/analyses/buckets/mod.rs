//! `buckets`: questions about the settings of a bucket that one path cannot ask, because the answer lies in two settings,
//! in another asset, or in what is known of the organisation.

mod admins;
mod lists;
mod logs;
mod notifications;
mod sinks;

use super::verdicts::worded;
use super::{Kind, Verdicts};
use crate::estate::{Datapoint, Datum, Estate, Evidence, Interest, Record};
use crate::finding::Finding;
use crate::model::{GapReason, short_name};
use crate::rules::Organization;
use crate::rules::file::Grant;
use crate::rules::judge::Bench;
use indexmap::IndexMap;

const BUCKET: &str = "storage.googleapis.com/Bucket";
const LIFECYCLE: &str =
    "$.resource.data.lifecycle.rule[?@.action.type == 'Delete' && @.condition.isLive != true]";
const LOCKED: &str = "$.resource.data.retentionPolicy.isLocked";
const LOG_BUCKET: &str = "$.resource.data.logging.logBucket";
const RETENTION: &str = "$.resource.data.retentionPolicy.retentionPeriod";
const VERSIONING: &str = "$.resource.data.versioning.enabled";

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Whether an access control list names somebody from outside.
    AclOutside,
    /// Whether usage logs go into the bucket that they are about.
    LogToSelf,
    /// Whether the bucket's events are sent to the organisation's own topics.
    NotificationTopic,
    /// Whether old versions ever go.
    NoncurrentUnbounded,
    /// Whether somebody may switch the bucket's protection off.
    SettingsAdmin,
    /// Whether the retention policy of a bucket that a log sink fills is locked.
    SinkLock,
    /// Whether there is one.
    SinkRetention,
    /// Whether the retention policy of any other bucket is locked.
    Unlocked,
}

impl Ask {
    /// The grants that it needs.
    pub(super) fn grants(self) -> Vec<Grant> {
        match self {
            Ask::SettingsAdmin => vec![admins::question()],
            _ => Vec::new(),
        }
    }

    /// What it wants to know of which assets.
    pub(super) fn records(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Ask::AclOutside => &[(BUCKET, lists::ACL), (BUCKET, lists::DEFAULT_ACL)],
            Ask::LogToSelf => &[(BUCKET, LOG_BUCKET)],
            Ask::NoncurrentUnbounded => &[(BUCKET, VERSIONING), (BUCKET, LIFECYCLE)],
            Ask::NotificationTopic => &[(notifications::NOTIFICATION, notifications::TOPIC)],
            Ask::SettingsAdmin => &[(BUCKET, RETENTION), (BUCKET, VERSIONING)],
            Ask::SinkLock | Ask::SinkRetention | Ask::Unlocked => &[
                (BUCKET, RETENTION),
                (BUCKET, LOCKED),
                (sinks::SINK, sinks::DESTINATION),
            ],
        }
    }
}

/// Answers for every bucket that the question is about.
pub(super) fn run(
    ask: Ask,
    interests: &[Interest],
    bench: &Bench<'_>,
    estate: &Estate,
    verdicts: &mut Verdicts<'_>,
) {
    match ask {
        Ask::SinkLock | Ask::SinkRetention => return sinks::run(ask, estate, verdicts),
        Ask::SettingsAdmin => return admins::run(interests, bench, estate, verdicts),
        Ask::NotificationTopic => {
            let organization = organization(bench, estate);
            return notifications::run(&organization, estate, verdicts);
        }
        _ => {}
    }
    // What is told of buckets that sinks write to is not told again.
    let elsewhere = match ask == Ask::Unlocked && is_told(Ask::SinkLock, bench) {
        true => sinks::destinations(estate),
        false => IndexMap::new(),
    };
    let organization = organization(bench, estate);
    for record in estate.records(BUCKET).into_iter().flat_map(|r| r.iter()) {
        let mut subject = Subject {
            record,
            verdicts: &mut *verdicts,
        };
        match ask {
            Ask::AclOutside => lists::run(&mut subject, &organization, estate),
            Ask::LogToSelf => logs::to_self(&mut subject),
            Ask::NoncurrentUnbounded => noncurrent(&mut subject),
            Ask::Unlocked if elsewhere.contains_key(&subject.plain_name()) => {
                subject.verdicts.not_applicable();
            }
            Ask::Unlocked => sinks::lock(record, subject.verdicts),
            Ask::NotificationTopic | Ask::SettingsAdmin | Ask::SinkLock | Ask::SinkRetention => {}
        }
    }
}

/// Versions are kept, and no rule deletes them: by age, by number, or by how long they are not current.
fn noncurrent(bucket: &mut Subject<'_, '_>) {
    let on = match bucket.setting(VERSIONING) {
        Setting::Is(point) if point.value == Datum::Bool(true) => point,
        Setting::Is(_) | Setting::Absent => return bucket.verdicts.not_applicable(),
        Setting::Unknown(reason) => return bucket.unknown(reason, VERSIONING),
    };
    match bucket.setting(LIFECYCLE) {
        Setting::Is(_) => bucket.verdicts.pass(),
        Setting::Unknown(reason) => bucket.unknown(reason, LIFECYCLE),
        Setting::Absent => bucket.fail(&on.evidence, ""),
    }
}

/// A bucket that is judged.
struct Subject<'a, 'o> {
    record: &'a Record,
    verdicts: &'a mut Verdicts<'o>,
}

impl<'a> Subject<'a, '_> {
    fn setting(&self, path: &str) -> Setting<'a> {
        setting(self.record, path)
    }

    fn unknown(&mut self, reason: GapReason, path: &str) {
        let (name, evidence) = (&self.record.name, &self.record.evidence);
        self.verdicts
            .unknown(reason, &pointer(path), name, evidence);
    }

    fn finding(&self, evidence: &Evidence, value: &str) -> Finding {
        self.verdicts
            .finding(&self.record.name, evidence, worded(value))
    }

    fn fail(&mut self, evidence: &Evidence, value: &str) {
        let finding = self.finding(evidence, value);
        self.verdicts.fail([finding]);
    }

    /// The full resource name in its short spelling.
    fn plain_name(&self) -> String {
        format!("//storage.googleapis.com/{}", self.name())
    }

    /// The bucket's own name.
    fn name(&self) -> String {
        let name = short_name(&self.record.name);
        name.trim_start_matches("gs://").to_owned()
    }
}

/// What a setting says.
enum Setting<'r> {
    /// This, or in a list this first.
    Is(&'r Datapoint),
    /// Nothing: it is not set.
    Absent,
    /// The input cannot say.
    Unknown(GapReason),
}

fn setting<'r>(record: &'r Record, path: &str) -> Setting<'r> {
    let Some(field) = record.field(path) else {
        return Setting::Unknown(GapReason::ContentMissing);
    };
    match (field.values.first(), &field.lacks) {
        (Some(point), _) if point.value == Datum::Ambiguous => {
            Setting::Unknown(GapReason::ValueUnknown)
        }
        (Some(point), _) => Setting::Is(point),
        (None, Some((reason, _))) => Setting::Unknown(*reason),
        (None, None) => Setting::Absent,
    }
}

/// Whether a rule runs that asks this, and so tells it.
fn is_told(ask: Ask, bench: &Bench<'_>) -> bool {
    let mut kinds = bench.program.analyses.iter().map(|analysis| &analysis.kind);
    kinds.any(|kind| matches!(kind, Kind::Buckets(other) if *other == ask))
}

/// The organisation, from the configuration and all of the input.
fn organization(bench: &Bench<'_>, estate: &Estate) -> Organization {
    let mut organization = bench.organization.clone();
    organization.domains.extend(estate.domains.iter().cloned());
    let projects = estate.projects().map(str::to_owned);
    organization.projects.extend(projects);
    organization
}

/// The text of a setting; anything else is unknown.
fn text(point: &Datapoint) -> Result<&str, GapReason> {
    point.value.as_text().ok_or(GapReason::ValueUnknown)
}

/// `$.resource.data.a.b[?…]` as a JSON pointer, as far as it names one place.
fn pointer(path: &str) -> String {
    let path = path.trim_start_matches('$');
    path.split('[').next().unwrap_or(path).replace('.', "/")
}
