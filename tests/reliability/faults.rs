//! What can go wrong with a call, and what is to come of it.

use super::estate::{FaultKind, Twist, When};
use std::time::Duration;

/// One way in which calls go wrong.
pub struct Row {
    /// Its name in the tables.
    pub name: &'static str,
    /// What the API does, for the reader of the page.
    pub does: &'static str,
    /// What the server does.
    pub kind: FaultKind,
    /// How often.
    pub when: When,
    /// What is to come of it.
    pub comes: Comes,
    /// The only API that can go wrong so.
    pub only: Option<&'static str>,
}

/// What is to come of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comes {
    /// Nothing: the call is made again, or the list goes on, and the findings are those of every other day.
    Nothing,
    /// A gap, and exit code 3.
    Gap,
    /// A gap, unless the thing may be gone since it was listed.
    GapUnlessGone,
}

/// All of them.
pub fn rows() -> Vec<Row> {
    let row = |name, does, kind, when, comes| Row {
        name,
        does,
        kind,
        when,
        comes,
        only: None,
    };
    let always = When::Always;
    vec![
        row(
            "refused",
            "403 `IAM_PERMISSION_DENIED`, always",
            FaultKind::Refused(String::new()),
            always,
            Comes::Gap,
        ),
        row(
            "disabled",
            "403 `SERVICE_DISABLED`, always",
            FaultKind::Disabled,
            always,
            Comes::Gap,
        ),
        row(
            "no login",
            "401, always",
            FaultKind::Unauthenticated,
            always,
            Comes::Gap,
        ),
        row(
            "gone",
            "404, always",
            FaultKind::Gone,
            always,
            Comes::GapUnlessGone,
        ),
        row(
            "quota, once",
            "429 with `Retry-After: 1`, once",
            FaultKind::Quota(Some(1)),
            When::First(1),
            Comes::Nothing,
        ),
        row(
            "quota",
            "429 without `Retry-After`, always",
            FaultKind::Quota(None),
            always,
            Comes::Gap,
        ),
        row(
            "500, once",
            "500, once",
            FaultKind::Server(500),
            When::First(1),
            Comes::Nothing,
        ),
        row(
            "503",
            "503, always",
            FaultKind::Server(503),
            always,
            Comes::Gap,
        ),
        row(
            "late",
            "the answer begins after the time for an attempt, always",
            FaultKind::Late(Duration::from_secs(3)),
            always,
            Comes::Gap,
        ),
        row(
            "trickle",
            "the body comes byte by byte and takes longer than an attempt may, always",
            FaultKind::Trickle(Duration::from_millis(200)),
            always,
            Comes::Gap,
        ),
        row(
            "reset, once",
            "the connection is reset, once",
            FaultKind::Reset,
            When::First(1),
            Comes::Nothing,
        ),
        row(
            "reset",
            "the connection is reset, always",
            FaultKind::Reset,
            always,
            Comes::Gap,
        ),
        row(
            "cut, once",
            "the body ends half way, once",
            FaultKind::Cut,
            When::First(1),
            Comes::Nothing,
        ),
        row(
            "cut",
            "the body ends half way, always",
            FaultKind::Cut,
            always,
            Comes::Gap,
        ),
        row(
            "no JSON",
            "200 with the page of a proxy, always",
            FaultKind::NotJson,
            always,
            Comes::Gap,
        ),
        row(
            "half a list",
            "half a list, and a token that is answered with 400",
            FaultKind::List(Twist::Half),
            always,
            Comes::Gap,
        ),
        row(
            "same token",
            "a token that comes again and again",
            FaultKind::List(Twist::SameToken),
            always,
            Comes::Gap,
        ),
        row(
            "empty pages",
            "two empty pages with a token, and then the list",
            FaultKind::List(Twist::Empty(2)),
            always,
            Comes::Nothing,
        ),
        Row {
            only: Some("storage"),
            ..row(
                "unreachable",
                "buckets of a location are left out, and it is said so",
                FaultKind::List(Twist::Unreachable),
                always,
                Comes::Gap,
            )
        },
    ]
}
