//! What the user wants, from the file to the verdict: discovery, strictness, suppressions, baseline, triage.

#![allow(clippy::unwrap_used)]

#[path = "settings/baseline.rs"]
mod baseline;
#[path = "settings/discovery.rs"]
mod discovery;
#[path = "settings/documents.rs"]
mod documents;
#[path = "settings/file.rs"]
mod file;
#[path = "settings/places.rs"]
mod places;
#[path = "settings/properties.rs"]
mod properties;
#[path = "settings/public.rs"]
mod public;
#[path = "settings/suppressions.rs"]
mod suppressions;
#[path = "settings/verdict.rs"]
mod verdict;

use jiff::Timestamp;
use leastwise::finding::{Confidence, Finding, Persona, RuleId, Severity, fingerprint};
use leastwise::model::{DocumentId, Location};
use leastwise::settings::{
    Baseline, BucketRole, Config, Loaded, Overrides, RuleInfo, SelectFlags, Settings,
    SettingsError, Source, Triage, config_schema, select, triage,
};
use std::fs;
use std::path::{Path, PathBuf};

const TRAIN: &str = "//storage.googleapis.com/acme-train";
const MODELS: &str = "//storage.googleapis.com/projects/_/buckets/acme-models";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-06-15T12:00:00Z")
}

/// Owned names behind the borrowed [`RuleInfo`]s of a test.
struct Rules {
    aliases: Vec<String>,
    tags: Vec<String>,
}

impl Rules {
    fn new() -> Rules {
        Rules {
            aliases: vec!["old-public".to_owned()],
            tags: vec!["ai-data".to_owned()],
        }
    }

    /// 0: regular, with an earlier id and a tag. 1: regular. 2: pedantic. 3: auditor.
    fn infos(&self) -> Vec<RuleInfo<'_>> {
        let rule = |id, persona| RuleInfo {
            id,
            aliases: &[],
            tags: &[],
            persona,
            benchmark_only: false,
        };
        vec![
            RuleInfo {
                aliases: &self.aliases,
                tags: &self.tags,
                ..rule("gcs-public-iam", Persona::Regular)
            },
            rule("gcs-versioning-disabled", Persona::Regular),
            rule("gcs-labels-missing", Persona::Pedantic),
            rule("iam-hint", Persona::Auditor),
        ]
    }
}

fn finding(rule: u16, resource: &str, severity: Severity) -> Finding {
    Finding {
        rule: RuleId(rule),
        severity,
        confidence: Confidence::High,
        resource: resource.into(),
        known_as: None,
        role: None,
        member: None,
        condition: None,
        detail: None,
        public_read: false,
        message: "m".into(),
        note: None,
        document: DocumentId(0),
        pointer: "".into(),
        location: Location { line: 1, column: 1 },
    }
}

fn grant(rule: u16, resource: &str, role: &str, member: &str) -> Finding {
    Finding {
        role: Some(role.into()),
        member: Some(member.into()),
        ..finding(rule, resource, Severity::High)
    }
}

fn load(text: &str) -> Result<Loaded, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leastwise.toml");
    fs::write(&path, text).unwrap();
    Loaded::from_file(&path, folder.path())
}

fn settings(text: &str) -> Result<Settings, SettingsError> {
    let overrides = Overrides {
        no_baseline: true,
        ..Overrides::default()
    };
    Settings::new(&load(text)?, &overrides, now())
}

/// The error of a configuration that must be refused.
fn refusal(text: &str) -> String {
    match settings(text).and_then(|settings| settings.check_rules(&Rules::new().infos())) {
        Ok(()) => panic!("accepted:\n{text}"),
        Err(error) => error.to_string(),
    }
}

fn run(text: &str, findings: Vec<Finding>) -> Triage {
    triage(
        findings,
        &Rules::new().infos(),
        &settings(text).unwrap(),
        now(),
    )
}

fn suppression(keys: &str) -> String {
    format!("[[suppress]]\nrules = [\"gcs-public-iam\"]\nreason = \"public by design\"\n{keys}\n")
}
