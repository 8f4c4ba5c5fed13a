//! Who can take the protection of a bucket away without being able to rewrite its policy.

use super::{BUCKET, RETENTION, Setting, VERSIONING, setting};
use crate::catalog::Wanted;
use crate::estate::{Datum, Estate, Interest, Record};
use crate::model::{GapReason, Truth, canonical};
use crate::rules::analyses::Verdicts;
use crate::rules::analyses::kept::Kept;
use crate::rules::analyses::verdicts::worded;
use crate::rules::file::{Grant, MemberTest};
use crate::rules::judge::Bench;

const UNTOLD: &str = "the input does not hold the policies of some buckets that are protected";

/// The grants that matter.
pub(super) fn question() -> Grant {
    Grant {
        permission: vec!["storage.buckets.update".to_owned()],
        at: vec!["bucket".to_owned()],
        member: MemberTest {
            except: Some("policy-admins".to_owned()),
            ..MemberTest::of_somebody()
        },
        ..Grant::default()
    }
}

/// What protects a bucket and could be switched off, in words.
fn protection(record: &Record) -> Result<Option<&'static str>, (GapReason, &'static str)> {
    match setting(record, RETENTION) {
        Setting::Is(_) => return Ok(Some("its retention policy")),
        Setting::Unknown(reason) => return Err((reason, RETENTION)),
        Setting::Absent => {}
    }
    match setting(record, VERSIONING) {
        Setting::Is(on) if on.value == Datum::Bool(true) => Ok(Some("versioning")),
        Setting::Unknown(reason) => Err((reason, VERSIONING)),
        Setting::Is(_) | Setting::Absent => Ok(None),
    }
}

/// Answers for every bucket that somebody protected on purpose.
pub(super) fn run(
    interests: &[Interest],
    bench: &Bench<'_>,
    estate: &Estate,
    verdicts: &mut Verdicts<'_>,
) {
    let kept = Kept::new(estate, interests);
    let rewrites = Wanted::parse(&["storage.buckets.setIamPolicy".to_owned()]).ok();
    for record in estate.records(BUCKET).into_iter().flat_map(|r| r.iter()) {
        let protection = match protection(record) {
            Ok(Some(protection)) => protection,
            Ok(None) => {
                verdicts.not_applicable();
                continue;
            }
            Err((reason, path)) => {
                let pointer = super::pointer(path);
                verdicts.unknown(reason, &pointer, &record.name, &record.evidence);
                continue;
            }
        };
        let bucket = canonical(&record.name);
        let mut findings = Vec::new();
        for grant in kept.at(&bucket) {
            let rewrites = rewrites
                .as_ref()
                .map(|wanted| bench.roles.carries(&grant.role, wanted).truth);
            // Whoever may rewrite the policy is an administrator, and told of as one.
            if rewrites == Some(Truth::Yes) {
                continue;
            }
            let message = worded(protection);
            let mut finding = verdicts.finding(&record.name, &grant.evidence, message);
            finding.role = Some(grant.role.clone());
            finding.member = Some(grant.member.clone());
            finding.condition = grant.condition.clone();
            findings.push(finding);
        }
        if !findings.is_empty() {
            verdicts.fail(findings);
        } else if let Some(doubt) = kept.doubt(&bucket) {
            verdicts.doubt(doubt);
        } else if estate.bucket_policies.contains(&*bucket) {
            verdicts.pass();
        } else {
            verdicts.unknown(
                GapReason::InputMissing,
                UNTOLD,
                &record.name,
                &record.evidence,
            );
        }
    }
}
