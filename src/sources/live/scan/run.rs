//! A scan: the hierarchy, and then its nodes side by side, each a block of the snapshot.
//!
//! What is held in memory are the units under way and the list of nodes, never what was read of all of them.

use super::super::client::Client;
use super::super::storage::Storage;
use super::super::{Trouble, TroubleKind};
use super::ask::Asker;
use super::brought::Brought;
use super::collect::{Read, Unit};
use super::hierarchy::{self, Hierarchy};
use super::inventory::Inventory;
use super::missing::{self, Failed};
use super::node::Node;
use super::plan::Plan;
use super::reach::{Reach, cancelled};
use super::scope::Scope;
use crate::sources::snapshot::Block;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::task::JoinSet;

/// The name of the unit that says what is missing of the hierarchy.
pub const HIERARCHY: &str = "hierarchy";

/// By which way assets are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Via {
    /// Cloud Asset Inventory for what it has; where it is refused, that is missing.
    AssetInventory,
    /// The APIs of the services.
    Apis,
    /// Cloud Asset Inventory, or the APIs where it is refused.
    #[default]
    Auto,
}

/// How a scan goes about it.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// By which way.
    pub via: Via,
    /// Calls under way at once. Half as many units are.
    pub width: usize,
}

/// How far a scan has come.
#[derive(Debug, Default)]
pub struct Progress {
    /// Units read.
    pub done: AtomicU64,
    /// Units to read; 0 while the hierarchy is not known.
    pub units: AtomicU64,
}

/// What a scan has to say besides what it read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Resources that were deleted between a list and the question about them.
    pub gone: u64,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// A scan of a scope.
#[derive(Debug)]
pub struct Scan {
    asker: Asker,
    plan: Arc<Plan>,
    scope: Scope,
    settings: Settings,
    progress: Arc<Progress>,
}

impl Scan {
    /// A scan of `scope` that makes the calls of `plan`, until the client is stopped.
    pub fn new(
        client: Client,
        storage: Storage,
        plan: Plan,
        scope: Scope,
        settings: Settings,
    ) -> Scan {
        let reach = Reach::new(client, settings.width);
        Scan {
            asker: Asker { reach, storage },
            plan: Arc::new(plan),
            scope,
            settings,
            progress: Arc::default(),
        }
    }

    /// How far it has come.
    pub fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// The calls that it makes.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The way to the APIs.
    pub(super) fn reach(&self) -> &Reach {
        &self.asker.reach
    }

    /// Finds out what the scope is. What cannot be found is missing in the result.
    pub async fn hierarchy(&self) -> Hierarchy {
        hierarchy::find(self.reach(), &self.scope).await
    }

