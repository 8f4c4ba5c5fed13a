//! The binary as a user meets it: what it prints, where, and with which exit code.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "cli/baseline.rs"]
mod baseline;
#[path = "cli/benchmark.rs"]
mod benchmark;
#[path = "cli/catalog.rs"]
mod catalog;
#[path = "cli/color.rs"]
mod color;
#[path = "cli/fix.rs"]
mod fix;
#[path = "cli/help.rs"]
mod help;
#[path = "cli/inputs.rs"]
mod inputs;
#[path = "cli/names.rs"]
mod names;
#[path = "cli/options.rs"]
mod options;
#[path = "cli/outputs.rs"]
mod outputs;
#[path = "cli/role.rs"]
mod role;
#[path = "cli/role_texts.rs"]
mod role_texts;
#[path = "cli/rules.rs"]
mod rules;
#[cfg(feature = "live")]
#[path = "support/script.rs"]
mod script;
#[path = "cli/settings.rs"]
mod settings;
#[path = "cli/unknown.rs"]
mod unknown;
#[path = "cli/verdicts.rs"]
mod verdicts;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

/// A rule of severity medium that asks for one setting of a bucket.
const RULE: &str = r#"
title      = "Bucket keeps no earlier versions of its objects"
severity   = "medium"
confidence = "high"
why        = "One overwrite destroys `data` for good."
fix        = "Turn *versioning* on."
tags       = ["ai-data"]
aliases    = ["house-old-name"]

[peers]
other-tool = ["OT_1"]

[select]
asset   = "storage.googleapis.com/Bucket"
path    = "$.resource.data.versioning.enabled"
expect  = { equal = true }
default = false
"#;

/// An asset: bucket `name` with versioning on or off.
fn bucket(name: &str, versioning: bool) -> String {
    format!(
        r#"{{"name":"//storage.googleapis.com/{name}","assetType":"storage.googleapis.com/Bucket","ancestors":["projects/123"],"resource":{{"version":"v1","data":{{"id":"{name}","versioning":{{"enabled":{versioning}}}}}}}}}"#
    )
}

/// A folder of its own for one test, with the house's rules in it.
struct House {
    folder: tempfile::TempDir,
}

impl House {
    fn new() -> House {
        let folder = tempfile::tempdir().unwrap();
        let house = House { folder };
        house.write("house/house-versioning.toml", RULE);
        house
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The names in a folder, sorted.
    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The binary in this folder, with nothing of the surroundings that could change what it does.
    fn command(&self, arguments: &str) -> assert_cmd::Command {
        let mut command = assert_cmd::Command::cargo_bin("leastwise").unwrap();
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            let prefixes = [
                "LEASTWISE_",
                "GOOGLE_",
                "GCLOUD_",
                "CLOUDSDK_",
                "GITHUB_",
                "CLICOLOR",
            ];
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
            .env("TERM", "xterm")
            .env("LEASTWISE_CACHE_DIR", self.path("cache"))
            .current_dir(self.folder.path())
            .args(arguments.split_whitespace());
        command
    }

    /// Runs `leastwise ARGUMENTS`.
    fn run(&self, arguments: &str) -> Ran {
        Ran::new(self.command(arguments).output().unwrap())
    }

    /// Runs `leastwise lint` with the house's rules alone.
    fn lint(&self, arguments: &str) -> Ran {
        self.run(&format!(
            "lint --no-builtin-rules --rules house {arguments}"
        ))
    }
}

/// What a run left behind.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn new(output: Output) -> Ran {
        Ran {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Holds the exit code, and gives the run back.
    #[track_caller]
    fn ends(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    /// Holds that standard error tells `text`.
    #[track_caller]
    fn tells(self, text: &str) -> Ran {
        assert!(self.err.contains(text), "no {text:?} in:\n{}", self.err);
        self
    }

    /// Holds that standard output shows `text`.
    #[track_caller]
    fn shows(self, text: &str) -> Ran {
        assert!(self.out.contains(text), "no {text:?} in:\n{}", self.out);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
