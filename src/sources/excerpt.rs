//! Lines of the inputs, read again for the few findings that are shown with a code frame.

use super::open::{Spooled, open};
use super::walk::Input;
use crate::model::{DocumentId, Excerpts};
use std::io::{BufRead, BufReader, Read};

/// Reads lines of the inputs on demand.
pub struct Lines<'r> {
    /// The inputs, by [`DocumentId`].
    pub inputs: &'r [Input],
    /// Those of the inputs that can be read only once: standard input and pipes.
    pub spooled: Option<&'r Spooled>,
}

/// Characters shown on either side of the column.
const WINDOW: usize = 60;

/// No line is read beyond this many bytes.
const LONGEST: u64 = 64 << 20;

impl Excerpts for Lines<'_> {
    fn line(&self, document: DocumentId, line: u32, around: u32) -> Option<(String, u32)> {
        let input = self.inputs.get(document.0 as usize)?;
        let mut reader = BufReader::new(open(&input.path, self.spooled).ok()?);
        for _ in 1..line {
            if reader.skip_until(b'\n').ok()? == 0 {
                return None;
            }
        }
        let mut bytes = Vec::new();
        reader.take(LONGEST).read_until(b'\n', &mut bytes).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end_matches(['\n', '\r']);
        let around = (around as usize).saturating_sub(1);
        let from = around.saturating_sub(WINDOW);
        if text.len() <= 2 * WINDOW {
            return Some((text.to_owned(), 0));
        }
        let shown: String = text.chars().skip(from).take(2 * WINDOW).collect();
        Some((shown, u32::try_from(from).ok()?))
    }
}
