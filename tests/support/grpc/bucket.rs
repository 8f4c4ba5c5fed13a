//! From the JSON API to the messages of gRPC, member by member.

use super::messages::{ManagedFolder, Time};
use googleapis_tonic_google_iam_v1::google::iam::v1::{Binding, Policy};
use googleapis_tonic_google_storage_v2::google::storage::v2;
use serde_json::Value;
use v2::bucket;

macro_rules! time {
    ($place:expr, $value:expr) => {
        if let Some((seconds, nanos)) = moment(&$value) {
            let place = $place.get_or_insert_default();
            (place.seconds, place.nanos) = (seconds, nanos);
        }
    };
}

macro_rules! duration {
    ($place:expr, $value:expr) => {
        if let Some(seconds) = $value.as_str().and_then(|text| text.parse().ok()) {
            $place.get_or_insert_default().seconds = seconds;
        }
    };
}

macro_rules! date {
    ($place:expr, $value:expr) => {
        if let Some(text) = $value.as_str() {
            let parts: Vec<i32> = text
                .split('-')
                .filter_map(|part| part.parse().ok())
                .collect();
            let place = $place.get_or_insert_default();
            (place.year, place.month, place.day) = (parts[0], parts[1], parts[2]);
        }
    };
}

macro_rules! restriction {
    ($place:expr, $value:expr) => {
        if $value.is_object() {
            let place = $place.get_or_insert_default();
            place.restriction_mode = some_text(&$value["restrictionMode"]);
            time!(place.effective_time, $value["effectiveTime"]);
        }
    };
}

/// The bucket as gRPC gives it, with what only the full projection shows if `full`.
pub fn bucket(json: &Value, full: bool) -> v2::Bucket {
    let mut out = v2::Bucket {
        name: format!("projects/_/buckets/{}", text(&json["name"])),
        bucket_id: text(&json["name"]),
        etag: "another".to_owned(),
        project: format!("projects/{}", text(&json["projectNumber"])),
        metageneration: number(&json["metageneration"]),
        location: text(&json["location"]),
        location_type: text(&json["locationType"]),
        storage_class: text(&json["storageClass"]),
        rpo: text(&json["rpo"]),
        default_event_based_hold: json["defaultEventBasedHold"] == true,
        satisfies_pzs: json["satisfiesPZS"] == true,
        ..v2::Bucket::default()
    };
    time!(out.create_time, json["timeCreated"]);
    time!(out.update_time, json["updated"]);
    for (key, value) in json["labels"].as_object().into_iter().flatten() {
        out.labels.insert(key.clone(), text(value));
    }
    if full {
        lists(&mut out, json);
    }
    plain(&mut out, json);
    keeping(&mut out, json);
    out.lifecycle = json["lifecycle"].is_object().then(|| bucket::Lifecycle {
        rule: all(&json["lifecycle"]["rule"], rule),
    });
    out.ip_filter = json["ipFilter"]
        .is_object()
        .then(|| filter(&json["ipFilter"]));
    out
}

fn lists(out: &mut v2::Bucket, json: &Value) {
    out.acl = all(&json["acl"], |entry| v2::BucketAccessControl {
        role: text(&entry["role"]),
        id: "of gRPC".to_owned(),
        entity: text(&entry["entity"]),
        entity_alt: match entry["projectTeam"].is_object() {
            true => "project-owners-acme-ml".to_owned(),
            false => String::new(),
        },
        entity_id: text(&entry["entityId"]),
        email: text(&entry["email"]),
        domain: text(&entry["domain"]),
        project_team: team(&entry["projectTeam"]),
        ..v2::BucketAccessControl::default()
    });
    out.default_object_acl = all(&json["defaultObjectAcl"], |entry| v2::ObjectAccessControl {
        role: text(&entry["role"]),
        entity: text(&entry["entity"]),
        entity_id: text(&entry["entityId"]),
        email: text(&entry["email"]),
        domain: text(&entry["domain"]),
        etag: "of gRPC".to_owned(),
        project_team: team(&entry["projectTeam"]),
        ..v2::ObjectAccessControl::default()
    });
    out.owner = json["owner"].is_object().then(|| v2::Owner {
        entity: text(&json["owner"]["entity"]),
        entity_id: text(&json["owner"]["entityId"]),
    });
}

