//! Projects, folders and organisations of Resource Manager v1, v2 and v3.

use super::document::Found;
use super::names;
use super::node::{Draft, Node};
use crate::model::Dialect;
use serde_json::Value;

pub(super) fn read(node: &Node<'_>, found: &mut Found) -> bool {
    if let Some(list) = node.get("ancestor") {
        return ancestry(&list, found);
    }
    let Some((name, asset_type)) = name_of(node) else {
        return false;
    };
    let mut draft = Draft::new(&name, &asset_type, &node.pointer);
    draft.copy("/resource/data", node);
    // Version 3 has the number in the name only.
    if let Some(number) = node.text("name").and_then(|n| n.strip_prefix("projects/"))
        && !node.has("projectNumber")
        && is_number(number)
    {
        let source = super::node::join(&node.pointer, "name");
        draft.set("/resource/data/projectNumber", Value::from(number), &source);
    }
    if let (Some(state), false) = (node.get("state"), node.has("lifecycleState")) {
        draft.copy("/resource/data/lifecycleState", &state);
    }
    if let Some(parent) = node.get("parent") {
        let named = match parent.value {
            Value::String(text) => text
                .split_once('/')
                .and_then(|(kind, id)| names::manager_name(kind, id)),
            _ => names::manager_name(
                parent.text("type").unwrap_or_default(),
                &parent.id("id").unwrap_or_default(),
            ),
        };
        if let Some((parent_name, _)) = named {
            draft.set(
                "/resource/parent",
                Value::from(parent_name),
                &parent.pointer,
            );
        }
    }
    found.asset(Dialect::ResourceManager, draft);
    true
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Cloud Asset Inventory names projects by number; the id is used only where the number is not known.
fn name_of(node: &Node<'_>) -> Option<(String, String)> {
    let name = node.text("name").unwrap_or_default();
    let state = node.has_any(&[
        "lifecycleState",
        "state",
        "createTime",
        "displayName",
        "creationTime",
    ]);
    if let Some(id) = node.text("projectId") {
        if let Some(number) = node.id("projectNumber").filter(|n| is_number(n)) {
            return names::manager_name("projects", &number).filter(|_| project_shape(node));
        }
        if let Some(number) = name.strip_prefix("projects/").filter(|n| is_number(n)) {
            return names::manager_name("projects", number);
        }
        return names::manager_name("projects", id).filter(|_| node.has("lifecycleState"));
    }
    let (kind, id) = name.split_once('/')?;
    let own = state || node.has_any(&["owner", "directoryCustomerId", "parent"]);
    (matches!(kind, "folders" | "organizations") && is_number(id) && own)
        .then(|| names::manager_name(kind, id))
        .flatten()
}

fn project_shape(node: &Node<'_>) -> bool {
    node.has_any(&["lifecycleState", "state", "parent", "createTime"])
        || node.value.as_object().is_some_and(|o| o.len() <= 3)
}

/// `projects.getAncestry`: `{ancestor: [{resourceId: {type, id}}]}`, from the project up.
fn ancestry(list: &Node<'_>, found: &mut Found) -> bool {
    let ids: Vec<(Node<'_>, String, String)> = list
        .elements()
        .filter_map(|item| {
            let inner = item.get("resourceId")?;
            let (kind, id) = (inner.text("type")?.to_owned(), inner.id("id")?);
            Some((item, kind, id))
        })
        .collect();
    for (index, (item, kind, id)) in ids.iter().enumerate() {
        let Some((name, asset_type)) = names::manager_name(kind, id) else {
            continue;
        };
        let path: Vec<String> = ids
            .iter()
            .skip(index)
            .map(|(_, kind, id)| format!("{kind}s/{id}"))
            .collect();
        let mut draft = Draft::new(&name, &asset_type, &item.pointer);
        draft.set("/ancestors", Value::from(path), &item.pointer);
        found.asset(Dialect::ResourceManager, draft);
    }
    !ids.is_empty()
}
