//! Both transports bring the same, and all of it.

use super::{buckets, by_grpc, by_rest, run};
use crate::grpc::Estate;
use serde_json::{Value, json};

/// Buckets as the JSON API gives them, between them with every member that both APIs have.
pub fn estate() -> Estate {
    let buckets = vec![
        everything(),
        json!({
            "name": "acme-plain", "projectNumber": "417000000021", "metageneration": "1", "location": "EU",
            "locationType": "multi-region", "storageClass": "STANDARD", "rpo": "DEFAULT",
            "timeCreated": "2025-02-03T04:05:06.789Z", "updated": "2025-02-03T04:05:06Z",
            "iamConfiguration": {
                "uniformBucketLevelAccess": { "enabled": true, "lockedTime": "2026-02-03T04:05:06.789Z" },
                "publicAccessPrevention": "inherited",
            },
            "softDeletePolicy": { "retentionDurationSeconds": "0" },
        }),
        // Everything switched off, which gRPC shows as empty messages.
        json!({
            "name": "acme-off", "projectNumber": "417000000021", "metageneration": "9", "location": "US",
            "iamConfiguration": { "uniformBucketLevelAccess": { "enabled": false } },
            "versioning": { "enabled": false }, "billing": { "requesterPays": false },
            "autoclass": { "enabled": false }, "hierarchicalNamespace": { "enabled": false },
            "retentionPolicy": { "retentionPeriod": "60", "isLocked": false },
            "acl": [{ "entity": "project-owners-417000000021", "role": "OWNER",
                      "projectTeam": { "projectNumber": "417000000021", "team": "owners" } }],
            "lifecycle": { "rule": [{ "action": { "type": "Delete" }, "condition": { "age": 0, "isLive": true } }] },
        }),
        // Nobody from outside, and nothing said of networks.
        json!({
            "name": "acme-closed", "metageneration": "2",
            "ipFilter": { "mode": "Enabled", "publicNetworkSource": { "allowedIpCidrRanges": [] } },
        }),
        json!({ "name": "acme-open", "metageneration": "2", "ipFilter": { "mode": "Disabled" } }),
    ];
    let policy = json!({
        "version": 3, "etag": "CAk=",
        "bindings": [
            { "role": "roles/storage.objectViewer", "members": ["allUsers", "user:ana@acme.example"] },
            { "role": "roles/storage.objectAdmin", "members": ["group:ml@acme.example"],
              "condition": { "title": "until summer", "description": "for the audit",
                             "expression": "request.time < timestamp('2027-06-01T00:00:00Z')" } },
        ],
    });
    let folder = |name: &str| {
        json!({ "name": name, "metageneration": "3", "createTime": "2026-01-02T03:04:05.678Z",
                "updateTime": "2026-01-03T03:04:05Z" })
    };
    let mut estate = Estate {
        page: 2,
        ..Estate::default()
    };
    estate.buckets.insert("acme-ml".to_owned(), buckets);
    estate.buckets.insert("acme-empty".to_owned(), Vec::new());
    estate
        .policies
        .insert("acme-plain".to_owned(), policy.clone());
    estate.policies.insert(
        "acme-off".to_owned(),
        json!({ "version": 1, "etag": "CAE=" }),
    );
    estate
        .policies
        .insert("acme-plain/managedFolders/raw data/ü#1/".to_owned(), policy);
    let folders = ["raw data/ü#1/", "a/", "b/c/"].map(folder);
    estate
        .folders
        .insert("acme-plain".to_owned(), folders.into());
    let key =
        |id: &str| json!({ "kind": "storage#hmacKeyMetadata", "accessId": id, "state": "ACTIVE" });
    estate
        .keys
        .insert("acme-ml".to_owned(), ["A", "B", "C"].map(key).into());
    estate
}

