//! YAML as gcloud prints it, with the place of every value.
//!
//! Scalars are typed by the YAML 1.2 core schema, so times and `on` stay strings. Aliases are followed within
//! a budget, and nesting is bounded: the text may be hostile.

use crate::model::Location;
use crate::model::locate::unescape;
use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};
use serde_json::{Map, Number, Value};
use std::borrow::Cow;
use std::collections::HashMap;
use thiserror::Error;

/// Deepest nesting that is read.
pub const MAX_DEPTH: usize = 128;

/// Most values that the aliases of a text may add to those it spells out.
const MAX_ALIASED: usize = 100_000;

/// Why a text is no YAML that we read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message} at line {}, column {}", .location.line, .location.column)]
pub struct YamlError {
    /// What is wrong, without the place.
    pub message: String,
    /// Where.
    pub location: Location,
    /// Whether the text is too large or too deep, rather than wrong.
    pub too_large: bool,
}

/// One document of a YAML text.
#[derive(Debug, Clone)]
pub struct YamlDocument {
    /// What it says, as JSON.
    pub value: Value,
    /// Where each value stands.
    pub places: Places,
}

/// The place of every value of a document: a tree beside the value, so that its size follows the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    at: Location,
    below: Below,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Below {
    Nothing,
    List(Vec<Places>),
    Members(Vec<(String, Places)>),
}

impl Places {
    /// A value without parts.
    pub(super) fn leaf(at: Location) -> Places {
        Places {
            at,
            below: Below::Nothing,
        }
    }

    /// A list of values.
    pub(super) fn list(at: Location, parts: Vec<Places>) -> Places {
        Places {
            at,
            below: Below::List(parts),
        }
    }

    /// An object.
    pub(super) fn members(at: Location, parts: Vec<(String, Places)>) -> Places {
        Places {
            at,
            below: Below::Members(parts),
        }
    }

    /// Where `pointer` leads, or its nearest ancestor that exists. Of duplicate names the last counts.
    pub fn get(&self, pointer: &str) -> Location {
        let mut place = self;
        for token in pointer.split('/').skip(1) {
            let next = match &place.below {
                Below::Nothing => None,
                Below::List(parts) => token.parse::<usize>().ok().and_then(|i| parts.get(i)),
                Below::Members(parts) => {
                    let name = unescape(token);
                    parts
                        .iter()
                        .rev()
                        .find(|(key, _)| *key == name)
                        .map(|(_, p)| p)
                }
            };
            let Some(next) = next else {
                break;
            };
            place = next;
        }
        place.at
    }
}

/// Reads every document of `text`.
///
/// # Errors
/// The first place that is not YAML, that nests deeper than [`MAX_DEPTH`], or whose aliases grow too much.
pub fn parse(text: &str) -> Result<Vec<YamlDocument>, YamlError> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        anchors: HashMap::new(),
        aliased: 0,
    };
    let mut documents = Vec::new();
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamEnd => return Ok(documents),
            Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
            event => {
                let (value, places) = reader.value(event, span, 0)?;
                documents.push(YamlDocument { value, places });
                // Anchors end with their document.
                reader.anchors.clear();
            }
        }
    }
}

