//! The tool as users run it.

use super::Api;
use super::alone::leastwise;
use super::estate::{FaultKind, Server};
use super::faults::Row;
use super::full::ORGANIZATION;
use leastwise::rules::{Ruleset, builtin};
use leastwise::sources::live::calls;
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Stdio;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// A scan that takes longer hangs. Most end within seconds; a machine that builds at the same time takes its share.
const LONGEST: Duration = Duration::from_secs(60);

/// What a scan said.
#[derive(Debug, Default)]
pub struct Scanned {
    /// `None`: it did not end in time.
    pub code: Option<i32>,
    /// Rule and fingerprint of each finding.
    pub findings: BTreeSet<(String, String)>,
    /// What is missing though it was asked for, in one line each.
    pub gaps: Vec<String>,
    /// The standard error.
    pub err: String,
    /// How long it took.
    pub time: Duration,
}

/// `leastwise scan` of a server, with short time-outs.
pub fn scan(server: &Server, via: &str, more: &[&str]) -> Scanned {
    let folder = tempfile::tempdir().unwrap();
    let mut command = leastwise(folder.path());
    let (report, told) = (folder.path().join("report.json"), folder.path().join("err"));
    command
        .args([
            "scan",
            "--organization",
            ORGANIZATION,
            "--anonymous",
            "--no-config",
        ])
        .args(["--endpoint", &server.endpoint()])
        .args(["--storage-transport", "rest", "--via", via])
        .args([
            "--attempts",
            "2",
            "--attempt-timeout",
            "1s",
            "--call-timeout",
            "4s",
        ])
        .args(["--with", &with()])
        .args([
            "--now",
            "2026-11-23T00:00:00Z",
            "--persona",
            "auditor",
            "--min-severity",
            "info",
            // Findings come first among exit codes; they are not what is looked for here.
            "--exit-zero",
        ])
        .arg("--format")
        .arg(format!("json={}", report.display()))
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&told).unwrap());
    let start = Instant::now();
    let mut child = command.spawn().unwrap();
    let code = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        if start.elapsed() > LONGEST {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let time = start.elapsed();
    let report = std::fs::read(report).unwrap_or_default();
    let report: Value = serde_json::from_slice(&report).unwrap_or_default();
    let list = |key: &str| report[key].as_array().cloned().unwrap_or_default();
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let mut gaps: Vec<String> = list("gaps")
        .iter()
        .filter(|gap| gap["incomplete"] == true)
        .map(|gap| text(gap, "message").replace(&server.address().to_string(), "HOST"))
        .collect();
    gaps.sort();
    Scanned {
        code,
        findings: list("findings")
            .iter()
            .map(|one| (text(one, "rule"), text(one, "fingerprint")))
            .collect(),
        gaps,
        err: std::fs::read_to_string(told).unwrap_or_default(),
        time,
    }
}

/// Every word of `--with` but those of a quota of five calls a minute, for which a scan waits minutes.
fn with() -> String {
    let words = calls::words().into_iter();
    let quick = words.filter(|word| !["deny", "boundaries"].contains(word));
    quick.collect::<Vec<_>>().join(",")
}

pub static RULES: LazyLock<Ruleset> = LazyLock::new(|| match Ruleset::load(&builtin()) {
    Ok(rules) => rules,
    Err(errors) => panic!("{}", errors[0].frame),
});

/// Findings that are lost although their rule asks nothing of this API.
pub fn lost(service: &str, calm: &Scanned, scanned: &Scanned) -> Vec<String> {
    let mut types: BTreeSet<&str> = BTreeSet::new();
    for call in calls::all() {
        if call.api() == format!("{service}.googleapis.com") {
            types.extend(call.asset_type());
        }
    }
    let gone = calm.findings.difference(&scanned.findings);
    gone.filter(|(rule, _)| {
        let rule = RULES.rules.iter().find(|known| known.id == *rule);
        // Where there are compute regions, other services are asked for each; a disabled list takes others along.
        rule.is_some_and(|rule| {
            let asks = rule.asks();
            let touched = types
                .iter()
                .any(|one| asks.settings_of(one) || asks.policies_of(one));
            let constraints = service == "orgpolicy" && asks.constraints().next().is_some();
            !touched && !constraints && !dependent(service, &asks.types())
        })
    })
    .map(|(rule, print)| format!("{rule} {print}"))
    .collect()
}

/// Whether something is listed by names that this API gives.
fn dependent(service: &str, types: &BTreeSet<&str>) -> bool {
    calls::all().any(|call| {
        let parent = call
            .parent()
            .map(leastwise::sources::live::calls::Call::api);
        parent.is_some_and(|parent| parent == format!("{service}.googleapis.com"))
            && call.asset_type().is_some_and(|own| types.contains(own))
    })
}

/// APIs that never give a list in pages: nothing of them can be half a list.
pub fn without_pages(api: &Api, row: &Row) -> bool {
    matches!(row.kind, FaultKind::List(_))
        && ["accessapproval", "accesscontextmanager"].contains(&api.service.as_str())
}
