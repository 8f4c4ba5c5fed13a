//! The pages say what is so: their commands run, their output is what is printed, their examples parse, their
//! links lead somewhere, and every name that the product has is on them.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "support/cloud/mod.rs"]
mod cloud;
#[path = "guide/commands.rs"]
mod commands;
#[path = "guide/complete.rs"]
mod complete;
#[path = "guide/markdown.rs"]
mod markdown;
#[path = "guide/shell.rs"]
mod shell;

use markdown::{Page, all, guide, handwritten, root};
use regex::Regex;
use std::fs;

#[test]
fn commands_of_the_pages_do_what_they_say() {
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    let mut failures = Vec::new();
    let mut run = 0;
    let check = |page: &Page| {
        let outcome = commands::run(page);
        match outcome.rewritten(page).filter(|_| update) {
            Some(text) => {
                fs::write(root().join(&page.path), text).unwrap();
                commands::run(&Page::read(&page.path))
            }
            None => outcome,
        }
    };
    let pages = guide();
    std::thread::scope(|scope| {
        let running: Vec<_> = pages
            .iter()
            .map(|page| scope.spawn(|| check(page)))
            .collect();
        for page in running {
            let mut outcome = page.join().unwrap();
            failures.append(&mut outcome.failures);
            run += outcome.run;
        }
    });
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    assert!(run >= 30, "the pages have lost their commands: {run}");
}

#[test]
fn examples_are_what_they_claim_to_be() {
    let report: serde_json::Value = serde_json::from_str(
        &fs::read_to_string(root().join("docs/schema/report.schema.json")).unwrap(),
    )
    .unwrap();
    for page in handwritten() {
        for block in page.blocks() {
            let place = format!("{}:{}", page.path, block.line);
            let text = block.body.join("\n");
            match block.language.as_str() {
                "toml" => {
                    text.parse::<toml::Table>()
                        .unwrap_or_else(|error| panic!("{place}: {error}"));
                }
                "json" => {
                    let value: serde_json::Value = serde_json::from_str(&text)
                        .unwrap_or_else(|error| panic!("{place}: {error}"));
                    if let Some(name) = block.mark("schema") {
                        let schema = serde_json::json!({
                            "$ref": format!("#/$defs/{name}"), "$defs": report["$defs"],
                        });
                        let validator = jsonschema::draft202012::new(&schema).unwrap();
                        let errors: Vec<String> = validator
                            .iter_errors(&value)
                            .map(|e| e.to_string())
                            .collect();
                        assert!(errors.is_empty(), "{place}: {errors:?}");
                    }
                }
                "yaml" => yaml(&text, &place),
                "sh" | "console" | "text" => {}
                other => panic!("{place}: a block of an unknown kind `{other}`"),
            }
        }
    }
}

fn yaml(text: &str, place: &str) {
    for event in saphyr_parser::Parser::new_from_str(text) {
        event.unwrap_or_else(|error| panic!("{place}: {error}"));
    }
}

#[test]
fn links_lead_somewhere() {
    let link = Regex::new(r"\[[^\]]*\]\(([^)\s]+)\)").unwrap();
    let pages = all();
    let mut broken = Vec::new();
    for page in &pages {
        let folder = page.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for found in link.captures_iter(&page.prose()) {
            let target = &found[1];
            if target.starts_with("https://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() {
                page.path.clone()
            } else {
                resolve(folder, file)
            };
            let there = root().join(&path).exists();
            let other = pages.iter().find(|other| other.path == path);
            let anchored = anchor.is_empty()
                || other.is_some_and(|other| other.anchors().iter().any(|a| a == anchor));
            if !there || !anchored {
                broken.push(format!("{}: {target}", page.path));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// `file` as seen from `folder`, relative to the root.
fn resolve(folder: &str, file: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in file.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn paths_that_the_pages_name_exist() {
    let code = Regex::new(r"`([^`\s]+)`").unwrap();
    let tops = [
        "src/",
        "tests/",
        "docs/",
        "fixtures/",
        "rules/",
        "benches/",
        ".ci/",
        ".github/",
    ];
    for path in [
        "CONTRIBUTING.md",
        "README.md",
        "docs/README.md",
        "docs/dependencies.md",
    ] {
        for found in code.captures_iter(&Page::read(path).prose()) {
            let name = &found[1];
            // A placeholder stands for many.
            if tops.iter().any(|top| name.starts_with(top)) && !name.contains(['<', '*']) {
                assert!(root().join(name).exists(), "{path}: {name} does not exist");
            }
        }
    }
}

#[test]
fn ci_runs_what_the_readme_says_and_trusts_nothing_that_moves() {
    let script = fs::read_to_string(root().join(".ci/run")).unwrap();
    assert!(
        Page::read("README.md")
            .text
            .contains("\ncargo test --locked\n")
    );
    assert!(script.contains("\nstep cargo test --locked\n"));
    let pinned = Regex::new(r"^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$").unwrap();
    let mut workflows = 0;
    for entry in fs::read_dir(root().join(".github/workflows")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        let text = fs::read_to_string(&path).unwrap();
        yaml(&text, &name);
        assert!(text.contains("\npermissions: {}\n"), "{name}: permissions");
        for line in text.lines() {
            if let Some((_, action)) = line.split_once("uses: ") {
                assert!(pinned.is_match(action), "{name}: not pinned: {action}");
            }
        }
        let runs_the_script = text.lines().any(|line| line.trim() == "- run: .ci/run");
        workflows += usize::from(runs_the_script);
    }
    assert_eq!(workflows, 1, "one workflow runs .ci/run");
}
