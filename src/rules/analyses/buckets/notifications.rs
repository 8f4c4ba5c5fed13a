//! Where the events of a bucket are sent: `//pubsub.googleapis.com/projects/P/topics/T`.

use crate::estate::Estate;
use crate::model::{GapReason, Truth, project_of};
use crate::rules::Organization;
use crate::rules::analyses::Verdicts;
use crate::rules::analyses::verdicts::worded;

pub(super) const NOTIFICATION: &str = "storage.googleapis.com/NotificationConfig";
pub(super) const TOPIC: &str = "$.resource.data.topic";

const UNTOLD: &str = "whether the topics that buckets send their events to are of the same organisation cannot be told: \
                      the input does not hold the buckets, or not their projects";

/// Answers for every notification: its topic lies in the bucket's project or another one that is known to be inside.
pub(super) fn run(organization: &Organization, estate: &Estate, verdicts: &mut Verdicts<'_>) {
    let list = estate.records(NOTIFICATION).into_iter();
    for record in list.flat_map(|records| records.iter()) {
        let Some((topic, place)) = record.text(&[TOPIC]) else {
            let pointer = "/resource/data/topic";
            verdicts.unknown(
                GapReason::ValueUnknown,
                pointer,
                &record.name,
                &record.evidence,
            );
            continue;
        };
        let bucket = record.name.split("/notificationConfigs/").next();
        let bucket = bucket.and_then(|bucket| estate.buckets.get(bucket));
        let own = bucket.and_then(|bucket| bucket.ancestors.first());
        let theirs = project_of(topic);
        let inside = theirs.is_some_and(|id| organization.projects.contains(id));
        let same = match (own, theirs) {
            (Some(own), Some(theirs)) => estate.same_project(own, &format!("projects/{theirs}")),
            _ => Truth::Unknown,
        };
        match same {
            _ if inside => verdicts.pass(),
            Truth::Yes => verdicts.pass(),
            Truth::No => {
                let subject = bucket.map_or(&*record.name, |bucket| &bucket.name);
                let topic = topic.trim_start_matches("//pubsub.googleapis.com/");
                let mut finding = verdicts.finding(subject, place, worded(topic));
                finding.detail = Some(topic.into());
                verdicts.fail([finding]);
            }
            Truth::Unknown => {
                verdicts.unknown(GapReason::InputMissing, UNTOLD, &record.name, place);
            }
        }
    }
}
