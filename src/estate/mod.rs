//! The compact whole: hierarchy, grants that analyses ask for, custom roles, buckets, guardrails.
//!
//! An asset is transient; what later stages need of it comes here as a [`Fact`]. Memory follows the number
//! of facts, not the bytes of the export.

mod fact;
mod read;
mod survey;

pub use fact::{
    AccountFact, AuditFact, BucketFact, DoubtFact, Evidence, Fact, GrantFact, Interest, ModelFact,
    NodeFact, OrgPolicyFact, Prevention, PublicAcl, RetiredGrant, RoleFact,
};
pub use read::{DOCUMENT_TYPES, account_of, evidence, facts_of, shown_at};
pub use survey::{Survey, WANTED};

use crate::catalog::CustomRole;
use crate::model::{Truth, canonical};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::hash_map::Entry;

/// Everything that the input said and that a question over more than one asset needs.
#[derive(Debug, Default)]
pub struct Estate {
    /// Buckets by canonical name.
    pub buckets: FxHashMap<Box<str>, BucketFact>,
    /// Custom roles by role name.
    pub roles: FxHashMap<Box<str>, RoleFact>,
    /// Organisation policies by (node, constraint).
    pub org_policies: FxHashMap<(Box<str>, Box<str>), OrgPolicyFact>,
    /// Audit configuration by node (`projects/1`).
    pub audit: FxHashMap<Box<str>, AuditFact>,
    /// Nodes of the hierarchy by full name.
    pub nodes: FxHashMap<Box<str>, NodeFact>,
    /// Models.
    pub models: Vec<ModelFact>,
    /// Service accounts by address.
    pub accounts: FxHashMap<Box<str>, AccountFact>,
    /// Grants that analyses asked for, in the order of the input.
    pub grants: Vec<GrantFact>,
    /// Policies in which some grant may be one that was asked for, in the order of the input.
    pub doubts: Vec<DoubtFact>,
    /// Custom roles that are bound: role, and the first place.
    pub bound: FxHashMap<Box<str>, (Box<str>, Evidence)>,
    /// Every grant of a custom role that is disabled, deprecated or deleted, in the order of the input.
    pub retired: Vec<RetiredGrant>,
    /// Canonical names of the buckets whose allow policy is in the input.
    pub bucket_policies: FxHashSet<Box<str>>,
    /// The nodes that have any organisation policy.
    policy_nodes: FxHashSet<Box<str>>,
    /// Project number to id and back, both as `projects/…`.
    aliases: FxHashMap<Box<str>, Box<str>>,
    /// Parent by node, in every spelling the input used.
    parents: FxHashMap<Box<str>, Box<str>>,
    /// Domains of the organisations.
    pub domains: FxHashSet<String>,
}

impl Estate {
    /// Takes facts in.
    pub fn absorb_all(&mut self, facts: impl IntoIterator<Item = Fact>) {
        facts.into_iter().for_each(|fact| self.absorb(fact));
    }

    /// Takes a fact in. What was said first of one thing stands, except that a role's permissions complete a
    /// listing without them.
    pub fn absorb(&mut self, fact: Fact) {
        match fact {
            Fact::Grant(grant) => {
                if let Some((nearest, above)) = grant.ancestors.split_first() {
                    self.link(nearest, above);
                }
                self.grants.push(grant);
            }
            Fact::Bucket(bucket) => match self.buckets.entry(canonical(&bucket.name).into()) {
                Entry::Vacant(slot) => {
                    slot.insert(bucket);
                }
                Entry::Occupied(mut known) => known.get_mut().complete(bucket),
            },
            Fact::OrgPolicy(policy) => {
                let key = (policy.node.clone(), policy.constraint.clone());
                self.policy_nodes.insert(policy.node.clone());
                self.org_policies.entry(key).or_insert(policy);
            }
            Fact::Audit(audit) => {
                let node = node_of(&audit.node);
                self.link(&node, &audit.ancestors);
                self.audit.entry(node).or_insert(audit);
            }
            Fact::Node(node) => self.node(node),
            Fact::Model(model) => self.models.push(model),
            Fact::Role(role) => self.role(role),
            Fact::Account(account) => {
                self.accounts
                    .entry(account.email.clone())
                    .or_insert(account);
            }
            Fact::Bound(role, resource, evidence) => {
                self.bound.entry(role).or_insert((resource, evidence));
            }
            Fact::Doubt(doubt) => self.doubts.push(doubt),
            Fact::Retired(grant) => self.retired.push(grant),
            Fact::BucketPolicy(bucket) => {
                self.bucket_policies.insert(canonical(&bucket).into());
            }
        }
    }

    /// `gcloud iam roles list` leaves the permissions out; a later document may hold them.
    fn role(&mut self, role: RoleFact) {
        match self.roles.entry(role.role.name.as_str().into()) {
            Entry::Vacant(slot) => {
                slot.insert(role);
            }
            Entry::Occupied(mut known) => {
                if !known.get().has_permissions && role.has_permissions {
                    known.insert(role);
                }
            }
        }
    }

