//! A scan says what `lint` says of the snapshot that it leaves, however it was read.

use crate::estate::{Server, kinds};
use crate::grpc;
use crate::tool::{NOW, ORGANIZATION, compared, leastwise, run, scan, small};

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
