//! The organisation and its folders: policies, and what holds back.

use super::super::kinds::{DENY, ORG_POLICY};
use super::super::state::{Item, Node};
use super::random::Random;
use super::{TEAMS, binding, item, policy};
use serde_json::{Value, json};

/// What lies on the organisation itself.
pub fn organization(items: &mut Vec<Item>, random: &mut Random, node: &Node) {
    let name = node.name();
    let bindings = vec![
        binding(
            "roles/resourcemanager.organizationAdmin",
            vec!["group:platform@acme.example".to_owned()],
        ),
        binding(
            "roles/iam.securityReviewer",
            vec!["group:security@acme.example".to_owned()],
        ),
        binding(
            "roles/viewer",
            vec!["group:auditors@acme.example".to_owned()],
        ),
    ];
    if let Some(own) = items.first_mut() {
        own.policy = Some(policy(random, bindings));
        own.data["directoryCustomerId"] = json!("C04x9k2ab");
    }
    for (constraint, rules) in [
        (
            "iam.automaticIamGrantsForDefaultServiceAccounts",
            json!([{ "enforce": true }]),
        ),
        (
            "storage.uniformBucketLevelAccess",
            json!([{ "enforce": true }]),
        ),
        (
            "iam.disableServiceAccountKeyUpload",
            json!([{ "enforce": true }]),
        ),
        (
            "iam.allowedPolicyMemberDomains",
            json!([{ "values": { "allowedValues": ["C04x9k2ab"] } }]),
        ),
    ] {
        items.push(org_policy(&name, constraint, &rules));
    }
    let id = "guard-policies";
    let path = format!(
        "policies/cloudresourcemanager.googleapis.com%2F{}/denypolicies/{id}",
        name.replace('/', "%2F")
    );
    let data = json!({
        "name": path,
        "uid": "6665c437-a3b2-a018-6934-54dd16d3426e",
        "kind": "DenyPolicy",
        "displayName": "Nobody but the platform team changes bucket policies",
        "rules": [{ "denyRule": {
            "deniedPrincipals": ["principalSet://goog/public:all"],
            "exceptionPrincipals": ["principalSet://goog/group/platform@acme.example"],
            "deniedPermissions": ["storage.googleapis.com/buckets.setIamPolicy"],
        } }],
    });
    let below = format!("denypolicies/{id}");
    items.push(item(DENY, "iam", &path, &below, data));
    let below = "locations/global/principalAccessBoundaryPolicies/own-resources";
    let path = format!("{name}/{below}");
    let boundary = json!({
        "name": path,
        "uid": "puid_0871",
        "displayName": "Own resources only",
        "details": { "enforcementVersion": "3", "rules": [{
            "effect": "ALLOW",
            "resources": [format!("//cloudresourcemanager.googleapis.com/{name}")],
        }] },
    });
    let boundary_type = "iam.googleapis.com/PrincipalAccessBoundaryPolicy";
    items.push(item(boundary_type, "iam", &path, below, boundary));
    let below = "locations/global/policyBindings/everybody";
    let own = format!("{name}/{below}");
    let bound = json!({
        "name": own,
        "uid": "buid_0872",
        "policyKind": "PRINCIPAL_ACCESS_BOUNDARY",
        "policy": path,
        "target": { "principalSet": format!("//cloudresourcemanager.googleapis.com/{name}") },
    });
    let bound_type = "iam.googleapis.com/PolicyBinding";
    items.push(item(bound_type, "iam", &own, below, bound));
    contacts(items, &name);
}

/// What lies on a folder.
pub fn folder(items: &mut Vec<Item>, random: &mut Random, node: &Node, at: usize) {
    let team = TEAMS[at % TEAMS.len()];
    let mut bindings = vec![
        binding("roles/browser", vec!["domain:acme.example".to_owned()]),
        binding("roles/viewer", vec![format!("group:{team}@acme.example")]),
    ];
    if random.permille(30) {
        bindings.push(binding(
            "roles/editor",
            vec![format!("group:{team}-leads@acme.example")],
        ));
    }
    if let Some(own) = items.first_mut() {
        own.policy = Some(policy(random, bindings));
    }
    if random.permille(100) {
        let rules = json!([{ "enforce": true }]);
        items.push(org_policy(
            &node.name(),
            "storage.publicAccessPrevention",
            &rules,
        ));
    }
}

fn org_policy(node: &str, constraint: &str, rules: &Value) -> Item {
    let below = format!("policies/{constraint}");
    let path = format!("{node}/{below}");
    let data = json!({
        "name": path,
        "spec": { "etag": "CPu5wMcGEMi2kKYD", "updateTime": "2025-09-04T09:00:00Z", "rules": rules },
    });
    item(ORG_POLICY, "orgpolicy", &path, &below, data)
}

fn contacts(items: &mut Vec<Item>, node: &str) {
    let categories = ["SECURITY", "TECHNICAL", "LEGAL", "SUSPENSION"];
    for (number, category) in categories.iter().enumerate() {
        let below = format!("contacts/{}", number + 1);
        let path = format!("{node}/{below}");
        let data = json!({
            "name": path,
            "email": format!("{}@acme.example", category.to_lowercase()),
            "languageTag": "en-GB",
            "notificationCategorySubscriptions": [category],
            "validationState": "VALID",
            "validateTime": "2026-03-02T09:11:45.120Z",
        });
        let contact = "essentialcontacts.googleapis.com/Contact";
        items.push(item(contact, "essentialcontacts", &path, &below, data));
    }
}
