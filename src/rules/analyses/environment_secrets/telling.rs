//! What makes a variable a secret: the form of its value, or its name.

use super::With;
use crate::rules::select::{Refusal, proof};
use regex::{Regex, RegexSet};
use std::borrow::Cow;

/// The compiled tests.
#[derive(Debug)]
pub(super) struct Telling {
    names: Regex,
    except_names: Regex,
    except_values: RegexSet,
    shapes: RegexSet,
    /// What each shape is, and whether it may be meant for the public.
    are: Vec<(String, bool)>,
}

/// Why a variable counts.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Why<'t> {
    /// Its value has this form.
    Shape(&'t str),
    /// It is called like a secret, and its value could be one.
    Name,
}

/// No secret is longer; what is longer is data, and matching it would only take time.
const LONGEST: usize = 64 * 1024;

impl Telling {
    /// Compiles what the analysis is told.
    ///
    /// # Errors
    /// A regular expression that does not compile.
    pub(super) fn new(with: With) -> Result<Telling, Refusal> {
        let one = |key, text: &str| Regex::new(text).map_err(|error| refused(key, text, &error));
        let shapes: Vec<&str> = with.shapes.iter().map(|shape| &*shape.matches).collect();
        Ok(Telling {
            names: one("names", &with.names)?,
            except_names: one("except-names", &with.except_names)?,
            except_values: set("except-values", &with.except_values)?,
            shapes: set("matches", &shapes)?,
            are: with
                .shapes
                .into_iter()
                .map(|shape| (shape.is, shape.may_be_public))
                .collect(),
        })
    }

    /// Why the variable is a secret, if it is one.
    pub(super) fn why(&self, name: &str, value: &str) -> Option<Why<'_>> {
        let name = words(name);
        let value = value.trim();
        if value.is_empty() || value.len() > LONGEST {
            return None;
        }
        let excepted = self.except_names.is_match(&name);
        let shape = self
            .shapes
            .matches(value)
            .into_iter()
            .filter_map(|index| self.are.get(index))
            .find(|(_, may_be_public)| !(*may_be_public && excepted));
        if let Some((what, _)) = shape {
            return Some(Why::Shape(what));
        }
        let named = !excepted && self.names.is_match(&name) && !self.except_values.is_match(value);
        named.then_some(Why::Name)
    }
}

fn set<S: AsRef<str>>(key: &'static str, texts: &[S]) -> Result<RegexSet, Refusal> {
    // One by one first: the error of a set does not say which of its members is wrong.
    for text in texts {
        let text = text.as_ref();
        Regex::new(text).map_err(|error| refused(key, text, &error))?;
    }
    RegexSet::new(texts).map_err(|error| Refusal::new(key, error.to_string()))
}

fn refused(key: &'static str, text: &str, error: &regex::Error) -> Refusal {
    let message = format!(
        "the regular expression does not compile: {}",
        proof::last_line(error)
    );
    Refusal::at(key, text, message)
}

/// The words of a name in upper case with `_` between them: `dbPassword`, `db-password` and `DB_PASSWORD` are one.
fn words(name: &str) -> Cow<'_, str> {
    if name
        .chars()
        .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    {
        return Cow::Borrowed(name);
    }
    let mut words = String::with_capacity(name.len() + 4);
    let mut chars = name.chars().peekable();
    let mut previous: Option<char> = None;
    while let Some(c) = chars.next() {
        let starts = c.is_uppercase()
            && previous.is_some_and(|before| {
                let next_is_lower = chars.peek().is_some_and(|next| next.is_lowercase());
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_uppercase() && next_is_lower)
            });
        if starts {
            words.push('_');
        }
        match c.is_alphanumeric() {
            true => words.extend(c.to_uppercase()),
            false => words.push('_'),
        }
        previous = Some(c);
    }
    Cow::Owned(words)
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn names_are_compared_by_their_words() {
        for (name, expected) in [
            ("DB_PASSWORD", "DB_PASSWORD"),
            ("dbPassword", "DB_PASSWORD"),
            ("db-password", "DB_PASSWORD"),
            ("spring.datasource.password", "SPRING_DATASOURCE_PASSWORD"),
            ("openAIKey", "OPEN_AI_KEY"),
            ("OAuth2Token", "O_AUTH2_TOKEN"),
            ("Überpassword", "ÜBERPASSWORD"),
            ("", ""),
        ] {
            assert_eq!(words(name), expected, "{name}");
        }
    }
}