    fn node(&mut self, node: NodeFact) {
        if let (Some(number), Some(id)) = (&node.number, &node.id) {
            self.aliases.insert(number.clone(), id.clone());
            self.aliases.insert(id.clone(), number.clone());
        }
        if let Some(parent) = &node.parent {
            for own in [&node.number, &node.id].into_iter().flatten() {
                self.parents.insert(own.clone(), parent.clone());
            }
        }
        if let Some(domain) = &node.domain {
            self.domains.insert(domain.to_lowercase());
        }
        self.nodes.entry(node.name.clone()).or_insert(node);
    }

    /// Learns the hierarchy from an asset's ancestors, nearest first.
    fn link(&mut self, node: &str, ancestors: &[Box<str>]) {
        let mut child: &str = node;
        for parent in ancestors {
            if **parent != *child && !self.parents.contains_key(child) {
                self.parents.insert(child.into(), parent.clone());
            }
            child = parent;
        }
    }

    /// Whether the input holds the allow policy of a project, folder or organisation (`projects/acme`, `projects/1`):
    /// each that was judged left its audit configuration.
    pub fn holds_policy_of(&self, node: &str) -> bool {
        self.audit.contains_key(node)
            || self
                .alias(node)
                .is_some_and(|alias| self.audit.contains_key(alias))
    }

    /// The other spelling of a project: number for id, id for number.
    pub fn alias(&self, project: &str) -> Option<&str> {
        self.aliases.get(project).map(AsRef::as_ref)
    }

    /// A node by the one spelling that is used to compare: a project by its number, if that is known.
    pub fn spelling<'n>(&'n self, node: &'n str) -> &'n str {
        let is_id = node
            .strip_prefix("projects/")
            .is_some_and(|id| !id.bytes().all(|byte| byte.is_ascii_digit()));
        is_id.then(|| self.alias(node)).flatten().unwrap_or(node)
    }

    /// Whether two projects (`projects/…`) are the same; unknown if of one only the id is known and of the other only
    /// the number.
    pub fn same_project(&self, one: &str, other: &str) -> Truth {
        let is_number = |name: &str| {
            let id = name.strip_prefix("projects/").unwrap_or(name);
            id.bytes().all(|byte| byte.is_ascii_digit())
        };
        let ones = [Some(one), self.alias(one)];
        let others = [Some(other), self.alias(other)];
        let mut truth = Truth::Unknown;
        for one in ones.into_iter().flatten() {
            for other in others.into_iter().flatten() {
                if one == other {
                    return Truth::Yes;
                }
                if is_number(one) == is_number(other) {
                    truth = Truth::No;
                }
            }
        }
        truth
    }

    /// The custom roles of the input.
    pub fn custom_roles(&self) -> impl Iterator<Item = &CustomRole> {
        self.roles.values().map(|fact| &fact.role)
    }

    /// Ids and numbers of all projects of the input.
    pub fn projects(&self) -> impl Iterator<Item = &str> {
        self.nodes
            .values()
            .flat_map(|node| [node.id.as_deref(), node.number.as_deref()])
            .flatten()
            .filter_map(|name| name.strip_prefix("projects/"))
    }

    /// Whether a boolean constraint is enforced on what has these `ancestors` (nearest first). The nearest
    /// policy decides; unknown when none is found and the input holds no policy of the organisation itself, or
    /// when the nearest depends on tags.
    pub fn enforced_above(&self, constraint: &str, ancestors: &[Box<str>]) -> Truth {
        let Some(first) = ancestors.first() else {
            return Truth::Unknown;
        };
        let (chain, rooted) = self.lineage(first, ancestors);
        for node in &chain {
            let spellings = [Some(&**node), self.alias(node)];
            let policy = spellings.into_iter().flatten().find_map(|node| {
                self.org_policies
                    .get(&(Box::from(node), Box::from(constraint)))
            });
            match policy {
                Some(policy) if policy.reset => return Truth::No,
                Some(policy) => return policy.enforced.map_or(Truth::Unknown, Truth::from),
                None => {}
            }
        }
        // No policy on the way up: certain only if organisation policies were read as far up as they go. What
        // was exported of a project or folder alone says nothing of those above it.
        match chain.last() {
            Some(top) if rooted && self.policy_nodes.contains(top) => Truth::No,
            _ => Truth::Unknown,
        }
    }

    /// The node and everything above it, nearest first. The second value says whether the chain is known to
    /// end at an organisation, so that nothing above is missing.
    pub fn lineage(&self, node: &str, ancestors: &[Box<str>]) -> (Vec<Box<str>>, bool) {
        let mut chain: Vec<Box<str>> = Vec::new();
        let mut seen = FxHashSet::default();
        let mut next = Some(Box::<str>::from(node));
        let mut given = ancestors.iter();
        while let Some(current) = next {
            if !seen.insert(current.clone()) {
                break;
            }
            let parent = self
                .parents
                .get(&current)
                .or_else(|| self.aliases.get(&current).and_then(|a| self.parents.get(a)));
            next = parent.cloned().or_else(|| {
                given
                    .by_ref()
                    .find(|a| !seen.contains(*a) && self.alias(a) != Some(&current))
                    .cloned()
            });
            chain.push(current);
        }
        let rooted = chain
            .last()
            .is_some_and(|top| top.starts_with("organizations/"));
        (chain, rooted)
    }
}

/// `//cloudresourcemanager.googleapis.com/projects/1` as `projects/1`.
pub fn node_of(name: &str) -> Box<str> {
    name.strip_prefix("//cloudresourcemanager.googleapis.com/")
        .unwrap_or(name)
        .into()
}
