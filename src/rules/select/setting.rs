//! One setting of an asset, under any of its spellings, and what its absence means.

use super::expect::Test;
use super::probe::Probes;
use super::walk::{Found, Value};
use super::{Context, Hit, Refusal, Verdict, parse, shown};
use crate::model::{GapReason, Truth};
use crate::rules::file::Scalar;
use std::borrow::Cow;

/// A singular setting, possibly under several spellings.
#[derive(Debug)]
pub(super) struct Setting {
    slots: Vec<(usize, String)>,
    default: Option<Scalar>,
}

fn refused(text: &str, message: String) -> Refusal {
    Refusal::at("path", text, message)
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
            match path.walked() {
                Some(steps) if path.is_singular() => {
                    slots.push((probes.slot(&steps.steps), path.prefix.clone()))
                }
                _ if path.prefix.starts_with("/iamPolicy") => {
                    let message = format!(
                        "`{text}` is no setting: ask about bindings with [grant], or with `forbid` and a filter"
                    );
                    return Err(refused(text, message));
                }
                _ => {
                    let message = format!("`{text}` can select more than one node");
                    return Err(refused(text, message));
                }
            }
        }
        Ok(Setting { slots, default })
    }

    pub(super) fn prefixes(&self) -> impl Iterator<Item = String> + '_ {
        self.slots.iter().map(|(_, pointer)| pointer.clone())
    }

    pub(super) fn read(&self, test: &Test, found: &Found<'_>, context: &Context<'_>) -> Read {
        let present = self.slots.iter().position(|(slot, _)| {
            // `null` is how some exporters spell absence.
            !matches!(found.slots[*slot].value, Value::Absent | Value::Null)
        });
        let with = |truth, reason| Read {
            truth,
            present,
            reason,
        };
        if let Some(present) = present {
            let value = &found.slots[self.slots[present].0].value;
            return with(test.holds(value, context.now), GapReason::ValueUnknown);
        }
        let lack = self
            .slots
            .iter()
            .find_map(|(_, prefix)| lacking(prefix, context));
        if let Some((_, reason)) = lack {
            return with(Truth::Unknown, reason);
        }
        let truth = match (test.decides_absence(), &self.default) {
            (Some(holds), _) => Truth::from(holds),
            (None, Some(default)) => test.holds(&value_of_scalar(default), context.now),
            (None, None) => Truth::Unknown,
        };
        with(truth, GapReason::ValueUnknown)
    }

    pub(super) fn hit(&self, read: &Read, found: &Found<'_>) -> Hit {
        let pointer = self.pointer(read);
        let Some(present) = read.present else {
            let value = match &self.default {
                Some(default) => {
                    format!("absent, which means {}", shown(&value_of_scalar(default)))
                }
                None => "absent".to_owned(),
            };
            return Hit {
                pointer,
                at: None,
                value,
            };
        };
        let captured = &found.slots[self.slots[present].0];
        Hit {
            pointer,
            at: captured.at(),
            value: shown(&captured.value).into_owned(),
        }
    }

    pub(super) fn unknown(&self, read: &Read) -> Verdict {
        Verdict::Unknown(read.reason, self.pointer(read))
    }

    /// Where the setting is, or would be in its first spelling.
    fn pointer(&self, read: &Read) -> String {
        let spelling = self.slots.get(read.present.unwrap_or(0));
        spelling.map_or_else(String::new, |(_, pointer)| pointer.clone())
    }
}

/// What reading a setting gave; strings are made only of what is told.
pub(super) struct Read {
    pub(super) truth: Truth,
    /// Which of the setting's spellings was there.
    present: Option<usize>,
    /// Why nothing was there, if that is known.
    reason: GapReason,
}

pub(crate) fn value_of_scalar(scalar: &Scalar) -> Value<'_> {
    match scalar {
        Scalar::Bool(value) => Value::Bool(*value),
        Scalar::Number(number) => Value::Number(*number),
        Scalar::String(text) => Value::Text(Cow::Borrowed(text)),
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
