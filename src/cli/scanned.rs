//! What the snapshots of the input say of themselves, and what is not told because they are torn or incomplete.

use crate::model::{DocumentId, Gap, GapReason, Location, PlacedRecord, ScanRecord};
use std::collections::{BTreeMap, BTreeSet};

/// The statements of all snapshots of a run.
#[derive(Default)]
pub(super) struct Ledger {
    documents: BTreeMap<DocumentId, Statements>,
    /// Which parts of a scan of this scope, and this number of parts, are there.
    parts: BTreeMap<(Vec<String>, u32), BTreeSet<u32>>,
}

/// Those of one document.
#[derive(Default)]
struct Statements {
    begun: Option<Location>,
    /// Headers without their end: a document may be several snapshots, one after the other.
    open: i64,
    units: u64,
    /// What the ends say.
    told: u64,
    /// Units that are not whole, with their place; those of which something is told are taken out.
    open_units: BTreeMap<String, Location>,
    explained: BTreeSet<String>,
}

impl Ledger {
    /// Takes statements of `document`; gives the gaps that they are.
    pub(super) fn note(&mut self, document: DocumentId, records: Vec<PlacedRecord>) -> Vec<Gap> {
        let mut gaps = Vec::new();
        if records.is_empty() {
            return gaps;
        }
        let statements = self.documents.entry(document).or_default();
        for (record, place) in records {
            match record {
                ScanRecord::Begin { scope, shard } => {
                    statements.begun.get_or_insert(place);
                    statements.open += 1;
                    if let Some((index, of)) = shard {
                        self.parts.entry((scope, of)).or_default().insert(index);
                    }
                }
                ScanRecord::Missing {
                    unit,
                    reason,
                    message,
                    resource,
                } => {
                    statements.explained.insert(unit);
                    let gap = gap(reason, message, Some(document), Some(place));
                    gaps.push(Gap { resource, ..gap });
                }
                ScanRecord::Unit(unit) => {
                    statements.units += 1;
                    if !unit.whole {
                        statements.open_units.insert(unit.unit, place);
                    }
                }
                ScanRecord::End { units } => {
                    statements.open -= 1;
                    statements.told = statements.told.saturating_add(units);
                }
            }
        }
        gaps
    }

    /// What is wanting of the snapshots as such.
    pub(super) fn conclude(self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        for (document, statements) in self.documents {
            let told = |message: &str, place| {
                gap(
                    GapReason::Truncated,
                    message.to_owned(),
                    Some(document),
                    place,
                )
            };
            if statements.open > 0 {
                let message = "the scan was not finished; `leastwise scan --resume` goes on";
                gaps.push(told(message, statements.begun));
            } else if statements.open < 0 || (statements.units > 0 && statements.begun.is_none()) {
                gaps.push(told("the beginning of the snapshot is missing", None));
            } else if statements.units != statements.told {
                let message = format!(
                    "the scan left {} units, and {} are here: lines of the snapshot are missing",
                    statements.told, statements.units
                );
                gaps.push(told(&message, statements.begun));
            }
            for (unit, place) in statements.open_units {
                if !statements.explained.contains(&unit) {
                    let message = format!(
                        "something of {unit} was not read, and the snapshot does not say what"
                    );
                    gaps.push(told(&message, Some(place)));
                }
            }
        }
        for ((_, of), there) in self.parts {
            let missing: Vec<u32> = (1..=of).filter(|part| !there.contains(part)).collect();
            if missing.is_empty() {
                continue;
            }
            let list: Vec<String> = missing.iter().take(20).map(u32::to_string).collect();
            let message = format!(
                "a scan in {of} parts, and of these {} is not in the input ({}{}); `leastwise merge` joins them",
                missing.len(),
                list.join(", "),
                if missing.len() > list.len() {
                    ", …"
                } else {
                    ""
                }
            );
            gaps.push(gap(GapReason::Truncated, message, None, None));
        }
        gaps
    }
}

fn gap(
    reason: GapReason,
    message: String,
    document: Option<DocumentId>,
    location: Option<Location>,
) -> Gap {
    Gap {
        reason,
        message,
        resource: None,
        document,
        location,
        rules: Vec::new(),
        outcomes: 0,
    }
}
