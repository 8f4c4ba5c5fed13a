//! One asset on its way through the judges: its text, and the way back to the user's document.

use super::gap::GapReason;
use super::origin::{DocumentId, Location};
use std::sync::Arc;

/// An asset in the normal form, as JSON text.
pub struct AssetText<'a> {
    /// One JSON object in the shape of a Cloud Asset Inventory asset.
    pub text: &'a str,
    /// Where it stands in what the user gave.
    pub site: Site<'a>,
    /// JSON-pointer prefixes that the dialect cannot carry, or that are not known yet.
    pub lacks: &'a [(String, GapReason)],
}

/// The place of an asset in a document.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// The document.
    pub document: DocumentId,
    /// How its pointers become the document's.
    pub way_back: WayBack<'a>,
}

/// How a pointer in the normal form becomes a place in the user's text.
#[derive(Clone, Copy)]
pub enum WayBack<'a> {
    /// The asset's text is this 1-based line of the document.
    Line(u32),
    /// The asset was translated: the longest prefix of the pointer is replaced, and the result looked up.
    Translated {
        /// (prefix in the asset, prefix in the document).
        pointers: &'a [(String, String)],
        /// Finds pointers in the document's text.
        locate: &'a dyn Locate,
    },
}

/// Finds the place of a JSON pointer in a document's text.
pub trait Locate {
    /// The place of `pointer`, or of its nearest ancestor that is there.
    fn locate(&self, pointer: &str) -> Location;
}

impl Site<'_> {
    /// The pointer and place in the user's document of `pointer` in the asset, which stands at byte `at` of
    /// `text` if it is there.
    pub fn resolve(&self, text: &str, pointer: &str, at: Option<usize>) -> (Arc<str>, Location) {
        match self.way_back {
            WayBack::Line(line) => {
                let column = at
                    .and_then(|at| text.get(..at))
                    .map_or(0, |before| before.chars().count());
                let column = u32::try_from(column).unwrap_or(u32::MAX - 1) + 1;
                (pointer.into(), Location { line, column })
            }
            WayBack::Translated { pointers, locate } => {
                let mapped = translate(pointer, pointers);
                let location = locate.locate(&mapped);
                (mapped.into(), location)
            }
        }
    }
}

fn translate(pointer: &str, pointers: &[(String, String)]) -> String {
    pointers
        .iter()
        .filter_map(|(from, to)| {
            let rest = pointer.strip_prefix(from.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then_some((from.len(), to, rest))
        })
        .max_by_key(|(length, _, _)| *length)
        .map_or_else(|| pointer.to_owned(), |(_, to, rest)| format!("{to}{rest}"))
}
