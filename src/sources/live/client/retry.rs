//! Whether and when a failed attempt is made again. Pure decisions; chance and time are arguments.

use super::super::TroubleKind;
use super::options::Backoff;
use jiff::Timestamp;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// What the period of an exhausted quota is, if the API says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    /// Waiting helps within this run.
    Minute,
    /// Waiting does not help.
    Day,
}

/// An attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attempt {
    /// How.
    pub(super) kind: TroubleKind,
    /// Which it was, from 1.
    pub(super) number: u32,
    /// How many of the attempts before and this one were answered with something else than the API documents.
    pub(super) malformed: u32,
    /// The server's wish.
    pub(super) retry_after: Option<Duration>,
    /// Of the quota.
    pub(super) period: Option<Period>,
}

/// How long to wait before the next attempt; `None`: there is none. `chance` is from 0 to 1.
pub(super) fn wait(
    attempt: Attempt,
    attempts: u32,
    backoff: Backoff,
    chance: f64,
) -> Option<Duration> {
    if attempt.number >= attempts || !may_help(attempt) {
        return None;
    }
    let doubled = 1_u32.checked_shl(attempt.number.saturating_sub(1));
    let bound = backoff.first.saturating_mul(doubled.unwrap_or(u32::MAX));
    let bound = bound.min(backoff.most);
    let chance = chance.clamp(0.0, 1.0);
    Some(match attempt.retry_after {
        // Not all at the very moment that the server named.
        Some(wish) => wish.saturating_add(backoff.first.mul_f64(chance)),
        // A quota by the minute is not refilled after a second: the long waits at once, so that all attempts together
        // last longer than a minute.
        None if attempt.period == Some(Period::Minute) => backoff.most.mul_f64(0.5 + chance / 2.0),
        None => bound.mul_f64(chance),
    })
}

fn may_help(attempt: Attempt) -> bool {
    match attempt.kind {
        TroubleKind::Quota => attempt.period != Some(Period::Day),
        TroubleKind::Server | TroubleKind::TimedOut | TroubleKind::Unreachable => true,
        // A cut answer may come whole; one that is nonsense twice is nonsense.
        TroubleKind::Malformed => attempt.malformed < 2,
        _ => false,
    }
}

/// What a `Retry-After` header asks for: seconds, or a date (RFC 9110, 10.2.3).
pub(super) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(bounded(Duration::from_secs(seconds)));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    let left = date.duration_since(now);
    Some(bounded(Duration::try_from(left).unwrap_or_default()))
}

/// What a `google.rpc.RetryInfo` asks for: `12s`, `0.5s`.
pub(super) fn retry_delay(value: &str) -> Option<Duration> {
    let seconds: f64 = value.trim().strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok().map(bounded)
}

/// A wish beyond a day is as good as one of a day, and can be added to a moment.
fn bounded(wish: Duration) -> Duration {
    wish.min(Duration::from_secs(86_400))
}

