//! The keys and key rings of the input, and the policies that hold for them.
//!
//! Inventories leave out resources whose policy is empty. So the policy of a key counts as known where the input holds
//! the policy of any key or key ring of the same project.

use super::super::Verdicts;
use super::super::kept::Kept;
use super::{KEY, RING};
use crate::estate::{Estate, Evidence, GrantFact, Interest, Records};
use crate::model::{GapReason, project_of};
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

const NO_POLICY: &str = "the input does not hold the allow policies of some keys";

pub(super) struct Keys<'e> {
    pub(super) estate: &'e Estate,
    /// The grants that the question is about.
    asked: Kept<'e>,
    /// Keys and key rings, by full name.
    known: BTreeMap<&'e str, Known<'e>>,
    /// Projects, as names of keys spell them, of which the input holds the policy of any key or key ring.
    policies: FxHashSet<&'e str>,
}

struct Known<'e> {
    ancestors: &'e [Box<str>],
    evidence: &'e Evidence,
}

/// A project that holds keys.
pub(super) struct Holder<'e> {
    /// As the names of its keys spell it.
    pub(super) spelt: String,
    /// Where the input speaks of one of its keys.
    pub(super) evidence: &'e Evidence,
}

impl<'e> Keys<'e> {
    /// `asked` is what the question is about, `any` are grants on keys and key rings.
    pub(super) fn new(estate: &'e Estate, asked: Interest, any: Interest) -> Keys<'e> {
        let mut known = BTreeMap::new();
        let records = [KEY, RING].into_iter();
        let records = records.filter_map(|kind| estate.records(kind));
        for record in records.flat_map(Records::iter) {
            known.entry(&*record.name).or_insert(Known {
                ancestors: &record.ancestors,
                evidence: &record.evidence,
            });
        }
        let mut policies = FxHashSet::default();
        for grant in estate.grants.by(&[any]) {
            policies.extend(project_of(&grant.node));
            known.entry(&*grant.node).or_insert(Known {
                ancestors: &grant.ancestors,
                evidence: &grant.evidence,
            });
        }
        Keys {
            estate,
            asked: Kept::new(estate, &[asked]),
            known,
            policies,
        }
    }

    /// The keys and key rings of the input, with a place where it speaks of them.
    pub(super) fn known(&self) -> impl Iterator<Item = (&'e str, &'e Evidence)> {
        let known = self.known.iter();
        known.map(|(name, known)| (*name, known.evidence))
    }

    /// The nodes above a key or a ring: its own, or those of its neighbours where the input does not hold it.
    fn ancestors(&self, name: &str) -> &'e [Box<str>] {
        let own = self.known.get(name);
        let neighbour = || {
            let mut known = self.known.iter();
            known.find(|(other, _)| project_of(other) == project_of(name))
        };
        let known = own.or_else(|| neighbour().map(|(_, known)| known));
        known.map_or(&[], |known| known.ancestors)
    }

    /// The project of a key: as its name spells it, and as the node that it is.
    fn project(&self, name: &str) -> (String, Box<str>) {
        let spelt = format!("projects/{}", project_of(name).unwrap_or_default());
        let ancestors = self.ancestors(name).first();
        let node = ancestors.filter(|node| node.starts_with("projects/"));
        let node = node.map_or(spelt.as_str(), |node| node);
        let node = self.estate.spelling(node).into();
        (spelt, node)
    }

    /// Where grants hold for a key: on itself, its ring, its project and everything above.
    pub(super) fn above(&self, key: &str) -> Vec<Box<str>> {
        let (spelt, node) = self.project(key);
        let ring = key.split_once("/cryptoKeys/").map(|(ring, _)| ring);
        let mut places: Vec<Box<str>> = [Some(key), ring]
            .into_iter()
            .flatten()
            .map(Box::from)
            .collect();
        if *spelt != *node {
            places.push(spelt.into());
        }
        let (nodes, _) = self.estate.lineage(&node, self.ancestors(key));
        places.extend(
            nodes
                .iter()
                .map(|node| Box::from(self.estate.spelling(node))),
        );
        places
    }

    /// The grants on these places that the question is about.
    pub(super) fn grants(&self, places: &[Box<str>]) -> impl Iterator<Item = &'e GrantFact> {
        places.iter().flat_map(|place| self.asked.at(place))
    }

    /// Says of a key in which nothing was found whether that is known.
    pub(super) fn settle(
        &self,
        key: &str,
        places: &[Box<str>],
        evidence: Option<&Evidence>,
        verdicts: &mut Verdicts<'_>,
    ) {
        let doubt = places.iter().find_map(|place| self.asked.doubt(place));
        let told = project_of(key).is_some_and(|project| self.policies.contains(project));
        match (doubt, told, evidence) {
            (Some(doubt), _, _) => verdicts.doubt(doubt),
            (None, true, _) => verdicts.pass(),
            (None, false, Some(evidence)) => {
                verdicts.unknown(GapReason::InputMissing, NO_POLICY, key, evidence);
            }
            (None, false, None) => verdicts.missing_input(NO_POLICY, 1),
        }
    }

    /// The projects that hold keys, by the node that each is.
    pub(super) fn projects(&self) -> BTreeMap<Box<str>, Holder<'e>> {
        let mut projects = BTreeMap::new();
        for (name, known) in &self.known {
            let (spelt, node) = self.project(name);
            let evidence = known.evidence;
            projects.entry(node).or_insert(Holder { spelt, evidence });
        }
        projects
    }

    /// Whether the input holds the allow policy of one of the nodes.
    pub(super) fn holds_policy(&self, nodes: &[Box<str>]) -> bool {
        nodes.iter().any(|node| self.asked.holds_policy(node))
    }

    /// The nodes that have grants which the question is about.
    pub(super) fn owned(&self) -> impl Iterator<Item = &str> {
        self.asked.nodes().map(|(node, _)| node)
    }
}

pub(super) fn is_key(name: &str) -> bool {
    name.contains("/cryptoKeys/")
}
