//! Changes of settings, of what comes and of what goes, as gcloud commands.

use super::bucket;
use super::fields::Fields;
use super::files::Files;
use super::place::Place;
use super::words::Words;
use serde_json::{Map, Value, json};

/// A change of settings: how the resource is read, what is compared, and the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    /// Reads the resource.
    pub(super) read: Words,
    /// What is compared.
    pub(super) fields: Fields,
    /// Makes the change.
    pub(super) by: Words,
}

/// What a change does to a resource.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn<'a> {
    /// `storage.googleapis.com/Bucket`.
    pub(super) asset_type: &'a str,
    /// Its full name.
    pub(super) name: &'a str,
    /// Its settings before; `None` while it is not there.
    pub(super) before: Option<&'a Value>,
    /// Its settings after; `None` once it is gone.
    pub(super) after: Option<&'a Value>,
    /// The merge patches back and forth, where it is patched.
    pub(super) patches: Option<[&'a Value; 2]>,
}

/// The command for a change, in gcloud's words.
///
/// # Errors
/// When there is none: why, in one sentence.
pub(super) fn setting(
    turn: Turn<'_>,
    place: &Place,
    files: &mut Files<'_>,
) -> Result<Setting, String> {
    let nothing = json!({});
    let (mut before, mut after) = (turn.before.cloned(), turn.after.cloned());
    if let Some(kept) = own(turn.asset_type) {
        before = before.map(|data| only(&data, kept));
        after = after.map(|data| only(&data, kept));
    }
    let (from, to) = (
        before.as_ref().unwrap_or(&nothing),
        after.as_ref().unwrap_or(&nothing),
    );
    let mut fields = match turn.patches {
        Some(patches) => {
            let [back, forth] = patches.map(lasting);
            Fields::of([&back, &forth], from, to)
        }
        None => Fields::of([from, to], from, to),
    };
    if fields.list.is_empty() {
        return Err("nothing of it can be compared".to_owned());
    }
    if before.is_none() {
        fields.was = vec!["absent".to_owned()];
    }
    if after.is_none() {
        fields.will = vec!["absent".to_owned()];
    }
    let mut read = Words::gcloud(place, &["describe"]);
    let by = match (turn.asset_type, &before, &after) {
        ("storage.googleapis.com/Bucket", Some(_), Some(after)) => {
            read = read.then(&["--raw"]);
            let words = Words::gcloud(place, &["update"]);
            bucket::flags(words, &fields.paths, after, files)?
        }
        ("storage.googleapis.com/HmacKey", Some(_), after) => match after {
            None => Words::gcloud(place, &["delete"]),
            Some(after) => match after.get("state").and_then(Value::as_str) {
                Some("INACTIVE") => Words::gcloud(place, &["update"]).then(&["--deactivate"]),
                Some("ACTIVE") => Words::gcloud(place, &["update"]).then(&["--activate"]),
                _ => return Err("gcloud does not set this state".to_owned()),
            },
        },
        ("iam.googleapis.com/ServiceAccount", Some(_), Some(after)) => {
            only_these(&fields, &["disabled"])?;
            Words::gcloud(place, &[disabling(after)])
        }
        ("iam.googleapis.com/ServiceAccount", Some(_), None) => Words::gcloud(place, &["delete"]),
        ("iam.googleapis.com/ServiceAccountKey", Some(_), after) => {
            // Keys cannot be described, only listed: a key that is not there is an empty list.
            read = listed(place);
            match after {
                Some(after) => {
                    only_these(&fields, &["disabled"])?;
                    fields.was = list_of(&fields.was);
                    fields.will = list_of(&fields.will);
                    Words::gcloud(place, &[disabling(after)])
                }
                None => {
                    fields.list = "keyType".to_owned();
                    fields.was = list_of(&[r#"{"keyType": "USER_MANAGED"}"#.to_owned()]);
                    fields.will = vec!["[]".to_owned()];
                    Words::gcloud(place, &["delete"])
                }
            }
        }
        ("iam.googleapis.com/Role", before, after) => {
            return role(before.is_some(), after.as_ref(), place, read, fields, files);
        }
        ("orgpolicy.googleapis.com/Policy", _, Some(_)) => {
            let name = turn
                .name
                .split_once(".googleapis.com/")
                .map(|(_, path)| path);
            let mut policy = after.clone().unwrap_or_default();
            policy["name"] = json!(name.unwrap_or_default());
            let file = files.add("policies", "org-policy", "json", &policy);
            Words::of(&["gcloud", "org-policies", "set-policy"]).value(&file)
        }
        ("orgpolicy.googleapis.com/Policy", Some(_), None) => Words::gcloud(place, &["delete"]),
        ("iam.googleapis.com/DenyPolicy", _, after) => {
            read = Words::gcloud(place, &["get"]);
            match after {
                None => Words::gcloud(place, &["delete"]),
                Some(after) => {
                    let file = files.add("policies", "deny-policy", "json", after);
                    let verb = if before.is_some() { "update" } else { "create" };
                    Words::gcloud(place, &[verb]).flag("--policy-file", &file)
                }
            }
        }
        ("apikeys.googleapis.com/Key", Some(_), None) => Words::gcloud(place, &["delete"]),
        ("apikeys.googleapis.com/Key", Some(_), Some(after)) => {
            api_key(Words::gcloud(place, &["update"]), &fields.paths, after)?
        }
        ("serviceusage.googleapis.com/Service", _, _) => {
            return Err(
                "services are turned on and off as a whole: gcloud services enable or disable"
                    .to_owned(),
            );
        }
        ("cloudkms.googleapis.com/CryptoKey", Some(_), Some(after)) => {
            only_these(&fields, &["rotationPeriod", "nextRotationTime"])?;
            rotation(Words::gcloud(place, &["update"]), after)
        }
        ("secretmanager.googleapis.com/Secret", Some(_), Some(after)) => {
            only_these(
                &fields,
                &["rotation.rotationPeriod", "rotation.nextRotationTime"],
            )?;
            let rotation_of = after.get("rotation").unwrap_or(&nothing);
            rotation(Words::gcloud(place, &["update"]), rotation_of)
        }
        _ => {
            return Err(format!(
                "gcloud has no command for this change of {}",
                turn.asset_type
            ));
        }
    };
    Ok(Setting { read, fields, by })
}

/// A custom role: the whole definition goes into a file, since permissions are a list.
fn role(
    there: bool,
    after: Option<&Value>,
    place: &Place,
    read: Words,
    mut fields: Fields,
    files: &mut Files<'_>,
) -> Result<Setting, String> {
    let Some(after) = after else {
        fields.list = format!("deleted,{}", fields.list);
        fields.will.push("deleted".to_owned());
        let by = Words::gcloud(place, &["delete"]).then(&["--quiet"]);
        return Ok(Setting { read, fields, by });
    };
    let mut definition = after.clone();
    if let Some(Value::Array(list)) = definition.get_mut("includedPermissions") {
        list.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
    }
    let file = files.add("roles", &place.name, "yaml", &definition);
    if there {
        let by = Words::gcloud(place, &["update"]);
        let by = by.flag("--file", &file).then(&["--quiet"]);
        return Ok(Setting { read, fields, by });
    }
    // A deleted role still is described, so that its `deleted` must be among the fields.
    fields.list = format!("deleted,{}", fields.list);
    fields.was.push("deleted".to_owned());
    let by = Words::of(&["make_role"]).value(&place.name);
    let by = by.flags(place).value(&file);
    Ok(Setting { read, fields, by })
}

fn api_key(words: Words, paths: &[String], after: &Value) -> Result<Words, String> {
    let restrictions = after.get("restrictions").and_then(Value::as_object);
    let empty = Map::new();
    let restrictions = restrictions.unwrap_or(&empty);
    if restrictions.is_empty() {
        return Ok(words.then(&["--clear-restrictions"]));
    }
    let list = |value: &Value| -> Option<Vec<String>> {
        let each = value.as_array()?.iter();
        let texts = each.map(|one| one.as_str().map(str::to_owned));
        texts.collect::<Option<Vec<_>>>()
    };
    let mut words = words;
    for path in paths {
        let value = path.split('.').try_fold(after, |value, key| value.get(key));
        let value = value.filter(|value| !value.is_null());
        let value = value.ok_or("gcloud clears the restrictions of a key only all together")?;
        words = match path.as_str() {
            "restrictions.apiTargets" => {
                let targets = value.as_array().map(Vec::as_slice).unwrap_or_default();
                let mut words = words;
                for target in targets {
                    let service = target.get("service").and_then(Value::as_str);
                    let service = service.filter(|_| target.get("methods").is_none());
                    let service = service.filter(|service| super::place::plain(service));
                    let service = service.ok_or("an API target with methods is set by hand")?;
                    words = words.flag("--api-target", &format!("service={service}"));
                }
                words
            }
            "restrictions.serverKeyRestrictions.allowedIps" => {
                joined(words, "--allowed-ips", list(value))?
            }
            "restrictions.browserKeyRestrictions.allowedReferrers" => {
                joined(words, "--allowed-referrers", list(value))?
            }
            other => return Err(format!("gcloud has no flag for {other}")),
        };
    }
    Ok(words)
}

fn joined(words: Words, flag: &str, list: Option<Vec<String>>) -> Result<Words, String> {
    let list = list.filter(|list| {
        let odd = |one: &String| one.is_empty() || one.contains([',', '^']);
        !list.is_empty() && !list.iter().any(odd)
    });
    let list = list.ok_or("the list cannot be written as a flag")?;
    Ok(words.flag(flag, &list.join(",")))
}

fn rotation(words: Words, after: &Value) -> Words {
    let text = |key: &str| after.get(key).and_then(Value::as_str);
    let (period, next) = (text("rotationPeriod"), text("nextRotationTime"));
    match (period, next) {
        (None, None) => words.then(&["--remove-rotation-schedule"]),
        (period, next) => {
            let words = period
                .into_iter()
                .fold(words, |words, it| words.flag("--rotation-period", it));
            next.into_iter()
                .fold(words, |words, it| words.flag("--next-rotation-time", it))
        }
    }
}

/// A patch without the next rotation, which passes by itself, where the period says enough.
fn lasting(patch: &Value) -> Value {
    let mut patch = patch.clone();
    for at in ["", "/rotation"] {
        if let Some(Value::Object(fields)) = patch.pointer_mut(at)
            && fields.contains_key("rotationPeriod")
        {
            fields.remove("nextRotationTime");
        }
    }
    patch
}

fn disabling(after: &Value) -> &'static str {
    match after.get("disabled") {
        Some(Value::Bool(true)) => "disable",
        _ => "enable",
    }
}

/// `gcloud iam service-accounts keys list`, one key only.
fn listed(place: &Place) -> Words {
    let words = Words::of(&["gcloud"]).then(place.group).then(&["list"]);
    words
        .flags(place)
        .flag("--filter", &format!("name~/{}$", place.name))
}

fn list_of(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| format!("[{text}]")).collect()
}

fn only_these(fields: &Fields, known: &[&str]) -> Result<(), String> {
    match fields
        .paths
        .iter()
        .find(|path| !known.contains(&path.as_str()))
    {
        Some(path) => Err(format!("gcloud has no flag for {path}")),
        None => Ok(()),
    }
}

/// The fields that are somebody's own will, of resources that are written as a whole; Google sets the others.
fn own(asset_type: &str) -> Option<&'static [&'static str]> {
    Some(match asset_type {
        "iam.googleapis.com/Role" => &["title", "description", "includedPermissions", "stage"],
        "orgpolicy.googleapis.com/Policy" => &["spec", "dryRunSpec"],
        "iam.googleapis.com/DenyPolicy" => &["displayName", "annotations", "rules"],
        _ => return None,
    })
}

fn only(data: &Value, keys: &[&str]) -> Value {
    let mut kept = Map::new();
    for &key in keys {
        if let Some(value) = data.get(key).filter(|value| !value.is_null()) {
            let mut value = value.clone();
            if let Value::Object(inner) = &mut value {
                inner.remove("etag");
                inner.remove("updateTime");
            }
            kept.insert(key.to_owned(), value);
        }
    }
    Value::Object(kept)
}
