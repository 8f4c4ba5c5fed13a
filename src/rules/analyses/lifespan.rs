//! `lifespan`: how long something lives, from one time among its settings to another.
//!
//! ```toml
//! [analysis]
//! name = "lifespan"
//!
//! [analysis.with]
//! asset  = "bigquery.googleapis.com/Table"
//! from   = "$.resource.data.creationTime"
//! until  = "$.resource.data.expirationTime"
//! within = { at-least = "30d", at-most = "400d" }    # either, or both
//! ```
//!
//! Times are RFC 3339, or milliseconds since 1970 as BigQuery prints them. What has no end lives for ever. `{value}` of
//! the message is what was found.

use super::{Verdicts, verdicts::worded};
use crate::estate::{Datum, Estate, Field, Record, Records};
use crate::model::GapReason;
use crate::rules::select::Refusal;
use crate::rules::select::expect::days;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

/// What `lifespan` is told.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct With {
    /// The asset type.
    asset: String,
    /// Where it begins.
    from: String,
    /// Where it ends.
    until: String,
    /// How long it may be.
    #[schemars(default)]
    within: Within,
}

/// Bounds in days, e.g. `"90d"`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Within {
    /// It lasts at least so long.
    at_least: Option<String>,
    /// It lasts at most so long.
    at_most: Option<String>,
}

/// The analysis, ready to run.
#[derive(Debug)]
pub(crate) struct Lifespan {
    with: With,
    at_least: Option<i64>,
    at_most: Option<i64>,
}

/// What a setting says of time.
enum Time {
    At(Timestamp),
    Never,
    Unknown(GapReason, String),
}

impl Lifespan {
    /// Checks what it is told.
    ///
    /// # Errors
    /// No bound, or one that is no number of days.
    pub(super) fn new(with: With) -> Result<Lifespan, Refusal> {
        let bound = |text: &Option<String>| {
            let text = text.as_deref();
            text.map(|text| days(text).map_err(|message| Refusal::at("within", text, message)))
                .transpose()
        };
        let (at_least, at_most) = (bound(&with.within.at_least)?, bound(&with.within.at_most)?);
        if at_least.is_none() && at_most.is_none() {
            return Err(Refusal::new(
                "within",
                "give `at-least`, `at-most`, or both",
            ));
        }
        Ok(Lifespan {
            with,
            at_least,
            at_most,
        })
    }

    /// The assets that the analysis needs.
    pub(super) fn records(&self) -> Vec<(&str, &str)> {
        let paths = [&self.with.from, &self.with.until];
        paths.map(|path| (&*self.with.asset, &**path)).to_vec()
    }

    /// Answers for every asset whose settings are in the input.
    pub(super) fn run(&self, estate: &Estate, verdicts: &mut Verdicts<'_>) {
        let records = estate.records(&self.with.asset);
        for record in records.into_iter().flat_map(Records::iter) {
            let field = |path: &str| record.field(path).map_or(Time::Never, time);
            match (field(&self.with.from), field(&self.with.until)) {
                (Time::Unknown(reason, subject), _) | (_, Time::Unknown(reason, subject)) => {
                    verdicts.unknown(reason, &subject, &record.name, &record.evidence);
                }
                (Time::Never, _) => {
                    let subject = "/resource/data".to_owned();
                    verdicts.unknown(
                        GapReason::ValueUnknown,
                        &subject,
                        &record.name,
                        &record.evidence,
                    );
                }
                (Time::At(_), Time::Never) => self.judge(None, record, verdicts),
                (Time::At(from), Time::At(until)) => {
                    let span = until.duration_since(from);
                    self.judge(Some(span.as_hours().div_euclid(24)), record, verdicts);
                }
            }
        }
    }

    /// Whether so many whole days are within the bounds; `None` is for ever.
    fn judge(&self, lived: Option<i64>, record: &Record, verdicts: &mut Verdicts<'_>) {
        let words = match (lived, self.at_least, self.at_most) {
            (None, _, Some(most)) => format!("never ends, and may live {most} days"),
            (Some(days), _, Some(most)) if days > most => {
                format!("lives {days} days, and may live {most}")
            }
            (Some(days), Some(least), _) if days < least => {
                format!("lives {days} days, and must live {least}")
            }
            _ => return verdicts.pass(),
        };
        let until = record.field(&self.with.until);
        let point = until.and_then(|field| field.values.first());
        let evidence = point.map_or(&record.evidence, |point| &point.evidence);
        let finding = verdicts.finding(&record.name, evidence, worded(&words));
        verdicts.fail([finding]);
    }
}

fn time(field: &Field) -> Time {
    let Some(point) = field.values.first() else {
        return match &field.lacks {
            Some((reason, pointer)) => Time::Unknown(*reason, pointer.to_string()),
            None => Time::Never,
        };
    };
    #[allow(clippy::cast_possible_truncation)] // a number that is too large is no time
    let time = match &point.value {
        Datum::Text(text) => match text.parse::<i64>() {
            Ok(milliseconds) => Timestamp::from_millisecond(milliseconds).ok(),
            Err(_) => text.parse().ok(),
        },
        Datum::Number(number) => Timestamp::from_millisecond(*number as i64).ok(),
        _ => None,
    };
    match time {
        Some(time) => Time::At(time),
        None => Time::Unknown(GapReason::ValueUnknown, point.evidence.pointer.to_string()),
    }
}
