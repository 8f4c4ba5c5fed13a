//! What can be wrong with what the user wants, told with file, line, column and the way out.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A configuration, a baseline or an argument that cannot be used. Always exit code 2.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A file that was asked for does not exist.
    #[error("{path}: no such file ({asked_by}); {help}", path = path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// Who asked for it: a flag, a variable, a key.
        asked_by: String,
        /// The way out.
        help: &'static str,
    },
    /// A file exists and cannot be read.
    #[error("{path}: cannot be read: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file cannot be written. What stood there before is unchanged.
    #[error("{path}: cannot be written: {source}; the old content is unchanged", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A place in a file is wrong.
    #[error(transparent)]
    Located(#[from] Box<Located>),
    /// An argument or a variable is wrong.
    #[error("{name}: {message}; {help}")]
    Argument {
        /// The flag or the variable.
        name: String,
        /// What is wrong.
        message: String,
        /// The way out.
        help: String,
    },
}

/// Something wrong at one place of a file. Its text ends in a frame with the line and a caret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The file, as the user would write it.
    pub path: PathBuf,
    /// 1-based line.
    pub line: usize,
    /// 1-based column, counted in characters.
    pub column: usize,
    /// What is wrong, in one line.
    pub message: String,
    /// The way out, if one is known.
    pub help: Option<String>,
    /// The line and the carets below it.
    frame: String,
}

impl std::error::Error for Located {}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}: {}\n{}",
            self.path.display(),
            self.line,
            self.column,
            self.message,
            self.frame
        )?;
        match &self.help {
            Some(help) => write!(f, "\nhelp: {help}"),
            None => Ok(()),
        }
    }
}

/// The text of a settings file, kept so that later checks can still point into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file, as the user would write it.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

impl Source {
    /// The text of `path`.
    pub fn new(path: &Path, text: String) -> Source {
        Source {
            path: path.to_path_buf(),
            text,
        }
    }

    /// The 1-based line in which the byte `offset` stands.
    pub fn line_of(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        1 + memchr::memchr_iter(b'\n', &self.text.as_bytes()[..offset]).count()
    }

    /// An error about the bytes `span`.
    pub fn error(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        help: Option<String>,
    ) -> SettingsError {
        let mut start = span.start.min(self.text.len());
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        let line = self.line_of(start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let column = self.text[line_start..start].chars().count() + 1;
        let length = self
            .text
            .get(start..span.end.max(start))
            .map_or(1, |marked| {
                marked.lines().next().unwrap_or("").chars().count()
            });
        let content = self.text[line_start..].lines().next().unwrap_or_default();
        Box::new(Located {
            path: self.path.clone(),
            line,
            column,
            message: harmless(&message.into()),
            help: help.as_deref().map(harmless),
            frame: frame(content, line, column, length),
        })
        .into()
    }

    /// An error at a 1-based line and byte column, as serde_json counts them.
    pub fn error_at(
        &self,
        line: usize,
        byte_column: usize,
        message: String,
        help: Option<String>,
    ) -> SettingsError {
        let start: usize = self
            .text
            .split_inclusive('\n')
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum();
        let offset = start + byte_column.saturating_sub(1);
        self.error(offset..offset + 1, message, help)
    }
}

/// Characters of a line that a frame shows at most.
const FRAME_WIDTH: usize = 120;

/// The line and carets under `length` characters from the 1-based `column`; long lines are cut around it.
fn frame(content: &str, line: usize, column: usize, length: usize) -> String {
    let skipped = if column > FRAME_WIDTH {
        column - FRAME_WIDTH / 2
    } else {
        0
    };
    let shown: String = content
        .chars()
        .skip(skipped)
        .take(FRAME_WIDTH)
        .map(harmless_char)
        .collect();
    let before = column - 1 - skipped.min(column - 1);
    let room = shown.chars().count().saturating_sub(before).max(1);
    let number = line.to_string();
    let gutter = " ".repeat(number.len());
    let carets = "^".repeat(length.clamp(1, room));
    let pad = " ".repeat(before);
    format!(
        "{gutter} |\n{number} | {}\n{gutter} | {pad}{carets}",
        shown.trim_end()
    )
}

/// A file may come from anywhere: what it says must neither drive the terminal nor flood it.
fn harmless(text: &str) -> String {
    const LIMIT: usize = 500;
    let mut shown: String = text.chars().take(LIMIT).map(harmless_char).collect();
    if shown.len() < text.len() && text.chars().nth(LIMIT).is_some() {
        shown.push('…');
    }
    shown
}

fn harmless_char(c: char) -> char {
    match c {
        '\t' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

/// The candidate that `word` was most likely meant to be.
pub(super) fn closest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let length = word.chars().count();
    // The distance costs length × length; nobody mistypes a word of 100 letters.
    if length > 100 {
        return None;
    }
    let limit = (length / 3).max(2);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= 200)
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.len())
        .min()
        .map(|(_, candidate)| candidate)
}

/// `did you mean …?` for the closest of `candidates`.
pub(super) fn did_you_mean<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<String> {
    closest(word, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

#[cfg(test)]
mod tests {
    use super::{Source, closest};
    use std::path::Path;

    #[test]
    fn a_frame_points_at_the_character() {
        let source = Source::new(Path::new("a.toml"), "x = 1\nüü = 2\n".to_owned());
        let error = source.error(11..11 + 1, "wrong", Some("do this".to_owned()));
        assert_eq!(
            error.to_string(),
            "a.toml:2:4: wrong\n  |\n2 | üü = 2\n  |    ^\nhelp: do this"
        );
    }

    #[test]
    fn frames_survive_any_span_and_any_text() {
        for text in ["", "\n", "a", "\u{1b}[31m\t\0", "ü", &"x".repeat(5000)] {
            let source = Source::new(Path::new("a"), text.to_owned());
            for start in [0, 1, 2, 7, 4999, 5000, 9999] {
                for end in [0, start, start + 1, 20_000] {
                    let shown = source.error(start..end, "m", None).to_string();
                    assert!(!shown.contains('\u{1b}'), "{shown:?}");
                    assert!(shown.len() < 600, "{shown:?}");
                }
            }
            let _ = source.error_at(7, 9, String::new(), None);
            let _ = source.error_at(0, 0, String::new(), None);
        }
    }

    #[test]
    fn suggestions_are_near_or_none() {
        assert_eq!(closest("selct", ["ignore", "select"]), Some("select"));
        assert_eq!(closest("zzz", ["ignore", "select"]), None);
        assert_eq!(closest(&"s".repeat(1000), ["select"]), None);
    }
}
