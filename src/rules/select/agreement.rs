//! The compiled walk and jsonpath-rust select the same nodes: random documents, random expressions.
#![allow(clippy::unwrap_used)]

use super::path::Path;
use super::probe::Probes;
use super::query;
use super::walk::{Found, Value, Walk};
use proptest::prelude::*;
use serde::de::DeserializeSeed;

/// Names that hit each other, and names that a path, a pointer or JSON must escape.
const NAMES: [&str; 10] = ["a", "b", "c", "a b", "0", "1", "x/y", "~1", "é", "it's"];

fn name() -> impl Strategy<Value = &'static str> {
    prop_oneof![12 => prop::sample::select(&NAMES[..2]), 2 => prop::sample::select(&NAMES[..])]
}

fn text() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "a", "b", "ab", "ba", "", "1", "A", "é", "a\nb", "\"", "null",
    ])
}

fn number() -> impl Strategy<Value = serde_json::Value> {
    prop_oneof![
        (-2_i64..4).prop_map(serde_json::Value::from),
        prop::sample::select(vec![0.0_f64, -0.0, 0.5, 1.0, 2.0, 1e3, 1e300, -1.5])
            .prop_map(serde_json::Value::from),
        prop::sample::select(vec![9_007_199_254_740_991_i64, -9_007_199_254_740_991])
            .prop_map(serde_json::Value::from),
    ]
}

fn scalar() -> impl Strategy<Value = serde_json::Value> {
    prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        number(),
        text().prop_map(serde_json::Value::from),
    ]
}

fn container(
    inner: impl Strategy<Value = serde_json::Value> + Clone,
) -> impl Strategy<Value = serde_json::Value> {
    let member = (name(), inner.clone()).prop_map(|(key, value)| (key.to_owned(), value));
    prop_oneof![
        prop::collection::vec(inner, 0..4).prop_map(serde_json::Value::from),
        prop::collection::vec(member, 0..5)
            .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
    ]
}

fn document() -> impl Strategy<Value = serde_json::Value> {
    let leaf = scalar().boxed();
    let low = prop_oneof![1 => leaf.clone(), 3 => container(leaf)].boxed();
    let middle = prop_oneof![1 => low.clone(), 4 => container(low)].boxed();
    let high = container(middle);
    prop_oneof![1 => scalar().boxed(), 30 => container(high.boxed()).boxed()]
}

/// A string as a path spells it, in either kind of quotes.
fn quoted(text: &str, double: bool) -> String {
    let quote = if double { '"' } else { '\'' };
    let mut literal = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => literal.push_str("\\n"),
            c if c == quote || c == '\\' => literal.extend(['\\', c]),
            c => literal.push(c),
        }
    }
    literal.push(quote);
    literal
}

fn singular_segment() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => name().prop_map(|name| match name.chars().all(char::is_alphabetic) {
            true => format!(".{name}"),
            false => format!("[{}]", quoted(name, false)),
        }),
        2 => (name(), any::<bool>()).prop_map(|(name, double)| format!("[{}]", quoted(name, double))),
        3 => (0_usize..3).prop_map(|index| format!("[{index}]")),
    ]
}

fn segment() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => singular_segment(),
        1 => prop::sample::select(vec!["[*]".to_owned(), ".*".to_owned()]),
    ]
}

fn relative() -> impl Strategy<Value = String> {
    let near = prop::sample::select(vec!["@", "@.a"]).prop_map(str::to_owned);
    let far = prop::collection::vec(singular_segment(), 0..3)
        .prop_map(|segments| format!("@{}", segments.concat()));
    prop_oneof![3 => near, 1 => far]
}

fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        (-2_i64..4).prop_map(|value| value.to_string()),
        prop::sample::select(vec!["0.5", "1.0", "1e3", "-1.5", "9007199254740991"])
            .prop_map(str::to_owned),
        (text(), any::<bool>()).prop_map(|(text, double)| quoted(text, double)),
    ]
}