/// A bucket with a value for every setting.
fn everything() -> Value {
    json!({
        "name": "acme-train-raw", "projectNumber": "417000000021", "metageneration": "12",
        "location": "EUROPE-WEST4", "locationType": "region", "storageClass": "NEARLINE", "rpo": "ASYNC_TURBO",
        "timeCreated": "2025-02-03T04:05:06.123Z", "updated": "2026-03-04T05:06:07.456Z",
        "defaultEventBasedHold": true, "satisfiesPZS": true,
        "acl": [
            { "entity": "project-owners-417000000021", "role": "OWNER",
              "projectTeam": { "projectNumber": "417000000021", "team": "owners" } },
            { "entity": "user-ana@acme.example", "role": "READER", "email": "ana@acme.example", "entityId": "77" },
            { "entity": "allUsers", "role": "READER" },
        ],
        "defaultObjectAcl": [
            { "entity": "domain-acme.example", "role": "READER", "domain": "acme.example" },
        ],
        "owner": { "entity": "project-owners-417000000021", "entityId": "00b4" },
        "labels": { "data_class": "restricted", "empty": "", "enabled": "no" },
        "iamConfiguration": {
            "uniformBucketLevelAccess": { "enabled": true, "lockedTime": "2026-04-01T03:04:05.678Z" },
            "publicAccessPrevention": "enforced",
        },
        "versioning": { "enabled": true },
        "autoclass": { "enabled": true, "toggleTime": "2026-01-02T03:04:05.678Z",
                       "terminalStorageClass": "ARCHIVE", "terminalStorageClassUpdateTime": "2026-01-02T03:04:06Z" },
        "billing": { "requesterPays": true },
        "cors": [{ "origin": ["*"], "method": ["GET", "PUT"], "responseHeader": ["x-goog"], "maxAgeSeconds": 3600 }],
        "customPlacementConfig": { "dataLocations": ["US-EAST1", "US-WEST1"] },
        "encryption": {
            "defaultKmsKeyName": "projects/acme-keys/locations/eu/keyRings/data/cryptoKeys/train",
            "googleManagedEncryptionEnforcementConfig":
                { "restrictionMode": "FullyRestricted", "effectiveTime": "2026-01-01T00:00:00Z" },
            "customerManagedEncryptionEnforcementConfig": { "restrictionMode": "NotRestricted" },
            "customerSuppliedEncryptionEnforcementConfig": { "restrictionMode": "FullyRestricted" },
        },
        "hierarchicalNamespace": { "enabled": true },
        "ipFilter": {
            "mode": "Enabled", "allowCrossOrgVpcs": true, "allowAllServiceAgentAccess": false,
            "publicNetworkSource": { "allowedIpCidrRanges": ["203.0.113.0/24"] },
            "vpcNetworkSources": [
                { "network": "projects/acme-net/global/networks/a", "allowedIpCidrRanges": ["10.0.0.0/8"] },
                { "network": "projects/acme-net/global/networks/b", "allowedIpCidrRanges": [] },
            ],
        },
        "lifecycle": { "rule": [
            { "action": { "type": "Delete" },
              "condition": { "age": 400, "isLive": false, "createdBefore": "2024-02-03", "numNewerVersions": 3,
                             "matchesStorageClass": ["STANDARD"], "matchesPrefix": ["tmp/"], "matchesSuffix": [".log"],
                             "daysSinceCustomTime": 5, "customTimeBefore": "2023-12-31",
                             "daysSinceNoncurrentTime": 7, "noncurrentTimeBefore": "2022-01-09" } },
            { "action": { "type": "SetStorageClass", "storageClass": "COLDLINE" }, "condition": { "age": 90 } },
        ] },
        "logging": { "logBucket": "acme-access-logs", "logObjectPrefix": "train" },
        "objectRetention": { "mode": "Enabled" },
        "retentionPolicy": { "retentionPeriod": "2592000", "isLocked": true, "effectiveTime": "2025-02-03T04:05:06Z" },
        "softDeletePolicy": { "retentionDurationSeconds": "604800", "effectiveTime": "2025-02-03T04:05:06Z" },
        "website": { "mainPageSuffix": "index.html", "notFoundPage": "404.html" },
    })
}

