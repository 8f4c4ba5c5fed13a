//! Access control lists of single objects, as far as the input holds objects: whoever lists them chooses which.

use super::case::Case;
use super::{key, weigh};
use crate::access::exposure::{Answer, Way};
use crate::estate::{Datapoint, Estate, Record};
use crate::finding::Finding;
use crate::model::{Truth, short_name};
use crate::rules::analyses::Verdicts;

pub(super) const OBJECT: &str = "storage.googleapis.com/Object";
pub(super) const ENTITIES: &str = "$.resource.data.acl[*].entity";
pub(super) const ROLES: &str = "$.resource.data.acl[*].role";

/// Answers for every object whose list is in the input.
pub(super) fn run(estate: &Estate, verdicts: &mut Verdicts<'_>) {
    for record in estate.records(OBJECT).into_iter().flat_map(|r| r.iter()) {
        let bucket = record.name.split("/objects/").next().unwrap_or_default();
        let case = Case::new(&key(bucket), bucket, &record.ancestors, estate);
        let Answer::Open(held) = case.guards.answer(Way::ObjectAcl, Truth::Yes) else {
            verdicts.pass();
            continue;
        };
        let roles = points(record, ROLES);
        let public = points(record, ENTITIES).iter().enumerate();
        let public = public.filter_map(|(index, point)| {
            let entity = point.value.as_text()?;
            let is_public = matches!(entity, "allUsers" | "allAuthenticatedUsers");
            is_public.then_some((index, entity, point))
        });
        let findings: Vec<Finding> = public
            .map(|(index, entity, point)| {
                // Each entry has both, so they stand in one order.
                let role = roles.get(index).and_then(|role| role.value.as_text());
                let message = format!(
                    "the ACL of {} names {entity} as {}",
                    short_name(&record.name),
                    role.unwrap_or("an unknown role")
                );
                let mut finding = verdicts.finding(&record.name, &point.evidence, message);
                finding.member = Some(entity.into());
                finding.public_read = role == Some("READER");
                weigh(&mut finding, held, Vec::new());
                finding
            })
            .collect();
        match findings.is_empty() {
            true => verdicts.pass(),
            false => verdicts.fail(findings),
        }
    }
}

fn points<'r>(record: &'r Record, path: &str) -> &'r [Datapoint] {
    record.field(path).map_or(&[], |field| &field.values)
}
