//! Words of a shell.

use super::is_treacherous;
use std::fmt::Write as _;

/// A word that bash reads back as exactly this text: `'…'`, or `$'…'` where the text holds a character that a
/// terminal or an editor would act on, so that the script can be read and its lines are lines.
///
/// A NUL cannot be part of a word; callers refuse such values before, here it is left out.
pub fn shell(text: &str) -> String {
    if !text.chars().any(is_treacherous) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut word = String::from("$'");
    for one in text.chars().filter(|&one| one != '\0') {
        match one {
            '\'' | '\\' => {
                word.push('\\');
                word.push(one);
            }
            '\n' => word.push_str("\\n"),
            '\t' => word.push_str("\\t"),
            '\r' => word.push_str("\\r"),
            one if is_treacherous(one) => {
                // Bytes, three octal digits each: no digit that follows can become part of it.
                for byte in one.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(word, "\\{byte:03o}");
                }
            }
            one => word.push(one),
        }
    }
    word.push('\'');
    word
}

/// The same for people to read: a word that is plain stands bare.
pub fn shell_word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:@".contains(&byte);
    match !text.is_empty() && text.bytes().all(plain) {
        true => text.to_owned(),
        false => shell(text),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::hostile;
    use super::{is_treacherous, shell, shell_word};
    use proptest::prelude::*;

    #[test]
    fn plain_words_are_single_quoted() {
        assert_eq!(shell("user:ann@example.com"), "'user:ann@example.com'");
        assert_eq!(shell(""), "''");
        assert_eq!(shell("o'neil $(id) `id`"), r"'o'\''neil $(id) `id`'");
        assert_eq!(shell_word("acme-ml"), "acme-ml");
        assert_eq!(shell_word("a b'c"), r"'a b'\''c'");
        assert_eq!(shell_word(""), "''");
    }

    #[test]
    fn what_acts_is_spelled_out() {
        assert_eq!(shell("a\nb\u{1b}[31m'\\1"), r"$'a\nb\033[31m\'\\1'");
        assert_eq!(shell("\u{202e}1"), r"$'\342\200\2561'");
    }

    proptest! {
        #[test]
        fn a_word_stays_in_its_line(text in hostile()) {
            prop_assert!(!shell_word(&text).chars().any(is_treacherous));
        }
    }
}
