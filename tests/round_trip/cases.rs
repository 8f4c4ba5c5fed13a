//! Parts of plans, one for each kind of change that gcloud can make.
#![allow(unreachable_pub)] // a module of one test

use leastwise::change::{Acl, AuditLog, Change, Condition, Grant, Level, Model, Step, Undo};
use leastwise::remediation::{Part, Planned};
use serde_json::{Value, json};

/// What the server holds at first, and what is changed.
pub struct Case {
    pub name: String,
    pub model: Model,
    pub part: Part,
}

const PROJECT: &str = "//cloudresourcemanager.googleapis.com/projects/acme-ml";
const FOLDER: &str = "//cloudresourcemanager.googleapis.com/folders/551900287731";
const ORGANIZATION: &str = "//cloudresourcemanager.googleapis.com/organizations/770043110021";
const BUCKET: &str = "//storage.googleapis.com/projects/_/buckets/acme-train-raw";
const MANAGED: &str =
    "//storage.googleapis.com/projects/_/buckets/acme-train-raw/managedFolders/labels/";
const ACCOUNT: &str = "//iam.googleapis.com/projects/acme-ml/serviceAccounts/104500000000000000011";
const EMAIL: &str = "trainer@acme-ml.iam.gserviceaccount.com";

/// Every hand-made case.
pub fn all() -> Vec<Case> {
    vec![
        bindings_of_nodes(),
        bindings_with_conditions(),
        bindings_of_storage(),
        bindings_of_services(),
        audit(),
        lists(),
        bucket_settings(),
        bucket_files(),
        accounts(),
        roles(),
        org_policies(),
        deny_policies(),
        keys(),
        rotation(),
    ]
}

fn case(name: &str, assets: &[Value], steps: Vec<Vec<Change>>) -> Case {
    let mut model = Model::default();
    for asset in assets {
        model.absorb(asset, &[]);
    }
    let steps = steps.into_iter().enumerate().map(|(at, changes)| Planned {
        id: format!("s{:02}", at + 1),
        title: format!("{name}, change {}", at + 1),
        step: Step {
            changes,
            level: Level::Review,
            because: "it takes access away".to_owned(),
            may_break: String::new(),
            undo: Undo::Exact,
        },
        answers: Vec::new(),
    });
    Case {
        name: name.to_owned(),
        model,
        part: Part {
            scope: "projects/acme-ml".to_owned(),
            steps: steps.collect(),
        },
    }
}

fn resource(name: &str, asset_type: &str, data: Value) -> Value {
    json!({ "name": name, "assetType": asset_type, "resource": { "data": data } })
}

fn holder(name: &str, asset_type: &str, bindings: Value) -> Value {
    let policy = json!({ "bindings": bindings, "etag": "BwXhqDqvAAA=", "version": 1 });
    json!({ "name": name, "assetType": asset_type, "iamPolicy": policy })
}

fn grant(node: &str, role: &str, member: &str) -> Grant {
    Grant {
        node: node.to_owned(),
        role: role.to_owned(),
        member: member.to_owned(),
        condition: None,
    }
}

fn add(node: &str, role: &str, member: &str) -> Change {
    Change::AddMember(grant(node, role, member))
}

fn remove(node: &str, role: &str, member: &str) -> Change {
    Change::RemoveMember(grant(node, role, member))
}

fn patch(name: &str, asset_type: &str, from: Value, to: Value) -> Change {
    Change::Patch {
        name: name.to_owned(),
        asset_type: asset_type.to_owned(),
        from,
        to,
    }
}

fn bindings_of_nodes() -> Case {
    let bindings = json!([
        { "role": "roles/editor", "members": ["user:ann@example.com", "user:bo@example.com"] },
        { "role": "roles/owner", "members": ["group:admins@example.com"] }
    ]);
    let assets = [
        holder(
            PROJECT,
            "cloudresourcemanager.googleapis.com/Project",
            bindings.clone(),
        ),
        holder(
            FOLDER,
            "cloudresourcemanager.googleapis.com/Folder",
            bindings.clone(),
        ),
        holder(
            ORGANIZATION,
            "cloudresourcemanager.googleapis.com/Organization",
            bindings,
        ),
    ];
    let steps = [PROJECT, FOLDER, ORGANIZATION].map(|node| {
        vec![
            add(node, "roles/viewer", "user:ann@example.com"),
            remove(node, "roles/editor", "user:ann@example.com"),
        ]
    });
    case("bindings of nodes", &assets, steps.into())
}

