//! Why a call brought nothing, or not everything.

use super::redact::clean;
use crate::model::GapReason;
use std::fmt;

/// What kind of failure it is. It decides whether trying again can help and how it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TroubleKind {
    /// 401: no credentials, or they are not accepted.
    Credentials,
    /// 403 with a permission that is missing.
    Denied,
    /// 403 `SERVICE_DISABLED`: the API is not enabled in the project that is asked or billed.
    Disabled,
    /// 404: it is not there (any more), or the caller may not know.
    NotFound,
    /// 429, or 403 `rateLimitExceeded`, after all attempts.
    Quota,
    /// Another 4xx.
    Rejected,
    /// 5xx after all attempts.
    Server,
    /// No answer within the time for an attempt or for the call.
    TimedOut,
    /// No connection, or it broke.
    Unreachable,
    /// The answer ended early, or is not what the API documents.
    Malformed,
    /// A page token was refused, or came twice: the rest of the list is missing.
    PageLost,
    /// The API failed so often in this run that it is not asked any more.
    GivenUp,
    /// The run was cancelled, or its total time is over.
    Cancelled,
    /// `--offline`.
    Offline,
}

impl TroubleKind {
    /// All of them.
    pub const ALL: [TroubleKind; 14] = [
        TroubleKind::Credentials,
        TroubleKind::Denied,
        TroubleKind::Disabled,
        TroubleKind::NotFound,
        TroubleKind::Quota,
        TroubleKind::Rejected,
        TroubleKind::Server,
        TroubleKind::TimedOut,
        TroubleKind::Unreachable,
        TroubleKind::Malformed,
        TroubleKind::PageLost,
        TroubleKind::GivenUp,
        TroubleKind::Cancelled,
        TroubleKind::Offline,
    ];

    /// Its name in reports and tests.
    pub fn slug(self) -> &'static str {
        match self {
            TroubleKind::Credentials => "credentials",
            TroubleKind::Denied => "denied",
            TroubleKind::Disabled => "disabled",
            TroubleKind::NotFound => "not-found",
            TroubleKind::Quota => "quota",
            TroubleKind::Rejected => "rejected",
            TroubleKind::Server => "server",
            TroubleKind::TimedOut => "timed-out",
            TroubleKind::Unreachable => "unreachable",
            TroubleKind::Malformed => "malformed",
            TroubleKind::PageLost => "page-lost",
            TroubleKind::GivenUp => "given-up",
            TroubleKind::Cancelled => "cancelled",
            TroubleKind::Offline => "offline",
        }
    }

    /// The gap that it leaves: part of a list is `truncated`, everything else `refused`.
    pub fn gap(self) -> GapReason {
        match self {
            TroubleKind::PageLost => GapReason::Truncated,
            _ => GapReason::Refused,
        }
    }
}

/// A call that failed, after everything was tried. Never holds a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What kind.
    pub kind: TroubleKind,
    /// The service, as its host begins: `storage`, `cloudresourcemanager`.
    pub service: String,
    /// The HTTP status, or what the gRPC code corresponds to.
    pub status: Option<u16>,
    /// The machine-readable reason of the API: `IAM_PERMISSION_DENIED`, `RATE_LIMIT_EXCEEDED`.
    pub reason: Option<String>,
    /// What the API says, or what happened, in one line. Comes from outside.
    pub message: String,
    /// The permission that the API says is missing.
    pub permission: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
}

impl Trouble {
    /// A trouble of which nothing is known but its kind and a sentence. What could be a secret in the sentence is
    /// taken out, and it is one line.
    pub fn new(kind: TroubleKind, service: &str, message: &str) -> Trouble {
        Trouble {
            kind,
            service: service.to_owned(),
            status: None,
            reason: None,
            message: clean(message),
            permission: None,
            attempts: 0,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)
    }
}

impl std::error::Error for Trouble {}
