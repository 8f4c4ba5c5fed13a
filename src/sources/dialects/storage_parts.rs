//! What belongs to a bucket and is listed apart from it: objects with their access control lists, and notifications.

use super::document::Found;
use super::node::{Draft, Node};
use crate::model::Dialect;

const BUCKETS: &str = "//storage.googleapis.com/projects/_/buckets";

/// An object whose list is there, or a notification, as the JSON API and gcloud print them. Other objects say nothing
/// of who may read them and are left to [`super::foreign`].
pub(super) fn read(node: &Node<'_>, found: &mut Found) -> bool {
    // `gcloud storage buckets notifications list`.
    if let Some(inner) = node.get("Notification Configuration") {
        return notification(&inner, found);
    }
    match node.text("kind") {
        Some("storage#notification") => notification(node, found),
        Some("storage#object") | None => object(node, found),
        Some(_) => false,
    }
}

fn object(node: &Node<'_>, found: &mut Found) -> bool {
    let (Some(bucket), Some(name)) = (node.text("bucket"), node.text("name")) else {
        return false;
    };
    let listed = node.get("acl").is_some_and(|acl| acl.value.is_array());
    let is_object = node.has_any(&["generation", "size", "storage_url", "mediaLink"]);
    if !listed || !is_object || bucket.is_empty() || bucket.contains('/') {
        return false;
    }
    put(&format!("{bucket}/objects/{name}"), "Object", node, found);
    true
}

/// Its own name is a number; whose it is stands in its link.
fn notification(node: &Node<'_>, found: &mut Found) -> bool {
    let link = node.text("selfLink").unwrap_or_default();
    let Some((_, path)) = link.split_once("/storage/v1/b/") else {
        return false;
    };
    let Some((bucket, id)) = path.split_once("/notificationConfigs/") else {
        return false;
    };
    if bucket.is_empty() || id.is_empty() || !node.has("topic") {
        return false;
    }
    let name = format!("{bucket}/notificationConfigs/{id}");
    put(&name, "NotificationConfig", node, found);
    true
}

fn put(path: &str, kind: &str, node: &Node<'_>, found: &mut Found) {
    let asset_type = format!("storage.googleapis.com/{kind}");
    let mut draft = Draft::new(&format!("{BUCKETS}/{path}"), &asset_type, &node.pointer);
    draft.copy("/resource/data", node);
    found.asset(Dialect::OtherResource, draft);
}
