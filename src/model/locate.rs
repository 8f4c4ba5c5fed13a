//! From a JSON pointer to a place in the text, without keeping a tree of the text.

use super::origin::Location;
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::ops::Range;

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
pub fn unescape(token: &str) -> Cow<'_, str> {
    match token.contains('~') {
        true => Cow::Owned(token.replace("~1", "/").replace("~0", "~")),
        false => Cow::Borrowed(token),
    }
}

/// [`locate`] as a byte offset.
pub fn offset_of(text: &str, pointer: &str) -> Option<usize> {
    Outline::default().offset_of(text, pointer)
}

/// Where the members of a text's objects are, as far as anybody asked: what is looked up in one text again and again is
/// mostly in the same few objects.
#[derive(Debug, Default)]
pub struct Outline {
    /// Offsets of names of the outermost object that are known before anybody asks.
    known: Cell<[Option<usize>; 2]>,
    /// By where the object begins; `None` where the text is broken.
    objects: RefCell<FxHashMap<usize, Option<Object>>>,
}

#[derive(Debug)]
struct Object {
    members: Vec<Member>,
    /// There may be more members.
    is_partial: bool,
}

#[derive(Debug)]
struct Member {
    /// The name, between its quotes.
    name: Range<usize>,
    place: Place,
}

impl Outline {
    /// Takes the byte offsets of the last of two names of the outermost object: what lies there is found without a look
    /// at the rest.
    pub fn know(&self, names: [Option<usize>; 2]) {
        self.known.set(names);
    }

    /// [`offset_of`]. It must be the same text each time.
    pub fn offset_of(&self, text: &str, pointer: &str) -> Option<usize> {
        let bytes = text.as_bytes();
        let mut scanner = Scanner { bytes, at: 0 };
        if bytes.starts_with(b"\xef\xbb\xbf") {
            scanner.at = 3;
        }
        scanner.space();
        let mut shown = scanner.at;
        for token in pointer.split('/').skip(1).take(MAX_DEPTH) {
            let token = unescape(token);
            let step = match scanner.peek()? {
                b'{' => self.member(&scanner, &token)?,
                b'[' => scanner.element(&token)?,
                _ => None,
            };
            let Some(place) = step else {
                break;
            };
            shown = place.shown;
            scanner.at = place.value;
        }
        Some(shown)
    }

    /// The last member called `name` of the object at which `scanner` stands. The outer `None` means broken JSON.
    fn member(&self, scanner: &Scanner<'_>, name: &str) -> Option<Option<Place>> {
        let mut objects = self.objects.borrow_mut();
        let is_outermost = objects.is_empty();
        let object = objects.entry(scanner.at).or_insert_with(|| {
            let known = match is_outermost {
                true => self.known.take(),
                false => [None; 2],
            };
            let members = known.into_iter().flatten();
            let members = members.map(|at| Scanner { at, ..*scanner }.named());
            let members: Option<Vec<Member>> = members.collect();
            match members {
                Some(members) if !members.is_empty() => Some(Object {
                    members,
                    is_partial: true,
                }),
                _ => scanner.object(),
            }
        });
        let find = |object: &Object| {
            let mut members = object.members.iter().rev();
            let found = members.find(|member| is_called(&scanner.bytes[member.name.clone()], name));
            found.map(|member| member.place)
        };
        let found = object.as_ref().map(find)?;
        if found.is_none() && object.as_ref().is_some_and(|object| object.is_partial) {
            *object = scanner.object();
            return object.as_ref().map(find);
        }
        Some(found)
    }
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

#[derive(Clone, Copy)]
struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Where a value begins, and where to point for it.
#[derive(Debug, Clone, Copy)]
struct Place {
    shown: usize,
    value: usize,
}

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

    /// The members of the object that begins here. `None` means broken JSON.
    fn object(mut self) -> Option<Object> {
        let mut object = Object {
            members: Vec::new(),
            is_partial: false,
        };
        self.eat(b'{');
        if self.peek() == Some(b'}') {
            return Some(object);
        }
        loop {
            object.members.push(self.named()?);
            self.skip()?;
            if !self.eat(b',') {
                return (self.peek() == Some(b'}')).then_some(object);
            }
        }
    }

    /// Moves over the name that begins here, to its value.
    fn named(&mut self) -> Option<Member> {
        let start = self.at;
        let name = start + 1..start + 1 + self.string()?.len();
        if !self.eat(b':') {
            return None;
        }
        let value = self.at;
        let is_container = matches!(self.peek(), Some(b'{' | b'['));
        let shown = if is_container { start } else { value };
        let place = Place { shown, value };
        Some(Member { name, place })
    }

    /// The element at `index` of the array that begins here.
    fn element(&mut self, index: &str) -> Option<Option<Place>> {
        let Ok(index) = index.parse::<usize>() else {
            return Some(None);
        };
        self.eat(b'[');
        if self.peek() == Some(b']') {
            return Some(None);
        }
        for position in 0.. {
            if position == index {
                let (shown, value) = (self.at, self.at);
                return Some(Some(Place { shown, value }));
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

/// Whether a string literal, without its quotes, means `name`. Where it is not valid it means itself.
fn is_called(literal: &[u8], name: &str) -> bool {
    if !literal.contains(&b'\\') {
        return literal == name.as_bytes();
    }
    let text = String::from_utf8_lossy(literal);
    match serde_json::from_str::<String>(&format!("\"{text}\"")) {
        Ok(meant) => meant == name,
        Err(_) => text == name,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Outline, line_column, locate, offset_of};
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
    fn what_is_known_of_the_outermost_object_changes_no_answer() {
        let text =
            r#" {"a": 1, "resource": {"b": [1, {"c": 2}], "b": {"d": 3}}, "policy": "p", "e": {}}"#;
        let outline = Outline::default();
        outline.know([text.find("\"resource"), text.find("\"policy")]);
        for pointer in [
            "/resource",
            "/resource/b/d",
            "/resource/none",
            "/resource/b/none",
            "/policy",
            "/a",
            "/e",
            "/none",
            "/policy",
            "",
        ] {
            let found = outline.offset_of(text, pointer);
            assert_eq!(found, offset_of(text, pointer), "{pointer}");
            assert!(found.is_some());
        }
        for broken in [
            "{",
            "{\"a\"",
            "{\"a\": 1",
            "{\"a\": 1 \"b\"",
            "{\"a\": 1,",
            "{1",
        ] {
            assert_eq!(offset_of(broken, "/b"), None, "{broken}");
        }
        assert_eq!(offset_of("{}", "/b"), Some(0));
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
