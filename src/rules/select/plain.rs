//! The paths that rules use most, read without a grammar.

use super::path::Step;

/// A path of names and wildcards, as nearly all are, which leaves nothing to misread. There are a thousand of them, and
/// a grammar for all of JSONPath takes its time.
pub(super) fn plain(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = text.strip_prefix('$')?;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("[*]").or_else(|| rest.strip_prefix(".*")) {
            steps.push(Step::Each);
            rest = after;
            continue;
        }
        let name = rest.strip_prefix('.')?;
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (name, after) = name.split_at(end);
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let starts_well = !name.starts_with(|c: char| c.is_ascii_digit());
        if name.is_empty() || !starts_well || !name.bytes().all(is_word) {
            return None;
        }
        steps.push(Step::Key(name.into()));
        rest = after;
    }
    Some(steps)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::plain;
    use crate::rules::select::path::Path;

    #[test]
    fn a_plain_path_is_read_as_the_whole_grammar_reads_it() {
        for text in [
            "$",
            "$.a",
            "$.resource.data.acl[*].entity",
            "$.a_1.*._b[*][*].true",
            "$.null.*",
        ] {
            let steps = plain(text).unwrap();
            let (path, wanted) = (Path::parse(text).unwrap(), Path::parse_any(text).unwrap());
            assert_eq!(path.prefix, wanted.prefix, "{text}");
            assert_eq!(path.steps.unwrap().steps, steps, "{text}");
            assert_eq!(wanted.steps.unwrap().steps, steps, "{text}");
        }
        for text in [
            "",
            "a",
            "$.",
            "$..a",
            "$.a.",
            "$.1",
            "$.a b",
            "$ .a",
            "$.a[0]",
            "$.a['b']",
            "$.a[?@.b]",
            "$.a-b",
            "$.é",
            "$[*",
            "$.a]",
        ] {
            assert_eq!(plain(text), None, "{text}");
        }
    }
}
