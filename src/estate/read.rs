//! Facts of the rarer assets, read from the asset as a whole.
//!
//! Buckets and grants are many, and their facts come out of the judges' walk; everything else is few enough
//! to be read as a document.

use super::fact::{AccountFact, Evidence, Fact, ModelFact, NodeFact, PerimeterFact, RoleFact};
use super::org_policy;
use crate::catalog::{CustomRole, Stage};
use crate::model::{AssetText, WayBack};
use serde_json::Value;
use std::sync::Arc;

/// Asset types whose facts [`facts_of`] reads.
pub const DOCUMENT_TYPES: [&str; 7] = [
    "accesscontextmanager.googleapis.com/ServicePerimeter",
    "cloudresourcemanager.googleapis.com/Organization",
    "cloudresourcemanager.googleapis.com/Folder",
    "cloudresourcemanager.googleapis.com/Project",
    "iam.googleapis.com/Role",
    "orgpolicy.googleapis.com/Policy",
    "aiplatform.googleapis.com/Model",
];

/// Reads what an asset says that later stages need. An asset whose fields have unexpected types says less.
pub fn facts_of(asset: &Value, text: &AssetText<'_>, facts: &mut Vec<Fact>) {
    let name = string(asset, "/name").unwrap_or_default();
    let data = asset.pointer("/resource/data");
    for (i, policy) in asset
        .get("orgPolicy")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .enumerate()
    {
        if let Some(node) = node_path(name) {
            facts.extend(org_policy::first_version(policy, node, i, text).map(Fact::OrgPolicy));
        }
    }
    // Content type `ACCESS_POLICY` has perimeters beside the resource, one a line, on the asset of the organisation.
    let whose = strings(asset, "/ancestors").pop();
    let whose = whose.or_else(|| node_path(name));
    let whose = whose.filter(|node| node.starts_with("organizations/"));
    let beside = asset.get("servicePerimeter");
    facts.extend(beside.and_then(|data| perimeter(data, whose.clone())));
    let Some(data) = data else { return };
    match string(asset, "/assetType").unwrap_or_default() {
        "cloudresourcemanager.googleapis.com/Organization" => facts.push(Fact::Node(NodeFact {
            name: name.into(),
            number: node_path(name),
            id: None,
            parent: None,
            domain: string(data, "/displayName")
                .filter(|d| d.contains('.'))
                .map(Into::into),
            created: created(data),
            deleted: is_deleted(data),
            evidence: evidence(text, "/resource/data", None),
        })),
        "cloudresourcemanager.googleapis.com/Folder" => facts.push(Fact::Node(NodeFact {
            name: name.into(),
            number: node_path(name),
            id: None,
            parent: parent_of(asset, data),
            domain: None,
            created: created(data),
            deleted: is_deleted(data),
            evidence: evidence(text, "/resource/data", None),
        })),
        "cloudresourcemanager.googleapis.com/Project" => {
            facts.push(Fact::Node(project(asset, data, name, text)))
        }
        "iam.googleapis.com/Role" => facts.extend(role(data, name, text).map(Fact::Role)),
        "orgpolicy.googleapis.com/Policy" => {
            facts.extend(org_policy::second_version(data, text).map(Fact::OrgPolicy))
        }
        "accesscontextmanager.googleapis.com/ServicePerimeter" => {
            facts.extend(perimeter(data, whose));
        }
        "aiplatform.googleapis.com/Model" => {
            facts.extend(model(asset, data, name, text).map(Fact::Model))
        }
        _ => {}
    }
}

/// The service account that an asset with settings describes. Cloud Asset Inventory names it by its address or by
/// its unique id; the settings have the address. Few fields are needed, so the asset is not read as a whole.
pub fn account_of(name: &str, text: &str) -> Option<AccountFact> {
    let (_, id) = name.split_once("/serviceAccounts/")?;
    if id.contains('/') {
        return None;
    }
    let data = |field: &str| sonic_rs::get(text, ["resource", "data", field]).ok();
    let email = match data("email") {
        Some(email) => sonic_rs::from_str::<String>(email.as_raw_str()).ok(),
        None => None,
    };
    let email = email.or_else(|| id.contains('@').then(|| id.to_owned()))?;
    Some(AccountFact {
        email: email.into(),
        name: name.into(),
        disabled: data("disabled").is_some_and(|value| value.as_raw_str() == "true"),
    })
}

fn project(asset: &Value, data: &Value, name: &str, text: &AssetText<'_>) -> NodeFact {
    let number = string(data, "/projectNumber")
        .map(|n| format!("projects/{n}"))
        .or_else(|| {
            data.pointer("/projectNumber")
                .and_then(Value::as_u64)
                .map(|n| format!("projects/{n}"))
        })
        // Resource Manager v3 names a project by its number.
        .or_else(|| {
            string(data, "/name")
                .filter(|n| is_numbered(n))
                .map(str::to_owned)
        })
        .or_else(|| node_path(name).filter(|n| is_numbered(n)).map(Into::into));
    let id = string(data, "/projectId")
        .map(|id| format!("projects/{id}"))
        .or_else(|| node_path(name).filter(|n| !is_numbered(n)).map(Into::into));
    NodeFact {
        name: name.into(),
        number: number.map(Into::into),
        id: id.map(Into::into),
        parent: parent_of(asset, data),
        domain: None,
        created: created(data),
        deleted: is_deleted(data),
        evidence: evidence(text, "/resource/data", None),
    }
}

