//! The tests that a setting can be put to, three-valued: a value of the wrong type proves nothing.

use super::walk::Value;
use crate::model::Truth;
use crate::rules::file::{Expect, Scalar};
use jiff::{SignedDuration, Timestamp};
use regex::Regex;

/// A compiled [`Expect`].
#[derive(Debug, Clone)]
pub(crate) enum Test {
    In { values: Vec<Scalar>, wanted: bool },
    Present(bool),
    AtLeast(f64),
    AtMost(f64),
    Regex { regex: Regex, wanted: bool },
    Age { days: i64, older: bool },
}

impl Test {
    /// Compiles `expect`.
    ///
    /// # Errors
    /// A sentence about a regular expression or a duration that does not parse.
    pub(crate) fn compile(expect: &Expect) -> Result<Test, String> {
        let regex = |pattern: &str, wanted| match Regex::new(pattern) {
            Ok(regex) => Ok(Test::Regex { regex, wanted }),
            Err(error) => Err(format!(
                "the regular expression does not compile: {}",
                super::proof::last_line(&error)
            )),
        };
        Ok(match expect {
            Expect::Equal(value) => Test::In {
                values: vec![value.clone()],
                wanted: true,
            },
            Expect::NotEqual(value) => Test::In {
                values: vec![value.clone()],
                wanted: false,
            },
            Expect::In(values) => Test::In {
                values: values.clone(),
                wanted: true,
            },
            Expect::NotIn(values) => Test::In {
                values: values.clone(),
                wanted: false,
            },
            Expect::Present(present) => Test::Present(*present),
            Expect::Absent(absent) => Test::Present(!absent),
            Expect::AtLeast(number) => Test::AtLeast(*number),
            Expect::AtMost(number) => Test::AtMost(*number),
            Expect::Matches(pattern) => regex(pattern, true)?,
            Expect::NotMatches(pattern) => regex(pattern, false)?,
            Expect::OlderThan(text) => Test::Age {
                days: days(text)?,
                older: true,
            },
            Expect::YoungerThan(text) => Test::Age {
                days: days(text)?,
                older: false,
            },
        })
    }

    /// Whether the test is about presence, so that absence answers it.
    pub(crate) fn decides_absence(&self) -> Option<bool> {
        match self {
            Test::Present(present) => Some(!present),
            _ => None,
        }
    }

    /// Puts a value that is there to the test.
    pub(crate) fn holds(&self, value: &Value<'_>, now: Timestamp) -> Truth {
        match self {
            Test::Present(present) => match value {
                Value::Ambiguous => Truth::Unknown,
                _ => Truth::from(*present),
            },
            Test::In { values, wanted } => {
                let one = values
                    .iter()
                    .fold(Truth::No, |sum, v| sum.or(equals(value, v)));
                if *wanted { one } else { one.negate() }
            }
            Test::AtLeast(limit) => {
                number(value).map_or(Truth::Unknown, |n| Truth::from(n >= *limit))
            }
            Test::AtMost(limit) => {
                number(value).map_or(Truth::Unknown, |n| Truth::from(n <= *limit))
            }
            Test::Regex { regex, wanted } => match value {
                Value::Text(text) => Truth::from(regex.is_match(text) == *wanted),
                _ => Truth::Unknown,
            },
            Test::Age { days, older } => match value {
                Value::Text(text) => match text.parse::<Timestamp>() {
                    Ok(time) => {
                        let age = now.duration_since(time);
                        Truth::from((age > SignedDuration::from_hours(days * 24)) == *older)
                    }
                    Err(_) => Truth::Unknown,
                },
                _ => Truth::Unknown,
            },
        }
    }
}

/// Google's APIs print 64-bit integers as strings, so `604800` and `"604800"` are the same setting.
fn equals(value: &Value<'_>, wanted: &Scalar) -> Truth {
    match (value, wanted) {
        (Value::Ambiguous, _) => Truth::Unknown,
        (Value::Bool(a), Scalar::Bool(b)) => Truth::from(a == b),
        (Value::Number(a), Scalar::Number(b)) => Truth::from(a == b),
        (Value::Text(a), Scalar::String(b)) => Truth::from(**a == **b),
        (Value::Text(a), Scalar::Number(b)) => match a.parse::<f64>() {
            Ok(number) => Truth::from(number == *b),
            Err(_) => Truth::No,
        },
        (Value::Number(a), Scalar::String(b)) => match b.parse::<f64>() {
            Ok(number) => Truth::from(number == *a),
            Err(_) => Truth::No,
        },
        // `"true"` for a boolean happens in hand-made exports: neither equal nor safely different.
        (Value::Text(_), Scalar::Bool(_)) | (Value::Bool(_), Scalar::String(_)) => Truth::Unknown,
        _ => Truth::No,
    }
}

fn number(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// Days as `90d`.
fn days(text: &str) -> Result<i64, String> {
    text.strip_suffix('d')
        .and_then(|digits| digits.parse::<u32>().ok())
        .map(i64::from)
        .filter(|days| *days < 1_000_000)
        .ok_or_else(|| format!("`{text}` is no number of days; write it as \"90d\""))
}
