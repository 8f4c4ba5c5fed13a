//! The JSON API of Cloud Storage.

use super::super::answer::Refusal;
use super::super::kinds::{BUCKET, HMAC_KEY, MANAGED_FOLDER};
use super::super::state::Item;
use super::{Ask, Place, Trace, Twist, policy};
use serde_json::{Value, json};

/// Pages of buckets and managed folders; of HMAC keys.
const SIZES: (usize, usize) = (1000, 1000);
const KEY_SIZES: (usize, usize) = (250, 250);

pub fn route(ask: &Ask<'_>, place: &Place<'_>, trace: &mut Trace) -> Result<Value, Refusal> {
    ask.get_only()?;
    match place.path.as_slice() {
        ["b"] => buckets(ask, trace),
        ["b", bucket] => one(ask, trace, bucket),
        ["b", bucket, "iam"] => {
            trace.is("storage.buckets.getIamPolicy");
            allow(ask, bucket, None)
        }
        ["b", bucket, "iam", "testPermissions"] => test(ask, trace, bucket),
        ["b", bucket, "managedFolders"] => folders(ask, trace, bucket),
        ["b", bucket, "managedFolders", folder, "iam"] => {
            trace.is("storage.managedFolders.getIamPolicy");
            allow(ask, bucket, Some(folder))
        }
        ["b", bucket, "notificationConfigs"] => {
            trace.is("storage.notifications.list");
            let at = home(ask, bucket)?;
            need(ask, at, "storage.buckets.get", bucket)?;
            Ok(json!({ "kind": "storage#notifications" }))
        }
        ["projects", project, "hmacKeys"] => keys(ask, trace, project),
        _ => Err(Refusal::NoSuchPath),
    }
}

/// The node of a bucket.
fn home(ask: &Ask<'_>, bucket: &str) -> Result<usize, Refusal> {
    let found = ask.estate.bucket(bucket);
    found.ok_or_else(|| Refusal::NotFound(format!("bucket {bucket}")))
}

fn need(ask: &Ask<'_>, at: usize, permission: &str, bucket: &str) -> Result<(), Refusal> {
    let resource = format!("projects/_/buckets/{bucket}");
    ask.rights.need(permission, ask.estate, at, &resource)
}

fn project(ask: &Ask<'_>, id: &str) -> Result<usize, Refusal> {
    let found = ask.estate.node(&format!("projects/{id}"));
    found.ok_or_else(|| Refusal::Invalid(format!("Unknown project id: {id}")))
}

/// Whether access lists are asked for; the default leaves them out.
fn full(ask: &Ask<'_>) -> Result<bool, Refusal> {
    match ask.request.parameter("projection") {
        None | Some("noAcl") => Ok(false),
        Some("full") => Ok(true),
        Some(other) => Err(Refusal::Invalid(format!(
            "Invalid value for projection: {other}"
        ))),
    }
}

fn buckets(ask: &Ask<'_>, trace: &mut Trace) -> Result<Value, Refusal> {
    trace.is("storage.buckets.list");
    let id = ask.request.parameter("project").unwrap_or_default();
    if id.is_empty() {
        return Err(Refusal::Invalid("Required parameter: project".into()));
    }
    trace.target = format!("{}?{id}", trace.target);
    let at = project(ask, id)?;
    let resource = format!("projects/{id}");
    ask.rights
        .need("storage.buckets.list", ask.estate, at, &resource)?;
    let full = full(ask)?;
    if full {
        ask.rights
            .need("storage.buckets.getIamPolicy", ask.estate, at, &resource)?;
    }
    let prefix = ask.request.parameter("prefix").unwrap_or_default();
    let content = ask.estate.content(at);
    let all: Vec<&Item> = content
        .of(BUCKET)
        .filter(|bucket| name(bucket).starts_with(prefix))
        .collect();
    let mut unreachable = None;
    if ask.twist == Twist::Unreachable {
        // Without returnPartialSuccess the whole list fails when a location does not answer.
        if ask.request.parameter("returnPartialSuccess") != Some("true") {
            return Err(Refusal::Server(503));
        }
        let last = all
            .last()
            .and_then(|bucket| bucket.data["location"].as_str());
        unreachable = last.map(str::to_owned);
    }
    let all: Vec<&Item> = all
        .into_iter()
        .filter(|bucket| {
            unreachable.is_none() || bucket.data["location"].as_str() != unreachable.as_deref()
        })
        .collect();
    let (range, next) = ask.page(trace, all.len(), SIZES)?;
    let mut answer = json!({ "kind": "storage#buckets" });
    let page: Vec<Value> = all[range]
        .iter()
        .map(|bucket| shown(ask, at, bucket, full))
        .collect();
    if !page.is_empty() {
        answer["items"] = json!(page);
    }
    if let Some(location) = unreachable {
        let location = location.to_ascii_lowercase();
        answer["unreachable"] = json!([format!("projects/_/locations/{location}")]);
    }
    if let Some(next) = next {
        answer["nextPageToken"] = json!(next);
    }
    Ok(answer)
}

