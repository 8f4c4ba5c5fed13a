//! What runs leastwise on a schedule: the files parse, the commands in them exist, the scripts do what they say.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout, dead_code)]

#[path = "deploy/action.rs"]
mod action;
#[path = "deploy/cloud_run.rs"]
mod cloud_run;
#[path = "deploy/commands.rs"]
mod commands;
#[path = "deploy/files.rs"]
mod files;
#[path = "deploy/place.rs"]
mod place;
#[path = "sinks/server.rs"]
mod server;
mod support;

use std::path::PathBuf;
use std::process::{Command, Output};
use support::root;

/// The text of a file of the repository.
fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The documents of a YAML file, read as the product reads YAML.
fn yaml(path: &str) -> Vec<serde_json::Value> {
    let documents = leastwise::sources::yaml::parse(&text(path));
    let documents = documents.unwrap_or_else(|error| panic!("{path}: {error}"));
    documents
        .into_iter()
        .map(|document| document.value)
        .collect()
}

/// Every file below `deploy/` and the action, from the root on.
fn all() -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["deploy", ".github/actions"] {
        for entry in walkdir::WalkDir::new(root().join(folder)).sort_by_file_name() {
            let entry = entry.unwrap();
            if entry.file_type().is_file() {
                let path = entry.path().strip_prefix(root()).unwrap();
                found.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    assert!(found.len() >= 15, "{found:?}");
    found
}

/// Runs a program that may not be installed, and says so where it is not.
fn tool(name: &str, arguments: &[&str]) -> Option<Output> {
    let output = Command::new(name)
        .args(arguments)
        .current_dir(root())
        .output();
    if output.is_err() {
        println!("skipped: {name} is not installed");
    }
    output.ok()
}

fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// The binary under test.
fn leastwise() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_leastwise"))
}
