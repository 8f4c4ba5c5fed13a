//! Proves what a plan does: the input judged again after it, and access after compared with access before.

use super::guards::{covers, still_covers};
use super::holders::{held, is_narrower, is_same, within};
use super::plan::{Answer, Plan};
use super::proof::{Access, Doubt, Needed, Proof, Verdict};
use crate::catalog::Roles;
use crate::change::{Change, Grant, Model, apply};
use crate::model::{Truth, short_name};
use crate::settings::NeededGrant;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a judging of the input came to.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    /// Everything found, reported or not.
    pub findings: Vec<Answer>,
    /// What of it is the same finding but for the condition of its grant: one key for each of `findings`.
    pub likeness: Vec<String>,
    /// Fingerprints of what is reported.
    pub reported: BTreeSet<String>,
    /// How much each rule could not judge, by its id.
    pub unknown: BTreeMap<String, u64>,
}

/// Proves a plan. `before` and `after` are the input judged as it is, and with the plan's changes in place; the model is
/// what the input says before.
pub fn prove(
    plan: &Plan,
    model: &Model,
    before: &Judged,
    after: &Judged,
    roles: &Roles<'_>,
    needed: &[NeededGrant],
) -> Proof {
    let mut proof = Proof::default();
    let there: BTreeSet<&str> = after
        .findings
        .iter()
        .map(|found| &*found.fingerprint)
        .collect();
    let steps = plan.parts.iter().flat_map(|part| &part.steps);
    let answers: BTreeSet<&Answer> = steps.flat_map(|step| &step.answers).collect();
    for answer in answers {
        let doubts = |judged: &Judged| {
            judged
                .unknown
                .get(&answer.rule)
                .copied()
                .unwrap_or_default()
        };
        let stays = there.contains(&*answer.fingerprint) || doubts(after) > doubts(before);
        match stays {
            true => proof.stays.push(answer.clone()),
            false => proof.gone.push(answer.clone()),
        }
    }
    let known: BTreeSet<&str> = before.likeness.iter().map(String::as_str).collect();
    let found = after.findings.iter().zip(&after.likeness);
    let new = found.filter(|(answer, likeness)| {
        after.reported.contains(&answer.fingerprint) && !known.contains(likeness.as_str())
    });
    proof.new.extend(new.map(|(answer, _)| answer.clone()));
    proof.new.sort();

    let mut mended = model.clone();
    for part in &plan.parts {
        for step in &part.steps {
            for change in &step.step.changes {
                if let Some((verdict, why)) = doubt(change, model, roles) {
                    proof.access.doubts.push(Doubt {
                        verdict,
                        scope: part.scope.clone(),
                        step: step.id.clone(),
                        why,
                    });
                }
                // The planner has made each of them before.
                let _ = apply(change, &mut mended);
            }
        }
    }
    proof.access.verdict = worst(&proof.access);
    let needs = needed
        .iter()
        .map(|needed| need(needed, model, &mended, roles));
    proof.needed = needs.collect();
    proof
}

impl Proof {
    /// Whether everything is proven: findings gone, none new, no more access than before, and needs covered that were
    /// covered before.
    pub fn holds(&self) -> bool {
        self.stays.is_empty()
            && self.new.is_empty()
            && self.access.verdict == Verdict::Proven
            && !self
                .needed
                .iter()
                .any(|one| one.verdict == Verdict::Refuted)
    }
}

fn worst(access: &Access) -> Verdict {
    let is = |verdict: Verdict| access.doubts.iter().any(|doubt| doubt.verdict == verdict);
    if is(Verdict::Refuted) {
        Verdict::Refuted
    } else if is(Verdict::Unknown) {
        Verdict::Unknown
    } else {
        Verdict::Proven
    }
}

/// Whether a change may give more than there was; `None` if it cannot.
fn doubt(change: &Change, before: &Model, roles: &Roles<'_>) -> Option<(Verdict, String)> {
    match change {
        Change::AddMember(grant) => gained(grant, before, roles),
        Change::RemoveMember(_) | Change::SetAudit { .. } | Change::RemoveAcl { .. } => None,
        Change::AddAcl { entity, .. } => Some((
            Verdict::Unknown,
            format!("{entity} gets an entry in an access control list"),
        )),
        Change::Patch {
            name,
            asset_type,
            from,
            to,
        } => opened(asset_type, from, to)
            .map(|why| (Verdict::Unknown, format!("{}: {why}", short_name(name)))),
        Change::Create { .. } => None,
        Change::Delete {
            name, asset_type, ..
        } => is_guardrail(asset_type).then(|| {
            let why = format!("{} held something back", short_name(name));
            (Verdict::Unknown, why)
        }),
    }
}

