//! `scan --list-scope`: what would be read, and by which calls.

use super::Scan;
use super::preflight::wants_json;
use super::read::{Session, nothing_read};
use crate::cli::Failure;
use crate::cli::output::{print_json, print_text};
use crate::settings::Exit;
use crate::sources::live::calls::{Call, Per};
use crate::sources::live::scan::hierarchy::Hierarchy;
use crate::sources::live::scan::node::{Kind, Node};
use crate::sources::live::scan::plan::Plan;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fmt::Write;

/// Reads the hierarchy, and tells.
pub(super) fn run(arguments: &Scan, session: Session) -> Result<Exit, Failure> {
    let mut hierarchy = session.hierarchy(arguments);
    if hierarchy.nodes.is_empty() {
        return Err(nothing_read(&hierarchy));
    }
    let shard = arguments.shard.shard()?;
    let names: HashSet<String> = hierarchy
        .nodes
        .iter()
        .map(|node| node.name().to_owned())
        .collect();
    hierarchy
        .nodes
        .retain(|node| shard.is_none_or(|shard| shard.takes(&node.unit)));
    let plan = session.scan.plan();
    let counts: Vec<(&Call, Count)> = plan
        .calls()
        .iter()
        .filter(|call| call.per != Per::Scan)
        .map(|call| (*call, count(call, &hierarchy, &names, plan)))
        .collect();
    if wants_json(arguments) {
        print_json(&wire(&hierarchy, &counts))?;
    } else {
        print_text(&text(&hierarchy, &counts))?;
    }
    Ok(
        match hierarchy.missing.is_empty() || arguments.verdict.allow_incomplete {
            true => Exit::Clean,
            false => Exit::Incomplete,
        },
    )
}

/// How often a call is made.
enum Count {
    /// So often, and once more for each further page.
    Times(usize),
    /// Once for each element that another call brings.
    Each(&'static str),
}

fn count(call: &Call, hierarchy: &Hierarchy, names: &HashSet<String>, plan: &Plan) -> Count {
    let of = |wanted: Kind| {
        let nodes = hierarchy.nodes.iter();
        nodes.filter(|node| node.kind() == wanted).count()
    };
    let topmost = |node: &&Node| {
        let parent = node.ancestors.get(1);
        !parent.is_some_and(|parent| names.contains(&**parent))
    };
    Count::Times(match call.per {
        Per::Each(parent) => return Count::Each(parent),
        Per::Organization => of(Kind::Organization),
        Per::Folder => of(Kind::Folder),
        Per::Project => of(Kind::Project),
        Per::Node => hierarchy.nodes.len(),
        Per::Constraint => {
            hierarchy.nodes.iter().filter(topmost).count() * plan.constraints().len()
        }
        Per::Scan => 0,
    })
}

fn text(hierarchy: &Hierarchy, counts: &[(&Call, Count)]) -> String {
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
    let width = counts.iter().map(|(call, _)| call.id.len()).max();
    let width = width.unwrap_or_default();
    let mut least = 0;
    for (call, count) in counts {
        let times = match count {
            Count::Times(times) => {
                least += times;
                format!("{times} ×")
            }
            Count::Each(parent) => format!("for each of {parent}"),
        };
        let permissions = call.permissions.join(", ");
        let _ = writeln!(text, "{:width$}   {times}   {permissions}", call.id);
    }
    for missing in &hierarchy.missing {
        let _ = writeln!(text, "\n{}", missing.message);
    }
    let nodes = super::words::counted(hierarchy.nodes.len(), "node", "nodes");
    let _ = writeln!(
        text,
        "\n{nodes}, at least {least} requests, and one for each element and further page"
    );
    text
}

fn wire(hierarchy: &Hierarchy, counts: &[(&Call, Count)]) -> Value {
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
    let calls: Vec<Value> = counts
        .iter()
        .map(|(call, count)| {
            let (times, each) = match count {
                Count::Times(times) => (Some(times), None),
                Count::Each(parent) => (None, Some(parent)),
            };
            json!({
                "call": call.id,
                "api": call.api(),
                "times": times,
                "for_each": each,
                "permissions": call.permissions,
            })
        })
        .collect();
    json!({ "nodes": nodes, "skipped": skipped, "calls": calls, "missing": hierarchy.missing })
}