fn team(json: &Value) -> Option<v2::ProjectTeam> {
    json.is_object().then(|| v2::ProjectTeam {
        project_number: text(&json["projectNumber"]),
        team: text(&json["team"]),
    })
}

fn plain(out: &mut v2::Bucket, json: &Value) {
    let iam = &json["iamConfiguration"];
    if iam.is_object() {
        let uniform = &iam["uniformBucketLevelAccess"];
        let mut access = bucket::iam_config::UniformBucketLevelAccess {
            enabled: uniform["enabled"] == true,
            ..Default::default()
        };
        time!(access.lock_time, uniform["lockedTime"]);
        out.iam_config = Some(bucket::IamConfig {
            uniform_bucket_level_access: Some(access),
            public_access_prevention: text(&iam["publicAccessPrevention"]),
        });
    }
    out.website = json["website"].is_object().then(|| bucket::Website {
        main_page_suffix: text(&json["website"]["mainPageSuffix"]),
        not_found_page: text(&json["website"]["notFoundPage"]),
    });
    out.versioning = json["versioning"].is_object().then(|| bucket::Versioning {
        enabled: json["versioning"]["enabled"] == true,
    });
    out.logging = json["logging"].is_object().then(|| bucket::Logging {
        log_bucket: format!("projects/_/buckets/{}", text(&json["logging"]["logBucket"])),
        log_object_prefix: text(&json["logging"]["logObjectPrefix"]),
    });
    out.billing = json["billing"].is_object().then(|| bucket::Billing {
        requester_pays: json["billing"]["requesterPays"] == true,
    });
    let space = &json["hierarchicalNamespace"];
    out.hierarchical_namespace = space.is_object().then(|| bucket::HierarchicalNamespace {
        enabled: space["enabled"] == true,
    });
    let places = &json["customPlacementConfig"];
    out.custom_placement_config = places.is_object().then(|| bucket::CustomPlacementConfig {
        data_locations: texts(&places["dataLocations"]),
    });
    out.cors = all(&json["cors"], |rule| bucket::Cors {
        origin: texts(&rule["origin"]),
        method: texts(&rule["method"]),
        response_header: texts(&rule["responseHeader"]),
        max_age_seconds: small(&rule["maxAgeSeconds"]).unwrap_or_default(),
    });
    let keys = &json["encryption"];
    if keys.is_object() {
        let encryption = out.encryption.get_or_insert_default();
        encryption.default_kms_key = text(&keys["defaultKmsKeyName"]);
        restriction!(
            encryption.google_managed_encryption_enforcement_config,
            keys["googleManagedEncryptionEnforcementConfig"]
        );
        restriction!(
            encryption.customer_managed_encryption_enforcement_config,
            keys["customerManagedEncryptionEnforcementConfig"]
        );
        restriction!(
            encryption.customer_supplied_encryption_enforcement_config,
            keys["customerSuppliedEncryptionEnforcementConfig"]
        );
    }
}

/// What keeps objects from being lost.
fn keeping(out: &mut v2::Bucket, json: &Value) {
    let held = &json["retentionPolicy"];
    if held.is_object() {
        let policy = out.retention_policy.get_or_insert_default();
        policy.is_locked = held["isLocked"] == true;
        duration!(policy.retention_duration, held["retentionPeriod"]);
        time!(policy.effective_time, held["effectiveTime"]);
    }
    let soft = &json["softDeletePolicy"];
    if soft.is_object() {
        let policy = out.soft_delete_policy.get_or_insert_default();
        duration!(policy.retention_duration, soft["retentionDurationSeconds"]);
        time!(policy.effective_time, soft["effectiveTime"]);
    }
    let class = &json["autoclass"];
    if class.is_object() {
        let autoclass = out.autoclass.get_or_insert_default();
        autoclass.enabled = class["enabled"] == true;
        autoclass.terminal_storage_class = some_text(&class["terminalStorageClass"]);
        time!(autoclass.toggle_time, class["toggleTime"]);
        time!(
            autoclass.terminal_storage_class_update_time,
            class["terminalStorageClassUpdateTime"]
        );
    }
    out.object_retention = json["objectRetention"]
        .is_object()
        .then(|| bucket::ObjectRetention {
            enabled: json["objectRetention"]["mode"] == "Enabled",
        });
}

