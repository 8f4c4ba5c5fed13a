//! Cuts a stream into jobs: batches of whole lines, or one whole document.

use super::array::{self, Batch, Frame};
use crate::model::{GapReason, Location};
use std::io::{self, Read};

/// A piece of a document that can be worked on alone.
#[derive(Debug)]
pub(super) enum Piece {
    /// Whole lines, of which the first has this 1-based number.
    Lines { bytes: Vec<u8>, first: u32 },
    /// The document as a whole.
    Whole { bytes: Vec<u8> },
    /// Elements of a document that is one large array.
    Elements(Batch),
    /// Such a document goes on in a way that cannot be read.
    Broken {
        reason: GapReason,
        place: Location,
        message: String,
    },
    /// A line, or a document without lines, that is larger than we hold in memory.
    TooLarge { line: u32 },
    /// Reading broke off.
    Failed { error: io::Error, line: u32 },
}

/// Lines are handed out in batches of about this size: large enough to make hand-over cheap, small enough that
/// a few of them are no memory to speak of.
pub(super) const BATCH: usize = 1 << 20;

/// The largest document or line that is held as a whole. No policy comes near it.
pub(super) const LARGEST: usize = 64 << 20;

/// Reads `input` and gives its pieces to `each`, which may stop the reading by returning `false`.
pub(super) fn cut(mut input: impl Read, mut each: impl FnMut(Piece) -> bool) {
    let mut buffer = Vec::new();
    let mut end = match fill(&mut input, &mut buffer, BATCH) {
        Ok(end) => end,
        Err(error) => {
            each(Piece::Failed { error, line: 1 });
            return;
        }
    };
    // The first line decides; one that is longer than a batch is read to its end first.
    while !end && memchr::memchr(b'\n', &buffer).is_none() && buffer.len() < LARGEST {
        let target = (buffer.len() * 2).min(LARGEST);
        match fill(&mut input, &mut buffer, target) {
            Ok(now) => end = now,
            Err(error) => {
                each(Piece::Failed { error, line: 1 });
                return;
            }
        }
    }
    if is_lines(&buffer) {
        lines(input, buffer, end, 1, each);
    } else if !end && buffer.starts_with(b"{") && memchr::memchr(b'\n', &buffer).is_none() {
        beyond_the_first_line(input, each);
    } else {
        whole(input, buffer, end, each);
    }
}

/// The first line is not one that we hold. What follows is judged if it is lines; of a document on a single
/// line nothing follows.
fn beyond_the_first_line(mut input: impl Read, mut each: impl FnMut(Piece) -> bool) {
    if !each(Piece::TooLarge { line: 1 }) {
        return;
    }
    let mut buffer = Vec::new();
    let more = skip_line(&mut input, &mut buffer).and_then(|end| match end {
        true => Ok(true),
        false => {
            let target = buffer.len() + BATCH;
            fill(&mut input, &mut buffer, target)
        }
    });
    match more {
        Ok(end) if buffer.trim_ascii_start().starts_with(b"{\"") => {
            lines(input, buffer, end, 2, each)
        }
        Ok(_) => {}
        Err(error) => {
            each(Piece::Failed { error, line: 2 });
        }
    }
}

/// Whether every line is a JSON value of its own: the first is an object, and another follows. The first may
/// be the one that is broken, so where the document as a whole is broken the other lines have their say.
fn is_lines(buffer: &[u8]) -> bool {
    let text = buffer.strip_prefix(b"\xef\xbb\xbf").unwrap_or(buffer);
    let text = text.trim_ascii_start();
    let Some(newline) = memchr::memchr(b'\n', text) else {
        return false;
    };
    if !text.starts_with(b"{") {
        return false;
    }
    let (first, rest) = text.split_at(newline);
    let alone = is_object(first);
    if alone && rest.trim_ascii_start().starts_with(b"{") {
        return true;
    }
    let is_asset = |line: &[u8]| line.starts_with(b"{\"") && is_object(line);
    rest.split(|b| *b == b'\n').any(is_asset) && (alone || !begins_with_value(text, newline))
}

