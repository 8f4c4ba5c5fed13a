//! Organisation policies: what one says on its node, and what holds at a node by all of them.
//!
//! After the Resource Manager documentation, "Understanding hierarchy evaluation": of a boolean constraint the nearest
//! policy decides; a list adds to what it inherits if it says so, and takes its place otherwise; `reset` goes back to
//! the constraint's own default. What is only a dry run enforces nothing.

use super::Estate;
use super::fact::Evidence;
use super::read::{evidence, string};
use crate::model::{AssetText, DocumentId, Truth};
use rustc_hash::FxHashMap;
use serde_json::Value;
use std::slice;

/// Policies by node and constraint.
pub type PolicyFacts = FxHashMap<(Box<str>, Box<str>), OrgPolicyFact>;

/// An organisation policy on one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgPolicyFact {
    /// `organizations/1`, `folders/2`, `projects/p`.
    pub node: Box<str>,
    /// `storage.publicAccessPrevention`.
    pub constraint: Box<str>,
    /// What it says.
    pub stance: Stance,
    /// A list adds to what is inherited instead of taking its place.
    pub inherits: bool,
    /// There is a dry run beside it, or nothing but one.
    pub dry_run: bool,
    /// It came in the shape of API v2, which says more than the older one.
    pub second_version: bool,
    /// It is what holds on the node, as Google worked it out of all policies above (`getEffectivePolicy`), and not what
    /// is set there.
    pub evaluated: bool,
    /// Where.
    pub evidence: Evidence,
}

/// What a policy says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stance {
    /// Nothing: there is only a dry run.
    Silent,
    /// Back to the constraint's default.
    Reset,
    /// A boolean constraint is enforced, or is not.
    Enforced(bool),
    /// The values of a list constraint.
    Values(Values),
    /// It depends on tags, which an export does not resolve.
    Conditional,
    /// The document does not say it.
    Untold,
}

/// The values of a list constraint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values {
    /// Values allowed by name.
    pub allowed: Vec<Box<str>>,
    /// Values denied by name.
    pub denied: Vec<Box<str>>,
    /// Everything is allowed.
    pub allow_all: bool,
    /// Everything is denied.
    pub deny_all: bool,
}

impl Values {
    /// Whether anything is held back.
    pub fn restricts(&self) -> bool {
        self.deny_all || (!self.allow_all && !self.allowed.is_empty()) || !self.denied.is_empty()
    }

    fn add(&mut self, other: &Values) {
        self.allowed.extend(other.allowed.iter().cloned());
        self.denied.extend(other.denied.iter().cloned());
        self.allow_all |= other.allow_all;
        self.deny_all |= other.deny_all;
    }
}

/// The documents that hold organisation policies of a node.
#[derive(Debug, Default)]
pub(super) struct PolicyDocuments {
    all: Vec<DocumentId>,
    /// Those that hold several.
    several: Vec<DocumentId>,
}

impl PolicyDocuments {
    pub(super) fn add(&mut self, document: DocumentId) {
        match self.all.contains(&document) {
            true if self.several.contains(&document) => {}
            true => self.several.push(document),
            false => self.all.push(document),
        }
    }
}

