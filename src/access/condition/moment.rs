//! Time in conditions: literals, and expressions that are linear in `request.time`.

use super::spans::Spans;
use super::syntax;
use cel::common::ast::{Expr, operators};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

const SECOND: i128 = 1_000_000_000;

/// No place on Earth is further from UTC, with room for historic offsets.
const WIDEST_OFFSET: i128 = 16 * 3600 * SECOND;

/// A time expression as `factor × request.time + nanoseconds`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Linear {
    /// A moment, or else a length of time.
    is_moment: bool,
    factor: i128,
    nanoseconds: i128,
}

/// What a time expression is.
#[derive(Debug)]
pub(super) enum Time {
    /// It can be computed.
    Known(Linear),
    /// It calls `timestamp`, `date` or `duration` with a text that is none: evaluating it always fails.
    Broken(String),
}

/// Reads `expr` as a time expression; `None` if it is not one that we can compute.
pub(super) fn time(expr: &Expr) -> Option<Time> {
    if syntax::path(expr).as_deref() == Some("request.time") {
        return Some(known(true, 1, 0));
    }
    let Expr::Call(call) = expr else { return None };
    if call.target.is_some() {
        return None;
    }
    match (call.func_name.as_str(), call.args.as_slice()) {
        (name @ ("timestamp" | "date" | "duration"), [argument]) => {
            let literal = syntax::string(&argument.expr)?;
            let value = match name {
                "timestamp" => timestamp(literal),
                "date" => date(literal),
                _ => duration(literal),
            };
            Some(match value {
                Some(value) => known(name != "duration", 0, value),
                None => Time::Broken(format!(
                    "`{}` is not a valid {name}",
                    super::parse::clip(literal, 60)
                )),
            })
        }
        (operators::ADD, [left, right]) => combine(&left.expr, &right.expr, 1),
        (operators::SUBSTRACT, [left, right]) => combine(&left.expr, &right.expr, -1),
        _ => None,
    }
}

/// The first `timestamp()` anywhere in `expr` whose text is no timestamp, as a clause. Google's reference says
/// that such a condition never allows access, whatever its other parts say.
pub(super) fn broken_timestamp(expr: &Expr) -> Option<String> {
    let Expr::Call(call) = expr else { return None };
    if let ("timestamp", Some(Time::Broken(why))) = (call.func_name.as_str(), time(expr)) {
        return Some(why);
    }
    let target = call
        .target
        .as_ref()
        .and_then(|target| broken_timestamp(&target.expr));
    target.or_else(|| {
        call.args
            .iter()
            .find_map(|part| broken_timestamp(&part.expr))
    })
}

fn known(is_moment: bool, factor: i128, nanoseconds: i128) -> Time {
    Time::Known(Linear {
        is_moment,
        factor,
        nanoseconds,
    })
}

fn combine(left: &Expr, right: &Expr, sign: i128) -> Option<Time> {
    let (left, right) = match (time(left)?, time(right)?) {
        (Time::Known(left), Time::Known(right)) => (left, right),
        (Time::Broken(why), _) | (_, Time::Broken(why)) => return Some(Time::Broken(why)),
    };
    // moment ± length, length + moment, moment − moment, length ± length; nothing else has a meaning.
    let is_moment = match (left.is_moment, right.is_moment) {
        (true, true) if sign < 0 => false,
        (true, true) => return None,
        (false, true) if sign < 0 => return None,
        (left, right) => left || right,
    };
    Some(known(
        is_moment,
        left.factor + sign * right.factor,
        left.nanoseconds + sign * right.nanoseconds,
    ))
}

/// The moments at which `left operator right` holds; `None` if the two cannot be compared.
pub(super) fn compare(left: Linear, operator: &str, right: Linear) -> Option<Spans> {
    if left.is_moment != right.is_moment {
        return None;
    }
    let limit = right.nanoseconds - left.nanoseconds;
    match left.factor - right.factor {
        0 => Some(if satisfying(operator, limit)?.contains(0) {
            Spans::all()
        } else {
            Spans::none()
        }),
        1 => satisfying(operator, limit),
        // -t < c is t > -c.
        -1 => satisfying(mirrored(operator), -limit),
        _ => None,
    }
}

/// The numbers `n` for which `n operator limit` holds.
pub(super) fn satisfying(operator: &str, limit: i128) -> Option<Spans> {
    Some(match operator {
        operators::LESS => Spans::range(Spans::MIN, limit - 1),
        operators::LESS_EQUALS => Spans::range(Spans::MIN, limit),
        operators::GREATER => Spans::range(limit + 1, Spans::MAX),
        operators::GREATER_EQUALS => Spans::range(limit, Spans::MAX),
        operators::EQUALS => Spans::range(limit, limit),
        operators::NOT_EQUALS => Spans::range(limit, limit).complement(),
        _ => return None,
    })
}

