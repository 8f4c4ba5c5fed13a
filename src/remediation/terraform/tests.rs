#![allow(clippy::unwrap_used, clippy::print_stderr)]

use super::*;
use crate::change::{AuditLog, Grant, Step, Undo};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::json;
use std::path::Path;
use std::process::Command;

pub(super) fn planned(id: &str, level: Level, changes: Vec<Change>) -> Planned {
    Planned {
        id: id.to_owned(),
        title: format!("Do {id}"),
        step: Step {
            changes,
            level,
            because: "it takes live access away".to_owned(),
            may_break: "who reads without a grant".to_owned(),
            undo: Undo::Exact,
        },
        answers: Vec::new(),
    }
}

pub(super) fn part(steps: Vec<Planned>) -> Part {
    Part {
        scope: "projects/acme-ml".to_owned(),
        steps,
    }
}

pub(super) fn model(assets: &[Value]) -> Model {
    let mut model = Model::default();
    for asset in assets {
        model.absorb(asset, &[]).unwrap();
    }
    model
}

const BUCKET: &str = "//storage.googleapis.com/projects/_/buckets/acme-models";
const PROJECT: &str = "//cloudresourcemanager.googleapis.com/projects/481516234201";

fn acme() -> Model {
    model(&[
        json!({
            "name": PROJECT,
            "assetType": "cloudresourcemanager.googleapis.com/Project",
            "resource": { "data": { "projectId": "acme-ml", "projectNumber": "481516234201" } },
        }),
        json!({
            "name": "//storage.googleapis.com/acme-models",
            "assetType": "storage.googleapis.com/Bucket",
            "ancestors": ["projects/481516234201"],
            "resource": { "data": {
                "name": "acme-models",
                "location": "EUROPE-WEST4",
                "storageClass": "STANDARD",
                "labels": { "team": "ml", "for": "${x}" },
                "versioning": { "enabled": false },
                "softDeletePolicy": { "retentionDurationSeconds": "604800" },
                "iamConfiguration": { "publicAccessPrevention": "inherited", "uniformBucketLevelAccess": { "enabled": true } },
                "lifecycle": { "rule": [
                    { "action": { "type": "Delete" }, "condition": { "age": 0, "isLive": false, "matchesPrefix": ["tmp/", "x/"] } },
                ] },
                "acl": [
                    { "entity": "project-owners-481516234201", "role": "OWNER" },
                    { "entity": "allUsers", "role": "READER" },
                ],
                "etag": "CAE=",
                "newThing": true,
            } },
            "iamPolicy": { "etag": "CAM=", "bindings": [
                { "role": "roles/storage.objectViewer", "members": ["allUsers", "group:ml@acme.example"] },
                { "role": "roles/storage.objectAdmin", "members": ["user:ann@acme.example"],
                  "condition": { "title": "until  friday", "expression": "request.time < timestamp(\"2026-12-04T00:00:00Z\")" } },
                { "role": "roles/storage.legacyBucketReader", "members": ["allUsers"] },
            ] },
        }),
    ])
}

pub(super) fn grant(node: &str, role: &str, member: &str) -> Grant {
    Grant {
        node: node.to_owned(),
        role: role.to_owned(),
        member: member.to_owned(),
        condition: None,
    }
}

pub(super) fn patch(name: &str, asset_type: &str, to: Value) -> Change {
    Change::Patch {
        name: name.to_owned(),
        asset_type: asset_type.to_owned(),
        from: Value::Null,
        to,
    }
}

fn create(name: &str, asset_type: &str, data: Value) -> Change {
    Change::Create {
        name: name.to_owned(),
        asset_type: asset_type.to_owned(),
        data,
    }
}

