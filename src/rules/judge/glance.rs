//! What is odd about a policy as a whole. A glance at each binding tells most policies from the few that are gone through
//! again.

use super::scratch::{Binding, Scratch};
use crate::estate::{Evidence, Fact, Oddity, OddityFact, evidence};
use crate::model::{AssetText, Member, MemberKind};
use crate::rules::grant::policy_pointer;
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use serde_json::Value;
use std::hash::Hasher;

/// Limits of an allow policy: what is counted, the limit, and whether Google refuses more ("Quotas and limits" of the IAM
/// documentation, 2026-05; the last is advice of "Overview of IAM Conditions").
const PRINCIPALS: (&str, usize) = ("principals, counted each time they appear", 1_500);
const GROUPS: (&str, usize) = ("groups and domains", 250);
const CONDITIONAL: (&str, usize) = ("conditional bindings", 100);
const ALIKE: (&str, usize) = (
    "bindings of one role to one principal under different conditions",
    20,
);

/// How near to a limit is near, in per cent.
const NEAR: usize = 80;

/// What the walk over a policy noticed on its way.
#[derive(Debug, Default)]
pub(super) struct Glance {
    roles: Vec<u64>,
    conditional: usize,
    is_odd: bool,
}

impl Glance {
    pub(super) fn clear(&mut self) {
        self.roles.clear();
        self.conditional = 0;
        self.is_odd = false;
    }

    pub(super) fn binding(&mut self, binding: &Binding<'_>) {
        let mut hasher = FxHasher::default();
        hasher.write(binding.role.as_bytes());
        self.roles.push(hasher.finish());
        self.conditional += usize::from(binding.expression.is_some());
        self.is_odd |= binding.members.is_empty()
            || is_basic(&binding.role) && binding.members.iter().any(|member| is_agent(member));
    }

    /// Whether it is worth going through the policy again.
    fn is_odd(&mut self, principals: usize) -> bool {
        self.roles.sort_unstable();
        self.is_odd
            || self.roles.windows(2).any(|pair| pair[0] == pair[1])
            || is_near(principals, GROUPS.1)
            || is_near(self.conditional, CONDITIONAL.1)
    }
}

fn is_near(count: usize, limit: usize) -> bool {
    count * 100 >= limit * NEAR
}

fn is_basic(role: &str) -> bool {
    let id = role.strip_prefix("roles/").unwrap_or_default();
    matches!(
        id,
        "owner" | "editor" | "viewer" | "admin" | "writer" | "reader"
    )
}

/// A service agent that Google gives a role of its own. The Google APIs agent holds Editor by design, and the agents of
/// Cloud Storage and of BigQuery's encryption hold nothing.
fn is_agent(member: &str) -> bool {
    let without_role = [
        "@cloudservices.gserviceaccount.com",
        "@gs-project-accounts.iam.gserviceaccount.com",
        "@bigquery-encryption.iam.gserviceaccount.com",
    ];
    Member::parse(member).kind == MemberKind::ServiceAgent
        && member.ends_with(".iam.gserviceaccount.com")
        && !without_role.iter().any(|end| member.ends_with(end))
}

/// The odd things about the policy of an asset that was walked.
pub(super) fn oddities(asset: &AssetText<'_>, scratch: &mut Scratch<'_>) -> Vec<Fact> {
    let exempted: usize = scratch.audit.iter().map(|log| log.exempted as usize).sum();
    let members = usize::try_from(scratch.grants).unwrap_or(usize::MAX);
    let principals = members.saturating_add(exempted);
    if !scratch.glance.is_odd(principals) {
        return Vec::new();
    }
    let Ok(policy) = sonic_rs::get(asset.text, ["iamPolicy"]) else {
        return Vec::new();
    };
    let Ok(policy) = serde_json::from_str::<Value>(policy.as_raw_str()) else {
        return Vec::new();
    };
    let bindings: Vec<Bound<'_>> = policy
        .get("bindings")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(Bound::read)
        .collect();
    let mut second = Second {
        asset,
        node: &scratch.name,
        found: Vec::new(),
    };
    second.repetitions(&bindings);
    second.agents(&bindings);
    second.sizes(&bindings, principals);
    second.found
}

/// A binding, read again.
struct Bound<'v> {
    role: &'v str,
    members: Vec<&'v str>,
    condition: Option<&'v str>,
}

