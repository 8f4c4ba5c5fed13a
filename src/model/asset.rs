//! One asset on its way through the judges: its text, and the way back to the user's document.

use super::gap::GapReason;
use super::locate::Outline;
use super::origin::{DocumentId, Location};
use std::cell::Cell;
use std::sync::Arc;

/// An asset in the normal form, as JSON text.
pub struct AssetText<'a> {
    /// One JSON object in the shape of a Cloud Asset Inventory asset.
    pub text: &'a str,
    /// Where it stands in what the user gave.
    pub site: Site<'a>,
    /// JSON-pointer prefixes that the dialect cannot carry, or that are not known yet.
    pub lacks: &'a [(String, GapReason)],
    /// Counts columns.
    pub columns: Columns,
    /// Finds pointers in `text`.
    pub outline: Outline,
}

/// Counts the columns of a line, onwards from the place that was asked for last: a policy may have a hundred thousand
/// members, and each is told with its column.
#[derive(Debug, Default)]
pub struct Columns {
    /// A byte offset, and the characters before it.
    last: Cell<(usize, usize)>,
}

impl Columns {
    /// The 1-based column of byte `at` of `text`, in characters; 1 where there is no such byte.
    fn of(&self, text: &str, at: usize) -> u32 {
        let (from, before) = match self.last.get() {
            known if known.0 <= at => known,
            _ => (0, 0),
        };
        let Some(between) = text.get(from..at) else {
            return 1;
        };
        let before = before + between.chars().count();
        self.last.set((at, before));
        u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
    }
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

impl AssetText<'_> {
    /// The pointer and place in the user's document of `pointer` in the asset, which stands at byte `at` of
    /// its text if it is there.
    pub fn resolve(&self, pointer: impl Into<Arc<str>>, at: Option<usize>) -> (Arc<str>, Location) {
        let pointer = pointer.into();
        match self.site.way_back {
            WayBack::Line(line) => {
                let column = at.map_or(1, |at| self.columns.of(self.text, at));
                (pointer, Location { line, column })
            }
            WayBack::Translated { pointers, locate } => {
                let mapped = translate(&pointer, pointers);
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
