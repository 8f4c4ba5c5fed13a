//! What could not be read is told, and the rest is judged.

use crate::estate::{Fault, FaultKind};
use crate::tool::{ORGANIZATION, Said, run, scan, small};
use serde_json::Value;

fn gaps(said: &Said) -> Vec<Value> {
    let report = said.json();
    report["gaps"].as_array().unwrap().clone()
}

fn refused(said: &Said) -> Vec<Value> {
    let mut gaps = gaps(said);
    gaps.retain(|gap| gap["reason"] == "refused");
    gaps
}

fn a_bucket(server: &crate::estate::Server) -> String {
    let estate = server.estate();
    let content = (0..estate.nodes.len()).map(|at| estate.content(at));
    let buckets: Vec<String> = content
        .flat_map(|content| {
            let found = content.of(crate::estate::kinds::BUCKET);
            let names = found.map(|item| item.below.trim_start_matches("buckets/").to_owned());
            names.collect::<Vec<_>>()
        })
        .collect();
    buckets[buckets.len() / 2].clone()
}

#[test]
fn a_refused_policy_is_a_gap_and_the_others_are_judged() {
    let folder = tempfile::tempdir().unwrap();
    let server = small();
    let whole = run(scan(&server, folder.path()).args([
        "--organization",
        ORGANIZATION,
        "--format",
        "json",
    ]));
    let bucket = a_bucket(&server);
    let kind = FaultKind::Refused("storage.buckets.getIamPolicy".to_owned());
    server.faults([Fault::on("storage", kind).at(&format!("/storage/v1/b/{bucket}/iam"))]);
    let arguments = ["--organization", ORGANIZATION, "--format", "json"];
    let said = run(scan(&server, folder.path()).args(arguments));
    let gaps = refused(&said);
    assert_eq!(gaps.len(), 1, "{gaps:#?}");
    let message = gaps[0]["message"].as_str().unwrap();
    assert!(
        message.contains("storage.buckets.getIamPolicy"),
        "{message}"
    );
    assert!(message.contains("leastwise permissions"), "{message}");
    let name = format!("//storage.googleapis.com/{bucket}");
    assert!(
        gaps[0]["resource"].as_str().unwrap().ends_with(&bucket),
        "{name}: {gaps:#?}"
    );
    let others = |said: &Said| {
        let report = said.json();
        let findings = report["findings"].as_array().unwrap().clone();
        let of_others = findings
            .into_iter()
            .filter(|one| !one.to_string().contains(&bucket));
        of_others
            .map(|one| one["fingerprint"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(others(&whole), others(&said));
    assert!(!others(&said).is_empty());
    assert_eq!(said.json()["coverage"]["complete"], false);

    let code = |more: &[&str]| run(scan(&server, folder.path()).args(arguments).args(more)).code;
    assert_eq!(code(&["--exit-zero"]), 3);
    assert_eq!(code(&["--allow-incomplete"]), 1);
    assert_eq!(code(&["--allow-incomplete", "--exit-zero"]), 0);
}

#[test]
fn a_disabled_api_is_told_once_for_each_project() {
    let folder = tempfile::tempdir().unwrap();
    let server = small();
    server.faults([Fault::on("secretmanager", FaultKind::Disabled)]);
    let said = run(scan(&server, folder.path()).args([
        "--organization",
        ORGANIZATION,
        "--format",
        "json",
    ]));
    let gaps = refused(&said);
    assert_eq!(gaps.len(), 6, "{gaps:#?}");
    for gap in &gaps {
        let message = gap["message"].as_str().unwrap();
        assert!(
            message.contains("gcloud services enable secretmanager.googleapis.com --project acme-"),
            "{message}"
        );
    }
    let skipped = run(scan(&server, folder.path()).args([
        "--organization",
        ORGANIZATION,
        "--format",
        "json",
        "--skip",
        "secretmanager.*",
    ]));
    assert_eq!(refused(&skipped).len(), 0);
}

#[test]
fn a_bucket_that_is_deleted_meanwhile_is_no_gap() {
    let folder = tempfile::tempdir().unwrap();
    let server = small();
    let bucket = a_bucket(&server);
    server
        .faults([Fault::on("storage", FaultKind::Gone).at(&format!("/storage/v1/b/{bucket}/iam"))]);
    let said = run(scan(&server, folder.path()).args([
        "--organization",
        ORGANIZATION,
        "--format",
        "json",
        "--save",
        "s.ndjson",
    ]));
    assert_eq!(refused(&said), [] as [Value; 0]);
    assert!(
        said.err
            .contains("1 resource was deleted while the scan ran"),
        "{}",
        said.err
    );
    let snapshot = std::fs::read_to_string(folder.path().join("s.ndjson")).unwrap();
    assert!(!snapshot.contains(&format!("\"//storage.googleapis.com/{bucket}\"")));
}
