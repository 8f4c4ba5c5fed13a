//! Every name that the product has is explained, and nothing else is.

use super::markdown::{Page, root};
use leastwise::model::{Dialect, GapReason};
use leastwise::report::Format;
use leastwise::rules::RuleFile;
use leastwise::settings::Exit;
use std::collections::BTreeSet;
use std::fs;

/// A variant can be missing in `ALL`; the source says whether one is.
#[test]
fn the_lists_of_names_are_whole() {
    for (file, kind, listed) in [
        (
            "src/model/origin.rs",
            "Dialect",
            Dialect::ALL.map(Dialect::slug).to_vec(),
        ),
        (
            "src/model/gap.rs",
            "GapReason",
            GapReason::ALL.map(GapReason::slug).to_vec(),
        ),
    ] {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let slug = regex::Regex::new(&format!(r#"{kind}::\w+ => "([a-z0-9-]+)""#)).unwrap();
        let defined: Vec<&str> = slug
            .captures_iter(&text)
            .map(|c| c.extract::<1>().1[0])
            .collect();
        assert_eq!(listed, defined, "{file}");
    }
}

/// The sections of a page below `## heading` (or all) whose title is one word in backquotes, with their text.
fn sections(page: &Page) -> Vec<(String, String, String)> {
    let mut found: Vec<(String, String, String)> = Vec::new();
    let mut part = String::new();
    let mut open = false;
    for line in page.text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            part = heading.to_owned();
            open = false;
        } else if let Some(heading) = line.strip_prefix("### ") {
            let name = heading.strip_prefix('`').and_then(|h| h.strip_suffix('`'));
            open = name.is_some();
            if let Some(name) = name {
                found.push((part.clone(), name.to_owned(), String::new()));
            }
        } else if let Some((_, _, text)) = found.last_mut().filter(|_| open) {
            text.push_str(line);
            text.push('\n');
        }
    }
    found
}

#[test]
fn every_form_of_input_is_described() {
    let page = Page::read("docs/guide/inputs.md");
    let sections = sections(&page);
    let named: Vec<&str> = sections.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(named, Dialect::ALL.map(Dialect::slug));
    for (_, name, text) in &sections {
        assert!(
            text.contains("\nLacks: "),
            "{name}: what it cannot carry is not said"
        );
    }
}

#[test]
fn every_reason_of_a_gap_is_described_with_its_cure() {
    let page = Page::read("docs/guide/gaps.md");
    let sections = sections(&page);
    let named: Vec<&str> = sections.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(named, GapReason::ALL.map(GapReason::slug));
    for ((part, name, text), reason) in sections.iter().zip(GapReason::ALL) {
        let expected = if reason.is_incomplete() {
            "Incomplete"
        } else {
            "Not assessed"
        };
        assert_eq!(part, expected, "{name}");
        assert!(text.contains("\nCure: "), "{name}: no cure");
    }
}

#[test]
fn every_format_is_described() {
    let page = Page::read("docs/guide/outputs.md");
    assert_eq!(page.first_cells("format"), Format::ALL.map(Format::name));
    let readme = Page::read("README.md").text;
    let list = Format::ALL
        .map(|format| format!("`{}`", format.name()))
        .join(", ");
    assert!(
        readme.contains(&list),
        "README.md does not list the formats: {list}"
    );
}

#[test]
fn every_exit_code_is_described() {
    let codes = [
        Exit::Clean,
        Exit::Findings,
        Exit::Usage,
        Exit::Incomplete,
        Exit::Internal,
    ];
    for path in [
        "README.md",
        "docs/guide/outputs.md",
        "docs/guide/configuration.md",
    ] {
        let page = Page::read(path);
        let mut described = page.first_cells("code");
        described.extend(page.first_cells("exit code"));
        assert_eq!(
            described,
            codes.map(|exit| exit.code().to_string()),
            "{path}"
        );
    }
}

#[test]
fn every_key_of_a_rule_is_described() {
    let schema = serde_json::to_value(schemars::schema_for!(RuleFile)).unwrap();
    let mut names = BTreeSet::new();
    collect(&schema, &mut names);
    assert!(
        names.contains("except-role") && names.contains("gke-workload"),
        "{names:?}"
    );
    let pages = ["docs/guide/rules.md", "docs/guide/analyses.md"];
    let text = pages.map(|path| Page::read(path).text).concat();
    let missing: Vec<&String> = names
        .iter()
        .filter(|name| !text.contains(&format!("`{name}`")) && !text.contains(&format!("[{name}]")))
        // Severity and confidence are told in the example's comments.
        .filter(|name| !["info", "low", "medium", "high", "critical"].contains(&name.as_str()))
        .collect();
    assert!(missing.is_empty(), "{pages:?} lack {missing:?}");
}

/// Names of members and words of enumerations, at any depth of a JSON Schema.
fn collect(schema: &serde_json::Value, names: &mut BTreeSet<String>) {
    if let Some(properties) = schema.get("properties").and_then(|p| p.as_object()) {
        names.extend(properties.keys().cloned());
    }
    let words = schema
        .get("enum")
        .and_then(|e| e.as_array())
        .into_iter()
        .flatten();
    names.extend(
        words
            .chain(schema.get("const"))
            .filter_map(|w| w.as_str())
            .map(str::to_owned),
    );
    match schema {
        serde_json::Value::Object(members) => {
            members.values().for_each(|value| collect(value, names))
        }
        serde_json::Value::Array(items) => items.iter().for_each(|value| collect(value, names)),
        _ => {}
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest: toml::Table =
        toml::from_str(&fs::read_to_string(root().join("Cargo.toml")).unwrap()).unwrap();
    let mut used = BTreeSet::new();
    for part in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let table = manifest.get(part).and_then(toml::Value::as_table);
        used.extend(table.into_iter().flat_map(|t| t.keys().cloned()));
    }
    let listed = Page::read("docs/dependencies.md").first_cells("crate");
    let unique: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(unique.len(), listed.len(), "a crate is listed twice");
    assert_eq!(unique, used, "docs/dependencies.md and Cargo.toml disagree");
}

#[test]
fn every_command_is_described() {
    let page = Page::read("docs/guide/commands.md");
    let mut open = vec![Vec::new()];
    let mut found = 0;
    while let Some(path) = open.pop() {
        let line = ["$ leastwise"]
            .into_iter()
            .chain(path.iter().map(String::as_str));
        let line = line.collect::<Vec<_>>().join(" ");
        let help = std::process::Command::new(env!("CARGO_BIN_EXE_leastwise"))
            .args(&path)
            .arg("-h")
            .output()
            .unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        let inner: Vec<&str> = help
            .lines()
            .skip_while(|line| *line != "Commands:")
            .skip(1)
            .map_while(|line| line.strip_prefix("  "))
            // What a command is for may take two lines.
            .filter(|line| !line.starts_with(' '))
            .filter_map(|line| line.split_whitespace().next())
            .filter(|name| *name != "help")
            .collect();
        // What only holds other commands is described by them.
        let described = page.text.contains(&format!("\n{line} -h\n"));
        assert!(
            described || !inner.is_empty(),
            "docs/guide/commands.md lacks `{line} -h`"
        );
        found += 1;
        open.extend(inner.into_iter().map(|name| {
            let mut path = path.clone();
            path.push(name.to_owned());
            path
        }));
    }
    assert!(found >= 10, "the help lists no commands: {found}");
}
