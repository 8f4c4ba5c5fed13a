//! From a JSON pointer to a place in the text, without keeping a tree of the text.

mod lines;
mod scanner;

use super::origin::Location;
pub use lines::{Lines, line_column};
use rustc_hash::FxHashMap;
use scanner::{Member, Object, Place, Scanner};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};

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
    /// Where elements begin, by where the array begins, as far as anybody asked.
    arrays: RefCell<FxHashMap<usize, Vec<usize>>>,
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
                b'[' => self.element(&scanner, &token)?,
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

    /// The element at `index` of the array at which `scanner` stands. The outer `None` means broken JSON.
    fn element(&self, scanner: &Scanner<'_>, index: &str) -> Option<Option<Place>> {
        let Ok(index) = index.parse::<usize>() else {
            return Some(None);
        };
        let mut arrays = self.arrays.borrow_mut();
        let begins = arrays.entry(scanner.at).or_default();
        let mut scanner = *scanner;
        if begins.is_empty() {
            scanner.eat(b'[');
            if scanner.peek() == Some(b']') {
                return Some(None);
            }
            begins.push(scanner.at);
        }
        while begins.len() <= index {
            scanner.at = *begins.last()?;
            scanner.skip()?;
            if !scanner.eat(b',') {
                return Some(None);
            }
            begins.push(scanner.at);
        }
        let at = *begins.get(index)?;
        Some(Some(Place {
            shown: at,
            value: at,
        }))
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
    use super::{Lines, Outline, line_column, locate, offset_of};
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
    fn places_are_the_same_however_many_are_asked_for() {
        for part in ["x", "é\n", "𝄞", "\u{feff}a\n\n"] {
            let text = format!("\u{feff}{}\nend", part.repeat(12_000 / part.len()));
            let lines = Lines::default();
            for offset in (0..text.len() + 2).rev().step_by(97).chain(0..8) {
                let expected = line_column(&text, offset);
                assert_eq!(lines.at(&text, offset), expected, "{part:?} {offset}");
            }
        }
    }

    #[test]
    fn elements_are_the_same_in_whatever_order_they_are_asked_for() {
        let text = r#"[ [1,2] , {"a": [3]}, "x]", [], 5 ]"#;
        let outline = Outline::default();
        for pointer in [
            "/4", "/1/a/0", "/0/1", "/3/0", "/5", "/2", "/0/2", "/1", "/x", "/3",
        ] {
            assert_eq!(
                outline.offset_of(text, pointer),
                offset_of(text, pointer),
                "{pointer}"
            );
        }
        for broken in ["[1", "[1 2]", "[", "[,]"] {
            let outline = Outline::default();
            let twice = [0, 1].map(|_| outline.offset_of(broken, "/3"));
            assert_eq!(twice[0], twice[1], "{broken}");
        }
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
