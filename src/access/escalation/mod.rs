//! Who can, in some steps, set the allow policy of a project, folder or organisation without holding
//! that right.
//!
//! A step is a [primitive](super::primitives): taking over a service account, running code under it, calling as
//! it, or widening a custom role. The search runs once, backwards from those who hold the right, so its cost is
//! linear in grants, service accounts and nodes: a right over all accounts of a project leads to one vertex
//! "any account below this node", never to each account.
//!
//! Every path is proven: it rests on permissions that are certainly held, on primitives that need no more than
//! permissions, and on one actor holding all that a step needs (its groups are actors of their own). Paths that
//! would need an unknown role are not told, but counted.

mod graph;
mod permissions;
mod search;
#[cfg(test)]
mod tests;

use super::primitives::{Certainty, Primitive, Scope};
use crate::model::Truth;

pub use permissions::PermissionSet;

/// A node of the resource hierarchy, as far as the search cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Index of the node above; for a service account, its project.
    pub parent: Option<u32>,
}

/// The kinds of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeKind {
    /// The organisation.
    Organization,
    /// A folder.
    Folder,
    /// A project.
    Project,
    /// A service account, as a resource with a policy of its own.
    Account,
}

/// What one grant gives to one principal.
#[derive(Debug, Clone, Copy)]
pub struct Holds {
    /// Index of the principal.
    pub principal: u32,
    /// Index of the node whose policy says so.
    pub node: u32,
    /// The permissions that are certainly held there.
    pub permissions: PermissionSet,
    /// Whether there may be more: the role is unknown, or a condition cannot be decided.
    pub incomplete: bool,
    /// If the role is a custom one, the index of the project or organisation node that owns it.
    pub custom_role_of: Option<u32>,
}

/// A service account, which is a node and a principal.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    /// Its index among the principals.
    pub principal: u32,
    /// Its index among the nodes.
    pub node: u32,
    /// Whether it is enabled. Only an enabled one can be used.
    pub enabled: Truth,
    /// The constraints that are certainly not enforced on its project.
    pub free_of: Constraints,
}

/// A set of the organisation policy constraints that block some primitive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Constraints(pub(super) u8);

/// All that the search looks at. Principals are numbered from 0 to `principals`, nodes by their place.
///
/// Indices beyond the lists are ignored, and so are cycles among parents or groups.
#[derive(Debug, Clone, Default)]
pub struct Landscape {
    /// How many principals there are.
    pub principals: u32,
    /// The hierarchy.
    pub nodes: Vec<Node>,
    /// Who holds what where.
    pub holds: Vec<Holds>,
    /// The service accounts.
    pub accounts: Vec<Account>,
    /// Who certainly belongs to which group, as (member, group), both principals.
    pub memberships: Vec<(u32, u32)>,
}

/// One step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Who acts.
    pub actor: u32,
    /// What it does; none if it just belongs to the group that is reached.
    pub primitive: Option<&'static Primitive>,
    /// The node where it holds all that this takes; the highest such node is not sought.
    pub node: Option<u32>,
    /// What it gains.
    pub gains: Gain,
}

/// What a step gains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gain {
    /// The rights of this principal, a service account or a group.
    Principal(u32),
    /// Tokens of whatever this service account may mint tokens of, without those of the account itself.
    Delegation(u32),
    /// The allow policy of this project, folder or organisation (or of a project or folder below).
    Policy(u32),
}

/// What the search found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Escalations {
    /// Those who have a path, ascending. [`Escalations::path`] tells it.
    pub principals: Vec<u32>,
    /// Those who hold the right already, or belong to a group that does, ascending.
    pub setters: Vec<u32>,
    /// How many of the others hold something unknown, so that a path may exist that is not proven.
    pub undecided: u32,
    /// For each principal, and then for each as a delegate: paths share their ends, so only the next step is kept.
    hops: Vec<Option<Hop>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hop {
    step: Step,
    /// Index of the hop that follows.
    next: Option<usize>,
}

impl Escalations {
    /// The shortest path of `principal`: the steps to the right, the last being its use. Empty if there is none.
    pub fn path(&self, principal: u32) -> impl Iterator<Item = Step> + '_ {
        let first = self.hops.get(principal as usize).copied().flatten();
        let next = |hop: &Hop| self.hops.get(hop.next?).copied().flatten();
        std::iter::successors(first, next).map(|hop| hop.step)
    }
}

/// Finds the shortest ways to set the allow policy of a project, folder or organisation, over primitives that
/// are at least as well documented as `least`.
///
/// The result depends on nothing but the input.
pub fn escalations(landscape: &Landscape, least: Certainty) -> Escalations {
    search::run(landscape, least)
}

impl Constraints {
    /// The set that has the constraint `name` besides; unchanged if no primitive that the search uses is blocked by it.
    #[must_use]
    pub fn with(self, name: &str) -> Constraints {
        match graph::constraints().iter().position(|known| *known == name) {
            Some(index) => Constraints(self.0 | 1 << index),
            None => self,
        }
    }

    /// The names of all constraints that can be in such a set.
    pub fn names() -> &'static [&'static str] {
        graph::constraints()
    }
}

impl Scope {
    /// Whether what is held at a node of this kind can be held on something in this scope, at it or below it.
    fn covers(self, kind: NodeKind) -> bool {
        match self {
            Scope::Account => true,
            Scope::Project | Scope::Hierarchy => kind != NodeKind::Account,
            Scope::Folder => matches!(kind, NodeKind::Folder | NodeKind::Organization),
            Scope::Organization => kind == NodeKind::Organization,
            Scope::Role => matches!(
                kind,
                NodeKind::Project | NodeKind::Folder | NodeKind::Organization
            ),
            Scope::Resource | Scope::Tag | Scope::Pool => false,
        }
    }
}
