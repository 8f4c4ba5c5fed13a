//! `judge` against an evaluator that tries requests one by one, and against text that means nothing.

#![allow(clippy::unwrap_used)]

use super::judge;
use crate::model::Truth;
use jiff::Timestamp;
use proptest::prelude::*;

/// A condition that can be written down and evaluated.
#[derive(Debug, Clone)]
enum Term {
    Literal(bool),
    /// `request.time OP year`, by index of the operator.
    Time(usize, i16),
    Year(usize, i16, bool),
    Hour(usize, i8),
    Kind(&'static str),
    Name(&'static str, &'static str),
    Level,
    Not(Box<Term>),
    And(Box<Term>, Box<Term>),
    Or(Box<Term>, Box<Term>),
    If(Box<Term>, Box<Term>, Box<Term>),
}

const OPERATORS: [&str; 6] = ["<", "<=", ">", ">=", "==", "!="];
const NOW: &str = "2026-06-01T00:00:00Z";

struct Request {
    time: Timestamp,
    year: i16,
    hour: i8,
    kind: &'static str,
    name: &'static str,
    level: bool,
}

fn compare<T: Ord>(left: &T, operator: usize, right: &T) -> bool {
    match OPERATORS[operator] {
        "<" => left < right,
        "<=" => left <= right,
        ">" => left > right,
        ">=" => left >= right,
        "==" => left == right,
        _ => left != right,
    }
}

fn new_year(year: i16) -> Timestamp {
    format!("{year}-01-01T00:00:00Z").parse().unwrap()
}

impl Term {
    fn write(&self) -> String {
        match self {
            Term::Literal(value) => value.to_string(),
            Term::Time(op, year) => format!(
                "request.time {} timestamp('{}')",
                OPERATORS[*op],
                new_year(*year)
            ),
            Term::Year(op, year, true) => {
                format!("{year} {} request.time.getFullYear()", OPERATORS[*op])
            }
            Term::Year(op, year, false) => {
                format!("request.time.getFullYear('UTC') {} {year}", OPERATORS[*op])
            }
            Term::Hour(op, hour) => format!(
                "request.time.getHours('Asia/Tokyo') {} {hour}",
                OPERATORS[*op]
            ),
            Term::Kind(kind) => format!("resource.type == '{kind}'"),
            Term::Name("is", text) => format!("resource.name in ['{text}', 'other']"),
            Term::Name(method, text) => format!("resource.name.{method}('{text}')"),
            Term::Level => "'l' in request.auth.access_levels".to_owned(),
            Term::Not(a) => format!("!({})", a.write()),
            Term::And(a, b) => format!("({} && {})", a.write(), b.write()),
            Term::Or(a, b) => format!("({} || {})", a.write(), b.write()),
            Term::If(a, b, c) => format!("({} ? {} : {})", a.write(), b.write(), c.write()),
        }
    }

    fn holds(&self, request: &Request) -> bool {
        match self {
            Term::Literal(value) => *value,
            Term::Time(op, limit) => compare(&request.time, *op, &new_year(*limit)),
            Term::Year(op, limit, true) => compare(limit, *op, &request.year),
            Term::Year(op, limit, false) => compare(&request.year, *op, limit),
            Term::Hour(op, hour) => compare(&request.hour, *op, hour),
            Term::Kind(kind) => request.kind == *kind,
            Term::Name("is", text) => request.name == *text || request.name == "other",
            Term::Name("startsWith", text) => request.name.starts_with(text),
            Term::Name(_, text) => request.name.ends_with(text),
            Term::Level => request.level,
            Term::Not(a) => !a.holds(request),
            Term::And(a, b) => a.holds(request) && b.holds(request),
            Term::Or(a, b) => a.holds(request) || b.holds(request),
            Term::If(a, b, c) => {
                if a.holds(request) {
                    b.holds(request)
                } else {
                    c.holds(request)
                }
            }
        }
    }
}

fn term() -> impl Strategy<Value = Term> {
    let leaf = prop_oneof![
        1 => any::<bool>().prop_map(Term::Literal),
        4 => (0..6_usize, 2024..2029_i16).prop_map(|(op, year)| Term::Time(op, year)),
        2 => (0..6_usize, 2024..2029_i16, any::<bool>()).prop_map(|(op, y, left)| Term::Year(op, y, left)),
        2 => (0..6_usize, prop::sample::select(vec![-1_i8, 0, 9, 23, 24])).prop_map(|(op, hour)| Term::Hour(op, hour)),
        2 => prop::sample::select(vec!["a/B", "a/C"]).prop_map(Term::Kind),
        4 => (prop::sample::select(vec!["is", "startsWith", "endsWith"]), prop::sample::select(vec!["a", "ab", "b", ""]))
            .prop_map(|(method, text)| Term::Name(method, text)),
        1 => Just(Term::Level),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let part = || inner.clone().prop_map(Box::new);
        prop_oneof![
            part().prop_map(Term::Not),
            (part(), part()).prop_map(|(a, b)| Term::And(a, b)),
            (part(), part()).prop_map(|(a, b)| Term::Or(a, b)),
            (part(), part(), part()).prop_map(|(a, b, c)| Term::If(a, b, c)),
        ]
    })
}

