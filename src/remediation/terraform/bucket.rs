//! `google_storage_bucket` from what is known of a bucket.
//!
//! An argument that is left out is reset, or changes nothing, as the provider sees fit; so whatever is known is stated.

use super::hcl::{Body, Expr};
use serde_json::{Map, Value};

/// Field of the JSON API and argument, where the value goes over as it is.
const PLAIN: [(&str, &str); 8] = [
    ("/storageClass", "storage_class"),
    ("/rpo", "rpo"),
    ("/defaultEventBasedHold", "default_event_based_hold"),
    ("/billing/requesterPays", "requester_pays"),
    (
        "/iamConfiguration/uniformBucketLevelAccess/enabled",
        "uniform_bucket_level_access",
    ),
    (
        "/iamConfiguration/publicAccessPrevention",
        "public_access_prevention",
    ),
    ("/objectRetention/mode", "enable_object_retention"),
    ("/labels", "labels"),
];

/// A field, and the argument that it becomes.
type Argument = (&'static str, &'static str);

/// Field of the JSON API, block, and the fields of the block with their arguments. What begins with `*` is a block.
const BLOCKS: [(&str, &str, &[Argument]); 9] = [
    ("versioning", "versioning", &[("enabled", "enabled")]),
    (
        "softDeletePolicy",
        "soft_delete_policy",
        &[("retentionDurationSeconds", "retention_duration_seconds")],
    ),
    (
        "retentionPolicy",
        "retention_policy",
        &[
            ("retentionPeriod", "retention_period"),
            ("isLocked", "is_locked"),
        ],
    ),
    (
        "encryption",
        "encryption",
        &[
            ("defaultKmsKeyName", "default_kms_key_name"),
            (
                "googleManagedEncryptionEnforcementConfig",
                "*google_managed_encryption_enforcement_config",
            ),
            (
                "customerManagedEncryptionEnforcementConfig",
                "*customer_managed_encryption_enforcement_config",
            ),
            (
                "customerSuppliedEncryptionEnforcementConfig",
                "*customer_supplied_encryption_enforcement_config",
            ),
        ],
    ),
    (
        "logging",
        "logging",
        &[
            ("logBucket", "log_bucket"),
            ("logObjectPrefix", "log_object_prefix"),
        ],
    ),
    (
        "website",
        "website",
        &[
            ("mainPageSuffix", "main_page_suffix"),
            ("notFoundPage", "not_found_page"),
        ],
    ),
    (
        "autoclass",
        "autoclass",
        &[
            ("enabled", "enabled"),
            ("terminalStorageClass", "terminal_storage_class"),
        ],
    ),
    (
        "hierarchicalNamespace",
        "hierarchical_namespace",
        &[("enabled", "enabled")],
    ),
    (
        "customPlacementConfig",
        "custom_placement_config",
        &[("dataLocations", "data_locations")],
    ),
];

/// Fields of a lifecycle condition and their arguments. Those that count lose a zero unless told to send it.
const CONDITION: [(&str, &str, bool); 11] = [
    ("age", "age", true),
    ("createdBefore", "created_before", false),
    ("customTimeBefore", "custom_time_before", false),
    ("daysSinceCustomTime", "days_since_custom_time", true),
    (
        "daysSinceNoncurrentTime",
        "days_since_noncurrent_time",
        true,
    ),
    ("matchesPrefix", "matches_prefix", false),
    ("matchesStorageClass", "matches_storage_class", false),
    ("matchesSuffix", "matches_suffix", false),
    ("noncurrentTimeBefore", "noncurrent_time_before", false),
    ("numNewerVersions", "num_newer_versions", true),
    ("isLive", "with_state", false),
];

/// What Cloud Storage says of a bucket that nobody sets, or that is stated elsewhere.
const NOT_SET: [&str; 27] = [
    "acl",
    "billing",
    "cors",
    "defaultObjectAcl",
    "etag",
    "generation",
    "hardDeleteTime",
    "iamConfiguration",
    "id",
    "ipFilter",
    "kind",
    "lifecycle",
    "location",
    "locationType",
    "metageneration",
    "name",
    "objectRetention",
    "owner",
    "project",
    "projectNumber",
    "satisfiesPZI",
    "satisfiesPZS",
    "selfLink",
    "softDeleteTime",
    "timeCreated",
    "updated",
    "zoneAffinity",
];

