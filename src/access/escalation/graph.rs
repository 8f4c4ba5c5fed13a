//! From grants to edges: who can do what to any service account below which node, and who sets policies.

use super::{Holds, Landscape, NodeKind, PermissionSet};
use crate::access::primitives::{Certainty, Primitive, Scope, Yield, primitives};
use std::sync::OnceLock;

/// Real hierarchies have at most 10 levels of folders. Bounds the walk where parents form a cycle.
const MAX_DEPTH: usize = 64;

/// What `actor` can do to any service account at or below `node`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub(super) actor: u32,
    pub(super) node: u32,
    /// 0, or one more than the index of the constraint that must not be enforced on the target.
    pub(super) layer: u8,
    pub(super) primitive: &'static Primitive,
}

/// The right to set a policy, or a step away from it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Right {
    pub(super) actor: u32,
    pub(super) node: u32,
    pub(super) primitive: &'static Primitive,
}

#[derive(Debug, Default)]
pub(super) struct Edges {
    /// Those that take over a service account.
    pub(super) takes: Vec<Edge>,
    /// Those that use a service account as a delegate.
    pub(super) delegates: Vec<Edge>,
    /// Who can set a policy, one each.
    pub(super) setters: Vec<Right>,
    /// Who can widen a custom role that it holds on a project, folder or organisation, one each.
    pub(super) wideners: Vec<Right>,
}

/// One way to use a primitive.
struct Way {
    primitive: &'static Primitive,
    needs: Vec<(Scope, PermissionSet)>,
    layer: u8,
}

/// The constraints that block a primitive of the search, in the order of their bits.
pub(super) fn constraints() -> &'static [&'static str] {
    static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let mut names: Vec<&str> = Vec::new();
        for name in primitives()
            .iter()
            .filter(|p| is_hop(p))
            .filter_map(|p| p.constraint.as_deref())
        {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    })
}

/// Whether it leads from an actor to a service account by permissions alone.
fn is_hop(primitive: &Primitive) -> bool {
    primitive.assumes.is_none()
        && matches!(
            primitive.yields,
            Yield::Become | Yield::RunAs | Yield::CallAs | Yield::Delegate
        )
}

fn ways(least: Certainty, wanted: impl Fn(&Primitive) -> bool) -> Vec<Way> {
    let mut ways = Vec::new();
    for primitive in primitives() {
        if primitive.confidence < least || primitive.assumes.is_some() || !wanted(primitive) {
            continue;
        }
        let layer = primitive.constraint.as_deref().map_or(0, |name| {
            constraints()
                .iter()
                .position(|known| *known == name)
                .map_or(u8::MAX, |at| at as u8 + 1)
        });
        ways.extend(primitive.needs.iter().map(|needs| {
            Way {
                primitive,
                needs: needs
                    .iter()
                    .map(|need| (need.scope, PermissionSet::of([need.permission.as_str()])))
                    .collect(),
                layer,
            }
        }));
    }
    ways
}

impl Way {
    /// Whether `at` (on the node itself) and `above` (on its ancestors) allow it at a node of `kind`.
    fn open(&self, kind: NodeKind, at: PermissionSet, above: PermissionSet) -> bool {
        self.needs.iter().all(|(scope, needed)| {
            let here = scope.covers(kind) && at.contains_all(*needed);
            // Whatever is held above a node is held on it, unless the scope lies above the node.
            let inherited = match (scope, kind) {
                (Scope::Account | Scope::Project | Scope::Hierarchy, _) => true,
                (scope, kind) => scope.covers(kind),
            };
            here || (inherited && above.contains_all(*needed))
        })
    }

    /// Whether something held on the node itself takes part; otherwise an ancestor has the same edge.
    fn uses(&self, kind: NodeKind, at: PermissionSet) -> bool {
        self.needs
            .iter()
            .any(|(scope, needed)| scope.covers(kind) && at.contains_all(*needed))
    }
}

