//! `[grant]`: who holds which permission where, decided by masks.
//!
//! A rule is a bit. What depends only on the role, the condition, the kind of member or the type of asset is
//! decided once per distinct one and remembered, so a binding costs a few intersections however many rules
//! there are.

mod memo;
mod scope;
mod texts;
mod whom;

pub(crate) use memo::{Asked, Memo};
pub use scope::Organization;
pub(crate) use texts::policy_pointer;

use super::bits::Bits;
use super::file::{ConditionTest, Grant, MemberTest, Per};
use super::select::Refusal;
use crate::catalog::{PatternError, Wanted};
use crate::model::{Member, MemberKind, Truth};
use globset::{Glob, GlobSet, GlobSetBuilder};
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;
use whom::Whom;

/// The asset types that `at` may name by a short word.
const PLACES: [(&str, &str); 6] = [
    (
        "organization",
        "cloudresourcemanager.googleapis.com/Organization",
    ),
    ("folder", "cloudresourcemanager.googleapis.com/Folder"),
    ("project", "cloudresourcemanager.googleapis.com/Project"),
    ("bucket", "storage.googleapis.com/Bucket"),
    ("managed-folder", "storage.googleapis.com/ManagedFolder"),
    ("service-account", "iam.googleapis.com/ServiceAccount"),
];

/// Lists of principals by name, from the configuration.
pub type PrincipalLists = BTreeMap<String, Vec<String>>;

/// All grant rules, compiled together.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    rules: Vec<GrantRule>,
    /// Rules that hold at any node.
    anywhere: Bits,
    at: BTreeMap<String, Bits>,
    except_at: BTreeMap<String, Bits>,
    kinds: [Bits; MemberKind::ALL.len()],
    /// Rules that ask more of a member than its kind.
    particular: Bits,
    /// What they ask, each question once, and the rules that ask it.
    whom: Vec<(Whom, Bits)>,
    /// Rules that count bindings, not members.
    per_binding: Bits,
    /// Rules that ask about the condition.
    conditional: Bits,
    /// Rules that ask only about policies read below version 3.
    lossy: Bits,
    /// Rules that ask only about nodes outside of the organisation.
    foreign: Bits,
    outside: Bits,
    /// Rules that leave something to others, and to which.
    yielding: Bits,
    yields: BTreeMap<usize, Bits>,
}

/// One compiled `[grant]`.
#[derive(Debug)]
pub(crate) struct GrantRule {
    wanted: Option<Wanted>,
    roles: Names,
    except_roles: Names,
    except_permissions: FxHashSet<String>,
    unlisted: bool,
    condition: Option<ConditionTest>,
    lossy: bool,
}

impl Grants {
    /// Adds a rule.
    ///
    /// # Errors
    /// A refusal that names the key of the rule file that is wrong.
    pub(crate) fn add(&mut self, grant: &Grant, lists: &PrincipalLists) -> Result<(), Refusal> {
        let bit = self.rules.len();
        if bit >= Bits::CAPACITY {
            return Err(Refusal::new(
                "grant",
                format!("more than {} rules on grants", Bits::CAPACITY),
            ));
        }
        let compiled = GrantRule::compile(grant)?;
        self.ask_whom(bit, &grant.member, lists)?;
        if grant.at.is_empty() {
            self.anywhere.insert(bit);
        }
        for place in &grant.at {
            self.at
                .entry(asset_type(place)?.to_owned())
                .or_default()
                .insert(bit);
        }
        for place in &grant.except_at {
            self.except_at
                .entry(asset_type(place)?.to_owned())
                .or_default()
                .insert(bit);
        }
        for (i, kind) in MemberKind::ALL.iter().enumerate() {
            let asked = match grant.member.kind.as_slice() {
                [] => *kind != MemberKind::Deleted,
                kinds => kinds.contains(kind),
            };
            if asked {
                self.kinds[i].insert(bit);
            }
        }
        if grant.per == Per::Binding {
            self.per_binding.insert(bit);
        }
        if compiled.condition.is_some() {
            self.conditional.insert(bit);
        }
        if compiled.lossy {
            self.lossy.insert(bit);
        }
        if grant.member.outside.is_some() {
            self.outside.insert(bit);
        }
        if grant.outside.is_some() {
            self.foreign.insert(bit);
        }
        self.rules.push(compiled);
        Ok(())
    }

