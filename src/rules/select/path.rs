//! JSONPath, strictly: what jsonpath-rust parses is checked to be what was meant, then compiled.
//!
//! jsonpath-rust 1.0 reads `?@.role in ['x']` as a member named `role in` and then matches nothing, and it
//! answers "no match" to an invalid regular expression. Both would turn a typo into silence, so both are
//! refused here. What rules use (children, wildcards, indices, and one filter at the end) becomes [`Steps`],
//! which the walk of [`super::walk`] serves; the rest stays a query for jsonpath-rust.

use super::plain::plain;
use super::proof::{check_query, check_words};
use jsonpath_rust::parser::model::{
    Comparable, Comparison, Filter, FilterAtom, FnArg, JpQuery, Literal, Segment, Selector,
    SingularQuery, SingularQuerySegment, Test, TestFunction,
};
use jsonpath_rust::parser::parse_json_path;
use regex::Regex;
use std::borrow::Borrow;

/// A path that was understood as a whole.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    /// The expression as written.
    pub(crate) text: String,
    /// The compiled form; `None` when only jsonpath-rust can serve it.
    pub(crate) steps: Option<Steps>,
    /// The names and indices before the first wildcard or filter, as a JSON pointer. What the dialect cannot
    /// carry is compared with it.
    pub(crate) prefix: String,
}

/// A path as the walk understands it: `each` says whether it can select more than one node.
#[derive(Debug, Clone)]
pub(crate) struct Steps {
    pub(crate) steps: Vec<Step>,
    pub(crate) filter: Option<Predicate>,
}

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// The member of this name.
    Key(Box<str>),
    /// The element of this index.
    Index(usize),
    /// Every member or element.
    Each,
}

/// A filter over one child, after RFC 9535: nothing that is absent equals a literal, and a missing
/// member is different from every literal.
#[derive(Debug, Clone)]
pub(crate) enum Predicate {
    All(Vec<Predicate>),
    Any(Vec<Predicate>),
    Not(Box<Predicate>),
    /// The relative path selects a node.
    Exists(Vec<Step>),
    Compare(Vec<Step>, Operator, Constant),
    /// `search`: somewhere in the string; `match` is compiled with anchors.
    Regex(Vec<Step>, Regex),
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A literal of a filter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Constant {
    Null,
    Bool(bool),
    Number(f64),
    String(Box<str>),
}

/// Why a path is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PathError {
    /// What is wrong, for people.
    pub(crate) message: String,
    /// Byte offset in the expression.
    pub(crate) offset: usize,
}

/// Longer expressions are refused before they reach a recursive parser.
const MAX_LENGTH: usize = 16 * 1024;

impl Path {
    /// Parses, proves and compiles `text`.
    ///
    /// # Errors
    /// When it is not RFC 9535, when jsonpath-rust would understand it differently, uses an extension,
    /// or holds a regular expression that does not compile.
    pub(crate) fn parse(text: &str) -> Result<Path, PathError> {
        if text.len() > MAX_LENGTH {
            return Err(PathError {
                message: format!("longer than {MAX_LENGTH} bytes"),
                offset: 0,
            });
        }
        if let Some(steps) = plain(text) {
            return Ok(Path {
                text: text.to_owned(),
                prefix: fixed_prefix(steps.iter().map(Some)),
                steps: Some(Steps {
                    steps,
                    filter: None,
                }),
            });
        }
        Path::parse_any(text)
    }

    /// By the whole grammar.
    pub(super) fn parse_any(text: &str) -> Result<Path, PathError> {
        check_words(text)?;
        let query = parse_json_path(text).map_err(|error| parse_error(&error.to_string()))?;
        check_query(&query.segments, text)?;
        Ok(Path {
            text: text.to_owned(),
            steps: compile(&query),
            prefix: fixed_prefix(query.segments.iter().map(step)),
        })
    }

    /// The compiled form, if the walk of an asset passes there.
    pub(crate) fn walked(&self) -> Option<&Steps> {
        self.steps.as_ref().filter(|steps| is_walked(&steps.steps))
    }

    /// Whether it selects at most one node.
    pub(crate) fn is_singular(&self) -> bool {
        self.steps
            .as_ref()
            .is_some_and(|s| s.filter.is_none() && !s.steps.contains(&Step::Each))
    }
}

