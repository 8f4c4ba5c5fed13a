//! `scan --preflight`: what would be refused.

use super::Scan;
use super::read::{Session, nothing_read};
use crate::cli::Failure;
use crate::cli::output::{print_json, print_text};
use crate::cli::reads::Reads;
use crate::report::{Format, escape};
use crate::settings::Exit;
use crate::sources::live::scan::{Preflight, Refused};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Asks, and tells.
pub(super) fn run(arguments: &Scan, session: Session) -> Result<Exit, Failure> {
    let hierarchy = session.hierarchy(arguments);
    if hierarchy.nodes.is_empty() {
        return Err(nothing_read(&hierarchy));
    }
    let rules = rules_of(&session.reads);
    let mut found = session.runtime.block_on(session.scan.preflight(&hierarchy));
    found.missing.extend(hierarchy.missing);
    if wants_json(arguments) {
        print_json(&wire(&found, &rules))?;
    } else {
        print_text(&text(&found, &rules))?;
    }
    let complete = found.refused.is_empty() && found.missing.is_empty();
    Ok(
        match complete || arguments.judging.verdict.allow_incomplete {
            true => Exit::Clean,
            false => Exit::Incomplete,
        },
    )
}

/// `--format json` is understood; there is one more form, for people.
pub(super) fn wants_json(arguments: &Scan) -> bool {
    crate::cli::output::targets(&arguments.judging.report)
        .is_ok_and(|targets| targets.iter().any(|target| target.format == Format::Json))
}

fn text(found: &Preflight, rules: &Rules<'_>) -> String {
    let mut text = String::new();
    // Writing into memory cannot fail.
    for (permission, refused) in &found.refused {
        let _ = writeln!(text, "{permission}   missing on {}", nodes(refused));
        let _ = writeln!(text, "  needed for {}", refused.calls.join(", "));
        let affected = affected(refused, rules);
        if !affected.is_empty() {
            let _ = writeln!(text, "  without it: {}", few(&affected));
        }
    }
    for missing in &found.missing {
        let _ = writeln!(text, "{}", escape::terminal(&missing.message));
    }
    if !found.untested.is_empty() {
        let list: Vec<&str> = found.untested.iter().copied().collect();
        let _ = writeln!(text, "cannot be tested: {}", list.join(", "));
    }
    let asked = found.nodes.len();
    let on = super::words::counted(asked, "node", "nodes");
    let _ = match (found.refused.len(), found.missing.is_empty()) {
        (0, true) => writeln!(
            text,
            "every permission that was asked about is held on {on}"
        ),
        (0, false) => writeln!(text, "not everything could be asked"),
        (count, _) => writeln!(
            text,
            "{} missing; `leastwise permissions` prints a role that has all",
            super::words::counted(count, "permission is", "permissions are"),
        ),
    };
    text
}

/// The rules that ask for each call.
type Rules<'r> = BTreeMap<&'static str, &'r BTreeSet<String>>;

fn rules_of(reads: &Reads) -> Rules<'_> {
    let calls = reads.calls.iter();
    calls.map(|read| (read.call.id, &read.rules)).collect()
}

/// The rules that cannot judge everything without a permission.
fn affected<'r>(refused: &Refused, rules: &Rules<'r>) -> BTreeSet<&'r str> {
    let calls = refused.calls.iter().filter_map(|call| rules.get(call));
    calls
        .flat_map(|rules| rules.iter().map(String::as_str))
        .collect()
}

/// `gcs-public-iam, gcs-ubla-disabled and 3 more`.
fn few(rules: &BTreeSet<&str>) -> String {
    let shown: Vec<&str> = rules.iter().copied().take(4).collect();
    match rules.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn nodes(refused: &Refused) -> String {
    match refused.nodes.as_slice() {
        [first, second, third, more @ ..] if !more.is_empty() => {
            format!("{first}, {second}, {third} and {} more", more.len())
        }
        few => few.join(", "),
    }
}

fn wire(found: &Preflight, rules: &Rules<'_>) -> Value {
    let refused: Vec<Value> = found
        .refused
        .iter()
        .map(|(permission, refused)| {
            json!({
                "permission": permission,
                "nodes": refused.nodes,
                "calls": refused.calls,
                "rules": affected(refused, rules),
            })
        })
        .collect();
    json!({
        "nodes": found.nodes,
        "refused": refused,
        "untested": found.untested,
        "missing": found.missing,
    })
}
