//! Judges conditions of allow and deny policies: expired, always true, never true, not an expression.
//!
//! The language is a small part of the Common Expression Language; attributes and functions are those of
//! Google's "Attribute reference for IAM Conditions". What is neither is never assumed to be anything.
//!
//! A condition is taken for every request that has the attributes it names. Where a resource lacks one, the
//! part that names it never grants, so "always true" means: true wherever it applies at all.

mod formula;
mod moment;
mod names;
mod parse;
#[cfg(test)]
mod properties;
mod search;
mod spans;
mod syntax;
#[cfg(test)]
mod tests;

use crate::model::Truth;
use cel::common::ast::{Expr, LiteralValue};
use jiff::Timestamp;
use parse::Refusal;
use search::{Conflict, Wanted};
use spans::Spans;
use std::collections::BTreeSet;

/// Google refuses a condition with more of `&&`, `||` and `!` ("Quotas and limits" of the IAM documentation, 2026-05).
pub const MAX_LOGICAL_OPERATORS: usize = 12;

/// One answer about a condition, with a sentence that says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The answer.
    pub truth: Truth,
    /// Why, as a clause without a full stop. Quotes parts of the condition, shortened.
    pub reason: String,
}

/// What can be said about a condition without knowing the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// It is not an expression of the language. Unknown if it is too large to be read safely.
    pub invalid: Answer,
    /// It can hold no more: it is false from `now` on, but not because it is `never_true`.
    pub expired: Answer,
    /// It restricts nothing: it is true from `now` on.
    pub always_true: Answer,
    /// It never held and never will, for another reason than time gone by.
    pub never_true: Answer,
    /// From this moment on it cannot hold, or for `<=` just after it. None if nothing bounds it, or nothing is known.
    pub expires: Option<Timestamp>,
    /// The attributes and attribute functions it names, sorted: `request.time`, `resource.matchTag`,
    /// and for `api.getAttribute` the name it asks for, such as `iam.googleapis.com/modifiedGrantsByRole`.
    pub mentions: Vec<String>,
    /// Texts that it compares `resource.name` with and that mean a bucket, but not in the one form that
    /// can match, `projects/_/buckets/BUCKET`. In order of appearance.
    pub misspelled_buckets: Vec<String>,
    /// Texts that it takes for the start of `resource.name` and that end within the name of something, so that the
    /// names of its siblings begin with them, too. In order of appearance.
    pub open_prefixes: Vec<String>,
    /// How many `&&`, `||` and `!` it has; 0 if it is not judged.
    pub logical_operators: usize,
}

/// Judges `expression` as of `now`.
///
/// Never fails and never panics: what is no expression is `invalid`, and what is too large is unknown.
pub fn judge(expression: &str, now: Timestamp) -> Verdict {
    judge_without(expression, now, &[])
}

/// The moment at which a condition ends that says nothing but `request.time < timestamp("…")`.
pub fn plain_end(expression: &str) -> Option<Timestamp> {
    let rest = expression.trim().strip_prefix("request.time")?.trim_start();
    let rest = rest.strip_prefix('<')?.trim_start();
    let rest = rest.strip_prefix("timestamp(")?.strip_suffix(')')?.trim();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    rest.strip_prefix(quote)?.strip_suffix(quote)?.parse().ok()
}

/// Judges `expression` as of `now` where no request has the attributes named in `lacking`: what asks for one of them
/// never grants.
pub fn judge_without(expression: &str, now: Timestamp, lacking: &[&str]) -> Verdict {
    let tree = match parse::parse(expression) {
        Ok(tree) => tree,
        Err(Refusal::Invalid(reason)) => return unjudged(Truth::Yes, &reason),
        Err(Refusal::TooLarge(reason)) => return unjudged(Truth::Unknown, &reason),
    };
    if let Some(what) = not_boolean(&tree) {
        return unjudged(
            Truth::Yes,
            &format!("the expression is {what}, not true or false"),
        );
    }
    let mut mentions = BTreeSet::new();
    syntax::mentions(&tree, &mut mentions);
    let formula = match moment::broken_timestamp(&tree) {
        Some(why) => formula::Formula::Broken(why).into(),
        None => formula::formula(&tree),
    };
    let formula = match lacking {
        [] => formula,
        _ => formula::without(&formula, lacking),
    };
    let mut verdict = decide(&formula, now);
    verdict.logical_operators = syntax::logical_operators(&tree);
    verdict.mentions = mentions.into_iter().collect();
    names::misspelled_buckets(&tree, &mut verdict.misspelled_buckets);
    names::open_prefixes(&tree, &mut verdict.open_prefixes);
    verdict
}

