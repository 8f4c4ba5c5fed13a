//! What the configuration says about the user's own cloud: paths, buckets, principals.

use super::config::{BucketRole, Config, ResourcePath};
use super::error::{SettingsError, Source, did_you_mean};
use super::pattern::{Glob, ResourceGlob};
use crate::model::Member;
use regex::Regex;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use toml::Spanned;

/// The path patterns of `[[resource]]`, compiled.
#[derive(Debug, Clone, Default)]
pub struct PathPatterns(Vec<PathPattern>);

#[derive(Debug, Clone)]
struct PathPattern {
    path: Regex,
    name: Name,
}

/// How the placeholders of a path become a full resource name.
#[derive(Debug, Clone)]
enum Name {
    /// Literal text and placeholders in turn, as the user wrote it.
    Template(Vec<Piece>),
    Bucket,
    ServiceAccount,
    Project,
    Folder,
    Organization,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Placeholder(String),
}

/// The placeholders that need no `name`, the most specific first.
const KNOWN: [(&str, Name); 5] = [
    ("bucket", Name::Bucket),
    ("service-account", Name::ServiceAccount),
    ("project", Name::Project),
    ("folder", Name::Folder),
    ("organization", Name::Organization),
];

impl PathPatterns {
    pub(super) fn compile(
        entries: &[ResourcePath],
        source: &Source,
    ) -> Result<PathPatterns, SettingsError> {
        let patterns = entries
            .iter()
            .map(|entry| PathPattern::compile(entry, source));
        patterns.collect::<Result<_, _>>().map(PathPatterns)
    }

    /// The full resource name that the first matching pattern gives for `path`. A pattern is compared with the
    /// end of the path, whole segments only. Captured text comes from file names, so it is as hostile as they are.
    pub fn resource(&self, path: &Path) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let path = path.to_str()?;
        if cfg!(windows) {
            let path = path.replace('\\', "/");
            return self.0.iter().find_map(|pattern| pattern.resource(&path));
        }
        self.0.iter().find_map(|pattern| pattern.resource(path))
    }
}

impl PathPattern {
    fn compile(entry: &ResourcePath, source: &Source) -> Result<PathPattern, SettingsError> {
        let fail = |at: &Spanned<String>, message: String, help: Option<String>| {
            source.error(at.span(), message, help)
        };
        let pieces = pieces(entry.pattern.get_ref())
            .map_err(|message| fail(&entry.pattern, message, None))?;
        let placeholders: Vec<&str> = placeholders(&pieces).collect();
        let name = match &entry.name {
            None => KNOWN
                .iter()
                .find(|(placeholder, _)| placeholders.contains(placeholder))
                .map(|(_, name)| name.clone())
                .ok_or_else(|| {
                    let message = "the pattern does not say which resource it means".to_owned();
                    let known = KNOWN
                        .map(|(placeholder, _)| format!("{{{placeholder}}}"))
                        .join(", ");
                    fail(
                        &entry.pattern,
                        message,
                        Some(format!("use one of {known}, or add `name = \"//…\"`")),
                    )
                })?,
            Some(template) => {
                let template_pieces = self::pieces(template.get_ref())
                    .map_err(|message| fail(template, message, None))?;
                if !template.get_ref().starts_with("//") {
                    let help = Some(
                        "e.g. `//storage.googleapis.com/projects/_/buckets/{bucket}`".to_owned(),
                    );
                    return Err(fail(template, "not a full resource name".to_owned(), help));
                }
                for placeholder in self::placeholders(&template_pieces) {
                    if !placeholders.contains(&placeholder) {
                        let help = did_you_mean(placeholder, placeholders.iter().copied());
                        let message = format!("`{{{placeholder}}}` is not in the pattern");
                        return Err(fail(template, message, help));
                    }
                }
                Name::Template(template_pieces)
            }
        };
        let path = Regex::new(&expression(&pieces)).map_err(|error| {
            let message = match error {
                regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
                _ => "the same placeholder stands in it twice".to_owned(),
            };
            fail(&entry.pattern, message, None)
        })?;
        Ok(PathPattern { path, name })
    }

    fn resource(&self, path: &str) -> Option<String> {
        let captures = self.path.captures(path)?;
        let get = |placeholder: &str| {
            captures
                .name(&group(placeholder))
                .map(|found| found.as_str())
        };
        let node =
            |kind: &str, id: &str| format!("//cloudresourcemanager.googleapis.com/{kind}/{id}");
        Some(match &self.name {
            Name::Bucket => format!(
                "//storage.googleapis.com/projects/_/buckets/{}",
                get("bucket")?
            ),
            Name::ServiceAccount => {
                let email = get("service-account")?;
                let member = format!("serviceAccount:{email}");
                // `-` is what the API takes for "whichever project it is in".
                let project = get("project")
                    .or_else(|| Member::parse(&member).service_account_project())
                    .unwrap_or("-");
                format!("//iam.googleapis.com/projects/{project}/serviceAccounts/{email}")
            }
            Name::Project => node("projects", get("project")?),
            Name::Folder => node("folders", get("folder")?),
            Name::Organization => node("organizations", get("organization")?),
            Name::Template(pieces) => {
                pieces.iter().try_fold(String::new(), |mut name, piece| {
                    match piece {
                        Piece::Text(text) => name.push_str(text),
                        Piece::Placeholder(placeholder) => name.push_str(get(placeholder)?),
                    }
                    Some(name)
                })?
            }
        })
    }
}

