//! Cloud Asset Inventory: exports, `assets.list`, searches, feeds; camel and snake case.

use super::document::Found;
use super::node::{Draft, Node};
use super::{bucket, dataset, policy, rename};
use crate::model::{Dialect, GapReason, POLICY_V2};
use serde_json::Value;

/// An asset, a search result or a message of a feed.
pub(super) fn read(node: &Node<'_>, found: &mut Found) -> bool {
    if let Some(inner) = node.get("asset").filter(|a| {
        is_asset(a) && node.has_any(&["window", "deleted", "priorAssetState", "prior_asset_state"])
    }) {
        // A temporal asset of a feed or a history: what was deleted grants nothing.
        if node
            .get("deleted")
            .is_none_or(|d| d.value != &Value::Bool(true))
        {
            read_asset(&inner, found);
        } else {
            found.of(Dialect::AssetInventory);
        }
        return true;
    }
    if is_asset(node) {
        read_asset(node, found);
        return true;
    }
    if node.text("fullResourceName").is_some()
        && let Some(policies) = node.get("policies")
    {
        // `batchGetEffectiveIamPolicies`: the policy of the resource and those it inherits.
        for policy in policies.elements() {
            read_attached(&policy, found);
        }
        return true;
    }
    if node.text("resource").is_some_and(|r| r.starts_with("//"))
        && node.get("policy").is_some_and(|p| p.value.is_object())
    {
        read_search(node, found);
        return true;
    }
    false
}

fn is_asset(node: &Node<'_>) -> bool {
    node.text("name").is_some_and(|n| n.starts_with("//"))
        && (node.text("assetType").is_some() || node.text("asset_type").is_some())
}

/// Own keys of an asset in snake case, and what they are called in the normal form. Only these are renamed:
/// `resource.data` belongs to the service.
const KEYS: [(&str, &str); 16] = [
    ("asset_type", "assetType"),
    ("iam_policy", "iamPolicy"),
    ("org_policy", "orgPolicy"),
    ("v2_org_policies", "v2OrgPolicies"),
    ("ancestry_path", "ancestryPath"),
    ("update_time", "updateTime"),
    ("access_policy", "accessPolicy"),
    ("access_level", "accessLevel"),
    ("service_perimeter", "servicePerimeter"),
    ("os_inventory", "osInventory"),
    ("related_assets", "relatedAssets"),
    ("related_asset", "relatedAsset"),
    ("display_name", "displayName"),
    ("asset_exceptions", "assetExceptions"),
    ("parent_full_resource_name", "parentFullResourceName"),
    ("parent_asset_type", "parentAssetType"),
];

const RESOURCE_KEYS: [(&str, &str); 3] = [
    ("discovery_document_uri", "discoveryDocumentUri"),
    ("discovery_name", "discoveryName"),
    ("resource_url", "resourceUrl"),
];

fn renamed<'k>(table: &'k [(&str, &'k str)], key: &'k str) -> &'k str {
    table
        .iter()
        .find(|(snake, _)| *snake == key)
        .map_or(key, |(_, camel)| camel)
}

fn read_asset(node: &Node<'_>, found: &mut Found) {
    let mut draft = Draft::whole(Value::Object(serde_json::Map::new()), &node.pointer);
    for (key, member) in node.members() {
        let name = renamed(&KEYS, key);
        let place = super::node::join("", name);
        match name {
            "iamPolicy" if member.value.is_object() => {
                policy::put(&mut draft, &member);
            }
            "orgPolicy" | "v2OrgPolicies" => {
                let mut pairs = Vec::new();
                let value = rename::camel_tree(&member, &place, &[], &mut pairs);
                draft.set(&place, with_enum_names(value), &member.pointer);
                for (to, from) in pairs {
                    draft.map(&to, &from);
                }
            }
            "resource" if member.value.is_object() => {
                for (key, part) in member.members() {
                    let place = super::node::join("/resource", renamed(&RESOURCE_KEYS, key));
                    draft.copy(&place, &part);
                }
                if member.value.as_object().is_some_and(|o| o.is_empty()) {
                    draft.copy(&place, &member);
                }
                draft.map("/resource", &member.pointer);
            }
            _ => draft.copy(&place, &member),
        }
    }
    add_ancestors(&mut draft, node);
    if draft.at("/assetType").and_then(Value::as_str) == Some("storage.googleapis.com/Bucket")
        && draft.has("/resource/data")
    {
        bucket::finish(&mut draft);
    }
    dataset::finish(&mut draft);
    call_deny_policy(&mut draft);
    let policies: Vec<Node<'_>> = node
        .any(&["v2_org_policies", "v2OrgPolicies"])
        .map(|list| list.elements().collect())
        .unwrap_or_default();
    found.asset(Dialect::AssetInventory, draft);
    for policy in policies {
        super::org_policy::read_v2(&policy, Dialect::AssetInventory, found);
    }
}

