//! A condition as a formula over atoms: facts about one request that can be reasoned about.

use super::moment::{self, Time};
use super::names;
use super::parse::clip;
use super::spans::Spans;
use super::syntax;
use cel::common::ast::{CallExpr, Expr, operators};
use std::rc::Rc;

/// The boolean structure of a condition.
#[derive(Debug)]
pub(super) enum Formula {
    /// Always this value; why, as a clause.
    Always(bool, String),
    /// Evaluating it always fails, so it is neither true nor false.
    Broken(String),
    Not(Rc<Formula>),
    All(Vec<Rc<Formula>>),
    Any(Vec<Rc<Formula>>),
    Atom(Atom),
}

/// A fact about one request.
#[derive(Debug)]
pub(super) struct Atom {
    /// The source text, for people.
    pub(super) text: String,
    /// Whether it asks for attributes of the request, all of them documented. Otherwise its evaluation may fail.
    pub(super) documented: bool,
    pub(super) fact: Fact,
}

#[derive(Debug)]
pub(super) enum Fact {
    /// About `request.time`. The moments at which it can be true, and at which it can be false: exactly
    /// complementary unless a time zone blurs them.
    Moment { yes: Spans, no: Spans },
    /// A whole number lies in a set.
    Number {
        subject: String,
        values: Spans,
        domain: Spans,
    },
    /// A text passes a test.
    Text { subject: String, test: Test },
    /// Anything else that is true or false; equal texts are equal in one request.
    Opaque(String),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Test {
    Is(String),
    Starts(String),
    Ends(String),
}

/// Translates a syntax tree that is expected to be boolean.
pub(super) fn formula(expr: &Expr) -> Rc<Formula> {
    Rc::new(match expr {
        Expr::Call(call) => return call_formula(expr, call),
        _ => match syntax::boolean(expr) {
            Some(value) => Formula::Always(value, format!("it says `{value}`")),
            None => opaque(expr),
        },
    })
}

/// The same where requests lack some attributes, so that evaluating what asks for them fails.
pub(super) fn without(formula: &Rc<Formula>, lacking: &[&str]) -> Rc<Formula> {
    let all = |parts: &[Rc<Formula>]| parts.iter().map(|part| without(part, lacking)).collect();
    match &**formula {
        Formula::Always(..) | Formula::Broken(_) => Rc::clone(formula),
        Formula::Not(inner) => Rc::new(Formula::Not(without(inner, lacking))),
        Formula::All(parts) => Rc::new(Formula::All(all(parts))),
        Formula::Any(parts) => Rc::new(Formula::Any(all(parts))),
        Formula::Atom(atom) => {
            let subject = match &atom.fact {
                Fact::Moment { .. } => return Rc::clone(formula),
                Fact::Number { subject, .. } | Fact::Text { subject, .. } => subject,
                Fact::Opaque(text) => text,
            };
            match lacking.iter().find(|name| subject.contains(**name)) {
                Some(name) => Rc::new(Formula::Broken(format!("`{name}` is not there"))),
                None => Rc::clone(formula),
            }
        }
    }
}

fn call_formula(expr: &Expr, call: &CallExpr) -> Rc<Formula> {
    let formula_of = |index: usize| formula(&call.args[index].expr);
    Rc::new(
        match (call.func_name.as_str(), call.args.len(), &call.target) {
            (operators::LOGICAL_AND, 2, None) => Formula::All(vec![formula_of(0), formula_of(1)]),
            (operators::LOGICAL_OR, 2, None) => Formula::Any(vec![formula_of(0), formula_of(1)]),
            (operators::LOGICAL_NOT, 1, None) => Formula::Not(formula_of(0)),
            (operators::CONDITIONAL, 3, None) => {
                let test = formula_of(0);
                let otherwise = Rc::new(Formula::Not(Rc::clone(&test)));
                Formula::Any(vec![
                    Rc::new(Formula::All(vec![test, formula_of(1)])),
                    Rc::new(Formula::All(vec![otherwise, formula_of(2)])),
                ])
            }
            (operators::NOT_EQUALS, 2, None) => Formula::Not(comparison(
                expr,
                &call.args[0].expr,
                operators::EQUALS,
                &call.args[1].expr,
            )),
            (
                operator @ (operators::EQUALS
                | operators::LESS
                | operators::LESS_EQUALS
                | operators::GREATER
                | operators::GREATER_EQUALS),
                2,
                None,
            ) => return comparison(expr, &call.args[0].expr, operator, &call.args[1].expr),
            (operators::IN, 2, None) => {
                return membership(expr, &call.args[0].expr, &call.args[1].expr);
            }
            ("startsWith" | "endsWith", 1, Some(target)) => affix(expr, call, &target.expr),
            ("matchTag" | "matchTagId", 2, Some(_)) if syntax::named_function(expr).is_some() => {
                tag_value(expr, call)
            }
            _ => opaque(expr),
        },
    )
}

fn opaque(expr: &Expr) -> Formula {
    atom(expr, Fact::Opaque(syntax::text(expr)))
}

fn atom(expr: &Expr, fact: Fact) -> Formula {
    Formula::Atom(Atom {
        text: clip(&syntax::text(expr), 120),
        documented: syntax::varies(expr),
        fact,
    })
}

fn comparison(expr: &Expr, left: &Expr, operator: &str, right: &Expr) -> Rc<Formula> {
    if let Some(formula) = time_comparison(expr, left, operator, right) {
        return Rc::new(formula);
    }
    if is_literal(left) && !is_literal(right) {
        return one_sided(expr, right, moment::mirrored(operator), left);
    }
    if is_literal(right) && !is_literal(left) {
        return one_sided(expr, left, operator, right);
    }
    let same = syntax::text(left) == syntax::text(right);
    let reflexive = matches!(
        operator,
        operators::EQUALS | operators::LESS_EQUALS | operators::GREATER_EQUALS
    );
    let literals = match (syntax::number(left), syntax::number(right)) {
        (Some(left), Some(right)) => {
            moment::satisfying(operator, right).map(|numbers| numbers.contains(left))
        }
        _ => match (syntax::string(left), syntax::string(right)) {
            (Some(left), Some(right)) if operator == operators::EQUALS => Some(left == right),
            _ => None,
        },
    };
    Rc::new(match literals {
        Some(value) => Formula::Always(value, format!("`{}` is {value}", brief(expr))),
        None if same && reflexive && syntax::is_documented(left) => Formula::Always(
            true,
            format!("`{}` compares a value with itself", brief(expr)),
        ),
        None => opaque(expr),
    })
}

fn is_literal(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(_))
}

