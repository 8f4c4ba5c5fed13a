//! `[grant]`: who holds which permission where, decided by masks.
//!
//! A rule is a bit. What depends only on the role, the condition, the kind of member or the type of asset is
//! decided once per distinct one and remembered, so a binding costs a few intersections however many rules
//! there are.

mod memo;
mod scope;

pub(crate) use memo::{Asked, Memo};
pub use scope::Organization;

use super::bits::Bits;
use super::file::{ConditionTest, Grant, Outside, Per};
use super::select::Refusal;
use crate::catalog::{PatternError, Wanted};
use crate::model::{Member, MemberKind, Truth};
use globset::{Glob, GlobSet, GlobSetBuilder};
use regex::Regex;
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

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
    kinds: [Bits; MemberKind::ALL.len()],
    /// Rules that ask more of a member than its kind.
    particular: Bits,
    /// Rules that count bindings, not members.
    per_binding: Bits,
    /// Rules that ask about the condition.
    conditional: Bits,
    /// Rules that ask only about policies read below version 3.
    lossy: Bits,
}

/// One compiled `[grant]`.
#[derive(Debug)]
pub(crate) struct GrantRule {
    wanted: Option<Wanted>,
    roles: FxHashSet<String>,
    /// Patterns of role names.
    role_globs: Option<GlobSet>,
    except_roles: FxHashSet<String>,
    condition: Option<ConditionTest>,
    lossy: bool,
    wide: Option<bool>,
    matches: Option<Regex>,
    outside: bool,
    except: Option<GlobSet>,
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
        let compiled = GrantRule::compile(grant, lists)?;
        if grant.at.is_empty() {
            self.anywhere.insert(bit);
        }
        for place in &grant.at {
            self.at
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
        if compiled.is_particular() {
            self.particular.insert(bit);
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
        self.rules.push(compiled);
        Ok(())
    }

    /// Whether some rule asks who is outside the organisation.
    pub(crate) fn ask_outside(&self) -> bool {
        self.rules.iter().any(|rule| rule.outside)
    }

    /// The asset types that some rule names.
    pub(crate) fn places(&self) -> impl Iterator<Item = &str> {
        self.at.keys().map(String::as_str)
    }

    /// The rules that may hold at nodes of `asset_type`.
    pub(crate) fn at(&self, asset_type: &str) -> Bits {
        self.at
            .get(asset_type)
            .copied()
            .unwrap_or_default()
            .or(self.anywhere)
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

    /// The rule of `bit`.
    pub(crate) fn rule(&self, bit: usize) -> &GrantRule {
        &self.rules[bit]
    }
}

/// Resolves a word of `at`.
fn asset_type(place: &str) -> Result<&str, Refusal> {
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
    fn compile(grant: &Grant, lists: &PrincipalLists) -> Result<GrantRule, Refusal> {
        let wanted = match grant.permission.as_slice() {
            [] => None,
            patterns => Some(Wanted::parse(patterns).map_err(|error| Refusal {
                text: match &error {
                    PatternError::Malformed(pattern) | PatternError::NoSuch { pattern, .. } => {
                        Some((pattern.clone(), 0))
                    }
                },
                ..Refusal::new("permission", error.to_string())
            })?),
        };
        for role in grant.role.iter().chain(&grant.except_role) {
            if !role.contains("roles/") {
                let message = format!(
                    "`{role}` is no role name; write `roles/owner` or `projects/P/roles/ID`"
                );
                return Err(Refusal::at("role", role, message));
            }
        }
        let (patterns, names): (Vec<&String>, Vec<&String>) =
            grant.role.iter().partition(|role| role.contains('*'));
        let matches = match &grant.member.matches {
            None => None,
            Some(pattern) => Some(Regex::new(pattern).map_err(|error| {
                let reason = super::select::proof::last_line(&error);
                let message = format!("the regular expression does not compile: {reason}");
                Refusal::at("matches", pattern, message)
            })?),
        };
        let except = match &grant.member.except {
            None => None,
            Some(list) => member_globs(lists.get(list).map_or(&[], Vec::as_slice))?,
        };
        Ok(GrantRule {
            wanted,
            roles: names.into_iter().cloned().collect(),
            role_globs: role_globs(&patterns)?,
            except_roles: grant.except_role.iter().cloned().collect(),
            condition: grant.condition,
            lossy: grant.lossy,
            wide: grant.member.wide,
            matches,
            outside: grant.member.outside == Some(Outside::Organization),
            except,
        })
    }

    fn is_particular(&self) -> bool {
        self.wide.is_some() || self.matches.is_some() || self.outside || self.except.is_some()
    }

    /// Whether the rule names the role.
    fn names_role(&self, role: &str) -> bool {
        let matched = |globs: &GlobSet| globs.is_match(role);
        self.roles.contains(role) || self.role_globs.as_ref().is_some_and(matched)
    }

    /// What the rule asks of a role by permission, if it does.
    pub(crate) fn wanted(&self) -> Option<&Wanted> {
        self.wanted.as_ref()
    }

    /// Whether the member, whose kind already fits, is one that the rule asks about.
    pub(crate) fn asks_about(&self, member: &Member<'_>, organization: &Organization) -> Truth {
        let mut truth = Truth::Yes;
        if let Some(wide) = self.wide {
            truth = truth.and(Truth::from(member.is_wide() == wide));
        }
        if let Some(matches) = &self.matches {
            truth = truth.and(Truth::from(matches.is_match(member.text)));
        }
        if let Some(except) = &self.except {
            truth = truth.and(Truth::from(!except.is_match(member.text)));
        }
        if self.outside && truth != Truth::No {
            truth = truth.and(organization.is_outside(member));
        }
        truth
    }
}

/// Patterns of role names: `*` stands for anything, and nothing else is special.
fn role_globs(patterns: &[&String]) -> Result<Option<GlobSet>, Refusal> {
    let refused = |error: globset::Error| Refusal::new("role", error.kind().to_string());
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let literal: Vec<String> = pattern.split('*').map(globset::escape).collect();
        set.add(Glob::new(&literal.join("*")).map_err(refused)?);
    }
    let set = set.build().map_err(refused)?;
    Ok((!set.is_empty()).then_some(set))
}

fn member_globs(patterns: &[String]) -> Result<Option<GlobSet>, Refusal> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = Glob::new(pattern).map_err(|error| {
            let message = format!(
                "the configuration's list holds `{pattern}`, which is no glob: {}",
                error.kind()
            );
            Refusal::new("except", message)
        })?;
        set.add(glob);
    }
    let set = set
        .build()
        .map_err(|error| Refusal::new("except", error.to_string()))?;
    Ok((!set.is_empty()).then_some(set))
}
