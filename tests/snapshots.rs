//! What a scan leaves: written, killed, resumed, merged, and judged as the export that it is.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::panic
)]

#[path = "snapshot/absence.rs"]
mod absence;
#[path = "snapshot/judging.rs"]
mod judging;
#[path = "snapshot/merging.rs"]
mod merging;
#[path = "snapshot/writing.rs"]
mod writing;

use jiff::Timestamp;
use leastwise::model::GapReason;
use leastwise::sources::snapshot::{Block, Header, Missing, Shard, Writer};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

/// When the scans of these tests begin.
fn began() -> Timestamp {
    "2026-11-23T02:00:00Z".parse().unwrap()
}

/// A scan of an organisation.
fn header(shard: Option<Shard>) -> Header {
    Header::new(
        vec!["organizations/770043110021".to_owned()],
        began(),
        shard,
    )
}

/// A project with `buckets` buckets, of which every other is open to everybody.
fn project(id: &str, buckets: usize) -> Block {
    let number = 481_516_000_000_u64 + id.bytes().map(u64::from).sum::<u64>();
    let ancestors = json!([format!("projects/{number}"), "organizations/770043110021"]);
    let mut lines = vec![json!({
        "name": format!("//cloudresourcemanager.googleapis.com/projects/{number}"),
        "assetType": "cloudresourcemanager.googleapis.com/Project",
        "ancestors": ancestors,
        "resource": {"data": {"projectId": id, "projectNumber": number.to_string(), "lifecycleState": "ACTIVE"}},
        "iamPolicy": {"version": 3, "bindings": [{"role": "roles/owner", "members": ["user:a@acme.example"]}]},
    })];
    lines.extend((0..buckets).map(|index| {
        let member = if index % 2 == 0 { "allUsers" } else { "user:b@acme.example" };
        json!({
            "name": format!("//storage.googleapis.com/{id}-{index}"),
            "assetType": "storage.googleapis.com/Bucket",
            "ancestors": ancestors,
            "resource": {"data": {"name": format!("{id}-{index}"), "projectNumber": number.to_string()}},
            "iamPolicy": {"version": 3, "bindings": [{"role": "roles/storage.objectViewer", "members": [member]}]},
        })
    }));
    block(&format!("projects/{id}"), &lines)
}

fn hierarchy() -> Block {
    let organization = json!({
        "name": "//cloudresourcemanager.googleapis.com/organizations/770043110021",
        "assetType": "cloudresourcemanager.googleapis.com/Organization",
        "ancestors": ["organizations/770043110021"],
        "resource": {"data": {"name": "organizations/770043110021", "displayName": "acme.example"}},
    });
    block("hierarchy", &[organization])
}

fn block(unit: &str, assets: &[Value]) -> Block {
    Block {
        unit: unit.to_owned(),
        lines: assets
            .iter()
            .flat_map(|asset| format!("{asset}\n").into_bytes())
            .collect(),
        assets: assets.len() as u64,
        requests: assets.len() as u64 + 1,
        ..Block::default()
    }
}

fn refused(bucket: &str) -> Missing {
    Missing {
        reason: GapReason::Refused,
        call: "storage.buckets.getIamPolicy".to_owned(),
        resource: Some(format!("//storage.googleapis.com/{bucket}")),
        message: "403 caller does not have access".to_owned(),
        permission: Some("storage.buckets.getIamPolicy".to_owned()),
    }
}

/// Writes a finished snapshot.
fn write(path: &Path, header: &Header, blocks: &[Block]) {
    let mut writer = Writer::create(path, header).unwrap();
    for block in blocks {
        writer.append(block).unwrap();
    }
    writer.finish().unwrap();
}

/// A folder in which the binary runs, away from any configuration.
struct House(TempDir);

impl House {
    fn new() -> House {
        House(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &str) -> Output {
        self.run_with(arguments, &[])
    }

    fn run_with(&self, arguments: &str, variables: &[(&str, &str)]) -> Output {
        let mut command = assert_cmd::Command::cargo_bin("leastwise").unwrap();
        command.current_dir(self.0.path());
        command.args(arguments.split_whitespace());
        for name in [
            "CLOUD_RUN_TASK_INDEX",
            "CLOUD_RUN_TASK_COUNT",
            "JOB_COMPLETION_INDEX",
        ] {
            command.env_remove(name);
        }
        command
            .env("LEASTWISE_NO_CONFIG", "1")
            .env("LEASTWISE_NOW", "2026-11-23T00:00:00Z");
        command.envs(variables.iter().copied()).output().unwrap()
    }

    /// The report in JSON, without what differs from run to run, and how the run ended.
    fn report(&self, arguments: &str) -> (Value, i32) {
        let output = self.run(&format!("{arguments} --format json"));
        let code = output.status.code().unwrap();
        let mut report: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        if let Some(coverage) = report.get_mut("coverage").and_then(Value::as_object_mut) {
            coverage.remove("elapsed_ms");
        }
        (report, code)
    }
}

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}
