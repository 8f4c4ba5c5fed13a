//! Finds the role definitions of a document.

use crate::catalog::Answer;
use crate::cli::Failure;
use crate::cli::catalog::{did_you_mean, near};
use crate::cli::output::reason;
use crate::model::{Dialect, GapReason, Locate, Location};
use crate::remediation::roles::{Definition, Reading};
use crate::report::escape;
use crate::sources::dialects::{Context, Recognised, Translated, translate};
use crate::sources::{Spooled, values};
use serde_json::Value;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

/// So many roles are named where one must be chosen.
const FEW: usize = 5;

/// A role definition in a document.
pub(super) struct Found<'f> {
    /// What of it could be read.
    pub(super) reading: Reading,
    /// Where the definition lies in its value of the document.
    base: String,
    /// The way back, where it was translated.
    translated: Option<&'f Translated>,
    places: &'f dyn Locate,
}

impl Found<'_> {
    /// Where a JSON pointer in the definition leads to in the document.
    pub(super) fn locate(&self, pointer: &str) -> Location {
        let inner = match self.translated {
            Some(translated) => translated.source_pointer(&format!("/resource/data{pointer}")),
            None => pointer.to_owned(),
        };
        self.places.locate(&format!("{}{inner}", self.base))
    }
}

/// Gives every role definition of a document to `each`.
///
/// # Errors
/// If the document cannot be read, is an error of the API, or holds no role.
pub(super) fn roles(
    path: &Path,
    stdin: Option<&Spooled>,
    each: &mut dyn FnMut(Found<'_>),
) -> Result<(), Failure> {
    let file = escape::terminal(&path.display().to_string()).into_owned();
    let (mut count, mut refused, mut other) = (0_usize, None, None);
    let mut value = |value: &Value, places: &dyn Locate| {
        let mut each = |found: Found<'_>| {
            count += 1;
            each(found);
        };
        match of_value(value, places, &mut each) {
            Ok(kind) => {
                other = other.take().or(kind);
                ControlFlow::Continue(())
            }
            Err((at, message)) => {
                refused = Some(format!("{}:{}: {message}", at.line, at.column));
                ControlFlow::Break(())
            }
        }
    };
    let read = values(path, stdin, &mut value);
    if let Some(message) = refused {
        return Err(Failure::usage(format!(
            "{file}:{}",
            escape::terminal(&message)
        )));
    }
    read.map_err(|unread| {
        let message = escape::terminal(&unread.message).into_owned();
        Failure::usage(match unread.location {
            Some(at) => format!("{file}:{}:{}: {message}", at.line, at.column),
            None => format!(
                "cannot read `{file}`: {}",
                reason(&io::Error::other(message))
            ),
        })
    })?;
    if count == 0 {
        let what = other.map_or(String::new(), |kind| {
            format!(" (it is {})", escape::terminal(&kind))
        });
        return Err(Failure::usage(format!(
            "`{file}` holds no role definition{what}: one has title, stage and includedPermissions"
        )));
    }
    Ok(())
}

