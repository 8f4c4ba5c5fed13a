//! What can go wrong, for both transports.

use super::Asked;
use std::time::Duration;

/// What goes wrong, where, and how often.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The method: `ListBuckets`.
    pub method: &'static str,
    /// What the request is about; empty: anything.
    pub about: &'static str,
    /// What goes wrong.
    pub kind: Kind,
    /// How often; `None`: always.
    pub times: Option<u32>,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The permission is missing. The details say which.
    Denied(&'static str),
    /// The permission is missing, and only the message says which.
    DeniedInWords(&'static str),
    /// The permission for what only the full projection shows is missing.
    DeniedInFull(&'static str),
    /// The API is not enabled.
    Disabled,
    /// Too many requests.
    Exhausted,
    /// Down.
    Unavailable,
    /// It has no such method.
    Unimplemented,
    /// The credentials are not accepted.
    Unauthenticated,
    /// The answer takes that long.
    Slow(Duration),
    /// The answer ends in the middle.
    Cut,
    /// Page tokens are refused.
    TokenRefused,
    /// Every page is followed by the same.
    TokenAgain,
}

impl Fault {
    /// A fault for good.
    pub fn always(method: &'static str, about: &'static str, kind: Kind) -> Fault {
        Fault {
            method,
            about,
            kind,
            times: None,
        }
    }

    /// A fault that passes.
    pub fn times(times: u32, method: &'static str, kind: Kind) -> Fault {
        Fault {
            method,
            about: "",
            kind,
            times: Some(times),
        }
    }

    /// Whether it meets a request.
    pub fn meets(&self, asked: &Asked) -> bool {
        let here = self.method == asked.method
            && (self.about.is_empty() || self.about == asked.about)
            && self.times != Some(0);
        here && match self.kind {
            Kind::TokenRefused => !asked.token.is_empty(),
            Kind::DeniedInFull(_) => asked.full,
            _ => true,
        }
    }
}
