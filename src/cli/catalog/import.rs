//! `leastwise catalog import`: takes in what the IAM API says of roles and permissions.

use super::reader::Reader;
use super::stored::{self, CatalogArguments, Place};
use super::words::count;
use crate::catalog::{Gathered, Level, Stored};
use crate::cli::output::{print_text, reason, warn};
use crate::cli::stdin::spool;
use crate::cli::{Failure, env};
use crate::report::escape;
use crate::settings::{Exit, write_atomically};
use crate::sources::dialects;
use clap::{Args, ValueHint};
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// Take in what the IAM API says of roles and permissions, for all later runs.
///
/// Files are recognised by their content, JSON or YAML, plain or gzip, and may be mixed: pages of `roles?view=FULL`, what
/// `gcloud iam roles list`, `gcloud iam roles describe` and `gcloud iam list-testable-permissions` print, and Cloud Asset
/// Inventory exports with custom roles. What was imported before is kept; where both speak of the same, the newer wins. If a file
/// cannot be read, nothing is stored.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Import {
    /// Files to take in; `-` is standard input.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,

    /// The resource whose testable permissions were listed, e.g. `projects/acme-ml`: says where they can be granted.
    #[arg(long, value_name = "NAME")]
    resource: Option<String>,

    /// Forget what was imported before, whatever the file holds.
    #[arg(long)]
    replace: bool,

    /// Pages that did not come, and roles that cannot be read, do not fail the run.
    #[arg(long)]
    allow_incomplete: bool,

    #[command(flatten)]
    catalog: CatalogArguments,
}

const EXAMPLES: &str = "\
Examples:
  leastwise catalog import roles.json
  gcloud iam roles describe roles/spanner.admin --format=json | leastwise catalog import -
  gcloud iam list-testable-permissions //cloudresourcemanager.googleapis.com/projects/acme-ml --format=json > testable.json
  leastwise catalog import testable.json --resource projects/acme-ml

`leastwise catalog update` fetches all predefined roles.

Exit codes:
  0  everything was taken in            3  a page or a role is missing; the rest was taken in
  2  nothing was stored: a file cannot be read, or the stored catalogue cannot be written";

impl Import {
    /// An import of files that were fetched.
    #[cfg(feature = "live")]
    pub(super) fn new(
        files: Vec<PathBuf>,
        resource: Option<String>,
        allow_incomplete: bool,
        catalog: CatalogArguments,
    ) -> Import {
        Import {
            files,
            resource,
            replace: false,
            allow_incomplete,
            catalog,
        }
    }

    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let file = place(&self.catalog)?;
        let level = self
            .resource
            .as_deref()
            .map(|name| level("--resource", name));
        let level = level.transpose()?;
        let before = self.before(&file)?;
        let stdin = spool(self.files.iter().any(|file| file.as_os_str() == "-"))?;
        let mut reader = Reader::new(level);
        for path in &self.files {
            reader.read(path, stdin.as_ref())?;
        }
        let taken = reader.gathered.counts();
        if taken == (0, 0, 0) {
            let skipped = reader.skipped();
            return Err(Failure::usage(format!("nothing to import{skipped}")));
        }
        let unfinished: Vec<String> = reader
            .gathered
            .unfinished()
            .iter()
            .map(ToString::to_string)
            .collect();
        let unfit = reader.unfit();
        reader.tell_unfit();
        for list in &unfinished {
            warn(&format!(
                "a page of {list} says that another follows, and the last one is not among the files: what it lists was not \
                 taken in"
            ));
        }
        let told = told(&file, taken, &reader.skipped());
        store(&file, before, reader.gathered)?;
        print_text(&escape::prose(&told))?;
        Ok(
            match (unfit > 0 || !unfinished.is_empty()) && !self.allow_incomplete {
                true => Exit::Incomplete,
                false => Exit::Clean,
            },
        )
    }

    /// What the file holds by now. One that cannot be read is not overwritten: it may be something else.
    fn before(&self, file: &Path) -> Result<Option<Stored>, Failure> {
        if self.replace {
            return Ok(None);
        }
        stored::load(file).map_err(|damage| {
            Failure::usage(format!(
                "`{}`: {damage}\nnot overwritten; `--replace` does",
                file.display()
            ))
        })
    }
}

/// The file that is written.
pub(super) fn place(catalog: &CatalogArguments) -> Result<PathBuf, Failure> {
    match catalog.place() {
        Place::Named(file) | Place::Cache(file) => Ok(file),
        Place::Nowhere => Err(stored::nowhere()),
        Place::Embedded => {
            let message =
                "the embedded catalogue cannot be changed; name a file with `--catalog FILE`";
            Err(Failure::usage(message))
        }
    }
}

/// At which level the permissions of the resource that `flag` names can be granted.
pub(super) fn level(flag: &str, resource: &str) -> Result<Level, Failure> {
    let wrong = |why: String| Failure::usage(format!("{flag} `{resource}`: {why}"));
    let (name, _) =
        dialects::full_resource_name(resource).map_err(|error| wrong(error.to_string()))?;
    let node = name.strip_prefix("//cloudresourcemanager.googleapis.com/");
    match node.and_then(|node| node.split_once('/')) {
        Some(("projects", _)) => Ok(Level::Project),
        Some(("folders", _)) => Ok(Level::Folder),
        Some(("organizations", _)) => Ok(Level::Organization),
        _ => Err(wrong(
            "not a project, a folder or an organisation".to_owned(),
        )),
    }
}

/// Lays `newer` over `before` and writes the file.
fn store(file: &Path, before: Option<Stored>, newer: Gathered) -> Result<(), Failure> {
    let now = crate::settings::now(None, &env, Timestamp::now())?;
    // Nobody asks for more, and it is shorter.
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let created = before.as_ref().map_or(now, |before| before.created);
    let mut all = Gathered::from(before.map(|before| before.imported).unwrap_or_default());
    all.merge(newer.into_imported()).map_err(|error| {
        Failure::usage(format!("together with what was imported before: {error}"))
    })?;
    let stored = Stored {
        tool: concat!("leastwise ", env!("CARGO_PKG_VERSION")).to_owned(),
        created,
        updated: now,
        imported: all.into_imported(),
    };
    let text = stored
        .encode()
        .map_err(|error| Failure::Internal(error.into()))?;
    if text.len() as u64 > stored::SIZE_LIMIT {
        return Err(Failure::usage(format!(
            "it would be larger than {} MiB; nothing was stored",
            stored::SIZE_LIMIT >> 20
        )));
    }
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let written = folder
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| write_atomically(file, text.as_bytes()));
    written.map_err(|error| {
        Failure::usage(format!(
            "cannot write `{}`: {}; nothing was stored",
            file.display(),
            reason(&error)
        ))
    })
}

/// What was taken in, for people.
fn told(file: &Path, taken: (usize, usize, usize), skipped: &str) -> String {
    let (whole, staged, permissions) = taken;
    let parts = [
        (
            whole,
            "role with its permissions",
            "roles with their permissions",
        ),
        (
            staged,
            "role by name and stage only",
            "roles by name and stage only",
        ),
        (permissions, "permission", "permissions"),
    ];
    let parts = parts.into_iter().filter(|(n, _, _)| *n > 0);
    let parts: Vec<String> = parts.map(|(n, one, many)| count(n, one, many)).collect();
    format!(
        "{}: took in {}{skipped}\n",
        file.display(),
        parts.join(", ")
    )
}
