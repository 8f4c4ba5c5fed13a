//! Tests of the general analyses: what the fixtures of the rules that use them do not show.
#![allow(clippy::unwrap_used)]

mod assets;
mod policies;

use super::tests::{Told, judged};
use crate::rules::{RuleText, Ruleset};
use serde_json::{Value, json};

/// What the analysis `name`, told `with`, says of the assets.
fn told(name: &str, with: &str, assets: &[Value]) -> Told {
    let head = "title = \"t\"\nseverity = \"low\"\nconfidence = \"high\"\nwhy = \"w\"\nfix = \"f\"\nmessage = \"{value}\"\n";
    let text = RuleText {
        path: "house-rule.toml".to_owned(),
        text: format!("{head}[analysis]\nname = \"{name}\"\n[analysis.with]\n{with}\n"),
        builtin: false,
    };
    match Ruleset::load(&[text]) {
        Ok(rules) => judged(&rules, assets),
        Err(errors) => panic!("{}", errors[0].frame),
    }
}

const ORGANIZATION: &str = "organizations/1";

fn asset(kind: &str, name: &str, ancestors: &[&str], data: &Value) -> Value {
    json!({"name": name, "assetType": kind, "ancestors": ancestors, "resource": {"data": data}})
}

fn organization(data: &Value) -> Value {
    let name = format!("//cloudresourcemanager.googleapis.com/{ORGANIZATION}");
    asset(
        "cloudresourcemanager.googleapis.com/Organization",
        &name,
        &[ORGANIZATION],
        data,
    )
}

fn project(number: u32) -> Value {
    let node = format!("projects/{number}");
    let name = format!("//cloudresourcemanager.googleapis.com/{node}");
    let data = json!({"projectId": format!("acme-{number}"), "projectNumber": number.to_string()});
    asset(
        "cloudresourcemanager.googleapis.com/Project",
        &name,
        &[&node, ORGANIZATION],
        &data,
    )
}

fn policy(node: &str, constraint: &str, spec: &Value) -> Value {
    let name = format!("{node}/policies/{constraint}");
    let data = json!({"name": name, "spec": spec});
    let name = format!("//orgpolicy.googleapis.com/{name}");
    asset("orgpolicy.googleapis.com/Policy", &name, &[], &data)
}

fn allowed(node: &str, bindings: &[(&str, &str)]) -> Value {
    let kind = if node.starts_with("projects/") {
        "Project"
    } else {
        "Organization"
    };
    let ancestors = if kind == "Project" {
        vec![node, ORGANIZATION]
    } else {
        vec![node]
    };
    let bindings: Vec<Value> = bindings
        .iter()
        .map(|(role, member)| json!({"role": role, "members": [member]}))
        .collect();
    json!({
        "name": format!("//cloudresourcemanager.googleapis.com/{node}"),
        "assetType": format!("cloudresourcemanager.googleapis.com/{kind}"),
        "ancestors": ancestors,
        "iamPolicy": {"bindings": bindings},
    })
}

const FAIL: (u64, u64, u64, u64) = (1, 0, 0, 0);
const PASS: (u64, u64, u64, u64) = (0, 1, 0, 0);
const UNKNOWN: (u64, u64, u64, u64) = (0, 0, 1, 0);
const NOT_APPLICABLE: (u64, u64, u64, u64) = (0, 0, 0, 1);
