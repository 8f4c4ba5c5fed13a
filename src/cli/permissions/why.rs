//! Which call and which rule need a permission.

use super::word;
use crate::catalog::{Catalog, Level};
use crate::cli::Failure;
use crate::cli::reads::{Left, Reach, Reads};
use crate::remediation::roles::Mended;
use crate::report::escape;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Why<'a> {
    scope: &'static str,
    permissions: Vec<Permission<'a>>,
    left_out: Vec<LeftOut<'a>>,
    not_read: &'a [Left],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Permission<'a> {
    permission: &'a str,
    /// The lowest level at which it can be granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'static str>,
    calls: Vec<Needing<'a>>,
}

/// A call that needs a permission. Without rules, it finds what other calls are made for.
#[derive(Serialize)]
struct Needing<'a> {
    call: &'a str,
    rules: &'a BTreeSet<String>,
}

#[derive(Serialize)]
struct LeftOut<'a> {
    permission: &'a str,
    why: &'a str,
    calls: Vec<&'a str>,
}

/// The whole of it as JSON.
///
/// # Errors
/// None in practice: it is plain data.
pub(super) fn json(
    reach: Reach,
    reads: &Reads,
    mended: &Mended,
    catalog: &Catalog,
) -> Result<String, Failure> {
    let mut by_permission: BTreeMap<&str, Vec<Needing<'_>>> = BTreeMap::new();
    for read in &reads.calls {
        for permission in read.call.permissions {
            by_permission.entry(permission).or_default().push(Needing {
                call: read.call.id,
                rules: &read.rules,
            });
        }
    }
    let removed = mended.removed.iter().map(|one| {
        let calls = by_permission.remove(one.permission.as_str());
        LeftOut {
            permission: &one.permission,
            why: &one.why,
            calls: calls
                .into_iter()
                .flatten()
                .map(|needing| needing.call)
                .collect(),
        }
    });
    let left_out = removed.collect();
    let level = |permission| match catalog.lowest_level(permission) {
        Some(Level::Project) => Some("project"),
        Some(Level::Folder) => Some("folder"),
        Some(Level::Organization) => Some("organization"),
        None => None,
    };
    let permissions = by_permission
        .into_iter()
        .map(|(permission, calls)| Permission {
            permission,
            level: level(permission),
            calls,
        });
    let why = Why {
        scope: word(reach),
        permissions: permissions.collect(),
        left_out,
        not_read: &reads.left,
    };
    let text = serde_json::to_string_pretty(&why)
        .map_err(|error| Failure::usage(format!("the answer cannot be written: {error}")))?;
    Ok(escape::json(&text).into_owned() + "\n")
}
