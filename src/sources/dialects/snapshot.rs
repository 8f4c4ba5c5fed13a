//! What a snapshot says of itself: see [`crate::sources::snapshot`].

use super::document::Found;
use super::node::Node;
use crate::model::{Dialect, GapReason};
use crate::sources::snapshot::statement;

/// A record of a snapshot: an object with the one key `leastwise`.
pub(super) fn read(node: &Node<'_>, found: &mut Found) -> bool {
    let alone = node
        .value
        .as_object()
        .is_some_and(|object| object.len() == 1);
    let Some(record) = node.get("leastwise").filter(|_| alone) else {
        return false;
    };
    match statement(record.value) {
        Ok(statement) => {
            let records = &mut found.of(Dialect::AssetInventory).records;
            records.push((statement, record.pointer));
        }
        Err(message) => {
            let reason = GapReason::Unrecognised;
            found.gap(Dialect::AssetInventory, reason, message, &record.pointer);
        }
    }
    true
}
