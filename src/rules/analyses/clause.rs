//! What an analysis asks of the settings of an asset that it did not see itself: `where` clauses over records.

use crate::estate::{Datum, Evidence, Record};
use crate::model::Truth;
use crate::rules::file::{Scalar, When};
use crate::rules::select::Refusal;
use crate::rules::select::expect::Test;
use crate::rules::select::value_of_scalar;
use crate::rules::select::walk::Value;
use jiff::Timestamp;
use std::borrow::Cow;

/// One compiled clause.
#[derive(Debug)]
pub(super) struct Clause {
    paths: Vec<String>,
    test: Test,
    default: Option<Scalar>,
}

impl Clause {
    /// Compiles clauses.
    ///
    /// # Errors
    /// A test that does not compile.
    pub(super) fn compile(clauses: &[When]) -> Result<Vec<Clause>, Refusal> {
        let clauses = clauses.iter().map(|clause| {
            Ok(Clause {
                paths: clause.path.as_slice().to_vec(),
                test: Test::compile(&clause.is).map_err(|m| Refusal::new("is", m))?,
                default: clause.default.clone(),
            })
        });
        clauses.collect()
    }

    /// The paths that must be kept.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str)
    }

    /// Whether it holds: of the first path at which there is anything, for one of the values there. What is absent and
    /// has no default does not match, unless the test is about presence.
    pub(super) fn holds(&self, record: &Record, now: Timestamp) -> Truth {
        let mut fields = self.paths.iter().filter_map(|path| record.field(path));
        let mut lacking = false;
        let present = fields.find(|field| {
            lacking |= field.lacks.is_some() && field.values.is_empty();
            !field.values.is_empty()
        });
        match present {
            Some(field) => {
                let values = field.values.iter();
                let truths = values.map(|point| self.test.holds(&value_of(&point.value), now));
                truths.fold(Truth::No, Truth::or)
            }
            None if lacking => Truth::Unknown,
            None => match (self.test.decides_absence(), &self.default) {
                (Some(holds), _) => Truth::from(holds),
                (None, Some(default)) => self.test.holds(&value_of_scalar(default), now),
                (None, None) => Truth::No,
            },
        }
    }

    /// Where what it asks about stands, or would stand.
    pub(super) fn evidence<'r>(&self, record: &'r Record) -> &'r Evidence {
        let fields = self.paths.iter().filter_map(|path| record.field(path));
        let first = fields.flat_map(|field| &field.values).next();
        first.map_or(&record.evidence, |point| &point.evidence)
    }

    /// What stands there, for people.
    pub(super) fn shown(&self, record: &Record) -> String {
        let fields = self.paths.iter().filter_map(|path| record.field(path));
        let first = fields.flat_map(|field| &field.values).next();
        match (first, &self.default) {
            (Some(point), _) => shown(&value_of(&point.value)).into_owned(),
            (None, Some(default)) => {
                format!("absent, which means {}", shown(&value_of_scalar(default)))
            }
            (None, None) => "absent".to_owned(),
        }
    }
}

/// Whether all hold.
pub(super) fn all_hold(clauses: &[Clause], record: &Record, now: Timestamp) -> Truth {
    let truths = clauses.iter().map(|clause| clause.holds(record, now));
    truths.fold(Truth::Yes, Truth::and)
}

fn shown<'v>(value: &'v Value<'_>) -> Cow<'v, str> {
    crate::rules::select::shown(value)
}

fn value_of(datum: &Datum) -> Value<'_> {
    match datum {
        Datum::Bool(value) => Value::Bool(*value),
        Datum::Number(number) => Value::Number(*number),
        Datum::Text(text) => Value::Text(Cow::Borrowed(text)),
        Datum::List => Value::Array,
        Datum::Object => Value::Object,
        Datum::Ambiguous => Value::Ambiguous,
    }
}
