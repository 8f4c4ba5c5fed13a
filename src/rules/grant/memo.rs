//! What was decided once per distinct role and condition, remembered per worker.

use super::texts::Texts;
use super::{ConditionTest, GrantRule, Grants, Organization};
use crate::access::condition;
use crate::catalog::{Roles, Wanted, renown};
use crate::model::{Member, MemberKind, Truth};
use crate::rules::bits::Bits;
use crate::rules::judge::TypeProgram;
use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// For which rules something certainly holds, and for which it may.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Known {
    pub(crate) yes: Bits,
    pub(crate) unknown: Bits,
}

impl Known {
    fn without(self, bits: Bits) -> Known {
        Known {
            yes: self.yes.without(bits),
            unknown: self.unknown.without(bits),
        }
    }
}

/// The memory of one worker.
#[derive(Debug)]
pub(crate) struct Memo<'r> {
    grants: &'r Grants,
    roles: &'r Roles<'r>,
    now: Timestamp,
    by_role: FxHashMap<Box<str>, RoleEntry>,
    by_condition: FxHashMap<Box<str>, Known>,
    by_member: FxHashMap<Box<str>, Known>,
    /// By type, as far as it was met, and role, for bindings without a condition.
    unconditional_asked: Vec<Vec<Option<Asked>>>,
    unconditional: Known,
    /// The same for policies that were read in full.
    unconditional_kept: Known,
    witnesses: FxHashMap<Box<str>, FxHashMap<(usize, bool), Witness>>,
    /// What findings and facts share.
    pub(crate) texts: Texts,
}

/// How a role answers a question.
#[derive(Debug, Clone, Default)]
pub(crate) struct Witness {
    pub(crate) permission: Option<Arc<str>>,
    pub(crate) note: Option<Arc<str>>,
}

/// A role that was met.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RoleEntry {
    /// How many roles were met before.
    index: usize,
    pub(crate) known: Known,
    /// The name says that the policy was read below version 3.
    lost_condition: bool,
}

/// What is asked of the members of a binding.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    /// The rules for which only the member is open.
    pub(crate) yes: Bits,
    /// The rules for which the role or the condition leaves it open, too.
    pub(crate) maybe: Bits,
    /// Of those, the ones for which the role is clear, so that it is the condition.
    pub(crate) by_condition: Bits,
    /// The kinds of members that some of them ask about, a bit each.
    pub(crate) kinds: u32,
    /// The role's name says that the policy was read below version 3.
    pub(crate) lost_condition: bool,
}

/// Members whose answers are remembered: those of a batch or two, which is where they come again.
const MOST_MEMBERS: usize = 4_096;

/// Roles whose answers are remembered by type. Few exports bind more.
const MOST_ROLES: usize = 512;

/// An end that is further away is none: it outlasts contracts, projects and the memory of why there is one.
const FAR: SignedDuration = SignedDuration::from_hours(24 * 366 * 3);

/// Distinct conditions are few; hostile input must not make them many.
const MOST_CONDITIONS: usize = 100_000;

