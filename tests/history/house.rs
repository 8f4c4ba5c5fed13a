//! A folder with two rules and an export that can be changed between runs.

use serde_json::Value;
use std::fs;
use std::path::PathBuf;

const VERSIONING: &str = r#"
title      = "Bucket keeps no earlier versions of its objects"
severity   = "medium"
confidence = "high"
why        = "One overwrite destroys data for good."
fix        = "Turn versioning on."
aliases    = ["house-earlier"]

[select]
asset   = "storage.googleapis.com/Bucket"
path    = "$.resource.data.versioning.enabled"
expect  = { equal = true }
default = false
"#;

const PUBLIC: &str = r#"
title      = "Anyone can read"
severity   = "critical"
confidence = "high"
why        = "Anyone can."
fix        = "Take it away."

[grant]
permission = ["storage.objects.get"]
member     = { kind = ["public"] }
"#;

/// A bucket's settings, versioned or not.
pub(crate) fn bucket(name: &str, versioning: impl std::fmt::Display) -> String {
    format!(
        r#"{{"name":"//storage.googleapis.com/{name}","assetType":"storage.googleapis.com/Bucket","ancestors":["projects/123"],"resource":{{"version":"v1","data":{{"id":"{name}","versioning":{{"enabled":{versioning}}}}}}}}}"#
    )
}

/// A bucket's policy, with a member that may read it.
pub(crate) fn policy(name: &str, role: &str, member: &str) -> String {
    format!(
        r#"{{"name":"//storage.googleapis.com/{name}","assetType":"storage.googleapis.com/Bucket","ancestors":["projects/123"],"iamPolicy":{{"bindings":[{{"role":"{role}","members":["{member}"]}}]}}}}"#
    )
}

pub(crate) struct House {
    pub(crate) folder: tempfile::TempDir,
}

/// How a run ended.
pub(crate) struct Ran {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: Option<i32>,
}

impl House {
    pub(crate) fn new() -> House {
        let house = House {
            folder: tempfile::tempdir().unwrap(),
        };
        house.write("rules/house-versioning.toml", VERSIONING);
        house.write("rules/house-public.toml", PUBLIC);
        house
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// The export holds these assets from now on.
    pub(crate) fn export(&self, lines: &[String]) {
        self.write("exports/org.ndjson", lines.join("\n") + "\n");
    }

    /// The binary in this folder, with nothing of the surroundings that could change what it does.
    pub(crate) fn command(&self, arguments: &str) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_leastwise"));
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            let prefixes = ["LEASTWISE_", "GITHUB_", "CLICOLOR"];
            let names = [
                "CI",
                "NO_COLOR",
                "FORCE_COLOR",
                "COLUMNS",
                "SOURCE_DATE_EPOCH",
            ];
            if prefixes.iter().any(|prefix| name.starts_with(prefix)) || names.contains(&&*name) {
                command.env_remove(name);
            }
        }
        command
            .env("LEASTWISE_CACHE_DIR", self.path("cache"))
            .current_dir(self.folder.path())
            .args(arguments.split_whitespace());
        command
    }

    pub(crate) fn run(&self, arguments: &str) -> Ran {
        let output = self.command(arguments).output().unwrap();
        Ran {
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code(),
        }
    }

    /// What `lint` says with a history on this day, as JSON.
    pub(crate) fn lint(&self, day: &str, more: &str) -> Value {
        let ran = self.run(&lint(day, &format!("--format json --exit-zero {more}")));
        assert!(
            matches!(ran.code, Some(0 | 3)),
            "{:?}: {}",
            ran.code,
            ran.err
        );
        serde_json::from_str(&ran.out).unwrap()
    }

    /// What `history` answers, as JSON.
    pub(crate) fn ask(&self, arguments: &str) -> Value {
        let ran = self.run(&format!("history {arguments} --format json"));
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        serde_json::from_str(&ran.out).unwrap()
    }

    /// The findings in the history that are in `state`, as `rule resource`.
    pub(crate) fn known(&self, state: &str) -> Vec<String> {
        let findings = self.ask(&format!("findings h.db --state {state}"));
        let findings = findings.as_array().unwrap().iter();
        findings
            .map(|finding| {
                let resource = finding["resource"].as_str().unwrap();
                let name = resource.rsplit('/').next().unwrap();
                format!("{} {name}", finding["rule"].as_str().unwrap())
            })
            .collect()
    }
}

/// The arguments of `lint` with the house's rules and its history.
pub(crate) fn lint(day: &str, more: &str) -> String {
    format!("lint exports/ --rules rules --no-builtin-rules --history h.db --now {day} {more}")
}

/// The state and the first day of each finding of a report.
pub(crate) fn states(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| {
            let name = finding["resource"].as_str().unwrap();
            format!(
                "{} {} {}",
                name.rsplit('/').next().unwrap(),
                finding["state"].as_str().unwrap_or("-"),
                &finding["first_seen"].as_str().unwrap_or("----------")[..10]
            )
        })
        .collect()
}
