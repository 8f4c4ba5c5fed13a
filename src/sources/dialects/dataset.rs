//! The access list of a BigQuery dataset, as the allow policy that it is.
//!
//! A dataset has one set of grants and two spellings of it: `access` among its settings, and an allow policy. The
//! REST reference of `datasets` says which role a basic role of the list stands for.

use super::node::{Draft, join};
use serde_json::{Value, json};

const TYPE: &str = "bigquery.googleapis.com/Dataset";
const LIST: &str = "/resource/data/access";
const BINDINGS: &str = "/iamPolicy/bindings";

/// Adds the bindings that the access list of a dataset spells, unless its policy stands beside the list.
pub(super) fn finish(draft: &mut Draft) {
    if draft.at("/assetType").and_then(Value::as_str) != Some(TYPE) {
        return;
    }
    let told = |list: &Value| list.as_array().is_some_and(|list| !list.is_empty());
    if draft.at(BINDINGS).is_some_and(told) {
        return;
    }
    let Some(Value::Array(entries)) = draft.at(LIST).cloned() else {
        return;
    };
    let list = draft.source(LIST);
    if !draft.at("/iamPolicy").is_some_and(Value::is_object) {
        draft.set("/iamPolicy", json!({}), &list);
    }
    draft.set(BINDINGS, json!([]), &list);
    for (index, entry) in entries.iter().enumerate() {
        // Views, routines and datasets that are let in have no role, and are no principals.
        let Some(role) = entry.get("role").and_then(Value::as_str) else {
            continue;
        };
        let source = format!("{list}/{index}");
        let (key, member) = member(entry, project(draft.name()));
        let mut binding = json!({ "role": role_name(role), "members": [member] });
        if let Some(condition) = entry.get("condition").filter(|c| c.is_object()) {
            binding["condition"] = condition.clone();
        }
        let place = draft.push(BINDINGS, binding, &source);
        draft.map(&format!("{place}/members/0"), &join(&source, key));
    }
}

/// The role that a basic role of the list stands for.
fn role_name(role: &str) -> &str {
    match role {
        "READER" => "roles/bigquery.dataViewer",
        "WRITER" => "roles/bigquery.dataEditor",
        "OWNER" => "roles/bigquery.dataOwner",
        other => other,
    }
}

/// The member that an entry names, and by which of its keys. One that we do not know is a member without a form, so
/// that nothing passes because of it.
fn member<'e>(entry: &'e Value, project: &str) -> (&'e str, String) {
    let keys = [
        "userByEmail",
        "groupByEmail",
        "domain",
        "specialGroup",
        "iamMember",
    ];
    let named = keys
        .into_iter()
        .find_map(|key| Some((key, entry.get(key)?.as_str()?)));
    let Some((key, value)) = named else {
        return ("role", String::new());
    };
    let member = match (key, value) {
        ("userByEmail", account) if account.ends_with("gserviceaccount.com") => {
            format!("serviceAccount:{account}")
        }
        ("userByEmail", user) => format!("user:{user}"),
        ("groupByEmail", group) => format!("group:{group}"),
        ("domain", domain) => format!("domain:{domain}"),
        ("specialGroup", "projectOwners") => format!("projectOwner:{project}"),
        ("specialGroup", "projectWriters") => format!("projectEditor:{project}"),
        ("specialGroup", "projectReaders") => format!("projectViewer:{project}"),
        (_, other) => other.to_owned(),
    };
    (key, member)
}

