//! Hostile names in scripts: run under bash with gcloud replaced by a recorder, every command gets exactly the words
//! that were meant, nothing else runs, and nothing that a terminal would act on is printed.
#![allow(missing_docs, clippy::unwrap_used)]

use leastwise::change::{Asset, Change, Condition, Grant, Level, Model, Step, Undo};
use leastwise::remediation::{Answer, Part, Plan, Planned, Script, gcloud};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

const PROJECT: &str = "//cloudresourcemanager.googleapis.com/projects/acme-ml";
const BUCKET: &str = "//storage.googleapis.com/projects/_/buckets/acme-train-raw";

/// Takes down its words, each closed by a NUL, and a newline after the last. A read prints what is in `before`, or in
/// `after` once something was changed.
const RECORDER: &str = r#"#!/usr/bin/env bash
here=$(dirname -- "$0")
{ printf '%s\0' "$@"; printf '\n\0'; } >>"$here/log"
case " $1 $2 $3 $4 " in
  *' get-iam-policy '* | *' describe '*) if [ -e "$here/changed" ]; then cat "$here/after"; else cat "$here/before"; fi ;;
  *) : >"$here/changed" ;;
esac
"#;

/// Pieces that break out of something somewhere.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("'"),
        Just("\""),
        Just("$(touch pwned)"),
        Just("`touch pwned`"),
        Just("\n"),
        Just("; touch pwned;"),
        Just("\\"),
        Just("--apply"),
        Just("-x"),
        Just("\u{1b}[31m"),
        Just("=cmd|' /C calc'!A0"),
        Just("<b>&amp;"),
        Just("\u{202e}"),
        Just("é"),
        Just("😀"),
        Just("\t"),
        Just("\r"),
        Just("#"),
        Just("!!"),
        Just("*"),
        Just("%s%n"),
        Just("{a,b}"),
        Just("~"),
        Just("\n}\ntouch pwned\n"),
        Just("$'\\''"),
        Just("${IFS}"),
        Just("\u{85}"),
        Just("\u{7f}"),
        Just(" "),
        Just("a"),
        Just("\u{2028}"),
        Just("\\n"),
        Just("$RS"),
        Just("EOF\n"),
    ];
    prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

fn part(title: &str, changes: Vec<Change>) -> Part {
    Part {
        scope: title.to_owned(),
        steps: vec![Planned {
            id: "s01".to_owned(),
            title: title.to_owned(),
            step: Step {
                changes,
                level: Level::Review,
                because: title.to_owned(),
                may_break: title.to_owned(),
                undo: Undo::Exact,
            },
            answers: vec![Answer {
                rule: title.to_owned(),
                resource: title.to_owned(),
                fingerprint: title.to_owned(),
                message: title.to_owned(),
            }],
        }],
    }
}

struct Run {
    folder: tempfile::TempDir,
    output: Output,
    commands: Vec<Vec<String>>,
}

fn run(script: &Script, file: &str, arguments: &[&str], before: &str, after: &str) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for (name, text) in script {
        let file = path.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let bin = path.join("bin");
    std::fs::create_dir(&bin).unwrap();
    let gcloud = bin.join("gcloud");
    std::fs::write(&gcloud, RECORDER).unwrap();
    std::fs::set_permissions(&gcloud, PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::write(bin.join("before"), before).unwrap();
    std::fs::write(bin.join("after"), after).unwrap();
    let known = std::env::var("PATH").unwrap();
    let output = Command::new("bash")
        .arg(path.join(file))
        .args(arguments)
        .env("PATH", format!("{}:{known}", bin.display()))
        .env("SETTLE_SECONDS", "0")
        .output()
        .unwrap();
    let log = std::fs::read(bin.join("log")).unwrap_or_default();
    let mut commands = vec![Vec::new()];
    for word in log.split(|&one| one == 0) {
        if word == b"\n" {
            commands.push(Vec::new());
        } else if let Some(last) = commands.last_mut() {
            last.push(String::from_utf8_lossy(word).into_owned());
        }
    }
    commands.pop();
    Run {
        folder,
        output,
        commands,
    }
}

impl Run {
    /// The commands that are to change something.
    fn changes(&self) -> Vec<Vec<String>> {
        let reads = |words: &&Vec<String>| {
            let mut words = words.iter().take(4);
            words.any(|word| word == "get-iam-policy" || word == "describe")
        };
        let all = self.commands.iter().filter(|words| !reads(words));
        all.cloned().collect()
    }

    fn said(&self) -> String {
        let text = [&*self.output.stdout, &*self.output.stderr].concat();
        String::from_utf8_lossy(&text).into_owned()
    }

    fn is_clean(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.output.status.code(), Some(0), "{}", self.said());
        prop_assert!(!walk_has(self.folder.path(), "pwned"), "something ran");
        let acts = |one: char| {
            (one.is_control() && one != '\n') || ('\u{2028}'..='\u{202e}').contains(&one)
        };
        prop_assert!(!self.said().contains(acts), "{:?}", self.said());
        Ok(())
    }
}