/// Splits `a/{b}/c` into text and placeholders.
fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    if text.is_empty() {
        return Err("the pattern is empty".to_owned());
    }
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after
            .split_once('}')
            .ok_or_else(|| "a `{` without its `}`".to_owned())?;
        let valid = !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !valid {
            return Err(format!(
                "`{{{name}}}` is no placeholder: use letters in lower case, digits and `-`"
            ));
        }
        pieces.push(Piece::Text(before.to_owned()));
        pieces.push(Piece::Placeholder(name.to_owned()));
        rest = after;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    Ok(pieces)
}

fn placeholders(pieces: &[Piece]) -> impl Iterator<Item = &str> {
    pieces.iter().filter_map(|piece| match piece {
        Piece::Placeholder(name) => Some(name.as_str()),
        Piece::Text(_) => None,
    })
}

/// Regex group names take no `-`, and must not start with a digit.
fn group(placeholder: &str) -> String {
    format!("p_{}", placeholder.replace('-', "_"))
}

fn expression(pieces: &[Piece]) -> String {
    let mut expression = String::from("(?:^|/)");
    for piece in pieces {
        match piece {
            Piece::Placeholder(name) => {
                let _ = write!(expression, "(?P<{}>[^/]+)", group(name));
            }
            Piece::Text(text) => {
                let escaped = regex::escape(text.trim_start_matches("./"));
                expression.push_str(
                    &escaped
                        .replace(r"\*\*/", "(?:.*/)?")
                        .replace(r"\*\*", ".*")
                        .replace(r"\*", "[^/]*"),
                );
            }
        }
    }
    expression.push('$');
    expression
}

/// The `[[bucket]]` entries, compiled.
#[derive(Debug, Clone, Default)]
pub struct BucketRoles(Vec<(ResourceGlob, BucketRole)>);

impl BucketRoles {
    pub(super) fn compile(config: &Config, source: &Source) -> Result<BucketRoles, SettingsError> {
        let compile = |entry: &super::config::BucketEntry| {
            let text = entry.pattern.get_ref();
            if !text.starts_with("gs://") {
                let help = Some(format!("did you mean `gs://{text}`?"));
                return Err(source.error(entry.pattern.span(), "a bucket is named `gs://…`", help));
            }
            let glob = ResourceGlob::new(text.trim_end_matches('/'))
                .map_err(|message| source.error(entry.pattern.span(), message, None))?;
            Ok((glob, entry.role))
        };
        let roles = config.bucket.iter().map(compile);
        roles.collect::<Result<_, _>>().map(BucketRoles)
    }

    /// What the bucket of this full resource name is declared to be for, if anything.
    pub fn role_of(&self, resource: &str) -> Option<BucketRole> {
        let found = self.0.iter().find(|(glob, _)| glob.matches(resource));
        found.map(|(_, role)| *role)
    }

    /// Whether any bucket role is declared at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The lists of `[principals]`, compiled.
#[derive(Debug, Clone, Default)]
pub struct Principals(BTreeMap<String, Vec<Glob>>);

impl Principals {
    pub(super) fn compile(config: &Config, source: &Source) -> Result<Principals, SettingsError> {
        let mut lists = BTreeMap::new();
        for (name, members) in &config.principals {
            let mut globs = Vec::with_capacity(members.len());
            for member in members {
                let text = member.get_ref();
                if !text.contains([':', '*'])
                    && !matches!(text.as_str(), "allUsers" | "allAuthenticatedUsers")
                {
                    let help = Some(format!(
                        "write its kind: `user:{text}`, `group:{text}`, `serviceAccount:{text}`"
                    ));
                    return Err(source.error(member.span(), "not a member", help));
                }
                globs.push(
                    Glob::member(text)
                        .map_err(|message| source.error(member.span(), message, None))?,
                );
            }
            lists.insert(name.clone(), globs);
        }
        Ok(Principals(lists))
    }

    /// Whether `member` is on the list `name`; `None` if there is no such list, which is not the same as no.
    pub fn contains(&self, name: &str, member: &str) -> Option<bool> {
        let globs = self.0.get(name)?;
        Some(globs.iter().any(|glob| glob.matches(member)))
    }

    /// The names of the lists.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The members of the list `name` as they were written: globs.
    pub fn list(&self, name: &str) -> Option<Vec<&str>> {
        let globs = self.0.get(name)?;
        Some(globs.iter().map(Glob::text).collect())
    }
}
