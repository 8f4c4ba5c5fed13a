//! Pages that are made from rules, and the schema of rule files: what stands in `docs/` is what would be made now.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

#[path = "docs/coverage.rs"]
mod coverage;
mod support;

use leastwise::report::{Example, rule_index, rule_page};
use leastwise::rules::{Rule, RuleFile, Ruleset};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use support::{names, root, rules};

const PAGES: &str = "docs/rules";
const SCHEMA: &str = "docs/schema/rule.schema.json";

/// An example is there to be read: a page does not carry the thousands of permissions that a limit is tested with.
const LONGEST_EXAMPLE: usize = 200;

fn loaded() -> Ruleset {
    rules().unwrap_or_else(|frames| panic!("{frames}"))
}

fn updating() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some()
}

/// Writes what is generated if that was asked for; otherwise says what differs, and the cure.
fn held(path: &str, generated: &str) -> Option<String> {
    let file = root().join(path);
    if updating() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, generated).unwrap();
    }
    let state = match std::fs::read_to_string(&file) {
        Ok(stored) if stored == generated => return None,
        Ok(_) => "stale",
        Err(_) => "missing",
    };
    Some(format!("{path} is {state}; {CURE}"))
}

const CURE: &str = "run UPDATE_DOCS=1 cargo test --test docs";

fn example(rule: &Rule) -> Option<(String, String)> {
    let folder = root().join("fixtures/rules").join(&rule.id);
    let read = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name)).ok()?;
        (text.lines().count() <= LONGEST_EXAMPLE).then_some(text)
    };
    Some((read("bad.json")?, read("good.json")?))
}

#[test]
fn pages_are_current() {
    let rules = loaded();
    let mut pages: BTreeMap<String, String> = BTreeMap::new();
    for rule in &rules.rules {
        let example = example(rule);
        let example = example.as_ref().map(|(bad, good)| Example { bad, good });
        pages.insert(format!("{}.md", rule.id), rule_page(rule, example));
    }
    pages.insert("README.md".to_owned(), rule_index(&rules.rules));
    let mut faults: Vec<String> = Vec::new();
    for name in names(&root().join(PAGES)) {
        if pages.contains_key(&name) {
            continue;
        }
        if updating() {
            std::fs::remove_file(root().join(PAGES).join(&name)).unwrap();
        } else {
            faults.push(format!("{PAGES}/{name} belongs to no rule; {CURE}"));
        }
    }
    faults.extend(
        pages
            .iter()
            .filter_map(|(name, page)| held(&format!("{PAGES}/{name}"), page)),
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_schema_of_rule_files_is_current() {
    let schema = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if let Some(fault) = held(SCHEMA, &schema) {
        panic!("{fault}");
    }
}

#[test]
fn the_schema_of_plans_is_current() {
    let schema = leastwise::remediation::page::json_schema();
    let schema = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    if let Some(fault) = held("docs/schema/plan.schema.json", &schema) {
        panic!("{fault}");
    }
}

fn schema() -> schemars::Schema {
    schemars::generate::SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<RuleFile>()
}

/// An editor that holds a rule against the schema must not call a rule wrong that loads.
#[test]
fn every_rule_is_valid_by_the_schema() {
    let schema = serde_json::to_value(schema()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for rule in &loaded().rules {
        let table: toml::Value = toml::from_str(&rule.text).unwrap();
        let value = serde_json::to_value(table).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", rule.path);
    }
    let typo = serde_json::json!({ "titel": "x" });
    assert!(!validator.is_valid(&typo), "the schema accepts anything");
}

#[test]
fn references_are_https() {
    for rule in &loaded().rules {
        assert!(
            !rule.file.references.is_empty(),
            "{} has no reference",
            rule.path
        );
        for reference in &rule.file.references {
            let address = reference.strip_prefix("https://").unwrap_or_default();
            let plain = address
                .bytes()
                .all(|b| b.is_ascii_graphic() && !b"<>\"`".contains(&b));
            assert!(
                address.contains('.') && plain,
                "{}: {reference:?} is no https:// address",
                rule.path
            );
        }
    }
}

#[test]
fn no_relative_link_dangles() {
    let mut faults = Vec::new();
    let mut links = 0;
    for page in pages_below(&root().join("docs"))
        .into_iter()
        .chain([root().join("README.md"), root().join("fixtures/README.md")])
    {
        let Ok(text) = std::fs::read_to_string(&page) else {
            continue;
        };
        for target in targets(&text) {
            let (file, _) = target.split_once('#').unwrap_or((&target, ""));
            if file.is_empty() || file.contains("://") || file.starts_with("mailto:") {
                continue;
            }
            links += 1;
            if !page.parent().unwrap().join(file).exists() {
                let shown = page.strip_prefix(root()).unwrap();
                faults.push(format!("{}: {target} leads nowhere", shown.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(links > 0, "no page links to another");
}

fn pages_below(folder: &Path) -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for name in names(folder) {
        let path = folder.join(name);
        if path.is_dir() {
            pages.extend(pages_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
    pages
}

/// The targets of Markdown links outside of code.
fn targets(text: &str) -> Vec<String> {
    let mut targets = Vec::new();
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let start = line.trim_start();
        let ticks = &start[..start.len() - start.trim_start_matches('`').len()];
        match fence {
            Some(open) => {
                if start.starts_with(open) {
                    fence = None;
                }
                continue;
            }
            None if ticks.len() >= 3 => {
                fence = Some(ticks);
                continue;
            }
            None => {}
        }
        // What stands between single backticks is code, too.
        for plain in line.split('`').step_by(2) {
            for (at, _) in plain.match_indices("](") {
                let rest = &plain[at + 2..];
                if let Some((target, _)) = rest.split_once(')') {
                    targets.push(target.to_owned());
                }
            }
        }
    }
    targets
}

#[test]
fn links_are_found_outside_of_code() {
    let text = "see [a](b.md#c) and `[x](y)`\n```\n[z](z)\n```\n![i](i.png)";
    assert_eq!(targets(text), ["b.md#c", "i.png"]);
}
