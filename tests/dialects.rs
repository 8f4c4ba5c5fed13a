//! Recognition and translation of every input dialect, on own fixtures, on samples of real tools and on the
//! corpus of real exports where they are at hand.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

mod dialect_fixtures;

use leastwise::model::Dialect;
use leastwise::model::locate;
use leastwise::sources::dialects::{
    Context, Recognised, Translated, Translation, translate, translate_bucket_text,
};
use leastwise::sources::yaml;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folder of shared samples, if this machine has it.
fn shared(part: &str) -> Option<PathBuf> {
    let root = std::env::var_os("LEASTWISE_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let path = root.join(part);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {part} is not at hand");
    None
}

fn known(document: &Value, resource: Option<&str>) -> Vec<Translation> {
    let context = Context {
        resource: resource.map(str::to_owned),
    };
    match translate(document, &context) {
        Recognised::Known(translations) => translations,
        Recognised::Foreign { reason } => panic!("foreign: {reason}"),
    }
}

/// The only asset of a document.
fn one(document: &Value, resource: Option<&str>) -> (Dialect, Translated) {
    let translations = known(document, resource);
    assert_eq!(translations.len(), 1, "{translations:#?}");
    let translation = translations.into_iter().next().unwrap();
    assert_eq!(translation.assets.len(), 1, "{translation:#?}");
    (
        translation.dialect,
        translation.assets.into_iter().next().unwrap(),
    )
}

fn leaves(value: &Value, pointer: &str, out: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(map) => {
            for (key, child) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                leaves(child, &format!("{pointer}/{key}"), out);
            }
        }
        Value::Array(list) => {
            for (index, child) in list.iter().enumerate() {
                leaves(child, &format!("{pointer}/{index}"), out);
            }
        }
        leaf => out.push((pointer.to_owned(), leaf.clone())),
    }
}

/// Every text of an asset's policy and settings that the document holds literally must stand where its source
/// pointer leads, or below it.
fn assert_pointers_lead_home(document: &Value, asset: &Translated) {
    let mut facts = Vec::new();
    leaves(&asset.asset, "", &mut facts);
    for (pointer, value) in facts {
        let Some(text) = value
            .as_str()
            .filter(|_| pointer.starts_with("/iamPolicy") || pointer.starts_with("/resource/data"))
        else {
            continue;
        };
        let source = asset.source_pointer(&pointer);
        if let Some(Value::String(found)) = document.pointer(&source) {
            // Some values are rewritten (times, enum cases); they still share their beginning or end.
            let kin = found.contains(text)
                || text.contains(found.as_str())
                || text.to_lowercase() == found.to_lowercase()
                || text.get(..10) == found.get(..10)
                // The access list of a dataset has words of its own for roles and members.
                || (source.contains("/access/") && pointer.starts_with("/iamPolicy"))
                || serde_json::from_str::<Value>(found).is_ok();
            assert!(kin, "{pointer} = {text:?} leads to {source} = {found:?}");
        }
    }
}

