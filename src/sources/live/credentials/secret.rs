//! Text that is never shown.

use std::fmt;
use std::sync::Arc;

/// A token, or a file that holds a key. It cannot be printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(Arc<str>);

impl Secret {
    pub(super) fn new(text: &str) -> Secret {
        Secret(Arc::from(text))
    }

    /// The text, for the one who sends it.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