    /// Remembers what the rule of `bit` asks of a member besides its kind.
    fn ask_whom(
        &mut self,
        bit: usize,
        test: &MemberTest,
        lists: &PrincipalLists,
    ) -> Result<(), Refusal> {
        if !Whom::is_particular(test, lists) {
            return Ok(());
        }
        self.particular.insert(bit);
        match self.whom.iter_mut().find(|(whom, _)| whom.asks(test)) {
            Some((_, bits)) => bits.insert(bit),
            None => {
                let mut bits = Bits::EMPTY;
                bits.insert(bit);
                self.whom.push((Whom::compile(test, lists)?, bits));
            }
        }
        Ok(())
    }

    /// Whether some rule asks who is outside the organisation.
    pub(crate) fn ask_outside(&self) -> bool {
        !self.foreign.is_empty() || self.whom.iter().any(|(whom, _)| whom.asks_outside())
    }

    /// The asset types that some rule names.
    pub(crate) fn places(&self) -> impl Iterator<Item = &str> {
        self.at
            .keys()
            .chain(self.except_at.keys())
            .map(String::as_str)
    }

    /// The rules that may hold at nodes of `asset_type`.
    pub(crate) fn at(&self, asset_type: &str) -> Bits {
        let of = |places: &BTreeMap<String, Bits>| places.get(asset_type).copied();
        let except = of(&self.except_at).unwrap_or_default();
        of(&self.at)
            .unwrap_or_default()
            .or(self.anywhere)
            .without(except)
    }

    /// All rules: what may hold at a node of which nothing is known.
    pub(crate) fn all(&self) -> Bits {
        self.at
            .values()
            .fold(self.anywhere, |sum, bits| sum.or(*bits))
    }

    /// The rules that hold at any node.
    pub(crate) fn anywhere(&self) -> Bits {
        self.anywhere
    }

    /// The rules that ask about members of `kind`.
    pub(crate) fn of_kind(&self, kind: MemberKind) -> Bits {
        self.kinds[kind as usize]
    }

    /// The rules that ask more of a member than its kind.
    pub(crate) fn particular(&self) -> Bits {
        self.particular
    }

    /// Whether the member, whose kind already fits, is one that the rule of `bit` asks about.
    pub(crate) fn asks_about(
        &self,
        bit: usize,
        member: &Member<'_>,
        organization: &Organization,
    ) -> Truth {
        let whom = self.whom().find(|(_, rules)| rules.contains(bit));
        whom.map_or(Truth::Yes, |(whom, _)| whom.is(member, organization))
    }

    /// What those rules ask, each question once.
    fn whom(&self) -> impl Iterator<Item = (&Whom, Bits)> {
        self.whom.iter().map(|(whom, bits)| (whom, *bits))
    }

    /// The rules that count bindings, not members.
    pub(crate) fn per_binding(&self) -> Bits {
        self.per_binding
    }

    /// The rules that ask about the condition.
    pub(crate) fn conditional(&self) -> Bits {
        self.conditional
    }

    /// The rules that ask only about policies read below version 3.
    pub(crate) fn lossy(&self) -> Bits {
        self.lossy
    }

    /// The rules that ask only about nodes outside of the organisation.
    pub(crate) fn foreign(&self) -> Bits {
        self.foreign
    }

    /// The rules that ask only about members outside of the organisation.
    pub(crate) fn outside(&self) -> Bits {
        self.outside
    }

    /// Says that the rule of `bit` leaves to `others` what they tell of.
    pub(crate) fn leave(&mut self, bit: usize, others: Bits) {
        if !others.is_empty() {
            self.yielding.insert(bit);
            self.yields.insert(bit, others);
        }
    }