fn brief(expr: &Expr) -> String {
    clip(&syntax::text(expr), 120)
}

fn time_comparison(expr: &Expr, left: &Expr, operator: &str, right: &Expr) -> Option<Formula> {
    let (left, right) = (moment::time(left), moment::time(right));
    if let Some(Time::Broken(why)) = left {
        return Some(Formula::Broken(why));
    }
    let (left, right) = match (left?, right?) {
        (Time::Known(left), Time::Known(right)) => (left, right),
        (_, Time::Broken(why)) | (Time::Broken(why), _) => return Some(Formula::Broken(why)),
    };
    let yes = moment::compare(left, operator, right)?;
    if yes.is_empty() || yes == Spans::all() {
        let value = !yes.is_empty();
        return Some(Formula::Always(
            value,
            format!("`{}` is always {value}", brief(expr)),
        ));
    }
    let no = yes.complement();
    Some(atom(expr, Fact::Moment { yes, no }))
}

/// `value operator literal`.
fn one_sided(expr: &Expr, value: &Expr, operator: &str, literal: &Expr) -> Rc<Formula> {
    if operator == operators::EQUALS {
        if let Some(wanted) = syntax::boolean(literal) {
            let inner = formula(value);
            return if wanted {
                inner
            } else {
                Rc::new(Formula::Not(inner))
            };
        }
        if let Some(text) = syntax::string(literal) {
            return Rc::new(text_fact(expr, value, Test::Is(text.to_owned())));
        }
    }
    let limit = syntax::number(literal);
    Rc::new(
        match limit.and_then(|limit| moment::satisfying(operator, limit)) {
            Some(values) => number_fact(expr, value, values),
            None => opaque(expr),
        },
    )
}

