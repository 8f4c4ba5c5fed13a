//! What scans read: in a snapshot, unlike in an export, what is not there is known not to exist, or known to be unread.

use super::record::Coverage;
use crate::model::{DocumentId, ScanRecord, ScanUnit};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// The units of all snapshots of the input.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    /// Snapshots that hold any unit of the hierarchy. Parts of exports are none.
    documents: FxHashSet<DocumentId>,
    /// By node, as the unit is named.
    nodes: FxHashMap<Box<str>, Vec<Node>>,
    /// Snapshots of a whole organisation, and those whose search of the hierarchy is whole.
    organizations: FxHashSet<DocumentId>,
    searched: FxHashSet<DocumentId>,
    /// Units come one after the other, and most read the same types.
    types: Arc<[String]>,
}

#[derive(Debug)]
struct Node {
    document: DocumentId,
    whole: bool,
    types: Arc<[String]>,
}

impl Scanned {
    /// Learns what `document` says of itself.
    pub(super) fn learn(&mut self, document: DocumentId, record: &ScanRecord) {
        match record {
            ScanRecord::Begin { scope, .. } => {
                let all = scope
                    .iter()
                    .any(|entry| entry.starts_with("organizations/"));
                if all && !scope.iter().any(|entry| entry.starts_with('!')) {
                    self.organizations.insert(document);
                }
            }
            ScanRecord::Unit(unit) => self.unit(document, unit),
            ScanRecord::Missing { .. } | ScanRecord::End { .. } => {}
        }
    }

    fn unit(&mut self, document: DocumentId, unit: &ScanUnit) {
        let is_search = unit.unit == "hierarchy";
        let is_node = ["organizations/", "folders/", "projects/"]
            .iter()
            .any(|kind| unit.unit.starts_with(kind));
        if !is_search && !is_node {
            return;
        }
        self.documents.insert(document);
        if is_search {
            if unit.whole {
                self.searched.insert(document);
            }
            return;
        }
        if *self.types != *unit.types {
            self.types = unit.types.as_slice().into();
        }
        let node = Node {
            document,
            whole: unit.whole,
            types: Arc::clone(&self.types),
        };
        let nodes = self.nodes.entry(unit.unit.as_str().into()).or_default();
        // A document may be read twice.
        match nodes.iter_mut().find(|known| known.document == document) {
            Some(known) => *known = node,
            None => nodes.push(node),
        }
    }

    /// The snapshots.
    pub(super) fn documents(&self) -> &FxHashSet<DocumentId> {
        &self.documents
    }

    /// Whether `document` would list the projects below an organisation if it lists any: an export does, and a scan
    /// of less than the organisation does not.
    pub(super) fn may_list_all(&self, document: DocumentId) -> bool {
        !self.documents.contains(&document)
            || (self.organizations.contains(&document) && self.searched.contains(&document))
    }

    /// Whether a scan read everything of the type that belongs to `node`; `None` if no scan was to read that node.
    /// Where it does not tell types, it did if nothing of the node is missing and its document `holds` any such asset.
    pub(super) fn read(
        &self,
        asset_type: &str,
        node: &str,
        holds: &dyn Fn(DocumentId) -> bool,
    ) -> Option<bool> {
        let scans = self.nodes.get(node)?;
        let read = |scan: &Node| match scan.types.is_empty() {
            true => scan.whole && holds(scan.document),
            false => scan.types.iter().any(|known| known == asset_type),
        };
        Some(scans.iter().any(read))
    }

    /// [`Scanned::read`] of what `coverage` is about.
    pub(super) fn covers(&self, coverage: &Coverage, node: &str) -> bool {
        let holds = |scan| coverage.scans.contains(&scan);
        let read = self.read(&coverage.asset_type, node, &holds);
        read == Some(true)
    }
}
