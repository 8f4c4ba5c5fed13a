//! One binding: which rules ask about it, and which of its members they mean.

use super::Judge;
use super::program::TypeProgram;
use super::scratch::{Doubt, GrantHit, Scratch, is_custom};
use super::visit::BindingJudge;
use crate::model::{Member, MemberKind};
use crate::rules::bits::Bits;
use crate::rules::grant::Asked;
use std::borrow::Cow;

impl BindingJudge for Judge<'_> {
    fn binding(&mut self, program: &TypeProgram, scratch: &mut Scratch<'_>) {
        let binding = &scratch.binding;
        scratch.grants += binding.members.len() as u64;
        if let Some(expression) = &binding.expression {
            scratch.first_conditional.get_or_insert_with(|| {
                (scratch.bindings, binding.role.clone(), expression.clone())
            });
        }
        if self.bench.program.glances {
            scratch.glance.binding(binding);
        }
        if is_custom(&binding.role) {
            scratch
                .custom_roles
                .push((binding.role.clone(), scratch.bindings));
        }
        let asked = self
            .memo
            .ask(program, &binding.role, binding.expression.as_deref());
        if asked.lost_condition {
            scratch.lost_conditions.get_or_insert(scratch.bindings);
        }
        if asked.kinds != 0 {
            self.members(program, scratch, &asked);
        }
    }
}

impl Judge<'_> {
    /// Judges the members of a binding of which something is asked.
    fn members(&mut self, program: &TypeProgram, scratch: &mut Scratch<'_>, asked: &Asked) {
        let Scratch {
            binding,
            hits,
            fail,
            unknown,
            ..
        } = scratch;
        let grants = &self.bench.program.grants;
        let mut counted = Bits::EMPTY;
        let mut doubtful = Bits::EMPTY;
        for (index, text) in binding.members.iter().enumerate() {
            let member = Member::parse(text);
            if asked.kinds & (1 << member.kind as u32) == 0 {
                continue;
            }
            let of_kind = grants.of_kind(member.kind);
            if member.kind == MemberKind::Unknown {
                // A form that we do not know may be any kind that a rule asks about.
                let others = asked.yes.or(asked.maybe).without(of_kind);
                unknown.push((others, Doubt::Member(text.clone())));
            }
            let mut yes = asked.yes.and(of_kind).without(counted);
            let mut maybe = asked.maybe.and(of_kind);
            let particular = yes.or(maybe).and(grants.particular());
            if !particular.is_empty() {
                let known = self.memo.particular(&member, self.bench.organization);
                let open = particular.and(known.unknown);
                let settled = particular.without(known.yes);
                yes = yes.without(settled);
                maybe = maybe.without(settled);
                if !open.is_empty() {
                    let subject = member.domain().or(member.project()).unwrap_or(member.text);
                    let subject = subject.to_owned();
                    unknown.push((open, Doubt::Outside(Cow::Owned(subject))));
                }
            }
            if program.is_nameless {
                // Whether the node is one that these rules ask about is not known.
                let placed = yes.without(grants.anywhere());
                if !placed.is_empty() {
                    unknown.push((placed, Doubt::Resource));
                    yes = yes.without(placed);
                }
            }
            let left = grants.left(yes, counted);
            for bit in yes.without(left).iter() {
                let per_binding = grants.per_binding().contains(bit);
                let member = (!per_binding)
                    .then(|| (u32::try_from(index).unwrap_or(u32::MAX), text.clone()));
                hits.push(GrantHit {
                    bit,
                    binding: scratch.bindings,
                    member,
                    role: binding.role.clone(),
                    condition: binding.expression.clone(),
                });
            }
            *fail = fail.or(yes);
            counted = counted.or(yes.and(grants.per_binding()));
            doubtful = doubtful.or(maybe);
        }
        let by_role = doubtful.without(asked.by_condition);
        if !by_role.is_empty() {
            unknown.push((by_role, Doubt::Role(binding.role.clone())));
        }
        let by_condition = doubtful.and(asked.by_condition);
        if !by_condition.is_empty() {
            let expression = binding.expression.clone().unwrap_or_default();
            unknown.push((by_condition, Doubt::Condition(expression)));
        }
    }
}
