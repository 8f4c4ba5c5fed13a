//! Allow policies: bare, flattened, of all ancestors, and inside other answers.

use super::document::{Found, Scope};
use super::node::{Draft, Node};
use super::{names, rename};
use crate::model::{Dialect, GapReason};
use indexmap::IndexMap;
use serde_json::{Map, Value};

/// Members that an allow policy may have. `kind` and `resourceId` are those of Cloud Storage.
const KEYS: [&str; 8] = [
    "bindings",
    "etag",
    "version",
    "auditConfigs",
    "audit_configs",
    "kind",
    "resourceId",
    "auditConfig",
];

const WITHOUT_OWNER: &str = "a policy does not say whose it is: name the resource with --resource, a \
     path pattern in the configuration, or export it with Cloud Asset Inventory";

/// Whether `node` is an allow policy, by its own members.
pub(super) fn is_policy(node: &Node<'_>) -> bool {
    if node.text("kind") == Some("storage#policy") {
        return true;
    }
    if let Some(bindings) = node.get("bindings") {
        let own = bindings.elements().all(|b| b.has_any(&["role", "members"]));
        return bindings.value.is_array() && own && !is_kubernetes(node);
    }
    // A policy without grants has no `bindings`, and may be nothing but its etag.
    node.value.as_object().is_some_and(|o| {
        !o.is_empty()
            && o.keys().all(|k| KEYS.contains(&k.as_str()))
            && !o.contains_key("bindings")
            && (o.contains_key("etag") || o.contains_key("auditConfigs"))
            && !o.contains_key("kind")
    })
}

fn is_kubernetes(node: &Node<'_>) -> bool {
    node.has("apiVersion") && node.has("metadata")
}

/// One object of `--flatten="bindings[].members"` (or of `--flatten="bindings[]"`).
pub(super) fn is_flattened(node: &Node<'_>) -> bool {
    node.get("bindings")
        .is_some_and(|b| b.value.is_object() && b.has("role"))
}

/// One element of `get-ancestors-iam-policy` (`{id, type, policy}`) or `get-ancestors` (`{id, type}`).
pub(super) fn is_ancestor(node: &Node<'_>) -> bool {
    let Some(object) = node.value.as_object() else {
        return false;
    };
    let known = object
        .keys()
        .all(|k| matches!(k.as_str(), "id" | "type" | "policy"));
    known
        && node.id("id").is_some()
        && node
            .text("type")
            .is_some_and(|t| matches!(t, "project" | "folder" | "organization"))
}

/// A bare policy, a flattened one, or one inside `{policy, updateMask}`.
pub(super) fn read(node: &Node<'_>, scope: &Scope, found: &mut Found) -> bool {
    if is_ancestor(node) {
        ancestors(std::slice::from_ref(node), found);
        return true;
    }
    if is_flattened(node) {
        flattened(std::slice::from_ref(node), scope, found);
        return true;
    }
    if is_policy(node) {
        bare(node, scope, found);
        return true;
    }
    // The body of setIamPolicy, and answers that wrap one.
    if let Some(inner) = node.get("policy").filter(is_policy) {
        let alone = node
            .members()
            .all(|(key, _)| matches!(key, "policy" | "updateMask" | "update_mask" | "resource"));
        if alone {
            bare(&inner, scope, found);
            return true;
        }
    }
    false
}

/// Whose a policy is: what it says itself, then what is known from outside.
fn owner(node: &Node<'_>, scope: &Scope) -> Option<(String, String)> {
    node.text("resourceId")
        .and_then(|id| names::full_resource_name(id).ok())
        .or_else(|| scope.resource.clone())
}

/// An empty draft for a fact about `owner`; a gap if nobody knows whose it is.
pub(super) fn draft_for(
    owner: Option<(String, String)>,
    dialect: Dialect,
    source: &str,
    found: &mut Found,
) -> Draft {
    let (name, asset_type) = owner.unwrap_or_default();
    if name.is_empty() {
        found.gap(dialect, GapReason::ResourceUnknown, WITHOUT_OWNER, source);
    }
    Draft::new(&name, &asset_type, source)
}

/// A policy as `get-iam-policy` prints it.
pub(super) fn bare(node: &Node<'_>, scope: &Scope, found: &mut Found) {
    let mut draft = draft_for(
        owner(node, scope),
        Dialect::AllowPolicy,
        &node.pointer,
        found,
    );
    put(&mut draft, node);
    found.asset(Dialect::AllowPolicy, draft);
}

