//! How deny policies name permissions.

/// What a deny policy calls a permission. A remedy that denies what cannot be denied is none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Denial {
    /// The name of the IAM v2 API: `storage.googleapis.com/objects.get`.
    Name(String),
    /// No deny policy can name it.
    NotDeniable,
    /// The catalogue does not say.
    Unknown,
}
