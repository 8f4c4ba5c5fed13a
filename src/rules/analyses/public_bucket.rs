//! Whether the public reaches a bucket: through its allow policy, its ACL, or the ACL that new objects get.
//!
//! Public access prevention makes all three inert, on the bucket itself or by organisation policy; uniform
//! bucket-level access makes the ACLs inert (Cloud Storage documentation, "Public access prevention" and "Uniform
//! bucket-level access").

use super::Verdicts;
use super::kept::Kept;
use crate::catalog::Wanted;
use crate::estate::{BucketFact, Estate, Evidence, GrantFact, Interest, Prevention};
use crate::finding::Confidence;
use crate::model::{GapReason, Truth, canonical, short_name};
use crate::rules::judge::Bench;
use rustc_hash::FxHashSet;

/// The way in that a rule asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plane {
    /// The allow policy.
    Iam,
    /// The allow policy, with a role that changes objects or the policy.
    Write,
    /// The bucket's ACL.
    Acl,
    /// The ACL that new objects get.
    DefaultObjectAcl,
}

/// What lets the public change things.
const WRITES: [&str; 6] = [
    "storage.objects.create",
    "storage.objects.update",
    "storage.objects.delete",
    "storage.objects.setIamPolicy",
    "storage.buckets.update",
    "storage.buckets.setIamPolicy",
];

/// Answers for every bucket of the input.
pub(crate) fn run(plane: Plane, bench: &Bench<'_>, estate: &Estate, verdicts: &mut Verdicts<'_>) {
    match plane {
        Plane::Iam | Plane::Write => by_policy(plane, bench, estate, verdicts),
        Plane::Acl | Plane::DefaultObjectAcl => by_acl(plane, estate, verdicts),
    }
}

fn by_policy(plane: Plane, bench: &Bench<'_>, estate: &Estate, verdicts: &mut Verdicts<'_>) {
    let writes = Wanted::parse(&WRITES.map(str::to_owned)).ok();
    let mut exposed: FxHashSet<Box<str>> = FxHashSet::default();
    let grants = estate
        .grants
        .iter()
        .filter(|grant| grant.interest == Interest::PublicBucket);
    let mut by_bucket: indexmap::IndexMap<Box<str>, Vec<&GrantFact>> = indexmap::IndexMap::new();
    for grant in grants {
        by_bucket
            .entry(canonical(&grant.node).into())
            .or_default()
            .push(grant);
    }
    for (bucket, grants) in by_bucket {
        let settings = estate.buckets.get(&bucket);
        exposed.insert(bucket.clone());
        let ancestors = settings.map_or(&grants[0].ancestors, |settings| &settings.ancestors);
        let prevented = prevented(settings, ancestors, estate);
        if prevented == Truth::Yes {
            verdicts.pass();
            continue;
        }
        let mut findings = Vec::new();
        let mut unknown_role = None;
        for grant in &grants {
            let carried = match (&writes, plane) {
                (Some(writes), Plane::Write) => bench.roles.carries(&grant.role, writes),
                _ => crate::catalog::Carries {
                    truth: Truth::Yes,
                    witness: None,
                },
            };
            match carried.truth {
                Truth::No => {}
                Truth::Unknown => unknown_role = Some(*grant),
                Truth::Yes => {
                    findings.push(finding(plane, grant, carried.witness, prevented, verdicts))
                }
            }
        }
        match (findings.is_empty(), unknown_role) {
            (false, _) => verdicts.fail(findings),
            (true, Some(grant)) => {
                verdicts.unknown(
                    GapReason::RoleUnknown,
                    &grant.role,
                    &grant.node,
                    &grant.evidence,
                );
            }
            (true, None) => verdicts.pass(),
        }
    }
    // Members that the input does not tell may be the public.
    let doubts = estate.doubts.iter();
    for doubt in doubts.filter(|doubt| doubt.interest == Interest::PublicBucket) {
        if doubt.node.is_empty() || exposed.insert(canonical(&doubt.node).into()) {
            verdicts.doubt(doubt);
        }
    }
    // Buckets whose policy names no public member: judged by the stream, which kept no grant of them.
    let others = verdicts
        .bucket_policies()
        .saturating_sub(exposed.len() as u64);
    verdicts.pass_many(others);
}

fn finding(
    plane: Plane,
    grant: &GrantFact,
    witness: Option<String>,
    prevented: Truth,
    verdicts: &Verdicts<'_>,
) -> crate::finding::Finding {
    let bucket = short_name(&grant.node);
    let who = if &*grant.member == "allUsers" {
        "anyone on the internet"
    } else {
        "anyone with a Google account"
    };
    let message = match plane {
        Plane::Write => format!("{who} can change {bucket} through {}", grant.role),
        _ => format!("{who} holds {} on {bucket}", grant.role),
    };
    let mut finding = verdicts.finding(&grant.node, &grant.evidence, message);
    finding.role = Some(grant.role.clone());
    finding.member = Some(grant.member.clone());
    finding.condition = grant.condition.clone();
    let mut notes: Vec<String> = witness
        .into_iter()
        .map(|permission| format!("carries {permission}"))
        .collect();
    if prevented == Truth::Unknown {
        // The policy says public; only a setting that the input does not hold could make it inert.
        finding.confidence = finding.confidence.min(Confidence::Medium);
        notes.push("whether public access prevention blocks it is not in the input".to_owned());
    }
    finding.note = (!notes.is_empty()).then(|| notes.join("; ").into());
    finding
}

