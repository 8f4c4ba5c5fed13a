//! The words in which the catalogue answers. The build script reads this file too: nothing but `std` here.

/// Whether a custom role may hold a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Support {
    /// Yes.
    Supported,
    /// Yes, but Google does not recommend it for production.
    Testing,
    /// No: creating a role with it fails.
    NotSupported,
    /// The catalogue does not say.
    Unknown,
}

/// The lowest level of the hierarchy at which a permission can be granted. A custom role of a project
/// may hold only those of [`Level::Project`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// On projects, and so on folders and organisations.
    Project,
    /// On folders and organisations.
    Folder,
    /// On organisations only.
    Organization,
}

/// The launch stage of a role. Stages other than [`Stage::Disabled`] do not change what it grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Stage {
    /// The zero value: the API leaves it out of its answers.
    #[default]
    Alpha,
    /// Beta.
    Beta,
    /// Generally available.
    Ga,
    /// Early access.
    Eap,
    /// Still works, but should not be granted any more.
    Deprecated,
    /// Can be seen and bound, and grants nothing.
    Disabled,
    /// A word that we do not know.
    Other,
}

/// What a role is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// All it carries.
    Complete,
    /// All it carries of the services that are written down, and the sensitive facts.
    Broad,
    /// The sensitive facts.
    Sensitive,
    /// Its name.
    Name,
}
