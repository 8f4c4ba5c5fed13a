//! Whether a change of settings may let somebody in. What is not known here to be harmless is not assumed to be.

use serde_json::Value;
use std::collections::BTreeSet;

/// Fields of a bucket that say nothing of who gets in.
const BUCKET: [&str; 17] = [
    "autoclass",
    "billing",
    "cors",
    "customPlacementConfig",
    "defaultEventBasedHold",
    "encryption",
    "hierarchicalNamespace",
    "labels",
    "lifecycle",
    "logging",
    "objectRetention",
    "retentionPolicy",
    "rpo",
    "softDeletePolicy",
    "storageClass",
    "versioning",
    "website",
];

/// Whether a change of settings may open something; `from` and `to` are merge patches.
pub(super) fn by_patch(
    name: &str,
    asset_type: &str,
    from: &Value,
    to: &Value,
) -> Option<&'static str> {
    let changes = "who gets in changes with the settings";
    match asset_type {
        "iam.googleapis.com/Role" => role(from, to),
        "storage.googleapis.com/Bucket" => bucket(to),
        "iam.googleapis.com/DenyPolicy" => (!denies_as_much(from, to)).then_some(changes),
        "orgpolicy.googleapis.com/Policy" => (!only_restricts(name, to)).then_some(changes),
        _ if to.get("access").is_some() => Some(changes),
        _ => {
            let mut leaves = Vec::new();
            flatten("", to, &mut leaves);
            let harmless = |(path, value): &(String, &Value)| closes(path, value, from);
            (!leaves.iter().all(harmless)).then_some("nobody knows whom the new settings let in")
        }
    }
}

/// Whether a new resource may open something.
pub(super) fn by_create(name: &str, asset_type: &str, data: &Value) -> Option<&'static str> {
    match asset_type {
        // Nobody holds a new role, and a deny policy only denies.
        "iam.googleapis.com/Role" | "iam.googleapis.com/DenyPolicy" => None,
        "orgpolicy.googleapis.com/Policy" => {
            (!only_restricts(name, data)).then_some("it takes the place of what is inherited")
        }
        _ => Some("nobody knows whom it lets in"),
    }
}

/// Whether what goes held access back.
pub(super) fn by_delete(asset_type: &str) -> Option<&'static str> {
    matches!(
        asset_type,
        "accesscontextmanager.googleapis.com/AccessLevel"
            | "accesscontextmanager.googleapis.com/ServicePerimeter"
            | "iam.googleapis.com/DenyPolicy"
            | "iam.googleapis.com/PolicyBinding"
            | "iam.googleapis.com/PrincipalAccessBoundaryPolicy"
            | "orgpolicy.googleapis.com/Policy"
    )
    .then_some("it held something back")
}

fn role(from: &Value, to: &Value) -> Option<&'static str> {
    let set = |value: &Value| -> BTreeSet<String> {
        let list = value["includedPermissions"].as_array();
        let names = list.into_iter().flatten().filter_map(Value::as_str);
        names.map(str::to_owned).collect()
    };
    if !set(to).is_subset(&set(from)) {
        return Some("the role gets permissions");
    }
    let comes_back = to.get("stage").is_some() && from["stage"] == "DISABLED"
        || to.get("deleted").is_some() && from["deleted"] == true;
    comes_back.then_some("the role counts again")
}

/// Whether a deny policy denies what it denied: rule by rule, as many principals and permissions, and no more exceptions.
fn denies_as_much(from: &Value, to: &Value) -> bool {
    let fields = to.as_object().into_iter().flatten().map(|(key, _)| key);
    let known = fields
        .into_iter()
        .all(|key| matches!(key.as_str(), "rules" | "displayName"));
    let (Some(before), Some(after)) = (from["rules"].as_array(), to["rules"].as_array()) else {
        return known && to.get("rules").is_none();
    };
    let set = |rule: &Value, field: &str| -> BTreeSet<String> {
        let list = rule["denyRule"][field].as_array();
        let names = list.into_iter().flatten().filter_map(Value::as_str);
        names.map(str::to_owned).collect()
    };
    let as_much = |(before, after): (&Value, &Value)| {
        let denied = ["deniedPrincipals", "deniedPermissions"];
        let spared = ["exceptionPrincipals", "exceptionPermissions"];
        denied
            .iter()
            .all(|it| set(after, it).is_superset(&set(before, it)))
            && spared
                .iter()
                .all(|it| set(after, it).is_subset(&set(before, it)))
            && before["denyRule"]["denialCondition"] == after["denyRule"]["denialCondition"]
    };
    known && before.len() <= after.len() && before.iter().zip(after).all(as_much)
}

