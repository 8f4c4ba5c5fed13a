//! Buckets, their policies and managed folders.

use super::super::kinds::{BUCKET, HMAC_KEY, MANAGED_FOLDER};
use super::super::state::Item;
use super::random::Random;
use super::{Project, binding, item, of_project, people, policy};
use serde_json::{Value, json};

/// The bucket at `number`, with what belongs to it.
pub fn bucket(items: &mut Vec<Item>, random: &mut Random, project: &Project<'_>, number: usize) {
    let name = super::bucket(project.index, number);
    let data = settings(random, project, &name);
    let mut own = item(BUCKET, "storage", &name, &format!("buckets/{name}"), data);
    own.policy = Some(allow(random, project));
    items.push(own);
    if random.permille(30) {
        let below = format!("buckets/{name}/managedFolders/vendor/");
        let data = json!({
            "kind": "storage#managedFolder",
            "id": format!("{name}/vendor/"),
            "name": "vendor/",
            "bucket": name,
            "metageneration": "2",
            "createTime": "2025-06-12T14:02:31.402Z",
        });
        let path = format!("projects/_/{below}");
        let mut folder = item(MANAGED_FOLDER, "storage", &path, &below, data);
        let bindings = vec![binding(
            "roles/storage.objectUser",
            vec!["group:annotators@labelbridge.example".to_owned()],
        )];
        folder.policy = Some(policy(random, bindings));
        items.push(folder);
    }
    if number == 0 && random.permille(50) {
        let access = format!("GOOG1E{:012X}", random.below(1 << 48));
        let id = &project.node.id;
        let data = json!({
            "kind": "storage#hmacKeyMetadata",
            "id": format!("{id}/{access}"),
            "accessId": access,
            "projectId": id,
            "serviceAccountEmail": people::account(project, 0),
            "state": "ACTIVE",
            "timeCreated": "2025-01-16T10:02:44.000Z",
            "updated": "2025-01-16T10:02:44.000Z",
        });
        let below = format!("hmacKeys/{access}");
        items.push(of_project(project, HMAC_KEY, &below, data));
    }
}

/// As the JSON API shows them. A few are not as they should be.
fn settings(random: &mut Random, project: &Project<'_>, name: &str) -> Value {
    let uniform = !random.permille(40);
    let prevention = if random.permille(600) {
        "enforced"
    } else {
        "inherited"
    };
    let soft = match random.below(1000) {
        0..80 => "0",
        80..200 => "2592000",
        _ => "604800",
    };
    let location = match random.below(10) {
        0 => "EU".to_owned(),
        1 => "US".to_owned(),
        _ => project.region.to_uppercase(),
    };
    let mut data = json!({
        "kind": "storage#bucket",
        "id": name,
        "selfLink": format!("https://www.googleapis.com/storage/v1/b/{name}"),
        "name": name,
        "projectNumber": project.node.number,
        "generation": "1700000000000000000",
        "metageneration": random.between(1, 40).to_string(),
        "location": location,
        "locationType": if location.len() == 2 { "multi-region" } else { "region" },
        "storageClass": *random.pick(&["STANDARD", "STANDARD", "NEARLINE"]),
        "etag": "CAQ=",
        "timeCreated": "2024-05-13T09:20:31.774Z",
        "updated": "2026-08-19T14:05:55.021Z",
        "labels": { "team": project.team, "data": name.rsplit('-').nth(1) },
        "softDeletePolicy": { "retentionDurationSeconds": soft, "effectiveTime": "2024-05-13T09:20:31.774Z" },
        "iamConfiguration": {
            "bucketPolicyOnly": { "enabled": uniform },
            "uniformBucketLevelAccess": { "enabled": uniform },
            "publicAccessPrevention": prevention,
        },
    });
    if random.permille(550) {
        data["versioning"] = json!({ "enabled": true });
    }
    if random.permille(400) {
        data["lifecycle"] = json!({ "rule": [
            { "action": { "type": "SetStorageClass", "storageClass": "NEARLINE" }, "condition": { "age": 30 } },
            { "action": { "type": "Delete" }, "condition": { "numNewerVersions": 3, "isLive": false } },
        ] });
    }
    if random.permille(350) {
        data["encryption"] = json!({ "defaultKmsKeyName": format!(
            "projects/{}/locations/{}/keyRings/data/cryptoKeys/storage", project.node.id, project.region
        ) });
    }
    if random.permille(120) {
        data["retentionPolicy"] =
            json!({ "retentionPeriod": "2592000", "effectiveTime": "2025-01-01T00:00:00Z" });
    }
    if random.permille(300) {
        let bucket = super::bucket(project.index, 0);
        data["logging"] = json!({ "logBucket": bucket, "logObjectPrefix": name });
    }
    if random.permille(20) {
        data["cors"] = json!([{ "origin": ["*"], "method": ["GET"], "maxAgeSeconds": 3600 }]);
    }
    if !uniform {
        let number = &project.node.number;
        let entry = |entity: String, role: &str| json!({ "kind": "storage#bucketAccessControl", "bucket": name, "entity": entity, "role": role });
        let mut acl = vec![
            entry(format!("project-owners-{number}"), "OWNER"),
            entry(format!("project-viewers-{number}"), "READER"),
        ];
        if random.permille(100) {
            acl.push(entry("allUsers".to_owned(), "READER"));
        }
        data["acl"] = json!(acl);
        data["defaultObjectAcl"] = json!([{ "kind": "storage#objectAccessControl", "entity": format!("project-owners-{number}"), "role": "OWNER" }]);
    }
    data
}

fn allow(random: &mut Random, project: &Project<'_>) -> Value {
    let id = &project.node.id;
    let mut bindings = vec![
        binding(
            "roles/storage.legacyBucketOwner",
            vec![format!("projectEditor:{id}"), format!("projectOwner:{id}")],
        ),
        binding(
            "roles/storage.legacyBucketReader",
            vec![format!("projectViewer:{id}")],
        ),
    ];
    let roles = [
        "roles/storage.objectViewer",
        "roles/storage.objectUser",
        "roles/storage.objectCreator",
        "roles/storage.objectAdmin",
    ];
    for at in 0..random.between(0, 4) as usize {
        let mut members = vec![format!("serviceAccount:{}", people::account(project, at))];
        if random.permille(400) {
            members.push(people::group(project));
        }
        bindings.push(binding(roles[at % roles.len()], members));
    }
    match random.below(1000) {
        0..8 => bindings.push(binding(
            "roles/storage.objectViewer",
            vec!["allUsers".to_owned()],
        )),
        8..20 => bindings.push(binding("roles/storage.admin", vec![people::person(random)])),
        20..70 => {
            let mut only = binding("roles/storage.objectViewer", vec![people::group(project)]);
            only["condition"] = json!({
                "title": "shared part",
                "expression": "resource.name.startsWith(\"projects/_/buckets/shared/objects/public/\")",
            });
            bindings.push(only);
        }
        _ => {}
    }
    policy(random, bindings)
}
