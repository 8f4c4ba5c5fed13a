//! A document as a whole: parsed, recognised, translated, handed out.

use super::depth;
use super::dialects::{
    Context, Recognised, Translated, Translation, translate, translate_bucket_text,
};
use super::run::Told;
use super::yaml::{self, Places};
use crate::model::{
    AssetText, Columns, Consumer, DocumentId, Fate, Gap, GapReason, Lines, Locate, Location,
    Outline, Site, WayBack, locate,
};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// A JSON text in which pointers are looked up; `line` and `column` are where it starts in the document.
pub(super) struct JsonText<'t> {
    text: &'t str,
    start: Location,
    outline: Outline,
    lines: Lines,
}

impl<'t> JsonText<'t> {
    pub(super) fn new(text: &'t str, start: Location) -> JsonText<'t> {
        JsonText {
            text,
            start,
            outline: Outline::default(),
            lines: Lines::default(),
        }
    }
}

impl Locate for JsonText<'_> {
    fn locate(&self, pointer: &str) -> Location {
        let offset = self.outline.offset_of(self.text, pointer);
        let found = offset.map_or(Location { line: 1, column: 1 }, |offset| {
            self.lines.at(self.text, offset)
        });
        below(self.start, found)
    }
}

impl Locate for Places {
    fn locate(&self, pointer: &str) -> Location {
        self.get(pointer)
    }
}

/// A place in a part of a text as a place in the whole.
pub(super) fn below(start: Location, inner: Location) -> Location {
    Location {
        line: start.line + inner.line - 1,
        column: if inner.line == 1 {
            start.column + inner.column - 1
        } else {
            inner.column
        },
    }
}

/// Why bytes are no text.
pub(super) enum NotText {
    /// They are not meant to be one.
    Binary,
    /// They are not UTF-8: where, and in words.
    Wrong(Location, String),
}

/// The text of a document, without its byte order mark.
pub(super) fn text_of(bytes: &[u8]) -> Result<&str, NotText> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => error,
    };
    let wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    if !wide && bytes.contains(&0) {
        return Err(NotText::Binary);
    }
    let good = error.valid_up_to();
    let place = locate::line_column(&String::from_utf8_lossy(&bytes[..good]), good);
    let message = match wide {
        true => "UTF-16 text; save it as UTF-8 (PowerShell: `| Out-File -Encoding utf8`)",
        false => "not UTF-8 text",
    };
    Err(NotText::Wrong(place, message.to_owned()))
}

/// Gives every asset of the document to `consumer`.
pub(super) fn consume(
    bytes: &[u8],
    document: DocumentId,
    context: &Context,
    consumer: &mut impl Consumer,
    told: &mut Told,
) {
    let text = match text_of(bytes) {
        Ok(text) => text,
        Err(NotText::Binary) => {
            told.foreign = Some("binary data".to_owned());
            return;
        }
        Err(NotText::Wrong(place, message)) => {
            told.gap(document, Some(place), GapReason::Invalid, message);
            return;
        }
    };
    let start = text.trim_start();
    if start.is_empty() {
        told.foreign = Some("empty".to_owned());
        return;
    }
    if start.starts_with(['{', '[']) {
        json(text, document, context, consumer, told);
    } else if let Some(buckets) = translate_bucket_text(text) {
        hand_out(
            &[buckets.translation],
            document,
            &buckets.places,
            consumer,
            told,
        );
    } else if start.contains('\0') {
        told.foreign = Some("binary data".to_owned());
    } else {
        yaml(text, document, context, consumer, told);
    }
}

fn json(
    text: &str,
    document: DocumentId,
    context: &Context,
    consumer: &mut impl Consumer,
    told: &mut Told,
) {
    if depth::depth(text.as_bytes()) > depth::DEEPEST {
        let message = format!("nested more than {} levels deep", depth::DEEPEST);
        told.gap(document, None, GapReason::TooLarge, message);
        return;
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value) => {
            let places = JsonText::new(text, Location { line: 1, column: 1 });
            one(&value, document, context, &places, consumer, told);
        }
        Err(error) if told.values_follow(text, &error) => {
            values(text, document, context, consumer, told);
        }
        Err(error) => {
            let place = place_of(text, &error);
            let message = invalid(&error);
            told.gap(document, Some(place), GapReason::Invalid, message);
        }
    }
}

/// Several JSON values one after the other, each over several lines, as `jq` and loops over gcloud print them.
fn values(
    text: &str,
    document: DocumentId,
    context: &Context,
    consumer: &mut impl Consumer,
    told: &mut Told,
) {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let lines = Lines::default();
    let mut from = 0;
    while let Some(next) = stream.next() {
        let start = from + text[from..].len() - text[from..].trim_start().len();
        let to = stream.byte_offset();
        match next {
            Ok(value) => {
                let part = &text[start..to];
                let places = JsonText::new(part, lines.at(text, start));
                one(&value, document, context, &places, consumer, told);
            }
            Err(error) => {
                let place = place_of(text, &error);
                told.gap(document, Some(place), GapReason::Invalid, invalid(&error));
                return;
            }
        }
        from = to;
    }
}

pub(super) fn place_of(text: &str, error: &serde_json::Error) -> Location {
    let line = u32::try_from(error.line()).unwrap_or(u32::MAX);
    // serde_json counts columns in bytes.
    let column = text
        .lines()
        .nth(error.line().saturating_sub(1))
        .map_or(error.column(), |line| {
            line.get(..error.column().min(line.len()))
                .map_or(error.column(), |before| before.chars().count())
        });
    Location {
        line: line.max(1),
        column: u32::try_from(column).unwrap_or(u32::MAX).max(1),
    }
}

