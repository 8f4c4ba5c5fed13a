//! A scan says what `lint` says of the snapshot that it leaves, however it was read.

use crate::estate::{Server, kinds};
use crate::grpc;
use crate::tool::{NOW, ORGANIZATION, Said, compared, leastwise, run, scan, small};
use std::collections::BTreeSet;

#[test]
fn a_scan_says_what_lint_says_of_its_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let server = small();
    let said = run(scan(&server, folder.path()).args([
        "--organization",
        ORGANIZATION,
        "--save",
        "acme.ndjson",
        "--format",
        "json",
    ]));
    assert_eq!(server.counts().unknown_paths(), &[] as &[String]);
    assert_eq!(said.code, 1, "{}", said.err);
    let linted = run(leastwise(folder.path()).args([
        "lint",
        "acme.ndjson",
        "--format",
        "json",
        "--no-config",
        "--now",
        NOW,
    ]));
    assert_eq!(linted.code, 1, "{}", linted.err);
    assert_eq!(compared(&said), compared(&linted));
    let findings = said.json()["findings"].as_array().map_or(0, Vec::len);
    assert!(findings > 20, "{findings} findings");
    assert!(
        said.json()["coverage"]["complete"].as_bool().unwrap(),
        "{}",
        said.err
    );
}

/// The buckets of an estate, for the gRPC server.
fn buckets(server: &Server) -> grpc::Estate {
    let mut told = grpc::Estate::default();
    let estate = server.estate();
    for (at, node) in estate.nodes.iter().enumerate() {
        let content = estate.content(at);
        for item in content.of(kinds::BUCKET) {
            let name = item.below.trim_start_matches("buckets/").to_owned();
            let policy = item.policy.clone();
            let policy = policy.unwrap_or_else(|| serde_json::json!({ "bindings": [] }));
            told.policies.insert(name, policy);
            let own = told.buckets.entry(node.id.clone()).or_default();
            own.push(item.data.clone());
        }
        for item in content.of(kinds::MANAGED_FOLDER) {
            let path = item.below.trim_start_matches("buckets/").to_owned();
            let (bucket, _) = path.split_once('/').unwrap();
            let own = told.folders.entry(bucket.to_owned()).or_default();
            own.push(item.data.clone());
            let policy = item.policy.clone();
            let policy = policy.unwrap_or_else(|| serde_json::json!({ "bindings": [] }));
            let key = match path.ends_with('/') {
                true => path,
                false => format!("{path}/"),
            };
            told.policies.insert(key, policy);
        }
    }
    told
}

#[test]
fn both_transports_leave_the_same_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let server = small();
    let by_grpc = grpc::Grpc::start(buckets(&server));
    let endpoint = format!("storage-grpc={}", by_grpc.endpoint());
    for (transport, file) in [("rest", "rest.ndjson"), ("grpc", "grpc.ndjson")] {
        let said = run(scan(&server, folder.path()).args([
            "--organization",
            ORGANIZATION,
            "--save",
            file,
            "--storage-transport",
            transport,
            "--endpoint",
            &endpoint,
            "--format",
            "json",
        ]));
        assert_eq!(said.code, 1, "{}", said.err);
        assert_eq!(said.json()["coverage"]["complete"], true, "{}", said.out);
    }
    assert!(!by_grpc.requests().is_empty());
    let lines = |file: &str| {
        let text = std::fs::read_to_string(folder.path().join(file)).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let (rest, grpc) = (lines("rest.ndjson"), lines("grpc.ndjson"));
    for (one, other) in rest.iter().zip(&grpc) {
        assert_eq!(one, other);
    }
    assert_eq!(rest.len(), grpc.len());
}

#[test]
fn the_inventory_takes_fewer_requests_and_finds_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let server = small();
    let mut told = Vec::new();
    for via in ["apis", "asset-inventory", "auto"] {
        server.forget();
        let said = run(scan(&server, folder.path())
            .env("LEASTWISE_VIA", via)
            .args([
                "--organization",
                ORGANIZATION,
                "--format",
                "json",
                "--save",
                &format!("{via}.ndjson"),
            ]));
        assert_eq!(server.counts().unknown_paths(), &[] as &[String], "{via}");
        assert_eq!(
            said.json()["coverage"]["complete"],
            true,
            "{via}: {}",
            said.out
        );
        told.push((findings(&said), server.counts().requests()));
    }
    assert!(told[1].1 * 2 < told[0].1, "{} of {}", told[1].1, told[0].1);
    assert_eq!(told[1], told[2], "auto uses the inventory where it may");
    let (apis, inventory) = (&told[0].0, &told[1].0);
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        one.difference(other).cloned().collect::<Vec<_>>()
    };
    assert_eq!(
        (only(apis, inventory), only(inventory, apis)),
        (vec![], vec![])
    );
}

#[test]
fn without_the_inventory_the_services_are_asked_and_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let server = small();
    let arguments = ["--organization", ORGANIZATION, "--format", "json"];
    let apis = run(scan(&server, folder.path()).args(arguments));
    server.rights(|rights| rights.take("cloudasset.assets.listResource"));
    let auto = run(scan(&server, folder.path())
        .env("LEASTWISE_VIA", "auto")
        .args(arguments));
    assert_eq!(findings(&auto), findings(&apis));
    assert!(
        auto.err.contains("Cloud Asset Inventory could not be used"),
        "{}",
        auto.err
    );
    let forced = run(scan(&server, folder.path())
        .env("LEASTWISE_VIA", "asset-inventory")
        .args(arguments));
    assert_eq!(forced.json()["coverage"]["complete"], false);
    assert!(
        forced.out.contains("cloudasset.assets.listResource"),
        "{}",
        forced.out
    );
}

fn findings(said: &Said) -> BTreeSet<String> {
    let report = said.json();
    let findings = report["findings"].as_array().unwrap().iter();
    let one = |finding: &serde_json::Value| {
        format!(
            "{} {} {}",
            finding["rule"], finding["resource"], finding["fingerprint"]
        )
    };
    findings.map(one).collect()
}
