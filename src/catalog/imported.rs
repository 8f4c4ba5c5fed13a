//! What a user's own copy of the IAM API's answers adds to the catalogue.

use super::{CustomRole, Level, Stage, Support};

/// Roles and permissions that were read from answers of the IAM API, to be laid over a catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Predefined and custom roles. One without permissions tells its stage only.
    pub roles: Vec<CustomRole>,
    /// Permissions that `queryTestablePermissions` listed.
    pub permissions: Vec<PermissionFact>,
}

/// What `queryTestablePermissions` says of a permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionFact {
    /// As roles name it: `storage.objects.get`.
    pub name: String,
    /// Whether a custom role may hold it. The API leaves the field out for [`Support::Supported`].
    pub support: Support,
    /// The launch stage. The API leaves the field out for [`Stage::Alpha`].
    pub stage: Stage,
    /// The lowest level at which it was listed, where the answer tells for which resource it was asked.
    pub level: Option<Level>,
}
