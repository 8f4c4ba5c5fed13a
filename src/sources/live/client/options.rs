//! How APIs are asked.

use std::collections::BTreeMap;
use std::time::Duration;

/// How APIs are asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Addresses by service instead of `https://<service>.googleapis.com`; `*` stands for every service not named, and
    /// `{service}` in an address for the service's name.
    pub endpoints: BTreeMap<String, String>,
    /// Every attempt to reach the network is an error.
    pub offline: bool,
    /// Time for one attempt, from the connection to the end of the answer.
    pub attempt_timeout: Duration,
    /// Time for a call with all its attempts. Waiting for a budget does not count.
    pub call_timeout: Duration,
    /// Time for everything that the client does, from its making on.
    pub total_timeout: Option<Duration>,
    /// Attempts in all, at least 1.
    pub attempts: u32,
    /// How long to wait between attempts.
    pub backoff: Backoff,
    /// After so many calls to an API that failed one after the other it is not asked any more.
    pub give_up_after: u32,
    /// The most bytes of an answer, decompressed. Pages of 1,000 assets with their data are a few MiB.
    pub answer_limit: usize,
    /// What a budget's minute lasts; tests have shorter ones.
    pub minute: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            endpoints: BTreeMap::new(),
            offline: false,
            attempt_timeout: Duration::from_secs(60),
            call_timeout: Duration::from_secs(300),
            total_timeout: None,
            attempts: 5,
            backoff: Backoff::default(),
            give_up_after: 5,
            answer_limit: 256 << 20,
            minute: Duration::from_secs(60),
        }
    }
}

/// Exponential: the bound of the wait doubles from attempt to attempt, and the wait is anything up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The bound after the first attempt.
    pub first: Duration,
    /// The largest bound.
    pub most: Duration,
}

impl Default for Backoff {
    /// From 1 s to 32 s, as Google's APIs recommend for retries.
    fn default() -> Backoff {
        Backoff {
            first: Duration::from_secs(1),
            most: Duration::from_secs(32),
        }
    }
}