fn number_fact(expr: &Expr, value: &Expr, values: Spans) -> Formula {
    let domain = domain(value);
    let inside = values.intersect(&domain);
    if inside.is_empty() || inside == domain {
        let truth = !inside.is_empty();
        let why = format!(
            "`{}` is {truth} for every value that it can have",
            brief(expr)
        );
        return Formula::Always(truth, why);
    }
    if let Some(in_utc) = asks_for_year(value) {
        let fact = Fact::Moment {
            yes: moment::years(&inside, in_utc),
            no: moment::years(&domain.intersect(&inside.complement()), in_utc),
        };
        return atom(expr, fact);
    }
    atom(
        expr,
        Fact::Number {
            subject: syntax::text(value),
            values: inside,
            domain,
        },
    )
}

/// Whether `expr` is the year of `request.time`, and if so, whether in UTC.
fn asks_for_year(expr: &Expr) -> Option<bool> {
    let Expr::Call(call) = expr else { return None };
    let target = call.target.as_ref()?;
    let of_request = syntax::path(&target.expr).as_deref() == Some("request.time");
    (call.func_name == "getFullYear" && of_request).then_some(match call.args.as_slice() {
        [] => true,
        [zone] => matches!(syntax::string(&zone.expr), Some("UTC" | "+00:00")),
        _ => false,
    })
}

/// The values that a documented number can have.
fn domain(expr: &Expr) -> Spans {
    if syntax::path(expr).as_deref() == Some("destination.port") {
        return Spans::range(0, 65_535);
    }
    let Expr::Call(call) = expr else {
        return Spans::all();
    };
    match call.func_name.as_str() {
        _ if call.target.is_none() => Spans::all(),
        "getHours" => Spans::range(0, 23),
        "getMinutes" | "getSeconds" => Spans::range(0, 59),
        "getMilliseconds" => Spans::range(0, 999),
        "getDayOfWeek" => Spans::range(0, 6),
        "getDate" => Spans::range(1, 31),
        "getDayOfMonth" => Spans::range(0, 30),
        "getDayOfYear" => Spans::range(0, 365),
        "getMonth" => Spans::range(0, 11),
        "getFullYear" => Spans::range(1, 9999),
        _ => Spans::all(),
    }
}

fn membership(expr: &Expr, value: &Expr, list: &Expr) -> Rc<Formula> {
    let Expr::List(list) = list else {
        return Rc::new(opaque(expr));
    };
    if list.elements.is_empty() {
        return Rc::new(Formula::Always(
            false,
            "nothing is in an empty list".to_owned(),
        ));
    }
    let each = |item: &cel::IdedExpr| comparison(expr, value, operators::EQUALS, &item.expr);
    Rc::new(Formula::Any(list.elements.iter().map(each).collect()))
}

fn affix(expr: &Expr, call: &CallExpr, target: &Expr) -> Formula {
    let Some(affix) = call.args.first().and_then(|a| syntax::string(&a.expr)) else {
        return opaque(expr);
    };
    let starts = call.func_name == "startsWith";
    if affix.is_empty() && syntax::is_documented(target) {
        let end = if starts { "starts" } else { "ends" };
        return Formula::Always(true, format!("every text {end} with the empty text"));
    }
    let test = if starts {
        Test::Starts(affix.to_owned())
    } else {
        Test::Ends(affix.to_owned())
    };
    match syntax::string(target) {
        Some(text) => Formula::Always(test.holds(text), format!("`{}` is constant", brief(expr))),
        None => text_fact(expr, target, test),
    }
}

