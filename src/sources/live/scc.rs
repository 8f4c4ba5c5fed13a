//! Security Command Center: reads what a source holds, and writes findings there. It is the only part of leastwise that
//! writes anything in Google Cloud, and only when it is asked to.

use super::client::{Client, Request};
use super::{Trouble, TroubleKind};
use serde_json::Value;
use tokio::task::JoinSet;

const SERVICE: &str = "securitycenter";

/// Writes under way at once.
const AT_ONCE: usize = 8;

/// One finding that is to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// `organizations/1/sources/2/findings/<id>`.
    pub name: String,
    /// The fields that are changed; `None` where the finding may have to be created.
    pub mask: Option<&'static str>,
    /// The finding.
    pub body: Value,
}

/// What came of writing.
#[derive(Debug, Default)]
pub struct Written {
    /// How many were written.
    pub done: u64,
    /// How many were not.
    pub failed: u64,
    /// The first reason.
    pub trouble: Option<Trouble>,
}

/// The ACTIVE findings of a source.
///
/// # Errors
/// They could not be listed to the end: then nobody can say what is gone.
pub async fn active(client: &Client, source: &str) -> Result<Vec<Value>, Trouble> {
    let request = Request {
        service: SERVICE,
        path: format!("/v1/{source}/findings"),
        query: vec![
            ("filter", "state=\"ACTIVE\"".to_owned()),
            ("pageSize", "1000".to_owned()),
        ],
        body: None,
        budget: None,
    };
    let mut found = Vec::new();
    let each = |page: Value| {
        let results = page.get("listFindingsResults").and_then(Value::as_array);
        let findings = results.into_iter().flatten();
        found.extend(findings.filter_map(|result| result.get("finding").cloned()));
    };
    client.pages(&request, each).await?;
    // Whatever the service makes of the filter, what is not active is not touched.
    found.retain(|finding| finding.get("state").and_then(Value::as_str) == Some("ACTIVE"));
    Ok(found)
}

/// Writes findings, a few at a time. Goes on after a failure unless every other write would fail, too.
pub async fn write(client: &Client, writes: Vec<Write>) -> Written {
    let mut written = Written::default();
    let mut waiting = writes.into_iter();
    let mut running = JoinSet::new();
    loop {
        while running.len() < AT_ONCE {
            let Some(one) = waiting.next() else { break };
            let client = client.clone();
            running.spawn(async move { client.patch(&request(one)).await });
        }
        let Some(ended) = running.join_next().await else {
            return written;
        };
        match ended {
            Ok(Ok(_)) => written.done += 1,
            Ok(Err(trouble)) => {
                written.failed += 1;
                if is_hopeless(&trouble) {
                    written.failed += waiting.by_ref().count() as u64;
                }
                written.trouble.get_or_insert(trouble);
            }
            // A task that panicked or was cancelled has not delivered.
            Err(_) => written.failed += 1,
        }
    }
}

fn request(write: Write) -> Request {
    let mask = write.mask.map(|mask| ("updateMask", mask.to_owned()));
    Request {
        service: SERVICE,
        path: format!("/v1/{}", write.name),
        query: mask.into_iter().collect(),
        body: Some(write.body),
        budget: None,
    }
}

/// Whether every other write would fail like this one.
fn is_hopeless(trouble: &Trouble) -> bool {
    let refused = matches!(trouble.status, Some(401 | 403));
    refused
        || matches!(
            trouble.kind,
            TroubleKind::Credentials
                | TroubleKind::Denied
                | TroubleKind::Disabled
                | TroubleKind::GivenUp
                | TroubleKind::Cancelled
                | TroubleKind::Offline
        )
}
