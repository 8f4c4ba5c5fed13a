//! What a policy does not say yet: bindings whose role, members or condition the input cannot tell.
//!
//! A Terraform plan names a binding before it knows all of it. What such a binding may grant is unknown for every
//! rule that it may concern, and passes none of them.

use super::Judge;
use super::program::TypeProgram;
use super::scratch::{Doubt, Scratch};
use crate::model::{AssetText, Member, Truth};
use crate::rules::bits::Bits;
use std::borrow::Cow;

/// A part of a policy that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Its bindings, or all of it.
    Bindings,
    /// The role of a binding.
    Role(usize),
    /// Some or all members of a binding.
    Members(usize),
    /// Whether a binding has a condition, and which.
    Condition(usize),
}

impl Part {
    /// What the JSON pointer of something that is lacking takes from the policy, if it takes a grant.
    fn of(pointer: &str) -> Option<Part> {
        let mut steps = pointer.split('/').skip(1);
        if steps.next() != Some("iamPolicy") {
            return None;
        }
        match steps.next() {
            None => return Some(Part::Bindings),
            Some("bindings") => {}
            Some(_) => return None,
        }
        let Some(binding) = steps.next().and_then(|index| index.parse().ok()) else {
            return Some(Part::Bindings);
        };
        match steps.next() {
            Some("role") => Some(Part::Role(binding)),
            Some("members") => Some(Part::Members(binding)),
            Some("condition") => Some(Part::Condition(binding)),
            _ => None,
        }
    }
}

/// The parts of a binding that the text holds.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Written {
    role: String,
    members: Vec<String>,
    condition: Option<Expression>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Expression {
    expression: String,
}

impl Doubt<'_> {
    /// Where in the asset it arises.
    pub(super) fn pointer(&self) -> &str {
        match self {
            Doubt::Lacking(_, pointer) => pointer,
            _ => "/iamPolicy/bindings",
        }
    }
}

/// Takes back what was found in a binding for `bits`.
fn withdraw(scratch: &mut Scratch<'_>, binding: usize, bits: Bits) {
    let binding = u32::try_from(binding).unwrap_or(u32::MAX);
    scratch
        .hits
        .retain(|hit| hit.binding != binding || !bits.contains(hit.bit));
    scratch.fail = Bits::EMPTY;
    for hit in &scratch.hits {
        scratch.fail.insert(hit.bit);
    }
}

impl Judge<'_> {
    /// Marks as unknown what the lacking parts of the policy may hold.
    pub(super) fn pending(
        &mut self,
        program: &TypeProgram,
        asset: &AssetText<'_>,
        scratch: &mut Scratch<'_>,
    ) {
        for (pointer, reason) in asset.lacks {
            let Some(part) = Part::of(pointer) else {
                continue;
            };
            let bits = self.concerned(part, program, asset, scratch);
            let doubt = Doubt::Lacking(*reason, Cow::Owned(pointer.clone()));
            scratch.unknown.push((bits, doubt));
        }
    }

    /// The rules that a part may concern, by what is known of the rest.
    fn concerned(
        &mut self,
        part: Part,
        program: &TypeProgram,
        asset: &AssetText<'_>,
        scratch: &mut Scratch<'_>,
    ) -> Bits {
        let grants = &self.bench.program.grants;
        let all = program.grants.without(grants.lossy());
        let (Part::Role(index) | Part::Members(index) | Part::Condition(index)) = part else {
            return all;
        };
        let path = sonic_rs::pointer!["iamPolicy", "bindings", index];
        let written: Written = sonic_rs::get(asset.text, path)
            .ok()
            .and_then(|binding| sonic_rs::from_str(binding.as_raw_str()).ok())
            .unwrap_or_default();
        let lacks = |part| asset.lacks.iter().any(|(p, _)| Part::of(p) == Some(part));

        let mut bits = all;
        if !lacks(Part::Role(index)) {
            let known = self.memo.role(&written.role).known;
            bits = bits.and(known.yes.or(known.unknown));
        }
        if !lacks(Part::Condition(index)) {
            let expression = written.condition.as_ref().map(|c| &*c.expression);
            let known = self.memo.condition(expression, false);
            bits = bits.and(known.yes.or(known.unknown));
        }
        if !lacks(Part::Members(index)) {
            let asked = written
                .members
                .iter()
                .map(|member| self.asked(&Member::parse(member), bits));
            bits = asked.fold(Bits::EMPTY, Bits::or);
        }
        match part {
            Part::Role(_) => {
                // An empty name is none that could be looked up.
                scratch
                    .unknown
                    .retain(|(_, doubt)| !matches!(doubt, Doubt::Role(role) if role.is_empty()));
                withdraw(scratch, index, bits);
            }
            Part::Condition(_) => {
                // What was found without the condition stands where the rule does not ask about it.
                bits = bits.and(grants.conditional());
                withdraw(scratch, index, bits);
            }
            Part::Bindings | Part::Members(_) => {}
        }
        bits
    }

    /// Those of `bits` that may ask about `member`.
    fn asked(&self, member: &Member<'_>, bits: Bits) -> Bits {
        let grants = &self.bench.program.grants;
        let mut asked = bits.and(grants.of_kind(member.kind));
        for bit in asked.and(grants.particular()).iter() {
            if grants.asks_about(bit, member, self.bench.organization) == Truth::No {
                let mut this = Bits::EMPTY;
                this.insert(bit);
                asked = asked.without(this);
            }
        }
        asked
    }
}