pub(super) fn invalid(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or(&text);
    if error.is_eof() {
        "ends too early".to_owned()
    } else {
        format!("not valid JSON: {reason}")
    }
}

fn yaml(
    text: &str,
    document: DocumentId,
    context: &Context,
    consumer: &mut impl Consumer,
    told: &mut Told,
) {
    match yaml::parse(text) {
        Ok(documents) => {
            for part in documents {
                if part.value.is_object() || part.value.is_array() {
                    one(&part.value, document, context, &part.places, consumer, told);
                } else if told.dialects.is_empty() {
                    told.foreign = Some("neither JSON nor YAML of Google Cloud".to_owned());
                }
            }
        }
        // Any text that is no YAML is somebody else's file, unless it looks like a policy that broke.
        Err(error) if looks_like_policy(text) || error.too_large => {
            let reason = if error.too_large {
                GapReason::TooLarge
            } else {
                GapReason::Invalid
            };
            told.gap(
                document,
                Some(error.location),
                reason,
                format!("not valid YAML: {}", error.message),
            );
        }
        Err(_) => told.foreign = Some("neither JSON nor YAML".to_owned()),
    }
}

fn looks_like_policy(text: &str) -> bool {
    [
        "bindings:",
        "includedPermissions:",
        "keyType:",
        "assetType:",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// Recognises one value and hands its assets out.
pub(super) fn one(
    value: &Value,
    document: DocumentId,
    context: &Context,
    places: &dyn Locate,
    consumer: &mut impl Consumer,
    told: &mut Told,
) {
    match translate(value, context) {
        Recognised::Known(translations) => {
            hand_out(&translations, document, places, consumer, told)
        }
        Recognised::Foreign { reason } => {
            if told.dialects.is_empty() {
                told.foreign = Some(reason);
            }
        }
    }
}

/// A translated asset as the judges take it.
struct Normal<'t> {
    text: String,
    pointers: &'t [(String, String)],
    lacks: Vec<(String, GapReason)>,
}

impl<'t> Normal<'t> {
    fn new(asset: &'t Translated) -> Normal<'t> {
        let lacks = asset.lacks.iter();
        Normal {
            text: normal_text(&asset.asset),
            pointers: &asset.pointers,
            lacks: lacks
                .map(|lack| (lack.pointer.clone(), lack.reason))
                .collect(),
        }
    }
}

/// Gives every asset of the translations to `consumer`.
pub(super) fn hand_out(
    translations: &[Translation],
    document: DocumentId,
    places: &dyn Locate,
    consumer: &mut impl Consumer,
    told: &mut Told,
) {
    told.foreign = None;
    for translation in translations {
        told.dialects.insert(translation.dialect);
        for (reason, message, pointer) in &translation.gaps {
            told.gap(
                document,
                Some(places.locate(pointer)),
                *reason,
                message.clone(),
            );
        }
        for (record, pointer) in &translation.records {
            told.records.push((record.clone(), places.locate(pointer)));
        }
    }
    let assets: Vec<Normal<'_>> = translations
        .iter()
        .flat_map(|translation| &translation.assets)
        .map(Normal::new)
        .collect();
    told.assets += assets.len() as u64;
    let texts = assets.iter().map(|asset| AssetText {
        text: &asset.text,
        site: Site {
            document,
            way_back: WayBack::Translated {
                pointers: asset.pointers,
                locate: places,
            },
        },
        lacks: &asset.lacks,
        columns: Columns::default(),
        outline: Outline::default(),
    });
    let mut gaps: Vec<Gap> = Vec::new();
    // One asset that waits can be offered again without the others being taken twice.
    let alone = assets.len() == 1;
    consumer.consume(texts, |asset, fate| {
        if fate == Fate::Later && alone {
            told.waits = true;
        } else if fate != Fate::Taken {
            let (_, location) = asset.resolve("", None);
            gaps.push(Gap {
                reason: GapReason::Invalid,
                message: match fate {
                    Fate::Invalid(reason, _) => format!("cannot be read as an asset: {reason}"),
                    _ => "cannot be read as an asset: a field has an unexpected type".to_owned(),
                },
                resource: None,
                document: Some(document),
                location: Some(location),
                rules: Vec::new(),
                outcomes: 0,
            });
        }
    });
    told.gaps.extend(gaps);
}

/// The asset as text, with its type first: the reader decides by it what to look at.
pub(super) fn normal_text(asset: &Value) -> String {
    const FIRST: [&str; 3] = ["name", "assetType", "ancestors"];
    let Value::Object(members) = asset else {
        return asset.to_string();
    };
    let untyped = Value::String(String::new());
    let mut ordered: Vec<(&str, &Value)> = Vec::with_capacity(members.len() + 1);
    for key in FIRST {
        ordered.extend(members.get(key).map(|value| (key, value)));
    }
    if !members.contains_key("assetType") {
        ordered.push(("assetType", &untyped));
    }
    let rest = members.iter().map(|(key, value)| (key.as_str(), value));
    ordered.extend(rest.filter(|(key, _)| !FIRST.contains(key)));
    serde_json::to_string(&Members(ordered)).unwrap_or_default()
}

/// The members of an object, in the order in which they are to be written.
struct Members<'v>(Vec<(&'v str, &'v Value)>);

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}
