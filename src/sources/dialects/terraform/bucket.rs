//! `google_storage_bucket` and the resources of its access control lists.

use super::super::bucket::{DATA, finish};
use super::super::node::{Draft, Node, id_text, join};
use super::super::rename::{LONGEST_NAME, camel};
use super::{Plan, Planned, targets};
use crate::model::GapReason;
use serde_json::{Map, Value};

const BUCKET: &str = "storage.googleapis.com/Bucket";

/// What no argument of `google_storage_bucket` carries: who is on the ACLs is said elsewhere, if at all.
const LACKS: [&str; 5] = [
    "/acl",
    "/defaultObjectAcl",
    "/owner",
    "/iamConfiguration/uniformBucketLevelAccess/lockedTime",
    "/etag",
];

/// Argument, place in the JSON API, and whether it is a block of which there is at most one.
const ARGUMENTS: [(&str, &str, bool); 23] = [
    ("name", "/name", false),
    ("location", "/location", false),
    ("storage_class", "/storageClass", false),
    ("labels", "/labels", false),
    ("rpo", "/rpo", false),
    ("cors", "/cors", false),
    ("versioning", "/versioning", true),
    ("website", "/website", true),
    ("logging", "/logging", true),
    ("retention_policy", "/retentionPolicy", true),
    ("soft_delete_policy", "/softDeletePolicy", true),
    ("autoclass", "/autoclass", true),
    ("encryption", "/encryption", true),
    ("hierarchical_namespace", "/hierarchicalNamespace", true),
    ("ip_filter", "/ipFilter", true),
    ("custom_placement_config", "/customPlacementConfig", true),
    ("default_event_based_hold", "/defaultEventBasedHold", false),
    ("requester_pays", "/billing/requesterPays", false),
    (
        "uniform_bucket_level_access",
        "/iamConfiguration/uniformBucketLevelAccess/enabled",
        false,
    ),
    (
        "bucket_policy_only",
        "/iamConfiguration/bucketPolicyOnly/enabled",
        false,
    ),
    (
        "public_access_prevention",
        "/iamConfiguration/publicAccessPrevention",
        false,
    ),
    ("lifecycle_rule", "/lifecycle/rule", false),
    ("project_number", "/projectNumber", false),
];

/// Durations that the JSON API writes as strings.
const SECONDS: [&str; 2] = [
    "/retentionPolicy/retentionPeriod",
    "/softDeletePolicy/retentionDurationSeconds",
];

pub(super) fn read(resource: &Planned<'_>, all: &[Planned<'_>], plan: &mut Plan<'_>) {
    let name = targets::known_name(resource, all, plan)
        .unwrap_or_else(|| targets::placeholder(resource.address));
    let project = targets::project(resource, all, plan);
    let values = &resource.values;
    let draft = plan.draft(&name, BUCKET, &values.pointer);
    // A grant or an ACL may have mentioned the bucket before.
    draft.map("/resource", &values.pointer);
    draft.unlack(DATA);
    if !draft.has(DATA) {
        draft.set(DATA, Value::Object(Map::new()), &values.pointer);
    }
    for (key, member) in values.members() {
        argument(draft, key, &member);
    }
    for (key, place, _) in ARGUMENTS {
        if resource.is_unknown(&[key]) {
            draft.lack_data(&[place], GapReason::KnownAfterApply);
        }
    }
    for place in SECONDS {
        draft.change(&format!("{DATA}{place}"), |v| id_text(v).map(Value::from));
    }
    draft.change("/resource/data/lifecycle/rule", tidy_rules);
    if let Some(project) = project {
        let parent = format!("//cloudresourcemanager.googleapis.com/projects/{project}");
        draft.set("/resource/parent", Value::from(parent), &values.pointer);
    }
    draft.lack_data(&LACKS, GapReason::DialectLacks);
    finish(draft);
}

fn argument(draft: &mut Draft, key: &str, member: &Node<'_>) {
    if member.value.is_null() {
        return;
    }
    match key {
        "predefined_acl" => return predefined(draft, member),
        "enable_object_retention" => {
            if member.value == &Value::Bool(true) {
                draft.set(
                    "/resource/data/objectRetention/mode",
                    Value::from("Enabled"),
                    &member.pointer,
                );
            }
            return;
        }
        _ => {}
    }
    let known = ARGUMENTS.iter().find(|(name, _, _)| *name == key);
    let Some((_, place, block)) = known else {
        // Kept under its own name, as every field that no table knows.
        return draft.copy(&join(DATA, key), member);
    };
    let place = format!("{DATA}{place}");
    if *block {
        // A block that is not there is an empty list.
        if let Some(first) = member.elements().find(|b| b.value.is_object()) {
            put_block(draft, &place, &first);
        }
        return;
    }
    match member.value {
        Value::Array(list) if list.is_empty() => {}
        Value::Array(_) => {
            for element in member.elements() {
                let own = draft.push(&place, Value::Object(Map::new()), &element.pointer);
                put_block(draft, &own, &element);
            }
        }
        _ => draft.copy(&place, member),
    }
}