    /// Reads the hierarchy's nodes that are `wanted`, and gives a block for each to `append`, in no particular order;
    /// the first is that of the hierarchy itself, if it is wanted.
    ///
    /// # Errors
    /// The first of `append`; nothing is read any more then.
    pub async fn read<E>(
        &self,
        hierarchy: &Hierarchy,
        wanted: impl Fn(&str) -> bool,
        mut append: impl FnMut(Block) -> Result<(), E>,
    ) -> Result<Summary, E> {
        let mut summary = Summary::default();
        if wanted(HIERARCHY) {
            append(Block {
                unit: HIERARCHY.to_owned(),
                missing: hierarchy.missing.clone(),
                ..Block::default()
            })?;
        }
        let names: HashSet<&str> = hierarchy.nodes.iter().map(Node::name).collect();
        let nodes: Vec<&Node> = hierarchy
            .nodes
            .iter()
            .filter(|node| wanted(&node.unit))
            .collect();
        let count = nodes.len() as u64;
        self.progress.units.store(count, Ordering::Relaxed);
        let mut inventory = self.inventory(hierarchy, &nodes, &mut summary).await;
        // What only the inventory tells is missing, unless its refusal says that it is not to be used.
        let lost = match &inventory {
            Listing::Failed(trouble) if !self.plan.only_inventoried().is_empty() => Some(trouble),
            _ => None,
        };
        let lost = lost.filter(|trouble| !is_refusal(trouble)).cloned();
        let mut nodes = nodes.into_iter();
        let mut running: JoinSet<Read> = JoinSet::new();
        let side_by_side = (self.settings.width / 2).max(1);
        loop {
            while running.len() < side_by_side
                && let Some(node) = nodes.next()
            {
                if self.reach().client.stop().is_stopped() {
                    append(unread(node))?;
                    self.progress.done.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
                let parent = node.ancestors.get(1);
                let topmost = !parent.is_some_and(|parent| names.contains(&**parent));
                let brought = match (&mut inventory, &lost) {
                    (Listing::Whole(found), _) => found.of(node),
                    (_, Some(trouble)) => Brought::failed(node, trouble),
                    _ => Brought::default(),
                };
                let unit = Unit::new(
                    self.asker.clone(),
                    Arc::clone(&self.plan),
                    Arc::new(node.clone()),
                    topmost,
                    brought,
                );
                running.spawn(unit.read());
            }
            match running.join_next().await {
                Some(Ok(read)) => {
                    summary.gone += read.gone;
                    append(read.block)?;
                    self.progress.done.fetch_add(1, Ordering::Relaxed);
                }
                Some(Err(error)) => {
                    if let Ok(panic) = error.try_into_panic() {
                        std::panic::resume_unwind(panic);
                    }
                }
                None => return Ok(summary),
            }
        }
    }

    /// What Cloud Asset Inventory has, if it is to be asked and answers.
    async fn inventory(
        &self,
        hierarchy: &Hierarchy,
        nodes: &[&Node],
        summary: &mut Summary,
    ) -> Listing {
        if self.settings.via == Via::Apis || nodes.is_empty() {
            return Listing::Unasked;
        }
        let tops = tops(&hierarchy.nodes, nodes);
        let fall_back = self.settings.via == Via::Auto;
        match Inventory::list(&self.asker, &self.plan, &tops, nodes, fall_back).await {
            Ok(Some(inventory)) => Listing::Whole(inventory),
            Ok(None) => Listing::Unasked,
            Err(trouble) => {
                summary.notes.push(format!(
                    "Cloud Asset Inventory could not be used, so each service was asked by itself: {}",
                    missing::line(&trouble.message)
                ));
                let lost = self.plan.only_inventoried().len();
                if lost > 0 {
                    summary.notes.push(format!(
                        "not read, as only the inventory tells it: settings or allow policies of {lost} asset {}",
                        if lost == 1 { "type" } else { "types" }
                    ));
                }
                Listing::Failed(trouble)
            }
        }
    }
}

/// What came of asking Cloud Asset Inventory.
enum Listing {
    /// It was not asked.
    Unasked,
    /// It answered; what it failed to list stands in it.
    Whole(Inventory),
    /// It did not, and the services are asked.
    Failed(Trouble),
}

/// Whether the caller may not use it, or it is not enabled.
fn is_refusal(trouble: &Trouble) -> bool {
    matches!(trouble.kind, TroubleKind::Denied | TroubleKind::Disabled)
}

/// The nodes to list so that everything of the `wanted` ones comes: these themselves without what lies below one of
/// them, or the topmost of the whole hierarchy where that takes fewer requests. What comes of others is dropped then.
fn tops<'n>(hierarchy: &'n [Node], wanted: &[&'n Node]) -> Vec<&'n Node> {
    // A page holds a thousand assets, which is what some ten projects have.
    const NODES_OF_A_PAGE: usize = 10;
    let own = topmost(wanted.iter().copied());
    let all = topmost(hierarchy);
    let few = own.len() <= all.len() || own.len() * NODES_OF_A_PAGE <= hierarchy.len();
    if few { own } else { all }
}

/// The nodes above which there is no other of them.
fn topmost<'n>(nodes: impl IntoIterator<Item = &'n Node> + Clone) -> Vec<&'n Node> {
    let names: HashSet<&str> = nodes.clone().into_iter().map(Node::name).collect();
    let is_below = |node: &Node| {
        let mut above = node.ancestors.iter().skip(1);
        above.any(|name| names.contains(&**name))
    };
    nodes.into_iter().filter(|node| !is_below(node)).collect()
}

/// A unit that was not begun.
fn unread(node: &Node) -> Block {
    let resource = node.full_name();
    let failed = Failed {
        call: "",
        permission: None,
        resource: Some(&resource),
        project: None,
    };
    Block {
        unit: node.unit.clone(),
        missing: vec![failed.missing(&cancelled(""))],
        ..Block::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Node, tops};
    use std::sync::Arc;

    fn node(line: &[&str]) -> Node {
        Node {
            unit: line[0].to_owned(),
            ancestors: line.iter().copied().map(Arc::from).collect(),
            data: None,
        }
    }

    #[test]
    fn whatever_is_wanted_lies_below_what_is_listed() {
        let mut nodes = vec![
            node(&["organizations/1"]),
            node(&["folders/2", "organizations/1"]),
        ];
        for number in 0..30 {
            let name = format!("projects/{number}");
            nodes.push(node(&[&name, "folders/2", "organizations/1"]));
        }
        let listed = |from: usize, to: usize| {
            let wanted: Vec<&_> = nodes[from..to].iter().collect();
            let tops = tops(&nodes, &wanted);
            tops.iter()
                .map(|node| node.name().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(listed(0, 32), ["organizations/1"]);
        assert_eq!(listed(1, 32), ["folders/2"], "the organisation is known");
        assert_eq!(listed(2, 4), ["projects/0", "projects/1"], "two of many");
        assert_eq!(listed(2, 22), ["organizations/1"], "most of them");
        assert!(listed(0, 0).is_empty());
    }
}
