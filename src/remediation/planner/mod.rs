//! From proposals to a plan: equal steps become one, conflicts are settled, guards are asked, and everything is put into
//! an order in which it can be done.

mod merge;
mod order;
#[cfg(test)]
mod tests;

use super::guards::Guards;
use super::plan::{Answer, ByHand, Guard, Part, Plan, Planned, Refused};
use super::title::title;
use crate::change::{Change, Model, Step, apply, difference};
use crate::model::short_name;
use crate::rules::remedy::Proposal;
use merge::Merged;
use std::collections::BTreeMap;

/// A finding with what its rule proposes.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The finding.
    pub answer: Answer,
    /// The rule's words.
    pub fix: String,
    /// The proposal.
    pub proposal: Proposal,
}

/// A step on its way into the plan.
#[derive(Debug, Clone)]
struct Draft {
    step: Step,
    answers: Vec<Answer>,
}

/// Plans. Wishes come worst first: where two contradict each other, the earlier one is fulfilled. The model is what the
/// input says, and stays as it is.
pub fn plan(wishes: Vec<Wish>, model: &Model, guards: &Guards<'_>) -> Plan {
    let mut plan = Plan::default();
    let mut drafts = Vec::new();
    for wish in wishes {
        match wish.proposal {
            Proposal::Steps(steps) => {
                let answers = vec![wish.answer];
                drafts.extend(steps.into_iter().map(|step| Draft {
                    step,
                    answers: answers.clone(),
                }));
            }
            Proposal::Words => plan.by_hand.push(ByHand {
                answer: wish.answer,
                fix: wish.fix,
            }),
            Proposal::NotKnown(why) => plan.refused.push(Refused {
                title: format!(
                    "Answer {} on {}",
                    wish.answer.rule,
                    short_name(&wish.answer.resource)
                ),
                guard: Guard::NotKnown,
                why,
                answers: vec![wish.answer],
            }),
        }
    }
    let Merged {
        mut drafts,
        refused,
    } = merge::merge(drafts);
    plan.refused.extend(refused);
    drafts.sort_by_cached_key(|draft| order::key(&draft.step));

    let mut after = model.clone();
    let mut parts: BTreeMap<String, Vec<Draft>> = BTreeMap::new();
    for mut draft in drafts {
        if let Some((guard, why)) = guards.object(&draft.step, &after) {
            plan.refused.push(draft.refused(guard, why));
            continue;
        }
        let before = after.clone_of(&draft.step);
        match make(&mut draft.step, &mut after) {
            Ok(true) => {
                let scope = order::scope(&draft.step, model);
                parts.entry(scope).or_default().push(draft);
            }
            // An earlier step has done it.
            Ok(false) => hand_over(draft, &mut parts, &mut plan),
            Err(why) => {
                after.restore(before);
                plan.refused.push(draft.refused(Guard::NotKnown, why));
            }
        }
    }
    plan.parts = parts
        .into_iter()
        .map(|(scope, drafts)| part(scope, drafts))
        .collect();
    plan.by_hand.sort_by(|a, b| a.answer.cmp(&b.answer));
    plan.refused
        .sort_by(|a, b| (&a.answers, &a.title).cmp(&(&b.answers, &b.title)));
    plan
}

impl Draft {
    fn refused(self, guard: Guard, why: String) -> Refused {
        Refused {
            title: title(&self.step, ""),
            guard,
            why,
            answers: self.answers,
        }
    }
}

/// Makes a step on the model, after its patches were fitted to what earlier steps left. `false` if nothing is left of it.
fn make(step: &mut Step, model: &mut Model) -> Result<bool, String> {
    let mut left = Vec::with_capacity(step.changes.len());
    for change in step.changes.drain(..) {
        let change = match change {
            Change::Patch {
                name,
                asset_type,
                to,
                ..
            } => {
                let current = model.get(&name).and_then(|asset| asset.resource.as_ref());
                let current =
                    current.ok_or_else(|| "the input does not hold the settings".to_owned())?;
                let Some((from, to)) = difference(current, &to) else {
                    continue;
                };
                Change::Patch {
                    name,
                    asset_type,
                    from,
                    to,
                }
            }
            other => other,
        };
        apply(&change, model).map_err(|error| error.to_string())?;
        left.push(change);
    }
    step.changes = left;
    Ok(!step.changes.is_empty())
}

/// Gives the answers of a draft of which nothing is left to the last step on the same resource.
fn hand_over(draft: Draft, parts: &mut BTreeMap<String, Vec<Draft>>, plan: &mut Plan) {
    let patched = |other: &&mut Draft| {
        let subjects = other.step.changes.iter().map(Change::subject);
        let resources = draft.answers.iter().map(|answer| answer.resource.as_str());
        subjects.into_iter().any(|subject| {
            resources
                .clone()
                .any(|resource| crate::model::canonical(resource) == subject)
        })
    };
    let mut drafts = parts.values_mut().flatten();
    match drafts.rfind(patched) {
        Some(other) => {
            other.answers.extend(draft.answers);
            other.answers.sort();
            other.answers.dedup();
        }
        None => plan
            .refused
            .push(draft.refused(Guard::NotKnown, "nothing is left to change".to_owned())),
    }
}

fn part(scope: String, drafts: Vec<Draft>) -> Part {
    let width = drafts.len().to_string().len().max(2);
    let steps = drafts
        .into_iter()
        .enumerate()
        .map(|(index, draft)| Planned {
            id: format!("s{:0width$}", index + 1),
            title: title(&draft.step, &scope),
            step: draft.step,
            answers: draft.answers,
        });
    let steps = steps.collect();
    Part { scope, steps }
}
