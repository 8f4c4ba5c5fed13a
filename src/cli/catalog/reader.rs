//! Reads the files of an import: what of them is a role or a permission, and what is not.

use super::words::count;
use crate::catalog::{Answer, CustomRole, Gathered, Level, Page, PermissionFact, TooMany, Unfit};
use crate::cli::Failure;
use crate::cli::output::{reason, warn};
use crate::model::{Dialect, GapReason, Locate};
use crate::report::escape;
use crate::sources::{Spooled, dialects, values};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

/// How many things of one kind are told one by one.
const FEW: usize = 5;

/// So many kinds of what is passed over are told apart.
const KINDS: usize = 100;

/// Reads files one after the other.
pub(super) struct Reader {
    pub(super) gathered: Gathered,
    level: Option<Level>,
    /// How many roles and permissions cannot be used.
    unfit: usize,
    /// The first of them, and where they stand.
    told: Vec<(String, Unfit)>,
    /// What is neither, by its kind.
    passed_over: BTreeMap<String, usize>,
}

impl Reader {
    pub(super) fn new(level: Option<Level>) -> Reader {
        Reader {
            gathered: Gathered::default(),
            level,
            unfit: 0,
            told: Vec::new(),
            passed_over: BTreeMap::new(),
        }
    }

    /// Takes in a file.
    ///
    /// # Errors
    /// If it cannot be read, or holds an error of the API.
    pub(super) fn read(&mut self, path: &Path, stdin: Option<&Spooled>) -> Result<(), Failure> {
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
        self.unfit += 1;
        if self.told.len() < FEW {
            let at = places.locate(pointer);
            let place = format!("{}:{}:{}", path.display(), at.line, at.column);
            self.told.push((place, unfit));
        }
    }

    /// How many roles and permissions cannot be used.
    pub(super) fn unfit(&self) -> usize {
        self.unfit
    }

    fn pass_over(&mut self, kind: String) {
        // Reasons may quote the document.
        let many = self.passed_over.len() >= KINDS && !self.passed_over.contains_key(&kind);
        let kind = if many { "other".to_owned() } else { kind };
        *self.passed_over.entry(kind).or_default() += 1;
    }

    /// Warns of roles and permissions that cannot be used.
    pub(super) fn tell_unfit(&self) {
        for (place, unfit) in &self.told {
            warn(&format!("{place}: not taken in: {unfit}"));
        }
        if self.unfit > self.told.len() {
            warn(&format!("… and {} more", self.unfit - self.told.len()));
        }
    }

    /// What was not taken in and why, the most frequent first.
    pub(super) fn skipped(&self) -> String {
        let mut told = String::new();
        if self.unfit > 0 {
            let entries = count(self.unfit, "entry", "entries");
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
            .map(|(kind, n)| format!("{n} × {}", escape::terminal(kind)))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Reader;
    use crate::catalog::{Catalog, Imported, Stored};
    use crate::sources::Spooled;
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use std::path::Path;

    /// What comes of a document, if it is taken.
    fn import(text: &[u8]) -> Option<Imported> {
        let stdin = Spooled::stdin(text).unwrap();
        let mut reader = Reader::new(None);
        reader.read(Path::new("-"), Some(&stdin)).ok()?;
        reader.skipped();
        Some(reader.gathered.into_imported())
    }

    /// JSON of the words that matter here, in any order.
    fn documents() -> impl Strategy<Value = Value> {
        let text = prop::sample::select(vec![
            "",
            "GA",
            "NEW",
            "SUPPORTED",
            "roles/a.b",
            "projects/p/roles/r",
            "acme.things.get",
            "acme.*",
            "\u{1b}[2J",
            "iam.googleapis.com/Role",
            "//iam.googleapis.com/roles/a",
        ]);
        let leaf = prop_oneof![
            text.prop_map(|text| json!(text)),
            any::<bool>().prop_map(|bool| json!(bool)),
            any::<i64>().prop_map(|number| json!(number)),
            Just(Value::Null),
        ];
        let key = prop::sample::select(vec![
            "name",
            "stage",
            "title",
            "deleted",
            "includedPermissions",
            "roles",
            "permissions",
            "nextPageToken",
            "customRolesSupportLevel",
            "onlyInPredefinedRoles",
            "assetType",
            "resource",
            "data",
            "error",
            "message",
            "code",
        ]);
        leaf.prop_recursive(5, 60, 6, move |inner| {
            let members = prop::collection::vec((key.clone(), inner.clone()), 0..6);
            prop_oneof![
                prop::collection::vec(inner, 0..5).prop_map(Value::Array),
                members.prop_map(|members| {
                    members
                        .into_iter()
                        .map(|(key, value)| (key.to_owned(), value))
                        .collect()
                }),
            ]
        })
    }

    proptest! {
        /// Whatever a document says, what is taken in can be stored, read back and asked.
        #[test]
        fn any_document_is_taken_or_refused(document in documents(), cut in 0..400_usize) {
            let text = document.to_string();
            let cut = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= cut).last();
            import(&text.as_bytes()[..cut.unwrap_or_default()]);
            let Some(imported) = import(text.as_bytes()) else {
                return Ok(());
            };
            let stored = Stored {
                tool: "leastwise".to_owned(),
                created: "2026-11-23T00:00:00Z".parse().unwrap(),
                updated: "2026-11-23T00:00:00Z".parse().unwrap(),
                imported,
            };
            let read = Stored::decode(stored.encode().unwrap().as_bytes());
            prop_assert_eq!(read.as_ref(), Ok(&stored));
            let catalog = Catalog::embedded().with(&stored.imported);
            for role in &stored.imported.roles {
                prop_assert!(catalog.knows(&role.name));
                let definition = catalog.definition(&role.name).map(|names| names.map(str::to_owned).collect::<Vec<_>>());
                prop_assert!(role.permissions.is_none() || definition == role.permissions);
            }
        }

        #[test]
        fn any_bytes_are_no_stored_catalogue(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Stored::decode(&bytes).is_err());
        }
    }
}
