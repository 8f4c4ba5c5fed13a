//! Changes made on the model, as Google Cloud would make them.

use super::edit;
use super::model::{Asset, Model};
use super::step::{Acl, Change};
use crate::model::canonical;
use serde_json::{Map, Value, json};

/// Why a change cannot be made on a model: what it changes is not in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unapplied {
    /// The input does not have the resource.
    #[error("the input does not hold {0}")]
    NoAsset(String),
    /// The input has the resource without its allow policy.
    #[error("the input does not hold the policy of {0}")]
    NoPolicy(String),
    /// The input has the resource without its settings.
    #[error("the input does not hold the settings of {0}")]
    NoSettings(String),
    /// Something else is there already.
    #[error("{0} exists already and is not the same")]
    Exists(String),
}

/// Makes a change. Making it again changes nothing: a member that is there is not added twice, and what is gone is not
/// missed. The etag of a policy stays: it says what the script expects to find.
///
/// Adding a condition raises a policy's `version` to 3, without which Google would drop the condition; taking one away
/// leaves the version as it is.
///
/// # Errors
/// When the model does not hold what is changed; the model is then as it was.
pub fn apply(change: &Change, model: &mut Model) -> Result<(), Unapplied> {
    match change {
        Change::AddMember(grant) => edit::add(policy(model, &grant.node)?, grant),
        Change::RemoveMember(grant) => edit::remove(policy(model, &grant.node)?, grant),
        Change::SetAudit {
            node, service, to, ..
        } => edit::set_audit(policy(model, node)?, service, to),
        Change::RemoveAcl {
            bucket,
            list,
            entity,
            role,
        } => {
            let settings = settings(model, bucket)?;
            if let Some(Value::Array(entries)) = settings.get_mut(field(*list)) {
                entries.retain(|entry| entry["entity"] != **entity || entry["role"] != **role);
            }
        }
        Change::AddAcl {
            bucket,
            list,
            entity,
            role,
        } => {
            let settings = settings(model, bucket)?;
            let entries = settings.entry(field(*list)).or_insert_with(|| json!([]));
            let there = |entry: &Value| entry["entity"] == **entity && entry["role"] == **role;
            if let Value::Array(entries) = entries
                && !entries.iter().any(there)
            {
                entries.push(json!({ "entity": entity, "role": role }));
            }
        }
        Change::Patch { name, to, .. } => {
            let asset = model.get_mut(name);
            let asset = asset.ok_or_else(|| Unapplied::NoAsset(name.clone()))?;
            let data = asset.resource.as_mut();
            merge(data.ok_or_else(|| Unapplied::NoSettings(name.clone()))?, to);
        }
        Change::Create {
            name,
            asset_type,
            data,
        } => create(model, name, asset_type, data)?,
        Change::Delete { name, .. } => {
            model.remove(name);
        }
    }
    Ok(())
}

/// Merges a JSON merge patch (RFC 7396) into a value.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(fields) = target else {
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            fields.shift_remove(key);
        } else {
            merge(fields.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// What of a merge patch would change `current`, and the merge patch that leads back; `None` if nothing would.
pub fn difference(current: &Value, to: &Value) -> Option<(Value, Value)> {
    let (Value::Object(now), Value::Object(wanted)) = (current, to) else {
        return (current != to).then(|| (current.clone(), to.clone()));
    };
    let (mut back, mut forth) = (Map::new(), Map::new());
    for (key, wanted) in wanted {
        let (from, to) = match now.get(key).filter(|value| !value.is_null()) {
            None => match without_null(wanted) {
                None => continue,
                Some(wanted) => (Value::Null, wanted),
            },
            Some(now) => match difference(now, wanted) {
                None => continue,
                Some(both) => both,
            },
        };
        back.insert(key.clone(), from);
        forth.insert(key.clone(), to);
    }
    (!forth.is_empty()).then_some((Value::Object(back), Value::Object(forth)))
}

/// What a merge patch leaves where nothing was; `None` if that is nothing.
fn without_null(patch: &Value) -> Option<Value> {
    match patch {
        Value::Null => None,
        Value::Object(fields) if !fields.is_empty() => {
            let left = fields.iter();
            let left = left.filter_map(|(key, value)| Some((key.clone(), without_null(value)?)));
            let left: Map<String, Value> = left.collect();
            (!left.is_empty()).then_some(Value::Object(left))
        }
        other => Some(other.clone()),
    }
}

fn field(list: Acl) -> &'static str {
    match list {
        Acl::Bucket => "acl",
        Acl::DefaultObject => "defaultObjectAcl",
    }
}

fn policy<'m>(model: &'m mut Model, name: &str) -> Result<&'m mut Map<String, Value>, Unapplied> {
    let asset = model.get_mut(name);
    let asset = asset.ok_or_else(|| Unapplied::NoAsset(name.to_owned()))?;
    let policy = asset.policy.as_mut().and_then(Value::as_object_mut);
    policy.ok_or_else(|| Unapplied::NoPolicy(name.to_owned()))
}

fn settings<'m>(model: &'m mut Model, name: &str) -> Result<&'m mut Map<String, Value>, Unapplied> {
    let asset = model.get_mut(name);
    let asset = asset.ok_or_else(|| Unapplied::NoAsset(name.to_owned()))?;
    let data = asset.resource.as_mut().and_then(Value::as_object_mut);
    data.ok_or_else(|| Unapplied::NoSettings(name.to_owned()))
}

fn create(model: &mut Model, name: &str, asset_type: &str, data: &Value) -> Result<(), Unapplied> {
    match model.get(name) {
        Some(there) if there.resource.as_ref() == Some(data) => return Ok(()),
        Some(there) if there.resource.is_some() => {
            return Err(Unapplied::Exists(name.to_owned()));
        }
        Some(_) | None => {}
    }
    let ancestors = ancestors(model, name);
    let asset = Asset {
        asset_type: asset_type.to_owned(),
        ancestors,
        resource: Some(data.clone()),
        ..Asset::default()
    };
    model.insert(name, asset);
    Ok(())
}

/// What is above a resource, by the node in its name: `//orgpolicy.googleapis.com/projects/p/policies/x`.
fn ancestors(model: &Model, name: &str) -> Vec<String> {
    let name = canonical(name);
    let mut parts = name.trim_start_matches('/').split('/').skip(1);
    let (Some(kind), Some(id)) = (parts.next(), parts.next()) else {
        return Vec::new();
    };
    if !matches!(kind, "projects" | "folders" | "organizations") || id == "_" {
        return Vec::new();
    }
    let node = format!("{kind}/{id}");
    let above = model.get(&format!("//cloudresourcemanager.googleapis.com/{node}"));
    match above.map(|node| node.ancestors.clone()) {
        Some(ancestors) if !ancestors.is_empty() => ancestors,
        _ => vec![node],
    }
}
