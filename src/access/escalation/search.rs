//! Breadth-first search, backwards from those who can set a policy.
//!
//! Vertices: an actor; an actor as a delegate, of whom only minting tokens counts; "some account below node n can be
//! used", once for each constraint that a primitive may depend on; and the same for delegates. Group
//! membership and the tree of nodes cost nothing, every primitive costs one step.

use super::graph::{self, Edge, Edges};
use super::{Account, Escalations, Gain, Hop, Landscape, Step};
use crate::access::primitives::{Certainty, Primitive};
use crate::model::Truth;
use std::collections::VecDeque;

const MINT: &str = "iam.serviceAccounts.getAccessToken";

/// How a vertex leads on towards the goal.
#[derive(Debug, Clone, Copy)]
enum Via {
    /// Index of the right to set a policy.
    Sets(u32),
    /// Index of the right to widen a custom role.
    Widens(u32),
    /// Principal that is a group.
    Group(u32),
    /// Index of the edge that takes over an account.
    Takes(u32),
    /// Index of the edge that uses an account as delegate.
    Delegates(u32),
    /// Down the tree to this actor, or delegate.
    Down(usize),
}

struct Search<'l> {
    landscape: &'l Landscape,
    edges: Edges,
    /// By principal.
    accounts: Vec<Option<&'l Account>>,
    /// As (group, member), sorted.
    members: Vec<(u32, u32)>,
    via: Vec<Option<Via>>,
    now: VecDeque<usize>,
    next: Vec<(usize, Via)>,
}

pub(super) fn run(landscape: &Landscape, least: Certainty) -> Escalations {
    let principals = landscape.principals;
    let layers = graph::constraints().len() + 1;
    let vertices = 2 * principals as usize + (layers + 1) * landscape.nodes.len();
    let mut accounts = vec![None; principals as usize];
    for account in &landscape.accounts {
        if let Some(slot) = accounts.get_mut(account.principal as usize)
            && (account.node as usize) < landscape.nodes.len()
        {
            *slot = Some(account);
        }
    }
    let mut members: Vec<_> = landscape
        .memberships
        .iter()
        .map(|&(member, group)| (group, member))
        .collect();
    members.retain(|&(group, member)| group < principals && member < principals);
    members.sort_unstable();

    let edges = graph::edges(landscape, least);
    let mut search = Search {
        landscape,
        edges,
        accounts,
        members,
        via: vec![None; vertices],
        now: VecDeque::new(),
        next: Vec::new(),
    };
    for index in 0..search.edges.setters.len() {
        let actor = search.edges.setters[index].actor as usize;
        search.reach(actor, Via::Sets(index as u32));
    }
    search.settle();
    let setters: Vec<u32> = (0..principals)
        .filter(|p| search.via[*p as usize].is_some())
        .collect();

    let wideners = search.edges.wideners.iter().enumerate();
    let mut next: Vec<_> = wideners
        .map(|(i, right)| (right.actor as usize, Via::Widens(i as u32)))
        .collect();
    next.append(&mut search.next);
    search.next = next;
    while !search.next.is_empty() {
        for (vertex, via) in std::mem::take(&mut search.next) {
            search.reach(vertex, via);
        }
        search.settle();
    }
    let is_setter = |p: &u32| setters.binary_search(p).is_ok();
    let principals = (0..principals)
        .filter(|p| search.via[*p as usize].is_some() && !is_setter(p) && search.can_start(*p))
        .collect();
    let mut unknown: Vec<u32> = landscape
        .holds
        .iter()
        .filter(|h| h.incomplete && h.principal < landscape.principals)
        .map(|h| h.principal)
        .filter(|p| search.via[*p as usize].is_none())
        .collect();
    unknown.sort_unstable();
    unknown.dedup();
    let hops = (0..2 * search.accounts.len())
        .map(|vertex| search.hop(vertex))
        .collect();
    Escalations {
        principals,
        setters,
        undecided: unknown.len() as u32,
        hops,
    }
}

/// What the number of a vertex stands for.
enum Vertex {
    Actor(u32),
    Delegate(u32),
    Below { layer: usize, node: u32 },
    DelegateBelow(u32),
}