/// The arguments, and the fields that are known but not stated. `None` without a location: Terraform replaces a bucket
/// whose location is another.
pub(super) fn body(bucket: &str, data: &Map<String, Value>) -> Option<(Body, Vec<String>)> {
    let location = data.get("location").and_then(Value::as_str)?;
    let mut body = Body::new();
    body.set("name", Expr::text(bucket));
    body.set("location", Expr::text(location));
    let whole = Value::Object(data.clone());
    for (place, argument) in PLAIN {
        let value = whole.pointer(place);
        let value = match argument {
            "enable_object_retention" => value
                .filter(|it| it.as_str() == Some("Enabled"))
                .map(|_| Expr::Plain("true".to_owned())),
            "public_access_prevention" => value
                .filter(|it| it.as_str() != Some("unspecified"))
                .and_then(scalar),
            "labels" => value.and_then(labels),
            _ => value.and_then(scalar),
        };
        body.set_some(argument, value);
    }
    let mut unstated = Vec::new();
    for (field, name, arguments) in BLOCKS {
        if let Some(value) = data.get(field).and_then(Value::as_object) {
            let inner = block(value, arguments);
            if !inner.is_empty() {
                body.block(name, inner);
            }
        }
    }
    if let Some(filter) = data.get("ipFilter").and_then(Value::as_object) {
        body.block("ip_filter", ip_filter(filter));
    }
    for rule in list(data.get("cors")) {
        let arguments = [
            ("origin", "origin"),
            ("method", "method"),
            ("responseHeader", "response_header"),
            ("maxAgeSeconds", "max_age_seconds"),
        ];
        body.block("cors", block(rule, &arguments));
    }
    for rule in list(whole.pointer("/lifecycle/rule")) {
        body.block("lifecycle_rule", lifecycle_rule(rule));
    }
    let mut kept = Body::new();
    kept.set("prevent_destroy", Expr::Plain("true".to_owned()));
    body.block("lifecycle", kept);
    let known = |field: &str| {
        NOT_SET.contains(&field)
            || BLOCKS.iter().any(|(name, ..)| *name == field)
            || PLAIN.iter().any(|(place, _)| place.get(1..) == Some(field))
    };
    unstated.extend(data.keys().filter(|field| !known(field)).cloned());
    Some((body, unstated))
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let list = value.and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_object)
}

/// A value that is no object. Google writes numbers of 64 bits as strings; Terraform takes either.
pub(super) fn scalar(value: &Value) -> Option<Expr> {
    match value {
        Value::Null | Value::Object(_) => None,
        Value::Array(list) => Some(Expr::List(list.iter().filter_map(scalar).collect())),
        Value::String(text) => Some(Expr::text(text)),
        Value::Bool(_) | Value::Number(_) => Some(Expr::json(value)),
    }
}

/// A map of strings.
pub(super) fn labels(value: &Value) -> Option<Expr> {
    let entries = value.as_object()?.iter();
    let entries = entries.filter_map(|(key, value)| Some((key.clone(), scalar(value)?)));
    Some(Expr::Map(entries.collect()))
}

fn block(value: &Map<String, Value>, arguments: &[(&str, &str)]) -> Body {
    let mut body = Body::new();
    for (field, argument) in arguments {
        let value = value.get(*field);
        match argument.strip_prefix('*') {
            Some(name) => {
                let mode = value.and_then(|it| it.get("restrictionMode"));
                if let Some(mode) = mode.and_then(scalar) {
                    let mut inner = Body::new();
                    inner.set("restriction_mode", mode);
                    body.block(name, inner);
                }
            }
            None => {
                body.set_some(argument, value.and_then(whole_number));
            }
        }
    }
    body
}

/// Strings that are whole numbers become numbers: seconds and days.
fn whole_number(value: &Value) -> Option<Expr> {
    match value.as_str().and_then(|text| text.parse::<u64>().ok()) {
        Some(number) => Some(Expr::Plain(number.to_string())),
        None => scalar(value),
    }
}

fn ip_filter(filter: &Map<String, Value>) -> Body {
    let mut body = Body::new();
    for (field, argument) in [
        ("mode", "mode"),
        ("allowCrossOrgVpcs", "allow_cross_org_vpcs"),
        (
            "allowAllServiceAgentAccess",
            "allow_all_service_agent_access",
        ),
    ] {
        body.set_some(argument, filter.get(field).and_then(scalar));
    }
    let ranges = ("allowedIpCidrRanges", "allowed_ip_cidr_ranges");
    if let Some(public) = filter.get("publicNetworkSource").and_then(Value::as_object) {
        body.block("public_network_source", block(public, &[ranges]));
    }
    for source in list(filter.get("vpcNetworkSources")) {
        body.block(
            "vpc_network_sources",
            block(source, &[("network", "network"), ranges]),
        );
    }
    body
}

fn lifecycle_rule(rule: &Map<String, Value>) -> Body {
    let mut body = Body::new();
    if let Some(action) = rule.get("action").and_then(Value::as_object) {
        let arguments = [("type", "type"), ("storageClass", "storage_class")];
        body.block("action", block(action, &arguments));
    }
    let mut inner = Body::new();
    let condition = rule.get("condition").and_then(Value::as_object);
    for (field, argument, counts) in CONDITION {
        let Some(value) = condition.and_then(|condition| condition.get(field)) else {
            continue;
        };
        if field == "isLive" {
            let state = if value == &Value::Bool(true) {
                "LIVE"
            } else {
                "ARCHIVED"
            };
            inner.set(argument, Expr::text(state));
            continue;
        }
        inner.set_some(
            argument,
            if counts {
                whole_number(value)
            } else {
                scalar(value)
            },
        );
        if counts && value.as_u64() == Some(0) {
            let send = format!("send_{argument}_if_zero");
            inner.set(&send, Expr::Plain("true".to_owned()));
        }
    }
    body.block("condition", inner);
    body
}
