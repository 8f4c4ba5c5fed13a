//! The nodes of the hierarchy that an analysis judges one by one.

use crate::estate::{Estate, Evidence, NodeFact};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The nodes that are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum On {
    /// Organisations.
    #[default]
    Organization,
    /// Projects.
    Project,
}

impl On {
    /// What their names begin with.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            On::Organization => "organizations/",
            On::Project => "projects/",
        }
    }

    /// What they are called, of several.
    pub(super) fn plural(self) -> &'static str {
        match self {
            On::Organization => "organisations",
            On::Project => "projects",
        }
    }
}

/// A node that is judged.
pub(super) struct Subject<'e> {
    pub(super) ancestors: &'e [Box<str>],
    /// Where the input speaks of it first.
    pub(super) evidence: &'e Evidence,
}

/// The nodes to judge, each once under its one spelling: those whose settings, allow policy or organisation policies
/// the input holds. What is marked for deletion is none.
pub(super) fn subjects(on: On, estate: &Estate) -> BTreeMap<&str, Subject<'_>> {
    let mut subjects: BTreeMap<&str, Subject<'_>> = BTreeMap::new();
    let is_meant = |node: &str| {
        let id = node.strip_prefix(on.prefix());
        id.is_some_and(|id| !id.contains('/'))
    };
    let mut deleted = Vec::new();
    // In a stable order: of several documents about one node the first counts.
    let mut nodes: Vec<&NodeFact> = estate.nodes.values().collect();
    nodes.sort_by_key(|node| (node.evidence.document, node.evidence.location));
    for node in nodes {
        let own = node.number.as_deref().or(node.id.as_deref());
        let own = own.map(|own| estate.spelling(own));
        let Some(name) = own.filter(|own| is_meant(own)) else {
            continue;
        };
        if node.deleted {
            deleted.push(name);
        } else {
            subjects.entry(name).or_insert(Subject {
                ancestors: &[],
                evidence: &node.evidence,
            });
        }
    }
    let mut audits: Vec<_> = estate.audit.iter().collect();
    audits.sort_by_key(|(_, audit)| (audit.evidence.document, audit.evidence.location));
    let mut policies: Vec<_> = estate
        .org_policies
        .values()
        .chain(estate.evaluated.values())
        .collect();
    policies.sort_by_key(|policy| (policy.evidence.document, policy.evidence.location));
    let audits = audits
        .into_iter()
        .map(|(node, audit)| (&**node, &*audit.ancestors, &audit.evidence));
    let policies = policies
        .into_iter()
        .map(|policy| (&*policy.node, &[][..], &policy.evidence));
    for (node, ancestors, evidence) in audits.chain(policies) {
        let name = estate.spelling(node);
        if is_meant(name) && !deleted.contains(&name) {
            subjects.entry(name).or_insert(Subject {
                ancestors,
                evidence,
            });
        }
    }
    subjects
}
