//! Reads the files of an import: what of them is a role or a permission, and what is not.

use super::words::count;
use crate::catalog::{Answer, CustomRole, Gathered, Level, Page, PermissionFact, TooMany, Unfit};
use crate::cli::Failure;
use crate::cli::output::{reason, warn};
use crate::model::{Dialect, GapReason, Locate};
use crate::sources::{Stdin, dialects, values};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

/// How many things of one kind are told one by one.
const FEW: usize = 5;

/// Reads files one after the other.
pub(super) struct Reader {
    pub(super) gathered: Gathered,
    level: Option<Level>,
    /// Roles and permissions that cannot be used, and where they stand.
    unfit: Vec<(String, Unfit)>,
    /// What is neither, by its kind.
    passed_over: BTreeMap<String, usize>,
}

impl Reader {
    pub(super) fn new(level: Option<Level>) -> Reader {
        Reader {
            gathered: Gathered::default(),
            level,
            unfit: Vec::new(),
            passed_over: BTreeMap::new(),
        }
    }

    /// Takes in a file.
    ///
    /// # Errors
    /// If it cannot be read, or holds an error of the API.
    pub(super) fn read(&mut self, path: &Path, stdin: Option<&Stdin>) -> Result<(), Failure> {
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

    /// How many roles and permissions cannot be used.
    pub(super) fn unfit(&self) -> usize {
        self.unfit.len()
    }

    fn pass_over(&mut self, kind: String) {
        *self.passed_over.entry(kind).or_default() += 1;
    }

    /// Warns of roles and permissions that cannot be used.
    pub(super) fn tell_unfit(&self) {
        for (place, unfit) in self.unfit.iter().take(FEW) {
            warn(&format!("{place}: not taken in: {unfit}"));
        }
        if self.unfit.len() > FEW {
            warn(&format!("… and {} more", self.unfit.len() - FEW));
        }
    }

    /// What was not taken in and why, the most frequent first.
    pub(super) fn skipped(&self) -> String {
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