impl<'v> Bound<'v> {
    fn read(binding: &'v Value) -> Bound<'v> {
        let text = |pointer: &str| binding.pointer(pointer).and_then(Value::as_str);
        let members = binding.get("members").and_then(Value::as_array);
        Bound {
            role: text("/role").unwrap_or_default(),
            members: members
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect(),
            condition: text("/condition/expression"),
        }
    }
}

/// The second look at a policy.
struct Second<'s, 'a> {
    asset: &'s AssetText<'a>,
    node: &'s str,
    found: Vec<Fact>,
}

impl Second<'_, '_> {
    /// What stands twice, what another binding makes needless, and what is bound to nobody.
    fn repetitions(&mut self, bindings: &[Bound<'_>]) {
        let mut first: FxHashSet<(&str, &str, Option<&str>)> = FxHashSet::default();
        let open: FxHashSet<(&str, &str)> = bindings
            .iter()
            .filter(|binding| binding.condition.is_none())
            .flat_map(|binding| binding.members.iter().map(|member| (binding.role, *member)))
            .collect();
        for (number, binding) in bindings.iter().enumerate() {
            if binding.members.is_empty() {
                let words = "bound to nobody";
                self.add(Oddity::Repetition, number, None, binding, words);
            }
            for (index, member) in binding.members.iter().enumerate() {
                let words = if !first.insert((binding.role, member, binding.condition)) {
                    "bound twice"
                } else if binding.condition.is_some() && open.contains(&(binding.role, *member)) {
                    "bound without the condition as well, so the condition restricts nothing"
                } else {
                    continue;
                };
                let member = Some((index, *member));
                self.add(Oddity::Repetition, number, member, binding, words);
            }
        }
    }

    /// Agents with a basic role and none of their own.
    fn agents(&mut self, bindings: &[Bound<'_>]) {
        let is_own = |role: &str| role.contains("erviceAgent");
        let with_own: FxHashSet<&str> = bindings
            .iter()
            .filter(|binding| is_own(binding.role))
            .flat_map(|binding| binding.members.iter().copied())
            .collect();
        for (number, binding) in bindings.iter().enumerate() {
            if !is_basic(binding.role) {
                continue;
            }
            for (index, member) in binding.members.iter().enumerate() {
                if is_agent(member) && !with_own.contains(member) {
                    let member = Some((index, *member));
                    self.add(Oddity::AgentWithoutRole, number, member, binding, "");
                }
            }
        }
    }

    fn sizes(&mut self, bindings: &[Bound<'_>], principals: usize) {
        let members = || bindings.iter().flat_map(|binding| &binding.members);
        let groups: FxHashSet<&&str> = members()
            .filter(|member| member.starts_with("group:"))
            .collect();
        let domains = members().filter(|member| member.starts_with("domain:"));
        let conditional = bindings.iter().filter(|b| b.condition.is_some());
        let mut alike: FxHashMap<(&str, &str), usize> = FxHashMap::default();
        for binding in conditional.clone() {
            for member in &binding.members {
                *alike.entry((binding.role, member)).or_default() += 1;
            }
        }
        let counts = [
            (PRINCIPALS, principals),
            (GROUPS, groups.len() + domains.count()),
            (CONDITIONAL, conditional.count()),
            (ALIKE, alike.values().copied().max().unwrap_or_default()),
        ];
        for ((what, limit), count) in counts {
            if is_near(count, limit) {
                let words = format!("{count} of {limit} {what}");
                let place = evidence(self.asset, "/iamPolicy", None);
                self.push(Oddity::Size, None, None, &words, place);
            }
        }
    }

    fn add(
        &mut self,
        oddity: Oddity,
        number: usize,
        member: Option<(usize, &str)>,
        binding: &Bound<'_>,
        words: &str,
    ) {
        let number_of = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let index = member.map(|(index, _)| number_of(index));
        let pointer = policy_pointer(number_of(number), index);
        let place = evidence(self.asset, pointer, None);
        let member = member.map(|(_, member)| member);
        self.push(oddity, Some(binding), member, words, place);
    }

    fn push(
        &mut self,
        oddity: Oddity,
        binding: Option<&Bound<'_>>,
        member: Option<&str>,
        words: &str,
        evidence: Evidence,
    ) {
        self.found.push(Fact::Oddity(OddityFact {
            oddity,
            node: self.node.into(),
            role: binding.map(|binding| binding.role.into()),
            member: member.map(Into::into),
            condition: binding.and_then(|b| b.condition).map(Into::into),
            words: words.into(),
            evidence,
        }));
    }
}
