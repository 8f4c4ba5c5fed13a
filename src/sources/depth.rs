//! JSON that nests too deeply is refused before a recursive reader sees it.

/// The deepest nesting that is read. Google's own data stays below 40.
pub(super) const DEEPEST: usize = 128;

/// A text this short cannot nest deeply enough to exhaust the stack of a worker, so it is not looked through.
const SHORT: usize = 16 * 1024;

/// Whether `text` may be given to a recursive reader.
pub(super) fn is_bounded(text: &[u8]) -> bool {
    text.len() <= SHORT || depth(text) <= DEEPEST
}

/// The deepest nesting of brackets outside strings.
pub(super) fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(next_mark) {
        at += found;
        match text[at] {
            b'"' => match end_of_string(text, at + 1) {
                Some(end) => at = end,
                None => break,
            },
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            _ => depth = depth.saturating_sub(1),
        }
        at += 1;
    }
    deepest
}

fn next_mark(text: &[u8]) -> Option<usize> {
    text.iter()
        .position(|b| matches!(b, b'"' | b'[' | b'{' | b']' | b'}'))
}

fn end_of_string(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::depth;

    #[test]
    fn brackets_in_strings_do_not_nest() {
        assert_eq!(depth(br#"{"a":"[[[[\"[[","b":[{}]}"#), 3);
        assert_eq!(depth(b"[[[[\"unterminated"), 4);
        assert_eq!(depth(b"]]]["), 1);
    }
}