/// An anchored value, its places, and how many values it holds.
type Anchored = (Value, Places, usize);

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    anchors: HashMap<usize, Anchored>,
    aliased: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span), YamlError> {
        match self.parser.next_event() {
            Some(Ok(pair)) => Ok(pair),
            Some(Err(error)) => Err(YamlError {
                message: error.info().to_owned(),
                location: Location {
                    line: number(error.marker().line().max(1)),
                    column: number(error.marker().col() + 1),
                },
                too_large: false,
            }),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    /// The value that begins with `event`. Recursion is bounded by [`MAX_DEPTH`].
    fn value(
        &mut self,
        event: Event<'t>,
        span: Span,
        depth: usize,
    ) -> Result<(Value, Places), YamlError> {
        let at = start(span);
        if depth > MAX_DEPTH {
            return Err(refused(format!("nested deeper than {MAX_DEPTH}"), at));
        }
        let (anchor, value, places) = match event {
            Event::Scalar(text, style, anchor, tag) => (
                anchor,
                scalar(text, style, tag.as_deref()),
                Places::leaf(at),
            ),
            Event::SequenceStart(anchor, _) => {
                let (value, places) = self.sequence(at, depth)?;
                (anchor, value, places)
            }
            Event::MappingStart(anchor, _) => {
                let (value, places) = self.mapping(at, depth)?;
                (anchor, value, places)
            }
            Event::Alias(id) => return self.alias(id, at),
            _ => return Err(wrong("a value is missing", at)),
        };
        if anchor != 0 {
            // Nested anchors hold copies of each other, so what they keep is on the same budget.
            let size = size_of(&value);
            self.aliased = self.aliased.saturating_add(size);
            self.anchors
                .insert(anchor, (value.clone(), places.clone(), size));
        }
        Ok((value, places))
    }

    fn alias(&mut self, id: usize, at: Location) -> Result<(Value, Places), YamlError> {
        let Some((value, places, size)) = self.anchors.get(&id) else {
            return Err(wrong("an alias of something that is not complete", at));
        };
        self.aliased = self.aliased.saturating_add(*size);
        if self.aliased > MAX_ALIASED {
            return Err(refused(
                "the aliases stand for too many values".to_owned(),
                at,
            ));
        }
        Ok((value.clone(), places.clone()))
    }

    fn sequence(&mut self, at: Location, depth: usize) -> Result<(Value, Places), YamlError> {
        let (mut values, mut parts) = (Vec::new(), Vec::new());
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                return Ok((Value::Array(values), Places::list(at, parts)));
            }
            let (value, places) = self.value(event, span, depth + 1)?;
            values.push(value);
            parts.push(places);
        }
    }

    fn mapping(&mut self, at: Location, depth: usize) -> Result<(Value, Places), YamlError> {
        let (mut values, mut parts) = (Map::new(), Vec::new());
        loop {
            let (event, span) = self.next()?;
            let key_at = start(span);
            let key = match event {
                Event::MappingEnd => {
                    return Ok((Value::Object(values), Places::members(at, parts)));
                }
                Event::Scalar(text, _, _, _) => text.into_owned(),
                _ => return Err(wrong("a key that is not a plain text", key_at)),
            };
            let (event, span) = self.next()?;
            let (value, mut places) = self.value(event, span, depth + 1)?;
            // As for JSON: a container is pointed at by its name, a scalar by itself.
            if !matches!(places.below, Below::Nothing) || value.is_null() {
                places.at = key_at;
            }
            values.insert(key.clone(), value);
            parts.push((key, places));
        }
    }
}

fn start(span: Span) -> Location {
    Location {
        line: number(span.start.line().max(1)),
        column: number(span.start.col() + 1),
    }
}

fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn wrong(message: &str, location: Location) -> YamlError {
    YamlError {
        message: message.to_owned(),
        location,
        too_large: false,
    }
}

fn refused(message: String, location: Location) -> YamlError {
    YamlError {
        message,
        location,
        too_large: true,
    }
}

/// How many values `value` holds, itself included. Bounded recursion: what is counted was read.
fn size_of(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(size_of).sum(),
        Value::Object(members) => members.values().map(size_of).sum(),
        _ => 0,
    }
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let forced = tag.is_some_and(|t| t.suffix == "str" || t.handle == "!");
    if style != ScalarStyle::Plain || forced {
        return Value::String(text.into_owned());
    }
    plain(&text).unwrap_or_else(|| Value::String(text.into_owned()))
}

