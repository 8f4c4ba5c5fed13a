//! Resources that are read, patched, created and deleted by their name.

use super::{Answer, Request, State, policy};
use leastwise::change::Asset;
use serde_json::{Value, json};

pub fn route(
    state: &mut State,
    service: &str,
    path: &str,
    verb: &str,
    request: &Request,
) -> Answer {
    // Deny policies carry their attachment point in their name, encoded; it was decoded on the way in.
    let path = &*attached(path);
    let found = policy::find(state, service, path);
    match (request.method.as_str(), verb, found) {
        ("GET", _, _) if path.contains("/operations/") => {
            Answer::ok(json!({ "name": path, "done": true }))
        }
        ("GET", _, _) if path.ends_with("/constraints") => Answer::ok(json!({ "constraints": [] })),
        ("GET", _, None) if service == "iam" && path.ends_with("/keys") => keys(state, path),
        ("GET", "", Some(name)) => match shown(state, service, &name, path) {
            Some(data) => Answer::ok(data),
            // The model may hold the policy of a resource and not its settings.
            None if state
                .model
                .get(&name)
                .is_some_and(|asset| asset.policy.is_some()) =>
            {
                Answer::ok(json!({ "name": path }))
            }
            None => Answer::not_found(path),
        },
        ("POST", "disable" | "enable", Some(name)) => {
            if let Some(asset) = state.model.get_mut(&name) {
                let data = asset.resource.get_or_insert_with(|| json!({}));
                data["disabled"] = json!(verb == "disable");
            }
            Answer::ok(json!({}))
        }
        ("POST", "", None) => create(state, service, path, request),
        ("POST", "", Some(name)) => Answer::error(409, "ALREADY_EXISTS", &name),
        ("PATCH" | "PUT", "", Some(name)) => update(state, service, &name, path, request),
        ("DELETE", "", Some(name)) => {
            state.model.remove(&name);
            Answer::ok(operation(service, path, json!({})))
        }
        _ => Answer::not_found(path),
    }
}

fn attached(path: &str) -> String {
    let Some(rest) = path.strip_prefix("policies/") else {
        return path.to_owned();
    };
    match rest.split_once("/denypolicies") {
        Some((point, rest)) => format!("policies/{}/denypolicies{rest}", point.replace('/', "%2F")),
        None => path.to_owned(),
    }
}

fn keys(state: &State, path: &str) -> Answer {
    let account = path.trim_end_matches("/keys");
    let Some(name) = policy::find(state, "iam", account).or_else(|| {
        // An input may have the keys without the account.
        let id = account.rsplit('/').next().unwrap_or_default();
        let mut all = state.model.iter().map(|(known, _)| known);
        let one = all.find(|known| known.contains(&format!("/serviceAccounts/{id}/keys/")))?;
        Some(one.split("/keys/").next().unwrap_or_default().to_owned())
    }) else {
        return Answer::not_found(account);
    };
    let below = format!("{name}/keys/");
    let all = state
        .model
        .iter()
        .filter(|(known, _)| known.starts_with(&below));
    let all: Vec<Value> = all
        .filter_map(|(_, asset)| asset.resource.clone())
        .collect();
    Answer::ok(json!({ "keys": all }))
}

fn shown(state: &State, service: &str, name: &str, path: &str) -> Option<Value> {
    let mut data = state.model.get(name)?.resource.clone()?;
    if service == "orgpolicy" || name.contains("/denypolicies/") {
        data["name"] = json!(path);
    }
    // Base64 everywhere, or gcloud falls over it.
    if service != "apikeys"
        && let Some(etag) = data.get_mut("etag")
    {
        *etag = json!("BwXhqDqv");
    }
    if service == "orgpolicy"
        && let Some(spec) = data.get_mut("spec").and_then(Value::as_object_mut)
    {
        spec.insert("etag".to_owned(), json!("CKuWxbAG"));
    }
    Some(data)
}

