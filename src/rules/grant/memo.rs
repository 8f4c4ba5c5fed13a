//! What was decided once per distinct role and condition, remembered per worker.

use super::{ConditionTest, GrantRule, Grants};
use crate::access::condition;
use crate::catalog::Roles;
use crate::model::Truth;
use crate::rules::bits::Bits;
use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};
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
    unconditional: Known,
    /// The same for policies that were read in full.
    unconditional_kept: Known,
    witnesses: FxHashMap<Box<str>, FxHashMap<(usize, bool), Witness>>,
    texts: FxHashSet<Arc<str>>,
    told: FxHashSet<Box<str>>,
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
    pub(crate) known: Known,
    /// The name says that the policy was read below version 3.
    pub(crate) lost_condition: bool,
}

/// Texts remembered for sharing: members of findings, mostly.
const MOST_TEXTS: usize = 50_000;

/// Distinct conditions are few; hostile input must not make them many.
const MOST_CONDITIONS: usize = 100_000;

impl<'r> Memo<'r> {
    pub(crate) fn new(grants: &'r Grants, roles: &'r Roles<'r>, now: Timestamp) -> Memo<'r> {
        let mut unconditional = Known::default();
        for (bit, rule) in grants.rules.iter().enumerate() {
            if matches!(rule.condition, None | Some(ConditionTest::None)) {
                unconditional.yes.insert(bit);
            }
        }
        Memo {
            grants,
            roles,
            now,
            by_role: FxHashMap::default(),
            by_condition: FxHashMap::default(),
            unconditional,
            unconditional_kept: unconditional.without(grants.lossy),
            witnesses: FxHashMap::default(),
            texts: FxHashSet::default(),
            told: FxHashSet::default(),
        }
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
        let permission = wanted.and_then(|w| self.roles.carries(role, w).witness);
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

    /// One allocation for all uses of a text that occurs again and again.
    pub(crate) fn shared(&mut self, text: &str) -> Arc<str> {
        if let Some(shared) = self.texts.get(text) {
            return shared.clone();
        }
        if self.texts.len() >= MOST_TEXTS {
            self.texts.clear();
        }
        let shared: Arc<str> = text.into();
        self.texts.insert(shared.clone());
        shared
    }

    /// Whether `role` is asked about for the first time.
    pub(crate) fn first_time(&mut self, role: &str) -> bool {
        !self.told.contains(role) && self.told.insert(role.into())
    }

    fn judge_condition(&mut self, expression: &str) -> Known {
        let verdict = condition::judge(expression, self.now);
        let mut known = Known::default();
        for (bit, rule) in self.grants.rules.iter().enumerate() {
            let truth = match rule.condition {
                // A grant that can never apply any more is no grant; the rules on conditions tell of it.
                // One that may apply is.
                None => {
                    Truth::from(verdict.expired.truth.or(verdict.never_true.truth) != Truth::Yes)
                }
                Some(ConditionTest::None) => Truth::No,
                Some(ConditionTest::Any) => Truth::Yes,
                Some(ConditionTest::Expired) => verdict.expired.truth,
                Some(ConditionTest::AlwaysTrue) => verdict.always_true.truth,
                Some(ConditionTest::NeverTrue) => verdict.never_true.truth,
                Some(ConditionTest::Invalid) => verdict.invalid.truth,
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
        if self.wanted.is_none() && self.roles.is_empty() {
            return Truth::Yes;
        }
        if self.roles.contains(role) {
            return Truth::Yes;
        }
        match &self.wanted {
            Some(wanted) => roles.carries(role, wanted).truth,
            None => Truth::No,
        }
    }
}
