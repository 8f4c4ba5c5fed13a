//! The values of a document, for readers that look for something else than assets.

use super::array::Batch;
use super::chunks::{self, Piece};
use super::depth;
use super::document::{JsonText, NotText, below, invalid, place_of, text_of};
use super::open::{Spooled, open};
use super::yaml;
use crate::model::{Lines, Locate, Location};
use serde_json::Value;
use std::ops::ControlFlow;
use std::path::Path;

/// Why a document was not read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Where, if it could be opened.
    pub location: Option<Location>,
    /// What is wrong.
    pub message: String,
}

impl Unread {
    fn at(location: Location, message: impl Into<String>) -> Unread {
        Unread {
            location: Some(location),
            message: message.into(),
        }
    }
}

/// What is done with a value, and with the means to tell where a JSON pointer in it leads to in the document.
pub type Each<'e> = dyn FnMut(&Value, &dyn Locate) -> ControlFlow<()> + 'e;

/// Gives every value of a document to `each`, which may stop the reading: JSON (one value, several, or one a line), the
/// elements of an array that is too large to be held, or YAML.
///
/// # Errors
/// What cannot be read, or is neither; values before that were given.
pub fn values(path: &Path, spooled: Option<&Spooled>, each: &mut Each<'_>) -> Result<(), Unread> {
    let unopened = |error: &std::io::Error| Unread {
        location: None,
        message: error.to_string(),
    };
    let input = open(path, spooled).map_err(|error| unopened(&error))?;
    let mut outcome = Ok(ControlFlow::Continue(()));
    chunks::cut(input, |piece| {
        outcome = match piece {
            Piece::Lines { bytes, first } => lines(&bytes, first, each),
            Piece::Whole { bytes } => whole(&bytes, each),
            Piece::Elements(batch) => elements(&batch, each),
            Piece::Broken { place, message, .. } => Err(Unread::at(place, message)),
            Piece::TooLarge { line } => {
                let message = format!("larger than {} MiB", chunks::LARGEST >> 20);
                Err(Unread::at(Location { line, column: 1 }, message))
            }
            Piece::Failed { error, .. } => Err(unopened(&error)),
        };
        outcome == Ok(ControlFlow::Continue(()))
    });
    outcome.map(|_| ())
}

type Outcome = Result<ControlFlow<()>, Unread>;

fn whole(bytes: &[u8], each: &mut Each<'_>) -> Outcome {
    let text = match text_of(bytes) {
        Ok(text) => text,
        Err(NotText::Binary) => {
            let start = Location { line: 1, column: 1 };
            return Err(Unread::at(start, "binary data"));
        }
        Err(NotText::Wrong(place, message)) => return Err(Unread::at(place, message)),
    };
    let start = text.trim_start();
    if start.is_empty() {
        return Err(Unread::at(Location { line: 1, column: 1 }, "empty"));
    }
    if start.starts_with(['{', '[']) {
        return json(text, Location { line: 1, column: 1 }, each);
    }
    let documents = yaml::parse(text).map_err(|error| {
        let message = format!("neither JSON nor YAML: {}", error.message);
        Unread::at(error.location, message)
    })?;
    for document in documents {
        if each(&document.value, &document.places).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// The values of a JSON text that starts at `start` in its document.
fn json(text: &str, start: Location, each: &mut Each<'_>) -> Outcome {
    if depth::depth(text.as_bytes()) > depth::DEEPEST {
        let message = format!("nested more than {} levels deep", depth::DEEPEST);
        return Err(Unread::at(start, message));
    }
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let places = Lines::default();
    let mut from = 0;
    while let Some(next) = stream.next() {
        let value = next
            .map_err(|error| Unread::at(below(start, place_of(text, &error)), invalid(&error)))?;
        let blank = text[from..].len() - text[from..].trim_start().len();
        let part = &text[from + blank..stream.byte_offset()];
        let place = below(start, places.at(text, from + blank));
        from = stream.byte_offset();
        let flow = each(&value, &JsonText::new(part, place));
        if flow.is_break() {
            return Ok(flow);
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn lines(bytes: &[u8], first: u32, each: &mut Each<'_>) -> Outcome {
    for (line, number) in bytes.split(|byte| *byte == b'\n').zip(first..) {
        let start = Location {
            line: number,
            column: 1,
        };
        let text = std::str::from_utf8(line).map_err(|_| Unread::at(start, "not UTF-8 text"))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if !text.trim().is_empty() && json(text, start, each)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn elements(batch: &Batch, each: &mut Each<'_>) -> Outcome {
    for element in &batch.elements {
        let bytes = batch.bytes.get(element.range.clone()).unwrap_or_default();
        let text =
            std::str::from_utf8(bytes).map_err(|_| Unread::at(element.place, "not UTF-8 text"))?;
        if json(text, element.place, each)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}
