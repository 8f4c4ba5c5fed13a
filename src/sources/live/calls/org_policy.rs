//! Organisation policies: those set on each node, and what holds at the nodes above which nothing is read.

use super::{Call, Per, THOUSAND};

const TYPE: &str = "orgpolicy.googleapis.com/Policy";
const NAME: &str = "//orgpolicy.googleapis.com/{name}";

/// What is set is read from every node, and what holds follows from it. Only above the topmost nodes of a scope
/// nothing is read: there, Google is asked what holds. Such a policy keeps `:getEffectivePolicy` in its
/// `resource.data.name`, by which the estate tells it from one that is set ([`super::effective`]).
pub(super) const CALLS: &[Call] = &[
    Call::get(
        "orgpolicy.policies.list",
        "orgpolicy",
        "/v2/{node=*/*}/policies",
    )
    .query(THOUSAND)
    .per(Per::Node)
    .items("policies")
    .asset(TYPE, NAME)
    .needs(&["orgpolicy.policies.list"]),
    Call::get(
        "orgpolicy.policies.getEffectivePolicy",
        "orgpolicy",
        "/v2/{node=*/*}/policies/{constraint}:getEffectivePolicy",
    )
    .per(Per::Constraint)
    .asset(
        TYPE,
        "//orgpolicy.googleapis.com/{node}/policies/{constraint}:getEffectivePolicy",
    )
    .needs(&["orgpolicy.policy.get"]),
];