fn by_acl(plane: Plane, estate: &Estate, verdicts: &mut Verdicts<'_>) {
    let field = if plane == Plane::Acl {
        "acl"
    } else {
        "defaultObjectAcl"
    };
    let mut buckets: Vec<&BucketFact> = estate.buckets.values().collect();
    buckets.sort_by(|a, b| a.name.cmp(&b.name));
    for bucket in buckets {
        let entries = if plane == Plane::Acl {
            &bucket.acl
        } else {
            &bucket.default_acl
        };
        let blocked = prevented(Some(bucket), &bucket.ancestors, estate)
            .or(bucket.uniform.map_or(Truth::Unknown, Truth::from));
        match (entries, blocked) {
            (_, Truth::Yes) => verdicts.pass(),
            (Err(reason), _) => {
                let pointer = format!("/resource/data/{field}");
                verdicts.unknown(*reason, &pointer, &bucket.name, &bucket.evidence);
            }
            (Ok(entries), _) if entries.is_empty() => verdicts.pass(),
            (Ok(entries), blocked) => {
                let findings: Vec<_> = entries
                    .iter()
                    .map(|entry| {
                        let what = if plane == Plane::Acl {
                            "the ACL"
                        } else {
                            "the default object ACL"
                        };
                        let message = format!(
                            "{what} of {} names {}",
                            short_name(&bucket.name),
                            entry.entity
                        );
                        let mut finding = verdicts.finding(&bucket.name, &entry.evidence, message);
                        finding.member = Some(entry.entity.clone());
                        finding.detail = Some(field.into());
                        if blocked == Truth::Unknown {
                            finding.confidence = finding.confidence.min(Confidence::Medium);
                        }
                        finding
                    })
                    .collect();
                verdicts.fail(findings);
            }
        }
    }
}

/// Who reaches a bucket from the internet.
pub(super) enum Reach<'e> {
    /// The public: through what `place` shows. It is unknown whether something prevents it, or certain.
    Public {
        /// `allUsers` or `allAuthenticatedUsers`.
        who: &'e str,
        /// The grant or the entry of the ACL.
        place: &'e Evidence,
        /// Whether it is certain that nothing prevents it.
        sure: Truth,
    },
    /// Nobody.
    Nobody,
    /// The input does not say.
    Unknown,
}

/// Whether the public reaches the bucket of this canonical name, by its allow policy or its ACL. `kept` holds the
/// public grants.
pub(super) fn reach<'e>(bucket: &str, kept: &Kept<'e>, estate: &'e Estate) -> Reach<'e> {
    let settings = estate.buckets.get(bucket);
    let grant = kept.at(bucket).next();
    let of_grant = || grant.map_or(&[][..], |grant| &grant.ancestors);
    let ancestors = settings.map_or_else(of_grant, |settings| &settings.ancestors);
    let prevented = prevented(settings, ancestors, estate);
    if prevented == Truth::Yes {
        return Reach::Nobody;
    }
    if let Some(grant) = grant {
        return Reach::Public {
            who: &grant.member,
            place: &grant.evidence,
            sure: prevented.negate(),
        };
    }
    let listed = settings.filter(|settings| settings.uniform != Some(true));
    let entry = listed.and_then(|settings| settings.acl.as_ref().ok()?.first());
    if let (Some(entry), Some(settings)) = (entry, settings) {
        let unlisted = settings.uniform.map_or(Truth::Unknown, Truth::from);
        return Reach::Public {
            who: &entry.entity,
            place: &entry.evidence,
            sure: prevented.or(unlisted).negate(),
        };
    }
    let acl_known = settings.is_some_and(|s| s.uniform == Some(true) || s.acl.is_ok());
    let policy_known = estate.bucket_policies.contains(bucket) && kept.doubt(bucket).is_none();
    match acl_known && policy_known {
        true => Reach::Nobody,
        false => Reach::Unknown,
    }
}

/// Whether public access prevention holds for a bucket.
pub(super) fn prevented(
    settings: Option<&BucketFact>,
    ancestors: &[Box<str>],
    estate: &Estate,
) -> Truth {
    match settings.map(|settings| settings.prevention) {
        Some(Prevention::Enforced) => Truth::Yes,
        // Without organisation policies in the input one may be hidden, so this may stay unknown.
        Some(Prevention::Inherited) => {
            estate.enforced_above("storage.publicAccessPrevention", ancestors)
        }
        Some(Prevention::Unknown) | None => {
            match estate.enforced_above("storage.publicAccessPrevention", ancestors) {
                Truth::Yes => Truth::Yes,
                Truth::No | Truth::Unknown => Truth::Unknown,
            }
        }
    }
}
