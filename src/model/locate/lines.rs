//! Lines and columns of byte offsets.

use crate::model::Location;
use std::cell::OnceCell;
use std::ops::Range;

/// 1-based line and column (in characters) of a byte offset. An offset inside a character means that
/// character; one beyond the end means the end.
pub fn line_column(text: &str, offset: usize) -> Location {
    let first = Location { line: 1, column: 1 };
    go_on(first, text, 0..offset.min(text.len()))
}

/// [`line_column`] for many offsets of one text, whatever its lines are like.
#[derive(Debug, Default)]
pub struct Lines {
    /// What lies at each multiple of [`STEP`].
    marks: OnceCell<Vec<Location>>,
}

/// As many bytes are counted for a place, at most.
const STEP: usize = 1 << 12;

impl Lines {
    /// [`line_column`]. It must be the same text each time.
    pub fn at(&self, text: &str, offset: usize) -> Location {
        let offset = offset.min(text.len());
        let marks = self.marks.get_or_init(|| {
            let mut marks = vec![Location { line: 1, column: 1 }];
            for end in (STEP..=text.len()).step_by(STEP) {
                let before = marks.last().copied();
                marks.extend(before.map(|before| go_on(before, text, end - STEP..end)));
            }
            marks
        });
        match marks.get(offset / STEP) {
            Some(mark) => go_on(*mark, text, offset / STEP * STEP..offset),
            None => line_column(text, offset),
        }
    }
}

/// The place behind some bytes, by that before them.
fn go_on(from: Location, text: &str, bytes: Range<usize>) -> Location {
    let is_first = bytes.start == 0;
    let bytes = text.as_bytes().get(bytes).unwrap_or_default();
    let bytes = match bytes.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) if is_first => rest,
        _ => bytes,
    };
    let lines = memchr::memchr_iter(b'\n', bytes).count();
    let own = memchr::memrchr(b'\n', bytes).map_or(bytes, |last| &bytes[last + 1..]);
    let column = match lines {
        0 => from.column,
        _ => 1,
    };
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Location {
        line: from.line.saturating_add(number(lines)),
        column: column.saturating_add(number(characters(own))),
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How many characters begin in some bytes: with every byte but a continuation byte.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count()
}
