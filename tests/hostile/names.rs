//! Names made to break out of a terminal, a workflow log, a spreadsheet or a markup.

use super::{leastwise, lint};
use leastwise::report::Format;
use proptest::prelude::*;
use serde_json::json;
use std::path::PathBuf;

/// One string with everything in it that some medium obeys.
const EVIL: &str = "a\u{1b}[31m\u{7}\u{8}\r\n::error::x\u{9b}2J\u{202e}\u{2066}\u{200b}%0A|`*_[x](javascript:x)<script>&\"'\t=cmd()\u{2028}\u{85}\u{0}\u{7f}]]>";

/// An export in which every text that can be shown is `evil`.
fn export(evil: &str) -> String {
    let bucket = format!("//storage.googleapis.com/{evil}");
    let project = format!("//cloudresourcemanager.googleapis.com/projects/{evil}");
    let assets = [
        json!({
            "name": bucket, "assetType": "storage.googleapis.com/Bucket", "ancestors": [evil, evil],
            "resource": {"data": {
                "name": evil, "location": evil, "versioning": {"enabled": false},
                "iamConfiguration": {"publicAccessPrevention": evil},
                "acl": [{"entity": "allUsers", "role": evil}, {"entity": evil, "role": evil}],
                "softDeletePolicy": {"retentionDurationSeconds": evil},
            }},
            "iamPolicy": {"bindings": [
                {"role": "roles/storage.objectViewer", "members": ["allUsers", format!("user:{evil}"), evil]},
                {"role": "roles/storage.admin", "members": [format!("user:{evil}@gmail.com")],
                 "condition": {"title": evil, "description": evil, "expression": format!("resource.name == {evil:?}")}},
                {"role": format!("projects/{evil}/roles/{evil}"), "members": [format!("deleted:user:{evil}?uid=1")],
                 "condition": {"title": evil, "expression": evil}},
            ]},
        }),
        json!({
            "name": project, "assetType": "cloudresourcemanager.googleapis.com/Project",
            "resource": {"data": {"projectId": evil, "projectNumber": evil, "name": evil, "parent": {"type": evil, "id": evil}}},
            "iamPolicy": {"version": 1, "bindings": [
                {"role": "roles/owner", "members": [format!("user:{evil}"), format!("domain:{evil}"), format!("serviceAccount:{evil}")]},
                {"role": format!("roles/{evil}"), "members": [format!("principalSet://iam.googleapis.com/{evil}/*")]},
                {"role": format!("roles/viewer_withcond_{evil}"), "members": [format!("group:{evil}")]},
            ]},
        }),
        json!({
            "name": format!("//iam.googleapis.com/projects/{evil}/roles/{evil}"), "assetType": "iam.googleapis.com/Role",
            "resource": {"data": {"name": format!("projects/{evil}/roles/{evil}"), "title": evil, "stage": evil,
                "includedPermissions": ["resourcemanager.projects.setIamPolicy", "iam.serviceAccounts.actAs", evil]}},
        }),
        json!({
            "name": format!("//apikeys.googleapis.com/projects/1/locations/global/keys/{evil}"),
            "assetType": "apikeys.googleapis.com/Key",
            "resource": {"data": {"createTime": evil, "displayName": evil, "serviceAccountEmail": evil,
                "restrictions": {"browserKeyRestrictions": {"allowedReferrers": ["*", evil]}}}},
        }),
        json!({
            "name": format!("//iam.googleapis.com/projects/p/serviceAccounts/{evil}/keys/{evil}"),
            "assetType": "iam.googleapis.com/ServiceAccountKey",
            "resource": {"data": {"keyType": "USER_MANAGED", "keyAlgorithm": evil, "validAfterTime": evil, "validBeforeTime": evil}},
        }),
        json!({"name": evil, "assetType": evil, "iamPolicy": {"bindings": [{"role": evil, "members": [evil]}]}}),
        json!({"error": {"code": 403, "status": evil, "message": evil}}),
    ];
    assets.map(|asset| asset.to_string()).join("\n")
}

