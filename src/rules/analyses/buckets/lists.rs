//! Access control lists that name somebody from outside.
//!
//! An entity is `user-ADDRESS`, `group-ADDRESS`, `domain-DOMAIN`, `project-TEAM-NUMBER`, `allUsers` or
//! `allAuthenticatedUsers` (JSON API, "BucketAccessControls"). The public is the matter of `public-bucket`.

use super::{Setting, Subject, pointer, setting};
use crate::estate::{Estate, Evidence};
use crate::model::{GapReason, Member, MemberKind, Truth, canonical};
use crate::rules::Organization;

pub(super) const ACL: &str = "$.resource.data.acl[*].entity";
pub(super) const DEFAULT_ACL: &str = "$.resource.data.defaultObjectAcl[*].entity";

/// Google's own writer of usage logs, which every bucket for such logs names.
const LOG_WRITER: &str = "group-cloud-storage-analytics@google.com";

/// Judges both lists of a bucket at once, unless uniform access makes them inert.
pub(super) fn run(bucket: &mut Subject<'_, '_>, organization: &Organization, estate: &Estate) {
    let fact = estate.buckets.get(&*canonical(&bucket.record.name));
    if fact.is_some_and(|fact| fact.uniform == Some(true)) {
        return bucket.verdicts.pass();
    }
    let mut findings = Vec::new();
    let mut doubt: Option<(&Evidence, &str)> = None;
    let mut lacking = None;
    for path in [ACL, DEFAULT_ACL] {
        if let Setting::Unknown(reason) = setting(bucket.record, path) {
            lacking = Some((reason, path));
            continue;
        }
        let points = bucket.record.field(path).into_iter();
        for point in points.flat_map(|field| &field.values) {
            let Some(entity) = point.value.as_text() else {
                continue;
            };
            match outside(entity, organization) {
                Truth::No => {}
                Truth::Unknown => doubt = Some((&point.evidence, entity)),
                Truth::Yes => {
                    let mut finding = bucket.finding(&point.evidence, entity);
                    finding.member = Some(entity.into());
                    let list = pointer(path);
                    finding.detail = list.rsplit('/').next().map(Into::into);
                    findings.push(finding);
                }
            }
        }
    }
    if !findings.is_empty() {
        bucket.verdicts.fail(findings);
    } else if let Some((evidence, entity)) = doubt {
        let name = &bucket.record.name;
        bucket
            .verdicts
            .unknown(GapReason::SettingMissing, entity, name, evidence);
    } else if let Some((reason, path)) = lacking {
        bucket.unknown(reason, path);
    } else {
        bucket.verdicts.pass();
    }
}

fn outside(entity: &str, organization: &Organization) -> Truth {
    if entity == LOG_WRITER {
        return Truth::No;
    }
    let member = match entity.split_once('-') {
        Some(("user", address)) if address.ends_with(".gserviceaccount.com") => {
            format!("serviceAccount:{address}")
        }
        Some((kind @ ("user" | "group" | "domain"), rest)) => format!("{kind}:{rest}"),
        // The project's own teams, and the public, are judged elsewhere.
        _ => return Truth::No,
    };
    let member = Member::parse(&member);
    match member.kind {
        // Accounts of projects that the input does not hold are no outsiders on that ground alone.
        MemberKind::ServiceAccount | MemberKind::DefaultServiceAccount => Truth::No,
        _ => organization.is_outside(&member),
    }
}
