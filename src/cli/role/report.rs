//! Tells what was changed to make a role that the API accepts.

use crate::cli::catalog::count;
use crate::cli::output::{note, warn};
use crate::escape::shell_word;
use crate::remediation::roles::{Home, Mended, Removed, Role};
use crate::report::escape;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// So many permissions are named one by one where they are only in doubt.
const FEW: usize = 5;

/// Tells all of it, on standard error.
pub(super) fn tell(mended: &Mended, home: Option<&Home>) {
    for change in &mended.changes {
        note(&format!("changed: {}", escape::terminal(change)));
    }
    if !mended.removed.is_empty() {
        let mut text = format!(
            "removed {}:",
            count(mended.removed.len(), "permission", "permissions")
        );
        let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for Removed { permission, why } in &mended.removed {
            by_reason.entry(why).or_default().push(permission);
        }
        for (why, permissions) in by_reason {
            // Writing to a string cannot fail.
            let _ = match permissions.as_slice() {
                [one] => write!(
                    text,
                    "\n  {} {}",
                    escape::terminal(one),
                    escape::terminal(why)
                ),
                several => {
                    let names = several.iter().map(|name| escape::terminal(name));
                    let names = names.collect::<Vec<_>>().join("\n    ");
                    write!(text, "\n  each {}:\n    {names}", escape::terminal(why))
                }
            };
        }
        note(&text);
    }
    for pattern in &mended.unresolved {
        warn(&format!(
            "{} is left out: the catalogue does not know all that it stands for; list the permissions",
            escape::terminal(pattern)
        ));
    }
    if !mended.testing.is_empty() {
        note(&format!(
            "kept though only tested in custom roles: {}",
            few(mended.testing.iter().map(String::as_str))
        ));
    }
    if !mended.doubtful.is_empty() {
        doubtful(&mended.doubtful, home);
    }
    for role in mended.roles.iter().skip(1) {
        part(role);
    }
    if let Some(first) = mended.roles.first().filter(|_| mended.roles.len() == 1) {
        for (permission, reason) in &first.reasons {
            note(&format!("{permission} lets its holder {reason}"));
        }
    }
}

fn doubtful(doubtful: &[Removed], home: Option<&Home>) {
    let names = few(doubtful.iter().map(|one| one.permission.as_str()));
    let parent = home.map_or("projects/PROJECT_ID".to_owned(), Home::parent);
    let resource = shell_word(&format!("//cloudresourcemanager.googleapis.com/{parent}"));
    warn(&format!(
        "kept {} of which the catalogue does not know whether a custom role may hold {} (`--drop-unknown` removes): {names}\n\
         → gcloud iam list-testable-permissions {resource} --format=json > testable.json\n\
         → leastwise catalog import testable.json --resource {}",
        count(doubtful.len(), "permission", "permissions"),
        if doubtful.len() == 1 { "it" } else { "them" },
        shell_word(&parent),
    ));
}

/// A role that is split off the first.
fn part(role: &Role) {
    let definition = &role.definition;
    let called = definition.id.as_ref().or(definition.title.as_ref());
    let mut text = format!(
        "split off `{}` with {}",
        escape::terminal(called.map_or("another role", String::as_str)),
        count(definition.permissions.len(), "permission", "permissions")
    );
    if !role.reasons.is_empty() {
        text.push_str(" by which somebody gains more than was granted:");
    }
    for (permission, reason) in &role.reasons {
        let _ = write!(text, "\n  {}: {reason}", escape::terminal(permission));
    }
    note(&text);
}

fn few<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    let mut told = names
        .iter()
        .take(FEW)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > FEW {
        let _ = write!(told, " and {} more", names.len() - FEW);
    }
    escape::terminal(&told).into_owned()
}