#[test]
fn samples_of_real_tools_are_recognised() {
    let Some(folder) = shared("gcloud-samples") else {
        return;
    };
    let table = [
        ("asset-list-iam.json", Some(Dialect::AssetInventory)),
        ("asset-search-iam.json", Some(Dialect::AssetSearch)),
        ("asset-search-res.json", Some(Dialect::AssetInventory)),
        ("activities.json", Some(Dialect::Activity)),
        ("audit-log.json", None),
        ("insights.json", None),
        ("recommendations.json", Some(Dialect::OtherResource)),
        ("bucket-describe.gcloud.json", Some(Dialect::BucketGcloud)),
        ("bucket-describe.gcloud.yaml", Some(Dialect::BucketGcloud)),
        ("bucket-describe.raw.json", Some(Dialect::BucketJsonApi)),
        ("bucket-iam-policy.json", Some(Dialect::AllowPolicy)),
        ("bucket-iam.gsutil.json", Some(Dialect::AllowPolicy)),
        ("bucket-lifecycle.gsutil.json", Some(Dialect::BucketJsonApi)),
        ("bucket-plain.gcloud.json", Some(Dialect::BucketGcloud)),
        ("bucket-plain.raw.json", Some(Dialect::BucketJsonApi)),
        ("bucket.gcloud-storage-ls-L.txt", Some(Dialect::BucketText)),
        (
            "bucket.gcloud-storage-ls.json",
            Some(Dialect::BucketJsonApi),
        ),
        ("bucket.gsutil-ls-Lb.txt", Some(Dialect::BucketText)),
        (
            "bucket.storage-v2-grpc-model.json",
            Some(Dialect::BucketStorageV2),
        ),
        ("buckets-list.gcloud.json", Some(Dialect::BucketGcloud)),
        ("buckets-list.raw.json", Some(Dialect::BucketJsonApi)),
        ("deny-list.json", Some(Dialect::DenyPolicy)),
        ("deny-policy.json", Some(Dialect::DenyPolicy)),
        ("folder-iam-policy.json", Some(Dialect::AllowPolicy)),
        ("org-iam-policy.json", Some(Dialect::AllowPolicy)),
        ("org-policies-list.json", Some(Dialect::OrgPolicy)),
        ("org-policy.json", Some(Dialect::OrgPolicy)),
        (
            "project-ancestors-iam-policy.json",
            Some(Dialect::AncestorsPolicy),
        ),
        ("project-iam-flat.json", Some(Dialect::AllowPolicy)),
        ("project-iam-policy.json", Some(Dialect::AllowPolicy)),
        ("project-iam-policy.yaml", Some(Dialect::AllowPolicy)),
        ("project.json", Some(Dialect::ResourceManager)),
        ("projects-list.json", Some(Dialect::ResourceManager)),
        ("role-custom.json", Some(Dialect::Role)),
        ("roles-list.json", Some(Dialect::Role)),
        ("sa-iam-policy.json", Some(Dialect::AllowPolicy)),
        ("sa-keys.json", Some(Dialect::ServiceAccountKey)),
        ("service-accounts.json", Some(Dialect::ServiceAccount)),
    ];
    for (name, expected) in table {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        if name.ends_with(".txt") {
            let read = translate_bucket_text(&text).expect(name);
            assert_eq!(Some(read.translation.dialect), expected, "{name}");
            continue;
        }
        let document: Value = if name.ends_with(".yaml") {
            yaml::parse(&text).unwrap().remove(0).value
        } else {
            serde_json::from_str(&text).unwrap()
        };
        match translate(&document, &Context::default()) {
            Recognised::Known(translations) => {
                let dialects: Vec<Dialect> = translations.iter().map(|t| t.dialect).collect();
                assert_eq!(dialects, expected.into_iter().collect::<Vec<_>>(), "{name}");
                for asset in translations.iter().flat_map(|t| &t.assets) {
                    assert_pointers_lead_home(&document, asset);
                }
            }
            Recognised::Foreign { reason } => assert_eq!(expected, None, "{name}: {reason}"),
        }
    }
}

/// What a document holds that we judge, by a look at its members alone.
fn crude_facts(value: &Value, out: &mut BTreeMap<&'static str, usize>) {
    match value {
        Value::Object(map) => {
            let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default();
            let has = |key: &str| map.contains_key(key);
            let mut count = |what: &'static str| *out.entry(what).or_default() += 1;
            for binding in map
                .get("bindings")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                if binding.get("role").is_some_and(Value::is_string)
                    && binding.get("members").is_some()
                {
                    count("binding");
                }
            }
            if has("includedPermissions") {
                count("role");
            }
            if text("keyType").ends_with("_MANAGED") || has("validAfterTime") {
                count("key");
            }
            if text("kind") == "storage#bucket" || has("iamConfiguration") {
                count("bucket");
            }
            if text("email").ends_with("gserviceaccount.com") && has("uniqueId") {
                count("account");
            }
            if text("constraint").starts_with("constraints/")
                && (has("booleanPolicy") || has("listPolicy"))
            {
                count("org policy");
            }
            if has("projectId") && has("lifecycleState") {
                count("project");
            }
            map.values().for_each(|child| crude_facts(child, out));
        }
        Value::Array(list) => list.iter().for_each(|child| crude_facts(child, out)),
        _ => {}
    }
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, out);
        } else {
            out.push(path);
        }
    }
}

/// The documents of a file: JSON, NDJSON or concatenated JSON, up to where it is broken.
fn documents(text: &str) -> Vec<Value> {
    serde_json::Deserializer::from_str(text)
        .into_iter::<Value>()
        .map_while(Result::ok)
        .collect()
}

