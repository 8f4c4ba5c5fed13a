//! From the text of a condition to a syntax tree, within limits that keep hostile text harmless.

use crate::model::locate;
use cel::common::ast::Expr;
use cel::parser::{Parser, PrattParser};

/// Longer text is not judged. Google documents no limit for one expression, but a whole allow policy
/// that carries it has to stay within a few hundred kilobytes.
pub(super) const MAX_BYTES: usize = 16 * 1024;

/// Brackets nested deeper are not judged. Every `?` counts as a level, because what follows it nests.
const MAX_NESTING: usize = 24;

/// Nesting up to here is parsed on the caller's stack. A level takes up to 170 KiB of it (measured, unoptimised
/// build), because each passes through every rule of the grammar; threads commonly have 2 MiB.
const SHALLOW: usize = 5;

/// Stack for deeper ones: twice what [`MAX_NESTING`] levels and [`MAX_STRUCTURE`] operators take.
const DEEP_STACK: usize = 16 << 20;

/// More operators, dots and brackets are not judged: chains of them nest in the syntax tree, and the
/// parser and every walk over the tree are recursive. Google refuses more than 12 logical operators.
const MAX_STRUCTURE: usize = 320;

/// Why there is no syntax tree.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It is not an expression of the Common Expression Language.
    Invalid(String),
    /// It may be one, but it is beyond our limits.
    TooLarge(String),
}

/// Parses `expression`.
pub(super) fn parse(expression: &str) -> Result<Expr, Refusal> {
    if expression.trim().is_empty() {
        return Err(Refusal::Invalid("the expression is empty".to_owned()));
    }
    if measure(expression)? <= SHALLOW {
        return parse_here(expression);
    }
    let parsed = std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(DEEP_STACK);
        builder
            .spawn_scoped(scope, || parse_here(expression))
            .ok()?
            .join()
            .ok()
    });
    parsed.unwrap_or_else(|| {
        Err(Refusal::TooLarge(
            "there is not enough memory to read its nested brackets".to_owned(),
        ))
    })
}

fn parse_here(expression: &str) -> Result<Expr, Refusal> {
    // The quick parser decides what is an expression only where it agrees with the reference: it is some hundred
    // times faster, and an export can hold tens of thousands of distinct conditions.
    let quick = PrattParser::new().max_recursion_depth(MAX_NESTING as u16 + 8);
    if let Ok(tree) = quick.parse(expression) {
        return Ok(tree.expr);
    }
    let parser = Parser::new()
        .max_recursion_depth(MAX_NESTING as u16 + 8)
        .error_recovery_limit(4);
    match parser.parse(expression) {
        Ok(tree) => Ok(tree.expr),
        Err(errors) => Err(Refusal::Invalid(match errors.errors.first() {
            Some(error) if error.pos.0 > 0 => format!(
                "the expression does not parse, line {} column {}: {}",
                error.pos.0,
                error.pos.1.max(1),
                clip(&error.msg, 160)
            ),
            _ => "the expression does not parse".to_owned(),
        })),
    }
}