fn comparison() -> impl Strategy<Value = String> {
    let operator = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    (
        relative(),
        operator,
        literal(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(path, operator, literal, mirrored, spaced)| {
            let space = if spaced { " " } else { "" };
            if mirrored {
                format!("{literal}{space}{operator}{space}{path}")
            } else {
                format!("{path}{space}{operator}{space}{literal}")
            }
        })
}

fn function() -> impl Strategy<Value = String> {
    let pattern = prop::sample::select(vec!["a", "^a", "b$", "a|b", "[ab]+", ".", "é", "1?"]);
    let name = prop::sample::select(vec!["search", "match"]);
    (name, relative(), pattern)
        .prop_map(|(name, path, pattern)| format!("{name}({path}, '{pattern}')"))
}

fn predicate() -> impl Strategy<Value = String> {
    let negated = |inner: String, not: bool| if not { format!("!{inner}") } else { inner };
    let atom = prop_oneof![
        4 => comparison(),
        2 => (relative(), any::<bool>()).prop_map(move |(path, not)| negated(path, not)),
        2 => (function(), any::<bool>()).prop_map(move |(call, not)| negated(call, not)),
    ];
    atom.prop_recursive(3, 8, 2, move |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} && {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} || {b}")),
            (inner, any::<bool>()).prop_map(move |(a, not)| negated(format!("({a})"), not)),
        ]
    })
}

fn expression() -> impl Strategy<Value = String> {
    let steps = prop::collection::vec(segment(), 0..4);
    let filter = prop::option::weighted(0.6, predicate());
    (steps, filter).prop_map(|(steps, filter)| {
        let filter = filter.map_or_else(String::new, |filter| format!("[?{filter}]"));
        format!("${}{filter}", steps.concat())
    })
}

/// A list whose elements are what near paths of a filter look at.
fn candidates() -> impl Strategy<Value = serde_json::Value> {
    let of_a = scalar().prop_map(|value| serde_json::json!({ "a": value }));
    let element = prop_oneof![3 => scalar(), 3 => of_a, 1 => container(scalar().boxed())];
    prop::collection::vec(element, 1..8).prop_map(serde_json::Value::from)
}

/// Where an expression's nodes go.
enum Place {
    Slot(usize, String),
    List(usize),
}

type Nodes<'v> = Vec<(String, Value<'v>)>;

/// What the walk finds for every expression, all of them in one trie.
fn walked<'d>(expressions: &[String], document: &'d str) -> Vec<Nodes<'d>> {
    let mut probes = Probes::default();
    let places: Vec<Place> = expressions
        .iter()
        .map(|text| {
            let path = Path::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
            let steps = path
                .steps
                .as_ref()
                .unwrap_or_else(|| panic!("{text} does not compile"));
            if path.is_singular() {
                Place::Slot(probes.slot(&steps.steps), path.prefix.clone())
            } else {
                Place::List(probes.list(steps))
            }
        })
        .collect();
    let mut found = Found::default();
    found.reset(&probes, document);
    if let Some(walk) = Walk::below(&probes, &[], &mut found) {
        let mut deserializer = sonic_rs::Deserializer::from_str(document);
        walk.deserialize(&mut deserializer).unwrap();
    }
    let nodes = places.iter().map(|place| match place {
        Place::Slot(slot, pointer) => match &found.slots[*slot].value {
            Value::Absent => Vec::new(),
            value => vec![(pointer.clone(), value.clone())],
        },
        Place::List(list) => {
            let nodes = found.lists[*list].iter();
            nodes
                .map(|node| (node.pointer.clone(), node.captured.value.clone()))
                .collect()
        }
    });
    nodes.map(sorted).collect()
}

/// RFC 9535 leaves the order of an object's members open.
fn sorted(mut nodes: Nodes<'_>) -> Nodes<'_> {
    nodes.sort_by(|a, b| a.0.cmp(&b.0));
    nodes
}

fn queried<'d>(text: &str, document: &'d serde_json::Value) -> Nodes<'d> {
    let nodes = query(text, document).unwrap_or_else(|error| panic!("{text}: {error}"));
    sorted(
        nodes
            .into_iter()
            .map(|node| (node.pointer, node.captured.value))
            .collect(),
    )
}

fn agree(expressions: &[String], document: &serde_json::Value) -> Result<(), TestCaseError> {
    let text = document.to_string();
    for (expression, walked) in expressions.iter().zip(walked(expressions, &text)) {
        let queried = queried(expression, document);
        prop_assert_eq!(
            walked,
            queried,
            "{} over {} (with {:?})",
            expression,
            text,
            expressions
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn the_walk_agrees_with_jsonpath_rust(
        document in document(),
        expressions in prop::collection::vec(expression(), 1..6),
    ) {
        agree(&expressions, &document)?;
    }

    #[test]
    fn filters_agree_with_jsonpath_rust(
        document in candidates(),
        predicates in prop::collection::vec(predicate(), 1..4),
    ) {
        let expressions: Vec<String> = predicates.iter().map(|test| format!("$[?{test}]")).collect();
        agree(&expressions, &document)?;
    }
}
