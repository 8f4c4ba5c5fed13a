//! Cuts one large JSON array into its elements, so that memory is bounded by the largest of them and not by the
//! document: `gcloud asset list --format=json` of an organisation is a single array of hundreds of megabytes.

use super::chunks::{BATCH, LARGEST, Piece, fill};
use crate::model::{GapReason, Location};
use std::io::{self, Read};
use std::ops::Range;

/// Elements that follow each other in the document.
#[derive(Debug)]
pub(super) struct Batch {
    /// A part of the document.
    pub(super) bytes: Vec<u8>,
    /// The elements in it.
    pub(super) elements: Vec<Element>,
    /// The JSON pointer of the array.
    pub(super) array: String,
}

/// One element.
#[derive(Debug, Clone)]
pub(super) struct Element {
    /// Where it is in the bytes of its batch.
    pub(super) range: Range<usize>,
    /// Its index in the array.
    pub(super) index: u64,
    /// Where it starts in the document.
    pub(super) place: Location,
}

/// Where an array begins that is the document, or the list of a REST answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// The byte after its opening bracket.
    start: usize,
    /// Its JSON pointer.
    array: String,
}

impl Frame {
    /// Looks at the start of a document.
    pub(super) fn find(text: &[u8]) -> Option<Frame> {
        let mark = if text.starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            0
        };
        let mut at = blank(text, mark);
        if text.get(at) == Some(&b'[') {
            let array = String::new();
            return Some(Frame {
                start: at + 1,
                array,
            });
        }
        if text.get(at) != Some(&b'{') {
            return None;
        }
        // Short members such as `readTime` may stand before the list.
        for _ in 0..8 {
            let key = blank(text, at + 1);
            let end = value_end(text, key).filter(|_| text.get(key) == Some(&b'"'))?;
            let colon = blank(text, end);
            let value = blank(text, colon + 1);
            match (text.get(colon)?, text.get(value)?) {
                (b':', b'[') => {
                    let name = std::str::from_utf8(text.get(key + 1..end - 1)?).ok()?;
                    return Some(Frame {
                        start: value + 1,
                        array: format!("/{name}"),
                    })
                    .filter(|_| matches!(name, "assets" | "items" | "results"));
                }
                (b':', b'{') => return None,
                (b':', _) => at = blank(text, value_end(text, value)?),
                _ => return None,
            }
            if text.get(at) != Some(&b',') {
                return None;
            }
        }
        None
    }
}

/// Gives the elements of the array at `frame` in batches to `each`, which may stop the reading by returning `false`.
///
/// # Errors
/// When `input` cannot be read; the line that was reached is given with it.
pub(super) fn cut(
    mut input: impl Read,
    frame: Frame,
    each: &mut impl FnMut(Piece) -> bool,
) -> Result<(), (io::Error, u32)> {
    let mut buffer = Vec::new();
    let mut here = Here::default();
    let mut end = fill(&mut input, &mut buffer, BATCH.max(frame.start)).map_err(|e| (e, 1))?;
    let head = buffer.get(..frame.start).unwrap_or_default().to_vec();
    let (mut at, mut index) = (frame.start, 0);
    let mut elements: Vec<Element> = Vec::new();
    loop {
        match step(&buffer, at, index == 0) {
            Step::Element(range) => {
                here.advance(&buffer, range.start);
                at = range.end;
                elements.push(Element {
                    range,
                    index,
                    place: here.place,
                });
                index += 1;
                continue;
            }
            Step::Wrong(wrong) => {
                hand_over(&buffer, &mut elements, &frame.array, each);
                here.advance(&buffer, wrong);
                let message = "not valid JSON: expected `,` or `]` in the list".to_owned();
                each(broken(GapReason::Invalid, here.place, message));
                return Ok(());
            }
            Step::Closed(tail) => {
                if hand_over(&buffer, &mut elements, &frame.array, each) {
                    let mut rest = buffer.split_off(tail);
                    here.advance(&buffer, tail);
                    fill(&mut input, &mut rest, BATCH).map_err(|e| (e, here.place.line))?;
                    closing(&head, &rest, here.place, each);
                }
                return Ok(());
            }
            Step::More => {}
        }
        if !elements.is_empty() {
            let next = buffer.get(at..).unwrap_or_default().to_vec();
            here.advance(&buffer, at);
            here.offset = 0;
            if !hand_over(&buffer, &mut elements, &frame.array, each) {
                return Ok(());
            }
            (buffer, at) = (next, 0);
        } else if buffer.len() - at > LARGEST {
            here.advance(&buffer, at);
            let message = format!(
                "an element of the list is larger than {} MiB; what follows was not read",
                LARGEST >> 20
            );
            each(broken(GapReason::TooLarge, here.place, message));
            return Ok(());
        }
        if end {
            here.advance(&buffer, buffer.len());
            let message = "ends too early".to_owned();
            each(broken(GapReason::Invalid, here.place, message));
            return Ok(());
        }
        let target = buffer.len() + buffer.len().max(BATCH);
        end = fill(&mut input, &mut buffer, target).map_err(|e| (e, here.place.line))?;
    }
}