/// Counts what makes a tree deep, without building one, and refuses what no lexer of the language accepts.
///
/// Strings and comments do not count, so their ends must be found exactly as the parser finds them: whatever
/// could put the two out of step (an open string, an unknown escape, a stray character) is refused here.
/// Returns the nesting.
fn measure(expression: &str) -> Result<usize, Refusal> {
    if expression.len() > MAX_BYTES {
        return Err(Refusal::TooLarge(format!(
            "the expression is longer than {MAX_BYTES} bytes"
        )));
    }
    let bytes = expression.as_bytes();
    let (mut depth, mut choices, mut nesting) = (0_usize, 0_usize, 0_usize);
    let (mut structure, mut at) = (0_usize, 0_usize);
    while at < bytes.len() {
        let start = at;
        at += 1;
        match bytes[start] {
            b'"' | b'\'' => at = end_of_string(expression, start)?,
            b'/' if bytes.get(at) == Some(&b'/') => {
                at = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n);
            }
            b'(' | b'[' | b'{' => {
                depth += 1;
                structure += 1;
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'.' | b'+' | b'-' | b'*' | b'/' | b'%' | b'<' | b'>' | b'=' | b'!' | b'&' | b'|' => {
                structure += 1
            }
            b'?' => {
                choices += 1;
                structure += 1;
            }
            // The operator `in`, or a name with these letters: too many rather than too few.
            b'i' if bytes.get(at) == Some(&b'n') => structure += 1,
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b':' | b',' => {}
            b' ' | b'\t' | b'\r' | b'\n' | 0x0c => {}
            _ => return Err(unexpected(expression, start)),
        }
        nesting = nesting.max(depth + choices);
        if nesting > MAX_NESTING {
            return Err(Refusal::TooLarge(format!(
                "brackets nest deeper than {MAX_NESTING} levels"
            )));
        }
        if structure > MAX_STRUCTURE {
            return Err(Refusal::TooLarge(format!(
                "the expression has more than {MAX_STRUCTURE} operators"
            )));
        }
    }
    Ok(nesting)
}

/// The index after the string literal that opens at `start`.
fn end_of_string(text: &str, start: usize) -> Result<usize, Refusal> {
    let bytes = text.as_bytes();
    let quote = bytes[start];
    let word_start = bytes[..start]
        .iter()
        .rposition(|b| !b.is_ascii_alphanumeric() && *b != b'_')
        .map_or(0, |n| n + 1);
    let raw = match &bytes[word_start..start] {
        [b'r' | b'R'] | [b'b' | b'B', b'r' | b'R'] => true,
        // A name or number directly before a string is no expression, and where it ends would be unclear.
        [.., b'r' | b'R' | b'b' | b'B'] if start - word_start > 1 => {
            return Err(unexpected(text, start));
        }
        _ => false,
    };
    let long = bytes.get(start + 1) == Some(&quote) && bytes.get(start + 2) == Some(&quote);
    let mut at = start + if long { 3 } else { 1 };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if !raw => {
                at += escape_length(&bytes[at..]).ok_or_else(|| unexpected(text, at))?
            }
            b'\n' | b'\r' if !long => break,
            _ if byte == quote && !long => return Ok(at + 1),
            _ if byte == quote && bytes[at..].starts_with(&[quote; 3]) => return Ok(at + 3),
            _ => at += 1,
        }
    }
    let (line, column) = position(text, start);
    Err(Refusal::Invalid(format!(
        "the string that opens at line {line} column {column} is not closed"
    )))
}

/// How many bytes the escape sequence at the start of `bytes` takes, if the language has it.
fn escape_length(bytes: &[u8]) -> Option<usize> {
    let digits = |count: usize| {
        let digits = bytes.get(2..2 + count)?;
        digits
            .iter()
            .all(u8::is_ascii_hexdigit)
            .then_some(2 + count)
    };
    match bytes.get(1)? {
        b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'"' | b'\'' | b'\\' | b'?' | b'`' => {
            Some(2)
        }
        b'0'..=b'3' => {
            let octal = bytes.get(2..4)?;
            octal.iter().all(|b| matches!(b, b'0'..=b'7')).then_some(4)
        }
        b'x' | b'X' => digits(2),
        b'u' => digits(4),
        b'U' => digits(8),
        _ => None,
    }
}

fn unexpected(text: &str, at: usize) -> Refusal {
    let (line, column) = position(text, at);
    let character = text.get(at..).and_then(|rest| rest.chars().next());
    Refusal::Invalid(format!(
        "the expression does not parse, line {line} column {column}: unexpected {:?}",
        character.unwrap_or_default()
    ))
}

/// 1-based line and column, in characters.
fn position(text: &str, at: usize) -> (usize, usize) {
    let place = locate::line_column(text, at);
    (place.line as usize, place.column as usize)
}

/// At most `limit` characters of `text`, for sentences that quote the input.
pub(super) fn clip(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
