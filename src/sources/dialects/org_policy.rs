//! Organisation policies: v1 becomes `orgPolicy` of the resource it is set on, as in the `org-policy` content
//! of Cloud Asset Inventory; v2 becomes an `orgpolicy.googleapis.com/Policy` asset, as in its `resource` content.

use super::document::{Found, Scope};
use super::node::{Draft, Node, below};
use super::policy::draft_for;
use super::{Lack, Translated, names, rename};
use crate::model::{Dialect, GapReason};
use serde_json::Value;

const V1_RULES: [&str; 6] = [
    "booleanPolicy",
    "listPolicy",
    "restoreDefault",
    "boolean_policy",
    "list_policy",
    "restore_default",
];

pub(super) fn read(node: &Node<'_>, scope: &Scope, found: &mut Found) -> bool {
    if is_v1(node) {
        read_v1(node, scope, found);
        return true;
    }
    if resource_of(node).is_some()
        && node.has_any(&["spec", "dryRunSpec", "dry_run_spec", "alternate", "etag"])
    {
        read_v2(node, Dialect::OrgPolicy, found);
        return true;
    }
    false
}

fn is_v1(node: &Node<'_>) -> bool {
    let constraint = node.text("constraint").unwrap_or_default();
    constraint.starts_with("constraints/") || (!constraint.is_empty() && node.has_any(&V1_RULES))
}

/// `projects/p` of `projects/p/policies/C`.
fn resource_of<'a>(node: &Node<'a>) -> Option<(&'a str, &'a str)> {
    let name = node.text("name")?;
    let (owner, constraint) = name.split_once("/policies/")?;
    let (kind, id) = owner.split_once('/')?;
    names::manager_name(kind, id)?;
    (!constraint.contains('/') && matches!(kind, "projects" | "folders" | "organizations"))
        .then_some((kind, id))
}

fn read_v1(node: &Node<'_>, scope: &Scope, found: &mut Found) {
    let owner = scope
        .resource
        .clone()
        .filter(|(_, asset_type)| asset_type.starts_with("cloudresourcemanager.googleapis.com/"));
    let mut draft = draft_for(owner, Dialect::OrgPolicy, &node.pointer, found);
    let place = draft.push("/orgPolicy", Value::Null, &node.pointer);
    let mut pairs = Vec::new();
    let value = rename::camel_tree(node, &place, &[], &mut pairs);
    draft.set(&place, value, &node.pointer);
    for (to, from) in pairs {
        draft.map(&to, &from);
    }
    // `gcloud resource-manager org-policies list` says that a policy is set, not what it says.
    for rule in ["booleanPolicy", "listPolicy"] {
        let place = format!("{place}/{rule}");
        if draft.at(&place).is_some_and(Value::is_string) {
            let set = draft.at(&place).and_then(Value::as_str) == Some("SET");
            draft.change(&place, |_| Some(Value::Null));
            if set {
                draft.lack(&place, GapReason::DialectLacks);
            }
        }
    }
    // The policies of one list are policies of one resource.
    let name = draft.name().to_owned();
    let last = found.of(Dialect::OrgPolicy).assets.last_mut();
    match last
        .filter(|asset| asset.asset.get("name").and_then(Value::as_str) == Some(name.as_str()))
    {
        Some(asset) if asset.asset.get("orgPolicy").is_some() => append(asset, draft.finish()),
        _ => found.asset(Dialect::OrgPolicy, draft),
    }
}

/// Moves the only policy of `one` to the end of those of `all`.
fn append(all: &mut Translated, mut one: Translated) {
    let Some(Value::Array(policies)) = all.asset.get_mut("orgPolicy") else {
        return;
    };
    let place = format!("/orgPolicy/{}", policies.len());
    let source = one.source_pointer("/orgPolicy/0");
    policies.extend(one.asset.pointer_mut("/orgPolicy/0").map(Value::take));
    all.pointers.push((place.clone(), source));
    for (from, to) in one.pointers {
        if let Some(rest) = below(&from, "/orgPolicy/0").filter(|rest| !rest.is_empty()) {
            all.pointers.push((format!("{place}{rest}"), to));
        }
    }
    for lack in one.lacks {
        if let Some(rest) = below(&lack.pointer, "/orgPolicy/0") {
            all.lacks.push(Lack {
                pointer: format!("{place}{rest}"),
                reason: lack.reason,
            });
        }
    }
}

/// A policy of API v2, also inside an asset (`v2_org_policies`).
pub(super) fn read_v2(node: &Node<'_>, dialect: Dialect, found: &mut Found) {
    let name = node.text("name").unwrap_or_default();
    // gcloud names an effective policy after the method it called.
    let name = name.split_once(':').map_or(name, |(name, _)| name);
    let mut draft = Draft::new(
        &format!("//orgpolicy.googleapis.com/{name}"),
        "orgpolicy.googleapis.com/Policy",
        &node.pointer,
    );
    let mut pairs = Vec::new();
    let value = rename::camel_tree(node, "/resource/data", &[], &mut pairs);
    draft.set("/resource/data", value, &node.pointer);
    for (to, from) in pairs {
        draft.map(&to, &from);
    }
    if let Some((kind, id)) = resource_of(node)
        && let Some((parent, _)) = names::manager_name(kind, id)
    {
        draft.set("/resource/parent", Value::from(parent), &node.pointer);
    }
    if !node.has_any(&["spec", "dryRunSpec", "dry_run_spec"]) {
        draft.lack("/resource/data/spec", GapReason::DialectLacks);
    }
    found.asset(dialect, draft);
}