/// A block with its arguments in camel case; nested blocks of one element become objects.
fn put_block(draft: &mut Draft, place: &str, block: &Node<'_>) {
    draft.set(place, Value::Object(Map::new()), &block.pointer);
    for (key, member) in block.members() {
        if member.value.is_null() {
            continue;
        }
        let own = join(place, &camel(key));
        let blocks: Vec<Node<'_>> = member.elements().filter(|e| e.value.is_object()).collect();
        match blocks.as_slice() {
            [only] if !key.ends_with('s') && key.len() <= LONGEST_NAME => {
                put_block(draft, &own, only)
            }
            _ if key.len() > LONGEST_NAME => draft.copy(&own, &member),
            [] => draft.copy(&own, &member),
            many => {
                draft.set(&own, Value::Array(Vec::new()), &member.pointer);
                for element in many {
                    let part = draft.push(&own, Value::Object(Map::new()), &element.pointer);
                    put_block(draft, &part, element);
                }
            }
        }
    }
}

/// Terraform spells `is_live` as `with_state`, writes unset numbers as 0 and unset lists as empty.
fn tidy_rules(rules: &Value) -> Option<Value> {
    let mut rules = rules.clone();
    for rule in rules.as_array_mut()? {
        let Some(condition) = rule.get_mut("condition").and_then(Value::as_object_mut) else {
            continue;
        };
        match condition
            .shift_remove("withState")
            .as_ref()
            .and_then(Value::as_str)
        {
            Some("LIVE") => condition.insert("isLive".to_owned(), Value::Bool(true)),
            Some("ARCHIVED") => condition.insert("isLive".to_owned(), Value::Bool(false)),
            _ => None,
        };
        let age_counts = condition.get("sendAgeIfZero") == Some(&Value::Bool(true));
        condition.retain(|key, value| match value {
            Value::Null | Value::Bool(_) => !key.starts_with("send") && !key.starts_with("noAge"),
            Value::String(text) => !text.is_empty(),
            Value::Array(list) => !list.is_empty(),
            Value::Number(number) => number.as_u64() != Some(0) || (key == "age" && age_counts),
            Value::Object(_) => true,
        });
        if let Some(action) = rule.get_mut("action").and_then(Value::as_object_mut) {
            action.retain(|_, value| value.as_str() != Some(""));
        }
    }
    Some(rules)
}

/// Canned ACLs, "Predefined or canned ACLs" in the documentation of Cloud Storage. Only who is added besides
/// the project's own teams is written out.
fn predefined(draft: &mut Draft, member: &Node<'_>) {
    let grants: &[(&str, &str)] = match member.value.as_str() {
        Some("publicRead") => &[("allUsers", "READER")],
        Some("publicReadWrite") => &[("allUsers", "WRITER")],
        Some("authenticatedRead") => &[("allAuthenticatedUsers", "READER")],
        _ => &[],
    };
    for (entity, role) in grants {
        push_entry(draft, "/resource/data/acl", entity, role, &member.pointer);
    }
}

fn push_entry(draft: &mut Draft, list: &str, entity: &str, role: &str, source: &str) {
    let mut entry = Map::new();
    entry.insert("entity".to_owned(), Value::from(entity));
    entry.insert("role".to_owned(), Value::from(role));
    draft.push(list, Value::Object(entry), source);
}

pub(super) fn read_acl(resource: &Planned<'_>, all: &[Planned<'_>], plan: &mut Plan<'_>) {
    let name = targets::bucket("bucket", resource, all, plan);
    let values = &resource.values;
    let draft = plan.draft(&name, BUCKET, &values.pointer);
    if !draft.has(DATA) {
        draft.lack(DATA, GapReason::ContentMissing);
    }
    let list = if resource.kind.contains("default_object") {
        "/resource/data/defaultObjectAcl"
    } else {
        "/resource/data/acl"
    };
    if let Some(member) = values
        .get("predefined_acl")
        .filter(|_| list.ends_with("/acl"))
    {
        predefined(draft, &member);
    }
    let pairs = values.get("role_entity");
    for pair in pairs.iter().flat_map(Node::elements) {
        if let Some((role, entity)) = pair.value.as_str().and_then(|text| text.split_once(':')) {
            push_entry(draft, list, entity, role, &pair.pointer);
        }
    }
    if let (Some(entity), Some(role)) = (values.text("entity"), values.text("role")) {
        push_entry(draft, list, entity, role, &values.pointer);
    }
    if resource.is_unknown(&["role_entity"]) || resource.is_unknown(&["entity"]) {
        draft.lack(list, GapReason::KnownAfterApply);
    }
}
