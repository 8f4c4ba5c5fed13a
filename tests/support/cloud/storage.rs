//! The JSON API of Cloud Storage.

use super::{Answer, Request, State, policy};
use leastwise::change::merge;
use serde_json::{Value, json};

pub fn route(state: &mut State, path: &str, request: &Request) -> Answer {
    if let Some(rest) = path.strip_prefix("projects/") {
        return hmac(state, rest, request);
    }
    let Some(path) = path.strip_prefix("b/") else {
        return Answer::not_found(path);
    };
    let (bucket, below) = path.split_once('/').unwrap_or((path, ""));
    let name = format!("//storage.googleapis.com/projects/_/buckets/{bucket}");
    if state.model.get(&name).is_none() && !below.starts_with("managedFolders/") {
        return Answer::not_found(&format!("The specified bucket {bucket} does not exist."));
    }
    match (request.method.as_str(), below) {
        ("GET", "") => Answer::ok(shown(state, &name, bucket)),
        ("PATCH", "") => patch(state, &name, bucket, request),
        (_, "iam") => allow(state, &name, request),
        (_, below) => {
            let folder = below.strip_prefix("managedFolders/").unwrap_or_default();
            let Some(folder) = folder.strip_suffix("/iam") else {
                return Answer::not_found(below);
            };
            let folder = folder.trim_end_matches('/');
            let prefix = format!("{name}/managedFolders/");
            let is_it = |known: &&str| {
                let below = known.strip_prefix(&prefix);
                below.is_some_and(|it| it.trim_end_matches('/') == folder)
            };
            let known = {
                let mut all = state.model.iter().map(|(known, _)| known);
                all.find(is_it).map(str::to_owned)
            };
            match known {
                Some(known) => allow(state, &known, request),
                None => Answer::not_found(folder),
            }
        }
    }
}

fn allow(state: &mut State, name: &str, request: &Request) -> Answer {
    let answer = if request.method == "PUT" {
        let Some(given) = request.body.as_object() else {
            return Answer::invalid("No policy");
        };
        policy::set(state, name, given, Some("bindings,etag"))
    } else {
        let version = request.parameter("optionsRequestedPolicyVersion");
        policy::get(
            state,
            name,
            version.and_then(|it| it.parse().ok()).unwrap_or(1),
        )
    };
    // Here alone a stale etag is a failed precondition.
    if answer.status == 409 {
        return Answer::error(
            412,
            "FAILED_PRECONDITION",
            "At least one of the pre-conditions you specified did not hold.",
        );
    }
    answer
}

fn shown(state: &State, name: &str, bucket: &str) -> Value {
    let data = state
        .model
        .get(name)
        .and_then(|asset| asset.resource.clone());
    let mut data = data.unwrap_or_else(|| json!({}));
    data["name"] = json!(bucket);
    data["etag"] = json!("CAE=");
    data
}

fn patch(state: &mut State, name: &str, bucket: &str, request: &Request) -> Answer {
    let Some(asset) = state.model.get_mut(name) else {
        return Answer::not_found(bucket);
    };
    let mut given = request.body.clone();
    if let Some(fields) = given.as_object_mut() {
        for field in ["name", "kind", "id", "etag", "metageneration"] {
            fields.remove(field);
        }
    }
    let data = asset.resource.get_or_insert_with(|| json!({}));
    let locked = data.pointer("/retentionPolicy/isLocked") == Some(&json!(true));
    if locked && given.get("retentionPolicy").is_some_and(Value::is_null) {
        return Answer::error(
            403,
            "PERMISSION_DENIED",
            "Cannot remove a locked retention policy.",
        );
    }
    let uniform = |data: &Value| {
        data.pointer("/iamConfiguration/uniformBucketLevelAccess/enabled") == Some(&json!(true))
    };
    if uniform(data) && (given.get("acl").is_some() || given.get("defaultObjectAcl").is_some()) {
        return Answer::invalid(
            "Cannot use ACL API to update bucket policy when uniform bucket-level access is enabled.",
        );
    }
    for list in ["acl", "defaultObjectAcl"] {
        // What is sent are the entries; other fields of an entry are Google's.
        if let Some(Value::Array(entries)) = given.get_mut(list) {
            for entry in entries {
                *entry = json!({ "entity": entry["entity"], "role": entry["role"] });
            }
        }
    }
    merge(data, &given);
    Answer::ok(shown(state, name, bucket))
}

fn hmac(state: &mut State, path: &str, request: &Request) -> Answer {
    let Some((_, id)) = path.split_once("/hmacKeys/") else {
        return Answer::not_found(path);
    };
    let known = state.model.iter().map(|(known, _)| known);
    let name = known
        .filter(|known| known.ends_with(&format!("/hmacKeys/{id}")))
        .map(str::to_owned)
        .next();
    let Some(name) = name else {
        return Answer::not_found(id);
    };
    let Some(asset) = state.model.get_mut(&name) else {
        return Answer::not_found(id);
    };
    let data = asset.resource.get_or_insert_with(|| json!({}));
    match request.method.as_str() {
        "GET" => {}
        "PUT" => data["state"] = request.body["state"].clone(),
        "DELETE" if data["state"] == "ACTIVE" => {
            return Answer::invalid("Cannot delete keys in 'ACTIVE' state.");
        }
        "DELETE" => {
            state.model.remove(&name);
            return Answer {
                status: 204,
                body: json!({}),
            };
        }
        _ => return Answer::not_found(id),
    }
    let mut data = data.clone();
    data["etag"] = json!("M42da=");
    Answer::ok(data)
}
