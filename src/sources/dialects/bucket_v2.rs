//! A bucket of the gRPC API, `google.storage.v2.Bucket` as JSON.
//!
//! Proto JSON leaves out members that have their default, so an empty message means "off".

use super::bucket::{self, DATA};
use super::document::Found;
use super::node::{Draft, Node, join};
use super::{names, rename};
use crate::model::{Dialect, GapReason};
use serde_json::{Map, Value};

/// The gRPC model has no such field.
const LACKS: [&str; 2] = ["/satisfiesPZI", "/softDeleteTime"];

/// Whose keys belong to the user.
const OPAQUE: [&str; 1] = ["labels"];

/// Members with another name in the JSON API. Pointers below the bucket, of the camel-cased document.
const FIELDS: [(&str, &str); 11] = [
    ("/createTime", "/timeCreated"),
    ("/updateTime", "/updated"),
    ("/bucketId", "/id"),
    ("/iamConfig", "/iamConfiguration"),
    (
        "/iamConfiguration/uniformBucketLevelAccess/lockTime",
        "/iamConfiguration/uniformBucketLevelAccess/lockedTime",
    ),
    ("/encryption/defaultKmsKey", "/encryption/defaultKmsKeyName"),
    (
        "/retentionPolicy/retentionDuration",
        "/retentionPolicy/retentionPeriod",
    ),
    (
        "/softDeletePolicy/retentionDuration",
        "/softDeletePolicy/retentionDurationSeconds",
    ),
    ("/satisfiesPzs", "/satisfiesPZS"),
    ("/objectRetention/enabled", "/objectRetention/mode"),
    ("/project", "/projectNumber"),
];

/// Messages whose boolean is left out when false.
const SWITCHES: [(&str, &str); 6] = [
    ("/versioning", "/enabled"),
    ("/iamConfiguration/uniformBucketLevelAccess", "/enabled"),
    ("/autoclass", "/enabled"),
    ("/hierarchicalNamespace", "/enabled"),
    ("/billing", "/requesterPays"),
    ("/retentionPolicy", "/isLocked"),
];

pub(super) fn read(node: &Node<'_>, found: &mut Found) -> bool {
    let Some(bucket) = node
        .text("name")
        .and_then(|n| n.strip_prefix("projects/_/buckets/"))
        .filter(|b| !b.is_empty() && !b.contains('/'))
    else {
        return false;
    };
    let own = [
        "bucketId",
        "bucket_id",
        "iamConfig",
        "iam_config",
        "storageClass",
        "storage_class",
        "project",
        "createTime",
        "create_time",
        "metageneration",
    ];
    if !node.has_any(&own) {
        return false;
    }
    let Some((name, asset_type)) = names::bucket_name(bucket, "") else {
        return false;
    };
    let mut draft = Draft::new(&name, &asset_type, &node.pointer);
    let mut pairs = Vec::new();
    let value = rename::camel_tree(node, DATA, &OPAQUE, &mut pairs);
    draft.set(DATA, value, &node.pointer);
    for (to, from) in pairs {
        draft.map(&to, &from);
    }
    rewrite(&mut draft, bucket);
    draft.lack_data(&LACKS, GapReason::DialectLacks);
    bucket::without_filter(&mut draft);
    bucket::finish(&mut draft);
    found.asset(Dialect::BucketStorageV2, draft);
    true
}

/// The settings of a bucket that was read by gRPC, under the names of the JSON API. `None`: it is no bucket.
#[cfg(feature = "live")]
pub(in crate::sources) fn bucket_settings(bucket: &Value) -> Option<Value> {
    let mut found = Found::default();
    if !read(&Node::root(bucket), &mut found) {
        return None;
    }
    let read = found.of(Dialect::BucketStorageV2).assets.pop()?;
    read.asset.pointer(DATA).cloned()
}

fn rewrite(draft: &mut Draft, bucket: &str) {
    let name_source = draft.source("/resource/data/name");
    draft.set("/resource/data/name", Value::from(bucket), &name_source);
    for (from, to) in FIELDS {
        draft.rename(&format!("{DATA}{from}"), &format!("{DATA}{to}"));
    }
    for (message, switch) in SWITCHES {
        let message = format!("{DATA}{message}");
        let place = format!("{message}{switch}");
        if draft.at(&message).is_some_and(Value::is_object) && !draft.has(&place) {
            let source = draft.source(&message);
            draft.set(&place, Value::Bool(false), &source);
        }
    }
    draft.change("/resource/data/projectNumber", |v| {
        Some(Value::from(v.as_str()?.strip_prefix("projects/")?))
    });
    draft.change("/resource/data/logging/logBucket", |v| {
        Some(Value::from(v.as_str()?.rsplit('/').next()?))
    });
    draft.change(
        "/resource/data/iamConfiguration/publicAccessPrevention",
        |v| Some(Value::from(v.as_str()?.to_lowercase())),
    );
    draft.change("/resource/data/objectRetention/mode", |v| {
        v.as_bool()?.then(|| Value::from("Enabled"))
    });
    for place in [
        "/retentionPolicy/retentionPeriod",
        "/softDeletePolicy/retentionDurationSeconds",
    ] {
        draft.change(&format!("{DATA}{place}"), seconds);
    }
    rewrite_lifecycle(draft);
}

/// `604800s` → `604800`, and the object form of a duration. Fractions are dropped: the API has none here.
fn seconds(value: &Value) -> Option<Value> {
    let text = match value {
        Value::String(text) => text.strip_suffix('s')?.split('.').next()?.to_owned(),
        Value::Object(parts) => super::node::id_text(parts.get("seconds")?)?,
        _ => return None,
    };
    Some(Value::from(text))
}

fn rewrite_lifecycle(draft: &mut Draft) {
    let rules = draft
        .at("/resource/data/lifecycle/rule")
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    for index in 0..rules {
        let condition = format!("{DATA}/lifecycle/rule/{index}/condition");
        draft.rename(&join(&condition, "ageDays"), &join(&condition, "age"));
        for key in ["createdBefore", "customTimeBefore", "noncurrentTimeBefore"] {
            draft.change(&join(&condition, key), |v| v.as_object().and_then(date));
        }
    }
}

/// `google.type.Date` as the JSON API writes dates.
fn date(parts: &Map<String, Value>) -> Option<Value> {
    let part = |key: &str| parts.get(key).and_then(Value::as_u64);
    Some(Value::from(format!(
        "{:04}-{:02}-{:02}",
        part("year")?,
        part("month")?,
        part("day")?
    )))
}