fn rule(json: &Value) -> bucket::lifecycle::Rule {
    let given = &json["condition"];
    let mut condition = bucket::lifecycle::rule::Condition {
        age_days: small(&given["age"]),
        is_live: given["isLive"].as_bool(),
        num_newer_versions: small(&given["numNewerVersions"]),
        matches_storage_class: texts(&given["matchesStorageClass"]),
        days_since_custom_time: small(&given["daysSinceCustomTime"]),
        days_since_noncurrent_time: small(&given["daysSinceNoncurrentTime"]),
        matches_prefix: texts(&given["matchesPrefix"]),
        matches_suffix: texts(&given["matchesSuffix"]),
        ..Default::default()
    };
    date!(condition.created_before, given["createdBefore"]);
    date!(condition.custom_time_before, given["customTimeBefore"]);
    date!(
        condition.noncurrent_time_before,
        given["noncurrentTimeBefore"]
    );
    bucket::lifecycle::Rule {
        action: Some(bucket::lifecycle::rule::Action {
            r#type: text(&json["action"]["type"]),
            storage_class: text(&json["action"]["storageClass"]),
        }),
        condition: Some(condition),
    }
}

fn filter(json: &Value) -> bucket::IpFilter {
    let public = &json["publicNetworkSource"];
    bucket::IpFilter {
        mode: some_text(&json["mode"]),
        public_network_source: public
            .is_object()
            .then(|| bucket::ip_filter::PublicNetworkSource {
                allowed_ip_cidr_ranges: texts(&public["allowedIpCidrRanges"]),
            }),
        vpc_network_sources: all(&json["vpcNetworkSources"], |source| {
            bucket::ip_filter::VpcNetworkSource {
                network: some_text(&source["network"]),
                allowed_ip_cidr_ranges: texts(&source["allowedIpCidrRanges"]),
            }
        }),
        allow_cross_org_vpcs: json["allowCrossOrgVpcs"] == true,
        allow_all_service_agent_access: json["allowAllServiceAgentAccess"].as_bool(),
    }
}

/// A policy of the JSON API as gRPC gives it.
pub fn policy(json: &Value) -> Policy {
    Policy {
        version: small(&json["version"]).unwrap_or_default(),
        bindings: all(&json["bindings"], |binding| {
            let mut out = Binding {
                role: text(&binding["role"]),
                members: texts(&binding["members"]),
                ..Binding::default()
            };
            let given = &binding["condition"];
            if given.is_object() {
                let condition = out.condition.get_or_insert_default();
                condition.title = text(&given["title"]);
                condition.description = text(&given["description"]);
                condition.expression = text(&given["expression"]);
            }
            out
        }),
        etag: base64(&text(&json["etag"])),
        ..Policy::default()
    }
}

/// A managed folder of the JSON API as gRPC gives it.
pub fn folder(json: &Value, bucket: &str) -> ManagedFolder {
    let name = text(&json["name"]);
    let time = |value| moment(value).map(|(seconds, nanos)| Time { seconds, nanos });
    ManagedFolder {
        name: format!("projects/_/buckets/{bucket}/managedFolders/{name}"),
        metageneration: number(&json["metageneration"]),
        create_time: time(&json["createTime"]),
        update_time: time(&json["updateTime"]),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn some_text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn texts(value: &Value) -> Vec<String> {
    all(value, text)
}

fn all<T>(value: &Value, one: impl Fn(&Value) -> T) -> Vec<T> {
    value.as_array().into_iter().flatten().map(one).collect()
}

fn number(value: &Value) -> i64 {
    text(value).parse().unwrap_or_default()
}

fn small(value: &Value) -> Option<i32> {
    i32::try_from(value.as_i64()?).ok()
}

/// Seconds and nanoseconds, with more digits than the JSON API shows.
fn moment(value: &Value) -> Option<(i64, i32)> {
    let time: jiff::Timestamp = value.as_str()?.parse().ok()?;
    Some((time.as_second(), time.subsec_nanosecond() + 789))
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut held, mut out) = (0_u32, 0, Vec::new());
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        let digit = DIGITS.iter().position(|digit| *digit == byte).unwrap();
        bits = bits << 6 | u32::try_from(digit).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 0xff) as u8);
        }
    }
    out
}
