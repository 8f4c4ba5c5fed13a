//! `leastwise catalog import`: takes in what the IAM API says of roles and permissions.

use super::stored::{self, CatalogArguments, Place};
use super::words::count;
use crate::catalog::{
    Answer, CustomRole, Gathered, Level, Page, PermissionFact, Stored, TooMany, Unfit,
};
use crate::cli::output::{print_text, reason, warn};
use crate::cli::{Failure, env};
use crate::model::{Dialect, GapReason, Locate};
use crate::report::escape;
use crate::settings::{Exit, write_atomically};
use crate::sources::{Stdin, dialects, values};
use clap::{Args, ValueHint};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
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

`leastwise catalog update` tells how to fetch all predefined roles.

Exit codes:
  0  everything was taken in            3  a page or a role is missing; the rest was taken in
  2  nothing was stored: a file cannot be read, or the stored catalogue cannot be written";

/// How many things of one kind are told one by one.
const FEW: usize = 5;

impl Import {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let file = match self.catalog.place() {
            Place::Named(file) | Place::Cache(file) => file,
            Place::Nowhere => return Err(stored::nowhere()),
            Place::Embedded => {
                let message =
                    "the embedded catalogue cannot be changed; name a file with `--catalog FILE`";
                return Err(Failure::usage(message));
            }
        };
        let level = self.resource.as_deref().map(level).transpose()?;
        let before = self.before(&file)?;
        let stdin = self.stdin()?;
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
        let unfit = reader.unfit.len();
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

    fn stdin(&self) -> Result<Option<Stdin>, Failure> {
        if !self.files.iter().any(|file| file.as_os_str() == "-") {
            return Ok(None);
        }
        let stdin = io::stdin();
        if stdin.is_terminal() {
            warn("reading standard input from the terminal; end it with Ctrl-D");
        }
        let spooled = Stdin::spool(stdin.lock());
        spooled.map(Some).map_err(|error| {
            let reason = reason(&error);
            Failure::Internal(anyhow::anyhow!("cannot read standard input: {reason}"))
        })
    }
}

