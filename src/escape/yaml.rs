//! Scalars of YAML.

use std::fmt::Write as _;

/// Whether a character may be shown as it is: letters and digits of all scripts, and what ASCII prints. Everything else
/// may act on a terminal, reorder a line or be invisible, and is written as an escape.
fn is_plain(c: char) -> bool {
    c == ' ' || c.is_ascii_graphic() || (!c.is_ascii() && c.is_alphanumeric())
}

/// Words that YAML 1.1 or 1.2 takes for something else than text (`yes` is a truth value to the parser of gcloud).
const YAML_WORDS: [&str; 10] = [
    "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan",
];

/// A scalar of YAML 1.1 and 1.2 that is read as this text: bare where that is safe, in double quotes otherwise.
pub fn yaml(text: &str) -> String {
    let inner = |c: char| c.is_ascii_alphanumeric() || " ._/=@-+(),".contains(c);
    let bare = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && !text.ends_with(' ')
        && text.chars().all(inner)
        && !YAML_WORDS.contains(&text.to_ascii_lowercase().as_str());
    if bare {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        // Writing to a string cannot fail.
        let _ = match (c, u32::from(c)) {
            ('"' | '\\', _) => write!(quoted, "\\{c}"),
            ('\n', _) => write!(quoted, "\\n"),
            ('\t', _) => write!(quoted, "\\t"),
            (c, _) if is_plain(c) => write!(quoted, "{c}"),
            (_, code @ 0..=0xff) => write!(quoted, "\\x{code:02x}"),
            (_, code @ 0..=0xffff) => write!(quoted, "\\u{code:04x}"),
            (_, code) => write!(quoted, "\\U{code:08x}"),
        };
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::tests::hostile;
    use super::{is_plain, yaml};
    use proptest::prelude::*;
    use saphyr_parser::{Event, Parser};

    /// What a YAML parser takes for the one scalar in a text, and whether it is a plain one.
    fn scalars(text: &str) -> Vec<(String, bool)> {
        let mut found = Vec::new();
        for event in Parser::new_from_str(text) {
            if let Event::Scalar(text, style, _, _) = event.unwrap().0 {
                found.push((
                    text.into_owned(),
                    style == saphyr_parser::ScalarStyle::Plain,
                ));
            }
        }
        found
    }

    #[test]
    fn what_is_plain_stays_readable() {
        assert_eq!(yaml("Training data reader"), "Training data reader");
        assert_eq!(yaml("storage.objects.get"), "storage.objects.get");
        assert_eq!(yaml("Größe"), "\"Größe\"");
        for text in [
            "yes", "", "1e3", " a", "a ", "a: b", "a #b", "-", "~", "null", "No",
        ] {
            assert!(yaml(text).starts_with('"'), "{text}");
        }
    }

    proptest! {
        #[test]
        fn yaml_reads_the_same_text(title in hostile(), other in hostile()) {
            let (title_word, other_word) = (yaml(&title), yaml(&other));
            prop_assert!(title_word.chars().all(is_plain), "{:?}", title_word);
            let text = format!("title: {title_word}\nlist:\n- {other_word}\n");
            let read: Vec<String> = scalars(&text).into_iter().map(|(text, _)| text).collect();
            prop_assert_eq!(read, ["title".to_owned(), title.clone(), "list".to_owned(), other]);
            prop_assert!(is_text(&text), "{:?} is not a text", title);
        }
    }

    /// Whether no plain scalar of a document can be taken for a number, a date, a truth value or nothing.
    fn is_text(document: &str) -> bool {
        scalars(document).iter().all(|(text, plain)| {
            let word = super::YAML_WORDS.contains(&text.to_ascii_lowercase().as_str());
            !plain || !word && text.starts_with(|c: char| c.is_ascii_alphabetic())
        })
    }
}
