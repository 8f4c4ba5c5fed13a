#![allow(clippy::unwrap_used)]

use super::super::render;
use super::super::tests::{BUCKET, model, part, patch, planned};
use super::*;
use crate::change::{Level, Model};
use crate::remediation::plan::Plan;
use serde_json::json;

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

#[test]
fn resources_are_imported_by_the_ids_of_the_providers_pages() {
    let model = Model::default();
    let names = Names::new(&model);
    for (name, asset_type, data, resource, import) in [
        (
            "//storage.googleapis.com/b",
            "storage.googleapis.com/Bucket",
            json!({ "location": "EU", "projectNumber": "7" }),
            "google_storage_bucket",
            "b",
        ),
        (
            "//storage.googleapis.com/projects/acme/hmacKeys/GOOG1",
            "storage.googleapis.com/HmacKey",
            json!({ "serviceAccountEmail": "a@acme.iam.gserviceaccount.com", "state": "INACTIVE" }),
            "google_storage_hmac_key",
            "projects/acme/hmacKeys/GOOG1",
        ),
        (
            "//iam.googleapis.com/projects/acme/serviceAccounts/1045",
            "iam.googleapis.com/ServiceAccount",
            json!({ "email": "a@acme.iam.gserviceaccount.com", "disabled": true }),
            "google_service_account",
            "projects/acme/serviceAccounts/a@acme.iam.gserviceaccount.com",
        ),
        (
            "//iam.googleapis.com/organizations/1/roles/reader",
            "iam.googleapis.com/Role",
            json!({ "includedPermissions": ["storage.objects.get"] }),
            "google_organization_iam_custom_role",
            "organizations/1/roles/reader",
        ),
        (
            "//logging.googleapis.com/projects/acme/sinks/s",
            "logging.googleapis.com/LogSink",
            json!({ "destination": "storage.googleapis.com/b" }),
            "google_logging_project_sink",
            "projects/acme/sinks/s",
        ),
        (
            "//logging.googleapis.com/folders/5/sinks/s",
            "logging.googleapis.com/LogSink",
            json!({ "destination": "storage.googleapis.com/b" }),
            "google_logging_folder_sink",
            "folders/5/sinks/s",
        ),
        (
            "//cloudkms.googleapis.com/projects/acme/locations/eu/keyRings/r/cryptoKeys/k",
            "cloudkms.googleapis.com/CryptoKey",
            json!({ "purpose": "ENCRYPT_DECRYPT", "rotationPeriod": "7776000s" }),
            "google_kms_crypto_key",
            "projects/acme/locations/eu/keyRings/r/cryptoKeys/k",
        ),
    ] {
        let stated =
            state(name, asset_type, &data, &names).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(
            (stated.resource, &*stated.import),
            (resource, import),
            "{name}"
        );
    }
}

/// Wrong types, missing fields, strange names: a reason, never a panic.
#[test]
fn what_makes_no_sense_is_refused() {
    let model = Model::default();
    let names = Names::new(&model);
    let strange = json!({
        "location": 7, "includedPermissions": 1, "rules": "x", "spec": [], "email": "@", "destination": {}, "labels": [1],
    });
    for asset_type in [
        "storage.googleapis.com/Bucket",
        "storage.googleapis.com/HmacKey",
        "iam.googleapis.com/ServiceAccount",
        "iam.googleapis.com/DenyPolicy",
        "logging.googleapis.com/LogSink",
        "serviceusage.googleapis.com/Service",
        "",
    ] {
        for name in [
            "",
            "//",
            "//storage.googleapis.com/b",
            "//iam.googleapis.com/policies//denypolicies/",
        ] {
            for data in [&strange, &json!(null), &json!({})] {
                assert!(
                    state(name, asset_type, data, &names).is_err(),
                    "{asset_type} {name}"
                );
            }
        }
    }
}