/// A number from 0 to 1. The standard library's hash keys are random enough to keep callers apart.
pub(super) fn chance() -> f64 {
    let random = RandomState::new().build_hasher().finish();
    f64::from(u32::try_from(random >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Attempt, Backoff, Period, chance, retry_after, retry_delay, wait};
    use crate::sources::live::TroubleKind;
    use proptest::prelude::*;
    use std::time::Duration;

    fn failed(kind: TroubleKind, number: u32) -> Attempt {
        Attempt {
            kind,
            number,
            malformed: u32::from(kind == TroubleKind::Malformed),
            retry_after: None,
            period: None,
        }
    }

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        use TroubleKind::{Malformed, Quota, Server, TimedOut, Unreachable};
        for kind in TroubleKind::ALL {
            let again = wait(failed(kind, 1), 5, Backoff::default(), 0.5).is_some();
            let expected = [Malformed, Quota, Server, TimedOut, Unreachable].contains(&kind);
            assert_eq!(again, expected, "{kind:?}");
        }
        let twice = Attempt {
            malformed: 2,
            ..failed(Malformed, 2)
        };
        assert_eq!(wait(twice, 5, Backoff::default(), 0.5), None);
        let daily = Attempt {
            period: Some(Period::Day),
            ..failed(Quota, 1)
        };
        assert_eq!(wait(daily, 5, Backoff::default(), 0.5), None);
    }

    #[test]
    fn bounds_double_up_to_the_most() {
        let bounds: Vec<u64> = (1..8)
            .filter_map(|number| {
                wait(
                    failed(TroubleKind::Server, number),
                    8,
                    Backoff::default(),
                    1.0,
                )
            })
            .map(|bound| bound.as_secs())
            .collect();
        assert_eq!(bounds, [1, 2, 4, 8, 16, 32, 32]);
    }

    #[test]
    fn the_server_s_wish_counts() {
        let wish = Attempt {
            retry_after: Some(secs(9)),
            ..failed(TroubleKind::Quota, 1)
        };
        assert_eq!(wait(wish, 5, Backoff::default(), 0.0), Some(secs(9)));
        assert_eq!(wait(wish, 5, Backoff::default(), 1.0), Some(secs(10)));
    }

    #[test]
    fn attempts_outlast_a_quota_by_the_minute() {
        let least: Duration = (1..5)
            .filter_map(|number| {
                let attempt = Attempt {
                    period: Some(Period::Minute),
                    ..failed(TroubleKind::Quota, number)
                };
                wait(attempt, 5, Backoff::default(), 0.0)
            })
            .sum();
        assert!(least >= secs(60), "{least:?}");
    }

    #[test]
    fn wishes_are_seconds_or_dates() {
        let now = "2026-11-23T10:00:00Z".parse().unwrap();
        let wish = |text| retry_after(text, now);
        assert_eq!(wish("120"), Some(secs(120)));
        assert_eq!(wish(" Mon, 23 Nov 2026 10:00:30 GMT "), Some(secs(30)));
        assert_eq!(wish("Mon, 23 Nov 2026 09:00:00 GMT"), Some(secs(0)));
        assert_eq!(wish("18446744073709551615"), Some(secs(86_400)));
        assert_eq!(wish("Fri, 31 Dec 2100 23:59:59 GMT"), Some(secs(86_400)));
        for nonsense in ["", "soon", "-1", "1.5", "99999999999999999999"] {
            assert_eq!(wish(nonsense), None, "{nonsense}");
        }
        assert_eq!(retry_delay("0.5s"), Some(Duration::from_millis(500)));
        for nonsense in ["", "5", "-1s", "NaNs", "s", "infs"] {
            assert_eq!(retry_delay(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn chance_is_spread() {
        let drawn: Vec<f64> = (0..2_000).map(|_| chance()).collect();
        assert!(drawn.iter().all(|chance| (0.0..=1.0).contains(chance)));
        let mean = drawn.iter().sum::<f64>() / 2_000.0;
        assert!((0.4..0.6).contains(&mean), "{mean}");
    }

    proptest! {
        #[test]
        fn no_wait_is_longer_than_it_may_be(number in 1..40_u32, chance in -1.0..2.0_f64, first in 0..5_000_u64) {
            let backoff = Backoff { first: Duration::from_millis(first), most: secs(32) };
            let waited = wait(failed(TroubleKind::Server, number), 100, backoff, chance).unwrap();
            prop_assert!(waited <= secs(32));
        }

        #[test]
        fn any_header_is_read_or_not(text in any::<String>()) {
            let now = "2026-11-23T10:00:00Z".parse().unwrap();
            prop_assert!(retry_after(&text, now).is_none_or(|wish| wish <= secs(86_400)));
            prop_assert!(retry_delay(&text).is_none_or(|wish| wish <= secs(86_400)));
        }
    }
}