fn name(bucket: &Item) -> &str {
    bucket.below.trim_start_matches("buckets/")
}

fn shown(ask: &Ask<'_>, at: usize, bucket: &Item, full: bool) -> Value {
    let mut data = bucket.data.clone();
    if let Some(fields) = data.as_object_mut() {
        if !full {
            for field in ["acl", "defaultObjectAcl", "owner"] {
                fields.shift_remove(field);
            }
        }
        // The reference: "requires storage.buckets.getIpFilter".
        let filter = "storage.buckets.getIpFilter";
        if !ask.rights.hold(filter, ask.estate, at) {
            fields.shift_remove("ipFilter");
        }
    }
    data
}

fn one(ask: &Ask<'_>, trace: &mut Trace, bucket: &str) -> Result<Value, Refusal> {
    trace.is("storage.buckets.get");
    let at = home(ask, bucket)?;
    need(ask, at, "storage.buckets.get", bucket)?;
    let full = full(ask)?;
    if full {
        need(ask, at, "storage.buckets.getIamPolicy", bucket)?;
    }
    let content = ask.estate.content(at);
    let found = content.at(&format!("buckets/{bucket}"));
    let found = found.ok_or_else(|| Refusal::NotFound(format!("bucket {bucket}")))?;
    Ok(shown(ask, at, found, full))
}

fn allow(ask: &Ask<'_>, bucket: &str, folder: Option<&str>) -> Result<Value, Refusal> {
    let at = home(ask, bucket)?;
    let permission = match folder {
        Some(_) => "storage.managedFolders.getIamPolicy",
        None => "storage.buckets.getIamPolicy",
    };
    need(ask, at, permission, bucket)?;
    let content = ask.estate.content(at);
    let below = match folder {
        // Its name ends with a slash, which some callers leave out.
        Some(folder) => format!(
            "buckets/{bucket}/managedFolders/{}/",
            folder.trim_end_matches('/')
        ),
        None => format!("buckets/{bucket}"),
    };
    let found = content
        .at(&below)
        .ok_or_else(|| Refusal::NotFound(format!("bucket {bucket}")))?;
    let mut policy = policy::shown(found.policy.as_ref(), policy::version(ask));
    policy.insert("kind".to_owned(), json!("storage#policy"));
    let resource = format!("projects/_/{below}");
    policy.insert("resourceId".to_owned(), json!(resource));
    Ok(Value::Object(policy))
}

fn test(ask: &Ask<'_>, trace: &mut Trace, bucket: &str) -> Result<Value, Refusal> {
    trace.is("storage.buckets.testIamPermissions");
    let at = home(ask, bucket)?;
    let held: Vec<&str> = ask
        .request
        .parameters("permissions")
        .filter(|permission| ask.rights.hold(permission, ask.estate, at))
        .collect();
    let mut answer = json!({ "kind": "storage#testIamPermissionsResponse" });
    if !held.is_empty() {
        answer["permissions"] = json!(held);
    }
    Ok(answer)
}

fn folders(ask: &Ask<'_>, trace: &mut Trace, bucket: &str) -> Result<Value, Refusal> {
    trace.is("storage.managedFolders.list");
    let at = home(ask, bucket)?;
    need(ask, at, "storage.managedFolders.list", bucket)?;
    let content = ask.estate.content(at);
    let prefix = format!("buckets/{bucket}/managedFolders/");
    let all: Vec<&Item> = content
        .of(MANAGED_FOLDER)
        .filter(|folder| folder.below.starts_with(&prefix))
        .collect();
    let (range, next) = ask.page(trace, all.len(), SIZES)?;
    let page: Vec<&Value> = all[range].iter().map(|folder| &folder.data).collect();
    let mut answer = json!({ "kind": "storage#managedFolders" });
    if !page.is_empty() {
        answer["items"] = json!(page);
    }
    if let Some(next) = next {
        answer["nextPageToken"] = json!(next);
    }
    Ok(answer)
}

fn keys(ask: &Ask<'_>, trace: &mut Trace, id: &str) -> Result<Value, Refusal> {
    trace.is("storage.hmacKeys.list");
    let at = project(ask, id)?;
    let resource = format!("projects/{id}");
    ask.rights
        .need("storage.hmacKeys.list", ask.estate, at, &resource)?;
    let content = ask.estate.content(at);
    let deleted = ask.request.parameter("showDeletedKeys") == Some("true");
    let all: Vec<&Item> = content
        .of(HMAC_KEY)
        .filter(|key| deleted || key.data["state"] != "DELETED")
        .collect();
    let (range, next) = ask.page(trace, all.len(), KEY_SIZES)?;
    let page: Vec<&Value> = all[range].iter().map(|key| &key.data).collect();
    let mut answer = json!({ "kind": "storage#hmacKeysMetadata" });
    if !page.is_empty() {
        answer["items"] = json!(page);
    }
    if let Some(next) = next {
        answer["nextPageToken"] = json!(next);
    }
    Ok(answer)
}
