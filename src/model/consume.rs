//! The door between the rooms that read and the rooms that judge: neither knows the other.

use super::asset::AssetText;

/// What became of a text that was offered to a [`Consumer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It was an asset in the normal form, and it was taken.
    Taken,
    /// It depends on something that the rest of the input may still say: offer it again at the end.
    Later,
    /// It is JSON but no asset in the normal form: translate it first.
    NotNormal,
    /// It is no JSON: a sentence, and the byte offset in the text.
    Invalid(String, usize),
}

/// Takes assets, one batch after the other, in one of several threads.
pub trait Consumer {
    /// What a batch leaves behind.
    type Output: Send;

    /// Says what comes next: a whole document, or a part of a stream of assets.
    fn begin(&mut self, whole_document: bool) {
        let _ = whole_document;
    }

    /// Takes every asset of a batch and says what became of each.
    fn consume<'d>(
        &mut self,
        assets: impl Iterator<Item = AssetText<'d>>,
        outcome: impl FnMut(AssetText<'d>, Fate),
    );

    /// Hands over what the batches since the last call left behind.
    fn take(&mut self) -> Self::Output;
}
