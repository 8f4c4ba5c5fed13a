//! Who holds what on the model: grants on a node and above it.

use crate::access::condition;
use crate::catalog::{Roles, Wanted};
use crate::change::{Condition, Model};
use crate::model::{Truth, canonical};
use serde_json::Value;

/// A grant of the model.
pub(super) struct Held<'m> {
    pub(super) role: &'m str,
    pub(super) member: &'m str,
    /// `Err` for a condition that cannot be read.
    pub(super) condition: Result<Option<Condition>, ()>,
}

/// The nodes whose policies count at a resource: itself, and everything above it as far as the input says.
pub(super) fn lineage(name: &str, model: &Model) -> Vec<String> {
    let name = canonical(name).into_owned();
    let above = model.get(&name).map_or(&[][..], |asset| &asset.ancestors);
    let above = above
        .iter()
        .map(|node| format!("//cloudresourcemanager.googleapis.com/{node}"))
        .filter(|node| *node != name)
        .collect::<Vec<_>>();
    std::iter::once(name.clone()).chain(above).collect()
}

/// Every grant that counts at a resource.
pub(super) fn held<'m>(name: &str, model: &'m Model) -> Vec<Held<'m>> {
    let mut grants = Vec::new();
    for node in lineage(name, model) {
        let Some(asset) = model.get(&node) else {
            continue;
        };
        for binding in asset.bindings() {
            let Some(role) = binding.get("role").and_then(Value::as_str) else {
                continue;
            };
            let condition = binding.get("condition").filter(|value| !value.is_null());
            let condition = match condition.map(Condition::read) {
                None => Ok(None),
                Some(Some(condition)) => Ok(Some(condition)),
                Some(None) => Err(()),
            };
            let members = binding.get("members").and_then(Value::as_array);
            for member in members.into_iter().flatten().filter_map(Value::as_str) {
                grants.push(Held {
                    role,
                    member,
                    condition: condition.clone(),
                });
            }
        }
    }
    grants
}

/// Whether a role carries a permission.
pub(super) fn carries(roles: &Roles<'_>, role: &str, permission: &str) -> Truth {
    match Wanted::parse_in(&[permission.to_owned()], roles.catalog()) {
        Ok(wanted) => roles.carries(role, &wanted).truth,
        Err(_) => Truth::Unknown,
    }
}

/// Whether everything that one role grants is granted by another.
pub(super) fn within(roles: &Roles<'_>, one: &str, other: &str) -> Truth {
    if one == other {
        return Truth::Yes;
    }
    if roles.custom(one).is_none() && roles.custom(other).is_none() {
        return roles.catalog().compare(one, other).within;
    }
    let Some(permissions) = roles.permissions(one) else {
        return Truth::Unknown;
    };
    permissions
        .map(|permission| carries(roles, other, permission))
        .min()
        .unwrap_or(Truth::Yes)
}

/// Whether a grant under `inner` never gives more than the same grant under `outer`, by the structure of the two: equal,
/// without condition outside, a sooner end, or the outer one and more.
pub(super) fn is_narrower(inner: Option<&Condition>, outer: Option<&Condition>) -> bool {
    match (inner, outer) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(inner), Some(outer)) => {
            let more = inner.expression.strip_prefix('(');
            let more = more.and_then(|rest| rest.strip_prefix(outer.expression.as_str()));
            let end = |condition: &Condition| condition::plain_end(&condition.expression);
            let sooner =
                matches!((end(inner), end(outer)), (Some(inner), Some(outer)) if inner <= outer);
            inner.expression == outer.expression
                || sooner
                || more.is_some_and(|rest| rest.starts_with(") && "))
        }
    }
}

/// The same principal, however the letters of its address are written.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let address = |member: &str| member.contains('@') && !member.contains("//");
    match address(one) && address(other) {
        true => one.eq_ignore_ascii_case(other),
        false => one == other,
    }
}