/// Some services answer a write with an operation.
fn operation(service: &str, path: &str, response: Value) -> Value {
    match service {
        "apikeys" | "serviceusage" => {
            json!({ "name": "operations/akmf.1", "done": true, "response": response })
        }
        "iam" if path.contains("denypolicies") => {
            json!({ "name": format!("{path}/operations/1"), "done": true })
        }
        _ => response,
    }
}

fn create(state: &mut State, service: &str, path: &str, request: &Request) -> Answer {
    let (id, asset_type) = match (service, path.rsplit('/').next().unwrap_or_default()) {
        ("orgpolicy", "policies") => {
            let name = request
                .body
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default();
            (
                name.rsplit('/').next().unwrap_or_default().to_owned(),
                "orgpolicy.googleapis.com/Policy",
            )
        }
        ("iam", "denypolicies") => {
            let id = request.parameter("policyId").unwrap_or_default();
            (id.to_owned(), "iam.googleapis.com/DenyPolicy")
        }
        _ => return Answer::not_found(path),
    };
    if id.is_empty() {
        return Answer::invalid("The name is missing.");
    }
    let name = format!("//{service}.googleapis.com/{path}/{id}");
    let mut data = request.body.clone();
    data.as_object_mut().map(|data| data.remove("etag"));
    let asset = Asset {
        asset_type: asset_type.to_owned(),
        resource: Some(data.clone()),
        ..Asset::default()
    };
    state.model.insert(&name, asset);
    Answer::ok(operation(service, &format!("{path}/{id}"), data))
}

fn update(state: &mut State, service: &str, name: &str, path: &str, request: &Request) -> Answer {
    let Some(asset) = state.model.get_mut(name) else {
        return Answer::not_found(path);
    };
    let data = asset.resource.get_or_insert_with(|| json!({}));
    let mut given = request.body.clone();
    if service == "orgpolicy"
        && let Some(spec) = given.get_mut("spec").and_then(Value::as_object_mut)
    {
        let etag = spec.remove("etag");
        if etag.is_some_and(|etag| etag != "CKuWxbAG") {
            return Answer::aborted();
        }
    }
    // Google prints times without the zeros that gcloud sends.
    for at in ["/nextRotationTime", "/rotation/nextRotationTime"] {
        if let Some(Value::String(time)) = given.pointer_mut(at) {
            *time = time.replace(".000Z", "Z");
        }
    }
    let etag = given.as_object_mut().and_then(|given| given.remove("etag"));
    if etag.is_some_and(|etag| {
        etag.as_str()
            .is_some_and(|etag| !etag.is_empty() && etag != "BwXhqDqv")
    }) {
        return Answer::aborted();
    }
    match request
        .parameter("updateMask")
        .or_else(|| request.parameter("update_mask"))
    {
        Some(mask) => {
            for field in mask.split(',') {
                let keys: Vec<String> = field.split('.').map(camel).collect();
                let value = keys
                    .iter()
                    .try_fold(&given, |value, key| value.get(key))
                    .cloned();
                put(data, &keys, value);
            }
        }
        None => {
            // A whole: what is not said is gone, but for what Google sets.
            for field in ["spec", "dryRunSpec", "rules", "displayName", "annotations"] {
                match given.get(field) {
                    Some(value) => data[field] = value.clone(),
                    None => {
                        data.as_object_mut().map(|data| data.remove(field));
                    }
                }
            }
        }
    }
    let data = data.clone();
    Answer::ok(operation(service, path, data))
}

/// `api_targets` is `apiTargets`.
fn camel(key: &str) -> String {
    let mut words = key.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |all, word| {
        let (head, tail) = word.split_at(word.len().min(1));
        all + &head.to_uppercase() + tail
    })
}

fn put(target: &mut Value, keys: &[String], value: Option<Value>) {
    let Some((key, rest)) = keys.split_first() else {
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    if rest.is_empty() {
        match value {
            Some(value) => target[key.as_str()] = value,
            None => {
                target.as_object_mut().map(|fields| fields.remove(key));
            }
        }
        return;
    }
    put(&mut target[key.as_str()], rest, value);
}