fn bindings_with_conditions() -> Case {
    let expired = Condition {
        title: "until, spring".to_owned(),
        description: Some("it's \"over\" – $(date)\nsecond line".to_owned()),
        expression: "request.time < timestamp('2025-03-01T00:00:00Z') &&\n  resource.name.startsWith(\"projects/_/buckets/a,b\")".to_owned(),
    };
    let renewed = Condition {
        title: "until, spring".to_owned(),
        description: None,
        expression: "request.time < timestamp('2027-03-01T00:00:00Z')".to_owned(),
    };
    let bindings = json!([
        { "role": "roles/storage.admin", "members": ["user:ann@example.com"] },
        { "role": "roles/storage.admin", "members": ["user:ann@example.com", "user:bo@example.com"], "condition": expired }
    ]);
    let assets = [
        holder(
            PROJECT,
            "cloudresourcemanager.googleapis.com/Project",
            bindings.clone(),
        ),
        holder(BUCKET, "storage.googleapis.com/Bucket", bindings),
    ];
    let steps = [PROJECT, BUCKET].map(|node| {
        let old = grant(node, "roles/storage.admin", "user:ann@example.com");
        let old = Grant {
            condition: Some(expired.clone()),
            ..old
        };
        let new = Grant {
            condition: Some(renewed.clone()),
            ..old.clone()
        };
        vec![Change::AddMember(new), Change::RemoveMember(old)]
    });
    case("bindings with conditions", &assets, steps.into())
}

fn bindings_of_storage() -> Case {
    let open = json!([{ "role": "roles/storage.objectViewer", "members": ["allUsers", "user:ann@example.com"] }]);
    let assets = [
        holder(BUCKET, "storage.googleapis.com/Bucket", open.clone()),
        holder(
            MANAGED,
            "storage.googleapis.com/ManagedFolder",
            open.clone(),
        ),
        resource(
            ACCOUNT,
            "iam.googleapis.com/ServiceAccount",
            json!({ "email": EMAIL, "uniqueId": "104500000000000000011" }),
        ),
        holder(ACCOUNT, "iam.googleapis.com/ServiceAccount", open),
    ];
    let steps = [BUCKET, MANAGED, ACCOUNT]
        .map(|node| vec![remove(node, "roles/storage.objectViewer", "allUsers")]);
    case("bindings of storage and accounts", &assets, steps.into())
}

fn bindings_of_services() -> Case {
    let nodes = [
        (
            "//secretmanager.googleapis.com/projects/481516234201/secrets/hub-token",
            "secretmanager.googleapis.com/Secret",
        ),
        (
            "//cloudkms.googleapis.com/projects/acme-ml/locations/europe-west4/keyRings/ml",
            "cloudkms.googleapis.com/KeyRing",
        ),
        (
            "//cloudkms.googleapis.com/projects/acme-ml/locations/europe-west4/keyRings/ml/cryptoKeys/training-data",
            "cloudkms.googleapis.com/CryptoKey",
        ),
        (
            "//pubsub.googleapis.com/projects/acme-ml/topics/labels",
            "pubsub.googleapis.com/Topic",
        ),
        (
            "//pubsub.googleapis.com/projects/acme-ml/subscriptions/labels-import",
            "pubsub.googleapis.com/Subscription",
        ),
        (
            "//artifactregistry.googleapis.com/projects/acme-ml/locations/europe-west4/repositories/models",
            "artifactregistry.googleapis.com/Repository",
        ),
        (
            "//run.googleapis.com/projects/acme-ml/locations/europe-west4/services/ranker",
            "run.googleapis.com/Service",
        ),
        (
            "//cloudfunctions.googleapis.com/projects/acme-ml/locations/europe-west4/functions/thumbnail",
            "cloudfunctions.googleapis.com/CloudFunction",
        ),
        (
            "//compute.googleapis.com/projects/acme-ml/global/images/trainer-2026-10",
            "compute.googleapis.com/Image",
        ),
    ];
    let open = json!([{ "role": "roles/viewer", "members": ["allUsers", "user:ann@example.com"] }]);
    let assets = nodes.map(|(name, asset_type)| {
        let mut asset = holder(name, asset_type, open.clone());
        asset["resource"] = json!({ "data": { "name": name.split_once(".com/").unwrap().1 } });
        asset
    });
    let steps = nodes.map(|(name, _)| vec![remove(name, "roles/viewer", "allUsers")]);
    case("bindings of services", &assets, steps.into())
}