/// The operator that says the same with its sides exchanged.
pub(super) fn mirrored(operator: &str) -> &str {
    match operator {
        operators::LESS => operators::GREATER,
        operators::LESS_EQUALS => operators::GREATER_EQUALS,
        operators::GREATER => operators::LESS,
        operators::GREATER_EQUALS => operators::LESS_EQUALS,
        same => same,
    }
}

/// The moments at which the year of `request.time` can be one of `years`, whatever the time zone, if it
/// is not UTC: wider than the truth by some hours at both ends.
pub(super) fn years(years: &Spans, in_utc: bool) -> Spans {
    let slack = if in_utc { 0 } else { WIDEST_OFFSET };
    let start = |year: i128| start_of_year(year).unwrap_or(Spans::MAX);
    years.ranges().fold(Spans::none(), |sum, (first, last)| {
        let low = if first <= 1 {
            Spans::MIN
        } else {
            start(first) - slack
        };
        let high = if last >= 9999 {
            Spans::MAX
        } else {
            start(last + 1) - 1 + slack
        };
        sum.union(&Spans::range(low, high))
    })
}

fn start_of_year(year: i128) -> Option<i128> {
    midnight(Date::new(i16::try_from(year).ok()?, 1, 1).ok()?)
}

fn midnight(date: Date) -> Option<i128> {
    Some(
        date.to_zoned(TimeZone::UTC)
            .ok()?
            .timestamp()
            .as_nanosecond(),
    )
}

/// RFC 3339, as `timestamp()` takes it. The years are those of the language: 1 to 9999.
fn timestamp(text: &str) -> Option<i128> {
    let bytes = text.as_bytes();
    let shape = bytes.len() >= 20
        && matches!(bytes[10], b'T' | b't')
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes
            .iter()
            .all(|b| b.is_ascii_digit() || b"-+:.TtZz".contains(b));
    let moment: Timestamp = shape.then(|| text.parse().ok()).flatten()?;
    (start_of_year(1)? <= moment.as_nanosecond()).then_some(moment.as_nanosecond())
}

/// `YYYY-MM-DD`: midnight UTC.
fn date(text: &str) -> Option<i128> {
    let bytes = text.as_bytes();
    let shape = bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, b)| match at {
            4 | 7 => *b == b'-',
            _ => b.is_ascii_digit(),
        });
    midnight(shape.then(|| text.parse().ok()).flatten()?)
}

/// Seconds as Google documents them (`3600s`), and the longer forms of the language (`1h30m`).
fn duration(text: &str) -> Option<i128> {
    const UNITS: [(&str, i128); 7] = [
        ("ns", 1),
        ("us", 1_000),
        ("µs", 1_000),
        ("ms", 1_000_000),
        ("h", 3600 * SECOND),
        ("m", 60 * SECOND),
        ("s", SECOND),
    ];
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() || rest.len() > 60 {
        return None;
    }
    let mut total = 0_i128;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (whole, fraction) = rest[..end].split_once('.').unwrap_or((&rest[..end], ""));
        if whole.is_empty() && fraction.is_empty() || whole.len() > 12 || fraction.len() > 9 {
            return None;
        }
        let (unit, scale) = UNITS
            .iter()
            .find(|(unit, _)| rest[end..].starts_with(unit))?;
        let whole: i128 = if whole.is_empty() {
            0
        } else {
            whole.parse().ok()?
        };
        let parts: i128 = format!("{fraction:0<9}").parse().ok()?;
        total += whole * scale + parts * scale / SECOND;
        rest = &rest[end + unit.len()..];
    }
    // The language bounds durations at about 10,000 years.
    (total <= 315_576_000_000 * SECOND).then_some(sign * total)
}

#[cfg(test)]
mod tests {
    use super::{SECOND, date, duration, timestamp};

    #[test]
    fn literals_are_read_as_documented() {
        assert_eq!(timestamp("1970-01-01T00:00:01Z"), Some(SECOND));
        assert_eq!(timestamp("1970-01-01T02:00:00+02:00"), Some(0));
        assert_eq!(timestamp("1970-01-01T00:00:00.5Z"), Some(SECOND / 2));
        for wrong in [
            "",
            "1970-01-01",
            "1970-01-01 00:00:00Z",
            "1970-13-01T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "99999-01-01T00:00:00Z",
            "1970-01-01T00:00:00Z[UTC]",
            "1970-01-01T00:00:00",
        ] {
            assert_eq!(timestamp(wrong), None, "{wrong}");
        }
        assert_eq!(date("1970-01-02"), Some(86_400 * SECOND));
        assert_eq!((date("1970-1-2"), date("2023-02-30")), (None, None));
        assert_eq!(duration("90s"), Some(90 * SECOND));
        assert_eq!(duration("1h30m"), Some(5400 * SECOND));
        assert_eq!(duration("-1.5s"), Some(-3 * SECOND / 2));
        for wrong in [
            "",
            "s",
            "5",
            "5d",
            "1h-2m",
            ".s",
            "999999999999999999999s",
            "é",
        ] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}
