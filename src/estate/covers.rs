//! How far the input goes: whether what is not in it does not exist, or is not told.

use super::record::Coverage;
use super::{Estate, NodeFact};
use crate::model::{DocumentId, ScanRecord};
use rustc_hash::FxHashSet;

impl Estate {
    /// Learns what a snapshot says of itself. May be told twice.
    pub fn scanned<'r>(
        &mut self,
        document: DocumentId,
        records: impl IntoIterator<Item = &'r ScanRecord>,
    ) {
        let records = records.into_iter();
        records.for_each(|record| self.scanned.learn(document, record));
    }

    /// Whether the input lists the projects below an organisation: a document has settings of both.
    pub fn lists_projects(&self) -> bool {
        let documents = |start: &str| -> FxHashSet<DocumentId> {
            let named = |node: &&NodeFact| {
                node.name
                    .split("googleapis.com/")
                    .nth(1)
                    .is_some_and(|name| name.starts_with(start))
            };
            self.nodes
                .values()
                .filter(named)
                .map(|node| node.evidence.document)
                .collect()
        };
        let (above, below) = (documents("organizations/"), documents("projects/"));
        let mut both = above.intersection(&below);
        both.any(|document| self.scanned.may_list_all(*document))
    }

    /// How far the input carries assets of a type that an analysis asked for, to be asked by [`Estate::covers`].
    pub fn coverage(&self, asset_type: &str) -> Coverage {
        let snapshots = self.scanned.documents();
        let coverage = self
            .records(asset_type)
            .map(|records| Coverage::of(records, snapshots))
            .unwrap_or_default();
        Coverage {
            asset_type: asset_type.into(),
            ..coverage
        }
    }

    /// Whether the input would hold the assets of `coverage` that belong to `node`, if there were any: it holds such
    /// assets in a document that speaks of `node`, too, or in one that lists those of several owners below `node` or
    /// below a folder or an organisation above it. A snapshot says itself what was read of which node.
    pub fn covers(&self, coverage: &Coverage, node: &str) -> bool {
        let spellings = [Some(node), self.alias(node)];
        let mut spelled = spellings.into_iter().flatten();
        if spelled.any(|node| self.scanned.covers(coverage, node)) {
            return true;
        }
        let mentions = spellings.into_iter().flatten().any(|node| {
            self.mentions
                .of(node)
                .iter()
                .any(|document| coverage.documents.contains(document))
        });
        let below = || {
            let chain = self.lineage(node, &[]).0;
            chain.iter().any(|above| coverage.tops.contains(above))
        };
        mentions || (!coverage.tops.is_empty() && below())
    }
}
