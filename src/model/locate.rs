//! From a JSON pointer to a place in the text, without keeping a tree of the text.

use super::origin::Location;
use std::borrow::Cow;

/// Deeper documents are not looked into; their reader refuses them anyway.
const MAX_DEPTH: usize = 128;

/// The place of what `pointer` names in the JSON `text`: the value of a scalar or of an array's element, and
/// the name of a member whose value is an object or an array. Where the pointer leads nowhere, the nearest
/// ancestor that exists is meant. `None` if `text` is not JSON as far as it had to be read.
///
/// Of duplicate names the last counts, as for the parsers. Cost: one pass over what stands before the end of
/// the enclosing containers.
pub fn locate(text: &str, pointer: &str) -> Option<Location> {
    offset_of(text, pointer).map(|offset| line_column(text, offset))
}

/// One reference token of a JSON pointer, unescaped (RFC 6901).
pub fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// [`locate`] as a byte offset.
pub fn offset_of(text: &str, pointer: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut scanner = Scanner { bytes, at: 0 };
    if bytes.starts_with(b"\xef\xbb\xbf") {
        scanner.at = 3;
    }
    scanner.space();
    let mut place = scanner.at;
    for token in pointer.split('/').skip(1).take(MAX_DEPTH) {
        let token = unescape(token);
        let step = match scanner.peek()? {
            b'{' => scanner.member(&token)?,
            b'[' => scanner.element(&token)?,
            _ => None,
        };
        let Some((shown, value)) = step else {
            break;
        };
        place = shown;
        scanner.at = value;
    }
    Some(place)
}

/// 1-based line and column (in characters) of a byte offset. An offset inside a character means that
/// character; one beyond the end means the end.
pub fn line_column(text: &str, offset: usize) -> Location {
    let bytes = text.as_bytes();
    let before = bytes.get(..offset).unwrap_or(bytes);
    let line = memchr::memchr_iter(b'\n', before).count() + 1;
    let start = memchr::memrchr(b'\n', before).map_or(0, |i| i + 1);
    let mut own = before.get(start..).unwrap_or_default();
    if start == 0 {
        own = own.strip_prefix(b"\xef\xbb\xbf").unwrap_or(own);
    }
    // Every byte but a continuation byte begins a character.
    let column = own.iter().filter(|b| (**b & 0xC0) != 0x80).count() + 1;
    Location {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX),
    }
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Where to point, and where the value begins.
type Step = Option<(usize, usize)>;

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Moves over `expected` and the space around it.
    fn eat(&mut self, expected: u8) -> bool {
        self.space();
        let found = self.peek() == Some(expected);
        if found {
            self.at += 1;
            self.space();
        }
        found
    }

    /// The last member called `name` of the object that begins here. The outer `None` means broken JSON.
    fn member(&mut self, name: &str) -> Option<Step> {
        self.eat(b'{');
        let mut found = None;
        if self.peek() == Some(b'}') {
            return Some(None);
        }
        loop {
            let key_start = self.at;
            let key = self.string()?;
            if !self.eat(b':') {
                return None;
            }
            let value = self.at;
            if unquoted(key) == name {
                let container = matches!(self.peek(), Some(b'{' | b'['));
                found = Some((if container { key_start } else { value }, value));
            }
            self.skip()?;
            if self.eat(b',') {
                continue;
            }
            return (self.peek() == Some(b'}')).then_some(found);
        }
    }

    /// The element at `index` of the array that begins here.
    fn element(&mut self, index: &str) -> Option<Step> {
        let Ok(index) = index.parse::<usize>() else {
            return Some(None);
        };
        self.eat(b'[');
        if self.peek() == Some(b']') {
            return Some(None);
        }
        for position in 0.. {
            if position == index {
                return Some(Some((self.at, self.at)));
            }
            self.skip()?;
            if !self.eat(b',') {
                break;
            }
        }
        Some(None)
    }

    /// Moves over one string and gives back what stands between its quotes.
    fn string(&mut self) -> Option<&'a [u8]> {
        if self.peek() != Some(b'"') {
            return None;
        }
        self.at += 1;
        let start = self.at;
        loop {
            let rest = self.bytes.get(self.at..)?;
            self.at += memchr::memchr2(b'"', b'\\', rest)?;
            if self.peek() == Some(b'"') {
                let inner = self.bytes.get(start..self.at);
                self.at += 1;
                return inner;
            }
            self.at += 2;
        }
    }

    /// Moves over one value of any kind, without recursion.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            self.space();
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' => {
                    if depth == 0 {
                        return None;
                    }
                    self.at += 1;
                    continue;
                }
                _ => {
                    while self.peek().is_some_and(|b| {
                        !matches!(b, b',' | b'}' | b']' | b':') && !b.is_ascii_whitespace()
                    }) {
                        self.at += 1;
                    }
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }
}

/// What a string literal means; the literal itself where it is not valid.
fn unquoted(inner: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(inner);
    if !text.contains('\\') {
        return text;
    }
    match serde_json::from_str::<String>(&format!("\"{text}\"")) {
        Ok(text) => Cow::Owned(text),
        Err(_) => text,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{line_column, locate, offset_of};
    use crate::model::Location;

    fn at(text: &str, pointer: &str) -> &'static str {
        let offset = offset_of(text, pointer).unwrap();
        Box::leak(text[offset..].to_owned().into_boxed_str())
    }

    #[test]
    fn values_are_found_through_escapes_and_duplicates() {
        let text =
            r#" {"a/b": 1, "x\"}": [ {"k": [2, "s,]"]} , 3], "a/b": "last", "é": {"~": null}}"#;
        assert!(at(text, "/a~1b").starts_with("\"last\""));
        assert!(at(text, "/x\"}/0/k/1").starts_with("\"s,]\""));
        assert!(at(text, "/x\"}/1").starts_with('3'));
        assert!(at(text, "/é/~0").starts_with("null"));
        assert!(at(text, "").starts_with('{'));
        let escaped = r#"{"\u0061": 7}"#;
        assert!(at(escaped, "/a").starts_with('7'));
    }

    #[test]
    fn a_pointer_that_leads_nowhere_means_its_nearest_ancestor() {
        let text = "{\n  \"versioning\": {}\n}";
        assert_eq!(
            locate(text, "/versioning/enabled"),
            Some(Location { line: 2, column: 3 })
        );
        assert_eq!(
            locate(text, "/nothing"),
            Some(Location { line: 1, column: 1 })
        );
        assert_eq!(locate("[1,", "/5"), None);
        assert_eq!(locate("", ""), Some(Location { line: 1, column: 1 }));
    }

    #[test]
    fn columns_count_characters() {
        let text = "{\n \"ü\": \"x\"}";
        assert_eq!(locate(text, "/ü"), Some(Location { line: 2, column: 7 }));
        assert_eq!(
            line_column(text, 1_000),
            Location {
                line: 2,
                column: 11
            }
        );
    }

    #[test]
    fn deep_nesting_is_no_recursion() {
        let text = format!(
            "{{\"a\": {}1{}, \"b\": 2}}",
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert!(at(&text, "/b").starts_with('2'));
    }
}
