//! What nobody should give to a program: an answer, never a panic, never unbounded memory, and nothing that
//! breaks out of the format it is told in.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::panic
)]

mod support;

#[path = "hostile/documents.rs"]
mod documents;
#[path = "hostile/names.rs"]
mod names;
#[path = "hostile/random.rs"]
mod random;
#[path = "hostile/rule_files.rs"]
mod rule_files;
#[path = "hostile/size.rs"]
mod size;

use leastwise::rules::Ruleset;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

/// Two assets that every rule can judge: a bucket anyone can read, and its settings.
const PUBLIC: &str = r#"{"name":"//storage.googleapis.com/acme-open","assetType":"storage.googleapis.com/Bucket","ancestors":["projects/481516234201"],"iamPolicy":{"bindings":[{"role":"roles/storage.objectViewer","members":["allUsers"]}]}}"#;
const UNVERSIONED: &str = r#"{"name":"//storage.googleapis.com/acme-open","assetType":"storage.googleapis.com/Bucket","ancestors":["projects/481516234201"],"resource":{"data":{"name":"acme-open","versioning":{"enabled":false}}}}"#;

/// Every rule that comes with the product.
static EVERY_RULE: LazyLock<Ruleset> =
    LazyLock::new(|| support::rules().unwrap_or_else(|frames| panic!("{frames}")));

/// The binary, away from any configuration.
fn leastwise() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leastwise"));
    command
        .env_clear()
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .args(["lint", "--no-config", "--no-progress", "--color", "never"])
        .args(["--now", support::NOW]);
    command
}

/// Runs it with `arguments` on `input`, and holds its end to the contract.
fn lint(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = assert_cmd::Command::from_std({
        let mut command = leastwise();
        command.args(arguments);
        command
    });
    let output = command
        .write_stdin(input.to_vec())
        .timeout(Duration::from_secs(120))
        .output()
        .unwrap();
    answered(&output);
    output
}

/// One of the exit codes that are an answer, and no panic on the way.
fn answered(output: &Output) -> i32 {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let code = output.status.code();
    assert!(
        matches!(code, Some(0..=3)) && !stderr.contains("panicked"),
        "exit {code:?} ({:?}): {stderr}",
        output.status
    );
    code.unwrap()
}

/// The report on `input` as JSON.
fn report(input: &[u8]) -> (i32, Value) {
    let output = lint(&["-", "--format", "json"], input);
    let json = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (answered(&output), json)
}

/// The report on several documents, in one run.
fn report_on(texts: &[&str]) -> Value {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let paths: Vec<String> = (0..texts.len())
        .map(|index| folder.path().join(index.to_string()).display().to_string())
        .collect();
    let mut arguments = vec!["--format", "json"];
    for (path, text) in paths.iter().zip(texts) {
        std::fs::write(path, text).unwrap();
        arguments.push(path);
    }
    serde_json::from_slice(&lint(&arguments, b"").stdout).unwrap()
}

/// Places of the gaps with this reason: line and column.
fn gaps(report: &Value, reason: &str) -> Vec<(u64, u64)> {
    let gaps = report["gaps"].as_array().unwrap().iter();
    gaps.filter(|gap| gap["reason"] == reason)
        .map(|gap| {
            let place = |key: &str| gap["location"][key].as_u64().unwrap_or_default();
            (place("line"), place("column"))
        })
        .collect()
}

fn found(report: &Value, rule: &str) -> bool {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().any(|finding| finding["rule"] == rule)
}

/// Runs `command` and returns its end with the most memory that it held, in MiB, where the system tells.
fn measured(command: &mut Command, input: &Path) -> (Output, Option<u64>) {
    let file = std::fs::File::open(input).unwrap();
    let mut child = command
        .stdin(Stdio::from(file))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    // The mark only rises, so the last look before the end is the one that counts.
    while child.try_wait().unwrap().is_none() {
        let now = std::fs::read_to_string(&status).unwrap_or_default();
        let mark = now.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = mark.and_then(|mark| mark.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(kib.map(|kib| kib / 1024));
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    answered(&output);
    (output, peak)
}
