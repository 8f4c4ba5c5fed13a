//! What a rule asks for: permissions by name, by verb or below a prefix.

use super::Catalog;
use crate::model::Truth;
use thiserror::Error;

/// A set of permission patterns: any of them counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub(super) patterns: Vec<Pattern>,
}

/// One pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    /// `storage.objects.get`.
    Exact(String),
    /// `storage.objects.*`, kept as `storage.objects.`.
    Below(String),
    /// `*.setIamPolicy`, kept as `setIamPolicy`.
    Verb(String),
}

/// Why a pattern is refused: a typo must not become a question that nothing answers.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PatternError {
    /// Not one of the three forms.
    #[error(
        "`{0}` is not a permission: write `service.resource.verb`, `service.resource.*` or `*.verb`"
    )]
    Malformed(String),
    /// The service is written down completely and has no such permission.
    #[error("no permission matches `{pattern}`{}", suggest(.suggestion.as_deref()))]
    NoSuch {
        /// The pattern as given.
        pattern: String,
        /// The nearest permission or pattern that exists.
        suggestion: Option<String>,
    },
}

fn suggest(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |name| format!(": did you mean `{name}`?"))
}

impl Wanted {
    /// Reads patterns: `storage.objects.get`, `storage.objects.*` (or `storage.*`), `*.setIamPolicy`.
    ///
    /// # Errors
    ///
    /// For the first pattern that is malformed, or that cannot match because the embedded catalogue knows the whole service.
    pub fn parse(patterns: &[String]) -> Result<Wanted, PatternError> {
        Wanted::parse_in(patterns, Catalog::embedded())
    }

    /// As [`Wanted::parse`], under another catalogue.
    ///
    /// # Errors
    ///
    /// As for [`Wanted::parse`], but of that catalogue.
    pub fn parse_in(patterns: &[String], catalog: &Catalog) -> Result<Wanted, PatternError> {
        let patterns = patterns.iter().map(|text| {
            let pattern = Pattern::parse(text)?;
            pattern.check(text, catalog)?;
            Ok(pattern)
        });
        Ok(Wanted {
            patterns: patterns.collect::<Result<_, _>>()?,
        })
    }

    /// Whether a permission is one of those wanted.
    pub fn matches(&self, permission: &str) -> bool {
        self.patterns
            .iter()
            .any(|pattern| pattern.matches(permission))
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Pattern, PatternError> {
        let malformed = || PatternError::Malformed(text.to_owned());
        let (pattern, parts, least) = if let Some(verb) = text.strip_prefix("*.") {
            if verb.contains('.') {
                return Err(malformed());
            }
            (Pattern::Verb(verb.to_owned()), verb, 1)
        } else if let Some(prefix) = text.strip_suffix(".*") {
            (Pattern::Below(format!("{prefix}.")), prefix, 1)
        } else {
            (Pattern::Exact(text.to_owned()), text, 3)
        };
        let word = |part: &str| {
            let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte);
            part.starts_with(|first: char| first.is_ascii_alphabetic()) && part.bytes().all(inner)
        };
        if parts.split('.').all(word) && parts.split('.').count() >= least {
            Ok(pattern)
        } else {
            Err(malformed())
        }
    }

    /// Refuses what no permission of a service that is written down matches.
    fn check(&self, text: &str, catalog: &Catalog) -> Result<(), PatternError> {
        let (subject, none) = match self {
            Pattern::Exact(name) => (name, catalog.exists(name) == Truth::No),
            Pattern::Below(prefix) => {
                let none = catalog.names.range(prefix).is_empty();
                (prefix, none && catalog.is_written(prefix))
            }
            Pattern::Verb(_) => return Ok(()),
        };
        let service = subject.split('.').next().unwrap_or_default();
        let length = service.chars().count();
        // A service that nothing mentions, spelled nearly like one that is written down.
        let near = catalog.services().find(|known| {
            known.len().abs_diff(length) <= 1
                && strsim::damerau_levenshtein(known, service) == 1
                && catalog.names.range(&format!("{service}.")).is_empty()
                && !catalog
                    .roles()
                    .filter_map(|role| role.strip_prefix("roles/"))
                    .any(|role| role.split('.').next() == Some(service))
        });
        if !none && near.is_none() {
            return Ok(());
        }
        let names = catalog.permissions_of(near.unwrap_or(service));
        let names = names.into_iter().flatten();
        let nearest = |text: &str, name: &str| strsim::damerau_levenshtein(text, name);
        let suggestion = if let Pattern::Below(prefix) = self {
            let prefixes = names.filter_map(|name| Some(name.rsplit_once('.')?.0));
            let best = prefixes.min_by_key(|name| nearest(prefix.trim_end_matches('.'), name));
            best.map(|name| format!("{name}.*"))
        } else {
            let best = names.min_by_key(|name| nearest(text, name));
            best.map(str::to_owned)
        };
        Err(PatternError::NoSuch {
            pattern: text.to_owned(),
            suggestion: suggestion.filter(|name| nearest(text, name) * 2 <= text.len()),
        })
    }

    /// Whether a permission matches.
    pub(super) fn matches(&self, permission: &str) -> bool {
        match self {
            Pattern::Exact(name) => name == permission,
            Pattern::Below(prefix) => permission.starts_with(prefix.as_str()),
            Pattern::Verb(verb) => permission
                .rsplit_once('.')
                .is_some_and(|(_, last)| last == verb),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{PatternError, Wanted};

    fn parse(text: &str) -> Result<Wanted, PatternError> {
        Wanted::parse(&[text.to_owned()])
    }

    #[test]
    fn the_three_forms_match_what_they_say() {
        let exact = parse("storage.objects.get").unwrap();
        assert!(exact.matches("storage.objects.get") && !exact.matches("storage.objects.getX"));
        let below = parse("storage.objects.*").unwrap();
        assert!(below.matches("storage.objects.list") && !below.matches("storage.objectsx.list"));
        let verb = parse("*.setIamPolicy").unwrap();
        assert!(verb.matches("iam.googleapis.com/workforcePools.setIamPolicy"));
        assert!(!verb.matches("x.y.unsetIamPolicy") && !verb.matches("setIamPolicy"));
        assert!(parse("iam.googleapis.com/workloadIdentityPoolProviders.update").is_ok());
        assert!(parse("nobody.wrote.this").is_ok());
    }

    #[test]
    fn malformed_patterns_are_refused() {
        for text in [
            "",
            "*",
            "*.*",
            "storage",
            "storage.objects",
            "storage.*.get",
            "*.a.b",
            "storage..get",
            "storage.objects.get ",
            "*storage.objects.get",
            ".*",
            "a.b.*.*",
            "roles/storage.admin",
        ] {
            assert_eq!(
                parse(text),
                Err(PatternError::Malformed(text.to_owned())),
                "{text}"
            );
        }
    }

    #[test]
    fn what_cannot_exist_is_refused_with_a_suggestion() {
        let error = parse("storage.objects.gett").unwrap_err().to_string();
        assert_eq!(
            error,
            "no permission matches `storage.objects.gett`: did you mean `storage.objects.get`?"
        );
        let error = parse("storage.object.*").unwrap_err().to_string();
        assert!(
            error.ends_with("did you mean `storage.objects.*`?"),
            "{error}"
        );
        let error = parse("storag.objects.get").unwrap_err().to_string();
        assert!(
            error.ends_with("did you mean `storage.objects.get`?"),
            "{error}"
        );
        assert!(parse("storage.xyzzyxyzzy.qwertyuiopasdf").is_err());
    }
}