/// Marks that turn text around or hide it, which a person must not be shown raw.
fn is_deceptive(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

fn check(format: Format, text: &str) {
    // A quoted cell of CSV may hold white space of every kind.
    let may = |c: char| c == '\n' || (format == Format::Csv && matches!(c, '\r' | '\t'));
    let raw: Vec<char> = text
        .chars()
        .filter(|c| c.is_control() && !may(*c))
        .collect();
    assert!(raw.is_empty(), "{format}: {raw:?} in\n{text:?}");
    if matches!(
        format,
        Format::Table | Format::Text | Format::Github | Format::Markdown
    ) {
        let raw: Vec<char> = text.chars().filter(|c| is_deceptive(*c)).collect();
        assert!(raw.is_empty(), "{format}: {raw:?}");
    }
    match format {
        Format::Json | Format::Sarif => {
            serde_json::from_str::<serde_json::Value>(text).unwrap();
        }
        Format::Ndjson | Format::Bigquery => text.lines().for_each(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap();
        }),
        Format::Github => {
            let known = [
                "::error",
                "::warning",
                "::notice",
                "::group::",
                "::endgroup::",
            ];
            for line in text.lines().filter(|line| line.contains("::")) {
                let starts = known.iter().any(|command| line.starts_with(command));
                assert!(starts || !line.trim_start().starts_with("::"), "{line}");
            }
        }
        Format::Markdown | Format::Junit => assert!(!text.contains("<script"), "{format}: {text}"),
        // Comments, and a metric with a value that is a number.
        Format::Prometheus => text.lines().for_each(|line| {
            let sample = || {
                line.rsplit_once(' ')
                    .and_then(|(_, value)| value.parse::<f64>().ok())
            };
            assert!(line.starts_with("# ") || sample().is_some(), "{line}");
        }),
        Format::Table | Format::Text | Format::Csv => {}
    }
}

#[test]
fn no_format_lets_a_name_break_out() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    // A file's name is as hostile as what it holds, as far as the system allows it.
    let name = "evil \u{1b}[2J\n::error::\u{202e}<script>.ndjson";
    let path = folder.join(name);
    std::fs::write(&path, export(EVIL)).unwrap();
    std::fs::write(folder.join(format!("{name}.broken")), "{\"bindings\": [").unwrap();
    for format in Format::ALL {
        for extra in [&[][..], &["--all", "-v"][..]] {
            let mut command = leastwise();
            command
                .args(["--format", format.name()])
                .args(extra)
                .arg(&path);
            let output = command
                .arg(folder.join(format!("{name}.broken")))
                .output()
                .unwrap();
            super::answered(&output);
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(text.len() > 200, "{format} says nothing");
            check(format, &text);
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert!(
                !stderr.chars().any(|c| c.is_control() && c != '\n'),
                "{stderr:?}"
            );
        }
    }
    std::fs::remove_file(&path).unwrap();
    std::fs::remove_file(folder.join(format!("{name}.broken"))).unwrap();
}

/// What the user typed comes back in errors: it may have been pasted.
#[test]
fn errors_do_not_obey_what_they_quote() {
    for arguments in [
        vec!["no such \u{1b}[31m file\n::error::"],
        vec!["-", "--resource", "\u{1b}[31m"],
        vec!["-", "--rules", "\u{1b}[31m"],
        vec!["-", "--config", "\u{1b}[31m"],
        vec!["-", "--select", "\u{1b}[31m"],
        vec!["-", "--baseline", "\u{1b}[31m"],
        vec!["-", "--now", "\u{1b}[31m"],
        vec!["-", "--fail-on", "\u{1b}[31m"],
        vec!["-", "--format", "json=/no/such/\u{1b}[31m/file"],
    ] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_leastwise"));
        let output = command
            .env_clear()
            .arg("lint")
            .args(&arguments)
            .output()
            .unwrap();
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8(told).unwrap();
        assert!(
            output.status.code().is_some_and(|code| code != 101),
            "{told}"
        );
        let raw = told.chars().any(|c| c.is_control() && c != '\n');
        assert!(!raw, "{arguments:?}: {told:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn any_name_is_told_safely(evil in any::<String>(), format in prop::sample::select(Format::ALL.to_vec())) {
        let output = lint(&["-", "--all", "-v", "--format", format.name()], export(&evil).as_bytes());
        check(format, &String::from_utf8(output.stdout).unwrap());
    }
}
