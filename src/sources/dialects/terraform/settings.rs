//! Service accounts, keys, custom roles, projects, folders and organisation policies of a plan.

use super::super::node::{Draft, Node, join};
use super::super::{names, rename};
use super::{Plan, Planned, targets};
use crate::model::GapReason;
use serde_json::{Map, Value};

const DATA: &str = "/resource/data";

/// Puts the arguments of `resource` into `draft` under the names that the API has for them.
fn put(draft: &mut Draft, resource: &Planned<'_>, table: &[(&str, &str)]) {
    let values = &resource.values;
    draft.set(DATA, Value::Object(Map::new()), &values.pointer);
    for (key, member) in values.members() {
        if member.value.is_null() {
            continue;
        }
        let name = table
            .iter()
            .find(|(from, _)| *from == key)
            .map(|(_, to)| *to);
        let place = match name {
            Some(name) => join(DATA, name),
            None => join(DATA, &rename::camel(key)),
        };
        draft.copy(&place, &member);
    }
    if let Some(Value::Object(unknown)) = resource.unknown {
        for key in unknown
            .keys()
            .filter(|key| resource.is_unknown(&[key.as_str()]))
        {
            let name = table
                .iter()
                .find(|(from, _)| from == key)
                .map(|(_, to)| *to);
            let place = join(DATA, name.unwrap_or(&rename::camel(key)));
            draft.lack(&place, GapReason::KnownAfterApply);
        }
    }
}

fn parent(draft: &mut Draft, project: Option<String>, source: &str) {
    if let Some(project) = project {
        let name = format!("//cloudresourcemanager.googleapis.com/projects/{project}");
        draft.set("/resource/parent", Value::from(name), source);
    }
}

pub(super) fn account(resource: &Planned<'_>, all: &[Planned<'_>], plan: &mut Plan<'_>) {
    let name = targets::account_name(resource, all, plan)
        .unwrap_or_else(|| targets::placeholder(resource.address));
    let project = targets::project(resource, all, plan);
    let source = resource.values.pointer.clone();
    let draft = plan.draft(&name, "iam.googleapis.com/ServiceAccount", &source);
    put(draft, resource, &[("account_id", "accountId")]);
    // The address follows from the id before the account exists.
    if let Some((_, email)) = name.split_once("/serviceAccounts/")
        && !draft.has("/resource/data/email")
    {
        draft.set(
            "/resource/data/email",
            Value::from(email),
            &join(&source, "account_id"),
        );
    }
    parent(draft, project, &source);
}

pub(super) fn account_key(resource: &Planned<'_>, all: &[Planned<'_>], plan: &mut Plan<'_>) {
    let values = &resource.values;
    let account = match values.text("service_account_id") {
        Some(id) => names::full_resource_name(id).ok().map(|(name, _)| name),
        None => plan
            .configuration
            .referent(resource, "service_account_id", all)
            .and_then(|origin| targets::known_name(origin, all, plan)),
    };
    let name = match (values.text("name"), &account) {
        (Some(name), _) => format!("//iam.googleapis.com/{name}"),
        _ => targets::placeholder(resource.address),
    };
    let draft = plan.draft(
        &name,
        "iam.googleapis.com/ServiceAccountKey",
        &values.pointer,
    );
    put(
        draft,
        resource,
        &[
            ("valid_after", "validAfterTime"),
            ("valid_before", "validBeforeTime"),
        ],
    );
    // The private part is in the state and has no business here.
    draft.remove("/resource/data/privateKey");
    // Terraform makes and uploads user-managed keys only.
    draft.set(
        "/resource/data/keyType",
        Value::from("USER_MANAGED"),
        &values.pointer,
    );
    let origin = if values.get("public_key_data").is_some() {
        "USER_PROVIDED"
    } else {
        "GOOGLE_PROVIDED"
    };
    draft.set(
        "/resource/data/keyOrigin",
        Value::from(origin),
        &values.pointer,
    );
    if let Some(account) = account {
        draft.set("/resource/parent", Value::from(account), &values.pointer);
    }
}

