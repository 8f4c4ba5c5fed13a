//! The compact whole: hierarchy, grants that analyses ask for, custom roles, buckets, guardrails.
//!
//! An asset is transient; what later stages need of it comes here as a [`Fact`]. Memory follows the number
//! of facts, not the bytes of the export.

mod asked;
mod covers;
mod fact;
mod org_policy;
mod read;
mod record;
mod scanned;
mod survey;

pub use asked::Asked;
pub use fact::{
    AccountFact, AuditFact, BucketFact, DoubtFact, Evidence, Fact, GrantFact, Interest, ModelFact,
    NodeFact, Oddity, OddityFact, PerimeterFact, Prevention, PublicAcl, RetiredGrant, RoleFact,
};
pub use org_policy::{Effective, OrgPolicyFact, PolicyFacts, Stance, Values};
pub use read::{DOCUMENT_TYPES, account_of, evidence, facts_of, shown_at};
pub use record::{Coverage, Datapoint, Datum, Field, Record, Records};
pub use survey::{Survey, WANTED};

use crate::catalog::CustomRole;
use crate::model::{DocumentId, Truth, canonical};
use org_policy::PolicyDocuments;
use record::Mentions;
use rustc_hash::{FxHashMap, FxHashSet};
use scanned::Scanned;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// Everything that the input said and that a question over more than one asset needs.
#[derive(Debug, Default)]
pub struct Estate {
    /// Buckets by canonical name.
    pub buckets: FxHashMap<Box<str>, BucketFact>,
    /// Custom roles by role name.
    pub roles: FxHashMap<Box<str>, RoleFact>,
    /// Organisation policies that are set, by (node, constraint).
    pub org_policies: PolicyFacts,
    /// What holds by organisation policies on some nodes, as Google says it: it holds what is set there and above.
    pub evaluated: PolicyFacts,
    /// Audit configuration by node (`projects/1`).
    pub audit: FxHashMap<Box<str>, AuditFact>,
    /// Nodes of the hierarchy by full name.
    pub nodes: FxHashMap<Box<str>, NodeFact>,
    /// Models.
    pub models: Vec<ModelFact>,
    /// Service accounts by address.
    pub accounts: FxHashMap<Box<str>, AccountFact>,
    /// Service perimeters, in the order of the input.
    pub perimeters: Vec<PerimeterFact>,
    /// Grants that analyses asked for.
    pub grants: Asked<GrantFact>,
    /// Policies in which some grant may be one that was asked for.
    pub doubts: Asked<DoubtFact>,
    /// Custom roles that are bound: role, and the first place.
    pub bound: FxHashMap<Box<str>, (Box<str>, Evidence)>,
    /// Every grant of a custom role that is disabled, deprecated or deleted, in the order of the input.
    pub retired: Vec<RetiredGrant>,
    /// What is odd about policies, in the order of the input.
    pub oddities: Vec<OddityFact>,
    /// Canonical names of the buckets whose allow policy is in the input.
    pub bucket_policies: FxHashSet<Box<str>>,
    /// The nodes that have any organisation policy.
    policy_nodes: FxHashMap<Box<str>, PolicyDocuments>,
    /// Documents that hold other things than organisation policies.
    exports: FxHashSet<DocumentId>,
    /// What analyses asked of assets, by asset type.
    records: FxHashMap<Arc<str>, Records>,
    mentions: Mentions,
    scanned: Scanned,
    /// Project number to id and back, both as `projects/…`.
    aliases: FxHashMap<Box<str>, Box<str>>,
    /// Parent by node, in every spelling the input used.
    parents: FxHashMap<Box<str>, Box<str>>,
    /// The ancestors that were learnt from last.
    linked: Option<Arc<[Box<str>]>>,
    /// The organisations among the parents.
    organizations: FxHashSet<Box<str>>,
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
        if let Some(document) = fact.beside_policies() {
            self.exports.insert(document);
        }
        match fact {
            Fact::Grant(grant) => {
                self.link_all(&grant.ancestors);
                self.grants.add(grant.interest, grant);
            }
            Fact::Bucket(bucket) => match self.buckets.entry(canonical(&bucket.name).into()) {
                Entry::Vacant(slot) => {
                    slot.insert(bucket);
                }
                Entry::Occupied(mut known) => known.get_mut().complete(bucket),
            },
            Fact::OrgPolicy(policy) if policy.evaluated => {
                let key = (policy.node.clone(), policy.constraint.clone());
                self.evaluated.entry(key).or_insert(policy);
            }
            Fact::OrgPolicy(policy) => {
                let key = (policy.node.clone(), policy.constraint.clone());
                let document = policy.evidence.document;
                let documents = self.policy_nodes.entry(policy.node.clone()).or_default();
                documents.add(document);
                match self.org_policies.entry(key) {
                    Entry::Vacant(slot) => {
                        slot.insert(policy);
                    }
                    // The older shape cannot say conditions and dry runs.
                    Entry::Occupied(mut known) => {
                        if policy.second_version && !known.get().second_version {
                            known.insert(policy);
                        }
                    }
                }
            }
            Fact::Audit(audit) => {
                let node = node_of(&audit.node);
                self.link(&node, &audit.ancestors);
                let known = self.audit.get(&node);
                if known.is_none_or(|known| !known.carried) {
                    self.audit.insert(node, audit);
                }
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
            Fact::Perimeter(perimeter) => {
                let known = self.perimeters.iter();
                if known.into_iter().all(|known| known.name != perimeter.name) {
                    self.perimeters.push(perimeter);
                }
            }
            Fact::Doubt(doubt) => self.doubts.add(doubt.interest, doubt),
            Fact::Oddity(oddity) => self.oddities.push(oddity),
            Fact::Retired(grant) => self.retired.push(grant),
            Fact::Record(asset_type, record) => self.record(asset_type, record),
            Fact::BucketPolicy(bucket) => {
                self.bucket_policies.insert(canonical(&bucket).into());
            }
        }
    }