/// The project in the full name of a dataset.
fn project(name: &str) -> &str {
    let rest = name
        .strip_prefix("//bigquery.googleapis.com/projects/")
        .unwrap_or_default();
    rest.split('/').next().unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{Context, Recognised, Translated, translate};
    use crate::model::GapReason;
    use serde_json::{Value, json};

    fn dataset(access: Value, policy: Option<Value>) -> Translated {
        let mut asset = json!({
            "name": "//bigquery.googleapis.com/projects/acme-ml/datasets/features",
            "assetType": "bigquery.googleapis.com/Dataset",
            "resource": { "data": { "access": access } },
        });
        if let Some(policy) = policy {
            asset["iamPolicy"] = policy;
        }
        one(&asset)
    }

    fn one(document: &Value) -> Translated {
        match translate(document, &Context::default()) {
            Recognised::Known(mut found) => found.remove(0).assets.remove(0),
            Recognised::Foreign { reason } => panic!("{reason}"),
        }
    }

    #[test]
    fn every_kind_of_entry_is_the_binding_that_it_means() {
        let list = [
            (
                json!({ "role": "OWNER", "specialGroup": "projectOwners" }),
                "roles/bigquery.dataOwner",
                "projectOwner:acme-ml",
            ),
            (
                json!({ "role": "WRITER", "specialGroup": "projectWriters" }),
                "roles/bigquery.dataEditor",
                "projectEditor:acme-ml",
            ),
            (
                json!({ "role": "READER", "specialGroup": "projectReaders" }),
                "roles/bigquery.dataViewer",
                "projectViewer:acme-ml",
            ),
            (
                json!({ "role": "READER", "specialGroup": "allAuthenticatedUsers" }),
                "roles/bigquery.dataViewer",
                "allAuthenticatedUsers",
            ),
            (
                json!({ "role": "roles/bigquery.metadataViewer", "iamMember": "allUsers" }),
                "roles/bigquery.metadataViewer",
                "allUsers",
            ),
            (
                json!({ "role": "READER", "userByEmail": "noor@acme.example" }),
                "roles/bigquery.dataViewer",
                "user:noor@acme.example",
            ),
            (
                json!({ "role": "WRITER", "userByEmail": "trainer@acme-ml.iam.gserviceaccount.com" }),
                "roles/bigquery.dataEditor",
                "serviceAccount:trainer@acme-ml.iam.gserviceaccount.com",
            ),
            (
                json!({ "role": "READER", "groupByEmail": "ml@acme.example" }),
                "roles/bigquery.dataViewer",
                "group:ml@acme.example",
            ),
            (
                json!({ "role": "READER", "domain": "acme.example" }),
                "roles/bigquery.dataViewer",
                "domain:acme.example",
            ),
            (
                json!({ "role": "READER", "somethingNew": "x" }),
                "roles/bigquery.dataViewer",
                "",
            ),
        ];
        let access: Vec<Value> = list.iter().map(|(entry, _, _)| entry.clone()).collect();
        let translated = dataset(Value::from(access), None);
        let bindings = translated.asset.pointer("/iamPolicy/bindings").unwrap();
        let expected = list
            .iter()
            .map(|(_, role, member)| json!({ "role": role, "members": [member] }));
        assert_eq!(bindings, &expected.collect::<Value>());
    }

    #[test]
    fn a_binding_is_found_where_its_entry_stands() {
        let access = json!([
            { "view": { "projectId": "acme-bi", "datasetId": "v", "tableId": "t" } },
            {
                "role": "READER",
                "iamMember": "allUsers",
                "condition": { "expression": "request.time < timestamp('2027-01-01T00:00:00Z')" },
            },
        ]);
        let translated = dataset(access, None);
        let bindings = translated.asset.pointer("/iamPolicy/bindings").unwrap();
        assert_eq!(bindings.as_array().unwrap().len(), 1);
        assert!(bindings[0].get("condition").is_some());
        for (place, source) in [
            ("members/0", "/resource/data/access/1/iamMember"),
            ("role", "/resource/data/access/1/role"),
        ] {
            let place = format!("/iamPolicy/bindings/0/{place}");
            assert_eq!(translated.source_pointer(&place), source);
        }
    }

    #[test]
    fn a_policy_beside_the_list_is_not_told_twice() {
        let access = json!([{ "role": "READER", "iamMember": "allUsers" }]);
        let policy = json!({ "bindings": [{ "role": "roles/bigquery.dataViewer", "members": ["allUsers"] }] });
        let translated = dataset(access.clone(), Some(policy.clone()));
        assert_eq!(translated.asset.get("iamPolicy"), Some(&policy));
        for empty in [Value::Null, json!({}), json!({ "bindings": null })] {
            let translated = dataset(access.clone(), Some(empty));
            let bindings = translated.asset.pointer("/iamPolicy/bindings");
            assert_eq!(bindings, policy.get("bindings"));
        }
    }

    #[test]
    fn a_dataset_as_bq_prints_it_has_a_policy_too() {
        let translated = one(&json!({
            "kind": "bigquery#dataset",
            "etag": "WDcd3sGE+mKvUH8x5mMnXQ==",
            "datasetReference": { "projectId": "acme-ml", "datasetId": "features" },
            "access": [{ "role": "READER", "specialGroup": "projectReaders" }],
        }));
        let member = translated.asset.pointer("/iamPolicy/bindings/0/members/0");
        assert_eq!(member, Some(&json!("projectViewer:acme-ml")));
        let source = translated.source_pointer("/iamPolicy/bindings/0/members/0");
        assert_eq!(source, "/access/0/specialGroup");
        assert_eq!(translated.lacks, []);
    }

    #[test]
    fn a_listing_does_not_tell_all_of_a_table() {
        let translated = one(&json!({
            "kind": "bigquery#table",
            "id": "acme-ml:features.labels",
            "tableReference": { "projectId": "acme-ml", "datasetId": "features", "tableId": "labels" },
            "type": "TABLE",
        }));
        let key = "/resource/data/encryptionConfiguration/kmsKeyName";
        assert_eq!(translated.lack_at(key), Some(GapReason::ContentMissing));
    }
}
