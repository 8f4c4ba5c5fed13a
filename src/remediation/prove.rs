//! Proves what a plan does: the input judged again after it, and access after compared with access before.

use super::guards::{covers, still_covers};
use super::holders::{held, is_narrower, is_same, within};
use super::opened;
use super::plan::{Answer, Plan};
use super::proof::{Access, Doubt, Needed, Proof, Verdict};
use crate::catalog::Roles;
use crate::change::{Change, Grant, Model, apply};
use crate::model::{Truth, short_name};
use crate::settings::NeededGrant;
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
        } => unknown(name, opened::by_patch(name, asset_type, from, to)),
        Change::Create {
            name,
            asset_type,
            data,
        } => unknown(name, opened::by_create(name, asset_type, data)),
        Change::Delete {
            name, asset_type, ..
        } => unknown(name, opened::by_delete(asset_type)),
    }
}

fn unknown(name: &str, why: Option<&str>) -> Option<(Verdict, String)> {
    why.map(|why| (Verdict::Unknown, format!("{}: {why}", short_name(name))))
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
