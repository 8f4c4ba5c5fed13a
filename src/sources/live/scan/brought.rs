//! What a unit need not ask for.

use super::super::Trouble;
use super::super::calls;
use super::node::Node;
use super::part::Part;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// What Cloud Asset Inventory has brought for a unit.
#[derive(Debug, Default)]
pub(super) struct Brought {
    /// Whether it was asked.
    pub(super) is_listed: bool,
    /// Calls that need not be made.
    pub(super) calls: Arc<BTreeSet<&'static str>>,
    /// Types of which it brought the policies, though no call does.
    pub(super) only_policies: Arc<BTreeSet<&'static str>>,
    /// Whether the list of policies broke off: what has none in it may have one.
    pub(super) lacks_policies: bool,
    /// The policy of the node itself.
    pub(super) policy: Option<Value>,
    /// Policies of what the services list themselves, as JSON, by full name.
    pub(super) policies: HashMap<String, Box<str>>,
    /// Everything else.
    pub(super) part: Part,
}

impl Brought {
    /// Nothing, because `trouble` kept its list of policies from being read.
    pub(super) fn failed(node: &Node, trouble: &Trouble) -> Brought {
        let call = calls::find(calls::LIST_POLICIES);
        let part = call.map(|call| Part::failed(call, node, &node.full_name(), trouble));
        Brought {
            part: part.unwrap_or_default(),
            ..Brought::default()
        }
    }

    /// Cloud Asset Inventory says nothing of a resource without a policy, and its API says this.
    pub(super) fn no_policy(&self) -> Option<Value> {
        (!self.lacks_policies).then(|| serde_json::json!({ "bindings": [] }))
    }

    /// The policy that it brought of a resource that a service listed.
    pub(super) fn policy_of(&self, name: &str) -> Option<Value> {
        let found = self.policies.get(name);
        let found = found.and_then(|text| serde_json::from_str(text).ok());
        found.or_else(|| self.no_policy())
    }
}