fn bucket(to: &Value) -> Option<&'static str> {
    let less = "the bucket holds less back";
    for (field, value) in to.as_object()? {
        if field != "iamConfiguration" {
            if !BUCKET.contains(&field.as_str()) {
                return Some("who gets in changes with the settings");
            }
            continue;
        }
        let Some(config) = value.as_object() else {
            return Some(less);
        };
        for (field, value) in config {
            let holds = match field.as_str() {
                "publicAccessPrevention" => value == "enforced",
                "uniformBucketLevelAccess" | "bucketPolicyOnly" => value["enabled"] == true,
                _ => false,
            };
            if !holds {
                return Some(less);
            }
        }
    }
    None
}

/// Whether an organisation policy can only make what is inherited stricter: it enforces, or denies, or is a dry run.
fn only_restricts(name: &str, data: &Value) -> bool {
    let spec = &data["spec"];
    if spec.is_null() {
        // `null` in a patch takes the policy away.
        return data.get("spec").is_none();
    }
    // Nothing is above an organisation whose place it could take.
    let keeps = name.contains("/organizations/") || spec["inheritFromParent"] == true;
    let rules = spec["rules"].as_array().map_or(&[][..], Vec::as_slice);
    let strict = |rule: &Value| {
        let denies = rule["denyAll"] == true
            || rule["values"]["deniedValues"].is_array()
                && rule["values"]["allowedValues"].is_null();
        rule["condition"].is_null() && (rule["enforce"] == true || denies && keeps)
    };
    !rules.is_empty() && spec["reset"] != true && rules.iter().all(strict)
}

/// Whether a field with this value lets nobody in who was not.
fn closes(path: &str, value: &Value, from: &Value) -> bool {
    let before = path.split('.').try_fold(from, |at, key| at.get(key));
    match path {
        "description"
        | "displayName"
        | "httpsTrigger.securityLevel"
        | "nextRotationTime"
        | "rotationPeriod" => true,
        "disabled" => value == true,
        "gceSetup.metadata.notebook-disable-downloads" | "metadata.notebook-disable-downloads" => {
            value == "true"
        }
        "ingressSettings" | "serviceConfig.ingressSettings" => value == "ALLOW_INTERNAL_ONLY",
        "invokerIamDisabled" => value == false,
        "metadata.annotations.run.googleapis.com/invoker-iam-disabled" => value.is_null(),
        "state" => value == "DISABLED" || value == "INACTIVE",
        "maxRequestDuration" => {
            let seconds = |value: &Value| value.as_str()?.strip_suffix('s')?.parse::<u64>().ok();
            matches!((before.and_then(seconds), seconds(value)), (Some(was), Some(is)) if is <= was)
        }
        "restrictions.apiTargets" => match (before.and_then(Value::as_array), value.as_array()) {
            (None, Some(after)) => !after.is_empty(),
            (Some(before), Some(after)) => {
                !after.is_empty() && after.iter().all(|one| before.contains(one))
            }
            _ => false,
        },
        _ => path.starts_with("labels."),
    }
}

