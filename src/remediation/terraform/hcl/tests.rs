#![allow(clippy::unwrap_used)]

use super::super::render;
use super::super::tests::{grant, hostile, model, part, patch, planned, terraform, written};
use super::*;
use crate::change::{Change, Condition, Grant, Level};
use crate::remediation::plan::{Plan, Script};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::json;

/// Terraform itself reads back what was written.
#[test]
fn terraform_reads_back_every_string() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = hostile();
    let mut texts: Vec<String> = (0..300)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect();
    texts.extend(["$${x}", "$$${x}", "%%{if}", "%%%{", "$%{", "%${", "\\${"].map(str::to_owned));
    let mut locals = Body::new();
    locals.set("texts", Expr::texts(&texts));
    let mut file = Body::new();
    file.block("locals", locals);
    let folder = written(&Script::from([("main.tf".to_owned(), file.text())]));
    let input = "urlencode(jsonencode(local.texts))\n";
    let Some((ran, told)) = terraform(folder.path(), &["console"], input) else {
        return;
    };
    assert!(ran, "{told}");
    let line = told.lines().find(|line| line.starts_with("\"%5B")).unwrap();
    let back: Vec<String> = serde_json::from_slice(&url_decoded(line.trim_matches('"'))).unwrap();
    assert_eq!(texts, back);
}

fn url_decoded(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    out
}

#[test]
fn labels_are_identifiers() {
    assert_eq!(
        label("roles/storage.objectViewer gs://Acme-models"),
        "roles_storage_objectviewer_gs_acme-models"
    );
    assert_eq!(label("123"), "r_123");
    assert_eq!(label("é"), "r");
    assert_eq!(label(&"x".repeat(90)).len(), 60);
}

proptest! {
    #[test]
    fn labels_are_identifiers_whatever_comes(name in hostile()) {
        let label = label(&name);
        prop_assert!(label.starts_with(|c: char| c.is_ascii_lowercase()), "{label}");
        prop_assert!(label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')), "{label}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Names end up inside of strings and comments: outside of them the files are what they are with plain names.
    #[test]
    fn names_cannot_leave_their_strings(
        member in hostile(), role in hostile(), title in hostile(), bucket in hostile(), scope in hostile(),
    ) {
        let condition = |title: &str| Some(Condition {
            title: title.to_owned(), description: Some(title.to_owned()), expression: title.to_owned(),
        });
        let make = |member: &str, role: &str, title: &str, bucket: &str, scope: &str| {
            let node = format!("//storage.googleapis.com/projects/_/buckets/b{}", bucket.replace('/', ""));
            let mut step = planned("s01", Level::Review, vec![
                Change::AddMember(Grant { condition: condition(title), ..grant(&node, role, member) }),
                patch(&node, "storage.googleapis.com/Bucket", json!({ "labels": { "k": title }, "storageClass": role })),
            ]);
            step.title = title.to_owned();
            let mut part = part(vec![step]);
            part.scope = scope.to_owned();
            let model = model(&[json!({
                "name": node, "assetType": "storage.googleapis.com/Bucket",
                "resource": { "data": { "location": "EU" } },
            })]);
            render(&Plan::default(), &part, &model)
        };
        prop_assume!(!member.starts_with("deleted:"));
        let told = make(&member, &role, &title, &bucket, &scope);
        let plain = make("user:a", "roles/b", "t", "c", "projects/p");
        let skeleton = |script: &Script| -> Vec<(String, Vec<String>)> {
            script.iter().map(|(path, text)| (path.clone(), skeleton(text))).collect()
        };
        prop_assert_eq!(skeleton(&told), skeleton(&plain));
    }
}

/// The text without comments and what stands in strings, checked on the way; without labels and spaces.
fn skeleton(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        assert!(!line.contains(escape::is_treacherous), "{line:?}");
        if line.trim_start().starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let (mut out, mut quoted, mut chars) = (String::new(), false, line.chars().peekable());
        while let Some(c) = chars.next() {
            match c {
                '\\' if quoted => {
                    chars.next();
                }
                '$' | '%' if quoted && chars.peek() == Some(&c) => {
                    // Two and a brace are an escape; two without are two.
                    chars.next();
                    if chars.peek() == Some(&'{') {
                        chars.next();
                    }
                }
                '$' | '%' if quoted => assert_ne!(chars.peek(), Some(&'{'), "interpolated: {line}"),
                '"' => quoted = !quoted,
                _ if quoted || c == ' ' => {}
                _ => out.push(c),
            }
        }
        assert!(!quoted, "a string is not closed: {line}");
        // Addresses carry a label.
        let end = out.find("=google_").unwrap_or(out.len());
        out.truncate(end);
        lines.push(out);
    }
    lines
}
