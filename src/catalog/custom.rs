//! Custom roles, as the input describes them.

use super::kinds::Stage;

impl Stage {
    /// Reads the field `stage`; absent means [`Stage::Alpha`].
    pub fn parse(text: Option<&str>) -> Stage {
        match text {
            None | Some("ALPHA" | "") => Stage::Alpha,
            Some("BETA") => Stage::Beta,
            Some("GA") => Stage::Ga,
            Some("EAP") => Stage::Eap,
            Some("DEPRECATED") => Stage::Deprecated,
            Some("DISABLED") => Stage::Disabled,
            Some(_) => Stage::Other,
        }
    }

    /// The word of the API for it.
    pub fn slug(self) -> &'static str {
        match self {
            Stage::Alpha => "ALPHA",
            Stage::Beta => "BETA",
            Stage::Ga => "GA",
            Stage::Eap => "EAP",
            Stage::Deprecated => "DEPRECATED",
            Stage::Disabled => "DISABLED",
            Stage::Other => "OTHER",
        }
    }
}

/// A role that the input describes: nearly always a custom one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomRole {
    /// `projects/P/roles/ID` or `organizations/N/roles/ID`, with or without `//iam.googleapis.com/` before it.
    pub name: String,
    /// What people call it.
    pub title: Option<String>,
    /// The launch stage, see [`Stage::parse`].
    pub stage: Stage,
    /// Whether it is marked for deletion: bindings stay and have no effect.
    pub deleted: bool,
    /// The field `includedPermissions`; `None` where the document does not carry it
    /// (`gcloud iam roles list` does not), because then what the role grants is unknown.
    pub permissions: Option<Vec<String>>,
}

impl CustomRole {
    /// Whether bindings of the role have any effect: neither disabled nor deleted.
    pub fn is_in_force(&self) -> bool {
        !self.deleted && self.stage != Stage::Disabled
    }
}

/// A role's name without the `//iam.googleapis.com/` of full resource names.
pub(super) fn plain(role: &str) -> &str {
    role.strip_prefix("//iam.googleapis.com/").unwrap_or(role)
}