/// The roles of one value; what it is if it is none. An error of the API is refused, with its place.
fn of_value(
    value: &Value,
    places: &dyn Locate,
    each: &mut dyn FnMut(Found<'_>),
) -> Result<Option<String>, (Location, String)> {
    let mut other = None;
    for (base, answer) in Answer::all(value) {
        match answer {
            Answer::Roles(page) => {
                for (at, item) in page.items.iter().enumerate() {
                    let mut reading = Definition::read(item, None);
                    // In full, a role without permissions has none.
                    reading.unlisted &= !page.is_full();
                    each(Found {
                        reading,
                        base: format!("{base}{}/{at}", page.pointer),
                        translated: None,
                        places,
                    });
                }
            }
            Answer::Permissions(_) => other = Some("a list of permissions".to_owned()),
            Answer::Other(value) => {
                if let Some(kind) = of_document(value, &base, places, each)? {
                    other = Some(kind);
                }
            }
        }
    }
    Ok(other)
}

fn of_document(
    value: &Value,
    base: &str,
    places: &dyn Locate,
    each: &mut dyn FnMut(Found<'_>),
) -> Result<Option<String>, (Location, String)> {
    let raw = |data: &Value| Found {
        reading: Definition::read(data, None),
        base: base.to_owned(),
        translated: None,
        places,
    };
    let translations = match translate(value, &Context::default()) {
        Recognised::Known(translations) => translations,
        Recognised::Foreign { .. } if Definition::looks_like(value) => {
            each(raw(value));
            return Ok(None);
        }
        Recognised::Foreign { reason } => return Ok(Some(reason)),
    };
    let mut other = None;
    for translation in &translations {
        for (reason, message, at) in &translation.gaps {
            if *reason == GapReason::Refused {
                return Err((places.locate(&format!("{base}{at}")), message.clone()));
            }
        }
        for translated in &translation.assets {
            let text = |pointer| translated.asset.pointer(pointer).and_then(Value::as_str);
            if text("/assetType") != Some("iam.googleapis.com/Role") {
                other = Some(translation.dialect.slug().to_owned());
                continue;
            }
            let Some(data) = translated.asset.pointer("/resource/data") else {
                continue;
            };
            // A role by itself is judged as it was written, with every field that a role does not have.
            let own = translated.source_pointer("/resource/data");
            let written = value
                .pointer(&own)
                .filter(|_| translation.dialect == Dialect::Role);
            let reading = match written {
                Some(written) => Definition::read(written, text("/name")),
                None => {
                    let mut reading = Definition::read(data, text("/name"));
                    // A plan may not know the list yet.
                    let list = "/resource/data/includedPermissions";
                    reading.unlisted |=
                        reading.places.is_empty() && translated.lack_at(list).is_some();
                    reading
                }
            };
            each(Found {
                reading,
                base: base.to_owned(),
                translated: Some(translated),
                places,
            });
        }
    }
    Ok(other)
}

/// The one role of a document that is meant.
///
/// # Errors
/// As for [`roles`]; and if none or several are meant.
pub(super) fn pick(
    path: &Path,
    stdin: Option<&Spooled>,
    name: Option<&str>,
) -> Result<Reading, Failure> {
    let mut found: Vec<Reading> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut count = 0_usize;
    roles(path, stdin, &mut |role| {
        let definition = &role.reading.definition;
        let whole = definition.name();
        let called = whole.clone().or_else(|| definition.title.clone());
        let meant = name.is_none_or(|name| {
            let name = name.strip_prefix("//iam.googleapis.com/").unwrap_or(name);
            whole.as_deref() == Some(name) || definition.id.as_deref() == Some(name)
        });
        names.push(called.unwrap_or_else(|| "a role without a name".to_owned()));
        if meant {
            count += 1;
            if found.len() <= FEW {
                found.push(role.reading);
            }
        }
    })?;
    let file = escape::terminal(&path.display().to_string()).into_owned();
    names.sort_unstable();
    names.dedup();
    match (found.pop(), count, name) {
        (Some(one), 1, _) => Ok(one),
        (None, _, name) => {
            let name = name.unwrap_or_default();
            let near = near(name, names.iter().map(String::as_str));
            let hint = match near.is_empty() {
                true => format!("; it holds {}", few(&names)),
                false => did_you_mean(&near),
            };
            let (name, hint) = (escape::terminal(name), escape::terminal(&hint));
            Err(Failure::usage(format!(
                "`{file}` holds no role `{name}`{hint}"
            )))
        }
        (Some(_), count, name) => {
            let called = name.map_or(String::new(), |name| format!(" called `{name}`"));
            Err(Failure::usage(format!(
                "`{file}` holds {count} roles{}; choose one with `--role NAME`: {}",
                escape::terminal(&called),
                escape::terminal(&few(&names))
            )))
        }
    }
}

fn few(names: &[String]) -> String {
    let mut told = names
        .iter()
        .take(FEW)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > FEW {
        told.push_str(&format!(" and {} more", names.len() - FEW));
    }
    told
}
