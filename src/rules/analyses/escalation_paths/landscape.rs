//! From the estate to the numbers that the search works on.

use super::permissions;
use crate::access::escalation::{
    Account, Constraints, Holds, Landscape, Node, NodeKind, PermissionSet,
};
use crate::catalog::{Wanted, base_name};
use crate::estate::{AccountFact, Estate, GrantFact, Interest};
use crate::model::{Member, MemberKind, Truth, project_of};
use crate::rules::judge::Bench;
use rustc_hash::FxHashMap;

/// With one of these more may be possible than what is held certainly shows: what else it takes may come from a role
/// that is not known in full, from a role that grants nothing else, or from an organisation policy that is missing.
const LEADS_ON: [&str; 3] = [
    "iam.serviceAccounts.actAs",
    "iam.serviceAccountKeys.create",
    "iam.roles.update",
];

/// The estate as the search sees it.
pub(super) struct Land<'e> {
    estate: &'e Estate,
    bench: &'e Bench<'e>,
    nodes: Vec<Node>,
    node_names: Vec<Box<str>>,
    node_numbers: FxHashMap<Box<str>, u32>,
    principals: Vec<Principal<'e>>,
    principal_numbers: FxHashMap<Box<str>, u32>,
    accounts: Vec<Account>,
    held: Vec<Held>,
    roles: FxHashMap<&'e str, PermissionSet>,
    /// By project.
    free_of: FxHashMap<String, Constraints>,
    unnamed: bool,
}

struct Principal<'e> {
    /// As the input spells it first.
    name: Box<str>,
    /// Managed by Google: nobody's own, and no start.
    google: bool,
    /// Its settings are in the input, if it is an account.
    described: bool,
    grants: Vec<&'e GrantFact>,
}

struct Held {
    holds: Holds,
    conditional: bool,
}

impl<'e> Land<'e> {
    /// Takes in the grants, nodes and accounts of the input.
    pub(super) fn survey(bench: &'e Bench<'e>, estate: &'e Estate) -> Land<'e> {
        let mut land = Land {
            estate,
            bench,
            nodes: Vec::new(),
            node_names: Vec::new(),
            node_numbers: FxHashMap::default(),
            principals: Vec::new(),
            principal_numbers: FxHashMap::default(),
            accounts: Vec::new(),
            held: Vec::new(),
            roles: FxHashMap::default(),
            free_of: FxHashMap::default(),
            unnamed: false,
        };
        let mut known: Vec<&AccountFact> = estate.accounts.values().collect();
        known.sort_by(|a, b| a.email.cmp(&b.email));
        let mut emails: FxHashMap<&str, &str> = FxHashMap::default();
        for account in known {
            emails.insert(&account.name, &account.email);
            land.described_account(account);
        }
        let leads_on = PermissionSet::of(LEADS_ON);
        for grant in estate.grants.by(&[Interest::Escalation]) {
            let Some(node) = land.place(grant, &emails) else {
                continue;
            };
            let principal = land.principal(&grant.member);
            let permissions = land.permissions(&grant.role);
            land.principals[principal as usize].grants.push(grant);
            let custom_role_of = owner(&grant.role).map(|owner| land.node(owner, &[]));
            let google = land.is_google(principal);
            land.held.push(Held {
                holds: Holds {
                    principal,
                    node,
                    permissions,
                    incomplete: !google && !permissions.intersection(leads_on).is_empty(),
                    custom_role_of,
                },
                conditional: is_conditional(grant),
            });
        }
        land
    }

    /// The input of the search, with conditional grants or without.
    pub(super) fn landscape(&mut self, conditional: bool) -> Landscape {
        let held = self
            .held
            .iter()
            .filter(|held| conditional || !held.conditional);
        Landscape {
            principals: u32::try_from(self.principals.len()).unwrap_or(u32::MAX),
            nodes: self.nodes.clone(),
            holds: held.map(|held| held.holds).collect(),
            accounts: self.accounts.clone(),
            memberships: Vec::new(),
        }
    }

    /// How many principals hold something and are no accounts of Google.
    pub(super) fn subjects(&self) -> u64 {
        let holds = |principal: &&Principal<'_>| !principal.google && !principal.grants.is_empty();
        self.principals.iter().filter(holds).count() as u64
    }

    pub(super) fn has_conditions(&self) -> bool {
        self.held.iter().any(|held| held.conditional)
    }

    /// Whether there is a policy of a service account whose address the input does not hold.
    pub(super) fn has_unnamed_accounts(&self) -> bool {
        self.unnamed
    }

    pub(super) fn is_google(&self, principal: u32) -> bool {
        self.principals[principal as usize].google
    }

    pub(super) fn is_described(&self, principal: u32) -> bool {
        self.principals[principal as usize].described
    }

    pub(super) fn is_account(&self, node: u32) -> bool {
        self.nodes[node as usize].kind == NodeKind::Account
    }

    pub(super) fn principal_name(&self, principal: u32) -> &str {
        &self.principals[principal as usize].name
    }

    /// `projects/p`, by the id where it is known.
    pub(super) fn node_name(&self, node: u32) -> &str {
        let name = &*self.node_names[node as usize];
        match name.strip_prefix("projects/") {
            Some(_) => self.estate.alias(name).unwrap_or(name),
            None => name,
        }
    }

    /// The grants of a principal in the order of the input.
    pub(super) fn grants_of(&self, principal: u32, conditional: bool) -> Vec<&'e GrantFact> {
        let grants = self.principals[principal as usize].grants.iter().copied();
        grants
            .filter(|grant| conditional || !is_conditional(grant))
            .collect()
    }

