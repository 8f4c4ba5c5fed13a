//! Tokens of a service account on behalf of somebody who may create them (`roles/iam.serviceAccountTokenCreator`).

use super::fetch::Fetched;
use super::secret::Secret;
use super::{SCOPES, Tokens, trouble};
use crate::sources::live::Trouble;
use crate::sources::live::client::{Client, Options, Request};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// The longest lifetime that needs no organisation policy.
const LIFETIME: &str = "3600s";

/// Whose tokens are asked for, and by whom.
pub(super) struct Impersonation {
    client: Client,
    /// The account whose tokens they are.
    pub(super) target: String,
    /// Accounts in between, each of which may create tokens of the next.
    delegates: Vec<String>,
}

impl Impersonation {
    /// `chain` is what gcloud takes too: the target, or delegates and the target with commas between them.
    pub(super) fn new(
        chain: &str,
        base: Tokens,
        endpoints: &BTreeMap<String, String>,
    ) -> Result<Impersonation, Trouble> {
        let mut accounts: Vec<String> = chain
            .split(',')
            .map(|account| account.trim().to_owned())
            .collect();
        let fits = |account: &String| {
            let known = |b: u8| b.is_ascii_alphanumeric() || b"-_.@:".contains(&b);
            account.contains('@') && account.bytes().all(known)
        };
        if let Some(wrong) = accounts.iter().find(|account| !fits(account)) {
            return Err(trouble(&format!(
                "`{wrong}` is no service account; impersonation takes its e-mail address, e.g. \
                 `scanner@acme-ml.iam.gserviceaccount.com`"
            )));
        }
        let target = accounts.pop().unwrap_or_default();
        let options = Options {
            endpoints: endpoints.clone(),
            attempt_timeout: Duration::from_secs(20),
            call_timeout: Duration::from_secs(60),
            attempts: 4,
            ..Options::default()
        };
        Ok(Impersonation {
            client: Client::new(options, Arc::new(base))?,
            target,
            delegates: accounts,
        })
    }

    /// The credentials on whose behalf.
    pub(super) fn base(&self) -> &Tokens {
        self.client.tokens()
    }

    /// A token. It takes a call, and a call takes a token: behind a pointer the future has a size.
    pub(super) fn fetch(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Fetched, Trouble>> + Send + '_>> {
        Box::pin(self.ask())
    }

    async fn ask(&self) -> Result<Fetched, Trouble> {
        let name = |account: &String| format!("projects/-/serviceAccounts/{account}");
        let delegates: Vec<String> = self.delegates.iter().map(name).collect();
        let path = format!("/v1/{}:generateAccessToken", name(&self.target));
        let body = json!({"delegates": delegates, "scope": SCOPES, "lifetime": LIFETIME});
        let request = Request::post("iamcredentials", path, body);
        let answer = self.client.call(&request).await.map_err(|mut refused| {
            let hint = match refused.status {
                Some(403 | 404) => {
                    "; grant roles/iam.serviceAccountTokenCreator on it to whoever asks"
                }
                _ => "",
            };
            let (target, why) = (&self.target, &refused.message);
            refused.message = format!("cannot impersonate {target}: {why}{hint}");
            refused.kind = crate::sources::live::TroubleKind::Credentials;
            refused
        })?;
        let text = |key| answer.get(key).and_then(Value::as_str);
        let token = text("accessToken").filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| {
            trouble(&format!(
                "cannot impersonate {}: the answer has no token",
                self.target
            ))
        })?;
        Ok(Fetched {
            token: Secret::new(token),
            expires: text("expireTime").and_then(|time| time.parse().ok()),
            recheck: None,
        })
    }
}
