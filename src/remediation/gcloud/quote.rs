//! Words of a shell script: every value from outside goes through [`quote`] or [`visible`].

use std::fmt::Write as _;

/// A word that bash reads back as exactly this text: `'…'`, or `$'…'` where the text holds a character that a
/// terminal or an editor would act on, so that the script can be read and its lines are lines.
///
/// A NUL cannot be part of a word; callers refuse such values before ([`holds_nul`]), here it is left out.
pub(super) fn quote(text: &str) -> String {
    if !text.chars().any(acts) {
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
            one if acts(one) => {
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

/// The text for a comment or a message: one line, nothing in it acts, long texts cut.
pub(super) fn visible(text: &str) -> String {
    const LONGEST: usize = 400;
    let mut line = String::new();
    for one in text.chars().take(LONGEST) {
        if acts(one) {
            let _ = write!(line, "\\u{{{:x}}}", u32::from(one));
        } else {
            line.push(one);
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    line
}

/// Whether a text cannot be given to a command at all.
pub(super) fn holds_nul(text: &str) -> bool {
    text.contains('\0')
}

/// Controls, line separators, and what turns the direction of text or hides.
pub(super) fn acts(one: char) -> bool {
    one.is_control()
        || matches!(one,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::{quote, visible};

    #[test]
    fn plain_words_are_single_quoted() {
        assert_eq!(quote("user:ann@example.com"), "'user:ann@example.com'");
        assert_eq!(quote(""), "''");
        assert_eq!(quote("o'neil $(id) `id`"), r"'o'\''neil $(id) `id`'");
    }

    #[test]
    fn what_acts_is_spelled_out() {
        assert_eq!(quote("a\nb\u{1b}[31m'\\1"), r"$'a\nb\033[31m\'\\1'");
        assert_eq!(quote("\u{202e}1"), r"$'\342\200\2561'");
        assert_eq!(visible("a\n# b\u{1b}"), r"a\u{a}# b\u{1b}");
    }
}
