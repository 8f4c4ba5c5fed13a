//! Buckets of the JSON API (`--raw`, gsutil, REST), which is also their normal form, and what all four
//! dialects share.

use super::document::{Found, Scope};
use super::node::{Draft, Node};
use super::policy::draft_for;
use super::{bucket_gcloud, names};
use crate::model::{Dialect, GapReason};
use serde_json::Value;

/// Where the settings stand in the asset.
pub(super) const DATA: &str = "/resource/data";

/// `gcloud storage ls --buckets --json`: `{url, type: "cloud_bucket", metadata}`.
pub(super) fn read_listing(node: &Node<'_>, scope: &Scope, found: &mut Found) -> bool {
    if node.text("type") != Some("cloud_bucket") {
        return false;
    }
    let Some(metadata) = node.get("metadata") else {
        return false;
    };
    if is_bucket(&metadata) {
        put(&metadata, scope, found);
        return true;
    }
    bucket_gcloud::read(&metadata, found)
}

/// A bucket of the JSON API, or the part of one that `gsutil lifecycle get` prints.
pub(super) fn read(node: &Node<'_>, scope: &Scope, found: &mut Found) -> bool {
    if is_bucket(node) {
        put(node, scope, found);
        return true;
    }
    if is_part(node) {
        let mut draft = draft_for(
            scope.resource.clone(),
            Dialect::BucketJsonApi,
            &node.pointer,
            found,
        );
        draft.copy(DATA, node);
        draft.lack(DATA, GapReason::ContentMissing);
        finish(&mut draft);
        found.asset(Dialect::BucketJsonApi, draft);
        return true;
    }
    if is_lifecycle(node) {
        let mut draft = draft_for(
            scope.resource.clone(),
            Dialect::BucketJsonApi,
            &node.pointer,
            found,
        );
        draft.lack(DATA, GapReason::ContentMissing);
        draft.copy("/resource/data/lifecycle", node);
        found.asset(Dialect::BucketJsonApi, draft);
        return true;
    }
    false
}

fn is_bucket(node: &Node<'_>) -> bool {
    if node.text("kind") == Some("storage#bucket") {
        return true;
    }
    let settings = [
        "iamConfiguration",
        "storageClass",
        "locationType",
        "timeCreated",
        "softDeletePolicy",
        "versioning",
        "defaultObjectAcl",
        "retentionPolicy",
        "lifecycle",
        "metageneration",
    ];
    let count = settings.iter().filter(|key| node.has(key)).count();
    let named = node
        .text("name")
        .is_some_and(|n| !n.is_empty() && !n.contains('/'));
    // Objects have most of these too, and say in which bucket they are.
    named
        && count >= 2
        && !node.has_any(&["bucket", "size", "mediaLink", "selfLinkWithId"])
        && (node.has("iamConfiguration") || node.has("location"))
}

/// The answer to a request for some fields only (`?fields=iamConfiguration`), without the bucket's name.
fn is_part(node: &Node<'_>) -> bool {
    let settings = node.get("iamConfiguration");
    settings.is_some_and(|s| {
        s.has_any(&[
            "uniformBucketLevelAccess",
            "bucketPolicyOnly",
            "publicAccessPrevention",
        ])
    }) && !node.has_any(&["bucket", "size"])
}

fn is_lifecycle(node: &Node<'_>) -> bool {
    let Some(rules) = node.get("rule") else {
        return false;
    };
    node.value.as_object().is_some_and(|o| o.len() == 1)
        && rules.value.as_array().is_some_and(|r| !r.is_empty())
        && rules
            .elements()
            .all(|r| r.get("action").is_some_and(|a| a.has("type")) && r.has("condition"))
}

fn put(node: &Node<'_>, scope: &Scope, found: &mut Found) {
    let named = node
        .text("name")
        .or_else(|| node.text("id"))
        .and_then(|name| names::bucket_name(name, ""))
        .or_else(|| node.text("selfLink").and_then(names::resource_of_url))
        .or_else(|| scope.resource.clone());
    let mut draft = draft_for(named, Dialect::BucketJsonApi, &node.pointer, found);
    draft.copy(DATA, node);
    without_filter(&mut draft);
    finish(&mut draft);
    found.asset(Dialect::BucketJsonApi, draft);
}

/// Who may not see the IP filter is shown none (permission `storage.buckets.getIpFilter`), so to a reader of the API its
/// absence says nothing.
pub(super) fn without_filter(draft: &mut Draft) {
    if !draft.has("/resource/data/ipFilter") {
        draft.lack_data(&["/ipFilter"], GapReason::ContentMissing);
    }
}

/// What every dialect of a bucket ends with, once its settings stand in the fields of the JSON API.
pub(super) fn finish(draft: &mut Draft) {
    // `bucketPolicyOnly` is the former name of the same switch; old answers have only it.
    let data = "/resource/data/iamConfiguration";
    let (old, new) = (
        format!("{data}/bucketPolicyOnly"),
        format!("{data}/uniformBucketLevelAccess"),
    );
    if let (Some(value), false) = (draft.at(&old).cloned(), draft.has(&new)) {
        let source = draft.source(&old);
        draft.set(&new, value, &source);
    }
    if let Some(number) = draft
        .at("/resource/data/projectNumber")
        .and_then(super::node::id_text)
        && !draft.has("/resource/parent")
    {
        let source = draft.source("/resource/data/projectNumber");
        let parent = format!("//cloudresourcemanager.googleapis.com/projects/{number}");
        draft.set("/resource/parent", Value::from(parent), &source);
    }
    // Lists are read without ACLs unless the full projection is asked for and the reader may see them.
    // Only under uniform access does their absence mean that there are none.
    let uniform = draft.at(&format!("{new}/enabled")).and_then(Value::as_bool) == Some(true);
    if !uniform {
        for list in ["/acl", "/defaultObjectAcl"] {
            if !draft.has(&format!("{DATA}{list}")) {
                draft.lack_data(&[list], GapReason::ContentMissing);
            }
        }
    }
}