/// Deny policies are the only policies of version 2.
fn call_deny_policy(draft: &mut Draft) {
    if draft.at("/assetType").and_then(Value::as_str) != Some(POLICY_V2) {
        return;
    }
    let source = draft.source("/assetType");
    draft.set(
        "/assetType",
        Value::from("iam.googleapis.com/DenyPolicy"),
        &source,
    );
    if draft.has("/resource/data") && !draft.has("/resource/data/rules") {
        draft.lack("/resource/data/rules", GapReason::DialectLacks);
    }
}

/// Enum numbers of `all_values` in org policies as their names.
fn with_enum_names(mut value: Value) -> Value {
    if let Value::Array(policies) = &mut value {
        for policy in policies {
            if let Some(all) = policy.pointer_mut("/listPolicy/allValues") {
                match all.as_u64() {
                    Some(0) => *all = Value::from("ALL_VALUES_UNSPECIFIED"),
                    Some(1) => *all = Value::from("ALLOW"),
                    Some(2) => *all = Value::from("DENY"),
                    _ => {}
                }
            }
        }
    }
    value
}

/// `ancestors` (nearest first) from `ancestryPath` (farthest first) or from the fields of a search result.
fn add_ancestors(draft: &mut Draft, node: &Node<'_>) {
    if draft.has("/ancestors") {
        return;
    }
    if let Some(path) = node.any(&["ancestry_path", "ancestryPath"]) {
        let ancestors = from_path(path.value.as_str().unwrap_or_default());
        if !ancestors.is_empty() {
            draft.set("/ancestors", Value::from(ancestors), &path.pointer);
        }
        return;
    }
    let ancestors = from_search(node);
    if !ancestors.is_empty() {
        draft.set("/ancestors", Value::from(ancestors), &node.pointer);
    }
}

/// `organization/1/folder/2/project/p` or `organizations/1/…` → `[projects/p, folders/2, organizations/1]`.
/// Parts that the writer did not know (`unknown`) are left out.
fn from_path(path: &str) -> Vec<String> {
    let tokens: Vec<&str> = path.split('/').collect();
    let mut ancestors: Vec<String> = tokens
        .chunks_exact(2)
        .filter_map(|pair| match pair {
            [kind, id] if *id != "unknown" && !id.is_empty() => {
                let kind = kind.trim_end_matches('s');
                matches!(kind, "organization" | "folder" | "project")
                    .then(|| format!("{kind}s/{id}"))
            }
            _ => None,
        })
        .collect();
    ancestors.reverse();
    ancestors
}

/// Search results name project, folders and organisation. The order of several folders is not documented,
/// so they are taken as the API gives them: the set is right, which is what inheritance needs.
fn from_search(node: &Node<'_>) -> Vec<String> {
    let mut ancestors: Vec<String> = Vec::new();
    ancestors.extend(node.text("project").map(str::to_owned));
    if let Some(folders) = node.get("folders") {
        ancestors.extend(
            folders
                .elements()
                .filter_map(|f| f.value.as_str().map(str::to_owned)),
        );
    }
    ancestors.extend(node.text("organization").map(str::to_owned));
    ancestors.retain(|a| {
        matches!(a.split_once('/'), Some(("projects" | "folders" | "organizations", id)) if !id.is_empty())
    });
    ancestors
}

/// A result of `search-all-iam-policies`: `resource`, `policy`, and who its ancestors are.
fn read_search(node: &Node<'_>, found: &mut Found) {
    let name = node.text("resource").unwrap_or_default();
    let asset_type = node
        .text("assetType")
        .or_else(|| node.text("asset_type"))
        .map(str::to_owned)
        .or_else(|| super::names::full_resource_name(name).ok().map(|(_, t)| t))
        .unwrap_or_default();
    let mut draft = Draft::new(name, &asset_type, &node.pointer);
    if let Some(resource) = node.get("resource") {
        draft.map("/name", &resource.pointer);
    }
    add_ancestors(&mut draft, node);
    if let Some(inner) = node.get("policy") {
        policy::put(&mut draft, &inner);
    }
    // A search gives back the bindings that match its query, never the audit configuration.
    draft.lack(
        "/iamPolicy/auditConfigs",
        crate::model::GapReason::DialectLacks,
    );
    found.asset(Dialect::AssetSearch, draft);
}

/// One policy of an effective one: `{attachedResource, policy}`.
fn read_attached(node: &Node<'_>, found: &mut Found) {
    let Some(inner) = node.get("policy") else {
        return;
    };
    let named = super::names::full_resource_name(node.text("attachedResource").unwrap_or_default());
    let mut draft = policy::draft_for(named.ok(), Dialect::AssetSearch, &node.pointer, found);
    policy::put(&mut draft, &inner);
    draft.lack(
        "/iamPolicy/auditConfigs",
        crate::model::GapReason::DialectLacks,
    );
    found.asset(Dialect::AssetSearch, draft);
}
