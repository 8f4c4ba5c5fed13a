//! Texts from outside as one value of a medium: whatever they hold, they end where they should and act on nothing.

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
pub fn yaml_scalar(text: &str) -> String {
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

/// A string of HCL (Terraform) that is this text: no quote ends it, and no `${` or `%{` opens a template in it.
pub fn hcl_string(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    let mut chars = text.chars().peekable();
    let mut before = None;
    while let Some(c) = chars.next() {
        let _ = match (c, u32::from(c)) {
            ('"' | '\\', _) => write!(quoted, "\\{c}"),
            ('\n', _) => write!(quoted, "\\n"),
            ('\t', _) => write!(quoted, "\\t"),
            ('\r', _) => write!(quoted, "\\r"),
            // `$${` is the two characters `${`; but after another `$` it is read differently by different versions.
            ('$' | '%', code) if chars.peek() == Some(&'{') => match before == Some(c) {
                true => write!(quoted, "\\u{code:04x}"),
                false => write!(quoted, "{c}{c}"),
            },
            (c, _) if is_plain(c) => write!(quoted, "{c}"),
            (_, code @ 0..=0xffff) => write!(quoted, "\\u{code:04x}"),
            (_, code) => write!(quoted, "\\U{code:08x}"),
        };
        before = Some(c);
    }
    quoted.push('"');
    quoted
}

/// One word of bash, whatever it holds. A NUL, which no argument of a program can hold, is left out.
pub fn shell_word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:@".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    if text.chars().all(is_plain) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut quoted = String::from("$'");
    for c in text.chars().filter(|c| *c != '\0') {
        match c {
            '\'' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            c if is_plain(c) => quoted.push(c),
            c => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(quoted, "\\{byte:03o}");
                }
            }
        }
    }
    quoted.push('\'');
    quoted
}

/// What may stand after a `#`: one line without anything that acts.
pub fn comment(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match is_plain(c) {
            true => line.push(c),
            false => line.extend(c.escape_unicode()),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{comment, hcl_string, is_plain, shell_word, yaml_scalar};
    use proptest::prelude::*;
    use saphyr_parser::{Event, Parser};

    fn hostile() -> impl Strategy<Value = String> {
        let pieces = vec![
            "\"",
            "'",
            "\\",
            "\n",
            "\r",
            "\t",
            "${",
            "%{",
            "$",
            "%",
            "{",
            "}",
            "$(id)",
            "`id`",
            ": ",
            " #",
            "- ",
            "&a",
            "*a",
            "!!str",
            "|",
            ">",
            "@",
            "~",
            "null",
            "yes",
            "0x1f",
            "1:30",
            "2024-01-01",
            "=cmd",
            "\u{0}",
            "\u{1b}[2J",
            "\u{85}",
            "\u{202e}",
            "\u{2028}",
            "\u{feff}",
            "ü",
            "日本",
            "👩",
            "ROLE",
            "---",
            "...",
            "--",
            "<b>",
            "a",
            " ",
        ];
        let some = prop::sample::select(pieces).prop_map(str::to_owned);
        let mixed = prop::collection::vec(some, 0..8).prop_map(|parts| parts.concat());
        prop_oneof![mixed, any::<String>()]
    }

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

    /// The value of an HCL string by the specification of its templates.
    fn hcl_value(quoted: &str) -> String {
        let inner = quoted.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
        let mut value = String::new();
        let mut chars = inner.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' | '\n' | '\r' => panic!("the string ends early: {quoted}"),
                '\\' => match chars.next().unwrap() {
                    'n' => value.push('\n'),
                    't' => value.push('\t'),
                    'r' => value.push('\r'),
                    c @ ('"' | '\\') => value.push(c),
                    c @ ('u' | 'U') => {
                        let digits = if c == 'u' { 4 } else { 8 };
                        let code: String = chars.by_ref().take(digits).collect();
                        let code = u32::from_str_radix(&code, 16).unwrap();
                        value.push(char::from_u32(code).unwrap());
                    }
                    other => panic!("no escape: {other}"),
                },
                '$' | '%' => {
                    let rest: String = chars.clone().take(2).collect();
                    if rest == format!("{c}{{") {
                        chars.next();
                        chars.next();
                        value.push(c);
                        value.push('{');
                    } else {
                        assert!(!rest.starts_with('{'), "a template opens: {quoted}");
                        value.push(c);
                    }
                }
                c => value.push(c),
            }
        }
        value
    }

    #[test]
    fn what_is_plain_stays_readable() {
        assert_eq!(yaml_scalar("Training data reader"), "Training data reader");
        assert_eq!(yaml_scalar("storage.objects.get"), "storage.objects.get");
        assert_eq!(yaml_scalar("Größe"), "\"Größe\"");
        for text in [
            "yes", "", "1e3", " a", "a ", "a: b", "a #b", "-", "~", "null", "No",
        ] {
            assert!(yaml_scalar(text).starts_with('"'), "{text}");
        }
        assert_eq!(hcl_string("a ${b} %{c} $d 50%"), "\"a $${b} %%{c} $d 50%\"");
        assert_eq!(shell_word("acme-ml"), "acme-ml");
        assert_eq!(shell_word("a b'c"), r"'a b'\''c'");
        assert_eq!(shell_word(""), "''");
        assert_eq!(comment("a\nb"), "a\\u{a}b");
    }

    proptest! {
        #[test]
        fn yaml_reads_the_same_text(title in hostile(), other in hostile()) {
            let (title_word, other_word) = (yaml_scalar(&title), yaml_scalar(&other));
            prop_assert!(title_word.chars().all(is_plain), "{:?}", title_word);
            let text = format!("title: {title_word}\nlist:\n- {other_word}\n");
            let read: Vec<String> = scalars(&text).into_iter().map(|(text, _)| text).collect();
            prop_assert_eq!(read, ["title".to_owned(), title.clone(), "list".to_owned(), other]);
            prop_assert!(is_text(&text), "{:?} is not a text", title);
        }

        #[test]
        fn hcl_reads_the_same_text(text in hostile()) {
            let quoted = hcl_string(&text);
            prop_assert!(quoted.chars().all(is_plain), "{:?}", quoted);
            prop_assert_eq!(hcl_value(&quoted), text);
        }

        #[test]
        fn a_comment_stays_in_its_line(text in hostile()) {
            prop_assert!(comment(&text).chars().all(is_plain));
        }

        #[test]
        fn a_word_stays_in_its_line(text in hostile()) {
            prop_assert!(shell_word(&text).chars().all(is_plain));
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