fn is_object(line: &[u8]) -> bool {
    line.starts_with(b"{")
        && super::depth::is_bounded(line)
        && sonic_rs::from_slice::<serde::de::IgnoredAny>(line).is_ok()
}

/// Whether `text` begins with a value that spans lines, or with one that it holds the beginning of.
fn begins_with_value(text: &[u8], newline: usize) -> bool {
    let mut values =
        serde_json::Deserializer::from_slice(text).into_iter::<serde::de::IgnoredAny>();
    match values.next() {
        Some(Ok(_)) => values.byte_offset() > newline,
        Some(Err(error)) => error.is_eof(),
        None => false,
    }
}

fn whole(
    mut input: impl Read,
    mut buffer: Vec<u8>,
    end: bool,
    mut each: impl FnMut(Piece) -> bool,
) {
    if !end {
        match fill(&mut input, &mut buffer, LARGEST + 1) {
            Ok(_) => {}
            Err(error) => {
                each(Piece::Failed { error, line: 1 });
                return;
            }
        }
    }
    if buffer.len() <= LARGEST {
        each(Piece::Whole { bytes: buffer });
        return;
    }
    match Frame::find(&buffer) {
        Some(frame) => {
            let input = io::Cursor::new(buffer).chain(input);
            if let Err((error, line)) = array::cut(input, frame, &mut each) {
                each(Piece::Failed { error, line });
            }
        }
        None => {
            each(Piece::TooLarge { line: 1 });
        }
    }
}

fn lines(
    mut input: impl Read,
    mut buffer: Vec<u8>,
    mut end: bool,
    mut line: u32,
    mut each: impl FnMut(Piece) -> bool,
) {
    loop {
        let cut = if end {
            buffer.len()
        } else {
            memchr::memrchr(b'\n', &buffer).map_or(0, |at| at + 1)
        };
        if cut > 0 {
            let mut next = Vec::with_capacity(BATCH + (buffer.len() - cut));
            next.extend_from_slice(&buffer[cut..]);
            buffer.truncate(cut);
            let first = line;
            line += u32::try_from(memchr::memchr_iter(b'\n', &buffer).count()).unwrap_or(u32::MAX);
            if !each(Piece::Lines {
                bytes: buffer,
                first,
            }) {
                return;
            }
            buffer = next;
        } else if buffer.len() >= LARGEST {
            // Not a line that we hold: say so and go on after it.
            if !each(Piece::TooLarge { line }) {
                return;
            }
            match skip_line(&mut input, &mut buffer) {
                Ok(now) => end = now,
                Err(error) => {
                    each(Piece::Failed { error, line });
                    return;
                }
            }
            line += 1;
        }
        if end && buffer.is_empty() {
            return;
        }
        let target = if cut == 0 && !buffer.is_empty() {
            (buffer.len() * 2).clamp(BATCH, LARGEST)
        } else {
            buffer.len() + BATCH
        };
        match fill(&mut input, &mut buffer, target) {
            Ok(now) => end = now,
            Err(error) => {
                each(Piece::Failed { error, line });
                return;
            }
        }
    }
}

/// Reads until `buffer` holds `target` bytes; `true` at the end of the input.
pub(super) fn fill(input: &mut impl Read, buffer: &mut Vec<u8>, target: usize) -> io::Result<bool> {
    let wanted = target.saturating_sub(buffer.len());
    if wanted == 0 {
        return Ok(false);
    }
    let read = input.by_ref().take(wanted as u64).read_to_end(buffer)?;
    Ok(read < wanted)
}

/// Drops the rest of the line that `buffer` holds the start of; `buffer` then holds the start of the next.
fn skip_line(input: &mut impl Read, buffer: &mut Vec<u8>) -> io::Result<bool> {
    loop {
        buffer.clear();
        let end = fill(input, buffer, BATCH)?;
        if let Some(at) = memchr::memchr(b'\n', buffer) {
            buffer.drain(..=at);
            return Ok(end);
        }
        if end {
            buffer.clear();
            return Ok(true);
        }
    }
}
