//! The grants and doubts that the judges kept for an analysis, by the node that they stand on.

use crate::estate::{DoubtFact, Estate, GrantFact, Interest};
use crate::model::{canonical, short_name};
use indexmap::IndexMap;
use rustc_hash::FxHashSet;

/// The one name by which a node is looked up: `projects/1` (by its number, if that is known) for a node of the
/// hierarchy, the canonical full name for anything else.
pub(super) fn place(name: &str, estate: &Estate) -> Box<str> {
    match name.strip_prefix("//cloudresourcemanager.googleapis.com/") {
        Some(node) => estate.spelling(node).into(),
        None => canonical(name).into(),
    }
}

/// What people call a node: a project by its id, if that is known.
pub(super) fn title(name: &str, estate: &Estate) -> String {
    let short = short_name(name);
    let is_number = |project: &str| project.bytes().all(|byte| byte.is_ascii_digit());
    let number = short.strip_prefix("projects/").filter(|p| is_number(p));
    let id = number.and_then(|_| estate.alias(&short));
    id.map_or_else(|| short.into_owned(), str::to_owned)
}

/// What was kept for some interests.
#[derive(Default)]
pub(super) struct Kept<'e> {
    grants: IndexMap<Box<str>, Vec<&'e GrantFact>>,
    doubts: IndexMap<Box<str>, &'e DoubtFact>,
    /// Nodes of the hierarchy whose allow policy the input holds.
    policies: FxHashSet<Box<str>>,
}

impl<'e> Kept<'e> {
    /// Collects it, in the order of the input.
    pub(super) fn new(estate: &'e Estate, interests: &[Interest]) -> Kept<'e> {
        let mut kept = Kept::default();
        for grant in estate.grants.by(interests) {
            let node = place(&grant.node, estate);
            kept.grants.entry(node).or_default().push(grant);
        }
        for doubt in estate.doubts.by(interests) {
            kept.doubts
                .entry(place(&doubt.node, estate))
                .or_insert(doubt);
        }
        for node in estate.audit.keys() {
            kept.policies.insert(estate.spelling(node).into());
        }
        kept
    }

    /// Every node with grants.
    pub(super) fn nodes(&self) -> impl Iterator<Item = (&str, &[&'e GrantFact])> {
        let nodes = self.grants.iter();
        nodes.map(|(node, grants)| (&**node, grants.as_slice()))
    }

    /// The grants on a node.
    pub(super) fn at(&self, node: &str) -> impl Iterator<Item = &'e GrantFact> {
        self.grants.get(node).into_iter().flatten().copied()
    }

    /// Why the grants on a node are not known, if something of them is not.
    pub(super) fn doubt(&self, node: &str) -> Option<&'e DoubtFact> {
        self.doubts.get(node).copied()
    }

    /// The doubts about nodes that have no grant.
    pub(super) fn only_doubtful(&self) -> impl Iterator<Item = &'e DoubtFact> {
        let doubts = self.doubts.iter();
        doubts
            .filter(|(node, _)| !self.grants.contains_key(*node))
            .map(|(_, doubt)| *doubt)
    }

    /// Whether there is a grant or a doubt on a node.
    pub(super) fn speaks_of(&self, node: &str) -> bool {
        self.grants.contains_key(node) || self.doubts.contains_key(node)
    }

    /// Whether the input holds the allow policy of a node of the hierarchy.
    pub(super) fn holds_policy(&self, node: &str) -> bool {
        self.policies.contains(node)
    }

    /// The nodes of the hierarchy whose allow policy the input holds.
    pub(super) fn policies(&self) -> impl Iterator<Item = &str> {
        self.policies.iter().map(AsRef::as_ref)
    }
}

/// A node and everything above it, as they are looked up; and whether that is known up to the organisation.
/// `ancestors` are those of the node's asset.
pub(super) fn chain(node: &str, ancestors: &[Box<str>], estate: &Estate) -> (Vec<Box<str>>, bool) {
    let spelled = |nodes: Vec<Box<str>>| -> Vec<Box<str>> {
        let nodes = nodes.iter();
        nodes.map(|node| estate.spelling(node).into()).collect()
    };
    if !node.starts_with("//") {
        let (nodes, rooted) = estate.lineage(node, ancestors);
        return (spelled(nodes), rooted);
    }
    let mut all = vec![Box::from(node)];
    let Some(first) = ancestors.first() else {
        return (all, false);
    };
    let (nodes, rooted) = estate.lineage(first, ancestors);
    all.extend(spelled(nodes));
    (all, rooted)
}
