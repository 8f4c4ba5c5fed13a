//! What the IAM API lists: service accounts, keys, roles, deny and boundary policies, pools; and the keys of
//! Cloud Storage and API keys, which are identities too.

use super::document::{Found, Scope};
use super::names;
use super::node::{Draft, Node};
use crate::model::{Dialect, GapReason};
use serde_json::Value;

const DATA: &str = "/resource/data";

pub(super) fn read(node: &Node<'_>, scope: &Scope, found: &mut Found) -> bool {
    account_key(node, found)
        || hmac_key(node, found)
        || account(node, found)
        || role(node, scope, found)
        || deny(node, found)
        || boundary(node, found)
        || api_key(node, found)
        || pool(node, found)
}

fn resource(node: &Node<'_>, name: &str, asset_type: &str) -> Draft {
    let mut draft = Draft::new(name, asset_type, &node.pointer);
    draft.copy(DATA, node);
    draft
}

fn with_parent(draft: &mut Draft, parent: &str, source: &str) {
    draft.set("/resource/parent", Value::from(parent), source);
}

/// The part of `name` before `/collection/`.
fn before<'n>(name: &'n str, collection: &str) -> Option<&'n str> {
    name.split_once(collection).map(|(head, _)| head)
}

fn account(node: &Node<'_>, found: &mut Found) -> bool {
    let name = node.text("name").unwrap_or_default();
    let email = node
        .text("email")
        .filter(|e| e.ends_with("gserviceaccount.com"));
    let by_name = name.starts_with("projects/")
        && name.contains("/serviceAccounts/")
        && name.split('/').count() == 4;
    let full = if by_name {
        format!("//iam.googleapis.com/{name}")
    } else {
        // Without the name it takes more than an address: many resources mention one.
        match email.filter(|_| node.has_any(&["uniqueId", "oauth2ClientId"])) {
            Some(email) => match node.text("projectId") {
                Some(project) => {
                    format!("//iam.googleapis.com/projects/{project}/serviceAccounts/{email}")
                }
                None => names::account_name(email)
                    .map(|(n, _)| n)
                    .unwrap_or_default(),
            },
            None => return false,
        }
    };
    let mut draft = resource(node, &full, "iam.googleapis.com/ServiceAccount");
    if let Some(project) = before(name, "/serviceAccounts/").filter(|p| *p != "projects/-") {
        with_parent(
            &mut draft,
            &format!("//cloudresourcemanager.googleapis.com/{project}"),
            &node.pointer,
        );
    }
    found.asset(Dialect::ServiceAccount, draft);
    true
}

fn account_key(node: &Node<'_>, found: &mut Found) -> bool {
    let name = node.text("name").unwrap_or_default();
    let Some(account) = before(name, "/keys/").filter(|a| a.contains("/serviceAccounts/")) else {
        return false;
    };
    let mut draft = resource(
        node,
        &format!("//iam.googleapis.com/{name}"),
        "iam.googleapis.com/ServiceAccountKey",
    );
    with_parent(
        &mut draft,
        &format!("//iam.googleapis.com/{account}"),
        &node.pointer,
    );
    found.asset(Dialect::ServiceAccountKey, draft);
    true
}

/// Roles, with or without a name: a definition for `gcloud iam roles create --file` has none.
fn role(node: &Node<'_>, scope: &Scope, found: &mut Found) -> bool {
    let name = node.text("name").unwrap_or_default();
    let tokens: Vec<&str> = name.split('/').collect();
    let by_name = matches!(
        tokens.as_slice(),
        ["roles", _] | ["projects" | "organizations", _, "roles", _]
    );
    let own = node.has_any(&[
        "includedPermissions",
        "included_permissions",
        "stage",
        "title",
    ]);
    let by_content = node
        .get("includedPermissions")
        .is_some_and(|p| p.value.is_array());
    if !(by_name && own || by_content) {
        return false;
    }
    let mut draft = if by_name {
        resource(
            node,
            &format!("//iam.googleapis.com/{name}"),
            "iam.googleapis.com/Role",
        )
    } else {
        let owner = scope
            .resource
            .clone()
            .filter(|(_, asset_type)| asset_type == "iam.googleapis.com/Role");
        if owner.is_none() {
            found.gap(
                Dialect::Role,
                GapReason::ResourceUnknown,
                "a role definition without a name: it is judged, but no grant can refer to it",
                &node.pointer,
            );
        }
        let (name, _) = owner.unwrap_or_default();
        let mut draft = Draft::new(&name, "iam.googleapis.com/Role", &node.pointer);
        draft.copy(DATA, node);
        draft
    };
    if let (true, [kind, id, ..]) = (tokens.len() == 4, tokens.as_slice()) {
        with_parent(
            &mut draft,
            &format!("//cloudresourcemanager.googleapis.com/{kind}/{id}"),
            &node.pointer,
        );
    }
    if !node.has("includedPermissions") {
        // `list` without `view=FULL` leaves the permissions out; an empty custom role looks the same.
        draft.lack(
            "/resource/data/includedPermissions",
            GapReason::DialectLacks,
        );
    }
    found.asset(Dialect::Role, draft);
    true
}