    pub(super) fn carries_any<'p>(
        &self,
        role: &str,
        permissions: impl Iterator<Item = &'p str>,
    ) -> bool {
        let held = self.roles.get(role).copied().unwrap_or_default();
        !held.intersection(PermissionSet::of(permissions)).is_empty()
    }

    /// The node of a grant that was taken in.
    pub(super) fn node_of(&self, grant: &GrantFact) -> Option<u32> {
        let node = node_name(&grant.node).map(|node| self.estate.spelling(node));
        self.node_numbers.get(node.unwrap_or(&grant.node)).copied()
    }

    fn place(&mut self, grant: &GrantFact, emails: &FxHashMap<&str, &str>) -> Option<u32> {
        if let Some(node) = node_name(&grant.node) {
            return Some(self.node(node, &grant.ancestors));
        }
        if let Some(known) = self.node_numbers.get(&*grant.node) {
            return Some(*known);
        }
        let (_, id) = grant.node.split_once("/serviceAccounts/")?;
        let email = emails.get(&*grant.node).copied();
        let Some(email) = email.or_else(|| id.contains('@').then_some(id)) else {
            self.unnamed = true;
            return None;
        };
        let project = project_of(&grant.node).map(|project| format!("projects/{project}"));
        let principal = self.principal(&format!("serviceAccount:{email}"));
        let node = match self.account_of(principal) {
            Some(account) => account.node,
            None => self.account(principal, project, &grant.ancestors, Truth::Yes),
        };
        self.node_numbers.insert((&*grant.node).into(), node);
        Some(node)
    }

    /// The number of an organisation, folder or project; those above it are taken in with it.
    fn node(&mut self, name: &str, ancestors: &[Box<str>]) -> u32 {
        let name = self.estate.spelling(name);
        if let Some(known) = self.node_numbers.get(name) {
            return *known;
        }
        let (chain, _) = self.estate.lineage(name, ancestors);
        let mut above: Option<u32> = None;
        for name in chain.iter().rev() {
            let name = self.estate.spelling(name);
            let number = match self.node_numbers.get(name) {
                Some(known) => *known,
                None => self.add_node(name, kind_of(name), above),
            };
            above = Some(number);
        }
        // The chain begins with the node itself, so there is always one.
        above.unwrap_or_default()
    }

    fn add_node(&mut self, name: &str, kind: NodeKind, parent: Option<u32>) -> u32 {
        let number = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node { kind, parent });
        self.node_names.push(name.into());
        self.node_numbers.insert(name.into(), number);
        number
    }

    /// The number of a principal. A service account that is seen for the first time becomes one of the accounts.
    fn principal(&mut self, member: &str) -> u32 {
        let parsed = Member::parse(member);
        let key = match parsed.kind {
            MemberKind::ServiceAccount
            | MemberKind::DefaultServiceAccount
            | MemberKind::ServiceAgent => {
                format!("serviceAccount:{}", parsed.value().to_lowercase())
            }
            MemberKind::User | MemberKind::Group | MemberKind::Domain => member.to_lowercase(),
            _ => member.to_owned(),
        };
        if let Some(known) = self.principal_numbers.get(key.as_str()) {
            return *known;
        }
        let number = u32::try_from(self.principals.len()).unwrap_or(u32::MAX);
        let google = parsed.kind == MemberKind::ServiceAgent;
        self.principals.push(Principal {
            name: member.into(),
            google,
            described: false,
            grants: Vec::new(),
        });
        self.principal_numbers.insert(key.into(), number);
        let is_account = matches!(
            parsed.kind,
            MemberKind::ServiceAccount | MemberKind::DefaultServiceAccount
        );
        if is_account && !google && !self.estate.accounts.contains_key(parsed.value()) {
            let project = parsed
                .service_account_number()
                .or_else(|| parsed.service_account_project());
            let project = project.map(|project| format!("projects/{project}"));
            // The input holds grants to it, so it exists; that it is enabled is the rule, and said to be assumed.
            self.account(number, project, &[], Truth::Yes);
        }
        number
    }

    fn described_account(&mut self, fact: &AccountFact) {
        let principal = self.principal(&format!("serviceAccount:{}", fact.email));
        self.principals[principal as usize].described = true;
        if self.is_google(principal) || self.account_of(principal).is_some() {
            return;
        }
        let project = project_of(&fact.name).map(|project| format!("projects/{project}"));
        let node = self.account(principal, project, &[], Truth::from(!fact.disabled));
        self.node_numbers.insert(fact.name.clone(), node);
    }

    fn account_of(&self, principal: u32) -> Option<&Account> {
        // Accounts are added with ever higher principals, but for those of Google, which are none.
        let at = self
            .accounts
            .binary_search_by_key(&principal, |account| account.principal);
        at.ok().map(|at| &self.accounts[at])
    }

    /// Makes an account of a principal, below its project.
    fn account(
        &mut self,
        principal: u32,
        project: Option<String>,
        ancestors: &[Box<str>],
        enabled: Truth,
    ) -> u32 {
        let parent = project
            .as_deref()
            .map(|project| self.node(project, ancestors));
        let name = format!("account {principal}");
        let node = self.add_node(&name, NodeKind::Account, parent);
        let free_of = match project {
            Some(project) => self.free_of(project, ancestors),
            None => Constraints::default(),
        };
        let account = Account {
            principal,
            node,
            enabled,
            free_of,
        };
        let at = self
            .accounts
            .partition_point(|known| known.principal < principal);
        self.accounts.insert(at, account);
        node
    }

    /// The constraints that are certainly not enforced on a project.
    fn free_of(&mut self, project: String, ancestors: &[Box<str>]) -> Constraints {
        if let Some(known) = self.free_of.get(project.as_str()) {
            return *known;
        }
        let node = self.estate.spelling(&project);
        let (chain, _) = self.estate.lineage(node, ancestors);
        let free = Constraints::names()
            .iter()
            .filter(|name| self.estate.enforced_above(name, &chain) == Truth::No)
            .fold(Constraints::default(), |set, name| set.with(name));
        self.free_of.insert(project, free);
        free
    }

    /// What a role certainly carries of what steps take.
    fn permissions(&mut self, role: &'e str) -> PermissionSet {
        if let Some(known) = self.roles.get(role) {
            return *known;
        }
        let set = match self.bench.roles.permissions(role) {
            Some(all) => PermissionSet::of(all),
            None => PermissionSet::of(permissions().into_iter().filter(|permission| {
                Wanted::parse(&[(*permission).to_owned()])
                    .is_ok_and(|wanted| self.bench.roles.carries(role, &wanted).truth == Truth::Yes)
            })),
        };
        self.roles.insert(role, set);
        set
    }
}

/// A condition, or one that was lost when the policy was read below version 3.
fn is_conditional(grant: &GrantFact) -> bool {
    grant.condition.is_some() || base_name(&grant.role) != &*grant.role
}

/// `projects/1` of the full name of a node of the hierarchy.
fn node_name(name: &str) -> Option<&str> {
    name.strip_prefix("//cloudresourcemanager.googleapis.com/")
}

/// The project or organisation that owns a custom role.
fn owner(role: &str) -> Option<&str> {
    let (owner, _) = base_name(role).split_once("/roles/")?;
    let owner = owner.strip_prefix("//iam.googleapis.com/").unwrap_or(owner);
    (owner.starts_with("projects/") || owner.starts_with("organizations/")).then_some(owner)
}

fn kind_of(node: &str) -> NodeKind {
    if node.starts_with("organizations/") {
        NodeKind::Organization
    } else if node.starts_with("folders/") {
        NodeKind::Folder
    } else {
        NodeKind::Project
    }
}
