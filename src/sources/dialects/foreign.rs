//! What looks like Google Cloud data and is not policy: named, so that nobody wonders.

use super::node::Node;
use serde_json::Value;

/// Why `node` is none of ours, if its shape is one that people mistake for policy.
pub(super) fn reason(node: &Node<'_>) -> Option<&'static str> {
    if node.has("private_key") && node.has_any(&["private_key_id", "client_email"]) {
        return Some("a private key of a service account: a credential, not an export");
    }
    if node.has("protoPayload") || node.has("proto_payload") {
        return Some(
            "audit log entries: not a policy; they say what was used, not what is granted",
        );
    }
    if node.has("logName") && node.has_any(&["jsonPayload", "textPayload", "insertId", "resource"])
    {
        return Some("log entries of Cloud Logging: not a policy");
    }
    let kind = node.text("kind").unwrap_or_default();
    if kind == "storage#object" || (node.has("bucket") && node.has("mediaLink")) {
        return Some(
            "a Cloud Storage object without its access control list, or an event about one: nothing to judge",
        );
    }
    if node.text("storage_url").is_some_and(is_object_url) && node.has("bucket") {
        return Some("a Cloud Storage object without its access control list: nothing to judge");
    }
    if node.has_any(&["specversion", "specVersion", "ce-specversion"]) && node.has("type") {
        return Some("a CloudEvent: it tells of a change, not of a state");
    }
    if node.has("message") && node.has("subscription") {
        return Some("a Pub/Sub message: not a policy");
    }
    if node.has("activityType") && node.has("fullResourceName") {
        return Some(
            "policy analyzer activities of a kind that is not judged: they say what was used, not what is granted",
        );
    }
    let name = node.text("name").unwrap_or_default();
    if name.contains("/insightTypes/") {
        return Some("recommender insights: they say what was used, not what is granted");
    }
    // Those about access are judged.
    if name.contains("/recommenders/") && !name.contains("/google.iam.policy.Recommender/") {
        return Some("recommendations of a recommender: advice, not a policy");
    }
    if node.has("finding") && node.has_any(&["notificationConfigName", "resource"]) {
        return Some("a finding of Security Command Center: not a policy");
    }
    let api = node.text("apiVersion").unwrap_or_default();
    if api.contains("cnrm.cloud.google.com") {
        return Some("a Config Connector manifest: export the live policy instead");
    }
    if node.has("kind")
        && node.has("metadata")
        && !api.is_empty()
        && !api.contains("knative.dev")
        && !api.contains("run.googleapis.com")
    {
        return Some("a Kubernetes object: not Google Cloud policy");
    }
    None
}

fn is_object_url(url: &str) -> bool {
    url.strip_prefix("gs://")
        .and_then(|rest| rest.split_once('/'))
        .is_some_and(|(_, object)| !object.is_empty())
}

/// Why an object that no reader knows is foreign: its first members, safe to print.
pub(super) fn unknown_object(node: &Node<'_>) -> String {
    let mut keys: Vec<String> = node
        .members()
        .map(|(key, _)| key)
        .take(5)
        .map(|key| format!("{:?}", key.chars().take(40).collect::<String>()))
        .collect();
    if node.value.as_object().is_some_and(|o| o.len() > keys.len()) {
        keys.push("…".to_owned());
    }
    format!(
        "no policy, resource or list of Google Cloud that we know (it has {})",
        keys.join(", ")
    )
}

/// What JSON calls the type of `value`.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}