#[test]
fn no_policy_data_of_the_corpus_is_called_foreign_or_lost() {
    let Some(folder) = shared("corpus") else {
        return;
    };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    let mut dialects: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut reasons: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let mut gaps: BTreeMap<(&str, String), usize> = BTreeMap::new();
    let (mut total, mut problems) = (0, Vec::new());
    for path in paths {
        let extension = path.extension().and_then(|e| e.to_str());
        if !matches!(extension, Some("json" | "jsonl")) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let short = path.strip_prefix(&folder).unwrap().display().to_string();
        for document in documents(&text) {
            total += 1;
            let mut crude = BTreeMap::new();
            crude_facts(&document, &mut crude);
            match translate(&document, &Context::default()) {
                Recognised::Known(translations) => {
                    let mut kept = BTreeMap::new();
                    for translation in &translations {
                        let entry = dialects.entry(translation.dialect.slug()).or_default();
                        entry.0 += 1;
                        entry.1 += translation.assets.len();
                        for (reason, message, _) in &translation.gaps {
                            let short: String = message.chars().take(60).collect();
                            *gaps.entry((reason.slug(), short)).or_default() += 1;
                        }
                        for asset in &translation.assets {
                            crude_facts(&asset.asset, &mut kept);
                            assert_pointers_lead_home(&document, asset);
                        }
                    }
                    let terraform = translations
                        .iter()
                        .any(|t| t.dialect == Dialect::TerraformPlan);
                    for (what, count) in crude {
                        let kept = kept.get(what).copied().unwrap_or(0);
                        if kept < count && !terraform {
                            problems.push(format!("{short}: {count} × {what} in, {kept} out"));
                        }
                    }
                }
                Recognised::Foreign { reason } => {
                    if !crude.is_empty() {
                        problems.push(format!("{short}: foreign ({reason}) with {crude:?}"));
                    }
                    reasons.entry(reason).or_insert((0, short.clone())).0 += 1;
                }
            }
        }
    }
    println!("{total} documents");
    for (dialect, (documents, assets)) in &dialects {
        println!("{documents:6} {assets:6} {dialect}");
    }
    for ((reason, message), count) in &gaps {
        println!("{count:6} gap {reason}: {message}");
    }
    for (reason, (count, example)) in &reasons {
        println!("{count:6} foreign: {reason} ({example})");
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn any_json() -> impl Strategy<Value = Value> {
    // Names and texts that the readers look for, so that random documents get past the first test.
    let word = prop::sample::select(vec![
        "name",
        "bindings",
        "role",
        "members",
        "policy",
        "id",
        "type",
        "headers",
        "body",
        "items",
        "kind",
        "storage#bucket",
        "resource",
        "data",
        "assetType",
        "asset_type",
        "iam_policy",
        "ancestry_path",
        "//storage.googleapis.com/b",
        "projects/p",
        "constraint",
        "constraints/x",
        "booleanPolicy",
        "spec",
        "projects/_/buckets/b",
        "bucketId",
        "iamConfig",
        "storage_url",
        "gs://b/",
        "acl",
        "entity",
        "rule",
        "format_version",
        "resource_changes",
        "planned_values",
        "address",
        "change",
        "after",
        "after_unknown",
        "google_storage_bucket",
        "google_project_iam_member",
        "lifecycle_rule",
        "condition",
        "action",
        "etag",
        "includedPermissions",
        "roles/x",
        "email",
        "error",
        "message",
        "code",
        "ancestor",
        "resourceId",
        "é/~",
        "project",
        "auditConfigs",
        "audit_configs",
        "",
        "selfLink",
        "versioning",
        "0",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|f| json!(f)),
        word.clone().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 80, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((word.clone(), inner), 0..7)
                .prop_map(|pairs| pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_has_an_answer(document in any_json(), resource in prop::option::of(".{0,20}")) {
        let answer = translate(&document, &Context { resource });
        if let Recognised::Known(translations) = answer {
            for asset in translations.iter().flat_map(|t| &t.assets) {
                prop_assert!(asset.asset.get("name").is_some_and(Value::is_string));
                prop_assert!(asset.asset.get("assetType").is_some_and(Value::is_string));
            }
        }
    }

    #[test]
    fn any_text_has_an_answer(text in "\\PC{0,200}") {
        let _ = yaml::parse(&text);
        let _ = translate_bucket_text(&text);
        let _ = locate::locate(&text, "/a/0");
    }

    #[test]
    fn any_bucket_text_has_an_answer(lines in prop::collection::vec(
        prop::sample::select(vec![
            "gs://b/ :", "gs://b/:", "  ACL:", "\tACL: []", "  [", "  ]", "  {", "    \"a\": 1", "  Labels:",
            "  Storage Class: X", "\tAutoclass: Enabled on é", "  Placement locations: ['", ":", "  :", "é: é",
        ]), 0..20)) {
        let _ = translate_bucket_text(&lines.join("\n"));
    }

    #[test]
    fn any_yaml_like_text_has_an_answer(lines in prop::collection::vec(
        prop::sample::select(vec![
            "a:", "- b", "  - c: [", "}", "&x", "*x", "- &x [*x]", "? k", ": v", "|", "  text", "---", "...",
            "\"", "'", "!!str 1", "%YAML 1.2", "\t", "{a: {b: ", "<<: *x", "é: \u{feff}", "- - - -",
        ]), 0..16)) {
        let _ = yaml::parse(&lines.join("\n"));
    }

    #[test]
    fn every_value_is_located_where_it_stands(document in any_json(), pretty in any::<bool>()) {
        let text = if pretty {
            serde_json::to_string_pretty(&document).unwrap()
        } else {
            document.to_string()
        };
        let mut stack = vec![(String::new(), &document)];
        while let Some((pointer, value)) = stack.pop() {
            let offset = locate::offset_of(&text, &pointer).unwrap();
            let rest = &text[offset..];
            match value {
                Value::Object(map) => {
                    for (key, child) in map {
                        let key = key.replace('~', "~0").replace('/', "~1");
                        stack.push((format!("{pointer}/{key}"), child));
                    }
                    prop_assert!(rest.starts_with(['{', '"']), "an object");
                }
                Value::Array(list) => {
                    for (index, child) in list.iter().enumerate() {
                        stack.push((format!("{pointer}/{index}"), child));
                    }
                    prop_assert!(rest.starts_with(['[', '"']), "a list");
                }
                leaf => prop_assert!(rest.starts_with(&leaf.to_string()), "{pointer}: {rest}"),
            }
        }
    }
}

/// (asset type, role, member) of every grant of some assets.
fn grants<'a>(assets: impl Iterator<Item = &'a Value>, key: &str, kind: &str) -> Vec<[String; 3]> {
    let text = |v: Option<&Value>| v.and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut out = Vec::new();
    for asset in assets {
        let bindings = asset
            .pointer(&format!("/{key}/bindings"))
            .and_then(Value::as_array);
        for binding in bindings.into_iter().flatten() {
            for member in binding["members"].as_array().into_iter().flatten() {
                out.push([
                    text(asset.get(kind)),
                    text(binding.get("role")),
                    text(Some(member)),
                ]);
            }
        }
    }
    out.sort();
    out.dedup();
    out
}

#[test]
fn plans_grant_what_googles_converter_says() {
    let (Some(plans), Some(assets)) = (
        shared("corpus/terraform-validator/raw/testdata/templates"),
        shared("corpus/tgc/raw/tfplan2cai/testdata/templates"),
    ) else {
        return;
    };
    let mut paths = Vec::new();
    files(&plans, &mut paths);
    let (mut compared, mut problems) = (0, Vec::new());
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let Some(stem) = name.strip_suffix(".tfplan.json") else {
            continue;
        };
        let expected = assets.join(format!("{stem}.json"));
        let (Some(plan), Ok(expected)) = (
            documents(&std::fs::read_to_string(&path).unwrap()).pop(),
            std::fs::read_to_string(expected),
        ) else {
            continue;
        };
        let Some(Value::Array(expected)) = documents(&expected).pop() else {
            continue;
        };
        let expected = grants(expected.iter(), "iam_policy", "asset_type");
        let own = known(&plan, None);
        let own = grants(
            own.iter().flat_map(|t| &t.assets).map(|a| &a.asset),
            "iamPolicy",
            "assetType",
        );
        if own != expected {
            problems.push(format!("{stem}:\n  ours   {own:?}\n  theirs {expected:?}"));
        }
        compared += usize::from(!expected.is_empty());
    }
    println!("{compared} plans with grants compared");
    assert!(compared > 20, "only {compared} plans to compare");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Only Terraform knows whether it may destroy a table; all else of it is not carried over.
#[test]
fn a_planned_table_says_whether_it_is_protected() {
    let table = |values: Value| {
        let after = json!({ "project": "p", "dataset_id": "d", "table_id": "t" });
        let mut after = after.as_object().unwrap().clone();
        after.extend(values.as_object().unwrap().clone());
        let plan = json!({
            "format_version": "1.2",
            "resource_changes": [{
                "address": "google_bigquery_table.t",
                "mode": "managed",
                "type": "google_bigquery_table",
                "change": { "actions": ["create"], "after": after },
            }],
        });
        one(&plan, None).1
    };
    let place = "/resource/data/deletionProtection";
    let open = table(json!({ "deletion_protection": false }));
    assert_eq!(open.asset["assetType"], "bigquery.googleapis.com/Table");
    let name = "//bigquery.googleapis.com/projects/p/datasets/d/tables/t";
    assert_eq!(open.asset["name"], name);
    assert_eq!(open.asset.pointer(place), Some(&Value::Bool(false)));
    let source = "/resource_changes/0/change/after/deletion_protection";
    assert_eq!(open.source_pointer(place), source);
    let silent = table(json!({}));
    assert!(silent.lack_at(place).is_some());
    assert!(silent.lack_at("/resource/data/view").is_some());
}