impl<'r> Memo<'r> {
    pub(crate) fn new(grants: &'r Grants, roles: &'r Roles<'r>, now: Timestamp) -> Memo<'r> {
        let mut unconditional = Known::default();
        for (bit, rule) in grants.rules.iter().enumerate() {
            if matches!(
                rule.condition,
                None | Some(ConditionTest::None | ConditionTest::NoEnd)
            ) {
                unconditional.yes.insert(bit);
            }
        }
        Memo {
            grants,
            roles,
            now,
            by_role: FxHashMap::default(),
            by_condition: FxHashMap::default(),
            by_member: FxHashMap::default(),
            unconditional_asked: Vec::new(),
            unconditional,
            unconditional_kept: unconditional.without(grants.lossy),
            witnesses: FxHashMap::default(),
            texts: Texts::default(),
        }
    }

    /// What is asked of a binding's members, after its role, its condition and the type of its node.
    pub(crate) fn ask(
        &mut self,
        program: &TypeProgram,
        role: &str,
        expression: Option<&str>,
    ) -> Asked {
        let entry = self.role(role);
        if expression.is_some() {
            let condition = self.condition(expression, entry.lost_condition);
            return self.asked(program, &entry, &condition);
        }
        // Most bindings have no condition, and there are few types: these answers are remembered whole.
        let known = self.unconditional_asked.get(program.index);
        if let Some(Some(asked)) = known.and_then(|roles| roles.get(entry.index)) {
            return *asked;
        }
        let condition = self.condition(None, entry.lost_condition);
        let asked = self.asked(program, &entry, &condition);
        if entry.index < MOST_ROLES {
            let types = &mut self.unconditional_asked;
            types.resize_with(types.len().max(program.index + 1), Vec::new);
            let roles = &mut types[program.index];
            roles.resize(roles.len().max(entry.index + 1), None);
            roles[entry.index] = Some(asked);
        }
        asked
    }

    fn asked(&self, program: &TypeProgram, role: &RoleEntry, condition: &Known) -> Asked {
        let yes = program.grants.and(role.known.yes).and(condition.yes);
        let maybe = program
            .grants
            .and(role.known.yes.or(role.known.unknown))
            .and(condition.yes.or(condition.unknown))
            .without(yes);
        let any = yes.or(maybe);
        let mut kinds = 0;
        for kind in MemberKind::ALL {
            let unknown_form = kind == MemberKind::Unknown && !any.is_empty();
            if unknown_form || !any.and(self.grants.of_kind(kind)).is_empty() {
                kinds |= 1 << kind as u32;
            }
        }
        Asked {
            yes,
            maybe,
            by_condition: role.known.yes,
            kinds,
            lost_condition: role.lost_condition,
        }
    }

    /// The rules that ask more of a member than its kind: for which the answer is yes, or not known.
    pub(crate) fn particular(&mut self, member: &Member<'_>, organization: &Organization) -> Known {
        if let Some(known) = self.by_member.get(member.text) {
            return *known;
        }
        let mut known = Known::default();
        let of_kind = self.grants.of_kind(member.kind);
        for (whom, rules) in self.grants.whom() {
            let bits = rules.and(of_kind);
            if bits.is_empty() {
                continue;
            }
            match whom.is(member, organization) {
                Truth::Yes => known.yes = known.yes.or(bits),
                Truth::Unknown => known.unknown = known.unknown.or(bits),
                Truth::No => {}
            }
        }
        if self.by_member.len() >= MOST_MEMBERS {
            self.by_member.clear();
        }
        self.by_member.insert(member.text.into(), known);
        known
    }

    /// The rules whose question about the role is answered yes, or cannot be answered.
    pub(crate) fn role(&mut self, role: &str) -> RoleEntry {
        if let Some(entry) = self.by_role.get(role) {
            return *entry;
        }
        let mut known = Known::default();
        for (bit, rule) in self.grants.rules.iter().enumerate() {
            match rule.holds_for_role(role, self.roles) {
                Truth::Yes => known.yes.insert(bit),
                Truth::Unknown => known.unknown.insert(bit),
                Truth::No => {}
            }
        }
        let entry = RoleEntry {
            index: self.by_role.len(),
            known,
            lost_condition: role.contains("_withcond_"),
        };
        self.by_role.insert(role.into(), entry);
        entry
    }

    /// The rules whose question about the condition is answered yes, or cannot be answered.
    /// `lost` marks a binding of a policy that was read below version 3.
    pub(crate) fn condition(&mut self, expression: Option<&str>, lost: bool) -> Known {
        let known = match expression {
            None if !lost => return self.unconditional_kept,
            None => self.unconditional,
            Some(expression) => match self.by_condition.get(expression) {
                Some(known) => *known,
                None => self.judge_condition(expression),
            },
        };
        if lost {
            known
        } else {
            known.without(self.grants.lossy)
        }
    }

    /// The permission by which the role answers the question of `bit`, and what it is worth a note.
    pub(crate) fn witness(&mut self, bit: usize, role: &str, conditional: bool) -> Witness {
        let key = (bit, conditional);
        if let Some(witness) = self
            .witnesses
            .get(role)
            .and_then(|of_role| of_role.get(&key))
        {
            return witness.clone();
        }
        let wanted = self.grants.rule(bit).wanted();
        let rule = self.grants.rule(bit);
        let excepting = wanted.filter(|_| !rule.except_permissions.is_empty());
        let permission = match excepting.and_then(|w| rule.counting(role, w, self.roles)) {
            Some(counting) => counting.min_by_key(|name| renown(name)).map(str::to_owned),
            None => wanted.and_then(|w| self.roles.carries(role, w).witness),
        };
        let whose = if self.roles.custom(role).is_some() {
            "custom role carries"
        } else {
            "carries"
        };
        let carried = match &permission {
            Some(permission) => Some(format!("{whose} {permission}")),
            None => wanted
                .and_then(|w| self.roles.family(role, w))
                .map(|family| format!("{whose} a {family} permission")),
        };
        let note = match (carried, conditional) {
            (Some(carried), true) => Some(format!("{carried}; conditional")),
            (None, true) => Some("conditional".to_owned()),
            (carried, false) => carried,
        };
        let witness = Witness {
            permission: permission.map(Into::into),
            note: note.map(Into::into),
        };
        self.witnesses
            .entry(role.into())
            .or_default()
            .insert(key, witness.clone());
        witness
    }

    fn judge_condition(&mut self, expression: &str) -> Known {
        let verdict = condition::judge(expression, self.now);
        let over = verdict.expired.truth.or(verdict.never_true.truth);
        let far = self.now.saturating_add(FAR).unwrap_or(Timestamp::MAX);
        let is_far = verdict.expires.is_some_and(|end| end > far);
        let mut known = Known::default();
        for (bit, rule) in self.grants.rules.iter().enumerate() {
            let truth = match rule.condition {
                // A grant that can never apply any more is no grant; the rules on conditions tell of it.
                // One that may apply is.
                None => Truth::from(over != Truth::Yes),
                Some(ConditionTest::None) => Truth::No,
                Some(ConditionTest::Any) => Truth::Yes,
                Some(ConditionTest::Expired) => verdict.expired.truth,
                Some(ConditionTest::AlwaysTrue) => verdict.always_true.truth,
                Some(ConditionTest::NeverTrue) => verdict.never_true.truth,
                Some(ConditionTest::Invalid) => verdict.invalid.truth.or(Truth::from(
                    verdict.logical_operators > condition::MAX_LOGICAL_OPERATORS,
                )),
                Some(ConditionTest::MisspelledBucket) => {
                    Truth::from(!verdict.misspelled_buckets.is_empty())
                }
                Some(ConditionTest::FarFuture) => Truth::from(is_far),
                Some(ConditionTest::NoEnd) if over == Truth::Yes => Truth::No,
                Some(ConditionTest::NoEnd) => match verdict.expires {
                    Some(_) => Truth::from(is_far),
                    None => over.negate(),
                },
            };
            match truth {
                Truth::Yes => known.yes.insert(bit),
                Truth::Unknown => known.unknown.insert(bit),
                Truth::No => {}
            }
        }
        if self.by_condition.len() < MOST_CONDITIONS {
            self.by_condition.insert(expression.into(), known);
        }
        known
    }
}

impl GrantRule {
    fn holds_for_role(&self, role: &str, roles: &Roles<'_>) -> Truth {
        if self.except_roles.contains(role) {
            return Truth::No;
        }
        if self.wanted.is_none() && self.roles.is_empty() && !self.unlisted {
            return Truth::Yes;
        }
        if self.roles.contains(role) || self.unlisted && roles.is_unlisted(role) {
            return Truth::Yes;
        }
        match &self.wanted {
            Some(wanted) if !self.except_permissions.is_empty() => {
                match self.counting(role, wanted, roles) {
                    Some(mut counting) => Truth::from(counting.next().is_some()),
                    None => roles.carries(role, wanted).truth,
                }
            }
            Some(wanted) => roles.carries(role, wanted).truth,
            None => Truth::No,
        }
    }

    /// The permissions of a role that is known in full which are wanted and not excepted.
    fn counting<'a>(
        &'a self,
        role: &str,
        wanted: &'a Wanted,
        roles: &'a Roles<'_>,
    ) -> Option<impl Iterator<Item = &'a str>> {
        let counts = |name: &&str| wanted.matches(name) && !self.except_permissions.contains(*name);
        Some(roles.permissions(role)?.filter(counts))
    }
}