/// At which level the permissions of `--resource` can be granted.
fn level(resource: &str) -> Result<Level, Failure> {
    let wrong = |why: String| Failure::usage(format!("--resource `{resource}`: {why}"));
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

/// Reads files one after the other.
struct Reader {
    gathered: Gathered,
    level: Option<Level>,
    /// Roles and permissions that cannot be used, and where they stand.
    unfit: Vec<(String, Unfit)>,
    /// What is neither, by its kind.
    passed_over: BTreeMap<String, usize>,
}

impl Reader {
    fn new(level: Option<Level>) -> Reader {
        Reader {
            gathered: Gathered::default(),
            level,
            unfit: Vec::new(),
            passed_over: BTreeMap::new(),
        }
    }

    /// Takes in a file.
    fn read(&mut self, path: &Path, stdin: Option<&Stdin>) -> Result<(), Failure> {
        let file = path.display();
        let mut refused = None;
        let mut each = |value: &Value, places: &dyn Locate| match self.value(value, places, path) {
            Ok(()) => ControlFlow::Continue(()),
            Err(message) => {
                refused = Some(message);
                ControlFlow::Break(())
            }
        };
        let read = values(path, stdin, &mut each);
        if let Some(message) = refused {
            return Err(Failure::usage(format!(
                "{file}:{message}; nothing was stored"
            )));
        }
        read.map_err(|unread| {
            Failure::usage(match unread.location {
                Some(at) => {
                    let (line, column) = (at.line, at.column);
                    let message = unread.message;
                    format!("{file}:{line}:{column}: {message}; nothing was stored")
                }
                None => format!("cannot read `{file}`: {}", lower(&unread.message)),
            })
        })
    }

    /// Takes in one value of a file; `LINE:COLUMN: MESSAGE` if the import cannot go on.
    fn value(&mut self, value: &Value, places: &dyn Locate, path: &Path) -> Result<(), String> {
        for (pointer, answer) in Answer::all(value) {
            let taken = match answer {
                Answer::Roles(page) => self.roles(&page, &pointer, places, path),
                Answer::Permissions(page) => self.permissions(&page, &pointer, places, path),
                Answer::Other(other) => self.other(other, &pointer, places, path),
            };
            taken.map_err(|(pointer, message)| {
                let at = places.locate(&pointer);
                format!("{}:{}: {message}", at.line, at.column)
            })?;
        }
        Ok(())
    }

    fn roles(&mut self, page: &Page<'_>, pointer: &str, places: &dyn Locate, path: &Path) -> Taken {
        let full = page.is_full();
        self.gathered.note_page(&page.list(), page.more);
        for (at, item) in page.items.iter().enumerate() {
            let pointer = format!("{pointer}{}/{at}", page.pointer);
            self.role(
                CustomRole::of_answer(item, None, full),
                pointer,
                places,
                path,
            )?;
        }
        Ok(())
    }

    fn role(
        &mut self,
        role: Result<CustomRole, Unfit>,
        pointer: String,
        places: &dyn Locate,
        path: &Path,
    ) -> Taken {
        match role {
            Ok(role) => self
                .gathered
                .add_role(role)
                .map_err(|many| too_many(pointer, many)),
            Err(unfit) => {
                self.note_unfit(unfit, &pointer, places, path);
                Ok(())
            }
        }
    }

    fn permissions(
        &mut self,
        page: &Page<'_>,
        pointer: &str,
        places: &dyn Locate,
        path: &Path,
    ) -> Taken {
        if page.is_rest {
            self.gathered
                .note_page("the testable permissions", page.more);
        }
        for (at, item) in page.items.iter().enumerate() {
            // A single permission is its own list.
            let pointer = match (page.is_rest, pointer.is_empty()) {
                (false, false) => pointer.to_owned(),
                _ => format!("{pointer}{}/{at}", page.pointer),
            };
            match PermissionFact::of_answer(item) {
                Ok(mut fact) => {
                    fact.level = self.level;
                    let added = self.gathered.add_permission(fact);
                    added.map_err(|many| too_many(pointer, many))?;
                }
                Err(unfit) => self.note_unfit(unfit, &pointer, places, path),
            }
        }
        Ok(())
    }

    /// Whatever the linter reads may hold roles: assets, single roles, recorded answers.
    fn other(&mut self, value: &Value, pointer: &str, places: &dyn Locate, path: &Path) -> Taken {
        use dialects::{Context, Recognised, translate};
        let translations = match translate(value, &Context::default()) {
            Recognised::Known(translations) => translations,
            Recognised::Foreign { reason } => {
                self.pass_over(reason);
                return Ok(());
            }
        };
        for translation in &translations {
            let ours = matches!(translation.dialect, Dialect::Role | Dialect::AssetInventory);
            for (reason, message, at) in &translation.gaps {
                match reason {
                    GapReason::Refused => return Err((format!("{pointer}{at}"), message.clone())),
                    GapReason::Truncated if ours => {
                        self.gathered.note_page("a list of roles", true)
                    }
                    _ => {}
                }
            }
            for translated in &translation.assets {
                let text = |pointer| translated.asset.pointer(pointer).and_then(Value::as_str);
                let kind = text("/assetType").unwrap_or_default();
                let data = translated.asset.pointer("/resource/data");
                match data.filter(|_| ours && kind == "iam.googleapis.com/Role") {
                    Some(data) => {
                        let role = CustomRole::of_answer(data, text("/name"), false);
                        let at = translated.source_pointer("/resource/data");
                        self.role(role, format!("{pointer}{at}"), places, path)?;
                    }
                    None if ours => self.pass_over("asset of another kind".to_owned()),
                    None => self.pass_over(translation.dialect.slug().to_owned()),
                }
            }
        }
        Ok(())
    }

    fn note_unfit(&mut self, unfit: Unfit, pointer: &str, places: &dyn Locate, path: &Path) {
        // Where the others stand is not told.
        let place = match self.unfit.len() < FEW {
            true => {
                let at = places.locate(pointer);
                format!("{}:{}:{}", path.display(), at.line, at.column)
            }
            false => String::new(),
        };
        self.unfit.push((place, unfit));
    }

    fn pass_over(&mut self, kind: String) {
        *self.passed_over.entry(kind).or_default() += 1;
    }

    fn tell_unfit(&self) {
        for (place, unfit) in self.unfit.iter().take(FEW) {
            warn(&format!("{place}: not taken in: {unfit}"));
        }
        if self.unfit.len() > FEW {
            warn(&format!("… and {} more", self.unfit.len() - FEW));
        }
    }

    /// What was not taken in and why, the most frequent first.
    fn skipped(&self) -> String {
        let mut told = String::new();
        if !self.unfit.is_empty() {
            let entries = count(self.unfit.len(), "entry", "entries");
            told.push_str(&format!("; {entries} cannot be read"));
        }
        let all: usize = self.passed_over.values().sum();
        if all == 0 {
            return told;
        }
        let mut kinds: Vec<(&String, &usize)> = self.passed_over.iter().collect();
        kinds.sort_by_key(|(kind, n)| (std::cmp::Reverse(**n), *kind));
        let mut shown: Vec<String> = kinds
            .iter()
            .take(FEW)
            .map(|(kind, n)| format!("{n} × {kind}"))
            .collect();
        if kinds.len() > FEW {
            shown.push("…".to_owned());
        }
        let values = count(all, "value is", "values are");
        told.push_str(&format!(
            "; {values} neither role nor permission ({})",
            shown.join("; ")
        ));
        told
    }
}

/// Why the import cannot go on, and the JSON pointer of what it could not take.
type Taken = Result<(), (String, String)>;

fn too_many(pointer: String, many: TooMany) -> (String, String) {
    (pointer, many.to_string())
}

fn lower(message: &str) -> String {
    reason(&io::Error::other(message.to_owned()))
}