/// jsonpath-rust (pest) prints ` --> 1:14`; only the column and the last line are for our users.
fn parse_error(text: &str) -> PathError {
    let offset = text
        .split_once("--> 1:")
        .and_then(|(_, rest)| {
            rest.split(|c: char| !c.is_ascii_digit())
                .next()?
                .parse::<usize>()
                .ok()
        })
        .map_or(0, |column| column.saturating_sub(1));
    let reason = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("= "))
        .next_back()
        .map_or_else(
            || {
                text.lines()
                    .next_back()
                    .unwrap_or_default()
                    .trim()
                    .to_owned()
            },
            str::to_owned,
        );
    PathError {
        message: format!("not a JSONPath of RFC 9535: {reason}"),
        offset,
    }
}

/// Whether the walk passes there: bindings are read by the judge of grants, and the asset as a whole by nobody.
fn is_walked(steps: &[Step]) -> bool {
    match steps {
        [Step::Key(first), Step::Key(second), ..] if **first == *"iamPolicy" => {
            !matches!(&**second, "bindings" | "version" | "auditConfigs")
        }
        [Step::Key(first), ..] => **first != *"iamPolicy",
        _ => false,
    }
}

fn compile(query: &JpQuery) -> Option<Steps> {
    let (last, front) = match query.segments.split_last() {
        None => {
            return Some(Steps {
                steps: Vec::new(),
                filter: None,
            });
        }
        Some(split) => split,
    };
    let mut steps = front.iter().map(step).collect::<Option<Vec<_>>>()?;
    if let Segment::Selector(Selector::Filter(filter)) = last {
        let filter = Some(predicate(filter)?);
        return Some(Steps { steps, filter });
    }
    steps.push(step(last)?);
    Some(Steps {
        steps,
        filter: None,
    })
}

fn step(segment: &Segment) -> Option<Step> {
    match segment {
        Segment::Selector(Selector::Name(name)) => Some(Step::Key(name.as_str().into())),
        Segment::Selector(Selector::Index(index)) => usize::try_from(*index).ok().map(Step::Index),
        Segment::Selector(Selector::Wildcard) => Some(Step::Each),
        _ => None,
    }
}

fn predicate(filter: &Filter) -> Option<Predicate> {
    match filter {
        Filter::Or(parts) => parts
            .iter()
            .map(predicate)
            .collect::<Option<_>>()
            .map(Predicate::Any),
        Filter::And(parts) => parts
            .iter()
            .map(predicate)
            .collect::<Option<_>>()
            .map(Predicate::All),
        Filter::Atom(FilterAtom::Filter { expr, not }) => negated(predicate(expr)?, *not),
        Filter::Atom(FilterAtom::Test { expr, not }) => negated(test(expr)?, *not),
        Filter::Atom(FilterAtom::Comparison(comparison)) => compare(comparison),
    }
}

fn negated(predicate: Predicate, not: bool) -> Option<Predicate> {
    Some(if not {
        Predicate::Not(Box::new(predicate))
    } else {
        predicate
    })
}

fn test(test: &Test) -> Option<Predicate> {
    match test {
        Test::RelQuery(segments) => {
            let steps = segments.iter().map(step).collect::<Option<Vec<_>>>()?;
            (!steps.contains(&Step::Each)).then_some(Predicate::Exists(steps))
        }
        Test::AbsQuery(_) => None,
        Test::Function(function) => match &**function {
            TestFunction::Search(
                FnArg::Test(subject),
                FnArg::Literal(Literal::String(pattern)),
            ) => Some(Predicate::Regex(
                relative(subject)?,
                Regex::new(pattern).ok()?,
            )),
            // RFC 9485: `match` means the whole string.
            TestFunction::Match(FnArg::Test(subject), FnArg::Literal(Literal::String(pattern))) => {
                Some(Predicate::Regex(
                    relative(subject)?,
                    Regex::new(&format!("^(?:{pattern})$")).ok()?,
                ))
            }
            _ => None,
        },
    }
}

fn relative(test: &Test) -> Option<Vec<Step>> {
    match test {
        Test::RelQuery(segments) => {
            let steps = segments.iter().map(step).collect::<Option<Vec<_>>>()?;
            (!steps.contains(&Step::Each)).then_some(steps)
        }
        _ => None,
    }
}

