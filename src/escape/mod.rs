//! One escaping function per medium. Whatever stands in an export may have been written by an attacker:
//! names, roles, members, conditions, paths. Nothing leaves a renderer without passing through here
//! (the JSON formats through `serde_json` and [`json`]).

mod shell;
mod sinks;
mod yaml;

pub use shell::{shell, shell_word};
pub use sinks::{prometheus, slack};
pub use yaml::yaml;

use std::borrow::Cow;
use std::fmt::Write as _;

/// For terminals: control characters (C0, DEL, C1), directional overrides and invisible characters are
/// shown as `\u{..}`, so that a name can neither drive the terminal nor look like another name.
pub fn terminal(text: &str) -> Cow<'_, str> {
    visible(text, is_treacherous)
}

/// Like [`terminal`], but keeps line feeds: for prose of our own layout.
pub fn prose(text: &str) -> Cow<'_, str> {
    visible(text, |c| c != '\n' && is_treacherous(c))
}

fn visible(text: &str, hide: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&hide) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if hide(c) {
            let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Characters that act on a terminal, reorder text or cannot be seen (Unicode Standard Annex 9 for the
/// directional ones; the rest are default-ignorable or line breaks).
pub fn is_treacherous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// For the message of a GitHub workflow command.
pub fn github_data(text: &str) -> String {
    github(text, |_| false)
}

/// For a property (`file`, `title`) of a GitHub workflow command, where `:` and `,` separate as well.
pub fn github_property(text: &str) -> String {
    github(text, |c| matches!(c, ':' | ','))
}

fn github(text: &str, also: impl Fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if matches!(c, '%' | '\r' | '\n') || also(c) {
            let _ = write!(safe, "%{:02X}", u32::from(c));
        } else if is_treacherous(c) {
            // The log viewer interprets terminal codes.
            let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// A cell of a CSV file (RFC 4180). A cell that a spreadsheet would run as a formula gets a leading `'`,
/// and what would act on a terminal is shown as by [`terminal`], white space excepted.
pub fn csv(cell: &str) -> String {
    let cell = visible(cell, |c| {
        !matches!(c, '\t' | '\r' | '\n') && is_treacherous(c)
    });
    let guard = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        "'"
    } else {
        ""
    };
    if !cell.contains(['"', ',', '\r', '\n', ';']) && cell.trim() == cell {
        return format!("{guard}{cell}");
    }
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

/// Text that is JSON already: `serde_json` escapes the control characters below U+0020, this the others
/// and what cannot be seen. They can only stand in strings, so the value stays the same.
pub fn json(text: &str) -> Cow<'_, str> {
    let hide = |c: char| c > '~' && is_treacherous(c);
    if !text.contains(hide) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if hide(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Inline Markdown (GitHub's), also inside a table cell or an HTML element: no character of the result
/// is structure, and what cannot be seen is shown as by [`terminal`].
pub fn markdown(text: &str) -> String {
    let text = terminal(text);
    let mut safe = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let is_structure = match c {
            '&' | '<' | '>' | '|' | '\\' | '`' | '*' | '~' | '[' | ']' | '#' | '$' => true,
            // Inside a word it is a character like any other.
            '_' => {
                let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
                !(word(safe.chars().next_back()) && word(chars.peek().copied()))
            }
            // Lists and underlined headings.
            '-' | '+' | '=' => safe.is_empty(),
            ')' => is_number(&safe),
            // GitHub turns bare addresses into links.
            '.' => is_number(&safe) || ends_with_any(&safe, &["www"]),
            ':' => ends_with_any(&safe, &["http", "https", "ftp"]),
            _ => false,
        };
        if is_structure {
            // Entities are text to every Markdown parser, whatever surrounds them; backslashes are not.
            let _ = write!(safe, "&#{};", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// A name in the type of names, in Markdown. Nothing in a code span can be escaped, so a name that
/// could end one is written in HTML.
pub fn markdown_code(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else if text.contains(['`', '|']) || text.contains(is_treacherous) || text.trim() != text {
        format!("<code>{}</code>", markdown(text))
    } else {
        format!("`{text}`")
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn ends_with_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| {
        text.len()
            .checked_sub(word.len())
            .and_then(|start| text.get(start..))
            .is_some_and(|end| end.eq_ignore_ascii_case(word))
    })
}

/// Text or an attribute value of XML 1.0. Characters that XML forbids even as references are dropped
/// (<https://www.w3.org/TR/xml/#charsets>).
pub fn xml(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            // Attribute values are normalised: white space survives only as a reference.
            '\t' | '\n' | '\r' => {
                let _ = write!(safe, "&#{};", u32::from(c));
            }
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ if is_treacherous(c) => {
                let _ = write!(safe, "&#{};", u32::from(c));
            }
            _ => safe.push(c),
        }
    }
    safe
}

/// A quoted string of Terraform's language, quotes included: nothing in it is interpolated, and what would act on a
/// terminal is written as an escape, which leaves the value as it is.
pub fn hcl(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    safe.push('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => safe.push_str("\\\""),
            '\\' => safe.push_str("\\\\"),
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            // `$${` is the usual escape, but means something else after another `$`.
            '$' | '%' if chars.peek() == Some(&'{') && !safe.ends_with(c) => {
                safe.push(c);
                safe.push(c);
            }
            '$' | '%' if chars.peek() == Some(&'{') => {
                let _ = write!(safe, "\\u{:04x}", u32::from(c));
            }
            _ if is_treacherous(c) && u32::from(c) > 0xffff => {
                let _ = write!(safe, "\\U{:08x}", u32::from(c));
            }
            _ if is_treacherous(c) => {
                let _ = write!(safe, "\\u{:04x}", u32::from(c));
            }
            _ => safe.push(c),
        }
    }
    safe.push('"');
    safe
}

/// One segment of a relative URI (RFC 3986): everything but unreserved characters is percent-encoded.
pub fn uri_segment(bytes: &[u8]) -> String {
    let mut safe = String::with_capacity(bytes.len() + 16);
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            safe.push(char::from(byte));
        } else {
            let _ = write!(safe, "%{byte:02X}");
        }
    }
    safe
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn terminal_shows_what_would_act() {
        assert_eq!(terminal("gs://b ✓ ü"), "gs://b ✓ ü");
        assert_eq!(terminal("a\u{1b}[2Jb"), r"a\u{1b}[2Jb");
        assert_eq!(terminal("x\u{9b}31m"), r"x\u{9b}31m");
        assert_eq!(terminal("user\u{202e}moc"), r"user\u{202e}moc");
        assert_eq!(terminal("a\nb\0"), r"a\u{a}b\u{0}");
        assert_eq!(prose("a\nb\u{1b}"), "a\nb\\u{1b}");
    }

    #[test]
    fn terraform_reads_back_the_name() {
        assert_eq!(hcl("user:ann@example.com"), r#""user:ann@example.com""#);
        assert_eq!(hcl(r#"a"b\c"#), r#""a\"b\\c""#);
        assert_eq!(hcl("${x} %{if} $x 5%"), r#""$${x} %%{if} $x 5%""#);
        assert_eq!(hcl("$${x}"), "\"$\\u0024{x}\"");
        assert_eq!(
            hcl("a\nb\0\u{202e}\u{e0001}"),
            r#""a\nb\u0000\u202e\U000e0001""#
        );
    }

    #[test]
    fn github_commands_cannot_be_left() {
        assert_eq!(
            github_data("50% a:b,c\r\n::error"),
            "50%25 a:b,c%0D%0A::error"
        );
        assert_eq!(github_property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
        assert_eq!(github_data("\u{1b}]8;;"), r"\u{1b}]8;;");
    }

    #[test]
    fn csv_cells_are_text_to_a_spreadsheet() {
        assert_eq!(csv("plain"), "plain");
        assert_eq!(csv("=1+1"), "'=1+1");
        assert_eq!(csv("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(csv("\t=1"), "\"'\t=1\"");
        assert_eq!(csv("-a,\"b\""), "\"'-a,\"\"b\"\"\"");
    }

    #[test]
    fn markdown_has_no_structure_left() {
        assert_eq!(markdown("a|b"), "a&#124;b");
        assert_eq!(markdown("`x` <b>"), "&#96;x&#96; &#60;b&#62;");
        assert_eq!(markdown("a\nb"), "a&#92;u{a}b");
        assert_eq!(markdown("snake_case _x_"), "snake_case &#95;x&#95;");
        assert_eq!(markdown("- a"), "&#45; a");
        assert_eq!(markdown("1. a-b = c"), "1&#46; a-b = c");
        assert_eq!(markdown_code("a*b"), "`a*b`");
        assert_eq!(markdown_code("a`b"), "<code>a&#96;b</code>");
        assert_eq!(markdown("gs://b see https://x"), "gs://b see https&#58;//x");
    }

    #[test]
    fn xml_drops_what_it_forbids() {
        assert_eq!(xml("<a b=\"c\">&'"), "&lt;a b=&quot;c&quot;&gt;&amp;&apos;");
        assert_eq!(xml("\u{9b}\u{202e}"), "&#155;&#8238;");
        assert_eq!(xml("\0\u{1b}\u{ffff}x\n"), "x&#10;");
    }

    #[test]
    fn uri_segments_are_encoded() {
        assert_eq!(uri_segment("a b/ü:%".as_bytes()), "a%20b%2F%C3%BC%3A%25");
    }

    /// A reader of RFC 4180 that knows nothing of the writer.
    fn read_csv(text: &str) -> Option<Vec<Vec<String>>> {
        let mut rows = vec![vec![]];
        let mut chars = text.chars().peekable();
        loop {
            let mut cell = String::new();
            if chars.next_if_eq(&'"').is_some() {
                loop {
                    match chars.next()? {
                        '"' if chars.next_if_eq(&'"').is_some() => cell.push('"'),
                        '"' => break,
                        c => cell.push(c),
                    }
                }
            } else {
                while let Some(c) = chars.next_if(|c| !matches!(c, ',' | '\r' | '\n')) {
                    if c == '"' {
                        return None;
                    }
                    cell.push(c);
                }
            }
            rows.last_mut()?.push(cell);
            match chars.next() {
                None => return Some(rows),
                Some(',') => {}
                Some('\r') if chars.next() == Some('\n') => rows.push(vec![]),
                Some(_) => return None,
            }
        }
    }

    pub(super) fn hostile() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            proptest::collection::vec(
                prop_oneof![
                    Just('"'),
                    Just(','),
                    Just('\r'),
                    Just('\n'),
                    Just('='),
                    Just('%'),
                    Just(':'),
                    Just('\u{1b}'),
                    Just('\u{202e}'),
                    Just('|'),
                    Just('`'),
                    Just('<'),
                    Just('&'),
                    Just('\\'),
                    Just(']'),
                    Just('\0'),
                    Just('\''),
                    any::<char>(),
                ],
                0..40
            )
            .prop_map(|chars| chars.into_iter().collect()),
        ]
    }

    proptest! {
        #[test]
        fn csv_reads_back_to_the_same_cells(
            rows in proptest::collection::vec(proptest::collection::vec(hostile(), 3), 1..4)
        ) {
            let text = rows
                .iter()
                .map(|row| row.iter().map(|cell| csv(cell)).collect::<Vec<_>>().join(","))
                .collect::<Vec<_>>()
                .join("\r\n");
            let back = read_csv(&text).unwrap();
            prop_assert_eq!(back.len(), rows.len());
            for (was, is) in rows.iter().flatten().zip(back.iter().flatten()) {
                prop_assert!(!is.starts_with(['=', '+', '-', '@', '\t', '\r']));
                let shown = visible(was, |c| !matches!(c, '\t' | '\r' | '\n') && is_treacherous(c));
                let unguarded = is.strip_prefix('\'').filter(|_| !was.starts_with('\''));
                prop_assert_eq!(unguarded.unwrap_or(is), shown);
            }
        }

        #[test]
        fn nothing_acts_on_a_terminal(text in hostile()) {
            prop_assert!(!terminal(&text).contains(is_treacherous));
            prop_assert!(!markdown(&text).contains(is_treacherous));
            prop_assert!(!github_property(&text).contains(is_treacherous));
        }

        #[test]
        fn a_github_property_holds_no_separator(text in hostile()) {
            prop_assert!(!github_property(&text).contains([':', ',', '\r', '\n']));
            prop_assert!(!github_data(&text).contains(['\r', '\n']));
        }

        #[test]
        fn markdown_holds_no_structure(text in hostile()) {
            prop_assert!(!markdown(&text).contains(['|', '`', '<', '>', '\\', '*', '[', ']', '\n']));
        }

        #[test]
        fn a_markdown_name_stays_in_its_cell(text in hostile()) {
            let code = markdown_code(&text);
            prop_assert!(!code.contains(['|', '\n']) && !code.contains(is_treacherous));
            prop_assert!([0, 2].contains(&code.matches('`').count()));
        }

        #[test]
        fn json_keeps_its_value(text in hostile()) {
            let json = serde_json::to_string(&text).unwrap();
            let safe = super::json(&json);
            prop_assert!(!safe.contains(is_treacherous));
            prop_assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
        }

        #[test]
        fn xml_is_text(text in hostile()) {
            let safe = xml(&text);
            prop_assert!(!safe.contains(['<', '>', '"', '\'']));
            for reference in safe.split('&').skip(1) {
                let (name, _) = reference.split_once(';').unwrap();
                let known = ["amp", "lt", "gt", "quot", "apos"].contains(&name);
                prop_assert!(known || name.strip_prefix('#').is_some_and(is_number));
            }
            prop_assert!(!safe.contains(is_treacherous));
        }
    }
}
