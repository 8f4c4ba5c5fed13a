//! The two small pattern languages of the configuration: names of rules, and globs over names in the cloud.

use super::error::{closest, did_you_mean};
use crate::finding::{Finding, Persona};
use crate::model::{canonical, short_name};
use globset::{ErrorKind, GlobBuilder, GlobMatcher};

/// What triage must know of a rule. The slice that is handed to it is indexed by [`crate::finding::RuleId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleInfo<'a> {
    /// The rule's id.
    pub id: &'a str,
    /// Its earlier ids.
    pub aliases: &'a [String],
    /// Its tags.
    pub tags: &'a [String],
    /// Whom it speaks to.
    pub persona: Persona,
    /// It runs under a benchmark, or when it is named, and not otherwise.
    pub benchmark_only: bool,
}

impl<'a> RuleInfo<'a> {
    /// The id and the earlier ids.
    pub fn names(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        std::iter::once(self.id).chain(self.aliases.iter().map(String::as_str))
    }
}

/// A glob. `*` and `?` stand for anything but `/`, `**` as a whole path segment for anything, `{a,b}` for
/// either. Brackets are plain characters, because members have them (`acme.svc.id.goog[ns/ksa]`).
#[derive(Debug, Clone)]
pub struct Glob {
    text: String,
    matcher: GlobMatcher,
}

impl Glob {
    /// Compiles `text`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn new(text: &str) -> Result<Glob, String> {
        Glob::build(text, text, false)
    }

    /// A glob over members. Ignores case, as e-mail addresses do, except for `principal…` and `deleted:`,
    /// whose subjects and unique ids are case-sensitive.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn member(text: &str) -> Result<Glob, String> {
        let exact = text.starts_with("principal") || text.starts_with("deleted:");
        Glob::build(text, text, !exact)
    }

    fn build(text: &str, pattern: &str, ignore_case: bool) -> Result<Glob, String> {
        if pattern.is_empty() {
            return Err("an empty pattern matches nothing".to_owned());
        }
        let mut escaped = String::with_capacity(pattern.len());
        for c in pattern.chars() {
            if matches!(c, '[' | ']' | '\\') {
                escaped.push('\\');
            }
            escaped.push(c);
        }
        let glob = GlobBuilder::new(&escaped)
            .literal_separator(true)
            .backslash_escape(true)
            .case_insensitive(ignore_case)
            .build()
            .map_err(|error| {
                // globset's own words advise an escape that does not exist here.
                let why = match error.kind() {
                    ErrorKind::UnclosedAlternates => "a `{` without its `}`".to_owned(),
                    ErrorKind::UnopenedAlternates => "a `}` without its `{`".to_owned(),
                    other => other.to_string(),
                };
                format!("`{text}` is not a valid pattern: {why}")
            })?;
        Ok(Glob {
            text: text.to_owned(),
            matcher: glob.compile_matcher(),
        })
    }

    /// Whether the whole of `text` matches.
    pub fn matches(&self, text: &str) -> bool {
        self.matcher.is_match(text)
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A glob over resources: one that starts with `//` is compared with the full resource name, any other with
/// the name that people read (`gs://bucket`, `projects/p`).
#[derive(Debug, Clone)]
pub struct ResourceGlob {
    glob: Glob,
    full: bool,
}

impl ResourceGlob {
    /// Compiles `text`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn new(text: &str) -> Result<ResourceGlob, String> {
        // `//storage.googleapis.com/b` is an earlier spelling of the same bucket.
        Ok(ResourceGlob {
            glob: Glob::build(text, &canonical(text), false)?,
            full: text.starts_with("//"),
        })
    }

    /// Whether it means the resource of this full name, in either spelling of a bucket.
    pub fn matches(&self, resource: &str) -> bool {
        if self.full {
            self.glob.matches(&canonical(resource))
        } else {
            self.glob.matches(&short_name(resource))
        }
    }

    /// Whether it means the resource of `finding`, by its own name or by the one that people are shown.
    pub fn matches_finding(&self, finding: &Finding) -> bool {
        let shown = || {
            let name = finding.known_as.as_deref();
            name.is_some_and(|name| !self.full && self.glob.matches(name))
        };
        self.matches(&finding.resource) || shown()
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        self.glob.text()
    }
}

/// Which rules are meant: an id or an earlier id, a glob over ids, or `tag:…`.
#[derive(Debug, Clone)]
pub struct RulePattern {
    text: String,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Name,
    Tag(String),
    Glob(GlobMatcher),
}

impl RulePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn new(text: &str) -> Result<RulePattern, String> {
        if text.trim().is_empty() {
            return Err("an empty pattern names no rule".to_owned());
        }
        let kind = if let Some(tag) = text.strip_prefix("tag:") {
            Kind::Tag(tag.to_owned())
        } else if text.contains(['*', '?', '{']) {
            Kind::Glob(Glob::new(text)?.matcher)
        } else {
            Kind::Name
        };
        Ok(RulePattern {
            text: text.to_owned(),
            kind,
        })
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it stands for every rule there is.
    pub fn is_bare_wildcard(&self) -> bool {
        self.text
            .bytes()
            .all(|b| matches!(b, b'*' | b'?' | b'{' | b'}' | b','))
    }

