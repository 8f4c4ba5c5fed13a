//! Who tells what, when several rules about the public run together.

use crate::rules::analyses::tests::{Told, policy, settings, told_by};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const BUCKET: &str = "storage.googleapis.com/Bucket";
const NAME: &str = "//storage.googleapis.com/b";

/// The rules that tell of a bucket with these settings, whose policy gives `role` to the public, out of those whose
/// question is one of `asks`; with whether a declaration of public buckets covers what they tell.
fn tellers(asks: &[&str], role: &str, data: Value) -> Vec<(String, bool)> {
    let assets = [
        settings(NAME, BUCKET, data),
        policy(
            NAME,
            BUCKET,
            json!([{"role": role, "members": ["allUsers"]}]),
        ),
    ];
    let told = ask(asks, &assets);
    let findings = told.iter().flat_map(|(rule, told)| {
        let findings = told.findings.iter();
        findings.map(|finding| (rule.clone(), finding.public_read))
    });
    findings.collect()
}

fn ask(asks: &[&str], assets: &[Value]) -> BTreeMap<String, Told> {
    let is_meant = |ask: Option<&str>| ask.is_some_and(|ask| asks.contains(&ask));
    told_by(
        |analysis| analysis.name == "public-bucket" && is_meant(analysis.ask.as_deref()),
        assets,
    )
}

fn open() -> Value {
    json!({"iamConfiguration": {
        "publicAccessPrevention": "inherited", "uniformBucketLevelAccess": {"enabled": true},
    }})
}

const ALL: [&str; 3] = ["iam", "listing", "write"];

#[test]
fn a_grant_is_told_once_by_the_most_exact_rule_that_runs() {
    let (reads, lists, writes, both) = (
        "roles/storage.legacyObjectReader",
        "roles/storage.legacyBucketReader",
        "roles/storage.objectCreator",
        "roles/storage.objectAdmin",
    );
    let unknown = "projects/p/roles/not.in.the.input";
    for (asks, role, rule, declarable) in [
        (&ALL[..], reads, "gcs-public-iam", true),
        (&ALL, "roles/storage.objectViewer", "gcs-public-iam", true),
        (&ALL, lists, "gcs-public-listing", true),
        (&ALL, writes, "gcs-public-write", false),
        (&ALL, both, "gcs-public-write", false),
        // What may write is not covered, and not missed.
        (&ALL, unknown, "gcs-public-iam", false),
        // Alone, each tells all that it can.
        (&["iam"], reads, "gcs-public-iam", true),
        (&["iam"], lists, "gcs-public-iam", true),
        (&["iam"], both, "gcs-public-iam", false),
        (
            &["listing"],
            "roles/storage.objectViewer",
            "gcs-public-listing",
            true,
        ),
        (&["iam", "listing"], both, "gcs-public-iam", false),
    ] {
        let told = tellers(asks, role, open());
        assert_eq!(told, [(rule.to_owned(), declarable)], "{asks:?} {role}");
    }
}

#[test]
fn a_list_that_lets_write_is_told_as_writing() {
    let data = |role: &str| {
        json!({
            "iamConfiguration": {"publicAccessPrevention": "inherited"},
            "acl": [{"entity": "allAuthenticatedUsers", "role": role}], "defaultObjectAcl": [],
        })
    };
    for (asks, role, rule, declarable) in [
        (&["acl", "write"][..], "READER", "gcs-public-acl", true),
        (&["acl", "write"], "WRITER", "gcs-public-write", false),
        (&["acl", "write"], "OWNER", "gcs-public-write", false),
        (&["acl"], "WRITER", "gcs-public-acl", false),
    ] {
        let told = ask(asks, &[settings(NAME, BUCKET, data(role))]);
        let findings = told.iter().flat_map(|(rule, told)| {
            let findings = told.findings.iter();
            findings.map(move |finding| (rule.as_str(), finding.public_read))
        });
        let findings: Vec<(&str, bool)> = findings.collect();
        assert_eq!(findings, [(rule, declarable)], "{asks:?} {role}");
    }
}

#[test]
fn what_shuts_a_bucket_shuts_its_folders() {
    let folder = policy(
        "//storage.googleapis.com/projects/_/buckets/b/managedFolders/raw/",
        "storage.googleapis.com/ManagedFolder",
        json!([{"role": "roles/storage.objectViewer", "members": ["allUsers"]}]),
    );
    let mut data = open();
    let told = ask(
        &["iam"],
        &[settings(NAME, BUCKET, data.clone()), folder.clone()],
    );
    let words = "anyone on the internet holds roles/storage.objectViewer on gs://b/raw/";
    assert_eq!(told["gcs-public-iam"].words, [words]);
    data["iamConfiguration"]["publicAccessPrevention"] = json!("enforced");
    let told = ask(&["iam"], &[folder, settings(NAME, BUCKET, data)]);
    assert_eq!(told["gcs-public-iam"].counts(), (0, 1, 0, 0));
}

#[test]
fn networks_make_a_finding_less_sure() {
    let mut data = open();
    data["ipFilter"] = json!({"mode": "Enabled", "publicNetworkSource": {"allowedIpCidrRanges": ["203.0.113.0/24"]}});
    let reader = json!([{"role": "roles/storage.objectViewer", "members": ["allUsers"]}]);
    let top = json!({
        "name": "//cloudresourcemanager.googleapis.com/organizations/1",
        "assetType": "cloudresourcemanager.googleapis.com/Organization",
        "ancestors": ["organizations/1"],
        "orgPolicy": [{"constraint": "constraints/iam.other", "booleanPolicy": {}}],
        "servicePerimeter": {"name": "accessPolicies/1/servicePerimeters/p", "status": {
            "resources": ["projects/7"], "restrictedServices": ["storage.googleapis.com"],
        }},
    });
    let assets = |data: Value| {
        [
            settings(NAME, BUCKET, data),
            policy(NAME, BUCKET, reader.clone()),
            top.clone(),
        ]
    };
    let told = ask(&["iam"], &assets(data.clone()));
    let note = told["gcs-public-iam"].findings[0].note.as_deref();
    let words = "an IP filter lets only some networks in; a service perimeter refuses requests from outside";
    assert_eq!(note, Some(words));
    // A filter that lets everybody in narrows nothing.
    data["ipFilter"]["publicNetworkSource"]["allowedIpCidrRanges"] = json!(["0.0.0.0/0"]);
    let told = ask(&["iam"], &assets(data));
    let note = told["gcs-public-iam"].findings[0].note.as_deref();
    assert_eq!(
        note,
        Some("a service perimeter refuses requests from outside")
    );
}