#[test]
fn buckets_are_the_same_byte_for_byte_by_both_transports() {
    run(async {
        let (grpc, server, client) = by_grpc(estate()).await;
        let (rest, json_api) = by_rest(estate()).await;
        let (by_grpc, told) = buckets(&grpc, "acme-ml").await;
        assert_eq!(told, Ok(Vec::new()));
        let (by_rest, told) = buckets(&rest, "acme-ml").await;
        assert_eq!(told, Ok(Vec::new()));
        assert_eq!(by_grpc.len(), 5);
        for (grpc, rest) in by_grpc.iter().zip(&by_rest) {
            assert_eq!(grpc, rest);
            assert_eq!(grpc.to_string(), rest.to_string(), "the same order too");
        }
        assert_eq!(by_grpc.len(), by_rest.len());
        // Three pages of two, and each was asked for as the API wants it.
        let tokens = ["", "at-2", "at-4"];
        for (asked, size) in [
            (server.requests(), 200),
            (json_api.state().asked.clone(), 1000),
        ] {
            assert_eq!(
                asked.iter().map(|a| a.token.as_str()).collect::<Vec<_>>(),
                tokens
            );
            assert!(
                asked.iter().all(|a| a.full && a.number == size),
                "{asked:?}"
            );
        }
        assert_eq!(client.requests(), 3);
        let (none, told) = buckets(&grpc, "acme-empty").await;
        assert_eq!((none, told), (Vec::new(), Ok(Vec::new())));
    });
}

#[test]
fn no_setting_is_lost() {
    run(async {
        let (grpc, _server, _client) = by_grpc(estate()).await;
        let (found, _) = buckets(&grpc, "acme-ml").await;
        let given = &estate().buckets["acme-ml"];
        for (given, found) in given.iter().zip(&found) {
            let mut leaves = Vec::new();
            collect(given, String::new(), &mut leaves);
            for (pointer, value) in leaves {
                assert_eq!(
                    found.pointer(&pointer),
                    Some(&value),
                    "{pointer} of {found:#}"
                );
            }
        }
    });
}

fn collect(value: &Value, at: String, leaves: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                collect(member, format!("{at}/{key}"), leaves);
            }
        }
        Value::Array(elements) if !elements.is_empty() => {
            for (index, element) in elements.iter().enumerate() {
                collect(element, format!("{at}/{index}"), leaves);
            }
        }
        leaf => leaves.push((at, leaf.clone())),
    }
}

#[test]
fn what_is_off_is_said_and_what_is_not_known_is_not() {
    run(async {
        let (grpc, _server, _client) = by_grpc(estate()).await;
        let (found, _) = buckets(&grpc, "acme-ml").await;
        let at = |index: usize, pointer: &str| found[index].pointer(pointer).cloned();
        let uniform = "/iamConfiguration/uniformBucketLevelAccess/enabled";
        assert_eq!(at(2, uniform), Some(json!(false)));
        assert_eq!(at(2, "/versioning/enabled"), Some(json!(false)));
        assert_eq!(at(2, "/lifecycle/rule/0/condition/age"), Some(json!(0)));
        assert_eq!(
            at(1, "/softDeletePolicy/retentionDurationSeconds"),
            Some(json!("0"))
        );
        // Beside a list with entries, an empty one is a fact; two empty ones are none.
        assert_eq!(at(2, "/defaultObjectAcl"), Some(json!([])));
        assert_eq!(at(1, "/acl"), None);
        // The caller may not have seen a filter.
        assert_eq!(at(1, "/ipFilter"), None);
        assert_eq!(at(4, "/ipFilter/publicNetworkSource"), None);
        for only_rest in [
            "/satisfiesPZI",
            "/etag",
            "/generation",
            "/selfLink",
            "/kind",
        ] {
            assert_eq!(at(0, only_rest), None, "{only_rest}");
        }
    });
}