    /// Whether it names one rule by id.
    pub fn is_name(&self) -> bool {
        matches!(self.kind, Kind::Name)
    }

    /// Whether `rule` is meant.
    pub fn matches(&self, rule: &RuleInfo<'_>) -> bool {
        match &self.kind {
            Kind::Name => rule.names().any(|name| name == self.text),
            Kind::Tag(tag) => rule.tags.iter().any(|t| t == tag),
            Kind::Glob(glob) => rule.names().any(|name| glob.is_match(name)),
        }
    }

    /// `Err` with what to write instead, if it means none of `rules`.
    ///
    /// # Errors
    /// The message and the way out.
    pub fn check(&self, rules: &[RuleInfo<'_>]) -> Result<(), (String, String)> {
        if rules.iter().any(|rule| self.matches(rule)) {
            return Ok(());
        }
        let list = "`leastwise rules list` shows all";
        Err(match &self.kind {
            Kind::Name => (
                format!("there is no rule `{}`", self.text),
                did_you_mean(&self.text, rules.iter().flat_map(RuleInfo::names))
                    // A tag without its prefix is the next likely slip.
                    .or_else(|| {
                        let tagged = rules.iter().any(|rule| rule.tags.contains(&self.text));
                        tagged.then(|| format!("did you mean `tag:{}`?", self.text))
                    })
                    .or_else(|| containing(&self.text, rules))
                    .unwrap_or_else(|| list.to_owned()),
            ),
            Kind::Tag(tag) => (
                format!("no rule has the tag `{tag}`"),
                closest(
                    tag,
                    rules.iter().flat_map(|rule| rule.tags).map(String::as_str),
                )
                .map_or_else(
                    || list.to_owned(),
                    |tag| format!("did you mean `tag:{tag}`?"),
                ),
            ),
            Kind::Glob(_) => (format!("`{}` matches no rule", self.text), list.to_owned()),
        })
    }
}

/// The first few rules whose id contains `word`, whatever its case.
fn containing(word: &str, rules: &[RuleInfo<'_>]) -> Option<String> {
    let word = word.to_ascii_lowercase();
    let ids = rules.iter().map(|rule| rule.id);
    let mut ids: Vec<&str> = ids.filter(|id| id.contains(&word)).collect();
    ids.sort_unstable();
    let more = if ids.len() > 4 { ", …" } else { "" };
    ids.truncate(4);
    let named: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
    (!named.is_empty()).then(|| format!("did you mean {}{more}?", named.join(", ")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Glob, ResourceGlob, RulePattern};

    #[test]
    fn globs_stop_at_slashes() {
        let table = [
            ("gs://acme-*", "gs://acme-train", true),
            ("gs://acme-*", "gs://acme-train/raw/", false),
            ("gs://acme-*/**", "gs://acme-train/raw/", true),
            ("gs://{a,b}-x", "gs://b-x", true),
            ("**", "//x/y/z", true),
            ("*", "roles/x", false),
            ("roles/storage.*", "roles/storage.admin", true),
            ("projects/?/roles/r", "projects/p/roles/r", true),
            ("g[n/k]", "g[n/k]", true),
            ("g[*/*]", "g[n/k]", true),
            ("[ab]", "a", false),
            ("a\\b", "a\\b", true),
        ];
        for (pattern, text, expected) in table {
            let glob = Glob::new(pattern).unwrap();
            assert_eq!(glob.matches(text), expected, "{pattern} on {text}");
        }
        assert!(Glob::new("").is_err());
        assert!(Glob::new("{a").is_err());
    }

    #[test]
    fn addresses_ignore_case_and_subjects_do_not() {
        assert!(
            Glob::member("user:*@Acme.com")
                .unwrap()
                .matches("user:Bo@acme.com")
        );
        let subject = "principal://iam.googleapis.com/x/subject/Abc";
        assert!(Glob::member(subject).unwrap().matches(subject));
        assert!(
            !Glob::member(subject)
                .unwrap()
                .matches(&subject.to_lowercase())
        );
    }

    #[test]
    fn resources_go_by_either_name() {
        let short = "//storage.googleapis.com/acme-train";
        let long = "//storage.googleapis.com/projects/_/buckets/acme-train";
        for pattern in [
            "gs://acme-train",
            "gs://acme-*",
            "//storage.googleapis.com/acme-*",
            "//storage.googleapis.com/projects/_/buckets/acme-*",
            "//storage.googleapis.com/**",
            "**",
        ] {
            let glob = ResourceGlob::new(pattern).unwrap();
            assert!(glob.matches(short), "{pattern} on {short}");
            assert!(glob.matches(long), "{pattern} on {long}");
        }
        assert!(!ResourceGlob::new("gs://acme").unwrap().matches(long));
        assert!(!ResourceGlob::new("acme-*").unwrap().matches(long));
    }

    #[test]
    fn bare_wildcards_are_seen_through() {
        for (text, bare) in [
            ("*", true),
            ("**", true),
            ("?*", true),
            ("{*}", true),
            ("gcs-*", false),
            ("tag:*", false),
        ] {
            assert_eq!(
                RulePattern::new(text).unwrap().is_bare_wildcard(),
                bare,
                "{text}"
            );
        }
    }
}