fn audit() -> Case {
    let log = |kind: &str, exempted: &[&str]| AuditLog {
        log_type: kind.to_owned(),
        exempted_members: exempted.iter().map(|&one| one.to_owned()).collect(),
    };
    let mut assets = Vec::new();
    let mut steps = Vec::new();
    for (node, kind) in [
        (PROJECT, "cloudresourcemanager.googleapis.com/Project"),
        (FOLDER, "cloudresourcemanager.googleapis.com/Folder"),
        (
            ORGANIZATION,
            "cloudresourcemanager.googleapis.com/Organization",
        ),
    ] {
        let mut asset = holder(
            node,
            kind,
            json!([{ "role": "roles/viewer", "members": ["user:ann@example.com"] }]),
        );
        asset["iamPolicy"]["auditConfigs"] = json!([
            { "service": "allServices", "auditLogConfigs": [{ "logType": "ADMIN_READ" }, { "logType": "DATA_READ", "exemptedMembers": ["user:ann@example.com"] }] },
            { "service": "storage.googleapis.com", "auditLogConfigs": [{ "logType": "DATA_WRITE" }] }
        ]);
        assets.push(asset);
        steps.push(vec![Change::SetAudit {
            node: node.to_owned(),
            service: "allServices".to_owned(),
            from: vec![
                log("ADMIN_READ", &[]),
                log("DATA_READ", &["user:ann@example.com"]),
            ],
            to: vec![
                log("ADMIN_READ", &[]),
                log("DATA_READ", &[]),
                log("DATA_WRITE", &[]),
            ],
        }]);
    }
    steps.push(vec![Change::SetAudit {
        node: PROJECT.to_owned(),
        service: "iam.googleapis.com".to_owned(),
        from: Vec::new(),
        to: vec![log("ADMIN_READ", &[])],
    }]);
    // A binding that changes in between: the etag that was linted is not the one that is set against.
    steps.insert(
        1,
        vec![add(PROJECT, "roles/browser", "user:bo@example.com")],
    );
    case("audit configurations", &assets, steps)
}

fn lists() -> Case {
    let entries = json!([
        { "entity": "allUsers", "role": "READER" },
        { "entity": "user-ann@example.com", "role": "OWNER" }
    ]);
    let assets = [resource(
        BUCKET,
        "storage.googleapis.com/Bucket",
        json!({ "acl": entries, "defaultObjectAcl": entries }),
    )];
    let entry = |list| {
        vec![Change::RemoveAcl {
            bucket: BUCKET.to_owned(),
            list,
            entity: "allUsers".to_owned(),
            role: "READER".to_owned(),
        }]
    };
    case(
        "access control lists",
        &assets,
        vec![entry(Acl::Bucket), entry(Acl::DefaultObject)],
    )
}