fn hand_over(
    buffer: &[u8],
    elements: &mut Vec<Element>,
    array: &str,
    each: &mut impl FnMut(Piece) -> bool,
) -> bool {
    let Some(last) = elements.last().map(|element| element.range.end) else {
        return true;
    };
    each(Piece::Elements(Batch {
        bytes: buffer.get(..last).unwrap_or_default().to_vec(),
        elements: std::mem::take(elements),
        array: array.to_owned(),
    }))
}

/// What stands after the list: nothing, or the other members of the answer, which may say that pages are missing.
fn closing(head: &[u8], tail: &[u8], place: Location, each: &mut impl FnMut(Piece) -> bool) {
    let rest = tail.trim_ascii();
    let is_object = head.trim_ascii_start().ends_with(b"[") && head.contains(&b'{');
    if is_object {
        // Without its elements the answer is small, and is read as any other.
        let bytes = [head, b"]", tail].concat();
        each(Piece::Whole { bytes });
    } else if !rest.is_empty() {
        let message = "not valid JSON: more text after the list".to_owned();
        each(broken(GapReason::Invalid, place, message));
    }
}

fn broken(reason: GapReason, place: Location, message: String) -> Piece {
    Piece::Broken {
        reason,
        place,
        message,
    }
}

/// What comes next in the list.
enum Step {
    Element(Range<usize>),
    /// The list ends before this byte.
    Closed(usize),
    /// Neither an element nor the end is at this byte.
    Wrong(usize),
    /// More bytes are needed.
    More,
}

fn step(text: &[u8], at: usize, first: bool) -> Step {
    let mut start = blank(text, at);
    match text.get(start) {
        None => return Step::More,
        Some(b']') => return Step::Closed(start + 1),
        Some(b',') if !first => start = blank(text, start + 1),
        Some(_) if !first => return Step::Wrong(start),
        Some(_) => {}
    }
    match text.get(start) {
        None => Step::More,
        Some(b',' | b']' | b'}' | b':') => Step::Wrong(start),
        Some(_) => match value_end(text, start) {
            Some(end) => Step::Element(start..end),
            None => Step::More,
        },
    }
}

/// The first byte from `at` on that is no white space.
fn blank(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let blanks = rest.iter().position(|byte| !byte.is_ascii_whitespace());
    at + blanks.unwrap_or(rest.len())
}

