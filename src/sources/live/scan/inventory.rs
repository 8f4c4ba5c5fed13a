//! Cloud Asset Inventory.

use super::collect::Brought;
use super::node::Node;
use super::plan::Plan;
use super::reach::Reach;
use super::run::Via;
use std::collections::HashSet;

/// What it has.
#[derive(Debug, Default)]
pub(super) struct Inventory {}

impl Inventory {
    pub(super) fn of(&self, _node: &Node) -> Brought {
        Brought::default()
    }
}

/// What came of asking for it.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) inventory: Option<Inventory>,
    pub(super) notes: Vec<String>,
}

pub(super) async fn list(
    _reach: &Reach,
    _plan: &Plan,
    _nodes: &[&Node],
    _names: &HashSet<&str>,
    _via: Via,
) -> Listed {
    Listed::default()
}