fn bucket_settings() -> Case {
    let kind = "storage.googleapis.com/Bucket";
    let data = json!({
        "name": "acme-train-raw",
        "iamConfiguration": { "publicAccessPrevention": "inherited", "uniformBucketLevelAccess": { "enabled": false } },
        "softDeletePolicy": { "retentionDurationSeconds": "0" },
        "billing": { "requesterPays": true }
    });
    let steps = vec![
        vec![patch(
            BUCKET,
            kind,
            json!({ "versioning": null }),
            json!({ "versioning": { "enabled": true } }),
        )],
        vec![patch(
            BUCKET,
            kind,
            json!({ "iamConfiguration": { "publicAccessPrevention": "inherited", "uniformBucketLevelAccess": { "enabled": false } } }),
            json!({ "iamConfiguration": { "publicAccessPrevention": "enforced", "uniformBucketLevelAccess": { "enabled": true } } }),
        )],
        vec![patch(
            BUCKET,
            kind,
            json!({ "softDeletePolicy": { "retentionDurationSeconds": "0" } }),
            json!({ "softDeletePolicy": { "retentionDurationSeconds": "604800" } }),
        )],
        vec![patch(
            BUCKET,
            kind,
            json!({ "retentionPolicy": null }),
            json!({ "retentionPolicy": { "retentionPeriod": "7776000" } }),
        )],
        vec![patch(
            BUCKET,
            kind,
            json!({ "billing": { "requesterPays": true } }),
            json!({ "billing": { "requesterPays": false } }),
        )],
    ];
    case(
        "settings of a bucket",
        &[resource(BUCKET, kind, data)],
        steps,
    )
}

fn bucket_files() -> Case {
    let kind = "storage.googleapis.com/Bucket";
    let data = json!({
        "name": "acme-train-raw",
        "website": { "mainPageSuffix": "index.html", "notFoundPage": "404.html" },
        "cors": [{ "origin": ["*"], "method": ["GET"], "maxAgeSeconds": 3600 }],
        "labels": { "team": "ml" },
        "logging": { "logBucket": "acme-train-raw", "logObjectPrefix": "log" }
    });
    let steps = vec![
        vec![patch(
            BUCKET,
            kind,
            json!({ "website": { "mainPageSuffix": "index.html", "notFoundPage": "404.html" } }),
            json!({ "website": null }),
        )],
        vec![patch(
            BUCKET,
            kind,
            json!({ "cors": [{ "origin": ["*"], "method": ["GET"], "maxAgeSeconds": 3600 }] }),
            json!({ "cors": null }),
        )],
        vec![patch(
            BUCKET,
            kind,
            json!({ "labels": { "cost-centre": null } }),
            json!({ "labels": { "cost-centre": "train, eval" } }),
        )],
        vec![patch(
            BUCKET,
            kind,
            json!({ "lifecycle": null }),
            json!({ "lifecycle": { "rule": [{ "action": { "type": "Delete" }, "condition": { "daysSinceNoncurrentTime": 90, "numNewerVersions": 3 } }] } }),
        )],
        vec![patch(
            BUCKET,
            kind,
            json!({ "logging": { "logBucket": "acme-train-raw" } }),
            json!({ "logging": { "logBucket": "acme-logs" } }),
        )],
        vec![patch(
            BUCKET,
            kind,
            json!({ "encryption": null }),
            json!({ "encryption": { "defaultKmsKeyName": "projects/acme-ml/locations/europe-west4/keyRings/ml/cryptoKeys/training-data" } }),
        )],
        vec![patch(
            BUCKET,
            kind,
            json!({ "autoclass": null }),
            json!({ "autoclass": { "enabled": true } }),
        )],
    ];
    case("files of a bucket", &[resource(BUCKET, kind, data)], steps)
}

fn accounts() -> Case {
    let key = format!("{ACCOUNT}/keys/4fd21a0e9b3c77d5581e60aa91c2f3b4d6e7081a");
    let data = json!({
        "name": format!("projects/acme-ml/serviceAccounts/{EMAIL}/keys/4fd21a0e9b3c77d5581e60aa91c2f3b4d6e7081a"),
        "keyType": "USER_MANAGED"
    });
    let assets = [
        resource(
            ACCOUNT,
            "iam.googleapis.com/ServiceAccount",
            json!({ "email": EMAIL, "uniqueId": "104500000000000000011" }),
        ),
        resource(&key, "iam.googleapis.com/ServiceAccountKey", data),
    ];
    let off = |name: &str, kind: &str| {
        vec![patch(
            name,
            kind,
            json!({ "disabled": null }),
            json!({ "disabled": true }),
        )]
    };
    let steps = vec![
        off(&key, "iam.googleapis.com/ServiceAccountKey"),
        off(ACCOUNT, "iam.googleapis.com/ServiceAccount"),
    ];
    case("accounts and keys", &assets, steps)
}