/// What holds of a constraint at a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effective<'e> {
    /// A boolean constraint is enforced or not, by this policy.
    Enforced(bool, &'e OrgPolicyFact),
    /// These values, by these policies, nearest first.
    Values(Values, Vec<&'e OrgPolicyFact>),
    /// The constraint's own default: no policy says anything, or this one resets it.
    Default(Option<&'e OrgPolicyFact>),
    /// It depends on tags, by this policy.
    Conditional(&'e OrgPolicyFact),
    /// This policy is in the input without what it says.
    Untold(&'e OrgPolicyFact),
    /// The input does not hold the policies of all nodes above.
    Missing,
}

impl Estate {
    /// What holds of `constraint` at `node`, whose ancestors (nearest first, with or without itself) are given as far
    /// as they are known.
    pub fn effective(&self, constraint: &str, node: &str, ancestors: &[Box<str>]) -> Effective<'_> {
        let (chain, rooted) = self.lineage(node, ancestors);
        let mut values = Values::default();
        let mut by: Vec<&OrgPolicyFact> = Vec::new();
        for node in &chain {
            // What Google worked out holds all that is set here and above.
            if let Some(policy) = self.evaluated_on(constraint, node) {
                return evaluated(policy, values, by);
            }
            let Some(policy) = self.policy_on(constraint, node) else {
                // What a scan was refused may say otherwise than what is above.
                match self.scan_of_policies(node) {
                    Some(false) => return Effective::Missing,
                    _ => continue,
                }
            };
            match &policy.stance {
                Stance::Silent => {}
                Stance::Reset if by.is_empty() => return Effective::Default(Some(policy)),
                Stance::Reset => return Effective::Values(values, by),
                Stance::Enforced(enforced) if by.is_empty() => {
                    return Effective::Enforced(*enforced, policy);
                }
                Stance::Values(own) => {
                    values.add(own);
                    by.push(policy);
                    if !policy.inherits {
                        return Effective::Values(values, by);
                    }
                }
                Stance::Conditional => return Effective::Conditional(policy),
                Stance::Untold | Stance::Enforced(_) => return Effective::Untold(policy),
            }
        }
        // No policy on the way up, or only some that inherit: certain only if organisation policies were read as far
        // up as they go. What was exported of a project or folder alone says nothing of those above it.
        let read_to_top = rooted && chain.last().is_some_and(|top| self.has_policies(top));
        match (read_to_top, by.is_empty()) {
            (true, true) => Effective::Default(None),
            (true, false) => Effective::Values(values, by),
            (false, _) => Effective::Missing,
        }
    }

    /// The policy of `constraint` that is set on `node` itself, under any of its spellings.
    pub fn policy_on(&self, constraint: &str, node: &str) -> Option<&OrgPolicyFact> {
        self.among(&self.org_policies, constraint, node)
    }

    /// What holds of `constraint` on `node` as Google says it.
    fn evaluated_on(&self, constraint: &str, node: &str) -> Option<&OrgPolicyFact> {
        self.among(&self.evaluated, constraint, node)
    }

    fn among<'e>(
        &self,
        policies: &'e PolicyFacts,
        constraint: &str,
        node: &str,
    ) -> Option<&'e OrgPolicyFact> {
        if policies.is_empty() {
            return None;
        }
        let spellings = [Some(node), self.alias(node)];
        let mut spellings = spellings.into_iter().flatten();
        spellings.find_map(|node| policies.get(&(Box::from(node), Box::from(constraint))))
    }

    /// Whether the input holds all organisation policies that are set on `node`, as far as can be told: some document
    /// lists several, or holds one beside other things. A policy that is alone was described, and says nothing of others.
    /// A snapshot says itself whether they were read.
    pub fn has_policies(&self, node: &str) -> bool {
        if self.scan_of_policies(node) == Some(true) {
            return true;
        }
        let snapshots = self.scanned.documents();
        let spellings = [Some(node), self.alias(node)];
        let mut known = spellings.into_iter().flatten();
        known.any(|node| {
            let documents = self.policy_nodes.get(node);
            documents.is_some_and(|documents| {
                let mut others = documents.all.iter();
                let lists = |document: &DocumentId| {
                    documents.several.contains(document) || self.exports.contains(document)
                };
                others.any(|document| !snapshots.contains(document) && lists(document))
            })
        })
    }

    /// Whether a scan read all organisation policies of `node`; `None` if none read that node at all.
    fn scan_of_policies(&self, node: &str) -> Option<bool> {
        let spellings = [Some(node), self.alias(node)];
        let mut read = spellings.into_iter().flatten().filter_map(|node| {
            let own = self.policy_nodes.get(node);
            let holds = |scan| own.is_some_and(|documents| documents.all.contains(&scan));
            self.scanned
                .read("orgpolicy.googleapis.com/Policy", node, &holds)
        });
        let first = read.next()?;
        Some(first || read.any(|read| read))
    }

    /// Whether a boolean constraint, which is not enforced by default, is enforced on what has these `ancestors`
    /// (nearest first).
    pub fn enforced_above(&self, constraint: &str, ancestors: &[Box<str>]) -> Truth {
        let Some(first) = ancestors.first() else {
            return Truth::Unknown;
        };
        match self.effective(constraint, first, ancestors) {
            Effective::Enforced(enforced, _) => Truth::from(enforced),
            Effective::Default(_) => Truth::No,
            Effective::Values(..)
            | Effective::Conditional(_)
            | Effective::Untold(_)
            | Effective::Missing => Truth::Unknown,
        }
    }
}

/// What holds by a policy that Google worked out, and by the lists below it, which add to it.
fn evaluated<'e>(
    policy: &'e OrgPolicyFact,
    mut values: Values,
    mut by: Vec<&'e OrgPolicyFact>,
) -> Effective<'e> {
    match &policy.stance {
        Stance::Reset if by.is_empty() => Effective::Default(Some(policy)),
        Stance::Reset => Effective::Values(values, by),
        Stance::Enforced(enforced) if by.is_empty() => Effective::Enforced(*enforced, policy),
        Stance::Values(own) => {
            values.add(own);
            by.push(policy);
            Effective::Values(values, by)
        }
        Stance::Conditional => Effective::Conditional(policy),
        Stance::Silent | Stance::Untold | Stance::Enforced(_) => Effective::Untold(policy),
    }
}

