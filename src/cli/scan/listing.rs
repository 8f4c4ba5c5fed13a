//! `scan --list-scope`: what would be read, and by which calls.

use super::Scan;
use super::preflight::wants_json;
use super::read::{Session, nothing_read};
use crate::cli::Failure;
use crate::cli::output::{print_json, print_text};
use crate::cli::reads::{Listed, Nodes, Reads, scope_listing};
use crate::report::escape;
use crate::settings::Exit;
use crate::sources::live::scan::hierarchy::Hierarchy;
use crate::sources::live::scan::node::{Kind, Node};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fmt::Write;

/// Reads the hierarchy, and tells.
pub(super) fn run(arguments: &Scan, session: Session) -> Result<Exit, Failure> {
    let mut hierarchy = session.hierarchy(arguments);
    if hierarchy.nodes.is_empty() {
        return Err(nothing_read(&hierarchy));
    }
    let names: HashSet<String> = hierarchy
        .nodes
        .iter()
        .map(|node| node.name().to_owned())
        .collect();
    if let Some(shard) = arguments.shard.shard()? {
        hierarchy.nodes.retain(|node| shard.takes(&node.unit));
    }
    let listed = scope_listing(&session.reads, count(&hierarchy.nodes, &names));
    if wants_json(arguments) {
        print_json(&wire(&hierarchy, &listed, &session.reads))?;
    } else {
        print_text(&text(&hierarchy, &listed))?;
    }
    Ok(
        match hierarchy.missing.is_empty() || arguments.judging.verdict.allow_incomplete {
            true => Exit::Clean,
            false => Exit::Incomplete,
        },
    )
}

fn count(nodes: &[Node], names: &HashSet<String>) -> Nodes {
    let mut count = Nodes::default();
    for node in nodes {
        match node.kind() {
            Kind::Organization => count.organizations += 1,
            Kind::Folder => count.folders += 1,
            Kind::Project => count.projects += 1,
        }
        let parent = node.ancestors.get(1);
        count.tops += u64::from(!parent.is_some_and(|parent| names.contains(&**parent)));
    }
    count
}

fn text(hierarchy: &Hierarchy, listed: &[Listed]) -> String {
    let mut text = String::new();
    // Writing into memory cannot fail.
    for node in &hierarchy.nodes {
        let above: Vec<&str> = node.ancestors.iter().skip(1).map(|name| &**name).collect();
        let place = match above.as_slice() {
            [] => String::new(),
            above => format!("   in {}", above.join(", ")),
        };
        let _ = writeln!(text, "{}{place}", node.unit);
    }
    let _ = writeln!(text);
    let width = |of: fn(&Listed) -> usize| listed.iter().map(of).max().unwrap_or_default();
    let call = width(|one| one.call.len());
    let per = width(|one| one.per.chars().count());
    let mut least = 0;
    for one in listed {
        let times = one
            .times
            .map_or_else(String::new, |times| format!("{times} ×"));
        least += one.times.unwrap_or_default();
        let permissions = one.permissions.join(", ");
        let _ = writeln!(
            text,
            "{:call$}   {times:>7} {:per$}   {permissions}",
            one.call, one.per
        );
    }
    for missing in &hierarchy.missing {
        let _ = writeln!(text, "\n{}", escape::terminal(&missing.message));
    }
    let nodes = super::words::counted(hierarchy.nodes.len(), "node", "nodes");
    let _ = writeln!(
        text,
        "\n{nodes}, at least {least} requests, and one for each element and further page"
    );
    text
}

fn wire(hierarchy: &Hierarchy, listed: &[Listed], reads: &Reads) -> Value {
    let nodes: Vec<Value> = hierarchy
        .nodes
        .iter()
        .map(|node| {
            let ancestors: Vec<&str> = node.ancestors.iter().map(|name| &**name).collect();
            json!({ "node": node.unit, "ancestors": ancestors })
        })
        .collect();
    let skipped: Vec<Value> = hierarchy
        .skipped
        .iter()
        .map(|one| json!({ "node": one.unit, "why": one.why }))
        .collect();
    json!({
        "nodes": nodes,
        "skipped": skipped,
        "calls": listed,
        "notRead": reads.left,
        "missing": hierarchy.missing,
    })
}
