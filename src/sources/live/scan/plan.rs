//! Which calls a scan makes, and what hangs on what.

use super::super::calls::{self, Brings, Call, OnlyInventoried, Per};
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
    /// The types of which Cloud Asset Inventory brings what no call does.
    only_inventoried: Vec<OnlyInventoried>,
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
            only_inventoried: Vec::new(),
        }
    }

    /// With what only Cloud Asset Inventory brings, where it is asked.
    pub fn with_inventoried(self, only_inventoried: Vec<OnlyInventoried>) -> Plan {
        Plan {
            only_inventoried,
            ..self
        }
    }

    /// The types of which Cloud Asset Inventory brings what no call does.
    pub(super) fn only_inventoried(&self) -> &[OnlyInventoried] {
        &self.only_inventoried
    }

    /// Whether some call lists the assets of a type.
    pub(super) fn lists(&self, asset_type: &str) -> bool {
        let mut calls = self.calls.iter();
        calls.any(|call| matches!(call.brings, Brings::Asset(brought, _) if brought == asset_type))
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

    /// The calls that need not be made where Cloud Asset Inventory is asked instead, with the call that it is asked by.
    ///
    /// A list that is made anyway, because more hangs on its elements than the inventory has, is no such call: what a
    /// service says of its own is fresher, and of buckets it is more (access control lists, IP filters).
    pub(super) fn inventoried(&self) -> BTreeMap<&'static str, &'static Call> {
        let brought = |call: &Call| calls::instead(call).filter(|_| call.per != Per::Scan);
        let mut made: BTreeSet<&'static str> = BTreeSet::new();
        for call in &self.calls {
            let only_names = call.brings == Brings::Names && call.per != Per::Scan;
            if brought(call).is_none() && !only_names {
                let mut next = call.parent();
                while let Some(parent) = next {
                    made.insert(parent.id);
                    next = parent.parent();
                }
            }
        }
        let mut inventoried = BTreeMap::new();
        for call in &self.calls {
            let of_made = call.brings == Brings::Detail
                && call.parent().is_some_and(|parent| made.contains(parent.id));
            if let Some(instead) = brought(call)
                && !made.contains(call.id)
                && !of_made
            {
                inventoried.insert(call.id, instead);
            }
        }
        inventoried
    }

    /// Whether a call would bring nothing but names for calls that are not made.
    pub(super) fn is_idle(&self, call: &Call, brought: &BTreeSet<&'static str>) -> bool {
        call.brings == Brings::Names
            && self
                .children(call)
                .iter()
                .all(|child| brought.contains(child.id) || self.is_idle(child, brought))
    }

    /// The asset types of which a unit holds everything that there is, unless one of `failed` is of them. `brought` are
    /// the calls instead of which Cloud Asset Inventory was asked, if it was.
    pub(super) fn types(
        &self,
        node: &Node,
        topmost: bool,
        failed: &BTreeSet<&'static str>,
        brought: Option<&BTreeSet<&'static str>>,
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
            .any(|call| {
                let is_brought = brought.is_some_and(|brought| brought.contains(call.id));
                let inventory = calls::instead(call).filter(|_| is_brought);
                failed.contains(call.id)
                    || inventory.is_some_and(|inventory| failed.contains(inventory.id))
            })
        }));
        for call in lost {
            if let Some(lost) = call.asset_type() {
                types.remove(lost);
            }
        }
        if brought.is_some() && node.kind() == Kind::Project {
            let only = self.only_inventoried.iter();
            let only = only.filter(|only| !self.lists(only.asset_type));
            let whole = only.filter(|only| only.calls().all(|call| !failed.contains(call.id)));
            types.extend(whole.map(|only| only.asset_type));
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