/// Resource Manager v1 says `creationTime` and `lifecycleState`, v3 `createTime` and `state`.
fn created(data: &Value) -> Option<Box<str>> {
    let time = string(data, "/createTime").or_else(|| string(data, "/creationTime"));
    time.map(Into::into)
}

fn is_deleted(data: &Value) -> bool {
    let state = string(data, "/state").or_else(|| string(data, "/lifecycleState"));
    matches!(state, Some("DELETE_REQUESTED" | "DELETE_IN_PROGRESS"))
}

fn is_numbered(name: &str) -> bool {
    name.strip_prefix("projects/")
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

fn node_path(name: &str) -> Option<Box<str>> {
    name.strip_prefix("//cloudresourcemanager.googleapis.com/")
        .map(Into::into)
}

fn parent_of(asset: &Value, data: &Value) -> Option<Box<str>> {
    if let Some(parent) = string(asset, "/ancestors/1") {
        return Some(parent.into());
    }
    if let Some(parent) = string(data, "/parent") {
        return Some(parent.into());
    }
    let (kind, id) = (string(data, "/parent/type")?, string(data, "/parent/id")?);
    Some(format!("{kind}s/{id}").into())
}

fn role(data: &Value, name: &str, text: &AssetText<'_>) -> Option<RoleFact> {
    let role_name = string(data, "/name").or_else(|| name.strip_prefix("//iam.googleapis.com/"))?;
    if role_name.starts_with("roles/") {
        return None;
    }
    let permissions = data.get("includedPermissions").and_then(Value::as_array);
    let permissions_list: Vec<String> = permissions
        .into_iter()
        .flatten()
        .filter_map(|p| p.as_str().map(str::to_owned))
        .collect();
    let words = ["/title", "/description"]
        .iter()
        .filter_map(|p| string(data, p))
        .map(str::len)
        .sum::<usize>();
    let size = words + permissions_list.iter().map(String::len).sum::<usize>();
    Some(RoleFact {
        name: name.into(),
        has_permissions: permissions.is_some(),
        size,
        role: CustomRole {
            name: role_name.to_owned(),
            title: string(data, "/title").map(str::to_owned),
            stage: Stage::parse(string(data, "/stage")),
            deleted: data
                .get("deleted")
                .and_then(Value::as_bool)
                .unwrap_or(false),
            permissions: permissions.is_some().then_some(permissions_list),
        },
        evidence: evidence(text, "/resource/data", None),
    })
}

fn model(asset: &Value, data: &Value, name: &str, text: &AssetText<'_>) -> Option<ModelFact> {
    let uri = string(data, "/artifactUri")?;
    let bucket = uri.strip_prefix("gs://")?.split('/').next()?;
    Some(ModelFact {
        name: name.into(),
        display_name: string(data, "/displayName").map(Into::into),
        bucket: bucket.into(),
        ancestors: strings(asset, "/ancestors"),
        evidence: evidence(text, "/resource/data/artifactUri", None),
    })
}

/// A perimeter, as far as it is enforced: `spec` is a dry run.
fn perimeter(data: &Value, organization: Option<Box<str>>) -> Option<Fact> {
    let status = |key: &str, other: &str| {
        let status = data.get("status");
        let list = status.and_then(|status| status.get(key).or_else(|| status.get(other)));
        let list = list.and_then(Value::as_array).into_iter().flatten();
        list.filter_map(|value| value.as_str().map(Into::into))
            .collect()
    };
    Some(Fact::Perimeter(PerimeterFact {
        name: string(data, "/name")?.into(),
        organization,
        projects: status("resources", "resources"),
        services: status("restrictedServices", "restricted_services"),
    }))
}

/// Evidence at `pointer` of an asset.
pub fn evidence(text: &AssetText<'_>, pointer: impl Into<Arc<str>>, at: Option<usize>) -> Evidence {
    let pointer = pointer.into();
    // A translated asset is looked up in the document it came from, not in its own text.
    let at = match text.site.way_back {
        WayBack::Line(_) => at.or_else(|| text.outline.offset_of(text.text, &pointer)),
        WayBack::Translated { .. } => None,
    };
    let (pointer, location) = text.resolve(pointer, at);
    Evidence {
        document: text.site.document,
        pointer,
        location,
    }
}

/// [`crate::model::locate::offset_of`] where the offset of the value, or of its name, is known already.
pub fn shown_at(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    if bytes.get(at) != Some(&b'"') {
        return at;
    }
    let mut end = at + 1;
    loop {
        match bytes.get(end) {
            Some(b'"') => break,
            Some(b'\\') => end += 2,
            Some(_) => end += 1,
            None => return at,
        }
    }
    let space = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|b| b.is_ascii_whitespace()).count()
    };
    let colon = space(end + 1);
    if bytes.get(colon) != Some(&b':') {
        return at;
    }
    let value = space(colon + 1);
    match bytes.get(value) {
        Some(b'{' | b'[') | None => at,
        Some(_) => value,
    }
}

pub(super) fn string<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer).and_then(Value::as_str)
}

pub(super) fn strings(value: &Value, pointer: &str) -> Vec<Box<str>> {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|v| v.as_str().map(Into::into))
        .collect()
}
