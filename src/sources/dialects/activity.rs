//! What Activity Analyzer knows of service accounts and their keys: when they last authenticated.
//!
//! The shape is that of `gcloud policy-intelligence query-activity` and of `activityTypes.activities.query` of the
//! Policy Analyzer API, version 1. Cloud Asset Inventory has no type for it; it is called
//! `policyanalyzer.googleapis.com/Activity` here.

use super::document::Found;
use super::node::{Draft, Node};
use crate::model::Dialect;
use serde_json::Value;

/// The kinds of activity that are judged.
const JUDGED: [&str; 2] = [
    "serviceAccountLastAuthentication",
    "serviceAccountKeyLastAuthentication",
];

pub(super) fn read(node: &Node<'_>, found: &mut Found) -> bool {
    let kind = node.text("activityType").unwrap_or_default();
    let about = node.text("fullResourceName").unwrap_or_default();
    let (true, Some(path)) = (
        JUDGED.contains(&kind),
        about.strip_prefix("//iam.googleapis.com/"),
    ) else {
        return false;
    };
    let mut draft = Draft::new(
        &format!("//policyanalyzer.googleapis.com/{path}/activities/{kind}"),
        "policyanalyzer.googleapis.com/Activity",
        &node.pointer,
    );
    draft.copy("/resource/data", node);
    let source = super::node::join(&node.pointer, "fullResourceName");
    draft.set("/resource/parent", Value::from(about), &source);
    found.asset(Dialect::Activity, draft);
    true
}
