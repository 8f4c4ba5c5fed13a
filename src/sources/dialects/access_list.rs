//! Entries of access control lists, outside the bucket they belong to: `gsutil defacl get`, REST lists.

use super::document::{Found, Scope};
use super::names;
use super::node::{Draft, Node};
use super::policy::draft_for;
use crate::model::{Dialect, GapReason};
use indexmap::IndexMap;

/// Which list of a bucket an entry belongs to.
fn list_of(node: &Node<'_>) -> &'static str {
    // Default object ACLs have the kind of object ACLs; gsutil prints no kind for them at all.
    match node.text("kind") {
        Some("storage#bucketAccessControl") => "/resource/data/acl",
        _ => "/resource/data/defaultObjectAcl",
    }
}

/// `{entity, role, …}` of a bucket or of its default object ACL; entries of an object are not ours.
pub(super) fn is_entry(node: &Node<'_>) -> bool {
    node.text("entity").is_some()
        && node.text("role").is_some()
        && !node.has("object")
        && match node.text("kind") {
            Some(kind) => matches!(
                kind,
                "storage#bucketAccessControl" | "storage#objectAccessControl"
            ),
            None => node
                .text("role")
                .is_some_and(|r| matches!(r, "OWNER" | "READER" | "WRITER")),
        }
}

pub(super) fn read_one(node: &Node<'_>, scope: &Scope, found: &mut Found) -> bool {
    if !is_entry(node) {
        return false;
    }
    read(std::slice::from_ref(node), scope, found);
    true
}

/// One asset per bucket, with nothing but its lists.
pub(super) fn read(entries: &[Node<'_>], scope: &Scope, found: &mut Found) {
    let mut drafts: IndexMap<String, Draft> = IndexMap::new();
    for entry in entries {
        let owner = entry
            .text("bucket")
            .and_then(|bucket| names::bucket_name(bucket, ""))
            .or_else(|| scope.resource.clone());
        let name = owner.as_ref().map(|(n, _)| n.clone()).unwrap_or_default();
        let draft = drafts.entry(name).or_insert_with(|| {
            let mut draft = draft_for(owner, Dialect::BucketJsonApi, &entry.pointer, found);
            draft.lack("/resource/data", GapReason::ContentMissing);
            draft
        });
        draft.push(list_of(entry), entry.value.clone(), &entry.pointer);
    }
    for draft in drafts.into_values() {
        found.asset(Dialect::BucketJsonApi, draft);
    }
}
