//! Scans that are killed, cancelled or run out of time.
#![cfg(unix)]

use crate::estate::{Fault, FaultKind, Server};
use crate::tool::{ORGANIZATION, run, said, scan, small};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Every policy of a bucket takes this long.
fn slow(server: &Server) {
    let kind = FaultKind::Late(Duration::from_millis(150));
    server.faults([Fault::on("storage", kind).at("/storage/v1/b/*/iam")]);
}

fn begin(server: &Server, folder: &Path, more: &[&str]) -> Child {
    let mut command = scan(server, folder);
    command.args([
        "--organization",
        ORGANIZATION,
        "--save",
        "s.ndjson",
        "--concurrency",
        "2",
    ]);
    command.args(["--format", "json"]).args(more);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Waits until so many units are written.
fn wait_for(partial: &Path, units: usize) {
    let begin = Instant::now();
    loop {
        let text = std::fs::read(partial).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        if text.matches("{\"leastwise\":{\"unit\":").count() >= units {
            return;
        }
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "nothing is written: {text}"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

#[test]
fn a_killed_scan_goes_on_where_it_was_and_leaves_what_an_uninterrupted_one_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let server = small();
    let whole = begin(&server, folder.path(), &[])
        .wait_with_output()
        .unwrap();
    assert_eq!(said(&whole).code, 1, "{}", said(&whole).err);
    let requests = server.counts().requests();
    let kept = std::fs::read(folder.path().join("s.ndjson")).unwrap();
    std::fs::remove_file(folder.path().join("s.ndjson")).unwrap();

    slow(&server);
    let mut child = begin(&server, folder.path(), &[]);
    wait_for(&folder.path().join("s.ndjson.partial"), 4);
    signal(&child, "-KILL");
    child.wait().unwrap();
    assert!(!folder.path().join("s.ndjson").exists());

    server.faults([]);
    server.forget();
    let again = begin(&server, folder.path(), &["--resume"])
        .wait_with_output()
        .unwrap();
    assert_eq!(said(&again).code, 1, "{}", said(&again).err);
    assert!(
        said(&again).err.contains("goes on from the saved scan"),
        "{}",
        said(&again).err
    );
    let resumed = std::fs::read(folder.path().join("s.ndjson")).unwrap();
    assert!(resumed == kept, "the snapshots differ");
    let fewer = server.counts().requests();
    assert!(fewer < requests, "{fewer} of {requests}");
    assert!(!folder.path().join("s.ndjson.partial").exists());
}

#[test]
fn a_cancelled_scan_keeps_and_judges_what_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let server = small();
    slow(&server);
    let child = begin(&server, folder.path(), &["--exit-zero"]);
    wait_for(&folder.path().join("s.ndjson.partial"), 4);
    let begin = Instant::now();
    signal(&child, "-INT");
    let said = said(&child.wait_with_output().unwrap());
    assert!(begin.elapsed() < Duration::from_secs(20));
    assert_eq!(said.code, 3, "{}", said.err);
    let report = said.json();
    assert!(!report["findings"].as_array().unwrap().is_empty());
    let gaps = report["gaps"].to_string();
    assert!(
        gaps.contains("cancelled") && gaps.contains("--resume"),
        "{gaps}"
    );
    let snapshot = std::fs::read_to_string(folder.path().join("s.ndjson")).unwrap();
    assert!(snapshot.contains("cancelled"));

    // And it is resumed like a killed one.
    server.faults([]);
    let again = run(scan(&server, folder.path()).args([
        "--organization",
        ORGANIZATION,
        "--save",
        "s.ndjson",
        "--resume",
        "--format",
        "json",
    ]));
    assert_eq!(again.code, 1, "{}", again.err);
    assert_eq!(again.json()["coverage"]["complete"], true);
}

#[test]
fn a_second_interrupt_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = small();
    let kind = FaultKind::Late(Duration::from_secs(30));
    server.faults([Fault::on("iam", kind)]);
    let child = begin(&server, folder.path(), &[]);
    wait_for(&folder.path().join("s.ndjson.partial"), 1);
    signal(&child, "-INT");
    signal(&child, "-INT");
    let begin = Instant::now();
    let code = child.wait_with_output().unwrap().status.code();
    // Both may be seen as one, which ends the scan soon, too.
    assert!(matches!(code, Some(130 | 3 | 1)), "{code:?}");
    assert!(begin.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_scan_that_runs_out_of_time_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let server = small();
    let kind = FaultKind::Late(Duration::from_secs(30));
    server.faults([Fault::on("pubsub", kind)]);
    let child = begin(&server, folder.path(), &["--timeout", "5s", "--exit-zero"]);
    let begin = Instant::now();
    let said = said(&child.wait_with_output().unwrap());
    assert!(begin.elapsed() < Duration::from_secs(25));
    assert_eq!(said.code, 3, "{}", said.err);
    let gaps = said.json()["gaps"].to_string();
    assert!(
        gaps.contains("the time for the whole run is over"),
        "{gaps}"
    );
}

/// The organisation and its folders are whole then, and only projects are read again.
#[test]
fn what_was_refused_is_read_again_and_nothing_else_is_lost() {
    for via in ["apis", "auto"] {
        let folder = tempfile::tempdir().unwrap();
        let server = small();
        let arguments = [
            "--organization",
            ORGANIZATION,
            "--save",
            "s.ndjson",
            "--via",
            via,
        ];
        let json = ["--format", "json"];
        let whole = run(scan(&server, folder.path()).args(arguments).args(json)).json();
        std::fs::remove_file(folder.path().join("s.ndjson")).unwrap();

        let kind = FaultKind::Refused("storage.hmacKeys.list".to_owned());
        server.faults([Fault::on("storage", kind).at("/storage/v1/projects/**")]);
        let some = run(scan(&server, folder.path()).args(arguments).args(json)).json();
        assert_eq!(some["coverage"]["complete"], false, "{via}");
        server.faults([]);
        let again = run(scan(&server, folder.path())
            .args(arguments)
            .args(json)
            .arg("--resume"));
        let told = "4 whole, 6 incomplete and read again";
        assert!(again.err.contains(told), "{via}: {}", again.err);
        let again = again.json();
        for what in ["complete", "assets", "bindings", "outcomes"] {
            let (again, whole) = (&again["coverage"][what], &whole["coverage"][what]);
            assert_eq!(again, whole, "{what} via {via}");
        }
    }
}
