//! Answers as Google words them.

use serde_json::{Value, json};

/// A status and a body.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON.
    pub body: Value,
}

impl Answer {
    /// All is well.
    pub fn ok(body: Value) -> Answer {
        Answer { status: 200, body }
    }

    /// What went wrong.
    pub fn error(code: u16, status: &str, message: &str) -> Answer {
        let reason = match code {
            404 => "notFound",
            409 => "conflict",
            412 => "conditionNotMet",
            403 => "forbidden",
            _ => "invalid",
        };
        let errors = json!([{ "message": message, "domain": "global", "reason": reason }]);
        Answer {
            status: code,
            body: json!({ "error": { "code": code, "message": message, "status": status, "errors": errors } }),
        }
    }

    /// 404.
    pub fn not_found(what: &str) -> Answer {
        Answer::error(
            404,
            "NOT_FOUND",
            &format!("Requested entity was not found: {what}"),
        )
    }

    /// 400.
    pub fn invalid(why: &str) -> Answer {
        Answer::error(400, "INVALID_ARGUMENT", why)
    }

    /// 409, as a stale etag gets it.
    pub fn aborted() -> Answer {
        Answer::error(
            409,
            "ABORTED",
            "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.",
        )
    }
}
