//! A scan says what `lint` says of the snapshot that it leaves, however it was read.

use crate::tool::{ORGANIZATION, compared, leastwise, run, scan, small, NOW};

#[test]
fn a_scan_says_what_lint_says_of_its_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let server = small();
    let said = run(scan(&server, folder.path())
        .args(["--organization", ORGANIZATION, "--save", "acme.ndjson", "--format", "json"]));
    assert_eq!(server.counts().unknown_paths(), &[] as &[String]);
    assert_eq!(said.code, 1, "{}", said.err);
    let linted = run(leastwise(folder.path())
        .args(["lint", "acme.ndjson", "--format", "json", "--no-config", "--now", NOW]));
    assert_eq!(linted.code, 1, "{}", linted.err);
    assert_eq!(compared(&said), compared(&linted));
    let findings = said.json()["findings"].as_array().map_or(0, Vec::len);
    assert!(findings > 20, "{findings} findings");
    assert!(said.json()["coverage"]["complete"].as_bool().unwrap(), "{}", said.err);
}
