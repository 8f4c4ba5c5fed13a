#![allow(clippy::unwrap_used)]

use super::super::render;
use super::super::tests::{BUCKET, grant, model, part, planned};
use super::*;
use crate::change::{Change, Level};
use crate::remediation::plan::Plan;
use serde_json::json;

#[test]
fn a_list_that_still_counts_is_offered_without_who_leaves_it() {
    let model = model(&[json!({
        "name": BUCKET, "assetType": "storage.googleapis.com/Bucket",
        "resource": { "data": { "location": "EU", "defaultObjectAcl": [
            { "entity": "allUsers", "role": "READER" }, { "entity": "user-ann@acme.example", "role": "OWNER" },
        ] } },
    })]);
    let change = Change::RemoveAcl {
        bucket: BUCKET.to_owned(),
        list: Acl::DefaultObject,
        entity: "allUsers".to_owned(),
        role: "READER".to_owned(),
    };
    // By hand: the model keeps the entry, and yet nobody must put it back.
    let part = part(vec![planned("s01", Level::Manual, vec![change])]);
    let script = render(&Plan::default(), &part, &model);
    let storage = &script["terraform/storage.tf"];
    assert!(
        storage.contains("# resource \"google_storage_default_object_acl\" \"acme-models\" {"),
        "{storage}"
    );
    assert!(
        storage.contains("#   role_entity = [\"OWNER:user-ann@acme.example\"]"),
        "{storage}"
    );
    assert!(!storage.contains("READER:allUsers"), "{storage}");
}

/// What the provider's pages call the resources, and how they are imported.
#[test]
fn holders_are_called_as_the_provider_calls_them() {
    let project = "//cloudresourcemanager.googleapis.com/projects/7";
    let account = "//iam.googleapis.com/projects/acme/serviceAccounts/1045";
    let model = model(&[
        json!({ "name": project, "assetType": "cloudresourcemanager.googleapis.com/Project",
            "resource": { "data": { "projectId": "acme" } } }),
        json!({ "name": account, "assetType": "iam.googleapis.com/ServiceAccount",
            "resource": { "data": { "email": "a@acme.iam.gserviceaccount.com" } } }),
    ]);
    let names = Names::new(&model);
    for (name, resource, import) in [
        (project, "google_project", "acme"),
        (
            "//cloudresourcemanager.googleapis.com/folders/5",
            "google_folder",
            "folders/5",
        ),
        (
            "//cloudresourcemanager.googleapis.com/organizations/1",
            "google_organization",
            "1",
        ),
        (
            "//storage.googleapis.com/acme-models",
            "google_storage_bucket",
            "b/acme-models",
        ),
        (
            "//storage.googleapis.com/projects/_/buckets/b/managedFolders/raw/x/",
            "google_storage_managed_folder",
            "b/b/managedFolders/raw/x/",
        ),
        (
            account,
            "google_service_account",
            "projects/acme/serviceAccounts/a@acme.iam.gserviceaccount.com",
        ),
        (
            "//pubsub.googleapis.com/projects/7/topics/t",
            "google_pubsub_topic",
            "projects/acme/topics/t",
        ),
        (
            "//secretmanager.googleapis.com/projects/7/secrets/s",
            "google_secret_manager_secret",
            "projects/acme/secrets/s",
        ),
        (
            "//cloudkms.googleapis.com/projects/acme/locations/eu/keyRings/r/cryptoKeys/k",
            "google_kms_crypto_key",
            "acme/eu/r/k",
        ),
        (
            "//bigquery.googleapis.com/projects/acme/datasets/d",
            "google_bigquery_dataset",
            "projects/acme/datasets/d",
        ),
        (
            "//run.googleapis.com/projects/acme/locations/eu/services/s",
            "google_cloud_run_service",
            "projects/acme/locations/eu/services/s",
        ),
    ] {
        let holder = holder(name, &names).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(
            (holder.resource, &*holder.import),
            (resource, import),
            "{name}"
        );
    }
    for name in [
        "//dataproc.googleapis.com/projects/acme/regions/eu/clusters/c",
        "//cloudresourcemanager.googleapis.com/projects/a/b",
        "//cloudresourcemanager.googleapis.com/projects/",
        "",
    ] {
        assert!(holder(name, &names).is_none(), "{name}");
    }
}

/// Terraform joins the words of an import id with one blank each.
#[test]
fn what_an_import_cannot_name_is_not_imported() {
    let id = |title| import_id(&["b/x", "roles/viewer"], title);
    assert_eq!(id(None).as_deref(), Some("b/x roles/viewer"));
    assert_eq!(
        id(Some("until friday")).as_deref(),
        Some("b/x roles/viewer until friday")
    );
    for title in ["until  friday", " until", "until ", "a\tb", ""] {
        assert_eq!(id(Some(title)), None, "{title:?}");
    }
    assert_eq!(import_id(&["b/x y", "roles/viewer"], None), None);
}

#[test]
fn a_deleted_member_is_neither_added_nor_kept() {
    let model = model(&[json!({
        "name": BUCKET, "assetType": "storage.googleapis.com/Bucket",
        "iamPolicy": { "bindings": [{ "role": "roles/viewer", "members": ["allUsers", "deleted:user:a@b.example?uid=1"] }] },
    })]);
    let part = part(vec![planned(
        "s01",
        Level::Review,
        vec![
            Change::AddMember(grant(
                BUCKET,
                "roles/viewer",
                "deleted:user:a@b.example?uid=1",
            )),
            Change::RemoveMember(grant(BUCKET, "roles/viewer", "allUsers")),
        ],
    )]);
    let script = render(&Plan::default(), &part, &model);
    assert!(script["terraform/main.tf"].contains("Terraform has no deleted members"));
    assert!(!script["terraform/iam.tf"].contains("_iam_binding\""));
}