/// Everything that is stated, in one plan.
fn everything() -> Part {
    let expiring = Grant {
        condition: Some(Condition {
            title: "until  friday".to_owned(),
            description: None,
            expression: "request.time < timestamp(\"2026-12-04T00:00:00Z\")".to_owned(),
        }),
        ..grant(BUCKET, "roles/storage.objectAdmin", "user:ann@acme.example")
    };
    let bucket = "storage.googleapis.com/Bucket";
    part(vec![
        planned(
            "s01",
            Level::Review,
            vec![
                Change::AddMember(grant(
                    PROJECT,
                    "roles/storage.objectViewer",
                    "group:ml@acme.example",
                )),
                Change::AddMember(expiring.clone()),
            ],
        ),
        planned(
            "s02",
            Level::Review,
            vec![Change::RemoveMember(grant(
                BUCKET,
                "roles/storage.objectViewer",
                "allUsers",
            ))],
        ),
        planned(
            "s03",
            Level::Review,
            vec![Change::RemoveMember(grant(
                BUCKET,
                "roles/storage.legacyBucketReader",
                "allUsers",
            ))],
        ),
        planned(
            "s04",
            Level::Review,
            vec![patch(
                BUCKET,
                bucket,
                json!({
                    "iamConfiguration": { "publicAccessPrevention": "enforced" },
                    "versioning": { "enabled": true },
                }),
            )],
        ),
        planned(
            "s05",
            Level::Manual,
            vec![patch(
                BUCKET,
                bucket,
                json!({ "retentionPolicy": { "isLocked": true } }),
            )],
        ),
        planned(
            "s06",
            Level::Review,
            vec![Change::RemoveAcl {
                bucket: BUCKET.to_owned(),
                list: Acl::Bucket,
                entity: "allUsers".to_owned(),
                role: "READER".to_owned(),
            }],
        ),
        planned(
            "s07",
            Level::Review,
            vec![Change::SetAudit {
                node: PROJECT.to_owned(),
                service: "storage.googleapis.com".to_owned(),
                from: vec![AuditLog {
                    log_type: "ADMIN_READ".to_owned(),
                    exempted_members: Vec::new(),
                }],
                to: vec![
                    AuditLog {
                        log_type: "ADMIN_READ".to_owned(),
                        exempted_members: Vec::new(),
                    },
                    AuditLog {
                        log_type: "DATA_READ".to_owned(),
                        exempted_members: vec![
                            "user:a@acme.example".to_owned(),
                            "user:b@acme.example".to_owned(),
                        ],
                    },
                ],
            }],
        ),
        planned(
            "s08",
            Level::Manual,
            vec![create(
                "//orgpolicy.googleapis.com/projects/481516234201/policies/storage.publicAccessPrevention",
                "orgpolicy.googleapis.com/Policy",
                json!({ "spec": { "rules": [{ "enforce": true, "parameters": { "a": ["b", "${c}"] } }] } }),
            )],
        ),
        planned(
            "s09",
            Level::Review,
            vec![create(
                "//orgpolicy.googleapis.com/organizations/7/policies/gcp.resourceLocations",
                "orgpolicy.googleapis.com/Policy",
                json!({ "spec": { "inheritFromParent": true, "rules": [
                { "values": { "allowedValues": ["in:eu-locations", "in:us-locations"] }, "condition": { "title": "t", "expression": "resource.matchTag('1/env', 'prod')" } },
                { "denyAll": true },
            ] } }),
            )],
        ),
        planned(
            "s10",
            Level::Review,
            vec![create(
                "//iam.googleapis.com/policies/cloudresourcemanager.googleapis.com%2Forganizations%2F7/denypolicies/guard",
                "iam.googleapis.com/DenyPolicy",
                json!({ "displayName": "Guard", "rules": [{ "description": "d", "denyRule": {
                "deniedPrincipals": ["principalSet://goog/public:all"], "deniedPermissions": ["storage.googleapis.com/buckets.delete"],
                "denialCondition": { "expression": "!resource.matchTag('1/env', 'test')" } } }] }),
            )],
        ),
        planned(
            "s11",
            Level::Review,
            vec![create(
                "//logging.googleapis.com/organizations/7/sinks/all",
                "logging.googleapis.com/LogSink",
                json!({ "destination": "storage.googleapis.com/acme-logs", "filter": "severity >= \"NOTICE\"", "includeChildren": true }),
            )],
        ),
        planned(
            "s12",
            Level::Review,
            vec![create(
                "//iam.googleapis.com/projects/acme-ml/roles/reader",
                "iam.googleapis.com/Role",
                json!({ "title": "Reader", "stage": "GA", "includedPermissions": ["storage.objects.get", "storage.objects.list"] }),
            )],
        ),
        planned(
            "s13",
            Level::Review,
            vec![create(
                "//serviceusage.googleapis.com/projects/481516234201/services/cloudasset.googleapis.com",
                "serviceusage.googleapis.com/Service",
                json!({ "state": "ENABLED" }),
            )],
        ),
        planned(
            "s14",
            Level::Manual,
            vec![Change::Delete {
                name: "//iam.googleapis.com/projects/acme-ml/serviceAccounts/1/keys/2".to_owned(),
                asset_type: "iam.googleapis.com/ServiceAccountKey".to_owned(),
                data: json!({}),
            }],
        ),
    ])
}

