//! Allow policies of any resource.

use super::{Answer, Request, State};
use serde_json::{Map, Value, json};

pub fn route(
    state: &mut State,
    service: &str,
    path: &str,
    verb: &str,
    request: &Request,
) -> Answer {
    let Some(name) = find(state, service, path) else {
        return Answer::not_found(path);
    };
    if verb == "getIamPolicy" {
        return get(state, &name, version_asked(request));
    }
    let Some(policy) = request.body.get("policy").and_then(Value::as_object) else {
        return Answer::invalid("Request must contain a policy.");
    };
    let mask = request.body.get("updateMask").and_then(Value::as_str);
    set(state, &name, policy, mask)
}

fn version_asked(request: &Request) -> u64 {
    let options = request.body.pointer("/options/requestedPolicyVersion");
    let body = options.and_then(Value::as_u64);
    let query = [
        "options.requestedPolicyVersion",
        "optionsRequestedPolicyVersion",
    ];
    let query = query
        .iter()
        .find_map(|name| request.parameter(name)?.parse().ok());
    body.or(query).unwrap_or(1)
}

/// The full name under which the model has what a path is about.
pub fn find(state: &State, service: &str, path: &str) -> Option<String> {
    let name = format!("//{service}.googleapis.com/{path}");
    if let Some((known, _)) = state.model.iter().find(|(known, _)| **known == name) {
        return Some(known.to_owned());
    }
    // A service account goes by its address or its number, below any project or `-`; keys lie below it.
    let (_, account) = path.split_once("/serviceAccounts/")?;
    let (account, key) = account.split_once("/keys/").unwrap_or((account, ""));
    let goes_by = |known: &str, data: Option<&Value>| {
        let text = |field: &str| {
            data.and_then(|data| data.get(field))
                .and_then(Value::as_str)
        };
        let last = known.rsplit('/').next().unwrap_or_default();
        last == account || text("email") == Some(account) || text("uniqueId") == Some(account)
    };
    let mut all = state.model.iter();
    if key.is_empty() {
        return all
            .find(|(known, asset)| {
                asset.asset_type == "iam.googleapis.com/ServiceAccount"
                    && goes_by(known, asset.resource.as_ref())
            })
            .map(|(known, _)| known.to_owned());
    }
    all.find(|(known, _)| known.ends_with(&format!("/keys/{key}")))
        .map(|(known, _)| known.to_owned())
}

/// The policy, as a caller of this version gets it.
pub fn get(state: &State, name: &str, version: u64) -> Answer {
    let policy = state.model.get(name).and_then(|asset| asset.policy.clone());
    let mut policy = policy.unwrap_or_else(|| json!({}));
    let text = policy.get("etag").and_then(Value::as_str);
    policy["etag"] = json!(text.map_or_else(|| "ACAB".to_owned(), base64));
    let conditional = has_conditions(&policy);
    policy["version"] = json!(if conditional { 3 } else { 1 });
    if conditional && version < 3 {
        return Answer::invalid("Requested policy version must be 3 to read conditions.");
    }
    Answer::ok(policy)
}

/// Sets a policy.
pub fn set(
    state: &mut State,
    name: &str,
    given: &Map<String, Value>,
    mask: Option<&str>,
) -> Answer {
    let current = state.model.get(name).and_then(|asset| asset.policy.clone());
    let mut current = current.unwrap_or_else(|| json!({}));
    let etag = current.get("etag").and_then(Value::as_str);
    let etag = etag.map_or_else(|| "ACAB".to_owned(), base64);
    if let Some(told) = given.get("etag").and_then(Value::as_str)
        && told.trim_end_matches('=') != etag.trim_end_matches('=')
    {
        return Answer::aborted();
    }
    if let Err(why) = check(given) {
        return Answer::invalid(&why);
    }
    // Without a mask bindings and etag are set; gcloud always names what it sets.
    let mask = mask.unwrap_or("bindings,etag");
    for field in ["bindings", "auditConfigs"] {
        if !mask.split(',').any(|one| one == field) {
            continue;
        }
        match given.get(field) {
            Some(value) => current[field] = value.clone(),
            None => {
                current.as_object_mut().map(|policy| policy.remove(field));
            }
        }
    }
    current["etag"] = json!(state.etag());
    current["version"] = json!(if has_conditions(&current) { 3 } else { 1 });
    if let Some(asset) = state.model.get_mut(name) {
        asset.policy = Some(current);
    }
    get(state, name, 3)
}

fn check(policy: &Map<String, Value>) -> Result<(), String> {
    let version = policy.get("version").and_then(Value::as_u64).unwrap_or(1);
    let bindings = policy.get("bindings").and_then(Value::as_array);
    for binding in bindings.into_iter().flatten() {
        if binding
            .get("role")
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
        {
            return Err("Role is required.".to_owned());
        }
        let Some(condition) = binding.get("condition").filter(|it| !it.is_null()) else {
            continue;
        };
        if version < 3 {
            return Err("A policy with conditions must have version 3.".to_owned());
        }
        for field in ["title", "expression"] {
            if condition
                .get(field)
                .and_then(Value::as_str)
                .is_none_or(str::is_empty)
            {
                return Err(format!("A condition needs its {field}."));
            }
        }
        let members = binding.get("members").and_then(Value::as_array);
        if members
            .into_iter()
            .flatten()
            .any(|member| member == "allUsers" || member == "allAuthenticatedUsers")
        {
            return Err(
                "Conditions are not supported for allUsers and allAuthenticatedUsers.".to_owned(),
            );
        }
    }
    Ok(())
}

fn has_conditions(policy: &Value) -> bool {
    let bindings = policy.get("bindings").and_then(Value::as_array);
    let mut bindings = bindings.into_iter().flatten();
    bindings.any(|binding| binding.get("condition").is_some_and(Value::is_object))
}

/// An etag of an input is kept where it is base64, which gcloud insists on.
fn base64(etag: &str) -> String {
    let body = etag.trim_end_matches('=');
    let fits = etag.len().is_multiple_of(4)
        && body
            .bytes()
            .all(|one| one.is_ascii_alphanumeric() || b"+/-_".contains(&one));
    if fits {
        // What decodes and encodes again to itself: the bits after the last byte are zero.
        return if body.len() == etag.len() {
            etag.to_owned()
        } else {
            format!("{}A{}", &body[..body.len() - 1], &etag[body.len()..])
        };
    }
    let digits: String = etag.bytes().map(|one| format!("{one:02x}")).collect();
    digits[..digits.len() / 4 * 4].to_owned()
}
