//! Texts in the comments and messages of a script; words go through [`shell`](crate::escape::shell).

use crate::escape::terminal;

/// The text for a comment or a message: one line, nothing in it acts, long texts cut.
pub(super) fn visible(text: &str) -> String {
    const LONGEST: usize = 400;
    match text.char_indices().nth(LONGEST) {
        None => terminal(text).into_owned(),
        Some((at, _)) => format!("{}…", terminal(&text[..at])),
    }
}

/// Whether a text cannot be given to a command at all.
pub(super) fn holds_nul(text: &str) -> bool {
    text.contains('\0')
}