/// Derives all edges, in one pass over the grants of each actor.
pub(super) fn edges(landscape: &Landscape, least: Certainty) -> Edges {
    let takes = ways(least, |p| is_hop(p) && p.yields != Yield::Delegate);
    let delegates = ways(least, |p| is_hop(p) && p.yields == Yield::Delegate);
    let sets = ways(least, |p| p.yields == Yield::SetPolicy);
    let widens = ways(least, |p| p.yields == Yield::WidenRole);

    let in_range = |holds: &&Holds| {
        holds.principal < landscape.principals && (holds.node as usize) < landscape.nodes.len()
    };
    let mut holds: Vec<&Holds> = landscape.holds.iter().filter(in_range).collect();
    holds.sort_by_key(|h| (h.principal, h.node));

    let mut edges = Edges::default();
    for of_actor in holds.chunk_by(|a, b| a.principal == b.principal) {
        let actor = of_actor[0].principal;
        let own: Vec<(u32, PermissionSet)> = of_actor
            .chunk_by(|a, b| a.node == b.node)
            .map(|at| {
                let sum = |sum: PermissionSet, h: &&Holds| sum.union(h.permissions);
                (at[0].node, at.iter().fold(PermissionSet::default(), sum))
            })
            .collect();
        let mut setter: Option<Right> = None;
        for &(node, at) in &own {
            let kind = landscape.nodes[node as usize].kind;
            let above = above(landscape, &own, node);
            push(&mut edges.takes, &takes, actor, (node, kind), at, above);
            push(
                &mut edges.delegates,
                &delegates,
                actor,
                (node, kind),
                at,
                above,
            );
            if kind != NodeKind::Account
                && let Some(way) = sets
                    .iter()
                    .find(|way| way.open(kind, at, PermissionSet::default()))
            {
                let right = Right {
                    actor,
                    node,
                    primitive: way.primitive,
                };
                let rank = |r: &Right| (landscape.nodes[r.node as usize].kind, r.node);
                setter = Some(
                    setter
                        .filter(|known| rank(known) <= rank(&right))
                        .unwrap_or(right),
                );
            }
        }
        edges.setters.extend(setter);
        let mut widener = None;
        for holding in of_actor {
            let Some(owner) = holding.custom_role_of else {
                continue;
            };
            let Some(owner_node) = landscape.nodes.get(owner as usize) else {
                continue;
            };
            let at = own_at(&own, owner);
            let above = above(landscape, &own, owner);
            let Some(way) = widens
                .iter()
                .find(|way| way.open(owner_node.kind, at, above))
            else {
                continue;
            };
            let node = holding.node;
            if landscape.nodes[node as usize].kind == NodeKind::Account {
                edges.takes.push(Edge {
                    actor,
                    node,
                    layer: 0,
                    primitive: way.primitive,
                });
            } else {
                widener.get_or_insert(Right {
                    actor,
                    node,
                    primitive: way.primitive,
                });
            }
        }
        edges.wideners.extend(widener);
    }
    for list in [&mut edges.takes, &mut edges.delegates] {
        list.sort_by_key(|edge| (edge.node, edge.layer, edge.actor));
    }
    edges
}

/// Adds one edge per layer: the first way in the order of the file.
fn push(
    edges: &mut Vec<Edge>,
    ways: &[Way],
    actor: u32,
    (node, kind): (u32, NodeKind),
    at: PermissionSet,
    above: PermissionSet,
) {
    let mut done = 0_u64;
    for way in ways.iter().filter(|way| way.layer < 64) {
        if done & 1 << way.layer == 0 && way.uses(kind, at) && way.open(kind, at, above) {
            done |= 1 << way.layer;
            edges.push(Edge {
                actor,
                node,
                layer: way.layer,
                primitive: way.primitive,
            });
        }
    }
}

fn own_at(own: &[(u32, PermissionSet)], node: u32) -> PermissionSet {
    own.binary_search_by_key(&node, |(node, _)| *node)
        .map_or_else(|_| PermissionSet::default(), |at| own[at].1)
}

fn above(landscape: &Landscape, own: &[(u32, PermissionSet)], node: u32) -> PermissionSet {
    let parent = |node: u32| {
        landscape
            .nodes
            .get(node as usize)
            .and_then(|node| node.parent)
    };
    std::iter::successors(parent(node), |node| parent(*node))
        .take(MAX_DEPTH)
        .fold(PermissionSet::default(), |sum, node| {
            sum.union(own_at(own, node))
        })
}
