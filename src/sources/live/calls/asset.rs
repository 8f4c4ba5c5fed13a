//! What an API answers, as an asset of Cloud Asset Inventory.

use super::{Brings, Call, ExpandError, FOLDER, ORGANIZATION, PROJECT, Per, Variables, name};
use serde_json::{Map, Value, json};

const MANAGER: &str = "//cloudresourcemanager.googleapis.com/";

/// An element of an answer as an asset in normal form.
///
/// `ancestors` are those of the asset, nearest first, as exports have them: those of a project begin with itself, by
/// number. `asked_for` is the full name of the asset that the call was asked for, if it was asked for one.
///
/// # Errors
/// The call brings no assets, or the element does not say its name: nothing could be told of it.
pub fn asset(
    call: &Call,
    element: &Value,
    variables: &Variables<'_>,
    ancestors: &[String],
    asked_for: Option<&str>,
) -> Result<Value, ExpandError> {
    let Brings::Asset(asset_type, template) = call.brings else {
        return Err(ExpandError::Missing("name".to_owned()));
    };
    let variables = Variables {
        element: Some(element),
        ..*variables
    };
    let full = name(template, &variables)?;
    let mut data = match element {
        Value::Object(members) => members.clone(),
        _ => return Err(ExpandError::Missing("name".to_owned())),
    };
    match asset_type {
        PROJECT | FOLDER | ORGANIZATION => complete_node(&mut data),
        // Cloud Asset Inventory never tells them, so rules must see that there are none.
        "aiplatform.googleapis.com/Endpoint" => {
            let none = || Value::Array(Vec::new());
            data.entry("deployedModels").or_insert_with(none);
        }
        _ if call.per == Per::Constraint => {
            data.insert("name".to_owned(), Value::from(effective(&variables)?));
        }
        _ => {}
    }
    let parent = parent(asset_type, &full, &data, ancestors, asked_for);
    let mut resource = Map::new();
    if let Some(version) = version(call.path) {
        resource.insert("version".to_owned(), Value::from(version));
    }
    let kind = asset_type.rsplit('/').next().unwrap_or_default();
    resource.insert("discoveryName".to_owned(), Value::from(kind));
    if let Some(parent) = parent {
        resource.insert("parent".to_owned(), Value::from(parent));
    }
    resource.insert("data".to_owned(), Value::Object(data));
    Ok(json!({
        "name": full,
        "assetType": asset_type,
        "ancestors": ancestors,
        "resource": resource,
    }))
}

/// Adds what a call of [`Brings::Policy`] or [`Brings::Detail`] answered to the asset that it was asked for.
///
/// # Errors
/// What should be there instead of what is.
pub fn add(call: &Call, answer: Value, asset: &mut Value) -> Result<(), String> {
    let Value::Object(answer) = answer else {
        return Err("an object".to_owned());
    };
    let Some(asset) = asset.as_object_mut() else {
        return Err("an asset".to_owned());
    };
    match call.brings {
        Brings::Policy => {
            asset.insert("iamPolicy".to_owned(), Value::Object(answer));
        }
        Brings::Detail => {
            let data = asset.get_mut("resource").and_then(|r| r.get_mut("data"));
            match data.and_then(Value::as_object_mut) {
                Some(data) => data.extend(answer),
                None => return Err("an asset with settings".to_owned()),
            }
        }
        Brings::Asset(..) | Brings::Assets | Brings::Names => {}
    }
    Ok(())
}

/// The name of a policy that was asked for as what holds, not as what is set: that of the method, as gcloud prints it.
///
/// # Errors
/// The node or the constraint is not known.
pub fn effective(variables: &Variables<'_>) -> Result<String, ExpandError> {
    name("{node}/policies/{constraint}:getEffectivePolicy", variables)
}

/// Version 3 of Resource Manager says by other keys what exports say, and the number of a project in its name only.
fn complete_node(data: &mut Map<String, Value>) {
    let name = data.get("name").and_then(Value::as_str).unwrap_or_default();
    if let Some(number) = name.strip_prefix("projects/").map(str::to_owned) {
        data.entry("projectNumber").or_insert(Value::from(number));
    }
    if let Some(state) = data.get("state").cloned() {
        data.entry("lifecycleState").or_insert(state);
    }
}

/// The full name of what the asset stands in.
fn parent(
    asset_type: &str,
    full: &str,
    data: &Map<String, Value>,
    ancestors: &[String],
    asked_for: Option<&str>,
) -> Option<String> {
    let said = |key: &str| data.get(key).and_then(Value::as_str);
    let node = |node: &String| format!("{MANAGER}{node}");
    match asset_type {
        PROJECT | FOLDER | ORGANIZATION => ancestors.get(1).map(node),
        "iam.googleapis.com/DenyPolicy" => {
            let point = full.split_once("/policies/")?.1.split_once('/')?.0;
            Some(format!(
                "//{}",
                point.replace("%2F", "/").replace("%2f", "/")
            ))
        }
        "policyanalyzer.googleapis.com/Activity" => said("fullResourceName").map(str::to_owned),
        _ => match asked_for {
            Some(name) => Some(name.to_owned()),
            None => ancestors.first().map(node),
        },
    }
}

/// The version of the API in a path: `v1`.
fn version(path: &str) -> Option<&str> {
    let is_version = |segment: &&str| {
        let digits = segment.strip_prefix('v').unwrap_or_default();
        digits.starts_with(|c: char| c.is_ascii_digit())
    };
    path.split('/').find(is_version)
}
