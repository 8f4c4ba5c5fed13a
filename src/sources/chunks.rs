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
    if !is_lines(&buffer) {
        whole(input, buffer, end, each);
        return;
    }
    lines(input, buffer, end, each);
}

/// Whether every line is a JSON value of its own: the first is an object, and another follows.
fn is_lines(buffer: &[u8]) -> bool {
    let text = buffer.strip_prefix(b"\xef\xbb\xbf").unwrap_or(buffer);
    let start = text
        .iter()
        .position(|b| !b.is_ascii_whitespace())
        .unwrap_or(text.len());
    let text = &text[start..];
    let Some(newline) = memchr::memchr(b'\n', text) else {
        return false;
    };
    let (first, rest) = text.split_at(newline);
    let follows = rest.iter().find(|b| !b.is_ascii_whitespace());
    first.starts_with(b"{")
        && follows == Some(&b'{')
        && super::depth::is_bounded(first)
        && sonic_rs::from_slice::<serde::de::IgnoredAny>(first).is_ok()
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
    mut each: impl FnMut(Piece) -> bool,
) {
    let mut line = 1;
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
