//! Equal steps become one, and of steps that contradict each other one stays.

use super::super::plan::{Guard, Refused};
use super::Draft;
use crate::change::{AuditLog, Change, Grant, Level, Step};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What is left after merging.
pub(super) struct Merged {
    pub(super) drafts: Vec<Draft>,
    pub(super) refused: Vec<Refused>,
}

/// Merges. The order of the drafts decides where nothing else does.
pub(super) fn merge(drafts: Vec<Draft>) -> Merged {
    let mut merged = Merged {
        drafts: Vec::with_capacity(drafts.len()),
        refused: Vec::new(),
    };
    let mut removals: BTreeMap<String, usize> = BTreeMap::new();
    let mut others: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for draft in drafts {
        let removed = removed(&draft.step);
        if let Some(grant) = removed {
            let key = format!("{grant:?}");
            match removals.get(&key) {
                Some(&at) => meet(&mut merged.drafts[at], draft),
                None => {
                    removals.insert(key, merged.drafts.len());
                    merged.drafts.push(draft);
                }
            }
            continue;
        }
        let subject = draft.step.changes.first().map(Change::subject);
        let key = subject.unwrap_or_default().to_owned();
        let there = others.entry(key).or_default();
        let like = there
            .iter()
            .find(|at| is_like(&merged.drafts[**at].step, &draft.step));
        match like {
            Some(&at) => join(&mut merged.drafts[at], draft),
            None => {
                let same = there
                    .iter()
                    .find(|at| shrink(&mut merged.drafts[**at].step, &draft.step));
                if let Some(&at) = same {
                    add_answers(&mut merged.drafts[at], draft);
                    continue;
                }
                let against = there
                    .iter()
                    .find(|at| contradicts(&merged.drafts[**at].step, &draft.step));
                if let Some(&at) = against {
                    let rules: Vec<&str> = merged.drafts[at]
                        .answers
                        .iter()
                        .map(|answer| answer.rule.as_str())
                        .collect();
                    let why = format!(
                        "it contradicts the step that answers {}: settle that first and run again",
                        rules.join(", ")
                    );
                    merged.refused.push(draft.refused(Guard::NotKnown, why));
                    continue;
                }
                there.push(merged.drafts.len());
                merged.drafts.push(draft);
            }
        }
    }
    merged
}

/// The grant that a step takes away: there is at most one.
fn removed(step: &Step) -> Option<&Grant> {
    step.changes.iter().find_map(|change| match change {
        Change::RemoveMember(grant) => Some(grant),
        _ => None,
    })
}

/// Two steps take the same grant away. A step that does only that gives less than one that grants something else
/// instead, and mends whatever the grant did; of two that grant something else the first stays.
fn meet(kept: &mut Draft, other: Draft) {
    let only = |draft: &Draft| draft.step.changes.len() == 1;
    if only(kept) == only(&other) && kept.step.changes == other.step.changes {
        join(kept, other);
        return;
    }
    if !only(kept) && only(&other) {
        let before = std::mem::replace(kept, other);
        add_answers(kept, before);
    } else {
        add_answers(kept, other);
    }
}

/// Two steps do the same, or set audit logs of the same service.
fn join(kept: &mut Draft, other: Draft) {
    if let ([Change::SetAudit { to, .. }], [Change::SetAudit { to: more, .. }]) = (
        kept.step.changes.as_mut_slice(),
        other.step.changes.as_slice(),
    ) {
        unite(to, more);
    }
    // What one rule knows to be without effect is without effect whatever another one thinks of it.
    let safe = kept.step.level == Level::Safe;
    if other.step.level == Level::Safe && !safe || other.step.level > kept.step.level && !safe {
        let changes = std::mem::take(&mut kept.step.changes);
        kept.step = Step {
            changes,
            ..other.step.clone()
        };
    }
    add_answers(kept, other);
}

fn add_answers(kept: &mut Draft, other: Draft) {
    kept.answers.extend(other.answers);
    kept.answers.sort();
    kept.answers.dedup();
}

/// Every log that either wants, and exempted only who is exempted by both.
fn unite(logs: &mut Vec<AuditLog>, more: &[AuditLog]) {
    for log in more {
        match logs.iter_mut().find(|known| known.log_type == log.log_type) {
            Some(known) => known
                .exempted_members
                .retain(|member| log.exempted_members.contains(member)),
            None => logs.push(log.clone()),
        }
    }
}

fn is_like(one: &Step, other: &Step) -> bool {
    match (one.changes.as_slice(), other.changes.as_slice()) {
        (
            [Change::SetAudit { node, service, .. }],
            [
                Change::SetAudit {
                    node: other_node,
                    service: other_service,
                    ..
                },
            ],
        ) => node == other_node && service == other_service,
        (one, other) => one == other,
    }
}

fn contradicts(one: &Step, other: &Step) -> bool {
    let pairs = one
        .changes
        .iter()
        .flat_map(|a| other.changes.iter().map(move |b| (a, b)));
    pairs.into_iter().any(|(a, b)| match (a, b) {
        (
            Change::Patch { name, to, .. },
            Change::Patch {
                name: other_name,
                to: other,
                ..
            },
        ) => name == other_name && differ(to, other),
        (
            Change::Create { name, data, .. },
            Change::Create {
                name: other_name,
                data: other,
                ..
            },
        ) => name == other_name && data != other,
        _ => false,
    })
}

/// Whether two merge patches set the same field to different values.
fn differ(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => one
            .iter()
            .any(|(key, value)| other.get(key).is_some_and(|other| differ(value, other))),
        (one, other) => one != other,
    }
}

/// Makes one of two steps that both only take texts out of the same lists; `false` if they do something else.
fn shrink(kept: &mut Step, other: &Step) -> bool {
    let (
        [Change::Patch { from, to, .. }],
        [
            Change::Patch {
                name: _,
                from: before,
                to: more,
                ..
            },
        ],
    ) = (kept.changes.as_mut_slice(), other.changes.as_slice())
    else {
        return false;
    };
    if from != before || kept.level != other.level {
        return false;
    }
    match shrunk(from, to, more) {
        Some(less) => {
            *to = less;
            true
        }
        None => false,
    }
}

/// What is left of `from` after both of two changes that only take texts out of lists.
fn shrunk(from: &Value, one: &Value, other: &Value) -> Option<Value> {
    match (from, one, other) {
        (Value::Object(from), Value::Object(one), Value::Object(other)) => {
            let same = one.len() == other.len() && one.len() == from.len();
            let fields = one.iter().map(|(key, one)| {
                Some((key.clone(), shrunk(from.get(key)?, one, other.get(key)?)?))
            });
            let fields: Option<Map<String, Value>> = fields.collect();
            same.then_some(Value::Object(fields?))
        }
        (Value::Array(from), Value::Array(one), Value::Array(other)) => {
            let texts = from.iter().all(Value::is_string);
            let within = |list: &[Value]| list.iter().all(|item| from.contains(item));
            let left = one.iter().filter(|item| other.contains(item)).cloned();
            (texts && within(one) && within(other)).then(|| Value::Array(left.collect()))
        }
        _ => None,
    }
}
