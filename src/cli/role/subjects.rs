//! Roles by name or by file, side by side in one catalogue.

use super::input;
use crate::catalog::{Catalog, CustomRole, Imported, Stage};
use crate::cli::Failure;
use crate::cli::catalog::{Opened, Subject, did_you_mean, meant, near, warn_unknown};
use crate::cli::output::warn;
use crate::cli::stdin::spool;
use crate::report::escape;
use std::path::Path;

/// What the words of a command line mean.
pub(super) struct Subjects {
    /// The catalogue with the roles of files laid over it, where there are any.
    overlaid: Option<Catalog>,
    /// By what name the catalogue knows each, and how it is shown.
    names: Vec<(String, String)>,
}

impl Subjects {
    /// Finds out whether each word is a role or a file. `name` chooses a role in files that hold several.
    pub(super) fn resolve(
        opened: &Opened,
        words: &[String],
        name: Option<&str>,
    ) -> Result<Subjects, Failure> {
        let catalog = opened.catalog();
        let stdin = spool(words.iter().any(|word| word == "-"))?;
        let mut files: Vec<CustomRole> = Vec::new();
        let mut names = Vec::new();
        for word in words {
            let role = meant(catalog, word);
            let path = Path::new(word);
            if catalog.knows(&role) {
                names.push((role.to_string(), role.to_string()));
            } else if word == "-" || path.is_file() {
                let reading = input::pick(path, stdin.as_ref(), name)?;
                let file = from_file(word, &reading, files.len())?;
                names.push((file.name.clone(), word.clone()));
                files.push(file);
            } else if ["roles/", "projects/", "organizations/"]
                .iter()
                .any(|start| role.starts_with(start))
            {
                warn_unknown(opened, &role);
                names.push((role.to_string(), role.to_string()));
            } else {
                let near = near(&role, catalog.roles());
                let hint = did_you_mean(&near);
                return Err(Failure::usage(format!(
                    "`{}` is neither a role of the catalogue nor a file{hint}",
                    escape::terminal(word)
                )));
            }
        }
        let overlaid = (!files.is_empty()).then(|| {
            catalog.with(&Imported {
                roles: files,
                permissions: Vec::new(),
            })
        });
        Ok(Subjects { overlaid, names })
    }

    /// The catalogue that knows all of them.
    pub(super) fn catalog<'s>(&'s self, opened: &'s Opened) -> &'s Catalog {
        self.overlaid.as_ref().unwrap_or_else(|| opened.catalog())
    }

    /// The roles, in the order of the words.
    pub(super) fn roles(&self) -> impl Iterator<Item = Subject<'_>> {
        let names = self.names.iter();
        names.map(|(role, shown)| Subject { role, shown })
    }
}

/// The definition of a file as a role of the catalogue, under a name that no role has.
fn from_file(
    word: &str,
    reading: &crate::remediation::roles::Reading,
    number: usize,
) -> Result<CustomRole, Failure> {
    let file = escape::terminal(word);
    if reading.unlisted {
        return Err(Failure::usage(format!(
            "`{file}` does not say what the role carries; take what `gcloud iam roles describe` prints"
        )));
    }
    if reading.deleted || reading.definition.stage == Some(Stage::Disabled) {
        warn(&format!(
            "the role of `{file}` is not in force; what it would grant is compared"
        ));
    }
    let name = format!("projects/-/roles/file_{number}");
    let role = CustomRole::of_answer(&reading.definition.to_value(), Some(&name), true);
    let mut role = role.map_err(|unfit| {
        Failure::usage(format!(
            "`{file}`: {unfit}; `leastwise role lint` tells more"
        ))
    })?;
    role.stage = Stage::Ga;
    Ok(role)
}
