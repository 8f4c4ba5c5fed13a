//! The tests that a setting can be put to, three-valued: a value of the wrong type proves nothing.

use super::walk::Value;
use crate::model::Truth;
use crate::rules::file::{Bound, Expect, Scalar};
use jiff::{SignedDuration, Timestamp};
use regex::Regex;

/// A compiled [`Expect`].
#[derive(Debug, Clone)]
pub(crate) enum Test {
    In {
        values: Vec<Scalar>,
        wanted: bool,
    },
    Present(bool),
    AtLeast(f64),
    AtMost(f64),
    /// A duration of at least or at most so many days.
    Lasts {
        days: i64,
        least: bool,
    },
    Regex {
        regex: Regex,
        wanted: bool,
    },
    Age {
        days: i64,
        older: bool,
    },
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
            Expect::AtLeast(Bound::Number(number)) => Test::AtLeast(*number),
            Expect::AtMost(Bound::Number(number)) => Test::AtMost(*number),
            Expect::AtLeast(Bound::Days(text)) => Test::Lasts {
                days: days(text)?,
                least: true,
            },
            Expect::AtMost(Bound::Days(text)) => Test::Lasts {
                days: days(text)?,
                least: false,
            },
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

    /// A value that was put to the test, as people say it, if that is another way than the input's.
    pub(crate) fn in_words(&self, value: &str) -> Option<String> {
        let Test::Lasts { .. } = self else {
            return None;
        };
        let days = seconds(&Value::Text(value.into()))? / days_in_seconds(1);
        match days {
            1.0 => Some("1 day".to_owned()),
            _ if days >= 1.0 && days.fract() == 0.0 => Some(format!("{days} days")),
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
            Test::Lasts { days, least } => seconds(value).map_or(Truth::Unknown, |seconds| {
                let limit = days_in_seconds(*days);
                Truth::from(if *least {
                    seconds >= limit
                } else {
                    seconds <= limit
                })
            }),
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

/// A duration in the JSON form of protocol buffers: seconds, with or without a fraction, and `s`. A bare number may
/// count anything, so it is none.
fn seconds(value: &Value<'_>) -> Option<f64> {
    let Value::Text(text) = value else {
        return None;
    };
    let digits = text.strip_suffix('s')?;
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    digits.parse().ok().filter(|_| plain)
}

#[allow(clippy::cast_precision_loss)] // `days` refuses what an f64 could not hold exactly
fn days_in_seconds(days: i64) -> f64 {
    (days * 24 * 60 * 60) as f64
}

/// Days as `90d`.
pub(crate) fn days(text: &str) -> Result<i64, String> {
    text.strip_suffix('d')
        .and_then(|digits| digits.parse::<u32>().ok())
        .map(i64::from)
        .filter(|days| *days < 1_000_000)
        .ok_or_else(|| format!("`{text}` is no number of days; write it as \"90d\""))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Expect, Test, Timestamp, Truth, Value};
    use std::borrow::Cow;

    fn holds(expect: &str, value: &Value<'_>) -> Truth {
        let expect: Expect = toml::from_str(expect).unwrap();
        let test = Test::compile(&expect).unwrap();
        test.holds(value, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_duration_is_compared_in_days() {
        for (text, most, least) in [
            ("7776000s", Truth::Yes, Truth::Yes),
            ("7776000.000s", Truth::Yes, Truth::Yes),
            ("7775999s", Truth::Yes, Truth::No),
            ("7776001s", Truth::No, Truth::Yes),
            ("7776000.5s", Truth::No, Truth::Yes),
            ("7776000", Truth::Unknown, Truth::Unknown),
            ("90d", Truth::Unknown, Truth::Unknown),
            ("infs", Truth::Unknown, Truth::Unknown),
            ("1e1s", Truth::Unknown, Truth::Unknown),
            ("-1s", Truth::Unknown, Truth::Unknown),
            ("s", Truth::Unknown, Truth::Unknown),
        ] {
            let value = Value::Text(Cow::Borrowed(text));
            assert_eq!(holds("at-most = \"90d\"", &value), most, "{text}");
            assert_eq!(holds("at-least = \"90d\"", &value), least, "{text}");
        }
        let number = Value::Number(1.0);
        assert_eq!(holds("at-most = \"90d\"", &number), Truth::Unknown);
    }

    #[test]
    fn a_duration_is_told_in_days_if_it_is_whole_days() {
        let test = Test::compile(&toml::from_str("at-most = \"90d\"").unwrap()).unwrap();
        for (value, words) in [
            ("31536000s", Some("365 days")),
            ("86400s", Some("1 day")),
            ("7776001s", None),
            ("0s", None),
            ("absent", None),
        ] {
            assert_eq!(test.in_words(value).as_deref(), words);
        }
    }

    #[test]
    fn a_bound_that_is_neither_a_number_nor_days_is_refused() {
        let expect: Expect = toml::from_str("at-most = \"7776000s\"").unwrap();
        assert!(Test::compile(&expect).is_err());
        assert_eq!(holds("at-most = 3", &Value::Number(3.0)), Truth::Yes);
    }
}
