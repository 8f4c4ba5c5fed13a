//! The house in order: who imports whom, who may touch the world, and how long a file may be.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use support::{names, root};

/// Every room, in the order in which data flows, with the rooms that it may import.
const HOUSE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("escape", &[]),
    ("catalog", &["model"]),
    ("sources", &["model"]),
    ("estate", &["model", "catalog"]),
    ("access", &["model", "catalog", "estate"]),
    ("usage", &["model", "catalog"]),
    ("change", &["model"]),
    ("finding", &["model", "change"]),
    (
        "rules",
        &[
            "model", "catalog", "estate", "access", "usage", "change", "finding",
        ],
    ),
    // Suppressions and baselines speak of resources by name.
    ("settings", &["model", "finding"]),
    (
        "remediation",
        &[
            "model", "escape", "catalog", "estate", "access", "usage", "change", "finding",
            "rules", "settings",
        ],
    ),
    ("history", &["finding"]),
    // A report says what is new since the runs before.
    (
        "report",
        &[
            "model",
            "escape",
            "finding",
            "history",
            "settings",
            "remediation",
            "rules",
            "history",
        ],
    ),
    (
        "cli",
        &[
            "model",
            "escape",
            "catalog",
            "sources",
            "estate",
            "access",
            "usage",
            "change",
            "finding",
            "rules",
            "settings",
            "remediation",
            "report",
            "history",
        ],
    ),
];

/// The rooms that may open files and sockets, and look at the environment.
const MAY_TOUCH_THE_WORLD: [&str; 4] = ["sources", "settings", "history", "cli"];

const WORLD: [&str; 4] = ["fs", "net", "env", "process"];

/// A longer file is two.
const LONGEST_FILE: usize = 450;

/// A source file: its room, its path, and its code without comments, literals and unit tests.
struct File {
    room: String,
    path: String,
    code: String,
    lines: usize,
}

fn files() -> Vec<File> {
    let source = root().join("src");
    let mut paths = Vec::new();
    collect(&source, &mut paths);
    assert!(paths.len() > 50, "the sources were not found");
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let inside = path.strip_prefix(&source).unwrap();
        let room = inside.components().next().unwrap().as_os_str();
        let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
        File {
            room: room.to_str().unwrap().trim_end_matches(".rs").to_owned(),
            path: path.strip_prefix(root()).unwrap().display().to_string(),
            code: if is_test { String::new() } else { code(&text) },
            lines: text.lines().count(),
        }
    };
    let files = paths.into_iter().map(read);
    files
        .filter(|file| file.room != "lib" && file.room != "main")
        .collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for name in names(folder) {
        let path = folder.join(&name);
        if path.is_dir() {
            collect(&path, paths);
        } else if name.ends_with(".rs") {
            paths.push(path);
        }
    }
}

/// Code without comments, without what stands in string literals, and up to the unit tests at its end.
fn code(text: &str) -> String {
    let text = text
        .match_indices("#[cfg(test)]")
        .find(|(at, _)| {
            let rest = text[*at..]
                .lines()
                .map(str::trim)
                .find(|line| !line.starts_with("#["));
            rest.is_some_and(|line| line.starts_with("mod ") && line.contains('{'))
        })
        .map_or(text, |(at, _)| &text[..at]);
    let mut code = String::new();
    for line in text.lines() {
        let (mut quoted, mut escaped, mut previous) = (false, false, ' ');
        for c in line.chars() {
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' if previous != '\'' => quoted = !quoted,
                '/' if previous == '/' && !quoted => {
                    code.pop();
                    break;
                }
                _ if !quoted => code.push(c),
                _ => {}
            }
            previous = c;
        }
        code.push('\n');
    }
    code
}

/// The rooms that code names: `crate::room::…` and `crate::{room::…, …}`.
fn imports(code: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let mut rooms = BTreeSet::new();
    for (at, path) in code.match_indices("crate::") {
        let rest = &code[at + path.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            rooms.insert(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut begins = true;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => begins = true,
                _ if begins && !c.is_whitespace() => {
                    rooms.insert(word(&group[at..]));
                    begins = false;
                }
                _ => {}
            }
        }
    }
    rooms
}

/// What code uses of `std` that reaches outside of the process.
fn touches(code: &str) -> Option<&'static str> {
    let flat: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
    WORLD.into_iter().find(|module| {
        let plain =
            flat.contains(&format!("std::{module}::")) || flat.contains(&format!("std::{module};"));
        let grouped = flat.match_indices("std::{").any(|(at, open)| {
            let group = flat[at + open.len()..]
                .split(';')
                .next()
                .unwrap_or_default();
            group
                .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .any(|word| word == *module)
        });
        plain || grouped
    })
}

#[test]
fn rooms_import_only_what_the_house_allows() {
    let house: BTreeMap<&str, &[&str]> = HOUSE.iter().copied().collect();
    let mut faults = BTreeSet::new();
    for file in files() {
        let Some(allowed) = house.get(file.room.as_str()) else {
            faults.insert(format!(
                "{}: the house has no room {}",
                file.path, file.room
            ));
            continue;
        };
        for import in imports(&file.code) {
            if import != file.room && !allowed.contains(&import.as_str()) {
                faults.insert(format!(
                    "{}: {} may not import {import}",
                    file.path, file.room
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The order of the table is that of the data: nothing imports what comes later.
#[test]
fn the_house_has_no_circle() {
    let order: Vec<&str> = HOUSE.iter().map(|(room, _)| *room).collect();
    for (at, (room, allowed)) in HOUSE.iter().enumerate() {
        for import in *allowed {
            let place = order.iter().position(|known| known == import).unwrap();
            assert!(place < at, "{room} imports {import}, which comes after it");
        }
    }
}

#[test]
fn only_some_rooms_touch_the_world() {
    let faults: Vec<String> = files()
        .iter()
        .filter(|file| !MAY_TOUCH_THE_WORLD.contains(&file.room.as_str()))
        .filter_map(|file| Some(format!("{} uses std::{}", file.path, touches(&file.code)?)))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn no_file_is_too_long() {
    let faults: Vec<String> = files()
        .iter()
        .filter(|file| file.lines > LONGEST_FILE)
        .map(|file| format!("{}: {} lines", file.path, file.lines))
        .collect();
    assert!(faults.is_empty(), "over {LONGEST_FILE} lines: {faults:#?}");
}

/// The scanner sees what it must and nothing else.
#[test]
fn planted_imports_are_caught() {
    let planted = "
        //! crate::cli in words, std::fs::read too
        use crate::model::{Gap, Origin};
        use crate::{rules::{Rule, select}, report as told};
        fn f() { let s = \"crate::history \\\" std::net::x\"; crate::sources::read(); } // crate::usage
        use std::{collections::BTreeMap, env};
        #[cfg(test)]
        #[allow(clippy::unwrap_used)]
        mod tests { use crate::settings; }";
    let code = code(planted);
    let expected = ["model", "report", "rules", "sources"];
    assert_eq!(imports(&code), expected.map(str::to_owned).into());
    assert_eq!(touches(&code), Some("env"));
    assert_eq!(
        touches("use std::io::Read; std::process::exit(1)"),
        Some("process")
    );
    assert_eq!(
        touches("use std::io::{Read, Write}; let env = env!(\"X\");"),
        None
    );
}
