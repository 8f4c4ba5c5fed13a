//! How often a gRPC call is tried, and when it is given up: the rules that REST calls follow too.
//!
//! The retry loop of the crate is not used: it treats reads of policies as not repeatable, throttles retries by its
//! own count, and cannot be cancelled.

use super::failure;
use crate::sources::live::client::Options;
use crate::sources::live::{Trouble, TroubleKind};
use google_cloud_gax::error::Error;
use std::collections::hash_map::RandomState;
use std::future::Future;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// The wait before the second attempt is at most this, and doubles with each.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// No wait is longer, unless the API asks for it.
const LONGEST_WAIT: Duration = Duration::from_secs(32);

/// An API that failed in so many calls one after the other, each with all its attempts, is not asked any more.
const DEAD_AFTER: u32 = 5;

/// Tries calls. One for all clones of a reader.
#[derive(Debug)]
pub(super) struct Attempts {
    options: Options,
    stop: watch::Receiver<bool>,
    requests: AtomicU64,
    failed: AtomicU32,
}

impl Attempts {
    pub(super) fn new(options: &Options, stop: watch::Receiver<bool>) -> Attempts {
        Attempts {
            options: options.clone(),
            stop,
            requests: AtomicU64::new(0),
            failed: AtomicU32::new(0),
        }
    }

    /// Requests sent so far, retries included.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// The answer of `ask`, or what is left when trying again did not help.
    pub(super) async fn run<T, F>(&self, ask: impl Fn() -> F + Send + Sync) -> Result<T, Trouble>
    where
        T: Send,
        F: Future<Output = Result<T, Error>> + Send,
    {
        if self.options.offline {
            let message = "not asked: --offline forbids the network";
            return Err(failure::plain(TroubleKind::Offline, message));
        }
        if self.failed.load(Ordering::Relaxed) >= DEAD_AFTER {
            let message = format!(
                "not asked: {DEAD_AFTER} calls in a row failed after all attempts, the API seems to be out of reach"
            );
            return Err(failure::plain(TroubleKind::GivenUp, message));
        }
        let mut last = failure::plain(
            TroubleKind::TimedOut,
            format!("no answer within {:?}", self.options.call_timeout),
        );
        let answer = tokio::select! {
            biased;
            () = stopped(self.stop.clone()) => {
                return Err(Trouble { attempts: last.attempts, ..failure::plain(TroubleKind::Cancelled, "cancelled") });
            }
            answer = timeout(self.options.call_timeout, self.repeat(&ask, &mut last)) => answer,
        };
        if let Ok(Some(answer)) = answer {
            self.failed.store(0, Ordering::Relaxed);
            return Ok(answer);
        }
        if is_outage(last.kind) {
            self.failed.fetch_add(1, Ordering::Relaxed);
        } else {
            self.failed.store(0, Ordering::Relaxed);
        }
        Err(last)
    }

    /// Tries until there is an answer or no sense in trying; `last` is the trouble so far, also for who interrupts.
    async fn repeat<T, F>(&self, ask: &(impl Fn() -> F + Sync), last: &mut Trouble) -> Option<T>
    where
        F: Future<Output = Result<T, Error>> + Send,
    {
        loop {
            let attempt = last.attempts.saturating_add(1);
            last.attempts = attempt;
            self.requests.fetch_add(1, Ordering::Relaxed);
            let limit = self.options.attempt_timeout;
            let mut pause = None;
            let trouble = match timeout(limit, ask()).await {
                Ok(Ok(answer)) => return Some(answer),
                Ok(Err(error)) => {
                    pause = failure::pause(&error);
                    failure::trouble(&error)
                }
                Err(_) => {
                    failure::plain(TroubleKind::TimedOut, format!("no answer within {limit:?}"))
                }
            };
            let again = is_worth(&trouble) && attempt < self.options.attempts;
            *last = Trouble {
                attempts: attempt,
                ..trouble
            };
            if !again {
                return None;
            }
            sleep(jitter(attempt).max(pause.unwrap_or_default())).await;
        }
    }
}

/// Ends when the run is cancelled; never, when nobody is there any more who could.
async fn stopped(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Whether trying again can help.
fn is_worth(trouble: &Trouble) -> bool {
    match trouble.kind {
        TroubleKind::Server => trouble.status != Some(501),
        kind => is_outage(kind) || kind == TroubleKind::Quota,
    }
}

fn is_outage(kind: TroubleKind) -> bool {
    matches!(
        kind,
        TroubleKind::Server | TroubleKind::TimedOut | TroubleKind::Unreachable
    )
}

/// A random wait up to a limit that doubles with each attempt ("full jitter"), so that many who failed at the same
/// time do not come back at the same time.
fn jitter(attempt: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
    let limit = FIRST_WAIT.saturating_mul(doubled).min(LONGEST_WAIT);
    // Each RandomState has keys of its own.
    let share = RandomState::new().hash_one(attempt) >> 40;
    limit.mul_f64(share as f64 / (1_u64 << 24) as f64)
}