fn walk_has(folder: &Path, name: &str) -> bool {
    std::fs::read_dir(folder).unwrap().flatten().any(|entry| {
        entry.file_name().to_string_lossy().contains(name)
            || (entry.path().is_dir() && walk_has(&entry.path(), name))
    })
}

fn record(fields: &[&str]) -> String {
    format!("{}\u{1e}", fields.join("\u{1f}"))
}

fn model(name: &str, asset_type: &str, data: &Value) -> Model {
    let mut model = Model::default();
    let asset = Asset {
        asset_type: asset_type.to_owned(),
        resource: Some(data.clone()),
        policy: Some(json!({ "bindings": [] })),
        ..Asset::default()
    };
    model.insert(name, asset);
    model
}

fn parses(script: &Script) -> Result<(), TestCaseError> {
    for (name, text) in script.iter().filter(|(name, _)| name.ends_with(".sh")) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        let output = Command::new("bash").arg("-n").arg(&file).output().unwrap();
        prop_assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let odd = |one: char| one.is_control() && one != '\n';
        prop_assert!(!text.contains(odd), "{name} holds a control character");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_binding_is_removed_and_put_back_word_for_word(role in hostile(), member in hostile(), title in hostile()) {
        let grant = Grant { node: PROJECT.to_owned(), role: role.clone(), member: member.clone(), condition: None };
        let part = part(&title, vec![Change::RemoveMember(grant)]);
        let model = model(PROJECT, "cloudresourcemanager.googleapis.com/Project", &json!({}));
        let script = gcloud::render(&Plan::default(), &part, &model);
        parses(&script)?;
        let held = record(&[&role, &member, "", "", ""]);
        let words = |verb: &str| vec![
            "projects".to_owned(), format!("{verb}-iam-policy-binding"), "acme-ml".to_owned(),
            format!("--member={member}"), format!("--role={role}"), "--condition=None".to_owned(),
        ];
        let fix = run(&script, "fix.sh", &["--apply"], &held, "");
        fix.is_clean()?;
        prop_assert_eq!(fix.changes(), vec![words("remove")]);
        prop_assert_eq!(fix.said().lines().count(), 2, "{}", fix.said());
        let back = run(&script, "rollback.sh", &["--apply"], "", &held);
        back.is_clean()?;
        prop_assert_eq!(back.changes(), vec![words("add")]);
        let dry = run(&script, "fix.sh", &[], &held, "");
        dry.is_clean()?;
        prop_assert!(dry.changes().is_empty());
        let again = run(&script, "fix.sh", &["--apply"], "", "");
        again.is_clean()?;
        prop_assert!(again.changes().is_empty());
    }

    #[test]
    fn a_condition_is_found_by_all_of_it(title in hostile(), text in hostile(), expression in hostile()) {
        let condition = Condition { title: title.clone(), description: Some(text.clone()), expression: expression.clone() };
        let grant = Grant {
            node: BUCKET.to_owned(),
            role: "roles/storage.admin".to_owned(),
            member: "user:ann@example.com".to_owned(),
            condition: Some(condition.clone()),
        };
        let part = part(&title, vec![Change::RemoveMember(grant)]);
        let model = model(BUCKET, "storage.googleapis.com/Bucket", &json!({}));
        let script = gcloud::render(&Plan::default(), &part, &model);
        let there: Value = serde_json::from_str(&script["conditions/c01.json"]).unwrap();
        prop_assert_eq!(Condition::read(&there), Some(condition));
        let held = record(&["roles/storage.admin", "user:ann@example.com", &title, &text, &expression]);
        let fix = run(&script, "fix.sh", &["--apply"], &held, "");
        fix.is_clean()?;
        let words = [
            "storage", "buckets", "remove-iam-policy-binding", "gs://acme-train-raw", "--member=user:ann@example.com",
            "--role=roles/storage.admin", "--condition-from-file=conditions/c01.json",
        ].map(str::to_owned);
        prop_assert_eq!(fix.changes(), vec![words.to_vec()]);
        // Another condition of the same name is another binding.
        let other = record(&["roles/storage.admin", "user:ann@example.com", &title, &text, "true"]);
        let fix = run(&script, "fix.sh", &["--apply"], &other, "");
        prop_assert!(fix.changes().is_empty());
    }

    #[test]
    fn a_setting_is_compared_and_set_word_for_word(was in hostile(), will in hostile(), title in hostile()) {
        prop_assume!(was != will);
        let (from, to) = (json!({ "website": { "mainPageSuffix": was } }), json!({ "website": { "mainPageSuffix": will } }));
        let change = Change::Patch {
            name: BUCKET.to_owned(),
            asset_type: "storage.googleapis.com/Bucket".to_owned(),
            from: from.clone(),
            to: to.clone(),
        };
        let model = model(BUCKET, "storage.googleapis.com/Bucket", &from);
        let script = gcloud::render(&Plan::default(), &part(&title, vec![change]), &model);
        parses(&script)?;
        let printed = |value: &Value| format!("{value:#}\n");
        let fix = run(&script, "fix.sh", &["--apply"], &printed(&from), &printed(&to));
        fix.is_clean()?;
        let words = ["storage".to_owned(), "buckets".to_owned(), "update".to_owned(), "gs://acme-train-raw".to_owned(), format!("--web-main-page-suffix={will}")];
        prop_assert_eq!(fix.changes(), vec![words.to_vec()]);
        // Neither what was linted nor what is wanted: the step is left alone.
        let other = run(&script, "fix.sh", &["--apply"], "{\n  \"website\": {\n    \"mainPageSuffix\": \"index\"\n  }\n}\n", "");
        prop_assert_eq!(other.output.status.code(), Some(3), "{}", other.said());
        prop_assert!(other.changes().is_empty());
    }

    #[test]
    fn a_name_that_its_service_does_not_allow_is_left_to_people(name in hostile(), title in hostile()) {
        let node = format!("//storage.googleapis.com/projects/_/buckets/{name}");
        let allowed = |one: char| one.is_ascii_alphanumeric() || "._-".contains(one);
        prop_assume!(!name.chars().all(allowed) || name.starts_with('-'));
        let grant = Grant { node: node.clone(), role: name.clone(), member: name.clone(), condition: None };
        let part = part(&title, vec![Change::RemoveMember(grant)]);
        let model = model(&node, "storage.googleapis.com/Bucket", &json!({}));
        let script = gcloud::render(&Plan::default(), &part, &model);
        parses(&script)?;
        let held = record(&[&name, &name, "", "", ""]);
        let fix = run(&script, "fix.sh", &["--apply"], &held, "");
        fix.is_clean()?;
        // A name may be harmless all the same; then it is a word of its own, behind gs://.
        for words in fix.changes() {
            let bucket = format!("gs://{name}");
            prop_assert_eq!(&words[3], &bucket);
        }
    }
}

