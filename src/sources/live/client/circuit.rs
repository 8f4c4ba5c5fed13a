//! A circuit for each API: one that is down costs a few calls, not all of them with all their retries.
//!
//! The other half of what a quota or an outage is tied to, the consumer, is one and the same for all calls of a client.

use super::super::TroubleKind;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The circuits of all services.
#[derive(Debug)]
pub(super) struct Circuits {
    /// Failures in a row that open one.
    after: u32,
    failing: Mutex<HashMap<String, Failing>>,
}

#[derive(Debug, Clone, Default)]
struct Failing {
    in_a_row: u32,
    last: String,
}

impl Circuits {
    pub(super) fn new(after: u32) -> Circuits {
        Circuits {
            after: after.max(1),
            failing: Mutex::default(),
        }
    }

    fn failing(&self) -> MutexGuard<'_, HashMap<String, Failing>> {
        // What is inside is whole after every statement.
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the service is not asked any more, if so.
    pub(super) fn open(&self, service: &str) -> Option<String> {
        let failing = self.failing();
        let failing = failing.get(service)?;
        (failing.in_a_row >= self.after).then(|| {
            format!(
                "not asked any more after {} calls in a row failed; the last: {}",
                failing.in_a_row, failing.last
            )
        })
    }

    /// The service answered, whatever it said.
    pub(super) fn answered(&self, service: &str) {
        let mut failing = self.failing();
        // An open circuit stays open: late answers to calls from before would make the run depend on their order.
        if failing
            .get(service)
            .is_some_and(|failing| failing.in_a_row < self.after)
        {
            failing.remove(service);
        }
    }

    /// A call failed after all attempts.
    pub(super) fn failed(&self, service: &str, kind: TroubleKind, message: &str) {
        if !counts(kind) {
            return;
        }
        let mut failing = self.failing();
        let failing = failing.entry(service.to_owned()).or_default();
        if failing.in_a_row < self.after {
            failing.in_a_row += 1;
            message.clone_into(&mut failing.last);
        }
    }
}

/// Whether a failure says that the API as a whole is down.
pub(super) fn counts(kind: TroubleKind) -> bool {
    matches!(
        kind,
        TroubleKind::Server | TroubleKind::TimedOut | TroubleKind::Unreachable
    )
}

#[cfg(test)]
mod tests {
    use super::Circuits;
    use crate::sources::live::TroubleKind::{Denied, Server, TimedOut, Unreachable};

    #[test]
    fn it_opens_after_failures_in_a_row_and_for_that_service_only() {
        let circuits = Circuits::new(3);
        circuits.failed("iam", Server, "502");
        circuits.failed("iam", TimedOut, "slow");
        circuits.failed("iam", Denied, "403 is an answer");
        assert_eq!(circuits.open("iam"), None);
        circuits.answered("iam");
        circuits.failed("iam", Server, "502");
        circuits.failed("iam", Server, "503");
        assert_eq!(circuits.open("iam"), None);
        circuits.failed("iam", Unreachable, "no route");
        let why = circuits.open("iam").unwrap_or_default();
        assert!(why.contains("3 calls") && why.contains("no route"), "{why}");
        assert_eq!(circuits.open("storage"), None);
        circuits.answered("iam");
        assert!(circuits.open("iam").is_some());
    }
}