pub(super) fn hmac_key(resource: &Planned<'_>, all: &[Planned<'_>], plan: &mut Plan<'_>) {
    let project = targets::project(resource, all, plan);
    let values = &resource.values;
    let name = match (&project, values.text("access_id")) {
        (Some(project), Some(id)) => {
            format!("//storage.googleapis.com/projects/{project}/hmacKeys/{id}")
        }
        _ => targets::placeholder(resource.address),
    };
    let draft = plan.draft(&name, "storage.googleapis.com/HmacKey", &values.pointer);
    put(draft, resource, &[]);
    draft.remove("/resource/data/secret");
    parent(draft, project, &resource.values.pointer);
}

pub(super) fn role(resource: &Planned<'_>, all: &[Planned<'_>], plan: &mut Plan<'_>) {
    let values = &resource.values;
    let owner = if resource.kind == "google_organization_iam_custom_role" {
        values.id("org_id").map(|id| format!("organizations/{id}"))
    } else {
        targets::project(resource, all, plan).map(|project| format!("projects/{project}"))
    };
    let id = match (&owner, values.text("role_id")) {
        (Some(owner), Some(role)) => Some(format!("{owner}/roles/{role}")),
        _ => None,
    };
    let name = id.as_ref().map_or_else(
        || targets::placeholder(resource.address),
        |id| format!("//iam.googleapis.com/{id}"),
    );
    let draft = plan.draft(&name, "iam.googleapis.com/Role", &values.pointer);
    put(draft, resource, &[("permissions", "includedPermissions")]);
    if let Some(id) = id {
        draft.set(
            "/resource/data/name",
            Value::from(id),
            &join(&values.pointer, "role_id"),
        );
    }
    if let Some(owner) = owner {
        let name = format!("//cloudresourcemanager.googleapis.com/{owner}");
        draft.set("/resource/parent", Value::from(name), &values.pointer);
    }
}

/// A table, with nothing but what only Terraform knows of it: whether it may destroy it.
pub(super) fn table(resource: &Planned<'_>, all: &[Planned<'_>], plan: &mut Plan<'_>) {
    let (name, asset_type) = targets::of_policy(resource.kind, resource, all, plan);
    let draft = plan.draft(&name, &asset_type, &resource.values.pointer);
    draft.set(DATA, Value::Object(Map::new()), &resource.values.pointer);
    if let Some(protection) = resource.values.get("deletion_protection") {
        draft.copy(&join(DATA, "deletionProtection"), &protection);
    }
    draft.lack(DATA, GapReason::ContentMissing);
}

/// Projects and folders: they tell the hierarchy.
pub(super) fn node(resource: &Planned<'_>, all: &[Planned<'_>], plan: &mut Plan<'_>) {
    let values = &resource.values;
    let name = targets::known_name(resource, all, plan)
        .unwrap_or_else(|| targets::placeholder(resource.address));
    let asset_type = match resource.kind {
        "google_project" => "cloudresourcemanager.googleapis.com/Project",
        _ => "cloudresourcemanager.googleapis.com/Folder",
    };
    let above = values
        .id("folder_id")
        .map(|id| format!("folders/{}", id.trim_start_matches("folders/")))
        .or_else(|| values.id("org_id").map(|id| format!("organizations/{id}")))
        .or_else(|| values.text("parent").map(str::to_owned))
        .filter(|above| !above.ends_with('/'));
    let draft = plan.draft(&name, asset_type, &values.pointer);
    put(draft, resource, &[("number", "projectNumber")]);
    if let Some(above) = above {
        let name = format!("//cloudresourcemanager.googleapis.com/{above}");
        draft.set("/resource/parent", Value::from(name), &values.pointer);
    }
}

pub(super) fn org_policy_v1(resource: &Planned<'_>, all: &[Planned<'_>], plan: &mut Plan<'_>) {
    let target = match resource.kind {
        "google_organization_policy" => "google_organization",
        "google_folder_organization_policy" => "google_folder",
        _ => "google_project",
    };
    let (name, asset_type) = targets::of_policy(target, resource, all, plan);
    let values = &resource.values;
    let draft = plan.draft(&name, &asset_type, &values.pointer);
    let place = draft.push("/orgPolicy", Value::Object(Map::new()), &values.pointer);
    if let Some(constraint) = values.get("constraint") {
        // The provider accepts the constraint with and without its collection.
        let text = constraint.value.as_str().unwrap_or_default();
        let full = format!("constraints/{}", text.trim_start_matches("constraints/"));
        draft.set(
            &format!("{place}/constraint"),
            Value::from(full),
            &constraint.pointer,
        );
    }
    let first = |key: &str| -> Option<Node<'_>> {
        values.get(key)?.elements().find(|b| b.value.is_object())
    };
    if let Some(block) = first("boolean_policy") {
        copy_camel(draft, &format!("{place}/booleanPolicy"), &block);
    }
    if let Some(block) = first("list_policy") {
        list_policy(draft, &format!("{place}/listPolicy"), &block);
    }
    if first("restore_policy").is_some() {
        draft.set(
            &format!("{place}/restoreDefault"),
            Value::Object(Map::new()),
            &values.pointer,
        );
    }
}