fn compare(comparison: &Comparison) -> Option<Predicate> {
    let (operator, left, right) = match comparison {
        Comparison::Eq(l, r) => (Operator::Equal, l, r),
        Comparison::Ne(l, r) => (Operator::NotEqual, l, r),
        Comparison::Gt(l, r) => (Operator::Greater, l, r),
        Comparison::Gte(l, r) => (Operator::GreaterOrEqual, l, r),
        Comparison::Lt(l, r) => (Operator::Less, l, r),
        Comparison::Lte(l, r) => (Operator::LessOrEqual, l, r),
    };
    match (left, right) {
        (Comparable::SingularQuery(SingularQuery::Current(path)), Comparable::Literal(literal)) => {
            Some(Predicate::Compare(
                singular(path)?,
                operator,
                constant(literal),
            ))
        }
        (Comparable::Literal(literal), Comparable::SingularQuery(SingularQuery::Current(path))) => {
            Some(Predicate::Compare(
                singular(path)?,
                operator.mirrored(),
                constant(literal),
            ))
        }
        _ => None,
    }
}

fn singular(path: &[SingularQuerySegment]) -> Option<Vec<Step>> {
    path.iter()
        .map(|segment| match segment {
            SingularQuerySegment::Name(name) => Some(Step::Key(name.as_str().into())),
            SingularQuerySegment::Index(index) => usize::try_from(*index).ok().map(Step::Index),
        })
        .collect()
}

#[allow(clippy::cast_precision_loss)] // jsonpath-rust refuses integers beyond 2^53
fn constant(literal: &Literal) -> Constant {
    match literal {
        Literal::Int(number) => Constant::Number(*number as f64),
        Literal::Float(number) => Constant::Number(*number),
        Literal::String(text) => Constant::String(text.as_str().into()),
        Literal::Bool(value) => Constant::Bool(*value),
        Literal::Null => Constant::Null,
    }
}

impl Operator {
    fn mirrored(self) -> Operator {
        match self {
            Operator::Equal | Operator::NotEqual => self,
            Operator::Less => Operator::Greater,
            Operator::LessOrEqual => Operator::GreaterOrEqual,
            Operator::Greater => Operator::Less,
            Operator::GreaterOrEqual => Operator::LessOrEqual,
        }
    }
}

/// The steps before the first that may lead to several nodes, or that is none of ours.
fn fixed_prefix<S: Borrow<Step>>(steps: impl Iterator<Item = Option<S>>) -> String {
    let mut pointer = String::new();
    for step in steps.map_while(|step| step) {
        match step.borrow() {
            Step::Key(name) => push_pointer(&mut pointer, name),
            Step::Index(index) => push_pointer(&mut pointer, &index.to_string()),
            Step::Each => break,
        }
    }
    pointer
}

/// Appends one reference token to a JSON pointer (RFC 6901 escapes).
pub(crate) fn push_pointer(pointer: &mut String, token: &str) {
    pointer.push('/');
    for c in token.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Path, Step};

    #[test]
    fn what_jsonpath_rust_would_misread_is_refused_with_its_place() {
        for (text, offset) in [
            ("$.bindings[?@.role in ['roles/owner']]", 19),
            ("$.bindings[?@.members anyOf ['x']]", 22),
            ("$.bindings[?@.role garbage 1]", 19),
        ] {
            assert_eq!(Path::parse(text).unwrap_err().offset, offset, "{text}");
        }
        assert!(
            Path::parse("$.a[?match(@.b, 'a(')]")
                .unwrap_err()
                .message
                .contains("does not compile")
        );
        assert!(
            Path::parse("$.a[?in(@.b, $.c)]")
                .unwrap_err()
                .message
                .contains("no function")
        );
        assert!(Path::parse("$.a[?@.b ==]").is_err());
        assert!(Path::parse("a.b").is_err());
    }

    #[test]
    fn what_rules_use_compiles() {
        let path =
            Path::parse("$.resource.data.acl[?@.entity == 'allUsers' || search(@.role, '^O')]")
                .unwrap();
        assert!(path.steps.unwrap().filter.is_some());
        assert_eq!(path.prefix, "/resource/data/acl");
        let path = Path::parse("$.a['b c'][0].*").unwrap();
        let steps = path.steps.unwrap().steps;
        assert_eq!(steps[1], Step::Key("b c".into()));
        assert_eq!(steps[2], Step::Index(0));
        assert_eq!(steps[3], Step::Each);
        assert!(Path::parse("$..a").unwrap().steps.is_none());
    }

    #[test]
    fn a_bomb_is_refused_not_followed() {
        assert!(Path::parse(&format!("$[?{}@.a{}]", "(".repeat(5000), ")".repeat(5000))).is_err());
        assert!(Path::parse(&"$.a".repeat(100_000)).is_err());
    }
}
