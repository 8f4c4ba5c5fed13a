//! Resources that other documents refer to: counted, and turned into assets where their type is clear.

use super::document::Found;
use super::node::{Draft, Node};
use super::{dataset, names, resource_types};
use crate::model::{Dialect, GapReason};

/// A resource, operation or answer of some Google Cloud API.
pub(super) fn read(node: &Node<'_>, found: &mut Found) -> bool {
    if let Some((name, asset_type)) = identify(node) {
        let mut draft = Draft::new(&name, &asset_type, &node.pointer);
        draft.copy("/resource/data", node);
        dataset::finish(&mut draft);
        // Listings of BigQuery give an extract of each resource, and only whole ones link to themselves.
        if asset_type.starts_with("bigquery.") && !node.has_any(&["selfLink", "etag"]) {
            draft.lack("/resource/data", GapReason::ContentMissing);
        }
        found.asset(Dialect::OtherResource, draft);
        return true;
    }
    if is_google(node) {
        found.of(Dialect::OtherResource);
        return true;
    }
    false
}

fn identify(node: &Node<'_>) -> Option<(String, String)> {
    let kind = node.text("kind").unwrap_or_default();
    if is_operation(node) || kind.ends_with("List") || kind.ends_with("#operation") {
        return None;
    }
    if let Some((service, thing)) = kind.split_once('#') {
        return of_kind(node, service, thing);
    }
    let name = node.text("name").unwrap_or_default();
    // One member is not enough to tell a resource from a reference to one, unless nothing refers to its kind: settings
    // of Access Approval in which nothing is set have no other.
    let is_alone = node.value.as_object().is_some_and(|o| o.len() < 2);
    if is_alone && !name.ends_with("/accessApprovalSettings") {
        return None;
    }
    if let Some(rest) = name.strip_prefix("//") {
        return names::full_resource_name(&format!("//{rest}")).ok();
    }
    let linked = node.text("selfLink").and_then(names::resource_of_url);
    linked.or_else(|| {
        let (host, asset_type) = resource_types::of_relative(name)?;
        Some((format!("//{host}/{name}"), asset_type))
    })
}

/// `compute#instance` with its `selfLink`; BigQuery says the name in a reference.
fn of_kind(node: &Node<'_>, service: &str, thing: &str) -> Option<(String, String)> {
    if service == "bigquery" {
        let reference = node.any(&["tableReference", "datasetReference"])?;
        let project = reference.text("projectId")?;
        let dataset = reference.text("datasetId")?;
        let path = format!("//bigquery.googleapis.com/projects/{project}/datasets/{dataset}");
        return Some(match reference.text("tableId") {
            Some(table) => (
                format!("{path}/tables/{table}"),
                "bigquery.googleapis.com/Table".to_owned(),
            ),
            None => (path, "bigquery.googleapis.com/Dataset".to_owned()),
        });
    }
    if service == "groupsSettings" {
        // Of Workspace, and named by its address.
        let email = node.text("email")?;
        return Some((
            format!("//groupssettings.googleapis.com/groups/{email}"),
            "groupssettings.googleapis.com/Group".to_owned(),
        ));
    }
    let (name, by_path) = node.text("selfLink").and_then(names::resource_of_url)?;
    let alphanumeric = thing.bytes().all(|b| b.is_ascii_alphanumeric());
    let asset_type = match by_path.split_once('/') {
        Some((host, _)) if alphanumeric && !thing.is_empty() => {
            format!("{host}/{}", resource_types::capitalised(thing))
        }
        _ => by_path,
    };
    Some((name, asset_type))
}

fn is_operation(node: &Node<'_>) -> bool {
    node.text("name")
        .is_some_and(|n| n.starts_with("operations/") || n.contains("/operations/"))
        || node.has("operationType")
        || node.has("done")
}

/// Whether it comes from a Google Cloud API at all.
fn is_google(node: &Node<'_>) -> bool {
    let collection = |name: &str| {
        let first = name.split('/').next().unwrap_or_default();
        name.contains('/')
            && matches!(
                first,
                "projects"
                    | "folders"
                    | "organizations"
                    | "billingAccounts"
                    | "locations"
                    | "publishers"
                    | "operations"
                    | "apps"
                    | "services"
                    | "accessPolicies"
                    | "constraints"
            )
    };
    node.text("kind").is_some_and(|k| k.contains('#'))
        || node
            .text("selfLink")
            .is_some_and(|l| l.contains("googleapis.com/"))
        || node.text("name").is_some_and(collection)
        || node
            .text("apiVersion")
            .is_some_and(|v| v.contains("knative.dev") || v.contains("run.googleapis.com"))
        || node.has("jobReference")
        || (is_operation(node) && node.has("name"))
}
