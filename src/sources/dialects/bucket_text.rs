//! A bucket as `gsutil ls -L -b` or `gcloud storage ls -L -b` prints it, several in one text.
//!
//! Both print labels that mean the same in another case, and the word `Present` where a setting has more than
//! a line: that it is set is known then, and what it says is not.

use super::bucket::{self, DATA};
use super::node::Draft;
use super::{Translation, names, times};
use crate::model::{Dialect, GapReason, Location};
use crate::sources::yaml::Places;
use serde_json::{Map, Value};

/// Buckets read from a text, and where its lines are.
#[derive(Debug, Clone)]
pub struct BucketText {
    /// The assets. Their source pointers are `/<n-th bucket>/<label>`, to be looked up in `places`.
    pub translation: Translation,
    /// The place of each bucket and of each of its labels.
    pub places: Places,
}

/// What neither tool prints.
const LACKS: [&str; 10] = [
    "/hierarchicalNamespace",
    "/encryption/googleManagedEncryptionEnforcementConfig",
    "/encryption/customerManagedEncryptionEnforcementConfig",
    "/encryption/customerSuppliedEncryptionEnforcementConfig",
    "/owner",
    "/iamConfiguration/uniformBucketLevelAccess/lockedTime",
    "/projectNumber",
    "/etag",
    "/satisfiesPZI",
    "/autoclass/terminalStorageClass",
];

/// What gsutil does not print either; gcloud prints it only where it is set.
const GSUTIL_LACKS: [&str; 3] = ["/softDeletePolicy", "/ipFilter", "/objectRetention"];

/// Label in lower case, and the setting it prints.
const LABELS: [(&str, &str, Kind); 27] = [
    ("storage class", "/storageClass", Kind::Text),
    ("location type", "/locationType", Kind::Text),
    ("location constraint", "/location", Kind::Text),
    (
        "placement locations",
        "/customPlacementConfig/dataLocations",
        Kind::List,
    ),
    ("versioning enabled", "/versioning/enabled", Kind::Switch),
    ("logging configuration", "/logging", Kind::Present),
    ("website configuration", "/website", Kind::Present),
    ("cors configuration", "/cors", Kind::Present),
    ("lifecycle configuration", "/lifecycle", Kind::Present),
    (
        "requester pays enabled",
        "/billing/requesterPays",
        Kind::Switch,
    ),
    ("object retention", "/objectRetention", Kind::Json),
    ("retention policy", "/retentionPolicy", Kind::Present),
    (
        "default event-based hold",
        "/defaultEventBasedHold",
        Kind::Switch,
    ),
    ("ip filter configuration", "/ipFilter", Kind::Mode),
    ("labels", "/labels", Kind::Json),
    (
        "default kms key",
        "/encryption/defaultKmsKeyName",
        Kind::Text,
    ),
    ("time created", "/timeCreated", Kind::Time),
    ("time updated", "/updated", Kind::Time),
    ("generation", "/generation", Kind::Text),
    ("metageneration", "/metageneration", Kind::Text),
    (
        "bucket policy only enabled",
        "/iamConfiguration/uniformBucketLevelAccess/enabled",
        Kind::Switch,
    ),
    (
        "public access prevention",
        "/iamConfiguration/publicAccessPrevention",
        Kind::Text,
    ),
    ("rpo", "/rpo", Kind::Text),
    ("autoclass", "/autoclass", Kind::Autoclass),
    ("satisfies pzs", "/satisfiesPZS", Kind::Switch),
    ("soft delete policy", "/softDeletePolicy", Kind::Json),
    ("acl", "/acl", Kind::Json),
];

/// How a label's value is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Switch,
    Time,
    Json,
    List,
    Present,
    Mode,
    Autoclass,
}

/// Reads the buckets of `text`, or says that it is no such text.
pub fn translate_bucket_text(text: &str) -> Option<BucketText> {
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.iter().position(|line| !line.trim().is_empty())?;
    header(lines.get(first)?)?;
    let starts: Vec<usize> = (first..lines.len())
        .filter(|i| lines.get(*i).is_some_and(|line| header(line).is_some()))
        .collect();
    let mut translation = Translation {
        dialect: Dialect::BucketText,
        assets: Vec::new(),
        gaps: Vec::new(),
        records: Vec::new(),
    };
    let mut places = Vec::new();
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(lines.len());
        let block = lines.get(start + 1..end).unwrap_or_default();
        // An address without settings is the output of another command.
        if !block.iter().any(|line| label(line).is_some()) {
            return None;
        }
        let bucket = header(lines.get(*start)?)?;
        let (draft, own) = read_bucket(bucket, index, *start, block, &mut translation)?;
        translation.assets.push(draft.finish());
        places.push(own);
    }
    Some(BucketText {
        translation,
        places: Places::list(Location { line: 1, column: 1 }, places),
    })
}

/// `gs://b/ :` of gsutil, `gs://b/:` of gcloud.
fn header(line: &str) -> Option<&str> {
    let bucket = line
        .trim_end()
        .strip_prefix("gs://")?
        .strip_suffix(':')?
        .trim_end()
        .strip_suffix('/')?;
    (!bucket.is_empty() && !bucket.contains(['/', ' '])).then_some(bucket)
}

/// `  Label:   value`; the label is at most a few words, so JSON lines are none.
fn label(line: &str) -> Option<(&str, &str)> {
    let inner = line.trim_start();
    if inner.len() == line.len() || inner.starts_with(['"', '{', '[', ']', '}']) {
        return None;
    }
    let (label, value) = inner.split_once(':')?;
    let words = label.len() <= 40
        && label
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-'));
    words.then(|| (label, value.trim()))
}

