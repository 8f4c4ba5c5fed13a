//! What goes wrong, by rule.

use super::answer::Refusal;
use super::http::{Mishap, Reply, Request};
use super::rest::Twist;
use std::time::Duration;

/// How a call goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// 403: this permission is missing.
    Refused(String),
    /// 403: the API is not enabled.
    Disabled,
    /// 429, with seconds to wait if any are told.
    Quota(Option<u64>),
    /// 5xx.
    Server(u16),
    /// The answer comes this much later.
    Late(Duration),
    /// The body comes byte by byte, with this long between two.
    Trickle(Duration),
    /// The body ends half way, and the connection with it.
    Cut,
    /// The connection is reset instead of an answer.
    Reset,
    /// 200, with the page of a proxy as its body.
    NotJson,
    /// 401.
    Unauthenticated,
    /// 404: deleted since it was listed.
    Gone,
    /// A list goes wrong.
    List(Twist),
}

/// Which of the requests that fit go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Each.
    Always,
    /// The first so many; those after are answered.
    First(u32),
    /// Only this one, the first being 1.
    Nth(u32),
}

/// A rule: which requests go wrong, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The service, or `*`.
    pub service: String,
    /// The path after the service: `*` is part of a segment, `**` any number of them.
    pub path: String,
    /// Which of those that fit.
    pub when: When,
    /// How.
    pub kind: Kind,
}

impl Fault {
    /// Always, on every path of a service.
    pub fn on(service: &str, kind: Kind) -> Fault {
        Fault {
            service: service.to_owned(),
            path: "**".to_owned(),
            when: When::Always,
            kind,
        }
    }

    /// Only on paths like this.
    #[must_use]
    pub fn at(mut self, path: &str) -> Fault {
        path.clone_into(&mut self.path);
        self
    }

    /// Only this often.
    #[must_use]
    pub fn when(mut self, when: When) -> Fault {
        self.when = when;
        self
    }

    /// Whether a request is meant.
    pub fn fits(&self, request: &Request) -> bool {
        let service = request.service();
        // `europe-west4-aiplatform` is a host of `aiplatform`.
        let same = self.service == "*"
            || self.service == service
            || service
                .strip_suffix(self.service.as_str())
                .is_some_and(|region| region.ends_with('-'));
        same && glob(self.path.as_bytes(), request.path().as_bytes())
    }

    /// Whether the request that is the `number`th that fits goes wrong.
    pub fn strikes(&self, number: u32) -> bool {
        match self.when {
            When::Always => true,
            When::First(count) => number <= count,
            When::Nth(wanted) => number == wanted,
        }
    }
}

impl Kind {
    /// The refusal that it is, if it is one.
    pub fn refusal(&self, request: &Request) -> Option<Refusal> {
        Some(match self {
            Kind::Refused(permission) => Refusal::Denied(
                permission.clone(),
                request.path().trim_start_matches('/').to_owned(),
            ),
            Kind::Disabled => Refusal::Disabled("481516234201".to_owned()),
            Kind::Quota(wait) => Refusal::Quota(*wait),
            Kind::Server(status) => Refusal::Server(*status),
            Kind::Unauthenticated => Refusal::Unauthenticated,
            Kind::Gone => Refusal::NotFound(request.path().trim_start_matches('/').to_owned()),
            _ => return None,
        })
    }

    /// How a list is twisted.
    pub fn twist(&self) -> Twist {
        match self {
            Kind::List(twist) => *twist,
            _ => Twist::None,
        }
    }

    /// Does to an answer what happens on its way.
    pub fn spoil(&self, reply: &mut Reply) {
        reply.mishap = match self {
            Kind::Late(time) => Some(Mishap::Late(*time)),
            Kind::Trickle(pause) => Some(Mishap::Trickle(*pause)),
            Kind::Cut => Some(Mishap::Cut),
            Kind::Reset => Some(Mishap::Reset),
            Kind::NotJson => {
                reply.body =
                    b"<html><head><title>Please log in</title></head><body>proxy</body></html>"
                        .to_vec();
                None
            }
            _ => None,
        };
    }
}

/// Whether a path fits a pattern: `*` is any part of a segment, `**` anything.
fn glob(pattern: &[u8], path: &[u8]) -> bool {
    match pattern {
        [] => path.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=path.len()).any(|at| glob(rest, &path[at..])),
        [b'*', rest @ ..] => {
            let end = path.iter().position(|&one| one == b'/');
            (0..=end.unwrap_or(path.len())).any(|at| glob(rest, &path[at..]))
        }
        [one, rest @ ..] => path.first() == Some(one) && glob(rest, &path[1..]),
    }
}