fn list_policy(draft: &mut Draft, place: &str, block: &Node<'_>) {
    draft.set(place, Value::Object(Map::new()), &block.pointer);
    for (from, all_values, values) in [
        ("allow", "ALLOW", "allowedValues"),
        ("deny", "DENY", "deniedValues"),
    ] {
        let Some(rule) = block
            .get(from)
            .and_then(|r| r.elements().find(|e| e.value.is_object()))
        else {
            continue;
        };
        if rule
            .get("all")
            .is_some_and(|a| a.value == &Value::Bool(true))
        {
            draft.set(
                &format!("{place}/allValues"),
                Value::from(all_values),
                &rule.pointer,
            );
        }
        if let Some(list) = rule.get("values") {
            draft.copy(&format!("{place}/{values}"), &list);
        }
    }
    if let Some(inherit) = block.get("inherit_from_parent") {
        draft.copy(&format!("{place}/inheritFromParent"), &inherit);
    }
}

pub(super) fn org_policy_v2(resource: &Planned<'_>, plan: &mut Plan<'_>) {
    let values = &resource.values;
    let name = match values.text("name") {
        Some(name) => format!("//orgpolicy.googleapis.com/{name}"),
        None => targets::placeholder(resource.address),
    };
    let draft = plan.draft(&name, "orgpolicy.googleapis.com/Policy", &values.pointer);
    draft.set(DATA, Value::Object(Map::new()), &values.pointer);
    if let Some(own) = values.get("name") {
        draft.copy("/resource/data/name", &own);
    }
    if let Some(owner) = values.text("parent") {
        let parent = format!("//cloudresourcemanager.googleapis.com/{owner}");
        draft.set("/resource/parent", Value::from(parent), &values.pointer);
    }
    for (from, to) in [("spec", "spec"), ("dry_run_spec", "dryRunSpec")] {
        let Some(spec) = values
            .get(from)
            .and_then(|s| s.elements().find(|e| e.value.is_object()))
        else {
            continue;
        };
        let place = join(DATA, to);
        draft.set(&place, Value::Object(Map::new()), &spec.pointer);
        for key in ["inherit_from_parent", "reset"] {
            if let Some(member) = spec.get(key) {
                draft.copy(&join(&place, &rename::camel(key)), &member);
            }
        }
        let rules = spec.get("rules");
        for rule in rules.iter().flat_map(Node::elements) {
            v2_rule(draft, &format!("{place}/rules"), &rule);
        }
    }
}

/// The provider writes booleans as `"TRUE"`, and blocks as lists.
fn v2_rule(draft: &mut Draft, list: &str, rule: &Node<'_>) {
    let place = draft.push(list, Value::Object(Map::new()), &rule.pointer);
    for (from, to) in [
        ("enforce", "enforce"),
        ("allow_all", "allowAll"),
        ("deny_all", "denyAll"),
    ] {
        let Some(member) = rule.get(from) else {
            continue;
        };
        let value = match member.value.as_str() {
            Some(text) if text.eq_ignore_ascii_case("true") => Value::Bool(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Value::Bool(false),
            Some("") => continue,
            _ => member.value.clone(),
        };
        draft.set(&format!("{place}/{to}"), value, &member.pointer);
    }
    for key in ["values", "condition"] {
        let block = rule
            .get(key)
            .and_then(|b| b.elements().find(|e| e.value.is_object()));
        if let Some(block) = block {
            copy_camel(draft, &format!("{place}/{key}"), &block);
        }
    }
}

fn copy_camel(draft: &mut Draft, place: &str, node: &Node<'_>) {
    let mut pairs = Vec::new();
    let value = rename::camel_tree(node, place, &[], &mut pairs);
    draft.set(place, value, &node.pointer);
    for (to, from) in pairs {
        draft.map(&to, &from);
    }
}
