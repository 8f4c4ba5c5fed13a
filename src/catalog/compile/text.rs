//! The line format of the data files: blocks of words, braces and stars.
//!
//! A line that starts in the first column opens a block, indented lines belong to it, and `#` at the start
//! of a line or after a blank begins a comment. `{a,b}c` stands for `ac` and `bc`, `*` for any run of characters.

/// A line that starts in the first column, and the indented lines below it.
#[derive(Debug)]
pub(super) struct Block<'t> {
    pub(super) line: usize,
    pub(super) head: Vec<&'t str>,
    pub(super) body: Vec<Line<'t>>,
}

/// The words of one line.
#[derive(Debug, Clone)]
pub(super) struct Line<'t> {
    pub(super) number: usize,
    pub(super) words: Vec<&'t str>,
}

/// Splits a file into blocks. Indented lines before the first block are an error.
pub(super) fn blocks(text: &str) -> Result<Vec<Block<'_>>, usize> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let words: Vec<&str> = line
            .split_ascii_whitespace()
            .take_while(|word| !word.starts_with('#'))
            .collect();
        if words.is_empty() {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            let block = blocks.last_mut().ok_or(number)?;
            block.body.push(Line { number, words });
        } else {
            blocks.push(Block {
                line: number,
                head: words,
                body: Vec::new(),
            });
        }
    }
    Ok(blocks)
}

/// All the words that a word with braces stands for, in the order of writing. Braces do not nest.
pub(super) fn expand(word: &str) -> Vec<String> {
    let mut done = vec![String::new()];
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((choices, after)) = after.split_once('}') else {
            break;
        };
        done = done
            .iter()
            .flat_map(|start| {
                choices
                    .split(',')
                    .map(move |choice| format!("{start}{before}{choice}"))
            })
            .collect();
        rest = after;
    }
    for word in &mut done {
        word.push_str(rest);
    }
    done
}

/// Whether a pattern with stars matches the whole text.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(start) else {
        return false;
    };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        let Some(at) = text.find(part) else {
            return false;
        };
        text = &text[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{blocks, expand, matches};

    #[test]
    fn indented_lines_belong_to_the_line_above() {
        let blocks = blocks("# a\nrole x # b\n  one two\n\n  three\nrole y\n").unwrap();
        assert_eq!(blocks.len(), 2);
        assert_eq!(blocks[0].head, ["role", "x"]);
        assert_eq!(blocks[0].body[1].words, ["three"]);
        assert_eq!(blocks[1].line, 6);
        assert_eq!(super::blocks(" lost\n").unwrap_err(), 1);
    }

    #[test]
    fn braces_multiply() {
        assert_eq!(
            expand("a.{b,c}{D,E}f"),
            ["a.bDf", "a.bEf", "a.cDf", "a.cEf"]
        );
        assert_eq!(expand("i.{,x/}y"), ["i.y", "i.x/y"]);
        assert_eq!(expand("plain"), ["plain"]);
        assert_eq!(expand("open{a,b"), ["open{a,b"]);
    }

    #[test]
    fn stars_match_any_run() {
        assert!(matches("*", "x") && matches("a*", "abc") && matches("*c", "abc"));
        assert!(matches("*Policy*", "searchPolicyBindings") && matches("a*b*c", "aXbYc"));
        assert!(!matches("a*", "ba") && !matches("a*b*c", "acb") && !matches("ab", "abc"));
        assert!(!matches("ab*ba", "aba"));
    }
}
