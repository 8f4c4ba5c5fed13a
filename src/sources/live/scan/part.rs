//! What a call brought, ready to be written, and what it did not bring.

use super::super::calls::Call;
use super::super::{Trouble, TroubleKind};
use super::missing::Failed;
use super::node::{Kind, Node};
use crate::sources::snapshot::Missing;
use serde_json::Value;
use std::collections::BTreeSet;

/// What a call brought.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Assets, each on a line.
    pub(super) lines: Vec<u8>,
    /// How many.
    pub(super) assets: u64,
    /// Calls that failed.
    pub(super) lost: Vec<Lost>,
    /// Elements that were deleted between the list and the question about them.
    pub(super) gone: u64,
}

/// A call that failed.
#[derive(Debug)]
pub(super) struct Lost {
    pub(super) call: &'static Call,
    pub(super) kind: TroubleKind,
    /// What of the trouble is said once only, if it is not of this call alone.
    pub(super) shared: Option<String>,
    pub(super) missing: Missing,
}

impl Part {
    /// Nothing but the call that failed for `resource`.
    pub(super) fn failed(
        call: &'static Call,
        node: &Node,
        resource: &str,
        trouble: &Trouble,
    ) -> Part {
        let mut part = Part::default();
        part.lose(call, node, resource, trouble);
        part
    }

    pub(super) fn add(&mut self, other: Part) {
        self.lines.extend_from_slice(&other.lines);
        self.assets += other.assets;
        self.lost.extend(other.lost);
        self.gone += other.gone;
    }

    /// Adds an asset.
    pub(super) fn write(&mut self, asset: &Value) {
        // Writing into memory cannot fail.
        if serde_json::to_writer(&mut self.lines, asset).is_ok() {
            self.lines.push(b'\n');
            self.assets += 1;
        }
    }

    pub(super) fn lose(
        &mut self,
        call: &'static Call,
        node: &Node,
        resource: &str,
        trouble: &Trouble,
    ) {
        let failed = Failed {
            call: call.id,
            permission: call.permissions.first().copied(),
            resource: Some(resource),
            project: (node.kind() == Kind::Project).then(|| node.id()),
        };
        self.lost.push(Lost {
            call,
            kind: trouble.kind,
            shared: shared(call, trouble),
            missing: failed.missing(trouble),
        });
    }

    /// The ids of the calls that failed.
    pub(super) fn failed_calls(&self) -> BTreeSet<&'static str> {
        self.lost.iter().map(|lost| lost.call.id).collect()
    }

    /// What is missing. What is true of a whole service, or of the whole run, is said once.
    pub(super) fn missing(&self) -> Vec<Missing> {
        let mut said = BTreeSet::new();
        let lost = self.lost.iter().filter(|lost| match &lost.shared {
            Some(of) => said.insert((lost.kind, of)),
            None => true,
        });
        lost.map(|lost| lost.missing.clone()).collect()
    }
}

/// Of what a trouble is true: an API, a host, everything; `None`: of the call alone.
pub(super) fn shared(call: &Call, trouble: &Trouble) -> Option<String> {
    match trouble.kind {
        TroubleKind::Cancelled | TroubleKind::Offline => Some(String::new()),
        TroubleKind::Disabled => Some(call.api()),
        // Of services with a host for each region, one may be down.
        TroubleKind::GivenUp => Some(trouble.service.clone()),
        _ => None,
    }
}