fn deny(node: &Node<'_>, found: &mut Found) -> bool {
    let name = node.text("name").unwrap_or_default();
    let by_name = name.starts_with("policies/") && name.contains("/denypolicies/");
    let by_kind = node.text("kind") == Some("DenyPolicy") && node.has_any(&["rules", "name"]);
    if !by_name && !by_kind {
        return false;
    }
    let mut draft = resource(
        node,
        &format!("//iam.googleapis.com/{name}"),
        "iam.googleapis.com/DenyPolicy",
    );
    let attached = name
        .strip_prefix("policies/")
        .and_then(|rest| before(rest, "/denypolicies/"))
        .map(|point| point.replace("%2F", "/").replace("%2f", "/"));
    match attached {
        Some(point) => with_parent(&mut draft, &format!("//{point}"), &node.pointer),
        None => found.gap(
            Dialect::DenyPolicy,
            GapReason::ResourceUnknown,
            "a deny policy does not say where it is attached",
            &node.pointer,
        ),
    }
    if !node.has("rules") {
        // `list` gives no rules; only `get` does.
        draft.lack("/resource/data/rules", GapReason::DialectLacks);
    }
    found.asset(Dialect::DenyPolicy, draft);
    true
}

fn boundary(node: &Node<'_>, found: &mut Found) -> bool {
    let name = node.text("name").unwrap_or_default();
    let (asset_type, parent) = if let Some(head) = before(name, "/principalAccessBoundaryPolicies/")
    {
        ("iam.googleapis.com/PrincipalAccessBoundaryPolicy", head)
    } else if let Some(head) = before(name, "/policyBindings/") {
        ("iam.googleapis.com/PolicyBinding", head)
    } else if node.has("policyKind") && node.has("target") {
        ("iam.googleapis.com/PolicyBinding", "")
    } else {
        return false;
    };
    let mut draft = resource(node, &format!("//iam.googleapis.com/{name}"), asset_type);
    if let Some(owner) = before(parent, "/locations/") {
        with_parent(
            &mut draft,
            &format!("//cloudresourcemanager.googleapis.com/{owner}"),
            &node.pointer,
        );
    }
    if asset_type.ends_with("BoundaryPolicy") && !node.has("details") {
        draft.lack("/resource/data/details", GapReason::DialectLacks);
    }
    found.asset(Dialect::PrincipalAccessBoundary, draft);
    true
}

fn pool(node: &Node<'_>, found: &mut Found) -> bool {
    let name = node.text("name").unwrap_or_default();
    let workload = name.contains("/workloadIdentityPools/");
    if !workload && !name.starts_with("locations/") {
        return false;
    }
    let provider = name.contains("/providers/");
    let kind = match (workload, name.contains("/workforcePools/"), provider) {
        (true, _, false) => "WorkloadIdentityPool",
        (true, _, true) => "WorkloadIdentityPoolProvider",
        (false, true, false) => "WorkforcePool",
        (false, true, true) => "WorkforcePoolProvider",
        (false, false, _) => return false,
    };
    let mut draft = resource(
        node,
        &format!("//iam.googleapis.com/{name}"),
        &format!("iam.googleapis.com/{kind}"),
    );
    if let Some(head) = before(name, "/providers/") {
        with_parent(
            &mut draft,
            &format!("//iam.googleapis.com/{head}"),
            &node.pointer,
        );
    } else if let Some(head) = before(name, "/locations/").filter(|h| !h.is_empty()) {
        with_parent(
            &mut draft,
            &format!("//cloudresourcemanager.googleapis.com/{head}"),
            &node.pointer,
        );
    }
    found.asset(Dialect::IdentityPool, draft);
    true
}

fn hmac_key(node: &Node<'_>, found: &mut Found) -> bool {
    // The answer to `create` wraps the metadata and carries the secret, which goes no further.
    let metadata = match node.text("kind") {
        Some("storage#hmacKey") => node.get("metadata"),
        _ => None,
    };
    let node = metadata.as_ref().unwrap_or(node);
    let Some(id) = node.text("accessId").or_else(|| node.text("access_id")) else {
        return false;
    };
    let project = node
        .id("projectId")
        .or_else(|| node.id("project_id"))
        .unwrap_or_else(|| "-".to_owned());
    let mut pairs = Vec::new();
    let value = super::rename::camel_tree(node, DATA, &[], &mut pairs);
    let mut draft = Draft::new(
        &format!("//storage.googleapis.com/projects/{project}/hmacKeys/{id}"),
        "storage.googleapis.com/HmacKey",
        &node.pointer,
    );
    draft.set(DATA, value, &node.pointer);
    for (to, from) in pairs {
        draft.map(&to, &from);
    }
    if project != "-" {
        with_parent(
            &mut draft,
            &format!("//cloudresourcemanager.googleapis.com/projects/{project}"),
            &node.pointer,
        );
    }
    found.asset(Dialect::HmacKey, draft);
    true
}

fn api_key(node: &Node<'_>, found: &mut Found) -> bool {
    let name = node.text("name").unwrap_or_default();
    let tokens: Vec<&str> = name.split('/').collect();
    let ["projects", project, "locations", _, "keys", _] = tokens.as_slice() else {
        return false;
    };
    let mut draft = resource(
        node,
        &format!("//apikeys.googleapis.com/{name}"),
        "apikeys.googleapis.com/Key",
    );
    with_parent(
        &mut draft,
        &format!("//cloudresourcemanager.googleapis.com/projects/{project}"),
        &node.pointer,
    );
    found.asset(Dialect::ApiKey, draft);
    true
}
