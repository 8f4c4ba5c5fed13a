//! How an element looks in a list, where that is not how it looks by itself.

use super::super::kinds::{DATASET, KEY, ROLE, SERVICE, TABLE};
use super::super::state::Item;
use super::Ask;
use serde_json::{Value, json};

/// An element of a list; `None`: the parameters leave it out.
pub fn listed(ask: &Ask<'_>, item: &Item) -> Option<Value> {
    let parameter = |name: &str| ask.request.parameter(name);
    match item.asset_type.as_str() {
        KEY => {
            let mut wanted = ask.request.parameters("keyTypes").peekable();
            let all = wanted.peek().is_none();
            let own = item.data["keyType"].as_str().unwrap_or("USER_MANAGED");
            (all || wanted.any(|one| one == own)).then(|| item.data.clone())
        }
        ROLE => {
            let deleted = item.data["deleted"] == true;
            if deleted && parameter("showDeleted") != Some("true") {
                return None;
            }
            let mut role = item.data.clone();
            if parameter("view") != Some("FULL") {
                remove(&mut role, "includedPermissions");
            }
            Some(role)
        }
        SERVICE => match parameter("filter").and_then(|filter| filter.strip_prefix("state:")) {
            Some(state) if item.data["state"] != state => None,
            _ => Some(item.data.clone()),
        },
        // A list of datasets tells little of them, and nothing of who may read them.
        DATASET => Some(only(
            &item.data,
            &["kind", "id", "datasetReference", "labels", "location"],
        )),
        TABLE => Some(only(
            &item.data,
            &["kind", "id", "tableReference", "type", "creationTime"],
        )),
        asset_type if asset_type.starts_with("compute.") => Some(linked(item)),
        _ => Some(item.data.clone()),
    }
}

/// With the address by which Compute Engine names everything.
pub fn linked(item: &Item) -> Value {
    let mut data = item.data.clone();
    let path = item.name.trim_start_matches("//compute.googleapis.com/");
    let base = "https://www.googleapis.com/compute/v1";
    data["selfLink"] = json!(format!("{base}/{path}"));
    data
}

fn only(data: &Value, fields: &[&str]) -> Value {
    let entries = data.as_object().into_iter().flatten();
    let kept = entries.filter(|(key, _)| fields.contains(&key.as_str()));
    Value::Object(
        kept.map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    )
}

/// Takes a field away.
pub fn remove(value: &mut Value, field: &str) {
    if let Some(fields) = value.as_object_mut() {
        fields.shift_remove(field);
    }
}

/// A Cloud Run service or job as version 1 shows it, after Knative.
pub fn knative(project: &str, item: &Item) -> Value {
    if item.data.get("metadata").is_some() {
        return item.data.clone();
    }
    // It is held in the shape of version 2: `projects/P/locations/L/services/S`.
    let mut path = item.below.rsplit('/');
    let name = path.next().unwrap_or_default();
    let collection = path.next().unwrap_or_default();
    let place = path.next().unwrap_or_default();
    let data = &item.data;
    let ingress = match data["ingress"].as_str() {
        Some("INGRESS_TRAFFIC_INTERNAL_ONLY") => "internal",
        Some("INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER") => "internal-and-cloud-load-balancing",
        _ => "all",
    };
    let spec = |template: &Value| {
        let mut spec = json!({ "containers": template["containers"] });
        if let Some(account) = template["serviceAccount"].as_str() {
            spec["serviceAccountName"] = json!(account);
        }
        spec
    };
    let mut annotations = json!({ "run.googleapis.com/ingress": ingress });
    if data["invokerIamDisabled"] == true {
        annotations["run.googleapis.com/invoker-iam-disabled"] = json!("true");
    }
    let (kind, api, template) = if collection == "jobs" {
        let inner = spec(&data["template"]["template"]);
        let template = json!({ "spec": { "template": { "spec": inner } } });
        ("Job", "run.googleapis.com/v1", template)
    } else {
        let template = json!({ "spec": spec(&data["template"]) });
        ("Service", "serving.knative.dev/v1", template)
    };
    json!({
        "apiVersion": api,
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": project,
            "labels": { "cloud.googleapis.com/location": place },
            "annotations": annotations,
        },
        "spec": { "template": template },
    })
}