fn roles() -> Case {
    let kind = "iam.googleapis.com/Role";
    let reader = "//iam.googleapis.com/projects/acme-ml/roles/dataReader";
    let helper = "//iam.googleapis.com/organizations/770043110021/roles/storageHelper";
    let old = "//iam.googleapis.com/projects/acme-ml/roles/oldRole";
    let whole = json!({
        "name": "organizations/770043110021/roles/storageHelper",
        "title": "Helper: it's \"storage\"",
        "stage": "GA",
        "includedPermissions": ["storage.objects.get", "storage.buckets.setIamPolicy"]
    });
    let gone = json!({ "name": "projects/acme-ml/roles/oldRole", "title": "Old", "includedPermissions": ["storage.objects.get"] });
    let steps = vec![
        vec![Change::Create {
            name: reader.to_owned(),
            asset_type: kind.to_owned(),
            data: json!({
                "name": "projects/acme-ml/roles/dataReader",
                "title": "AI data reader",
                "description": "Reads objects",
                "stage": "GA",
                "includedPermissions": ["storage.objects.list", "storage.objects.get"]
            }),
        }],
        vec![patch(
            helper,
            kind,
            json!({ "includedPermissions": ["storage.objects.get", "storage.buckets.setIamPolicy"] }),
            json!({ "includedPermissions": ["storage.objects.get"] }),
        )],
        vec![Change::Delete {
            name: old.to_owned(),
            asset_type: kind.to_owned(),
            data: gone.clone(),
        }],
    ];
    case(
        "custom roles",
        &[resource(helper, kind, whole), resource(old, kind, gone)],
        steps,
    )
}

fn org_policies() -> Case {
    let kind = "orgpolicy.googleapis.com/Policy";
    let name = |node: &str, id: &str| format!("//orgpolicy.googleapis.com/{node}/policies/{id}");
    let prevention = name("projects/acme-ml", "storage.publicAccessPrevention");
    let uniform = name(
        "organizations/770043110021",
        "storage.uniformBucketLevelAccess",
    );
    let uniform_data = json!({
        "name": "organizations/770043110021/policies/storage.uniformBucketLevelAccess",
        "spec": { "rules": [{ "enforce": false }] }
    });
    let steps = vec![
        vec![Change::Create {
            name: prevention,
            asset_type: kind.to_owned(),
            data: json!({
                "name": "projects/acme-ml/policies/storage.publicAccessPrevention",
                "spec": { "rules": [{ "enforce": true }] }
            }),
        }],
        vec![patch(
            &uniform,
            kind,
            json!({ "spec": { "rules": [{ "enforce": false }] } }),
            json!({ "spec": { "rules": [{ "enforce": true }] } }),
        )],
        vec![Change::Create {
            name: name("folders/551900287731", "gcp.resourceLocations"),
            asset_type: kind.to_owned(),
            data: json!({
                "name": "folders/551900287731/policies/gcp.resourceLocations",
                "spec": { "inheritFromParent": true, "rules": [{ "values": { "allowedValues": ["in:eu-locations"] } }] }
            }),
        }],
    ];
    case(
        "organisation policies",
        &[resource(&uniform, kind, uniform_data)],
        steps,
    )
}