/// Enough requests to tell any two terms apart: every side of every limit, every class of names.
fn requests() -> Vec<Request> {
    let mut times: Vec<Timestamp> = vec![NOW.parse().unwrap()];
    for year in 2023..2031 {
        let start = new_year(year);
        let nano = jiff::SignedDuration::from_nanos(1);
        times.extend([
            start,
            start.checked_sub(nano).unwrap(),
            start.checked_add(nano).unwrap(),
        ]);
    }
    // Every start with every end, kept apart by an x, and the literals themselves.
    let names = [
        "", "a", "ab", "b", "other", "x", "xa", "xab", "xb", "ax", "axa", "axab", "axb", "abx",
        "abxa", "abxab", "abxb", "bx", "bxa", "bxab", "bxb",
    ];
    let mut all = Vec::new();
    for &time in &times {
        let year = time.to_zoned(jiff::tz::TimeZone::UTC).year();
        for kind in ["a/B", "a/C", "a/D"] {
            for name in names {
                for level in [true, false] {
                    all.extend([0, 8, 9, 10, 22, 23].map(|hour| Request {
                        time,
                        year,
                        hour,
                        kind,
                        name,
                        level,
                    }));
                }
            }
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is documented is decided, and decided as trying every kind of request decides.
    #[test]
    fn verdicts_agree_with_trying_every_request(term in term()) {
        thread_local!(static REQUESTS: Vec<Request> = requests());
        let now: Timestamp = NOW.parse().unwrap();
        let text = term.write();
        let verdict = judge(&text, now);
        let (mut ever, mut yet, mut always, mut last) = (false, false, true, None);
        REQUESTS.with(|requests| for request in requests {
            let holds = term.holds(request);
            ever |= holds;
            yet |= holds && request.time >= now;
            always &= holds || request.time < now;
            last = last.max(holds.then_some(request.time));
        });
        prop_assert_eq!(verdict.invalid.truth, Truth::No, "{}", text);
        prop_assert_eq!(verdict.never_true.truth, Truth::from(!ever), "{}", text);
        prop_assert_eq!(verdict.expired.truth, Truth::from(ever && !yet), "{}", text);
        prop_assert_eq!(verdict.always_true.truth, Truth::from(always), "{}", text);
        let bounded = last.filter(|last| *last < new_year(2030));
        if ever {
            // `expires` names the limit, so the last moment is that or the nanosecond before.
            let slack = jiff::SignedDuration::from_nanos(1);
            let near = |a: Timestamp, b: Timestamp| a.duration_since(b).abs() <= slack;
            prop_assert_eq!(verdict.expires.is_some(), bounded.is_some(), "{}", text);
            prop_assert!(verdict.expires.zip(bounded).is_none_or(|(a, b)| near(a, b)), "{} {:?} {:?}", text, verdict.expires, bounded);
        }
    }

    /// Fragments of the language in any order never panic.
    #[test]
    fn fragments_in_any_order_get_an_answer(parts in prop::collection::vec(prop::sample::select(vec![
        "request.time", "resource.name", " < ", " == ", " in ", " && ", " || ", "!", "(", ")", "[", "]", "{", "}", ".",
        "startsWith", "timestamp('2024-01-01T00:00:00Z')", "duration(\"1s\")", "'a'", "\"", "'", "r'", "b\"x\"", "\"\"\"",
        "\\", "\\n", "\n", "//", "?", ":", ",", "true", "null", "1", "1u", "0x", "1e9", "-", "+", "é", "\u{0}", "`", "$", " ",
        "has(", ".exists(x, ", "all", "in", "if", "9223372036854775808",
    ]), 0..24)) {
        judge(&parts.concat(), Timestamp::UNIX_EPOCH);
    }

    /// Nor does anything else.
    #[test]
    fn any_text_gets_an_answer(text in "\\PC{0,60}") {
        judge(&text, Timestamp::UNIX_EPOCH);
    }
}

proptest! {
    /// Both parsers of the library build the same tree: verdicts must not depend on which of them read it.
    #[test]
    fn the_quick_parser_builds_the_tree_of_the_reference(term in term()) {
        let text = term.write();
        let shape = |tree: &cel::common::ast::IdedExpr| {
            let numbered = regex::Regex::new(r"id: \d+").unwrap();
            numbered.replace_all(&format!("{tree:?}"), "").into_owned()
        };
        let quick = cel::parser::PrattParser::new().parse(&text).unwrap();
        let reference = cel::parser::Parser::new().parse(&text).unwrap();
        prop_assert_eq!(shape(&quick), shape(&reference));
    }
}
