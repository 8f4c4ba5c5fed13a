//! Which calls a scan makes, and what hangs on what.

use super::super::calls::{Brings, Call, Per};
use super::node::{Kind, Node};
use std::collections::{BTreeMap, BTreeSet};

/// Which calls a scan makes.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The calls, in the order of the table.
    calls: Vec<&'static Call>,
    /// Those made for each element of another, by the id of that.
    children: BTreeMap<&'static str, Vec<&'static Call>>,
    /// The constraints that rules ask about.
    constraints: Vec<String>,
    /// Calls that the user left out, though rules need them.
    left_out: Vec<&'static Call>,
}

impl Plan {
    /// A plan to make `calls`, and to ask about `constraints`; `left_out` are needed, too, and not made.
    pub fn new(
        calls: Vec<&'static Call>,
        constraints: Vec<String>,
        left_out: Vec<&'static Call>,
    ) -> Plan {
        let mut children: BTreeMap<&'static str, Vec<&'static Call>> = BTreeMap::new();
        for call in &calls {
            if let Per::Each(parent) = call.per {
                children.entry(parent).or_default().push(call);
            }
        }
        Plan {
            calls,
            children,
            constraints,
            left_out,
        }
    }

    /// Every call, in the order of the table.
    pub fn calls(&self) -> &[&'static Call] {
        &self.calls
    }

    /// The constraints that rules ask about.
    pub fn constraints(&self) -> &[String] {
        &self.constraints
    }

    /// The calls made for each element of `call`.
    pub fn children(&self, call: &Call) -> &[&'static Call] {
        self.children.get(call.id).map_or(&[], Vec::as_slice)
    }

    /// The calls that a unit begins with. `topmost`: the parent of the node is not in the scope.
    pub fn roots(&self, node: &Node, topmost: bool) -> impl Iterator<Item = &'static Call> {
        let kind = node.kind();
        let calls = self.calls.iter().copied();
        calls.filter(move |call| concerns(call.per, kind, topmost))
    }

    /// Whether anything is missing that was left out on purpose.
    pub fn leaves_out(&self) -> &[&'static Call] {
        &self.left_out
    }

    /// The asset types of which a unit holds everything that there is, unless one of `failed` is of them.
    pub fn types(
        &self,
        node: &Node,
        topmost: bool,
        failed: &BTreeSet<&'static str>,
    ) -> Vec<String> {
        let concerned = |call: &'static Call| {
            let mut root = call;
            while let Some(parent) = root.parent() {
                root = parent;
            }
            concerns(root.per, node.kind(), topmost)
        };
        let mut types = BTreeSet::new();
        for call in self.calls.iter().filter(|call| concerned(call)) {
            if matches!(call.brings, Brings::Asset(..)) {
                types.extend(call.asset_type());
            }
        }
        let lost = self.left_out.iter().copied();
        let lost = lost.chain(self.calls.iter().copied().filter(|call| {
            let mut next = Some(*call);
            std::iter::from_fn(|| {
                let call = next?;
                next = call.parent();
                Some(call)
            })
            .any(|call| failed.contains(call.id))
        }));
        for call in lost {
            if let Some(lost) = call.asset_type() {
                types.remove(lost);
            }
        }
        types.into_iter().map(str::to_owned).collect()
    }
}

/// Whether a call is made for nodes of `kind` themselves.
fn concerns(per: Per, kind: Kind, topmost: bool) -> bool {
    match per {
        Per::Organization => kind == Kind::Organization,
        Per::Folder => kind == Kind::Folder,
        Per::Project => kind == Kind::Project,
        Per::Node => true,
        Per::Constraint => topmost,
        Per::Scan | Per::Each(_) => false,
    }
}