fn read_bucket(
    bucket: &str,
    index: usize,
    start: usize,
    block: &[&str],
    translation: &mut Translation,
) -> Option<(Draft, Places)> {
    let (name, asset_type) = names::bucket_name(bucket, "")?;
    let mut draft = Draft::new(&name, &asset_type, &format!("/{index}"));
    draft.set(DATA, Value::Object(Map::new()), &format!("/{index}"));
    draft.set(
        "/resource/data/name",
        Value::from(bucket),
        &format!("/{index}"),
    );
    let mut places = Vec::new();
    let mut gsutil = true;
    let mut at = 0;
    while let Some(line) = block.get(at) {
        let number = start + 1 + at;
        at += 1;
        let Some((title, value)) = label(line) else {
            continue;
        };
        // gcloud writes labels in title case, gsutil as sentences.
        gsutil &= title != "Storage Class";
        let column = line.chars().count() - line.trim_start().chars().count() + 1;
        let place = Location {
            line: u32::try_from(number + 1).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        };
        let mut value = value.to_owned();
        if value.is_empty() {
            let (block, lines) = json_block(block.get(at..).unwrap_or_default());
            value = block;
            at += lines;
        }
        let source = super::node::join(&format!("/{index}"), title);
        places.push((title.to_owned(), Places::leaf(place)));
        put(&mut draft, title, &value, &source, translation);
    }
    draft.lack_data(&LACKS, GapReason::DialectLacks);
    if gsutil {
        draft.lack_data(&GSUTIL_LACKS, GapReason::DialectLacks);
    }
    bucket::finish(&mut draft);
    let line = u32::try_from(start + 1).unwrap_or(u32::MAX);
    Some((draft, Places::members(Location { line, column: 1 }, places)))
}

/// The lines of a JSON value that begins on the next line, and how many there are.
fn json_block(lines: &[&str]) -> (String, usize) {
    let Some(open) = lines.first() else {
        return (String::new(), 0);
    };
    let close = match open.trim() {
        "[" => "]",
        "{" => "}",
        _ => return (String::new(), 0),
    };
    let indent = open.len() - open.trim_start().len();
    let end = lines.iter().position(|line| {
        line.trim_end() == format!("{}{close}", open.get(..indent).unwrap_or_default())
    });
    match end {
        Some(end) => (lines.get(..=end).unwrap_or_default().join("\n"), end + 1),
        None => (String::new(), 0),
    }
}

fn put(draft: &mut Draft, title: &str, value: &str, source: &str, translation: &mut Translation) {
    let title = title.to_ascii_lowercase();
    let known = LABELS.iter().find(|(label, _, _)| *label == title);
    let (place, kind) = match known {
        Some((_, place, kind)) => ((*place).to_owned(), *kind),
        None if title == "default acl" => ("/defaultObjectAcl".to_owned(), Kind::Json),
        // Kept under its own label, as every field that no table knows.
        None => (super::node::join("", &title), Kind::Text),
    };
    let place = format!("{DATA}{place}");
    if value == "None" || value.is_empty() {
        return;
    }
    if value.starts_with("ACCESS DENIED") {
        draft.lack(&place, GapReason::Refused);
        let message = format!("the reader may not see `{title}` of {}", draft.name());
        translation
            .gaps
            .push((GapReason::Refused, message, source.to_owned()));
        return;
    }
    match kind {
        Kind::Text => draft.set(&place, Value::from(value), source),
        Kind::Time => draft.set(&place, Value::from(times::rfc3339(value)), source),
        Kind::Switch => match value {
            "True" | "true" => draft.set(&place, Value::Bool(true), source),
            "False" | "false" => draft.set(&place, Value::Bool(false), source),
            _ => draft.lack(&place, GapReason::ValueUnknown),
        },
        Kind::Json | Kind::List => match serde_json::from_str::<Value>(&json_of(value)) {
            Ok(parsed) => draft.set(&place, parsed, source),
            Err(_) => {
                draft.lack(&place, GapReason::Invalid);
                let message = format!("`{title}` of {} is not a value we can read", draft.name());
                translation
                    .gaps
                    .push((GapReason::Invalid, message, source.to_owned()));
            }
        },
        Kind::Present => {
            let empty = if place.ends_with("/cors") {
                Value::Array(Vec::new())
            } else {
                Value::Object(Map::new())
            };
            if value == "Present" && place.ends_with("/cors") {
                // An empty list would say that there is none.
                draft.lack(&place, GapReason::DialectLacks);
            } else {
                draft.set(&place, empty, source);
                draft.lack(&place, GapReason::DialectLacks);
            }
        }
        Kind::Mode => {
            draft.set(&format!("{place}/mode"), Value::from(value), source);
            draft.lack(&place, GapReason::DialectLacks);
        }
        Kind::Autoclass => {
            let on = value.starts_with("Enabled");
            draft.set(&format!("{place}/enabled"), Value::Bool(on), source);
            if let Some((_, since)) = value
                .split_once(" on ")
                .filter(|(_, s)| s.contains('T') && s.ends_with('Z'))
            {
                draft.set(&format!("{place}/toggleTime"), Value::from(since), source);
            }
        }
    }
}

/// gsutil prints lists as Python does.
fn json_of(value: &str) -> String {
    if value.starts_with("['") {
        value.replace('\'', "\"")
    } else {
        value.to_owned()
    }
}