/// Puts a policy into `draft` as its `iamPolicy`, in camel case.
pub(super) fn put(draft: &mut Draft, node: &Node<'_>) {
    if node.has("audit_configs") {
        let mut pairs = Vec::new();
        let mut value = rename::camel_tree(node, "/iamPolicy", &[], &mut pairs);
        name_log_types(&mut value);
        draft.set("/iamPolicy", value, &node.pointer);
        for (to, from) in pairs {
            draft.map(&to, &from);
        }
    } else {
        let mut value = node.value.clone();
        if let Value::Object(map) = &mut value {
            map.remove("resourceId");
            map.remove("kind");
        }
        draft.set("/iamPolicy", value, &node.pointer);
    }
}

/// Enum numbers of log types as their names (`google.iam.v1.AuditLogConfig.LogType`).
fn name_log_types(policy: &mut Value) {
    let configs = policy
        .pointer_mut("/auditConfigs")
        .and_then(Value::as_array_mut);
    let logs = configs
        .into_iter()
        .flatten()
        .filter_map(|c| {
            c.pointer_mut("/auditLogConfigs")
                .and_then(Value::as_array_mut)
        })
        .flatten();
    for log in logs {
        if let Some(kind) = log.pointer_mut("/logType") {
            match kind.as_u64() {
                Some(0) => *kind = Value::from("LOG_TYPE_UNSPECIFIED"),
                Some(1) => *kind = Value::from("ADMIN_READ"),
                Some(2) => *kind = Value::from("DATA_WRITE"),
                Some(3) => *kind = Value::from("DATA_READ"),
                _ => {}
            }
        }
    }
}

/// `--flatten` output: one object per binding or per member, merged again into the policies they came from.
pub(super) fn flattened(items: &[Node<'_>], scope: &Scope, found: &mut Found) {
    // Objects of one policy repeat its etag; `resourceId` tells buckets apart.
    let mut policies: IndexMap<(Option<&str>, Option<&str>), Vec<&Node<'_>>> = IndexMap::new();
    for item in items {
        let key = (item.text("etag"), item.text("resourceId"));
        policies.entry(key).or_default().push(item);
    }
    for own in policies.values() {
        merge(own, scope, found);
    }
}

fn merge(items: &[&Node<'_>], scope: &Scope, found: &mut Found) {
    let Some(first) = items.first() else {
        return;
    };
    let mut draft = draft_for(
        owner(first, scope),
        Dialect::AllowPolicy,
        &first.pointer,
        found,
    );
    draft.set("/iamPolicy", Value::Object(Map::new()), &first.pointer);
    for (key, member) in first.members() {
        if !matches!(key, "bindings" | "kind" | "resourceId") {
            draft.copy(&super::node::join("/iamPolicy", key), &member);
        }
    }
    for binding in items.iter().filter_map(|item| item.get("bindings")) {
        let mut value = binding.value.clone();
        let member = binding.get("members").filter(|m| m.value.is_string());
        if let (Some(member), Value::Object(map)) = (&member, &mut value) {
            map.insert(
                "members".to_owned(),
                Value::Array(vec![member.value.clone()]),
            );
        }
        let place = draft.push("/iamPolicy/bindings", value, &binding.pointer);
        if let Some(member) = member {
            draft.map(&format!("{place}/members/0"), &member.pointer);
        }
    }
    found.asset(Dialect::AllowPolicy, draft);
}

/// `get-ancestors-iam-policy`: the policies from the project up, which also tells the hierarchy.
pub(super) fn ancestors(items: &[Node<'_>], found: &mut Found) {
    let path: Vec<String> = items
        .iter()
        .map(|item| {
            let kind = item.text("type").unwrap_or_default();
            format!("{kind}s/{}", item.id("id").unwrap_or_default())
        })
        .collect();
    let with_policies = items.iter().any(|item| item.has("policy"));
    let dialect = if with_policies {
        Dialect::AncestorsPolicy
    } else {
        Dialect::ResourceManager
    };
    for (index, item) in items.iter().enumerate() {
        let named = names::manager_name(
            item.text("type").unwrap_or_default(),
            &item.id("id").unwrap_or_default(),
        );
        let Some((name, asset_type)) = named else {
            continue;
        };
        let mut draft = Draft::new(&name, &asset_type, &item.pointer);
        // Another project begins another chain.
        let own: Vec<String> = path
            .iter()
            .skip(index)
            .enumerate()
            .take_while(|(step, a)| *step == 0 || !a.starts_with("projects/"))
            .map(|(_, a)| a.clone())
            .collect();
        draft.set("/ancestors", Value::from(own), &item.pointer);
        if let Some(policy) = item.get("policy") {
            put(&mut draft, &policy);
        }
        found.asset(dialect, draft);
    }
}