/// A policy of API v1, the element `index` of an asset's `orgPolicy`.
pub(super) fn first_version(
    policy: &Value,
    node: Box<str>,
    index: usize,
    text: &AssetText<'_>,
) -> Option<OrgPolicyFact> {
    let constraint = string(policy, "/constraint")?;
    let list = policy.get("listPolicy").filter(|list| list.is_object());
    let stance = if policy
        .get("restoreDefault")
        .is_some_and(|reset| !reset.is_null())
    {
        Stance::Reset
    } else if let Some(boolean) = policy.get("booleanPolicy").and_then(Value::as_object) {
        let enforced = boolean.get("enforced").and_then(Value::as_bool);
        Stance::Enforced(enforced.unwrap_or(false))
    } else if let Some(list) = list {
        let all = string(list, "/allValues");
        Stance::Values(Values {
            allowed: texts(list, "/allowedValues"),
            denied: texts(list, "/deniedValues"),
            allow_all: all == Some("ALLOW"),
            deny_all: all == Some("DENY"),
        })
    } else {
        Stance::Untold
    };
    Some(OrgPolicyFact {
        node,
        constraint: constraint
            .strip_prefix("constraints/")
            .unwrap_or(constraint)
            .into(),
        stance,
        inherits: list.is_some_and(|list| is_true(list, "/inheritFromParent")),
        dry_run: false,
        second_version: false,
        evaluated: false,
        evidence: evidence(text, format!("/orgPolicy/{index}"), None),
    })
}

/// A policy of API v2: the `resource.data` of an `orgpolicy.googleapis.com/Policy`.
pub(super) fn second_version(data: &Value, text: &AssetText<'_>) -> Option<OrgPolicyFact> {
    let name = string(data, "/name")?;
    let (node, constraint) = name.split_once("/policies/")?;
    // gcloud and live scans name such a policy after the method that was called.
    let evaluated = constraint.ends_with(":getEffectivePolicy");
    let given = |key: &str| data.get(key).filter(|spec| spec.is_object());
    let spec = given("spec");
    let dry_run = given("dryRunSpec").is_some();
    Some(OrgPolicyFact {
        node: node.into(),
        constraint: constraint.split(':').next()?.into(),
        stance: match spec {
            // A constraint that has no value anywhere.
            Some(spec) if evaluated && rules_of(spec).is_empty() => Stance::Reset,
            Some(spec) => stance(spec),
            None if dry_run => Stance::Silent,
            None => Stance::Untold,
        },
        inherits: spec.is_some_and(|spec| is_true(spec, "/inheritFromParent")),
        dry_run,
        second_version: true,
        evaluated,
        evidence: evidence(text, "/resource/data", None),
    })
}

fn rules_of(spec: &Value) -> &[Value] {
    let rules = spec.get("rules").and_then(Value::as_array);
    rules.map_or(&[][..], Vec::as_slice)
}

fn stance(spec: &Value) -> Stance {
    if is_true(spec, "/reset") {
        return Stance::Reset;
    }
    let rules = rules_of(spec);
    let is_conditional = |rule: &Value| rule.get("condition").is_some_and(|c| !c.is_null());
    let one = |rule: &Value| match rule.get("enforce").and_then(Value::as_bool) {
        Some(enforced) => Stance::Enforced(enforced),
        None => Stance::Values(values(slice::from_ref(rule))),
    };
    if rules.iter().any(is_conditional) {
        // Where every rule says the same, the tags do not matter, provided that some rule is for all.
        let mut stances = rules.iter().map(one);
        let first = stances.next();
        let agree = stances.all(|stance| Some(&stance) == first.as_ref());
        return match first {
            Some(stance) if agree && !rules.iter().all(is_conditional) => stance,
            _ => Stance::Conditional,
        };
    }
    match rules {
        // Only `inheritFromParent`.
        [] => Stance::Values(Values::default()),
        [rule] => one(rule),
        several => Stance::Values(values(several)),
    }
}

fn values(rules: &[Value]) -> Values {
    let mut sum = Values::default();
    for rule in rules {
        sum.add(&Values {
            allowed: texts(rule, "/values/allowedValues"),
            denied: texts(rule, "/values/deniedValues"),
            allow_all: is_true(rule, "/allowAll"),
            deny_all: is_true(rule, "/denyAll"),
        });
    }
    sum
}

fn is_true(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).and_then(Value::as_bool) == Some(true)
}

fn texts(value: &Value, pointer: &str) -> Vec<Box<str>> {
    super::read::strings(value, pointer)
}
