//! Custom roles and their life cycle.

use super::{Answer, Request, State};
use leastwise::change::Asset;
use serde_json::{Value, json};

pub fn route(state: &mut State, path: &str, verb: &str, request: &Request) -> Answer {
    let name = format!("//iam.googleapis.com/{path}");
    match (request.method.as_str(), verb) {
        ("GET", _) => match state
            .model
            .get(&name)
            .and_then(|asset| asset.resource.as_ref())
        {
            Some(role) => Answer::ok(shown(role)),
            None => match state.deleted.get(&name) {
                Some(role) => Answer::ok(shown(role)),
                None => Answer::not_found(path),
            },
        },
        ("POST", "undelete") => match state.deleted.remove(&name) {
            Some(mut role) => {
                role.as_object_mut().map(|role| role.remove("deleted"));
                put(state, &name, role)
            }
            None => Answer::invalid("The role is not deleted."),
        },
        ("POST", _) => create(state, path, request),
        ("PATCH", _) => {
            let Some(current) = state
                .model
                .get(&name)
                .and_then(|asset| asset.resource.clone())
            else {
                return Answer::not_found(path);
            };
            let given = &request.body;
            if let Some(told) = given.get("etag").and_then(Value::as_str)
                && told != etag_of(&current)
            {
                return Answer::aborted();
            }
            if let Err(why) = check(given) {
                return Answer::invalid(&why);
            }
            let mut role = current;
            let all = ["title", "description", "includedPermissions", "stage"];
            let mask = request.parameter("updateMask");
            for field in all {
                if mask.is_some_and(|mask| !mask.split(',').any(|one| one == field)) {
                    continue;
                }
                match given.get(field) {
                    Some(value) => role[field] = value.clone(),
                    None => {
                        role.as_object_mut().map(|role| role.remove(field));
                    }
                }
            }
            put(state, &name, role)
        }
        ("DELETE", _) => match state.model.remove(&name) {
            Some(asset) => {
                let mut role = asset.resource.unwrap_or_default();
                role["deleted"] = json!(true);
                state.deleted.insert(name, role.clone());
                Answer::ok(shown(&role))
            }
            None => Answer::not_found(path),
        },
        _ => Answer::not_found(path),
    }
}

fn create(state: &mut State, path: &str, request: &Request) -> Answer {
    let id = request
        .body
        .get("roleId")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let fits = |one: u8| one.is_ascii_alphanumeric() || b"_.".contains(&one);
    if !(3..=64).contains(&id.len()) || !id.bytes().all(fits) {
        return Answer::invalid("The role name must be in the form [a-zA-Z0-9_.]{3,64}.");
    }
    let name = format!("//iam.googleapis.com/{path}/{id}");
    if state.deleted.contains_key(&name) {
        let why = format!("You can't create a role_id ({id}) which has been marked for deletion.");
        return Answer::error(400, "FAILED_PRECONDITION", &why);
    }
    if state.model.get(&name).is_some() {
        return Answer::error(
            409,
            "ALREADY_EXISTS",
            &format!("A role named {id} already exists."),
        );
    }
    let mut role = request
        .body
        .get("role")
        .cloned()
        .unwrap_or_else(|| json!({}));
    if let Err(why) = check(&role) {
        return Answer::invalid(&why);
    }
    role["name"] = json!(format!("{path}/{id}"));
    let asset = Asset {
        asset_type: "iam.googleapis.com/Role".to_owned(),
        ..Asset::default()
    };
    state.model.insert(&name, asset);
    put(state, &name, role)
}

fn check(role: &Value) -> Result<(), String> {
    let permissions = role.get("includedPermissions").and_then(Value::as_array);
    for permission in permissions.into_iter().flatten() {
        let named = permission
            .as_str()
            .is_some_and(|name| name.split('.').count() >= 3 && !name.contains('*'));
        if !named {
            return Err(format!("Permission {permission} is not valid."));
        }
    }
    Ok(())
}

fn put(state: &mut State, name: &str, mut role: Value) -> Answer {
    role["etag"] = json!(state.etag());
    if let Some(Value::Array(list)) = role.get_mut("includedPermissions") {
        list.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
    }
    // ALPHA is the value that is not said.
    if role.get("stage").is_some_and(|stage| stage == "ALPHA") {
        role.as_object_mut().map(|role| role.remove("stage"));
    }
    if let Some(asset) = state.model.get_mut(name) {
        asset.resource = Some(role.clone());
    } else {
        let asset = Asset {
            asset_type: "iam.googleapis.com/Role".to_owned(),
            resource: Some(role.clone()),
            ..Asset::default()
        };
        state.model.insert(name, asset);
    }
    Answer::ok(shown(&role))
}

fn etag_of(role: &Value) -> &str {
    role.get("etag").and_then(Value::as_str).unwrap_or("ACAB")
}

fn shown(role: &Value) -> Value {
    let mut role = role.clone();
    let etag = etag_of(&role).to_owned();
    let fits = etag.len().is_multiple_of(4)
        && etag
            .bytes()
            .all(|one| one.is_ascii_alphanumeric() || b"+/=".contains(&one));
    role["etag"] = json!(if fits { etag } else { "ACAB".to_owned() });
    role
}