/// The byte after the value that starts at `start`, if its end is there.
fn value_end(text: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = start;
    loop {
        match text.get(at)? {
            b'"' => {
                at += 1;
                loop {
                    at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
                    if text[at] == b'"' {
                        break;
                    }
                    at += 2;
                }
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.checked_sub(1)?,
            _ if depth == 0 => {
                // A number or a word ends where something else begins.
                let rest = text.get(at..)?;
                let end = rest.iter().position(|byte| {
                    matches!(byte, b',' | b']' | b'}') || byte.is_ascii_whitespace()
                })?;
                return Some(at + end.max(1));
            }
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// A position in the document, followed as it is read.
#[derive(Debug)]
struct Here {
    place: Location,
    /// The byte of the buffer that is meant.
    offset: usize,
}

impl Default for Here {
    fn default() -> Here {
        Here {
            place: Location { line: 1, column: 1 },
            offset: 0,
        }
    }
}

impl Here {
    /// Goes on to byte `to` of the buffer.
    fn advance(&mut self, buffer: &[u8], to: usize) {
        let passed = buffer.get(self.offset..to).unwrap_or_default();
        let lines = memchr::memchr_iter(b'\n', passed).count();
        let last = match memchr::memrchr(b'\n', passed) {
            Some(newline) => {
                self.place.column = 1;
                &passed[newline + 1..]
            }
            None => passed,
        };
        let characters = last.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        let plus = |n: u32, more: usize| n.saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
        self.place.line = plus(self.place.line, lines);
        self.place.column = plus(self.place.column, characters);
        self.offset = to;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Frame, Piece, cut};

    /// Index, line, column and text.
    type Found = (u64, u32, u32, String);

    /// Every element, and what else was said.
    fn read(text: &str) -> (Vec<Found>, Vec<String>) {
        let frame = Frame::find(text.as_bytes()).unwrap();
        let (mut elements, mut said) = (Vec::new(), Vec::new());
        cut(text.as_bytes(), frame, &mut |piece| {
            match piece {
                Piece::Elements(batch) => elements.extend(batch.elements.iter().map(|element| {
                    let text = &batch.bytes[element.range.clone()];
                    let text = String::from_utf8(text.to_vec()).unwrap();
                    (
                        element.index,
                        element.place.line,
                        element.place.column,
                        text,
                    )
                })),
                Piece::Whole { bytes } => said.push(String::from_utf8(bytes).unwrap()),
                Piece::Broken { place, message, .. } => {
                    said.push(format!("{}:{}: {message}", place.line, place.column));
                }
                other => panic!("{other:?}"),
            }
            true
        })
        .unwrap();
        (elements, said)
    }

    #[test]
    fn elements_come_with_their_places() {
        let (elements, said) = read("[\n  {\"a\": \"]},\\\"[\"},\n  \"ü\", {\"b\": [1]} , 12\n]\n");
        let wanted = [
            (0, 2, 3, r#"{"a": "]},\"["}"#),
            (1, 3, 3, "\"ü\""),
            (2, 3, 8, r#"{"b": [1]}"#),
            (3, 3, 21, "12"),
        ];
        let wanted =
            wanted.map(|(index, line, column, text)| (index, line, column, text.to_owned()));
        assert_eq!(elements, wanted);
        assert!(said.is_empty(), "{said:?}");
    }

    #[test]
    fn batches_change_nothing() {
        let element = |n: usize| format!("{{\"n\": {n}, \"text\": \"{}\"}}", "x".repeat(n % 700));
        let all: Vec<String> = (0..9000).map(element).collect();
        for separator in [",", ",\n "] {
            let text = format!("[{}]", all.join(separator));
            assert!(text.len() > 3 * super::BATCH);
            let (elements, said) = read(&text);
            assert!(said.is_empty(), "{said:?}");
            assert!(elements.iter().map(|e| &e.3).eq(all.iter()));
            for (index, line, column, element) in elements {
                let line = text.lines().nth(line as usize - 1).unwrap();
                assert!(line[column as usize - 1..].starts_with(&element), "{index}");
                if separator.len() == 1 && index > 40 {
                    break;
                }
            }
        }
    }

    #[test]
    fn what_stands_around_the_list_is_kept() {
        let (elements, said) =
            read(r#"{"readTime": "2026", "assets": [{"a": 1}, {"b": 2}], "nextPageToken": "x"}"#);
        assert_eq!(elements.len(), 2);
        assert_eq!(
            said,
            [r#"{"readTime": "2026", "assets": [], "nextPageToken": "x"}"#]
        );
        for text in [
            r#"{"a": {"assets": ["#,
            r#"{"bindings": ["#,
            "\"x\"",
            "",
            "{",
            "{\"a\"",
        ] {
            assert_eq!(Frame::find(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_list_that_breaks_gives_what_was_whole() {
        let table = [
            ("[{\"a\": 1}, {\"b\": ", 1, "1:18: ends too early"),
            (
                "[{\"a\": 1} {\"b\": 2}]",
                1,
                "1:11: not valid JSON: expected `,` or `]` in the list",
            ),
            (
                "[1,\n,2]",
                1,
                "2:1: not valid JSON: expected `,` or `]` in the list",
            ),
            (
                "[1, 2] x",
                2,
                "1:7: not valid JSON: more text after the list",
            ),
            ("[", 0, "1:2: ends too early"),
        ];
        for (text, whole, message) in table {
            let (elements, said) = read(text);
            assert_eq!(
                (elements.len(), said),
                (whole, vec![message.to_owned()]),
                "{text}"
            );
        }
    }
}
