//! Limits of a custom role, and the grammar of its id (IAM documentation, "Quotas and limits"; REST reference,
//! `projects.roles.create`).

use super::Definition;

/// Permissions of one role.
pub(super) const PERMISSIONS: usize = 3_000;

/// Bytes of title, description and permission names together.
pub(super) const SIZE: usize = 64 * 1024;

/// Bytes of a title.
pub(super) const TITLE: usize = 100;

/// Bytes of a description.
pub(super) const DESCRIPTION: usize = 300;

/// Bytes of a description in older editions of the documentation: what is shorter is safe by both.
pub(super) const SAFE_DESCRIPTION: usize = 256;

/// Bytes of an id.
pub(super) const ID: usize = 64;

/// Whether the API takes `id` as the last part of a role's name: letters, digits, `_` and `.`, 3 to 64 of them.
pub fn is_role_id(id: &str) -> bool {
    (3..=ID).contains(&id.len()) && id.bytes().all(is_id_byte)
}

/// The id nearest to `text` that the API takes, for instance `data_reader` for `data-reader`.
pub fn role_id(text: &str) -> String {
    let mut id: String = text
        .chars()
        .map(|c| match u8::try_from(c) {
            Ok(byte) if is_id_byte(byte) => c,
            _ => '_',
        })
        .take(ID)
        .collect();
    while id.len() < 3 {
        id.push('_');
    }
    id
}

/// Whether a text can be a version that the API gave: bytes in base64. gcloud reads no file with another.
pub(super) fn is_etag(etag: &str) -> bool {
    let digits = etag.trim_end_matches('=');
    let digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
    etag.len().is_multiple_of(4)
        && etag.len() - digits.len() <= 2
        && !digits.is_empty()
        && digits.bytes().all(digit)
}

fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.'
}

/// What counts against [`SIZE`].
pub(super) fn size(definition: &Definition) -> usize {
    let words = [&definition.title, &definition.description];
    let words = words.into_iter().flatten().map(String::len).sum::<usize>();
    words
        + definition
            .permissions
            .iter()
            .map(String::len)
            .sum::<usize>()
}

/// The longest beginning of `text` that has at most `bytes` bytes.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// `text` with `end` after it, and of `text` as much as `bytes` bytes allow.
pub(super) fn with_end(text: &str, end: &str, bytes: usize) -> String {
    format!("{}{end}", cut(text, bytes.saturating_sub(end.len())))
}

#[cfg(test)]
mod tests {
    use super::{cut, is_etag, is_role_id, role_id, with_end};
    use proptest::prelude::*;

    #[test]
    fn ids_have_their_grammar() {
        for id in ["abc", "ai_data_reader", "a.b", "A_1"] {
            assert!(is_role_id(id), "{id}");
            assert_eq!(role_id(id), id);
        }
        for id in ["", "ab", "data-reader", "ä_b_c", "a b", &"x".repeat(65)] {
            assert!(!is_role_id(id), "{id}");
        }
        assert_eq!(role_id("data-reader"), "data_reader");
        assert_eq!(role_id("x"), "x__");
    }

    #[test]
    fn versions_are_base64() {
        for etag in ["BwYAAAAAAAU=", "BwR2", "Bw=="] {
            assert!(is_etag(etag), "{etag}");
        }
        for etag in ["", "=", "====", "Bw", "a: b", "\u{e4}aa", "BwYAAAAAAAU=\n"] {
            assert!(!is_etag(etag), "{etag}");
        }
    }

    #[test]
    fn texts_are_cut_between_letters() {
        assert_eq!(cut("größe", 3), "gr");
        assert_eq!(cut("ab", 100), "ab");
        assert_eq!(with_end("reader_of_data", "_2", 8), "reader_2");
    }

    proptest! {
        #[test]
        fn any_text_becomes_an_id(text in any::<String>()) {
            prop_assert!(is_role_id(&role_id(&text)));
        }
    }
}
