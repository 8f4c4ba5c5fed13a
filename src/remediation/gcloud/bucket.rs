//! The settings of a bucket, as flags of `gcloud storage buckets update`.

use super::files::Files;
use super::place::plain;
use super::words::Words;
use serde_json::Value;

/// Adds the flags that make the fields at `paths` what they are in `after`.
///
/// # Errors
/// When gcloud has no flag for one of them, or a value is none that its flag takes.
pub(super) fn flags(
    mut words: Words,
    paths: &[String],
    after: &Value,
    files: &mut Files<'_>,
) -> Result<Words, String> {
    let mut seen = Vec::new();
    for path in paths {
        let (top, _) = path.split_once('.').unwrap_or((path, ""));
        let field = match top {
            "lifecycle" | "cors" | "labels" => top,
            _ => path,
        };
        if !seen.contains(&field) {
            words = flag(words, field, paths, after, files)?;
            seen.push(field);
        }
    }
    Ok(words)
}

fn flag(
    words: Words,
    field: &str,
    paths: &[String],
    after: &Value,
    files: &mut Files<'_>,
) -> Result<Words, String> {
    let value = field
        .split('.')
        .try_fold(after, |value, key| value.get(key))
        .filter(|value| !value.is_null());
    let on = value == Some(&Value::Bool(true));
    let toggle = |yes: &str, no: &str| Ok(words.clone().then(&[if on { yes } else { no }]));
    let text = value
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty());
    let either = |flag: &str, clear: &str| {
        Ok(match text {
            Some(text) => words.clone().flag(flag, text),
            None => words.clone().then(&[clear]),
        })
    };
    match field {
        "versioning.enabled" => toggle("--versioning", "--no-versioning"),
        "iamConfiguration.uniformBucketLevelAccess.enabled" => toggle(
            "--uniform-bucket-level-access",
            "--no-uniform-bucket-level-access",
        ),
        "iamConfiguration.publicAccessPrevention" => Ok(words.then(&[match text {
            Some("enforced") => "--public-access-prevention",
            _ => "--no-public-access-prevention",
        }])),
        "billing.requesterPays" => toggle("--requester-pays", "--no-requester-pays"),
        "defaultEventBasedHold" => toggle(
            "--default-event-based-hold",
            "--no-default-event-based-hold",
        ),
        "autoclass.enabled" => toggle("--enable-autoclass", "--no-enable-autoclass"),
        "softDeletePolicy.retentionDurationSeconds" => seconds(value).map(|length| match length {
            None | Some(0) => words.then(&["--clear-soft-delete"]),
            Some(length) => words.flag("--soft-delete-duration", &format!("{length}s")),
        }),
        "retentionPolicy.retentionPeriod" => seconds(value).map(|length| match length {
            None | Some(0) => words.then(&["--clear-retention-period"]),
            Some(length) => words.flag("--retention-period", &format!("{length}s")),
        }),
        "retentionPolicy.isLocked" if on => Ok(words.then(&["--lock-retention-period"])),
        "encryption.defaultKmsKeyName" => {
            either("--default-encryption-key", "--clear-default-encryption-key")
        }
        "logging.logBucket" => match text {
            Some(bucket) if plain(bucket) => {
                // Without it gcloud would put the bucket's name in its place.
                let prefix = after.pointer("/logging/logObjectPrefix");
                let prefix = prefix.and_then(Value::as_str);
                let words = words.flag("--log-bucket", &format!("gs://{bucket}"));
                Ok(
                    match prefix.filter(|_| !paths.contains(&"logging.logObjectPrefix".to_owned()))
                    {
                        Some(prefix) => words.flag("--log-object-prefix", prefix),
                        None => words,
                    },
                )
            }
            Some(_) => Err("the log bucket's name is none".to_owned()),
            None => Ok(words.then(&["--clear-log-bucket"])),
        },
        "logging.logObjectPrefix" => either("--log-object-prefix", "--clear-log-object-prefix"),
        "website.mainPageSuffix" => {
            either("--web-main-page-suffix", "--clear-web-main-page-suffix")
        }
        "website.notFoundPage" => either("--web-error-page", "--clear-web-error-page"),
        "rpo" | "storageClass" => match (field, text) {
            ("rpo", Some(text)) => Ok(words.flag("--rpo", text)),
            (_, Some(text)) => Ok(words.flag("--default-storage-class", text)),
            _ => Err(format!("gcloud cannot take {field} away")),
        },
        "lifecycle" | "cors" | "labels" => Ok(match value {
            Some(value) if !bare(value) => {
                let name = files.add("policies", field, "json", value);
                match field {
                    "lifecycle" => words.flag("--lifecycle-file", &name),
                    "cors" => words.flag("--cors-file", &name),
                    _ => words.flag("--labels-file", &name),
                }
            }
            _ => match field {
                "lifecycle" => words.then(&["--clear-lifecycle"]),
                "cors" => words.then(&["--clear-cors"]),
                _ => words.then(&["--clear-labels"]),
            },
        }),
        _ => Err(format!("gcloud has no flag for {field}")),
    }
}

/// Nothing in it.
fn bare(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.values().all(bare),
        value => value.is_null(),
    }
}

fn seconds(value: Option<&Value>) -> Result<Option<u64>, String> {
    let Some(value) = value else {
        return Ok(None);
    };
    let digits = value.as_str().and_then(|text| text.parse().ok());
    let length = value.as_u64().or(digits);
    let refused = || "the length of time is no number of seconds".to_owned();
    length.map(Some).ok_or_else(refused)
}
