//! Terraform plans and states as `terraform show -json` prints them.
//!
//! What the plan adds to one Google Cloud resource is gathered into one asset: a bucket, its ACL and its
//! grants. Values that Terraform learns only from `apply` are lacks with that reason.

mod bucket;
mod config;
mod iam;
mod settings;
mod targets;

use super::Translation;
use super::document::Found;
use super::node::{Draft, Node};
use crate::model::{Dialect, GapReason};
use config::Configuration;
use indexmap::IndexMap;
use serde_json::Value;

/// Deepest nesting of modules that is looked into.
const MAX_MODULES: usize = 16;

/// Whether `node` is a plan or a state.
pub(super) fn is_plan(node: &Node<'_>) -> bool {
    node.has("format_version")
        && (node.has_any(&["planned_values", "resource_changes"])
            || (node.has("terraform_version") && node.has_any(&["values", "configuration"])))
}

/// One resource as it will be.
struct Planned<'a> {
    /// Its address, as in `module.lake.google_storage_bucket.raw[0]`.
    address: &'a str,
    /// The address of its module, empty for the root.
    module: &'a str,
    kind: &'a str,
    values: Node<'a>,
    unknown: Option<&'a Value>,
}

impl<'a> Planned<'a> {
    /// Whether Terraform learns the value at `path` only from `apply`.
    fn is_unknown(&self, path: &[&str]) -> bool {
        let mut at = self.unknown;
        for token in path {
            at = match at {
                Some(Value::Bool(true)) => return true,
                Some(Value::Object(map)) => map.get(*token),
                Some(Value::Array(list)) => token.parse::<usize>().ok().and_then(|i| list.get(i)),
                _ => return false,
            };
        }
        at.is_some_and(all_unknown)
    }

    fn text(&self, key: &str) -> Option<&'a str> {
        self.values.text(key).filter(|t| !t.is_empty())
    }
}

/// `true`, or a block in which something is unknown. Bounded by the depth of the parser.
fn all_unknown(value: &Value) -> bool {
    match value {
        Value::Bool(unknown) => *unknown,
        Value::Array(list) => !list.is_empty() && list.iter().all(all_unknown),
        _ => false,
    }
}

/// What is known about the plan as a whole while its resources are read.
struct Plan<'a> {
    resources: Vec<Planned<'a>>,
    configuration: Configuration<'a>,
    /// By full resource name, in the order of the plan.
    drafts: IndexMap<String, Draft>,
    gaps: Vec<(GapReason, String, String)>,
}

impl<'a> Plan<'a> {
    /// The asset called `name`, made at the first mention.
    fn draft(&mut self, name: &str, asset_type: &str, source: &str) -> &mut Draft {
        self.drafts
            .entry(name.to_owned())
            .or_insert_with(|| Draft::new(name, asset_type, source))
    }

    fn gap(&mut self, reason: GapReason, message: String, pointer: &str) {
        self.gaps.push((reason, message, pointer.to_owned()));
    }
}

pub(super) fn read(node: &Node<'_>, found: &mut Found) {
    let mut plan = Plan {
        resources: resources(node),
        configuration: Configuration::new(node),
        drafts: IndexMap::new(),
        gaps: Vec::new(),
    };
    let resources = std::mem::take(&mut plan.resources);
    for resource in &resources {
        read_resource(resource, &resources, &mut plan);
    }
    if node
        .get("errored")
        .is_some_and(|e| e.value == &Value::Bool(true))
    {
        plan.gap(
            GapReason::Truncated,
            "Terraform could not finish this plan: it is incomplete".to_owned(),
            &node.pointer,
        );
    }
    let translation: &mut Translation = found.of(Dialect::TerraformPlan);
    translation
        .assets
        .extend(plan.drafts.into_values().map(Draft::finish));
    translation.gaps.extend(plan.gaps);
}

fn read_resource(resource: &Planned<'_>, all: &[Planned<'_>], plan: &mut Plan<'_>) {
    match resource.kind {
        "google_storage_bucket" => bucket::read(resource, all, plan),
        "google_storage_bucket_acl"
        | "google_storage_default_object_acl"
        | "google_storage_bucket_access_control"
        | "google_storage_default_object_access_control" => bucket::read_acl(resource, all, plan),
        "google_service_account" => settings::account(resource, all, plan),
        "google_service_account_key" => settings::account_key(resource, all, plan),
        "google_storage_hmac_key" => settings::hmac_key(resource, all, plan),
        "google_project_iam_custom_role" | "google_organization_iam_custom_role" => {
            settings::role(resource, all, plan);
        }
        "google_project" | "google_folder" => settings::node(resource, all, plan),
        "google_project_organization_policy"
        | "google_folder_organization_policy"
        | "google_organization_policy" => settings::org_policy_v1(resource, all, plan),
        "google_org_policy_policy" => settings::org_policy_v2(resource, plan),
        "google_bigquery_table" => settings::table(resource, all, plan),
        kind => {
            if let Some((target, form)) = iam::split(kind) {
                iam::read(resource, target, form, all, plan);
            }
        }
    }
}

/// The managed resources as they will be: from the changes, and from the values for what has no change.
fn resources<'a>(node: &Node<'a>) -> Vec<Planned<'a>> {
    let mut out = Vec::new();
    let mut gone: Vec<&str> = Vec::new();
    if let Some(changes) = node.get("resource_changes") {
        for change in changes.elements() {
            let (Some(address), Some(kind)) = (change.text("address"), change.text("type")) else {
                continue;
            };
            let managed = change.text("mode").is_none_or(|m| m == "managed");
            let Some(body) = change.get("change").filter(|_| managed) else {
                continue;
            };
            match body.get("after") {
                Some(after) if after.value.is_object() => out.push(Planned {
                    address,
                    module: change.text("module_address").unwrap_or_default(),
                    kind,
                    values: after,
                    unknown: body.value.get("after_unknown"),
                }),
                // To be destroyed.
                _ => gone.push(address),
            }
        }
    }
    let values = node.any(&["planned_values", "values"]);
    if let Some(root) = values.and_then(|v| v.get("root_module")) {
        // Plans of thousands of resources are common: look addresses up instead of searching for each.
        let mut seen: std::collections::HashSet<&str> = out.iter().map(|r| r.address).collect();
        seen.extend(gone);
        add_values(&root, "", 0, &seen, &mut out);
    }
    out
}

fn add_values<'a>(
    module: &Node<'a>,
    address: &'a str,
    depth: usize,
    seen: &std::collections::HashSet<&str>,
    out: &mut Vec<Planned<'a>>,
) {
    if depth > MAX_MODULES {
        return;
    }
    let own = module.get("resources");
    for resource in own.iter().flat_map(Node::elements) {
        let (Some(name), Some(kind)) = (resource.text("address"), resource.text("type")) else {
            continue;
        };
        let managed = resource.text("mode").is_none_or(|m| m == "managed");
        if seen.contains(name) || !managed {
            continue;
        }
        if let Some(values) = resource.get("values") {
            out.push(Planned {
                address: name,
                module: address,
                kind,
                values,
                unknown: None,
            });
        }
    }
    let children = module.get("child_modules");
    for child in children.iter().flat_map(Node::elements) {
        let address = child.text("address").unwrap_or_default();
        add_values(&child, address, depth + 1, seen, out);
    }
}
