//! Random documents: noise, JSON that means nothing, and real documents with something wrong in them.

use super::{EVERY_RULE, support};
use leastwise::cli::judge::Judgement;
use proptest::prelude::*;
use serde_json::Value;

fn judge(bytes: &[u8]) -> Judgement {
    support::judge_bytes(&EVERY_RULE, bytes)
}

/// Documents that are right, small ones of every dialect, to be made wrong.
fn samples() -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    collect(&support::root().join("fixtures"), &mut files);
    let mut samples: Vec<Vec<u8>> = files
        .iter()
        .filter_map(|path| std::fs::read(path).ok())
        .filter(|text| text.len() < 8_000)
        .collect();
    samples.sort();
    assert!(samples.len() > 20, "the fixtures were not found");
    samples
}

fn collect(folder: &std::path::Path, files: &mut Vec<std::path::PathBuf>) {
    for name in support::names(folder) {
        let path = folder.join(name);
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension != "md") {
            files.push(path);
        }
    }
}

fn trees() -> Vec<Value> {
    let texts = samples();
    let trees: Vec<Value> = texts
        .iter()
        .filter_map(|text| serde_json::from_slice(text).ok())
        .collect();
    assert!(trees.len() > 20);
    trees
}

fn any_json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "name",
        "assetType",
        "asset_type",
        "iamPolicy",
        "iam_policy",
        "bindings",
        "members",
        "role",
        "condition",
        "expression",
        "resource",
        "data",
        "version",
        "etag",
        "kind",
        "items",
        "assets",
        "policy",
        "acl",
        "entity",
        "includedPermissions",
        "stage",
        "keyType",
        "planned_values",
        "resource_changes",
        "after",
        "ancestors",
        "orgPolicy",
        "constraint",
        "spec",
        "rules",
        "headers",
        "body",
        "error",
        "nextPageToken",
        "storage#bucket",
        "storage.googleapis.com/Bucket",
        "cloudresourcemanager.googleapis.com/Project",
        "allUsers",
        "roles/owner",
        "//storage.googleapis.com/b",
        "iam.googleapis.com/Role",
        "",
    ]);
    let text = prop_oneof![3 => word.prop_map(str::to_owned), 1 => any::<String>()];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 80, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((text.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Every pointer of a tree.
fn pointers(value: &Value, here: String, all: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, child) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                pointers(child, format!("{here}/{name}"), all);
            }
        }
        Value::Array(items) => {
            for (index, child) in items.iter().enumerate() {
                pointers(child, format!("{here}/{index}"), all);
            }
        }
        _ => {}
    }
    all.push(here);
}

/// As NDJSON, if it is a list.
fn as_lines(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(|item| format!("{item}\n")).collect(),
        other => format!("{other}\n{other}\n"),
    }
}

/// Words of conditions, to be put together wrongly.
fn condition() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "request.time",
        "<",
        ">=",
        "==",
        "!=",
        "&&",
        "||",
        "!",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "timestamp(",
        "\"2026-01-01T00:00:00Z\"",
        "\"9999-99-99\"",
        "duration(\"1h\")",
        ".startsWith(",
        "resource.name",
        "resource.type",
        "\"x\"",
        "'",
        "\"",
        "?",
        ":",
        ",",
        "in",
        "true",
        "null",
        "1",
        "-9223372036854775808",
        "18446744073709551615u",
        "1e999",
        "b\"\\xff\"",
        "r\"",
        "\\",
        "has(",
        ".all(x,",
        ".map(y,",
        "api.getAttribute(",
        "size(",
        "%",
        "/",
        "0",
        "request.time.getHours(\"Europe/Nowhere\")",
        ".extract(\"{a}\")",
        "é",
        "\0",
        "//",
    ]);
    prop_oneof![
        4 => prop::collection::vec(word, 0..14).prop_map(|words| words.join(" ")),
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_answered(
        head in prop::sample::select(vec![&b""[..], b"{", b"[{", b"{\"name\":", b"bindings:\n- ", b"gs://b/ :\n", b"\x1f\x8b\x08", b"\xff\xfe", b"\xef\xbb\xbf"]),
        tail in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        judge(&[head, &tail].concat());
    }

    #[test]
    fn any_json_is_answered(value in any_json()) {
        judge(value.to_string().as_bytes());
        judge(as_lines(&value).as_bytes());
    }

    /// A sample with a few bytes changed, put in, taken out, or cut off.
    #[test]
    fn any_damage_is_answered(
        mut bytes in prop::sample::select(samples()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..4, any::<u8>()), 1..6),
    ) {
        for (at, kind, byte) in changes {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => { bytes.remove(at); }
                _ => bytes.truncate(at),
            }
        }
        judge(&bytes);
    }

    /// A sample in which one thing is of another type, gone, or somebody else's.
    #[test]
    fn any_wrong_type_is_answered(
        mut tree in prop::sample::select(trees()),
        places in prop::collection::vec((any::<prop::sample::Index>(), any_json()), 1..4),
    ) {
        for (place, value) in places {
            let mut all = Vec::new();
            pointers(&tree, String::new(), &mut all);
            if let Some(target) = tree.pointer_mut(&all[place.index(all.len())]) {
                *target = value;
            }
        }
        judge(tree.to_string().as_bytes());
        judge(as_lines(&tree).as_bytes());
    }

    #[test]
    fn any_condition_is_answered(expression in condition()) {
        let policy = serde_json::json!({
            "name": "//cloudresourcemanager.googleapis.com/projects/1",
            "assetType": "cloudresourcemanager.googleapis.com/Project",
            "iamPolicy": {"version": 3, "bindings": [
                {"role": "roles/owner", "members": ["allUsers"], "condition": {"title": "t", "expression": expression}},
            ]},
        });
        judge(policy.to_string().as_bytes());
    }
}

/// Through the binary, because an exhausted stack ends a process.
#[test]
fn deep_conditions_are_answered() {
    let n = 10_000;
    for expression in [
        "(".repeat(n),
        format!("{}true{}", "(".repeat(n), ")".repeat(n)),
        format!("{}true", "!".repeat(n)),
        format!("{}1", "-".repeat(n)),
        vec!["true"; n].join(" && "),
        vec!["true"; n].join(" ? "),
        vec!["a"; n].join("."),
        format!("[{}", "[".repeat(n)),
        "{1:".repeat(n),
        "f(".repeat(n),
        format!("\"{}", "\\".repeat(n)),
        "a[".repeat(n),
        "'".repeat(n),
    ] {
        let policy = serde_json::json!({
            "name": "//cloudresourcemanager.googleapis.com/projects/1",
            "assetType": "cloudresourcemanager.googleapis.com/Project",
            "iamPolicy": {"version": 3, "bindings": [
                {"role": "roles/owner", "members": ["allUsers"], "condition": {"expression": expression}},
            ]},
        });
        super::lint(&["-"], policy.to_string().as_bytes());
    }
}
