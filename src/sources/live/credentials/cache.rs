//! The one token cache: one fetch at a time however many wait, and a new token before the old one expires.

use super::fetch::{Fetched, Source};
use super::secret::Secret;
use super::trouble;
use crate::sources::live::Trouble;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, MutexGuard};

/// Tokens are replaced so long before they expire, or after half of what is left of them if that is less.
const EARLY: SignedDuration = SignedDuration::from_secs(300);

/// A token is not sent any more so shortly before it expires: the call takes time too.
const TOO_LATE: SignedDuration = SignedDuration::from_secs(10);

/// After a failure nobody is asked again for so long; with no token at all, longer.
const REST: Duration = Duration::from_secs(5);
const LONG_REST: Duration = Duration::from_secs(30);

/// A token that is refused is replaced at most so often: if the new one is refused too, it is not the token.
const BETWEEN_RENEWALS: Duration = Duration::from_secs(30);

/// Headers with a token, and which of the tokens it is.
#[derive(Clone)]
pub struct Held {
    /// What a request carries.
    pub headers: HeaderMap,
    pub(super) generation: u64,
}

#[derive(Debug, Default)]
pub(super) struct Cache {
    current: RwLock<Option<Current>>,
    flight: Mutex<Flight>,
}

/// The token that is used now.
#[derive(Clone)]
pub(super) struct Current {
    pub(super) held: Held,
    pub(super) token: Secret,
    pub(super) expires: Option<Timestamp>,
    /// From when on it is replaced; absent: never.
    refresh: Option<Timestamp>,
}

/// Nothing of tokens.
impl std::fmt::Debug for Current {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Current")
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// Who holds it may fetch.
#[derive(Debug, Default)]
struct Flight {
    generation: u64,
    failed: Option<(Instant, Trouble)>,
    renewed: Option<Instant>,
}

impl Current {
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.refresh.is_none_or(|refresh| now < refresh)
    }

    fn is_valid(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| {
            now.saturating_add(TOO_LATE)
                .is_ok_and(|then| then < expires)
        })
    }
}

impl Cache {
    /// The token that is used now, if one was fetched.
    pub(super) fn current(&self) -> Option<Current> {
        let current = self.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A token that is fit to be sent.
    pub(super) async fn get(
        &self,
        source: &Source,
        quota_project: Option<&HeaderValue>,
    ) -> Result<Current, Trouble> {
        let now = Timestamp::now();
        let before = self.current();
        if let Some(current) = &before
            && current.is_fresh(now)
        {
            return Ok(current.clone());
        }
        let valid = before.filter(|current| current.is_valid(now));
        let flight = match (&valid, self.flight.try_lock()) {
            (_, Ok(flight)) => flight,
            // Somebody fetches the next one; this one still does.
            (Some(current), Err(_)) => return Ok(current.clone()),
            (None, Err(_)) => self.flight.lock().await,
        };
        if let Some(current) = self.current()
            && current.is_fresh(Timestamp::now())
        {
            return Ok(current);
        }
        match (
            self.fetch(flight, source, quota_project, false).await,
            valid,
        ) {
            (Ok(current), _) | (Err(_), Some(current)) => Ok(current),
            (Err(trouble), None) => Err(trouble),
        }
    }

    /// Replaces the token that was refused. Whether there is another one.
    pub(super) async fn renew(
        &self,
        refused: &Held,
        source: &Source,
        quota_project: Option<&HeaderValue>,
    ) -> bool {
        let mut flight = self.flight.lock().await;
        let differs = |current: &Current| current.held.generation != refused.generation;
        if self.current().as_ref().is_some_and(differs) {
            return true;
        }
        let lately = flight
            .renewed
            .is_some_and(|at| at.elapsed() < BETWEEN_RENEWALS);
        if lately || !source.renews() {
            return false;
        }
        flight.renewed = Some(Instant::now());
        let current = self.fetch(flight, source, quota_project, true).await;
        current.as_ref().is_ok_and(differs)
    }

    /// Fetches and keeps.
    async fn fetch(
        &self,
        mut flight: MutexGuard<'_, Flight>,
        source: &Source,
        quota_project: Option<&HeaderValue>,
        new: bool,
    ) -> Result<Current, Trouble> {
        let before = self.current();
        let rest = if before.is_some() { REST } else { LONG_REST };
        if let Some((at, trouble)) = &flight.failed
            && at.elapsed() < rest
        {
            return Err(trouble.clone());
        }
        let fetched = source.fetch(new).await;
        let fetched =
            fetched.and_then(|fetched| Ok((headers(&fetched.token, quota_project)?, fetched)));
        let (headers, fetched) = match fetched {
            Ok(fetched) => fetched,
            Err(trouble) => {
                flight.failed = Some((Instant::now(), trouble.clone()));
                return Err(trouble);
            }
        };
        flight.failed = None;
        // The same token again is no news.
        if before.is_none_or(|before| before.token != fetched.token) {
            flight.generation += 1;
        }
        let current = Current {
            held: Held {
                headers,
                generation: flight.generation,
            },
            refresh: refresh(Timestamp::now(), &fetched),
            token: fetched.token,
            expires: fetched.expires,
        };
        let mut place = self.current.write().unwrap_or_else(PoisonError::into_inner);
        *place = Some(current.clone());
        Ok(current)
    }
}

/// When the next token is fetched.
fn refresh(now: Timestamp, fetched: &Fetched) -> Option<Timestamp> {
    let recheck = fetched
        .recheck
        .and_then(|recheck| SignedDuration::try_from(recheck).ok());
    let recheck = recheck.and_then(|recheck| now.saturating_add(recheck).ok());
    let before_end = fetched.expires.and_then(|expires| {
        let left = expires.duration_since(now).max(SignedDuration::ZERO);
        let early = EARLY.min(left / 2);
        expires.saturating_sub(early).ok()
    });
    match (recheck, before_end) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// The name of the header that says who is billed.
pub(super) const BILLED: HeaderName = HeaderName::from_static("x-goog-user-project");

fn headers(token: &Secret, quota_project: Option<&HeaderValue>) -> Result<HeaderMap, Trouble> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.reveal()))
        .map_err(|_| trouble("the token holds characters that no header may have"))?;
    value.set_sensitive(true);
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, value);
    if let Some(project) = quota_project {
        headers.insert(BILLED, project.clone());
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::refresh;
    use crate::sources::live::credentials::fetch::Fetched;
    use crate::sources::live::credentials::secret::Secret;
    use jiff::{SignedDuration, Timestamp};
    use std::time::Duration;

    #[test]
    fn a_token_is_replaced_five_minutes_before_its_end() {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let after = |expires: Option<i64>, recheck: Option<u64>| {
            let fetched = Fetched {
                token: Secret::new("t"),
                expires: expires.map(|seconds| now + SignedDuration::from_secs(seconds)),
                recheck: recheck.map(Duration::from_secs),
            };
            refresh(now, &fetched).map(|at| at.duration_since(now).as_secs())
        };
        assert_eq!(after(Some(3600), None), Some(3300));
        assert_eq!(after(Some(240), None), Some(120));
        assert_eq!(after(Some(-5), None), Some(-5));
        assert_eq!(after(None, Some(60)), Some(60));
        assert_eq!(after(Some(3600), Some(60)), Some(60));
        assert_eq!(after(None, None), None);
    }
}