impl Search<'_> {
    fn layers(&self) -> usize {
        graph::constraints().len() + 1
    }

    fn delegate(&self, actor: u32) -> usize {
        self.accounts.len() + actor as usize
    }

    /// "Some account at or below `node` can be used", by primitives of `layer`; the last layer is for delegates.
    fn below(&self, layer: usize, node: u32) -> usize {
        2 * self.accounts.len() + layer * self.landscape.nodes.len() + node as usize
    }

    fn vertex(&self, number: usize) -> Vertex {
        let actors = self.accounts.len();
        if number < actors {
            return Vertex::Actor(number as u32);
        }
        if number < 2 * actors {
            return Vertex::Delegate((number - actors) as u32);
        }
        let number = number - 2 * actors;
        // There is at least one node, or there were no such vertex.
        let nodes = self.landscape.nodes.len().max(1);
        let (layer, node) = (number / nodes, (number % nodes) as u32);
        if layer == self.layers() {
            Vertex::DelegateBelow(node)
        } else {
            Vertex::Below { layer, node }
        }
    }

    fn reach(&mut self, vertex: usize, via: Via) {
        if let Some(slot @ None) = self.via.get_mut(vertex) {
            *slot = Some(via);
            self.now.push_back(vertex);
        }
    }

    /// Follows everything that costs no step, and notes what costs one.
    fn settle(&mut self) {
        while let Some(number) = self.now.pop_front() {
            match self.vertex(number) {
                Vertex::Actor(actor) => self.settle_actor(number, actor),
                Vertex::Delegate(actor) => {
                    if let Some(account) = self.usable(actor) {
                        self.reach(self.below(self.layers(), account.node), Via::Down(number));
                    }
                }
                Vertex::Below { layer, node } => {
                    self.reach_above(number, layer, node);
                    for index in range(&self.edges.takes, node, layer) {
                        let edge = self.edges.takes[index];
                        self.next
                            .push((edge.actor as usize, Via::Takes(index as u32)));
                        if mints(edge.primitive) && self.usable(edge.actor).is_some() {
                            self.next
                                .push((self.delegate(edge.actor), Via::Takes(index as u32)));
                        }
                    }
                }
                Vertex::DelegateBelow(node) => {
                    self.reach_above(number, self.layers(), node);
                    for index in range(&self.edges.delegates, node, 0) {
                        let actor = self.edges.delegates[index].actor;
                        self.next
                            .push((actor as usize, Via::Delegates(index as u32)));
                        if self.usable(actor).is_some() {
                            self.next
                                .push((self.delegate(actor), Via::Delegates(index as u32)));
                        }
                    }
                }
            }
        }
    }

    /// What is below a node is below its parent, with the same actor at the bottom.
    fn reach_above(&mut self, number: usize, layer: usize, node: u32) {
        if let (Some(parent), Some(via)) = (self.parent(node), self.via[number]) {
            self.reach(self.below(layer, parent), via);
        }
    }

    fn settle_actor(&mut self, number: usize, actor: u32) {
        if let Some(account) = self.usable(actor).copied() {
            for layer in 0..self.layers() {
                if layer == 0 || account.free_of.0 & 1 << (layer - 1) != 0 {
                    self.reach(self.below(layer, account.node), Via::Down(number));
                }
            }
        }
        let first = self.members.partition_point(|(group, _)| *group < actor);
        let last = self.members.partition_point(|(group, _)| *group <= actor);
        for index in first..last {
            let member = self.members[index].1 as usize;
            self.reach(member, Via::Group(actor));
        }
    }

    fn usable(&self, actor: u32) -> Option<&Account> {
        let account = self.accounts.get(actor as usize).copied().flatten();
        account.filter(|account| account.enabled == Truth::Yes)
    }

    fn can_start(&self, actor: u32) -> bool {
        let account = self.accounts.get(actor as usize).copied().flatten();
        account.is_none_or(|account| account.enabled != Truth::No)
    }

    fn parent(&self, node: u32) -> Option<u32> {
        let parent = self.landscape.nodes.get(node as usize)?.parent?;
        ((parent as usize) < self.landscape.nodes.len()).then_some(parent)
    }

    /// The step from an actor or delegate, and the one where it arrives, if it has a way.
    fn hop(&self, vertex: usize) -> Option<Hop> {
        let actor = match self.vertex(vertex) {
            Vertex::Actor(actor) | Vertex::Delegate(actor) => actor,
            Vertex::Below { .. } | Vertex::DelegateBelow(_) => return None,
        };
        let hop = |primitive, node, gains, next| {
            let step = Step {
                actor,
                primitive: Some(primitive),
                node: Some(node),
                gains,
            };
            Some(Hop { step, next })
        };
        match self.via[vertex]? {
            Via::Sets(index) => {
                let right = self.edges.setters[index as usize];
                hop(right.primitive, right.node, Gain::Policy(right.node), None)
            }
            Via::Widens(index) => {
                let right = self.edges.wideners[index as usize];
                hop(right.primitive, right.node, Gain::Policy(right.node), None)
            }
            Via::Group(group) => {
                let step = Step {
                    actor,
                    primitive: None,
                    node: None,
                    gains: Gain::Principal(group),
                };
                Some(Hop {
                    step,
                    next: Some(group as usize),
                })
            }
            Via::Takes(index) => {
                let edge = self.edges.takes[index as usize];
                let at = self.bottom(usize::from(edge.layer), edge.node)?;
                hop(
                    edge.primitive,
                    edge.node,
                    Gain::Principal(at as u32),
                    Some(at),
                )
            }
            Via::Delegates(index) => {
                let edge = self.edges.delegates[index as usize];
                let at = self.bottom(self.layers(), edge.node)?;
                let through = at.checked_sub(self.accounts.len())? as u32;
                hop(
                    edge.primitive,
                    edge.node,
                    Gain::Delegation(through),
                    Some(at),
                )
            }
            Via::Down(_) => None,
        }
    }

    /// The actor, or delegate, that made "below `node`" reachable.
    fn bottom(&self, layer: usize, node: u32) -> Option<usize> {
        match self.via[self.below(layer, node)]? {
            Via::Down(bottom) => Some(bottom),
            _ => None,
        }
    }
}

fn mints(primitive: &Primitive) -> bool {
    primitive
        .needs
        .iter()
        .flatten()
        .any(|need| need.permission == MINT)
}

/// The edges at `node` in `layer`; they are sorted by both.
fn range(edges: &[Edge], node: u32, layer: usize) -> std::ops::Range<usize> {
    let key = |edge: &Edge| (edge.node, usize::from(edge.layer));
    let first = edges.partition_point(|edge| key(edge) < (node, layer));
    let last = edges.partition_point(|edge| key(edge) <= (node, layer));
    first..last
}