/// The core schema of YAML 1.2.2, chapter 10.3.2. What JSON cannot hold (`.inf`, `.nan`) stays a string.
fn plain(text: &str) -> Option<Value> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Value::Null),
        "true" | "True" | "TRUE" => return Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Some(Value::Bool(false)),
        _ => {}
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok().map(Value::from);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return u64::from_str_radix(digits, 8).ok().map(Value::from);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        let unsigned = text.strip_prefix('+').unwrap_or(text);
        if let Ok(number) = unsigned.parse::<i64>() {
            return Some(Value::from(number));
        }
        if let Ok(number) = unsigned.parse::<u64>() {
            return Some(Value::from(number));
        }
    }
    float(text, digits)
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn float(text: &str, digits: &str) -> Option<Value> {
    let first = digits.bytes().next()?;
    let own = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-');
    if !(first.is_ascii_digit() || first == b'.') || !digits.bytes().all(own) {
        return None;
    }
    let number = text.strip_prefix('+').unwrap_or(text).parse::<f64>().ok()?;
    Number::from_f64(number).map(Value::Number)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{MAX_DEPTH, parse};
    use crate::model::Location;
    use serde_json::json;

    #[test]
    fn scalars_follow_the_core_schema() {
        let text = "a: 1\nb: on\nc: 2024-01-02T03:04:05+0000\nd: '7'\ne: ~\nf: -3\ng: 1.5\nh: True\ni: 0x1F\n\
                    j: .nan\nk: 1_000\nl: !!str 12\nm: 123456789012345678901\nn: BwNEWAA=\n";
        let document = &parse(text).unwrap()[0];
        assert_eq!(
            document.value,
            json!({
                "a": 1, "b": "on", "c": "2024-01-02T03:04:05+0000", "d": "7", "e": null, "f": -3, "g": 1.5,
                "h": true, "i": 31, "j": ".nan", "k": "1_000", "l": "12", "m": 123456789012345678901_f64,
                "n": "BwNEWAA=",
            })
        );
    }

    #[test]
    fn every_value_has_a_place() {
        let text =
            "bindings:\n- members:\n  - user:alice@example.com\n  role: roles/owner\nversion: 3\n";
        let document = &parse(text).unwrap()[0];
        let places = &document.places;
        assert_eq!(places.get("/bindings"), Location { line: 1, column: 1 });
        assert_eq!(
            places.get("/bindings/0/members/0"),
            Location { line: 3, column: 5 }
        );
        assert_eq!(
            places.get("/bindings/0/role"),
            Location { line: 4, column: 9 }
        );
        assert_eq!(
            places.get("/bindings/0/condition/title"),
            Location { line: 2, column: 3 }
        );
        assert_eq!(
            places.get("/version"),
            Location {
                line: 5,
                column: 10
            }
        );
    }

    #[test]
    fn a_text_holds_several_documents_and_anchors() {
        let documents = parse("---\na: &x [1, 2]\nb: *x\n---\n- c\n").unwrap();
        assert_eq!(documents.len(), 2);
        assert_eq!(documents[0].value, json!({"a": [1, 2], "b": [1, 2]}));
        assert_eq!(documents[1].value, json!(["c"]));
    }

    #[test]
    fn what_grows_without_bound_is_refused() {
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..12 {
            let previous = format!("*a{},", level - 1).repeat(10);
            bomb.push_str(&format!(
                "a{level}: &a{level} [{}]\n",
                previous.trim_end_matches(',')
            ));
        }
        assert!(parse(&bomb).unwrap_err().too_large);
        let deep = "- ".repeat(MAX_DEPTH * 4);
        assert!(parse(&deep).is_err());
        let deep = "[".repeat(20_000);
        assert!(parse(&deep).is_err());
    }

    #[test]
    fn errors_say_where() {
        let error = parse("a: 1\nb: [1, 2\nc: }\n").unwrap_err();
        assert!(error.location.line >= 2, "{error}");
        assert!(!error.too_large);
    }
}
