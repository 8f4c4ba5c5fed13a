//! Whether two states are the same, but for what Google sets itself and for orders that mean nothing.

use leastwise::change::{Asset, Model};
use serde_json::{Map, Value, json};

/// The first asset that is not the same in both, with both; `None` where there is none.
pub fn difference(one: &Model, other: &Model) -> Option<String> {
    let names = one.iter().chain(other.iter()).map(|(name, _)| name);
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().find_map(|name| {
        let (left, right) = (one.get(name).map(plain), other.get(name).map(plain));
        (left != right).then(|| {
            let text = |side: Option<Value>| {
                serde_json::to_string_pretty(&side.unwrap_or_default()).unwrap_or_default()
            };
            format!("{name}\n{}\n-- but --\n{}", text(left), text(right))
        })
    })
}

/// An asset in the form in which it is compared.
pub fn plain(asset: &Asset) -> Value {
    let policy = asset
        .policy
        .as_ref()
        .map(policy)
        .filter(|it| *it != json!({}));
    let mut data = asset.resource.clone().unwrap_or_default();
    // A log prefix that nobody said is the bucket's name.
    if data.pointer("/logging/logObjectPrefix").is_some()
        && data.pointer("/logging/logObjectPrefix") == data.get("name")
    {
        data["logging"]["logObjectPrefix"] = Value::Null;
    }
    if let Some(fields) = data.as_object_mut() {
        for field in ["etag", "updateTime", "updated", "metageneration", "name"] {
            fields.remove(field);
        }
        for list in ["acl", "defaultObjectAcl"] {
            if let Some(Value::Array(entries)) = fields.get_mut(list) {
                for entry in entries.iter_mut() {
                    *entry = json!([entry["entity"], entry["role"]]);
                }
                sort(entries);
            }
        }
        if let Some(Value::Array(permissions)) = fields.get_mut("includedPermissions") {
            sort(permissions);
        }
        if let Some(spec) = fields.get_mut("spec").and_then(Value::as_object_mut) {
            spec.remove("etag");
            spec.remove("updateTime");
        }
    }
    json!({ "policy": policy, "data": bare(&data) })
}

/// Role, condition and member, each by itself; audit logs likewise.
fn policy(policy: &Value) -> Value {
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let mut grants = Vec::new();
    for binding in list(policy.get("bindings")) {
        for member in list(binding.get("members")) {
            let mut condition = binding.get("condition").cloned().unwrap_or_default();
            if condition.get("description").is_some_and(|it| it == "") {
                condition.as_object_mut().map(|it| it.remove("description"));
            }
            grants.push(json!([
                binding["role"],
                bare(&condition).to_string(),
                member
            ]));
        }
    }
    let mut logs = Vec::new();
    for config in list(policy.get("auditConfigs")) {
        for log in list(config.get("auditLogConfigs")) {
            logs.push(json!([config["service"], log["logType"], ""]));
            for member in list(log.get("exemptedMembers")) {
                logs.push(json!([config["service"], log["logType"], member]));
            }
        }
    }
    for list in [&mut grants, &mut logs] {
        sort(list);
        list.dedup();
    }
    if grants.is_empty() && logs.is_empty() {
        return json!({});
    }
    json!({ "grants": grants, "logs": logs })
}

fn sort(list: &mut [Value]) {
    list.sort_by_key(Value::to_string);
}

/// Without what says nothing: false, empty, null, and the values that stand for absence. Numbers as their digits.
fn bare(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter_map(|(key, value)| {
                let value = bare(value);
                let says = match &value {
                    Value::Null | Value::Bool(false) => false,
                    Value::String(text) => {
                        let absent = match key.as_str() {
                            "publicAccessPrevention" => text != "enforced",
                            "retentionDurationSeconds" => text == "0",
                            "stage" => text == "ALPHA",
                            _ => false,
                        };
                        !text.is_empty() && !absent
                    }
                    Value::Array(list) => !list.is_empty(),
                    Value::Object(map) => !map.is_empty(),
                    _ => true,
                };
                says.then(|| (key.clone(), value))
            });
            let mut kept: Vec<(String, Value)> = kept.collect();
            kept.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(kept.into_iter().collect::<Map<String, Value>>())
        }
        Value::Array(list) => Value::Array(list.iter().map(bare).collect()),
        Value::Number(number) => json!(number.to_string()),
        // gcloud writes the moments that it has read in other words.
        Value::String(text) => match text.parse::<jiff::Timestamp>() {
            Ok(moment) => json!(moment.to_string()),
            Err(_) => value.clone(),
        },
        value => value.clone(),
    }
}