#[test]
fn policies_keep_their_conditions() {
    run(async {
        let (grpc, server, _client) = by_grpc(estate()).await;
        let (rest, json_api) = by_rest(estate()).await;
        let policy = grpc.policy("acme-plain").await.unwrap();
        assert_eq!(policy, estate().policies["acme-plain"]);
        assert_eq!(
            rest.policy("acme-plain").await.unwrap().to_string(),
            policy.to_string()
        );
        let folder = "raw data/ü#1/";
        let policy = grpc
            .managed_folder_policy("acme-plain", folder)
            .await
            .unwrap();
        assert_eq!(policy["bindings"][1]["condition"]["title"], "until summer");
        let other = rest
            .managed_folder_policy("acme-plain", folder)
            .await
            .unwrap();
        assert_eq!(other.to_string(), policy.to_string());
        // A policy without grants has an empty list.
        let policy = grpc.policy("acme-off").await.unwrap();
        assert_eq!(
            policy,
            json!({ "bindings": [], "etag": "CAE=", "version": 1 })
        );
        assert_eq!(
            rest.policy("acme-off").await.unwrap().to_string(),
            policy.to_string()
        );
        assert!(server.requests().iter().all(|asked| asked.number == 3));
        let targets = json_api.state().targets.clone();
        assert_eq!(
            targets[1],
            "/storage/v1/b/acme-plain/managedFolders/raw%20data%2F%C3%BC%231%2F/iam?optionsRequestedPolicyVersion=3"
        );
    });
}

#[test]
fn managed_folders_are_the_same_by_both_transports() {
    run(async {
        let (grpc, _server, _client) = by_grpc(estate()).await;
        let (rest, _json_api) = by_rest(estate()).await;
        let (mut first, mut second) = (Vec::new(), Vec::new());
        grpc.managed_folders("acme-plain", |folder| first.push(folder))
            .await
            .unwrap();
        rest.managed_folders("acme-plain", |folder| second.push(folder))
            .await
            .unwrap();
        assert_eq!(
            Value::from(first.clone()).to_string(),
            Value::from(second).to_string()
        );
        assert_eq!(first.len(), 3);
        assert_eq!(
            first[0],
            json!({
                "bucket": "acme-plain", "createTime": "2026-01-02T03:04:05.678Z", "id": "acme-plain/raw data/ü#1/",
                "metageneration": "3", "name": "raw data/ü#1/", "updateTime": "2026-01-03T03:04:05Z",
            })
        );
        grpc.managed_folders("acme-none", |_| panic!("there are none"))
            .await
            .unwrap();
    });
}

#[test]
fn hmac_keys_come_by_rest_whatever_the_transport() {
    run(async {
        let server = crate::grpc::Grpc::start(estate());
        let json_api = super::rest::Rest::start(estate());
        let options = super::options(&[
            ("storage-grpc", server.endpoint()),
            ("storage", json_api.endpoint()),
        ]);
        let (storage, _client) =
            super::reader(leastwise::sources::live::storage::Transport::Grpc, &options).await;
        let mut keys = Vec::new();
        storage
            .hmac_keys("acme-ml", |key| keys.push(key))
            .await
            .unwrap();
        assert_eq!(keys.len(), 3);
        assert_eq!(keys[2]["accessId"], "C");
        assert_eq!(server.requests(), []);
        assert_eq!(json_api.state().asked.len(), 2);
    });
}

#[test]
fn what_cannot_be_reached_is_named() {
    run(async {
        let mut estate = estate();
        let lost = ["projects/_/buckets/z", "projects/_/buckets/a"].map(str::to_owned);
        estate.unreachable.insert("acme-ml".to_owned(), lost.into());
        let named = Ok(vec![
            "projects/_/buckets/a".to_owned(),
            "projects/_/buckets/z".to_owned(),
        ]);
        let (grpc, _server, _client) = by_grpc(estate.clone()).await;
        let (found, told) = buckets(&grpc, "acme-ml").await;
        assert_eq!((found.len(), told), (5, named.clone()));
        let (rest, _json_api) = by_rest(estate).await;
        let (found, told) = buckets(&rest, "acme-ml").await;
        assert_eq!((found.len(), told), (5, named));
    });
}