/// Whether a new grant is covered by what its member held before, at the node or above.
fn gained(grant: &Grant, before: &Model, roles: &Roles<'_>) -> Option<(Verdict, String)> {
    let mut best = Truth::No;
    for held in held(&grant.node, before) {
        let Ok(condition) = &held.condition else {
            continue;
        };
        if is_same(held.member, &grant.member)
            && is_narrower(grant.condition.as_ref(), condition.as_ref())
        {
            best = best.max(within(roles, &grant.role, held.role));
        }
    }
    let (role, member, at) = (&grant.role, &grant.member, short_name(&grant.node));
    match best {
        Truth::Yes => None,
        Truth::Unknown => Some((
            Verdict::Unknown,
            format!(
                "nobody knows whether {role} gives {member} more on {at} than it had: what the roles carry is not known"
            ),
        )),
        Truth::No => Some((
            Verdict::Refuted,
            format!("{role} gives {member} more on {at} than it had"),
        )),
    }
}

/// Whether a change of settings may open something.
fn opened(asset_type: &str, from: &Value, to: &Value) -> Option<&'static str> {
    if asset_type == "iam.googleapis.com/Role" {
        let set = |value: &Value| -> BTreeSet<String> {
            let list = value["includedPermissions"].as_array();
            let names = list.into_iter().flatten().filter_map(Value::as_str);
            names.map(str::to_owned).collect()
        };
        let grows = !set(to).is_subset(&set(from));
        return grows.then_some("the role gets permissions");
    }
    if asset_type == "storage.googleapis.com/Bucket" {
        let config = &to["iamConfiguration"];
        let prevention = &config["publicAccessPrevention"];
        let uniform = &config["uniformBucketLevelAccess"]["enabled"];
        if !prevention.is_null() && prevention != "enforced" || *uniform == false {
            return Some("the bucket holds less back");
        }
        if !to["acl"].is_null() || !to["defaultObjectAcl"].is_null() || to.get("ipFilter").is_some()
        {
            return Some("who gets in changes with the settings");
        }
        return None;
    }
    if asset_type == "iam.googleapis.com/DenyPolicy" && is_stricter(from, to) {
        return None;
    }
    if asset_type == "iam.googleapis.com/DenyPolicy" || to.get("access").is_some() {
        return Some("who gets in changes with the settings");
    }
    (to["disabled"] == false).then_some("it is enabled")
}

/// Whether the rules of a deny policy only lose exceptions.
fn is_stricter(from: &Value, to: &Value) -> bool {
    match (from, to) {
        (Value::Object(from), Value::Object(to)) => {
            from.len() == to.len()
                && from.iter().all(|(key, from)| {
                    let exception =
                        matches!(&**key, "exceptionPrincipals" | "exceptionPermissions");
                    match (to.get(key), from.as_array()) {
                        (Some(Value::Array(to)), Some(from)) if exception => {
                            to.iter().all(|left| from.contains(left))
                        }
                        (Some(to), _) => is_stricter(from, to),
                        (None, _) => false,
                    }
                })
        }
        (Value::Array(from), Value::Array(to)) => {
            from.len() == to.len() && from.iter().zip(to).all(|(from, to)| is_stricter(from, to))
        }
        (from, to) => from == to,
    }
}

/// Whether what such an asset says holds access back.
fn is_guardrail(asset_type: &str) -> bool {
    matches!(
        asset_type,
        "iam.googleapis.com/DenyPolicy"
            | "iam.googleapis.com/PrincipalAccessBoundaryPolicy"
            | "iam.googleapis.com/PolicyBinding"
            | "orgpolicy.googleapis.com/Policy"
    )
}

/// Whether a need that was covered is covered still.
fn need(needed: &NeededGrant, before: &Model, after: &Model, roles: &Roles<'_>) -> Needed {
    let resources: Vec<&str> = before
        .iter()
        .map(|(name, _)| name)
        .filter(|name| needed.is_about(name))
        .collect();
    let covered: Vec<&&str> = resources
        .iter()
        .filter(|name| !covers(roles, needed, name, before).is_empty())
        .collect();
    let lost = covered
        .iter()
        .find(|name| !still_covers(roles, needed, name, before, after));
    let (verdict, why) = match lost {
        Some(name) => (
            Verdict::Refuted,
            format!("the plan takes it away on {}", short_name(name)),
        ),
        None if covered.is_empty() => {
            let why =
                "the plan takes nothing of it away, and the input does not show that it is granted";
            (Verdict::Unknown, why.to_owned())
        }
        None => {
            let names: Vec<_> = covered.iter().map(|name| short_name(name)).collect();
            (
                Verdict::Proven,
                format!("still granted on {}", names.join(", ")),
            )
        }
    };
    Needed {
        member: needed.member.clone(),
        what: needed.what.name().to_owned(),
        resource: needed.pattern.clone(),
        reason: needed.reason.clone(),
        verdict,
        why,
    }
}
