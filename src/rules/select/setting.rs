//! One setting of an asset, under any of its spellings, and what its absence means.

use super::expect::Test;
use super::probe::Probes;
use super::walk::{Captured, Found, Value};
use super::{Context, Refusal, Verdict, parse, shown};
use crate::model::{GapReason, Truth};
use crate::rules::file::Scalar;
use std::borrow::Cow;

/// A singular setting, possibly under several spellings.
#[derive(Debug)]
pub(super) struct Setting {
    slots: Vec<(usize, String)>,
    default: Option<Scalar>,
}

impl Setting {
    pub(super) fn compile(
        paths: &[String],
        default: Option<Scalar>,
        probes: &mut Probes,
    ) -> Result<Setting, Refusal> {
        let mut slots = Vec::with_capacity(paths.len());
        for text in paths {
            let path = parse(text, "path")?;
            match &path.steps {
                Some(steps) if path.is_singular() => {
                    slots.push((probes.slot(&steps.steps), path.prefix))
                }
                _ => {
                    return Err(Refusal::new(
                        "path",
                        format!("`{text}` can select more than one node"),
                    ));
                }
            }
        }
        Ok(Setting { slots, default })
    }

    pub(super) fn prefixes(&self) -> impl Iterator<Item = String> + '_ {
        self.slots.iter().map(|(_, pointer)| pointer.clone())
    }

    pub(super) fn test(&self, test: &Test, found: &Found<'_>, context: &Context<'_>) -> Answer {
        let first = self.slots.iter().find_map(|(slot, pointer)| {
            let captured = &found.slots[*slot];
            // `null` is how some exporters spell absence.
            (!matches!(captured.value, Value::Absent | Value::Null)).then_some((captured, pointer))
        });
        if let Some((Captured { value, at }, pointer)) = first {
            return Answer {
                truth: test.holds(value, context.now),
                pointer: pointer.clone(),
                at: Some(*at),
                value: shown(value).into_owned(),
                reason: GapReason::ValueUnknown,
            };
        }
        let pointer = self
            .slots
            .first()
            .map_or_else(String::new, |(_, p)| p.clone());
        let lack = self
            .slots
            .iter()
            .find_map(|(_, prefix)| lacking(prefix, context));
        let absent = |truth, value: &str, reason| Answer {
            truth,
            pointer: pointer.clone(),
            at: None,
            value: value.to_owned(),
            reason,
        };
        if let Some((_, reason)) = lack {
            return absent(Truth::Unknown, "unknown", reason);
        }
        if let Some(holds) = test.decides_absence() {
            return absent(Truth::from(holds), "absent", GapReason::ValueUnknown);
        }
        match &self.default {
            None => absent(Truth::Unknown, "absent", GapReason::ValueUnknown),
            Some(default) => {
                let value = match default {
                    Scalar::Bool(b) => Value::Bool(*b),
                    Scalar::Number(n) => Value::Number(*n),
                    Scalar::String(s) => Value::Text(Cow::Borrowed(s)),
                };
                let truth = test.holds(&value, context.now);
                absent(
                    truth,
                    &format!("absent, which means {}", shown(&value)),
                    GapReason::ValueUnknown,
                )
            }
        }
    }
}

pub(super) struct Answer {
    pub(super) truth: Truth,
    pub(super) pointer: String,
    pub(super) at: Option<usize>,
    pub(super) value: String,
    pub(super) reason: GapReason,
}

impl Answer {
    pub(super) fn unknown(self) -> Verdict {
        Verdict::Unknown(self.reason, self.pointer)
    }
}

pub(super) fn lacking<'c>(prefix: &str, context: &'c Context<'_>) -> Option<(&'c str, GapReason)> {
    context
        .lacks
        .iter()
        .find(|(lack, _)| is_below(prefix, lack) || is_below(lack, prefix))
        .map(|(lack, reason)| (lack.as_str(), *reason))
}

/// Whether pointer `inner` is `outer` or below it.
fn is_below(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