fn text_fact(expr: &Expr, value: &Expr, test: Test) -> Formula {
    let subject = syntax::text(value);
    if subject == "resource.name"
        && let Test::Is(start) | Test::Starts(start) = &test
        && let Some(why) = names::never_starts_a_name(start)
    {
        return Formula::Always(false, why);
    }
    atom(expr, Fact::Text { subject, test })
}

/// A resource has at most one value for a tag key, so a tag behaves like a text.
fn tag_value(expr: &Expr, call: &CallExpr) -> Formula {
    let (key, value) = (&call.args[0].expr, &call.args[1].expr);
    match (syntax::string(key), syntax::string(value)) {
        (Some(key), Some(value)) => {
            let subject = format!("{}({key:?})", call.func_name);
            atom(
                expr,
                Fact::Text {
                    subject,
                    test: Test::Is(value.to_owned()),
                },
            )
        }
        _ => opaque(expr),
    }
}

impl Test {
    /// Whether `text` passes.
    pub(super) fn holds(&self, text: &str) -> bool {
        match self {
            Test::Is(is) => text == is,
            Test::Starts(start) => text.starts_with(start.as_str()),
            Test::Ends(end) => text.ends_with(end.as_str()),
        }
    }

    /// Whether every text that passes `self` passes `other`.
    pub(super) fn implies(&self, other: &Test) -> bool {
        match (self, other) {
            (Test::Is(is), other) => other.holds(is),
            (Test::Starts(long), Test::Starts(short)) => long.starts_with(short.as_str()),
            (Test::Ends(long), Test::Ends(short)) => long.ends_with(short.as_str()),
            _ => false,
        }
    }

    /// Whether no text passes both.
    pub(super) fn excludes(&self, other: &Test) -> bool {
        match (self, other) {
            (Test::Is(is), test) | (test, Test::Is(is)) => !test.holds(is),
            (Test::Starts(a), Test::Starts(b)) => {
                !a.starts_with(b.as_str()) && !b.starts_with(a.as_str())
            }
            (Test::Ends(a), Test::Ends(b)) => !a.ends_with(b.as_str()) && !b.ends_with(a.as_str()),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::access::condition::{judge, judge_without};
    use crate::model::Truth;
    use jiff::Timestamp;

    fn now() -> Timestamp {
        Timestamp::from_second(1_795_000_000).unwrap_or_default()
    }

    /// What a resource lacks never grants, whatever stands beside it in an `&&`; beside it in an `||` it does no harm.
    #[test]
    fn a_condition_on_what_is_lacking_never_holds() {
        let lacking = ["resource.name", "request.auth.access_levels"];
        let ask = |expression| judge_without(expression, now(), &lacking).never_true.truth;
        for expression in [
            "resource.name.startsWith('projects/_/buckets/a/')",
            "resource.name == 'a' && request.time < timestamp('2030-01-01T00:00:00Z')",
            "!resource.name.endsWith('a')",
            "resource.name.extract('b/{x}/') == 'y'",
            "'accessPolicies/1/accessLevels/x' in request.auth.access_levels",
        ] {
            assert_eq!(ask(expression), Truth::Yes, "{expression}");
            assert_ne!(
                judge(expression, now()).never_true.truth,
                Truth::Yes,
                "{expression}"
            );
        }
        for expression in [
            "resource.type != 'x' || resource.name == 'a'",
            "request.time < timestamp('2030-01-01T00:00:00Z')",
        ] {
            assert_eq!(ask(expression), Truth::No, "{expression}");
        }
    }

    #[test]
    fn logical_operators_are_counted() {
        let count = |expression| judge(expression, now()).logical_operators;
        assert_eq!(count("resource.name != 'a'"), 0);
        assert_eq!(
            count("!(resource.name == 'a' && resource.type == 'b') || false"),
            3
        );
    }
}
