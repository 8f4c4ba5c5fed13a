#![allow(clippy::unwrap_used)]

use super::{bucket, managed_folder, policy};
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn what_only_the_json_api_says_is_left_out_and_what_nobody_knows_stays() {
    let found = bucket(json!({
        "kind": "storage#bucket", "selfLink": "https://…", "etag": "CAE=", "satisfiesPZI": true, "name": "b",
        "brandNew": { "x": 1 }, "timeCreated": "2024-01-02T03:04:05.678912+00:00", "updated": "soon",
        "iamConfiguration": { "bucketPolicyOnly": { "enabled": true }, "publicAccessPrevention": "ENFORCED" },
    }));
    let expected = json!({
        "brandNew": { "x": 1 },
        "iamConfiguration": { "publicAccessPrevention": "enforced", "uniformBucketLevelAccess": { "enabled": true } },
        "id": "b", "name": "b", "timeCreated": "2024-01-02T03:04:05.678Z", "updated": "soon",
    });
    assert_eq!(found.unwrap().to_string(), expected.to_string());
}

#[test]
fn absence_is_kept_apart_from_off() {
    let settings = |given: Value| {
        let mut given = given;
        given["name"] = json!("b");
        let mut found = bucket(given).unwrap();
        let own = found.as_object_mut().unwrap();
        own.shift_remove("name");
        own.shift_remove("id");
        found
    };
    for (given, expected) in [
        (json!({}), json!({})),
        (
            json!({ "versioning": {} }),
            json!({ "versioning": { "enabled": false } }),
        ),
        (json!({ "versioning": null }), json!({})),
        (
            json!({ "iamConfiguration": { "publicAccessPrevention": "inherited" } }),
            json!({ "iamConfiguration": { "publicAccessPrevention": "inherited",
                                          "uniformBucketLevelAccess": { "enabled": false } } }),
        ),
        (json!({ "defaultEventBasedHold": false }), json!({})),
        (
            json!({ "labels": { "a": "" } }),
            json!({ "labels": { "a": "" } }),
        ),
        (json!({ "labels": {} }), json!({})),
        (json!({ "objectRetention": {} }), json!({})),
        (
            json!({ "objectRetention": { "mode": "Disabled" } }),
            json!({}),
        ),
        (
            json!({ "retentionPolicy": { "retentionPeriod": 60 } }),
            json!({ "retentionPolicy": { "isLocked": false, "retentionPeriod": "60" } }),
        ),
        // Two lists without entries may be lists that the caller may not see.
        (json!({ "acl": [], "defaultObjectAcl": [] }), json!({})),
        (
            json!({ "defaultObjectAcl": [{ "entity": "allUsers", "role": "READER", "kind": "x" }] }),
            json!({ "acl": [], "defaultObjectAcl": [{ "entity": "allUsers", "role": "READER" }] }),
        ),
        (
            json!({ "ipFilter": { "publicNetworkSource": {} } }),
            json!({ "ipFilter": { "allowCrossOrgVpcs": false, "publicNetworkSource": { "allowedIpCidrRanges": [] } } }),
        ),
    ] {
        assert_eq!(settings(given.clone()), expected, "{given}");
    }
}

#[test]
fn what_is_none_is_not_taken_for_one() {
    for none in [
        json!(null),
        json!([]),
        json!("b"),
        json!({}),
        json!({ "name": "" }),
        json!({ "name": 1 }),
    ] {
        assert_eq!(bucket(none.clone()), None);
        assert_eq!(managed_folder(none, "b"), None);
    }
    for none in [
        json!(null),
        json!([]),
        json!("b"),
        json!({ "bindings": {"role": "r"} }),
    ] {
        assert_eq!(policy(none), None);
    }
}

#[test]
fn a_policy_always_has_bindings() {
    let found = policy(
        json!({ "kind": "storage#policy", "resourceId": "r", "version": 0, "etag": "CAE=" }),
    );
    assert_eq!(found, Some(json!({ "bindings": [], "etag": "CAE=" })));
}

/// Members by their real names, with values of any type.
fn any_json() -> impl Strategy<Value = Value> {
    let names = [
        "name",
        "acl",
        "defaultObjectAcl",
        "iamConfiguration",
        "uniformBucketLevelAccess",
        "bucketPolicyOnly",
        "enabled",
        "versioning",
        "labels",
        "ipFilter",
        "vpcNetworkSources",
        "publicNetworkSource",
        "allowedIpCidrRanges",
        "cors",
        "maxAgeSeconds",
        "objectRetention",
        "mode",
        "retentionPolicy",
        "retentionPeriod",
        "timeCreated",
        "bindings",
        "metageneration",
        "entity",
        "id",
        "etag",
        "role",
        "bucket",
        "autoclass",
        "toggleTime",
        "hierarchicalNamespace",
        "billing",
        "requesterPays",
        "isLocked",
        "allowCrossOrgVpcs",
        "defaultEventBasedHold",
        "satisfiesPZS",
        "publicAccessPrevention",
        "softDeletePolicy",
        "effectiveTime",
        "retentionDurationSeconds",
        "encryption",
        "version",
        "auditConfigs",
        "members",
        "condition",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        prop::sample::select(vec![
            "",
            "b",
            "Enabled",
            "9999-12-31T23:59:59.999999999Z",
            "-9999-01-01T00:00:00Z"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(names.to_vec()), inner), 0..6).prop_map(
                |members| {
                    let members = members
                        .into_iter()
                        .map(|(key, value)| (key.to_owned(), value));
                    Value::Object(members.collect())
                }
            ),
        ]
    })
}

proptest! {
    #[test]
    fn any_answer_has_one_form(mut given in any_json()) {
        if let Value::Object(members) = &mut given {
            members.insert("name".to_owned(), Value::from("b"));
        }
        for form in [bucket, policy, |value| managed_folder(value, "b")] {
            if let Some(once) = form(given.clone()) {
                let twice = form(once.clone()).map(|twice| twice.to_string());
                prop_assert_eq!(twice, Some(once.to_string()));
            }
        }
    }
}