fn answer(truth: Truth, reason: impl Into<String>) -> Answer {
    Answer {
        truth,
        reason: reason.into(),
    }
}

fn unjudged(invalid: Truth, reason: &str) -> Verdict {
    let unknown = || answer(Truth::Unknown, reason);
    Verdict {
        invalid: answer(invalid, reason),
        expired: unknown(),
        always_true: unknown(),
        never_true: unknown(),
        expires: None,
        mentions: Vec::new(),
        misspelled_buckets: Vec::new(),
        open_prefixes: Vec::new(),
        logical_operators: 0,
    }
}

fn not_boolean(tree: &Expr) -> Option<&'static str> {
    match tree {
        Expr::Literal(LiteralValue::Boolean(_)) => None,
        Expr::Literal(LiteralValue::String(_)) => Some("a text"),
        Expr::Literal(_) => Some("a plain value"),
        Expr::List(_) => Some("a list"),
        Expr::Map(_) | Expr::Struct(_) => Some("a map"),
        _ => None,
    }
}

fn decide(formula: &formula::Formula, now: Timestamp) -> Verdict {
    let holds = search::ask(formula, Wanted::Is(true));
    let fails = search::ask(formula, Wanted::Not(true));
    let future = Spans::range(now.as_nanosecond(), Spans::MAX);

    let open =
        "it depends on attributes or functions that are not documented, or on too many cases";
    let never_true = match (holds.may.is_empty(), holds.can.is_empty()) {
        (true, _) => answer(Truth::Yes, why_never(holds.conflict.as_ref())),
        (false, false) => answer(Truth::No, "some requests satisfy it"),
        (false, true) => answer(Truth::Unknown, open),
    };
    let ends = holds.may.last().and_then(end_of);
    let expired = match never_true.truth {
        Truth::Yes => answer(Truth::No, "it could never hold at any time"),
        _ if holds.may.intersect(&future).is_empty() => answer(
            Truth::Yes,
            match ends {
                Some(end) => format!("it could hold until {end} at the latest"),
                None => "it could hold only in the past".to_owned(),
            },
        ),
        _ if !holds.can.intersect(&future).is_empty() => answer(Truth::No, "its time is not over"),
        _ => answer(Truth::Unknown, open),
    };
    let fails_may = fails.may.intersect(&future);
    let always_true = if fails_may.is_empty() {
        answer(Truth::Yes, why_always(&fails))
    } else if fails.can.intersect(&future).is_empty() {
        answer(Truth::Unknown, open)
    } else {
        answer(Truth::No, "some requests do not satisfy it")
    };
    Verdict {
        invalid: answer(Truth::No, "it is an expression"),
        expired,
        always_true,
        never_true,
        expires: ends,
        mentions: Vec::new(),
        misspelled_buckets: Vec::new(),
        open_prefixes: Vec::new(),
        logical_operators: 0,
    }
}

/// The moment that ends a time whose last nanosecond is `last`: the next one if that is a whole second, as
/// after `<`, else itself. None if it lies beyond the calendar.
fn end_of(last: i128) -> Option<Timestamp> {
    let next = last.saturating_add(1);
    let end = if next % 1_000_000_000 == 0 {
        next
    } else {
        last
    };
    Timestamp::from_nanosecond(end).ok()
}

fn why_never(conflict: Option<&Conflict>) -> String {
    match conflict {
        Some(Conflict::Fixed(why)) => why.clone(),
        Some(Conflict::Broken(why)) => format!("{why}, so evaluating it always fails"),
        Some(Conflict::Pair(one, other)) => format!("`{one}` and `{other}` exclude each other"),
        Some(Conflict::Window) => "no moment satisfies all its limits on time".to_owned(),
        None => "its parts contradict each other".to_owned(),
    }
}

fn why_always(fails: &search::Answer) -> String {
    if let Some(last) = fails.may.last() {
        return match end_of(last) {
            Some(end) => format!("the only thing it waits for, {end}, has passed"),
            None => "the only thing it waits for has passed".to_owned(),
        };
    }
    match &fails.conflict {
        Some(Conflict::Fixed(why)) => why.clone(),
        _ => "its alternatives cover every case between them".to_owned(),
    }
}
