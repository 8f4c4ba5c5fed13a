//! What a scan would be refused, asked before it.
//!
//! `testIamPermissions` tells which of some permissions the caller holds on a node. What is held on a node is held on
//! everything below it, unless a deny policy takes it away there; so the topmost nodes of a scope are asked, and no
//! others.

use super::super::calls::{Call, Per};
use super::super::client::Request;
use super::super::{Trouble, TroubleKind};
use super::hierarchy::Hierarchy;
use super::missing::Failed;
use super::node::{Kind, Node};
use super::plan::Plan;
use super::reach::{Reach, in_order};
use super::run::Scan;
use crate::sources::snapshot::Missing;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// So many permissions are asked about at once; the API takes a hundred.
const BATCH: usize = 100;

/// What the caller may not do.
#[derive(Debug, Default)]
pub struct Preflight {
    /// What would be refused, by permission.
    pub refused: BTreeMap<&'static str, Refused>,
    /// Permissions that these nodes cannot be asked about.
    pub untested: BTreeSet<&'static str>,
    /// Nodes that could not be asked.
    pub missing: Vec<Missing>,
    /// Nodes that were asked.
    pub nodes: Vec<String>,
}

/// A permission that is missing.
#[derive(Debug, Default)]
pub struct Refused {
    /// On which nodes.
    pub nodes: Vec<String>,
    /// The calls that need it.
    pub calls: Vec<&'static str>,
}

impl Scan {
    /// Asks which of the permissions that the scan needs the caller does not hold on the topmost nodes of the scope.
    pub async fn preflight(&self, hierarchy: &Hierarchy) -> Preflight {
        let names: HashSet<&str> = hierarchy.nodes.iter().map(Node::name).collect();
        let topmost = |node: &&Node| {
            let parent = node.ancestors.get(1);
            !parent.is_some_and(|parent| names.contains(&**parent))
        };
        let nodes: Vec<Node> = hierarchy.nodes.iter().filter(topmost).cloned().collect();
        let mut found = Preflight::default();
        let asked = in_order(nodes, 8, |node| {
            let reach = self.reach().clone();
            let permissions = needed(self.plan(), node.kind());
            async move {
                let names: Vec<&'static str> = permissions.keys().copied().collect();
                let mut answer = Answer::default();
                for batch in names.chunks(BATCH) {
                    test(&reach, &node, batch, &mut answer).await;
                }
                (node, permissions, answer)
            }
        })
        .await;
        for (node, permissions, answer) in asked {
            for permission in answer.refused {
                let refused = found.refused.entry(permission).or_default();
                refused.nodes.push(node.unit.clone());
                for call in permissions.get(permission).into_iter().flatten() {
                    if !refused.calls.contains(call) {
                        refused.calls.push(call);
                    }
                }
            }
            found.untested.extend(answer.untested);
            if let Some(trouble) = answer.trouble {
                let (kind, _) = node.unit.split_once('/').unwrap_or_default();
                let resource = node.full_name();
                let failed = Failed {
                    call: &format!("cloudresourcemanager.{kind}.testIamPermissions"),
                    permission: None,
                    resource: Some(&resource),
                    project: (node.kind() == Kind::Project).then(|| node.id()),
                };
                found.missing.push(failed.missing(&trouble));
            }
            found.nodes.push(node.unit);
        }
        found
    }
}

#[derive(Default)]
struct Answer {
    refused: Vec<&'static str>,
    untested: Vec<&'static str>,
    trouble: Option<Trouble>,
}

/// Asks about `permissions`. One that does not exist for the node makes the API reject the question, so it is asked in
/// halves until that one is found.
async fn test(reach: &Reach, node: &Node, permissions: &[&'static str], answer: &mut Answer) {
    let mut waiting = vec![permissions];
    while let Some(batch) = waiting.pop() {
        if batch.is_empty() || answer.trouble.is_some() {
            continue;
        }
        let request = Request {
            service: "cloudresourcemanager",
            path: format!("/v3/{}:testIamPermissions", node.name()),
            query: Vec::new(),
            body: Some(json!({ "permissions": batch })),
            budget: None,
        };
        match reach.call(&request).await {
            Ok(held) => {
                let held = held.get("permissions").and_then(Value::as_array);
                let held: BTreeSet<&str> = held
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                let refused = batch.iter().filter(|one| !held.contains(**one));
                answer.refused.extend(refused);
            }
            Err(trouble) if trouble.kind == TroubleKind::Rejected => match batch {
                [one] => answer.untested.push(one),
                several => {
                    let (first, second) = several.split_at(several.len() / 2);
                    waiting.push(second);
                    waiting.push(first);
                }
            },
            Err(trouble) => answer.trouble = Some(trouble),
        }
    }
}

/// What a scan of a node of `kind` and all below it needs, and for which calls.
fn needed(plan: &Plan, kind: Kind) -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut needed: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
    for call in plan.calls() {
        if !is_made_below(call, kind) {
            continue;
        }
        for permission in call.permissions {
            needed.entry(permission).or_default().push(call.id);
        }
    }
    needed
}

/// Whether a call is made for a node of `kind` or something below it.
fn is_made_below(call: &'static Call, kind: Kind) -> bool {
    let mut root = call;
    while let Some(parent) = root.parent() {
        root = parent;
    }
    match root.per {
        Per::Organization => kind == Kind::Organization,
        Per::Folder => kind != Kind::Project,
        Per::Project | Per::Node | Per::Constraint | Per::Each(_) => true,
        Per::Scan => match call.id {
            "cloudresourcemanager.organizations.get" => kind == Kind::Organization,
            "cloudresourcemanager.folders.get" => kind == Kind::Folder,
            "cloudresourcemanager.folders.list" | "cloudresourcemanager.projects.list" => {
                kind != Kind::Project
            }
            "cloudresourcemanager.projects.get" => kind == Kind::Project,
            // A search gives what the caller may see, whatever that is.
            id => id.starts_with("cloudasset."),
        },
    }
}
