//! A command as words, each already as the script writes it.

use super::place::Place;
use crate::escape::shell;

/// Words of a command line, quoted where they come from outside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Words(Vec<String>);

impl Words {
    /// The words of a command that we chose.
    pub(super) fn of(plain: &[&str]) -> Words {
        Words(plain.iter().map(|&word| word.to_owned()).collect())
    }

    /// `gcloud GROUP… VERB NAME FLAG…`.
    pub(super) fn gcloud(place: &Place, verb: &[&str]) -> Words {
        Words::of(&["gcloud"])
            .then(place.group)
            .then(verb)
            .value(&place.name)
            .flags(place)
    }

    /// More words that we chose.
    #[must_use]
    pub(super) fn then(mut self, plain: &[&str]) -> Words {
        self.0.extend(plain.iter().map(|&word| word.to_owned()));
        self
    }

    /// A value from outside.
    #[must_use]
    pub(super) fn value(mut self, value: &str) -> Words {
        self.0.push(shell(value));
        self
    }

    /// `--flag=value`, in one word, so that a value that begins with a dash stays a value.
    #[must_use]
    pub(super) fn flag(mut self, flag: &str, value: &str) -> Words {
        self.0.push(format!("{flag}={}", shell(value)));
        self
    }

    /// The flags that say where a resource is.
    #[must_use]
    pub(super) fn flags(self, place: &Place) -> Words {
        let flags = place.flags.iter();
        flags.fold(self, |words, (flag, value)| words.flag(flag, value))
    }

    /// One line.
    pub(super) fn line(&self) -> String {
        self.0.join(" ")
    }
}