    fn record(&mut self, asset_type: Arc<str>, record: Record) {
        let document = record.evidence.document;
        if let Some(owner) = record.owner() {
            self.mentions.add(document, &owner);
        }
        self.link_all(&record.ancestors);
        if let Some(nearest) = record.ancestors.first() {
            // The name of an asset has its project's id, and the ancestors its number.
            if let Some(id) = record
                .named_owner()
                .filter(|id| is_other_spelling(id, nearest))
            {
                self.aliases
                    .entry(nearest.clone())
                    .or_insert_with(|| id.clone());
                self.aliases.entry(id).or_insert_with(|| nearest.clone());
            }
        }
        self.records.entry(asset_type).or_default().add(record);
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
                self.put_below(own, parent);
            }
        }
        for own in [&node.number, &node.id].into_iter().flatten() {
            self.mentions.add(node.evidence.document, own);
        }
        if let Some(domain) = &node.domain {
            self.domains.insert(domain.to_lowercase());
        }
        self.nodes.entry(node.name.clone()).or_insert(node);
    }

    /// Learns the hierarchy from a node and all above it. What follows each other in the input shares it.
    fn link_all(&mut self, nodes: &Arc<[Box<str>]>) {
        if (self.linked.as_ref()).is_some_and(|linked| Arc::ptr_eq(linked, nodes)) {
            return;
        }
        if let Some((nearest, above)) = nodes.split_first() {
            self.link(nearest, above);
        }
        self.linked = Some(nodes.clone());
    }

    fn put_below(&mut self, child: &str, parent: &str) {
        if parent.starts_with("organizations/") && !self.organizations.contains(parent) {
            self.organizations.insert(parent.into());
        }
        self.parents.insert(child.into(), parent.into());
    }

    /// Learns the hierarchy from an asset's ancestors, nearest first.
    fn link(&mut self, node: &str, ancestors: &[Box<str>]) {
        let mut child: &str = node;
        for parent in ancestors {
            if **parent != *child && !self.parents.contains_key(child) {
                self.put_below(child, parent);
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

    /// Whether what has these `ancestors` (nearest first) lies in a service perimeter that restricts `service`. Unknown
    /// while the input holds no perimeter of its organisation, or does not say the project's number.
    pub fn perimeter_of(&self, service: &str, ancestors: &[Box<str>]) -> Truth {
        let node = ancestors.iter().find(|node| node.starts_with("projects/"));
        let Some(node) = node else {
            return Truth::Unknown;
        };
        let project = self.spelling(node);
        let (chain, rooted) = self.lineage(node, ancestors);
        let top = chain.last().filter(|_| rooted);
        // A perimeter that does not say whose it is belongs to the only organisation there is.
        let is_own = |perimeter: &&PerimeterFact| match (&perimeter.organization, top) {
            (Some(theirs), Some(own)) => theirs == own,
            _ => self.organizations.len() < 2,
        };
        let own: Vec<&PerimeterFact> = self.perimeters.iter().filter(is_own).collect();
        let inside = own.iter().any(|perimeter| {
            let (mut services, mut projects) =
                (perimeter.services.iter(), perimeter.projects.iter());
            services.any(|known| **known == *service)
                && projects.any(|known| self.spelling(known) == project)
        });
        let id = project.trim_start_matches("projects/");
        let numbered = id.bytes().all(|byte| byte.is_ascii_digit());
        match inside {
            true => Truth::Yes,
            false if own.is_empty() || !numbered || top.is_none() => Truth::Unknown,
            false => Truth::No,
        }
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

    /// Numbers of all organisations of the input.
    pub fn organizations(&self) -> impl Iterator<Item = &str> {
        let numbers = self
            .nodes
            .values()
            .filter_map(|node| node.number.as_deref());
        numbers.filter_map(|name| name.strip_prefix("organizations/"))
    }

    /// What analyses asked of the assets of one type; `None` if the input holds none, which does not mean that there
    /// are none: see [`Estate::coverage`].
    pub fn records(&self, asset_type: &str) -> Option<&Records> {
        self.records.get(asset_type)
    }

    /// Whether the input holds any asset of a type that an analysis asked for.
    pub fn saw(&self, asset_type: &str) -> bool {
        self.records.contains_key(asset_type)
    }

    /// The node and everything above it, nearest first. The second value says whether the chain is known to
    /// end at an organisation, so that nothing above is missing.
    pub fn lineage(&self, node: &str, ancestors: &[Box<str>]) -> (Vec<Box<str>>, bool) {
        let mut chain: Vec<Box<str>> = Vec::new();
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        let mut next = Some(node);
        let mut given = ancestors.iter().map(AsRef::as_ref);
        while let Some(current) = next {
            if !seen.insert(current) {
                break;
            }
            let parents = &self.parents;
            let parent = parents
                .get(current)
                .or_else(|| parents.get(self.alias(current)?));
            next = parent.map(AsRef::as_ref).or_else(|| {
                given.find(|above| !seen.contains(above) && self.alias(above) != Some(current))
            });
            chain.push(current.into());
        }
        let rooted = chain
            .last()
            .is_some_and(|top| top.starts_with("organizations/"));
        (chain, rooted)
    }
}

/// Whether `id` is a project by its id, and `number` one by its number.
fn is_other_spelling(id: &str, number: &str) -> bool {
    let is_number = |project: &str| project.bytes().all(|byte| byte.is_ascii_digit());
    let project = |node| str::strip_prefix(node, "projects/");
    matches!((project(id), project(number)), (Some(id), Some(number)) if !is_number(id) && is_number(number))
}

/// `//cloudresourcemanager.googleapis.com/projects/1` as `projects/1`.
pub fn node_of(name: &str) -> Box<str> {
    name.strip_prefix("//cloudresourcemanager.googleapis.com/")
        .unwrap_or(name)
        .into()
}
