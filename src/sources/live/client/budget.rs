//! How many calls a minute an API takes: better to wait before a call than to be refused after it.
//!
//! Google counts calls by the minute, the API and the project that is billed. A budget lets through at most its number
//! in any minute, so it holds whenever the server's minute begins. All calls of a client are billed to one project.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Calls a minute by service. Those with a number in their remark are quotas that Google documents; the others are careful
/// guesses, which a 429 that tells its limit corrects.
const RATES: [(&str, u32); 8] = [
    // assets.list: 100 a minute and project; searches may make 400.
    ("cloudasset", 100),
    // Cloud KMS read requests: 300 a minute.
    ("cloudkms", 300),
    // v1 reads 600 a minute; lists of v3 about 10 a second.
    ("cloudresourcemanager", 600),
    // Reads of v1: 6,000 a minute. Deny policies and boundaries have 5: calls for them name a budget of their own.
    ("iam", 6_000),
    ("iamcredentials", 600),
    // 100 a minute, and 100 a day for organisations without paid support.
    ("recommender", 100),
    // No fixed quota on reads of metadata.
    ("storage", 60_000),
    ("bigquery", 6_000),
];

/// Calls a minute to services that are not in the table.
const OTHERS: u32 = 600;

/// The budgets of a client.
#[derive(Debug)]
pub(super) struct Budgets {
    minute: Duration,
    windows: Mutex<HashMap<String, Window>>,
}

impl Budgets {
    pub(super) fn new(minute: Duration) -> Budgets {
        Budgets {
            minute,
            windows: Mutex::default(),
        }
    }

    fn windows(&self) -> MutexGuard<'_, HashMap<String, Window>> {
        // What is inside is whole after every statement.
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a call to `service` may be made that also counts against `named`.
    pub(super) async fn wait(&self, service: &str, named: Option<(&str, u32)>) {
        let mut until = self.book(service, rate(service));
        if let Some((name, rate)) = named {
            until = until.max(self.book(name, rate));
        }
        loop {
            let now = Instant::now();
            if until <= now {
                return;
            }
            tokio::time::sleep(until - now).await;
            // Meanwhile the server may have asked for silence.
            let windows = self.windows();
            let names = [Some(service), named.map(|(name, _)| name)];
            let held = names.into_iter().flatten();
            let held = held.filter_map(|name| windows.get(name)?.held);
            until = held.max().unwrap_or(now);
        }
    }

    fn book(&self, name: &str, rate: u32) -> Instant {
        let mut windows = self.windows();
        let window = windows
            .entry(name.to_owned())
            .or_insert_with(|| Window::new(rate));
        window.book(Instant::now(), self.minute)
    }

    /// The server refused a call for its quota: nothing more until `until`, and no more than `rate` a minute from then on.
    pub(super) fn refused(
        &self,
        service: &str,
        named: Option<(&str, u32)>,
        until: Option<Instant>,
        rate: Option<u32>,
    ) {
        let name = named.map_or(service, |(name, _)| name);
        if let Some(window) = self.windows().get_mut(name) {
            window.held = window.held.max(until);
            if let Some(rate) = rate {
                window.rate = window.rate.min(rate.max(1));
            }
        }
    }
}

/// Calls a minute that `service` takes.
fn rate(service: &str) -> u32 {
    let known = RATES.iter().find(|(name, _)| *name == service);
    known.map_or(OTHERS, |(_, rate)| *rate)
}

/// The calls of the last minute, and those that are booked.
#[derive(Debug)]
struct Window {
    rate: u32,
    /// When they start, ascending.
    starts: VecDeque<Instant>,
    /// Nothing before.
    held: Option<Instant>,
}

impl Window {
    fn new(rate: u32) -> Window {
        Window {
            rate: rate.max(1),
            starts: VecDeque::new(),
            held: None,
        }
    }

    /// Books the next call: when it may start.
    fn book(&mut self, now: Instant, minute: Duration) -> Instant {
        while let Some(first) = self.starts.front()
            && *first + minute <= now
        {
            self.starts.pop_front();
        }
        let rate = usize::try_from(self.rate).unwrap_or(usize::MAX);
        let mut start = now;
        if let Some(before) = self.starts.len().checked_sub(rate) {
            start = start.max(self.starts[before] + minute);
        }
        start = start.max(self.held.unwrap_or(now));
        // First come, first served, also when the rate fell in between.
        start = start.max(self.starts.back().copied().unwrap_or(now));
        self.starts.push_back(start);
        start
    }
}

#[cfg(test)]
mod tests {
    use super::{Window, rate};
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn five_a_minute_are_five_in_any_minute() {
        let mut window = Window::new(5);
        let begin = Instant::now();
        let starts: Vec<u64> = (0..11)
            .map(|_| (window.book(begin, MINUTE) - begin).as_secs())
            .collect();
        assert_eq!(starts, [0, 0, 0, 0, 0, 60, 60, 60, 60, 60, 120]);
        let later = begin + Duration::from_secs(400);
        assert_eq!(window.book(later, MINUTE), later);
        assert_eq!(window.starts.len(), 1);
    }

    #[test]
    fn the_server_may_ask_for_silence_and_for_less() {
        let mut window = Window::new(100);
        let begin = Instant::now();
        window.held = Some(begin + Duration::from_secs(7));
        window.rate = 2;
        let starts: Vec<u64> = (0..4)
            .map(|_| (window.book(begin, MINUTE) - begin).as_secs())
            .collect();
        assert_eq!(starts, [7, 7, 67, 67]);
    }

    #[test]
    fn services_that_nobody_named_have_a_rate_too() {
        assert_eq!(rate("iam"), 6_000);
        assert_eq!(rate("anything"), 600);
    }

    proptest! {
        /// Whenever calls come, no minute has more than its rate.
        #[test]
        fn no_minute_has_too_many(rate in 1..8_u32, gaps in prop::collection::vec(0..40_u64, 1..60)) {
            let mut window = Window::new(rate);
            let mut now = Instant::now();
            let mut starts = Vec::new();
            for gap in gaps {
                now += Duration::from_secs(gap);
                starts.push(window.book(now, MINUTE));
            }
            for first in &starts {
                let inside = starts.iter().filter(|at| *at >= first && **at < *first + MINUTE);
                prop_assert!(inside.count() <= rate as usize);
            }
        }
    }
}
