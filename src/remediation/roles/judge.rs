//! Whether a custom role may list a permission.

use super::Home;
use crate::catalog::{Catalog, Level, PatternError, Stage, Support, Wanted};
use crate::model::Truth;

/// Longer than any name of Google's by far.
const LONGEST_NAME: usize = 256;

/// What is to be said of a permission in a custom role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// It has not the form of a permission's name.
    Malformed,
    /// It stands for several permissions, which the API does not take.
    Wildcard,
    /// It does not exist; perhaps this one was meant.
    Missing(Option<String>),
    /// Custom roles may not hold it.
    NotSupported,
    /// A project's role may not hold it.
    TooHigh,
    /// It is on its way out.
    Deprecated,
    /// Google does not promise that it goes on working in custom roles.
    Testing,
    /// The catalogue does not know it; perhaps this one was meant.
    Unlisted(Option<String>),
    /// The catalogue knows it, and not whether custom roles may hold it.
    NotSaid,
}

impl Fault {
    /// Whether a definition is better off without the permission, as far as anybody knows.
    pub(super) fn removes(&self) -> bool {
        !self.is_open() && *self != Fault::Testing
    }

    /// Whether the catalogue knows too little to say.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Fault::Unlisted(_) | Fault::NotSaid)
    }

    /// What is wrong, as the end of a sentence that the permission begins.
    pub(super) fn words(&self) -> String {
        let meant = |near: &Option<String>| match near {
            Some(name) => format!("; did you mean {name}?"),
            None => String::new(),
        };
        match self {
            Fault::Malformed => "is no name that a permission can have".to_owned(),
            Fault::Wildcard => {
                "stands for several permissions: a role lists each by its name".to_owned()
            }
            Fault::Missing(near) => format!("does not exist{}", meant(near)),
            Fault::NotSupported => "is not supported in custom roles".to_owned(),
            Fault::TooHigh => {
                "is used on folders and organisations only: a project's role cannot hold it"
                    .to_owned()
            }
            Fault::Deprecated => "is deprecated".to_owned(),
            Fault::Testing => "is only being tested in custom roles".to_owned(),
            Fault::Unlisted(near) => format!("is not in the catalogue{}", meant(near)),
            Fault::NotSaid => {
                "may be no permission for custom roles: the catalogue does not say".to_owned()
            }
        }
    }
}

/// What is wrong with `permission` in a role of `home`. Where nobody says whose the role is, it is held for a project's,
/// which may hold less.
pub(super) fn judge(permission: &str, home: Option<&Home>, catalog: &Catalog) -> Option<Fault> {
    if permission.len() > LONGEST_NAME {
        return Some(Fault::Malformed);
    }
    if permission.contains('*') {
        return Some(Fault::Wildcard);
    }
    let parsed = Wanted::parse_in(&[permission.to_owned()], catalog);
    let near = match parsed {
        Ok(_) => None,
        Err(PatternError::Malformed(_)) => return Some(Fault::Malformed),
        Err(PatternError::NoSuch { suggestion, .. }) => suggestion,
    };
    match catalog.exists(permission) {
        Truth::No => return Some(Fault::Missing(near)),
        Truth::Unknown => return Some(Fault::Unlisted(near)),
        Truth::Yes => {}
    }
    let support = catalog.support(permission);
    if support == Support::NotSupported {
        return Some(Fault::NotSupported);
    }
    let too_high = matches!(
        catalog.lowest_level(permission),
        Some(Level::Folder | Level::Organization)
    );
    if too_high && !matches!(home, Some(Home::Organization(_))) {
        return Some(Fault::TooHigh);
    }
    if catalog.permission_stage(permission) == Some(Stage::Deprecated) {
        return Some(Fault::Deprecated);
    }
    match support {
        Support::Testing => Some(Fault::Testing),
        Support::Unknown => Some(Fault::NotSaid),
        Support::Supported | Support::NotSupported => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, judge};
    use crate::catalog::Catalog;
    use crate::remediation::roles::Home;

    #[test]
    fn permissions_are_told_apart() {
        let organization = Home::Organization("1".to_owned());
        let of = |permission, home| judge(permission, home, Catalog::embedded());
        for (permission, fault) in [
            ("storage.objects.get", None),
            ("storage.objects.*", Some(Fault::Wildcard)),
            ("storage.objects", Some(Fault::Malformed)),
            (
                "storage.objects.gett",
                Some(Fault::Missing(Some("storage.objects.get".to_owned()))),
            ),
            ("resourcemanager.projects.list", Some(Fault::TooHigh)),
            ("nobody.wrote.this", Some(Fault::Unlisted(None))),
            ("pubsub.snapshots.seek", Some(Fault::Testing)),
        ] {
            assert_eq!(of(permission, None), fault, "{permission}");
        }
        assert_eq!(
            of("resourcemanager.projects.list", Some(&organization)),
            None
        );
    }
}