    /// The rules among `told` that leave what they tell of to another one among `told` or `before`.
    pub(crate) fn left(&self, told: Bits, before: Bits) -> Bits {
        let mut left = Bits::EMPTY;
        for bit in told.and(self.yielding).iter() {
            let others = self.yields.get(&bit).copied().unwrap_or_default();
            if !others.and(told.or(before)).is_empty() {
                left.insert(bit);
            }
        }
        left
    }

    /// The rule of `bit`.
    pub(crate) fn rule(&self, bit: usize) -> &GrantRule {
        &self.rules[bit]
    }
}

/// Resolves a word of `at`.
pub(super) fn asset_type(place: &str) -> Result<&str, Refusal> {
    if let Some((_, asset_type)) = PLACES.iter().find(|(word, _)| *word == place) {
        return Ok(asset_type);
    }
    if place.contains(".googleapis.com/") {
        return Ok(place);
    }
    let words: Vec<&str> = PLACES.iter().map(|(word, _)| *word).collect();
    let message = format!(
        "`{place}` is no place; use {} or an asset type such as `bigquery.googleapis.com/Dataset`",
        words.join(", ")
    );
    Err(Refusal::at("at", place, message))
}

impl GrantRule {
    fn compile(grant: &Grant) -> Result<GrantRule, Refusal> {
        let wanted = match grant.permission.as_slice() {
            [] => None,
            patterns => Some(parsed("permission", patterns)?),
        };
        parsed("except-permission", &grant.except_permission)?;
        for role in grant.role.iter().chain(&grant.except_role) {
            if !role.contains("roles/") {
                let message = format!(
                    "`{role}` is no role name; write `roles/owner` or `projects/P/roles/ID`"
                );
                return Err(Refusal::at("role", role, message));
            }
        }
        Ok(GrantRule {
            wanted,
            roles: Names::new(&grant.role)?,
            except_roles: Names::new(&grant.except_role)?,
            except_permissions: grant.except_permission.iter().cloned().collect(),
            unlisted: grant.unlisted,
            condition: grant.condition,
            lossy: grant.lossy,
        })
    }

    /// What the rule asks of a role by permission, if it does.
    pub(crate) fn wanted(&self) -> Option<&Wanted> {
        self.wanted.as_ref()
    }
}

fn parsed(key: &'static str, patterns: &[String]) -> Result<Wanted, Refusal> {
    Wanted::parse(patterns).map_err(|error| Refusal {
        text: match &error {
            PatternError::Malformed(pattern) | PatternError::NoSuch { pattern, .. } => {
                Some((pattern.clone(), 0))
            }
        },
        ..Refusal::new(key, error.to_string())
    })
}

/// Roles by name.
#[derive(Debug, Default)]
struct Names {
    exact: FxHashSet<String>,
    globs: Option<GlobSet>,
}

impl Names {
    fn new(names: &[String]) -> Result<Names, Refusal> {
        let (patterns, exact): (Vec<String>, Vec<String>) =
            names.iter().cloned().partition(|name| name.contains('*'));
        Ok(Names {
            exact: exact.into_iter().collect(),
            globs: globs(&patterns).map_err(|message| Refusal::new("role", message))?,
        })
    }

    fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.globs.is_none()
    }

    fn contains(&self, role: &str) -> bool {
        self.exact.contains(role)
            || self
                .globs
                .as_ref()
                .is_some_and(|globs| globs.is_match(role))
    }
}

/// The patterns as one, or which of them is none; `None` if there are none.
fn globs(patterns: &[String]) -> Result<Option<GlobSet>, String> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = Glob::new(pattern)
            .map_err(|error| format!("`{pattern}`, which is no glob: {}", error.kind()))?;
        set.add(glob);
    }
    let set = set.build().map_err(|error| error.to_string())?;
    Ok((!set.is_empty()).then_some(set))
}
