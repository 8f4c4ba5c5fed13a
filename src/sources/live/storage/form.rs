//! One form for what both transports bring: that of the JSON API, in which Cloud Asset Inventory gives buckets too.
//!
//! A snapshot must not depend on how it was read. So what only one transport carries, and what says how it was asked
//! instead of what is set, is left out; switches and times are written one way; members are sorted. A member that
//! no table knows stays as it is.

use jiff::{Timestamp, Unit};
use serde_json::{Map, Value};

/// Of a bucket: the address it was read from, versions of the answer, and what `google.storage.v2.Bucket` has not.
const BUCKET_LEFT_OUT: [&str; 6] = [
    "kind",
    "selfLink",
    "etag",
    "generation",
    "satisfiesPZI",
    "bucketPolicyOnly",
];

/// Of an entry of an access control list. `entityAlt` is the same principal in the other spelling, by gRPC only.
const ENTRY_LEFT_OUT: [&str; 8] = [
    "kind",
    "selfLink",
    "etag",
    "id",
    "bucket",
    "object",
    "generation",
    "entityAlt",
];

/// Messages with the switch in them that gRPC leaves out when it is off.
const SWITCHES: [(&str, &str); 7] = [
    ("/versioning", "enabled"),
    ("/iamConfiguration/uniformBucketLevelAccess", "enabled"),
    ("/autoclass", "enabled"),
    ("/hierarchicalNamespace", "enabled"),
    ("/billing", "requesterPays"),
    ("/retentionPolicy", "isLocked"),
    ("/ipFilter", "allowCrossOrgVpcs"),
];

/// Plain members whose default gRPC cannot tell from nothing.
const DEFAULTS: [(&str, &str); 2] = [("", "defaultEventBasedHold"), ("", "satisfiesPZS")];

/// The JSON API gives milliseconds, gRPC up to nanoseconds.
const TIMES: [(&str, &str); 11] = [
    ("", "timeCreated"),
    ("", "updated"),
    ("/iamConfiguration/uniformBucketLevelAccess", "lockedTime"),
    ("/autoclass", "toggleTime"),
    ("/autoclass", "terminalStorageClassUpdateTime"),
    ("/retentionPolicy", "effectiveTime"),
    ("/softDeletePolicy", "effectiveTime"),
    (
        "/encryption/googleManagedEncryptionEnforcementConfig",
        "effectiveTime",
    ),
    (
        "/encryption/customerManagedEncryptionEnforcementConfig",
        "effectiveTime",
    ),
    (
        "/encryption/customerSuppliedEncryptionEnforcementConfig",
        "effectiveTime",
    ),
    ("", "softDeleteTime"),
];

/// 64-bit numbers, which JSON carries as text.
const DIGITS: [(&str, &str); 4] = [
    ("", "metageneration"),
    ("", "projectNumber"),
    ("/retentionPolicy", "retentionPeriod"),
    ("/softDeletePolicy", "retentionDurationSeconds"),
];

/// A bucket of the JSON API, or of gRPC once its members have the names of the JSON API. `None`: it is none.
pub(super) fn bucket(mut bucket: Value) -> Option<Value> {
    let name = bucket.get("name")?.as_str().filter(|name| !name.is_empty());
    let name = Value::from(name?);
    let own = bucket.as_object_mut()?;
    for key in BUCKET_LEFT_OUT {
        own.shift_remove(key);
    }
    let labels = own.shift_remove("labels");
    // What is null or empty is not there, so everything that is added comes after.
    prune(&mut bucket);
    uniform_access(&mut bucket);
    let own = bucket.as_object_mut()?;
    own.entry("id").or_insert(name);
    access_lists(own);
    if let Some(labels) = labels.filter(|labels| labels.as_object().is_none_or(|l| !l.is_empty())) {
        put(&mut bucket, "", "labels", labels);
    }
    settings(&mut bucket);
    bucket.sort_all_objects();
    Some(bucket)
}

/// `bucketPolicyOnly` is the former name of uniform access, and the JSON API gives both.
fn uniform_access(bucket: &mut Value) {
    let Some(Value::Object(configuration)) = bucket.get_mut("iamConfiguration") else {
        return;
    };
    let former = configuration.shift_remove("bucketPolicyOnly");
    configuration
        .entry("uniformBucketLevelAccess")
        .or_insert_with(|| former.unwrap_or_else(|| Value::Object(Map::new())));
}

/// Who may not see access control lists is shown none, and gRPC cannot tell an empty list from that, so two empty
/// lists are no fact. One permission (`storage.buckets.getIamPolicy`) shows both: beside one that has entries, the
/// other is known to be empty.
fn access_lists(bucket: &mut Map<String, Value>) {
    const LISTS: [&str; 2] = ["acl", "defaultObjectAcl"];
    let mut seen = false;
    for key in LISTS {
        let Some(Value::Array(entries)) = bucket.get_mut(key) else {
            continue;
        };
        for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
            for key in ENTRY_LEFT_OUT {
                entry.shift_remove(key);
            }
        }
        seen |= !entries.is_empty();
    }
    for key in LISTS {
        if bucket.get(key).is_none_or(is_empty) {
            bucket.shift_remove(key);
            if seen {
                bucket.insert(key.to_owned(), Value::Array(Vec::new()));
            }
        }
    }
}