/// The fields of a patch by their path.
fn flatten<'v>(path: &str, value: &'v Value, leaves: &mut Vec<(String, &'v Value)>) {
    let Some(fields) = value.as_object() else {
        leaves.push((path.to_owned(), value));
        return;
    };
    for (key, value) in fields {
        let below = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        flatten(&below, value, leaves);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ORG: &str = "//orgpolicy.googleapis.com/organizations/1/policies/x";
    const PROJECT: &str = "//orgpolicy.googleapis.com/projects/1/policies/x";

    #[test]
    fn what_holds_more_back_opens_nothing() {
        for (asset_type, from, to) in [
            (
                "storage.googleapis.com/Bucket",
                json!({}),
                json!({ "versioning": { "enabled": true }, "iamConfiguration": { "publicAccessPrevention": "enforced" } }),
            ),
            (
                "storage.googleapis.com/Bucket",
                json!({}),
                json!({ "iamConfiguration": { "uniformBucketLevelAccess": { "enabled": true } } }),
            ),
            (
                "iam.googleapis.com/Role",
                json!({ "includedPermissions": ["a", "b"] }),
                json!({ "includedPermissions": ["b"] }),
            ),
            (
                "iam.googleapis.com/ServiceAccount",
                json!({}),
                json!({ "disabled": true }),
            ),
            (
                "apikeys.googleapis.com/Key",
                json!({ "restrictions": null }),
                json!({ "restrictions": { "apiTargets": [{ "service": "x" }] } }),
            ),
        ] {
            assert_eq!(by_patch("//x", asset_type, &from, &to), None, "{to}");
        }
        let enforced = json!({ "spec": { "rules": [{ "enforce": true }] } });
        assert_eq!(
            by_create(PROJECT, "orgpolicy.googleapis.com/Policy", &enforced),
            None
        );
        let denied = json!({ "spec": { "rules": [{ "denyAll": true }] } });
        assert_eq!(
            by_create(ORG, "orgpolicy.googleapis.com/Policy", &denied),
            None
        );
        let tried = json!({ "dryRunSpec": { "rules": [{ "allowAll": true }] } });
        assert_eq!(
            by_create(PROJECT, "orgpolicy.googleapis.com/Policy", &tried),
            None
        );
    }

    #[test]
    fn a_deny_policy_may_only_deny_more() {
        let policy = |denied: &[&str], spared: &[&str], condition: Value| {
            json!({ "rules": [{ "denyRule": {
                "deniedPermissions": denied, "exceptionPrincipals": spared, "denialCondition": condition,
            } }] })
        };
        let told =
            |from: &Value, to: &Value| by_patch("//x", "iam.googleapis.com/DenyPolicy", from, to);
        let before = policy(&["a"], &["p", "q"], Value::Null);
        assert_eq!(
            told(&before, &policy(&["a", "b"], &["p"], Value::Null)),
            None
        );
        for after in [
            policy(&[], &["p"], Value::Null),
            policy(&["a"], &["p", "q", "r"], Value::Null),
            policy(&["a"], &["p"], json!({ "expression": "false" })),
            json!({ "rules": [] }),
            json!({ "rules": null }),
        ] {
            assert!(told(&before, &after).is_some(), "{after}");
        }
    }

    #[test]
    fn what_may_open_something_is_not_assumed_harmless() {
        for (asset_type, from, to) in [
            // Taking a setting away is also a change of it.
            (
                "storage.googleapis.com/Bucket",
                json!({}),
                json!({ "iamConfiguration": null }),
            ),
            (
                "storage.googleapis.com/Bucket",
                json!({}),
                json!({ "iamConfiguration": { "publicAccessPrevention": null } }),
            ),
            (
                "storage.googleapis.com/Bucket",
                json!({}),
                json!({ "iamConfiguration": { "uniformBucketLevelAccess": null } }),
            ),
            (
                "storage.googleapis.com/Bucket",
                json!({}),
                json!({ "ipFilter": null }),
            ),
            (
                "storage.googleapis.com/Bucket",
                json!({}),
                json!({ "acl": [] }),
            ),
            (
                "storage.googleapis.com/Bucket",
                json!({}),
                json!({ "somethingNew": 1 }),
            ),
            (
                "iam.googleapis.com/Role",
                json!({ "stage": "DISABLED" }),
                json!({ "stage": "GA" }),
            ),
            (
                "iam.googleapis.com/Role",
                json!({ "deleted": true }),
                json!({ "deleted": null }),
            ),
            (
                "iam.googleapis.com/ServiceAccount",
                json!({ "disabled": true }),
                json!({ "disabled": false }),
            ),
            (
                "iam.googleapis.com/ServiceAccount",
                json!({ "disabled": true }),
                json!({ "disabled": null }),
            ),
            (
                "iam.googleapis.com/WorkloadIdentityPoolProvider",
                json!({}),
                json!({ "attributeCondition": null }),
            ),
            (
                "apikeys.googleapis.com/Key",
                json!({ "restrictions": { "apiTargets": [{ "service": "x" }] } }),
                json!({ "restrictions": null }),
            ),
            (
                "run.googleapis.com/Service",
                json!({}),
                json!({ "invokerIamDisabled": true }),
            ),
            (
                "privilegedaccessmanager.googleapis.com/Entitlement",
                json!({ "maxRequestDuration": "60s" }),
                json!({ "maxRequestDuration": "61s" }),
            ),
        ] {
            assert!(
                by_patch("//x", asset_type, &from, &to).is_some(),
                "{asset_type} {to}"
            );
        }
        for data in [
            json!({ "spec": { "rules": [{ "enforce": false }] } }),
            json!({ "spec": { "rules": [{ "allowAll": true }] } }),
            json!({ "spec": { "rules": [{ "values": { "allowedValues": ["x"] } }] } }),
            json!({ "spec": { "rules": [{ "denyAll": true }] } }),
            json!({ "spec": { "reset": true } }),
            json!({ "spec": null }),
        ] {
            let told = by_create(PROJECT, "orgpolicy.googleapis.com/Policy", &data);
            assert!(told.is_some(), "{data}");
        }
        let key = "iam.googleapis.com/ServiceAccountKey";
        assert!(by_create("//x", key, &json!({})).is_some());
        assert!(by_delete("accesscontextmanager.googleapis.com/ServicePerimeter").is_some());
        assert!(by_delete(key).is_none());
    }
}
