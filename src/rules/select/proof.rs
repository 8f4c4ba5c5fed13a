//! What jsonpath-rust accepts and RFC 9535 does not: refused, because it would match nothing in silence.

use super::path::PathError;
use jsonpath_rust::parser::model::{
    Comparable, Filter, FilterAtom, FnArg, Literal, Segment, Selector, Test, TestFunction,
};
use regex::Regex;

/// RFC 9535 has no place, outside a string, where white space separates two words. jsonpath-rust joins them
/// into one member name.
pub(super) fn check_words(text: &str) -> Result<(), PathError> {
    let mut quote = None;
    let mut escaped = false;
    let mut previous_word = false;
    let mut gap = false;
    for (offset, c) in text.char_indices() {
        if let Some(delimiter) = quote {
            if escaped {
                escaped = false;
            } else if c == '\\' {
                escaped = true;
            } else if c == delimiter {
                quote = None;
            }
            continue;
        }
        if c.is_whitespace() {
            gap = previous_word;
            continue;
        }
        let word = c.is_alphanumeric() || c == '_' || u32::from(c) >= 0x80;
        if word && gap {
            return Err(PathError {
                message: "two words without an operator between them; comparisons are ==, !=, <, <=, >, >=, \
                          and functions are length, count, match, search, value"
                    .to_owned(),
                offset,
            });
        }
        if c == '\'' || c == '"' {
            quote = Some(c);
        }
        previous_word = word;
        gap = false;
    }
    Ok(())
}

pub(super) fn check_query(segments: &[Segment], text: &str) -> Result<(), PathError> {
    for segment in segments {
        check_segment(segment, text)?;
    }
    Ok(())
}

fn check_segment(segment: &Segment, text: &str) -> Result<(), PathError> {
    match segment {
        Segment::Descendant(inner) => check_segment(inner, text),
        Segment::Selector(selector) => check_selector(selector, text),
        Segment::Selectors(selectors) => selectors.iter().try_for_each(|s| check_selector(s, text)),
    }
}

fn check_selector(selector: &Selector, text: &str) -> Result<(), PathError> {
    match selector {
        Selector::Filter(filter) => check_filter(filter, text),
        _ => Ok(()),
    }
}

fn check_filter(filter: &Filter, text: &str) -> Result<(), PathError> {
    match filter {
        Filter::Or(parts) | Filter::And(parts) => {
            parts.iter().try_for_each(|p| check_filter(p, text))
        }
        Filter::Atom(FilterAtom::Filter { expr, .. }) => check_filter(expr, text),
        Filter::Atom(FilterAtom::Test { expr, .. }) => check_test(expr, text),
        Filter::Atom(FilterAtom::Comparison(comparison)) => {
            let (left, right) = comparison.vals();
            check_comparable(left, text)?;
            check_comparable(right, text)
        }
    }
}

fn check_comparable(comparable: &Comparable, text: &str) -> Result<(), PathError> {
    match comparable {
        Comparable::Function(function) => check_function(function, text),
        Comparable::Literal(_) | Comparable::SingularQuery(_) => Ok(()),
    }
}

fn check_test(test: &Test, text: &str) -> Result<(), PathError> {
    match test {
        Test::RelQuery(segments) => check_query(segments, text),
        Test::AbsQuery(query) => check_query(&query.segments, text),
        Test::Function(function) => check_function(function, text),
    }
}

fn check_function(function: &TestFunction, text: &str) -> Result<(), PathError> {
    match function {
        TestFunction::Custom(name, _) => Err(PathError {
            message: format!(
                "`{name}` is no function of RFC 9535; use length, count, match, search or value"
            ),
            offset: text.find(name.as_str()).unwrap_or_default(),
        }),
        TestFunction::Search(subject, pattern) | TestFunction::Match(subject, pattern) => {
            check_argument(subject, text)?;
            match pattern {
                FnArg::Literal(Literal::String(pattern)) => match Regex::new(pattern) {
                    Ok(_) => Ok(()),
                    Err(error) => Err(PathError {
                        message: format!(
                            "the regular expression does not compile: {}",
                            last_line(&error)
                        ),
                        offset: text.find(pattern.as_str()).unwrap_or_default(),
                    }),
                },
                FnArg::Literal(_) => Err(PathError {
                    message: "the second argument of match and search must be a string".to_owned(),
                    offset: 0,
                }),
                other => check_argument(other, text),
            }
        }
        TestFunction::Length(argument) => check_argument(argument, text),
        TestFunction::Value(argument) | TestFunction::Count(argument) => {
            check_argument(argument, text)
        }
    }
}

fn check_argument(argument: &FnArg, text: &str) -> Result<(), PathError> {
    match argument {
        FnArg::Literal(_) => Ok(()),
        FnArg::Test(test) => check_test(test, text),
        FnArg::Filter(filter) => check_filter(filter, text),
    }
}

/// The last line of an error of the regex crate is the sentence; the rest is a drawing.
pub(crate) fn last_line(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines()
        .next_back()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .to_owned()
}
