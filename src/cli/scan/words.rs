//! What a scan says on standard error.

use crate::cli::arguments::TalkArguments;
use crate::cli::output::note;
use crate::cli::reads::{Cause, Reads};
use crate::sources::live::credentials::{Identity, SourceKind};
use crate::sources::live::scan::Summary;
use crate::sources::live::scan::hierarchy::{Hierarchy, Skipped};
use crate::sources::snapshot::Writer;
use std::collections::BTreeMap;

/// So many names are told of each reason; `-v` tells all.
const FEW: usize = 3;

/// What of the scope is not read.
pub(super) fn of_hierarchy(hierarchy: &Hierarchy, talk: &TalkArguments) {
    if talk.quiet > 0 {
        return;
    }
    if let Some(text) = skipped(&hierarchy.skipped, talk.verbose > 0) {
        note(&text);
    }
    for text in &hierarchy.notes {
        note(text);
    }
}

/// `skipped 3: 2 DELETE_REQUESTED (projects/a, projects/b), 1 excluded (projects/c)`.
fn skipped(skipped: &[Skipped], all: bool) -> Option<String> {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in skipped {
        by_reason.entry(&one.why).or_default().push(&one.unit);
    }
    let told: Vec<String> = by_reason
        .iter()
        .map(|(why, units)| {
            let shown = if all {
                units.len()
            } else {
                FEW.min(units.len())
            };
            let more = match units.len() - shown {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!(
                "{} {why} ({}{more})",
                units.len(),
                units[..shown].join(", ")
            )
        })
        .collect();
    (!told.is_empty()).then(|| format!("skipped {}: {}", skipped.len(), told.join(", ")))
}

/// Who asks.
pub(super) fn of_identity(identity: &Identity, talk: &TalkArguments) {
    if talk.quiet > 0 {
        return;
    }
    let who = identity.who.as_deref().unwrap_or(match identity.kind {
        SourceKind::Anonymous => "nobody",
        _ => "an identity that does not say its name",
    });
    let through = identity.through.as_ref();
    let through = through.map_or_else(String::new, |through| {
        let base = through.who.as_deref().unwrap_or(through.kind.words());
        format!(" by impersonation through {base}")
    });
    let billed = identity.quota_project.as_ref();
    let billed = billed.map_or_else(String::new, |(project, _)| {
        format!(", on the quota of {project}")
    });
    note(&format!(
        "asks as {who}{through} ({}, {}){billed}",
        identity.kind.words(),
        identity.place
    ));
}

/// What rules ask about and is not read.
pub(super) fn of_reads(reads: &Reads, talk: &TalkArguments) {
    if talk.verbose == 0 {
        return;
    }
    // Whether Cloud Asset Inventory answers, the summary says.
    let left = reads
        .left
        .iter()
        .filter(|left| left.cause != Cause::Inventory);
    for left in left {
        let rules = counted(left.rules.len(), "rule asks", "rules ask");
        note(&format!(
            "not read: {}, {}; {rules} about it",
            left.what, left.why
        ));
    }
}

/// What a resumed scan goes on from.
pub(super) fn of_resumed(writer: &Writer, talk: &TalkArguments) {
    let resumed = writer.resumed();
    if talk.quiet > 0 || (resumed.whole == 0 && resumed.incomplete == 0 && resumed.lost == 0) {
        return;
    }
    let mut parts = vec![format!("{} whole", resumed.whole)];
    if resumed.incomplete > 0 {
        parts.push(format!("{} incomplete and read again", resumed.incomplete));
    }
    if resumed.lost > 0 {
        parts.push(format!("{} damaged and read again", resumed.lost));
    }
    note(&format!(
        "goes on from the saved scan: {}",
        parts.join(", ")
    ));
}

/// What the reading says besides what it read.
pub(super) fn of_summary(summary: &Summary, talk: &TalkArguments) {
    if talk.quiet > 0 {
        return;
    }
    summary.notes.iter().for_each(|text| note(text));
    if summary.gone > 0 {
        let count = usize::try_from(summary.gone).unwrap_or(usize::MAX);
        note(&format!(
            "{} while the scan ran",
            counted(count, "resource was deleted", "resources were deleted")
        ));
    }
}

/// `1 node`, `2 nodes`.
pub(super) fn counted(count: usize, one: &str, several: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {several}"),
    }
}

#[cfg(test)]
mod tests {
    use super::skipped;
    use crate::sources::live::scan::hierarchy::Skipped;

    #[test]
    fn what_is_skipped_is_told_by_reason() {
        let one = |unit: &str, why: &str| Skipped {
            unit: unit.to_owned(),
            why: why.to_owned(),
        };
        assert_eq!(skipped(&[], false), None);
        let many: Vec<Skipped> = (0..5)
            .map(|at| one(&format!("projects/sys-{at}"), "made by Apps Script"))
            .chain([one("projects/old", "DELETE_REQUESTED")])
            .collect();
        assert_eq!(
            skipped(&many, false).as_deref(),
            Some(
                "skipped 6: 1 DELETE_REQUESTED (projects/old), 5 made by Apps Script (projects/sys-0, projects/sys-1, \
                 projects/sys-2 and 2 more)"
            )
        );
        let all = skipped(&many, true);
        assert!(all.is_some_and(|all| all.contains("projects/sys-4")));
    }
}
