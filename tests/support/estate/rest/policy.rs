//! Allow policies, as a caller of some version gets them.

use super::Ask;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// The policy version that a caller can read: in the query of GET, in the body or the query of POST.
pub fn version(ask: &Ask<'_>) -> u64 {
    let body = ask.request.body.pointer("/options/requestedPolicyVersion");
    let query = [
        "options.requestedPolicyVersion",
        "optionsRequestedPolicyVersion",
    ];
    let query = query
        .iter()
        .find_map(|name| ask.request.parameter(name)?.parse().ok());
    body.and_then(Value::as_u64).or(query).unwrap_or(1)
}

/// The policy. Below version 3 a conditional binding loses its condition, and its role gets another name.
pub fn shown(policy: Option<&Value>, version: u64) -> Map<String, Value> {
    let Some(Value::Object(policy)) = policy else {
        return Map::from_iter([("etag".to_owned(), json!("ACAB"))]);
    };
    let mut policy = policy.clone();
    let mut conditional = false;
    if let Some(Value::Array(bindings)) = policy.get_mut("bindings") {
        for binding in bindings {
            let Some(binding) = binding.as_object_mut() else {
                continue;
            };
            if !binding.get("condition").is_some_and(Value::is_object) {
                continue;
            }
            conditional = true;
            if version < 3
                && let Some(condition) = binding.remove("condition")
            {
                let digest = Sha256::digest(condition.to_string());
                let hex: String = digest.iter().take(10).map(|b| format!("{b:02x}")).collect();
                let role = binding.get("role").and_then(Value::as_str);
                let role = format!("{}_withcond_{hex}", role.unwrap_or_default());
                binding.insert("role".to_owned(), json!(role));
            }
        }
    }
    let told = if conditional && version >= 3 { 3 } else { 1 };
    policy.insert("version".to_owned(), json!(told));
    policy
        .entry("etag")
        .or_insert_with(|| json!("BwYkT3v1xQc="));
    policy
}
