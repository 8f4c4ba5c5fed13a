//! Which catalogue is asked: the one that comes with the program, alone or under what was imported.

use crate::catalog::{Catalog, CustomRole, Damage, Imported, Stored};
use crate::cli::output::{reason, warn};
use crate::cli::{Failure, env};
use crate::settings::{CACHE_VARIABLE, cache_folder};
use clap::{Args, ValueHint};
use jiff::Timestamp;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The name of the file in the cache folder.
const FILE: &str = "catalog.json";

/// The word that stands for no file.
const EMBEDDED: &str = "embedded";

/// More than any import makes.
pub(super) const SIZE_LIMIT: u64 = 256 << 20;

/// Which catalogue is asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Catalogue")]
pub(in crate::cli) struct CatalogArguments {
    /// The file with what `catalog import` stored, instead of the one in the cache folder; `embedded` means none.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    catalog: Option<PathBuf>,
}

/// Where an import is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// The user wants none.
    Embedded,
    /// The user named it.
    Named(PathBuf),
    /// Nobody named it.
    Cache(PathBuf),
    /// The surroundings do not say where the cache folder is.
    Nowhere,
}

/// The catalogue of a run.
pub(in crate::cli) struct Opened {
    overlaid: Option<Catalog>,
    /// What lies over the embedded catalogue.
    pub(super) import: Option<Import>,
    /// The file that was refused, and why.
    pub(super) refused: Option<(PathBuf, Damage)>,
}

/// What is known of an import besides its content.
pub(super) struct Import {
    pub(super) file: PathBuf,
    pub(super) tool: String,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) imported: Imported,
}

impl Opened {
    /// The catalogue.
    pub(in crate::cli) fn catalog(&self) -> &Catalog {
        self.overlaid.as_ref().unwrap_or(Catalog::embedded())
    }

    /// When what lies over the embedded catalogue was imported.
    pub(in crate::cli) fn imported(&self) -> Option<Timestamp> {
        self.import.as_ref().map(|import| import.updated)
    }

    /// What the import says of a role.
    pub(super) fn described(&self, role: &str) -> Option<&CustomRole> {
        let roles = self.import.as_ref().map(|import| &import.imported.roles)?;
        let at = roles.binary_search_by(|known| known.name.as_str().cmp(role));
        roles.get(at.ok()?)
    }

    /// The day of the embedded catalogue, and of the import where there is one.
    pub(in crate::cli) fn date(&self) -> String {
        let embedded = self.catalog().date();
        match self.imported() {
            Some(imported) => {
                let day = imported.to_zoned(jiff::tz::TimeZone::UTC).date();
                format!("{embedded} with the import of {day}")
            }
            None => embedded.to_owned(),
        }
    }
}

impl CatalogArguments {
    /// Where the import is kept.
    pub(super) fn place(&self) -> Place {
        match &self.catalog {
            Some(file) if file.as_os_str() == EMBEDDED => Place::Embedded,
            Some(file) => Place::Named(file.clone()),
            None => match cache_folder(&env) {
                Some(folder) => Place::Cache(folder.join(FILE)),
                None => Place::Nowhere,
            },
        }
    }

    /// Opens the catalogue. A file in the cache folder that cannot be used is told and passed over.
    ///
    /// # Errors
    /// If the user named a file and it cannot be used.
    pub(in crate::cli) fn open(&self) -> Result<Opened, Failure> {
        let mut opened = Opened {
            overlaid: None,
            import: None,
            refused: None,
        };
        let (file, named) = match self.place() {
            Place::Embedded | Place::Nowhere => return Ok(opened),
            Place::Named(file) => (file, true),
            Place::Cache(file) => (file, false),
        };
        match load(&file) {
            Ok(Some(stored)) => opened.lay(file, stored),
            Ok(None) if named => {
                return Err(Failure::usage(format!(
                    "`{}`: no such file; `leastwise catalog import FILE… --catalog {0}` writes it",
                    file.display()
                )));
            }
            Ok(None) => {}
            Err(damage) if named => return Err(unusable(&file, &damage)),
            Err(damage) => {
                warn(&format!(
                    "{}: {damage}; it is not used, only the embedded catalogue is. Import again with `leastwise catalog \
                     import --replace`, or remove the file",
                    file.display()
                ));
                opened.refused = Some((file, damage));
            }
        }
        Ok(opened)
    }
}

impl Opened {
    fn lay(&mut self, file: PathBuf, stored: Stored) {
        self.overlaid = Some(Catalog::embedded().with(&stored.imported));
        self.import = Some(Import {
            file,
            tool: stored.tool,
            created: stored.created,
            updated: stored.updated,
            imported: stored.imported,
        });
    }
}

/// A file that was named and cannot be used.
pub(super) fn unusable(file: &Path, damage: &Damage) -> Failure {
    Failure::usage(format!("`{}`: {damage}", file.display()))
}

/// What a file holds; `None` if there is none.
pub(super) fn load(file: &Path) -> Result<Option<Stored>, Damage> {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(file)
        .and_then(|open| open.take(SIZE_LIMIT + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) if bytes.len() as u64 > SIZE_LIMIT => Err(Damage::Content(format!(
            "it is larger than {} MiB",
            SIZE_LIMIT >> 20
        ))),
        Ok(_) => Stored::decode(&bytes).map(Some),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(Damage::Content(format!(
            "it cannot be read: {}",
            reason(&error)
        ))),
    }
}

/// Nobody says where the cache folder is.
pub(super) fn nowhere() -> Failure {
    Failure::usage(format!(
        "nothing says where the cache folder is: set {CACHE_VARIABLE}, or name a file with `--catalog FILE`"
    ))
}
