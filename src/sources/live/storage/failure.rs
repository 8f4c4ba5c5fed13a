//! What a failed gRPC call means, in the terms of REST: the same error has one name on both ways.

use crate::sources::live::client::Failed;
use crate::sources::live::redact::chain;
use crate::sources::live::{Trouble, TroubleKind};
use google_cloud_gax::error::Error;
use google_cloud_gax::error::rpc::{Code, Status};
use serde_json::json;

/// The service, as its host begins.
pub(super) const SERVICE: &str = "storage";

/// A trouble that no error of the API stands behind.
pub(super) fn plain(kind: TroubleKind, message: &str) -> Trouble {
    Trouble::new(kind, SERVICE, message)
}

/// What `error` says, as one failed attempt.
pub(super) fn failed(error: &Error) -> Failed {
    if let Some(status) = error.status() {
        return refused(status);
    }
    let kind = if error.is_timeout() {
        TroubleKind::TimedOut
    } else if error.is_authentication() {
        TroubleKind::Credentials
    } else if error.is_deserialization() {
        TroubleKind::Malformed
    } else if error.is_binding() || error.is_serialization() {
        TroubleKind::Rejected
    } else {
        TroubleKind::Unreachable
    };
    plain(kind, &chain(error)).into()
}

fn refused(status: &Status) -> Failed {
    let http = http(status.code);
    let error = json!({ "error": {
        "code": http,
        "status": status.code.name(),
        "message": status.message,
        "details": status.details,
    } });
    let failed = Failed::refused(SERVICE, http, error.to_string().as_bytes());
    match status.code {
        // No other attempt will find the method.
        Code::Unimplemented => failed.but(TroubleKind::Rejected),
        // The server was told how long an attempt may take.
        Code::DeadlineExceeded | Code::Cancelled => failed.but(TroubleKind::TimedOut),
        _ => failed,
    }
}

/// The HTTP status of a code. <https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto>
fn http(code: Code) -> u16 {
    match code {
        Code::Unauthenticated => 401,
        Code::PermissionDenied => 403,
        Code::NotFound => 404,
        Code::ResourceExhausted => 429,
        Code::AlreadyExists | Code::Aborted => 409,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => 400,
        Code::DeadlineExceeded | Code::Cancelled => 504,
        Code::Unimplemented => 501,
        Code::Unavailable => 503,
        _ => 500,
    }
}