fn deny_policies() -> Case {
    let kind = "iam.googleapis.com/DenyPolicy";
    let name = |id: &str| {
        format!(
            "//iam.googleapis.com/policies/cloudresourcemanager.googleapis.com%2Fprojects%2Facme-ml/denypolicies/{id}"
        )
    };
    let rules = |exception: &str| {
        json!([{
            "description": "keep data",
            "denyRule": {
                "deniedPrincipals": ["principalSet://goog/public:all"],
                "exceptionPrincipals": [exception],
                "deniedPermissions": ["storage.googleapis.com/objects.delete"]
            }
        }])
    };
    let there = json!({ "displayName": "guard data", "kind": "DenyPolicy", "rules": rules("principalSet://goog/public:all") });
    let narrow = rules("principalSet://goog/group/admins@example.com");
    let steps = vec![
        vec![patch(
            &name("guard-data"),
            kind,
            json!({ "rules": there["rules"] }),
            json!({ "rules": narrow }),
        )],
        vec![Change::Create {
            name: name("guard-keys"),
            asset_type: kind.to_owned(),
            data: json!({ "displayName": "guard keys", "rules": rules("principalSet://goog/group/admins@example.com") }),
        }],
    ];
    case(
        "deny policies",
        &[resource(&name("guard-data"), kind, there)],
        steps,
    )
}

fn keys() -> Case {
    let hmac = "//storage.googleapis.com/projects/acme-ml/hmacKeys/GOOG1EACMETRAINER0001";
    let api = "//apikeys.googleapis.com/projects/481516234201/locations/global/keys/0b0c6f2e-52d1-4b0a-9a44-7d1f0e7a6c11";
    let other = "//apikeys.googleapis.com/projects/481516234201/locations/global/keys/9e1d0a77-c3ab-47d1-8d31-2f5a9b7f4c22";
    let name = |full: &str| full.split_once(".com/").unwrap().1.to_owned();
    let assets = [
        resource(
            hmac,
            "storage.googleapis.com/HmacKey",
            json!({ "accessId": "GOOG1EACMETRAINER0001", "state": "ACTIVE", "projectId": "acme-ml" }),
        ),
        resource(
            api,
            "apikeys.googleapis.com/Key",
            json!({ "name": name(api), "displayName": "label tool" }),
        ),
        resource(
            other,
            "apikeys.googleapis.com/Key",
            json!({
                "name": name(other),
                "restrictions": { "serverKeyRestrictions": { "allowedIps": ["0.0.0.0/0"] } }
            }),
        ),
    ];
    let steps = vec![
        vec![patch(
            hmac,
            "storage.googleapis.com/HmacKey",
            json!({ "state": "ACTIVE" }),
            json!({ "state": "INACTIVE" }),
        )],
        vec![patch(
            api,
            "apikeys.googleapis.com/Key",
            json!({ "restrictions": null }),
            json!({ "restrictions": { "apiTargets": [{ "service": "vision.googleapis.com" }] } }),
        )],
        vec![patch(
            other,
            "apikeys.googleapis.com/Key",
            json!({ "restrictions": { "serverKeyRestrictions": { "allowedIps": ["0.0.0.0/0"] } } }),
            json!({ "restrictions": { "serverKeyRestrictions": { "allowedIps": ["203.0.113.0/24", "198.51.100.7"] } } }),
        )],
    ];
    case("HMAC and API keys", &assets, steps)
}

fn rotation() -> Case {
    let key = "//cloudkms.googleapis.com/projects/acme-ml/locations/europe-west4/keyRings/ml/cryptoKeys/training-data";
    let secret = "//secretmanager.googleapis.com/projects/acme-ml/secrets/hub-token";
    let assets = [
        resource(
            key,
            "cloudkms.googleapis.com/CryptoKey",
            json!({ "name": key.split_once(".com/").unwrap().1, "purpose": "ENCRYPT_DECRYPT" }),
        ),
        resource(
            secret,
            "secretmanager.googleapis.com/Secret",
            json!({ "name": secret.split_once(".com/").unwrap().1 }),
        ),
    ];
    let steps = vec![
        vec![patch(
            key,
            "cloudkms.googleapis.com/CryptoKey",
            json!({ "rotationPeriod": null, "nextRotationTime": null }),
            json!({ "rotationPeriod": "7776000s", "nextRotationTime": "2027-01-01T00:00:00Z" }),
        )],
        vec![patch(
            secret,
            "secretmanager.googleapis.com/Secret",
            json!({ "rotation": null }),
            json!({ "rotation": { "rotationPeriod": "7776000s", "nextRotationTime": "2027-01-01T00:00:00Z" } }),
        )],
    ];
    case("rotation", &assets, steps)
}