#[test]
fn what_the_plan_wants_is_stated() {
    let script = render(&Plan::default(), &everything(), &acme());
    let files: Vec<&str> = script.keys().map(String::as_str).collect();
    assert_eq!(
        files,
        [
            "terraform/iam.tf",
            "terraform/main.tf",
            "terraform/resources.tf",
            "terraform/storage.tf"
        ]
    );
    let all: String = script
        .iter()
        .map(|(path, text)| format!("==> {path}\n{text}\n"))
        .collect();
    let all = all.replace(env!("CARGO_PKG_VERSION"), "VERSION");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!("terraform", all));
}

/// Puts files into a folder of their own; gives back the folder.
pub(super) fn written(script: &Script) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in script {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// Runs `terraform`, if there is one.
pub(super) fn terraform(folder: &Path, arguments: &[&str], input: &str) -> Option<(bool, String)> {
    use std::io::Write;
    let child = Command::new("terraform")
        .args(arguments)
        .current_dir(folder)
        .env("CHECKPOINT_DISABLE", "1")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: no terraform is installed");
        return None;
    };
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8(text).unwrap()))
}

/// Whether `terraform fmt` leaves every file as it is.
fn assert_formatted(script: &Script) {
    let folder = written(script);
    let arguments = ["fmt", "-check", "-diff", "-recursive", "."];
    if let Some((clean, told)) = terraform(folder.path(), &arguments, "") {
        assert!(clean, "{told}");
    }
}

#[test]
fn terraform_would_not_write_it_otherwise() {
    assert_formatted(&render(&Plan::default(), &everything(), &acme()));
}

/// A name as an attacker would choose it.
pub(super) fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "${",
        "%{",
        "}",
        "$",
        "%",
        "\"",
        "\\",
        "\n",
        "\r\n",
        "#",
        "//",
        "/*",
        "*/",
        "<<EOT",
        "EOT",
        "{",
        "[",
        "=",
        "user:",
        "@",
        "a",
        "Z9",
        " ",
        "\t",
        "\0",
        "\u{1b}[31m",
        "\u{202e}",
        "\u{2028}",
        "\u{e0001}",
        "é",
        "✓",
        "😀",
        "'",
        "`",
        "resource",
    ]);
    prop::collection::vec(pieces, 0..8).prop_map(|pieces| pieces.concat())
}

#[test]
fn hostile_names_are_formatted_as_well() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = hostile();
    let mut name = || strategy.new_tree(&mut runner).unwrap().current();
    let steps = (0..40).map(|at| {
        let changes = vec![
            Change::AddMember(grant(PROJECT, &name(), &name())),
            Change::RemoveMember(grant(BUCKET, &name(), &name())),
            patch(
                BUCKET,
                "storage.googleapis.com/Bucket",
                json!({ "labels": { name(): name(), "x": name() } }),
            ),
        ];
        planned(&format!("s{at}"), Level::Review, changes)
    });
    assert_formatted(&render(&Plan::default(), &part(steps.collect()), &acme()));
}

#[test]
fn a_bucket_without_a_place_is_not_stated() {
    let model = model(&[json!({
        "name": BUCKET, "assetType": "storage.googleapis.com/Bucket",
        "resource": { "data": { "versioning": { "enabled": false } } },
    })]);
    let change = patch(
        BUCKET,
        "storage.googleapis.com/Bucket",
        json!({ "versioning": { "enabled": true } }),
    );
    let part = part(vec![planned("s01", Level::Review, vec![change])]);
    let script = render(&Plan::default(), &part, &model);
    assert_eq!(script.keys().collect::<Vec<_>>(), ["terraform/main.tf"]);
    assert!(script["terraform/main.tf"].contains("does not say where the bucket lies"));
}

#[test]
fn what_is_not_known_here_is_said_to_be_so() {
    let name = "//monitoring.googleapis.com/projects/acme-ml/alertPolicies/1";
    let change = patch(
        name,
        "monitoring.googleapis.com/AlertPolicy",
        json!({ "enabled": true }),
    );
    let part = part(vec![planned("s01", Level::Review, vec![change])]);
    let script = render(&Plan::default(), &part, &model(&[]));
    assert!(script["terraform/main.tf"].contains("s01"));
}