#[test]
fn a_failed_command_ends_the_script_and_says_so() {
    let grant = Grant {
        node: PROJECT.to_owned(),
        role: "roles/editor".to_owned(),
        member: "user:ann@example.com".to_owned(),
        condition: None,
    };
    let part = part("take it away", vec![Change::RemoveMember(grant)]);
    let model = model(
        PROJECT,
        "cloudresourcemanager.googleapis.com/Project",
        &json!({}),
    );
    let script = gcloud::render(&Plan::default(), &part, &model);
    let held = record(&["roles/editor", "user:ann@example.com", "", "", ""]);
    // gcloud ends with 0, and nothing is changed.
    let fix = run(&script, "fix.sh", &["--apply"], &held, &held);
    assert_eq!(fix.output.status.code(), Some(1), "{}", fix.said());
    assert!(fix.said().contains("is not changed"), "{}", fix.said());
    let usage = run(&script, "fix.sh", &["--aply"], &held, "");
    assert_eq!(usage.output.status.code(), Some(2));
    assert!(usage.commands.is_empty());
    let unknown = run(&script, "fix.sh", &["--only", "s09"], &held, "");
    assert_eq!(unknown.output.status.code(), Some(2));
    let only = run(&script, "fix.sh", &["--apply", "--only", "s01"], &held, "");
    assert_eq!(only.output.status.code(), Some(0), "{}", only.said());
}

#[test]
fn access_that_was_taken_away_meanwhile_does_not_move() {
    let grant = |role: &str| Grant {
        node: PROJECT.to_owned(),
        role: role.to_owned(),
        member: "user:ann@example.com".to_owned(),
        condition: None,
    };
    let changes = vec![
        Change::AddMember(grant("roles/viewer")),
        Change::RemoveMember(grant("roles/editor")),
    ];
    let model = model(
        PROJECT,
        "cloudresourcemanager.googleapis.com/Project",
        &json!({}),
    );
    let script = gcloud::render(&Plan::default(), &part("narrow it", changes), &model);
    let fix = run(&script, "fix.sh", &["--apply"], "", "");
    assert_eq!(fix.output.status.code(), Some(3), "{}", fix.said());
    assert!(fix.changes().is_empty());
}