fn settings(bucket: &mut Value) {
    // Networks that nothing may come from are told from networks that nobody spoke of.
    if let Some(Value::Object(filter)) = bucket.get_mut("ipFilter") {
        let vpcs = filter.get_mut("vpcNetworkSources");
        let vpcs = vpcs.and_then(Value::as_array_mut);
        for source in vpcs.into_iter().flatten() {
            ranges(source);
        }
        if let Some(source) = filter.get_mut("publicNetworkSource") {
            ranges(source);
        }
    }
    for (at, key) in SWITCHES {
        if let Some(Value::Object(message)) = bucket.pointer_mut(at) {
            message.entry(key).or_insert(Value::Bool(false));
        }
    }
    for (at, key) in DEFAULTS {
        if let Some(Value::Object(message)) = bucket.pointer_mut(at)
            && message.get(key) == Some(&Value::Bool(false))
        {
            message.shift_remove(key);
        }
    }
    change(bucket, &TIMES, moment);
    change(bucket, &DIGITS, |value| {
        Some(Value::from(value.as_u64()?.to_string()))
    });
    let lower = |value: &Value| Some(Value::from(value.as_str()?.to_lowercase()));
    change(
        bucket,
        &[("/iamConfiguration", "publicAccessPrevention")],
        lower,
    );
    let age = bucket.get_mut("cors").and_then(Value::as_array_mut);
    for rule in age.into_iter().flatten().filter_map(Value::as_object_mut) {
        if rule.get("maxAgeSeconds") == Some(&Value::from(0)) {
            rule.shift_remove("maxAgeSeconds");
        }
    }
    let kept = bucket.pointer("/objectRetention/mode");
    if !kept.is_some_and(|mode| {
        mode.as_str()
            .is_some_and(|m| m.eq_ignore_ascii_case("Enabled"))
    }) && let Some(own) = bucket.as_object_mut()
    {
        own.shift_remove("objectRetention");
    }
}

fn ranges(source: &mut Value) {
    if let Value::Object(source) = source {
        source
            .entry("allowedIpCidrRanges")
            .or_insert_with(|| Value::Array(Vec::new()));
    }
}

/// An allow policy: `bindings`, always there, with `version`, `etag` and `auditConfigs` where they are set.
/// `None`: it is none.
pub(super) fn policy(mut policy: Value) -> Option<Value> {
    let own = policy.as_object_mut()?;
    own.shift_remove("kind");
    own.shift_remove("resourceId");
    if own.get("version") == Some(&Value::from(0)) {
        own.shift_remove("version");
    }
    prune(&mut policy);
    let own = policy.as_object_mut()?;
    let bindings = own.entry("bindings");
    if !bindings
        .or_insert_with(|| Value::Array(Vec::new()))
        .is_array()
    {
        return None;
    }
    policy.sort_all_objects();
    Some(policy)
}

/// A managed folder of `bucket`. Its name is that within the bucket, with the slash at its end. `None`: it is none.
pub(super) fn managed_folder(mut folder: Value, bucket: &str) -> Option<Value> {
    let name = folder.get("name")?.as_str()?;
    let prefix = format!("projects/_/buckets/{bucket}/managedFolders/");
    let name = name.strip_prefix(&prefix).unwrap_or(name).to_owned();
    if name.is_empty() {
        return None;
    }
    let own = folder.as_object_mut()?;
    own.shift_remove("kind");
    own.shift_remove("selfLink");
    own.insert("id".to_owned(), Value::from(format!("{bucket}/{name}")));
    own.insert("bucket".to_owned(), Value::from(bucket));
    own.insert("name".to_owned(), Value::from(name));
    prune(&mut folder);
    change(
        &mut folder,
        &[("", "createTime"), ("", "updateTime")],
        moment,
    );
    change(&mut folder, &[("", "metageneration")], |value| {
        Some(Value::from(value.as_u64()?.to_string()))
    });
    folder.sort_all_objects();
    Some(folder)
}

/// Takes out null, `""`, `[]` and `{}`, which gRPC does not tell from nothing, below members of objects. Messages
/// with a switch and the lists of an access control keep their emptiness.
fn prune(value: &mut Value) {
    const SPEAKING: [&str; 11] = [
        "acl",
        "defaultObjectAcl",
        "versioning",
        "iamConfiguration",
        "uniformBucketLevelAccess",
        "bucketPolicyOnly",
        "autoclass",
        "hierarchicalNamespace",
        "billing",
        "ipFilter",
        "publicNetworkSource",
    ];
    match value {
        Value::Object(members) => {
            members.retain(|key, member| {
                prune(member);
                !is_empty(member) || (SPEAKING.contains(&key.as_str()) && !is_blank(member))
            });
        }
        Value::Array(elements) => elements.iter_mut().for_each(prune),
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
        other => is_blank(other),
    }
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

/// Replaces members by what `how` makes of them; `None` leaves them.
fn change(value: &mut Value, places: &[(&str, &str)], how: impl Fn(&Value) -> Option<Value>) {
    for (at, key) in places {
        let member = value.pointer_mut(at).and_then(|parent| parent.get_mut(key));
        if let Some(member) = member
            && let Some(new) = how(member)
        {
            *member = new;
        }
    }
}

fn put(value: &mut Value, at: &str, key: &str, member: Value) {
    if let Some(Value::Object(parent)) = value.pointer_mut(at) {
        parent.insert(key.to_owned(), member);
    }
}

/// RFC 3339 in UTC, to the millisecond. What is no time stays.
fn moment(value: &Value) -> Option<Value> {
    let time: Timestamp = value.as_str()?.parse().ok()?;
    let rounding = jiff::TimestampRound::new()
        .smallest(Unit::Millisecond)
        .mode(jiff::RoundMode::Floor);
    Some(Value::from(time.round(rounding).ok()?.to_string()))
}

#[cfg(test)]
mod tests;
