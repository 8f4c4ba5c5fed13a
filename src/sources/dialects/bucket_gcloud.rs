//! A bucket as `gcloud storage buckets describe|list` prints it without `--raw`.

use super::bucket::{self, DATA};
use super::document::Found;
use super::node::{Draft, Node, id_text, join};
use super::{names, times};
use crate::model::{Dialect, GapReason};
use serde_json::Value;

/// What gcloud's own shape drops (gcloud 528, `resource_util` of the storage surface).
const LACKS: [&str; 9] = [
    "/hierarchicalNamespace",
    "/encryption/googleManagedEncryptionEnforcementConfig",
    "/encryption/customerManagedEncryptionEnforcementConfig",
    "/encryption/customerSuppliedEncryptionEnforcementConfig",
    "/owner",
    "/iamConfiguration/uniformBucketLevelAccess/lockedTime",
    "/projectNumber",
    "/etag",
    "/satisfiesPZI",
];

/// gcloud's member and where the JSON API has it.
const FIELDS: [(&str, &str); 22] = [
    ("acl", "/acl"),
    ("cors_config", "/cors"),
    ("data_locations", "/customPlacementConfig/dataLocations"),
    ("default_acl", "/defaultObjectAcl"),
    ("default_event_based_hold", "/defaultEventBasedHold"),
    ("default_kms_key", "/encryption/defaultKmsKeyName"),
    ("default_storage_class", "/storageClass"),
    ("ip_filter_config", "/ipFilter"),
    ("lifecycle_config", "/lifecycle"),
    ("location_type", "/locationType"),
    ("logging_config", "/logging"),
    ("per_object_retention", "/objectRetention"),
    (
        "public_access_prevention",
        "/iamConfiguration/publicAccessPrevention",
    ),
    ("requester_pays", "/billing/requesterPays"),
    ("retention_policy", "/retentionPolicy"),
    ("satisfies_pzs", "/satisfiesPZS"),
    ("soft_delete_policy", "/softDeletePolicy"),
    (
        "uniform_bucket_level_access",
        "/iamConfiguration/uniformBucketLevelAccess/enabled",
    ),
    ("versioning_enabled", "/versioning/enabled"),
    ("website_config", "/website"),
    ("hierarchical_namespace", "/hierarchicalNamespace"),
    ("project_number", "/projectNumber"),
];

const TIMES: [(&str, &str); 2] = [
    ("creation_time", "/timeCreated"),
    ("update_time", "/updated"),
];

const NUMBERS: [&str; 2] = ["generation", "metageneration"];

pub(super) fn read(node: &Node<'_>, found: &mut Found) -> bool {
    let Some((name, asset_type)) = bucket_of(node) else {
        return false;
    };
    let mut draft = Draft::new(&name, &asset_type, &node.pointer);
    draft.set(DATA, Value::Object(serde_json::Map::new()), &node.pointer);
    for (key, member) in node.members() {
        if let Some((_, place)) = FIELDS.iter().find(|(from, _)| *from == key) {
            draft.copy(&format!("{DATA}{place}"), &member);
        } else if let Some((_, place)) = TIMES.iter().find(|(from, _)| *from == key) {
            let value = match member.value.as_str() {
                Some(text) => Value::from(times::rfc3339(text)),
                None => member.value.clone(),
            };
            draft.set(&format!("{DATA}{place}"), value, &member.pointer);
        } else if NUMBERS.contains(&key) {
            // The JSON API writes 64-bit numbers as strings.
            let value = id_text(member.value).map_or_else(|| member.value.clone(), Value::from);
            draft.set(&join(DATA, key), value, &member.pointer);
        } else {
            draft.copy(&join(DATA, key), &member);
        }
    }
    if let Some(since) = node.get("autoclass_enabled_time")
        && draft.has("/resource/data/autoclass")
        && !draft.has("/resource/data/autoclass/toggleTime")
    {
        let time = times::rfc3339(since.value.as_str().unwrap_or_default());
        draft.set(
            "/resource/data/autoclass/toggleTime",
            Value::from(time),
            &since.pointer,
        );
    }
    draft.lack_data(&LACKS, GapReason::DialectLacks);
    bucket::without_filter(&mut draft);
    bucket::finish(&mut draft);
    found.asset(Dialect::BucketGcloud, draft);
    true
}

/// The bucket that `node` describes, if it does: by its address, or by members that only gcloud has.
fn bucket_of(node: &Node<'_>) -> Option<(String, String)> {
    let by_url = node
        .text("storage_url")
        .and_then(|url| url.strip_prefix("gs://"))
        .map(|rest| rest.trim_end_matches('/'))
        .filter(|bucket| !bucket.contains('/'));
    let own = [
        "uniform_bucket_level_access",
        "default_storage_class",
        "public_access_prevention",
        "versioning_enabled",
        "soft_delete_policy",
        "location_type",
        "creation_time",
        "lifecycle_config",
        "default_kms_key",
        "retention_policy",
        "default_acl",
    ];
    let count = own.iter().filter(|key| node.has(key)).count();
    let name = node.text("name").filter(|n| !n.contains('/'));
    match (by_url, name) {
        (Some(bucket), _) if count >= 1 => names::bucket_name(bucket, ""),
        (None, Some(name)) if count >= 2 && !node.has("bucket") => names::bucket_name(name, ""),
        _ => None,
    }
}
