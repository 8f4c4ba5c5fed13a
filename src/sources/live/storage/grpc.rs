//! gRPC: lists of buckets from `google.storage.v2.Storage`, the rest from `google.storage.control.v2.StorageControl`,
//! both behind one client of the crate.

use super::{Projection, failure};
use crate::sources::dialects::bucket_settings;
use crate::sources::live::client::{Client, Options, is_private, lost, tls};
use crate::sources::live::redact::chain;
use crate::sources::live::{Trouble, TroubleKind};
use google_cloud_gax::error::Error;
use google_cloud_gax::options::RequestOptionsBuilder;
use google_cloud_gax::retry_policy::NeverRetry;
use google_cloud_iam_v1::model::GetPolicyOptions;
use google_cloud_storage::client::StorageControl;
use google_cloud_wkt::FieldMask;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashSet;

/// With access control lists a page holds no more.
const BUCKETS_WITH_ACL: i32 = 200;

/// The most elements of any other page.
const PAGE: i32 = 1000;

/// Reads by gRPC. Each call is made by the crate once; whether there is another attempt is for [`Client`] to say, by
/// the rules that REST calls follow. The crate's own loop does not repeat reads of policies, and cannot be cancelled.
#[derive(Debug, Clone)]
pub(super) struct Grpc {
    control: StorageControl,
    client: Client,
}

impl Grpc {
    pub(super) async fn new(client: &Client) -> Result<Grpc, Trouble> {
        let (options, tokens) = (client.options(), client.tokens());
        tls();
        let mut builder = StorageControl::builder()
            .with_credentials(tokens.for_grpc())
            // Without these the crate tries for five minutes, and an attempt has no end.
            .with_retry_policy(NeverRetry)
            .with_attempt_timeout(options.attempt_timeout);
        if let Some(endpoint) = endpoint(options)? {
            if !tokens.is_anonymous() && !is_private(&endpoint) {
                let message = format!(
                    "{endpoint} is neither `https` nor on this machine, so no token is sent there"
                );
                return Err(failure::plain(TroubleKind::Rejected, &message));
            }
            builder = builder.with_endpoint(endpoint);
        }
        let control = builder.build().await.map_err(|error| {
            let message = format!("gRPC cannot be set up: {}", chain(&error));
            failure::plain(TroubleKind::Unreachable, &message)
        })?;
        Ok(Grpc {
            control,
            client: client.clone(),
        })
    }

    /// The answer of `ask`, or what is left when trying again did not help.
    async fn call<T, F>(&self, ask: impl Fn() -> F + Send + Sync) -> Result<T, Trouble>
    where
        T: Send,
        F: Future<Output = Result<T, Error>> + Send,
    {
        let limit = self.client.options().attempt_timeout;
        let once = |_| {
            let asked = ask();
            async move {
                // The crate's own limit leaves out the way to the server.
                match tokio::time::timeout(limit, asked).await {
                    Ok(answer) => answer.map_err(|error| failure::failed(&error)),
                    Err(_) => {
                        let message = format!("no whole answer within {limit:?}");
                        Err(failure::plain(TroubleKind::TimedOut, &message).into())
                    }
                }
            }
        };
        self.client.repeat(failure::SERVICE, None, once).await
    }

    pub(super) async fn buckets(
        &self,
        project: &str,
        projection: Projection,
        each: &mut (impl FnMut(Value) + Send),
    ) -> Result<Vec<String>, Trouble> {
        let mut unreachable = Vec::new();
        let mut pages = Pages::default();
        while let Some(token) = pages.next() {
            let ask = || {
                let list = self
                    .control
                    .list_buckets()
                    .set_parent(format!("projects/{project}"))
                    .set_return_partial_success(true)
                    .set_page_token(token.clone());
                let list = match projection {
                    Projection::Full => list
                        .set_page_size(BUCKETS_WITH_ACL)
                        .set_read_mask(FieldMask::default().set_paths(["*"])),
                    Projection::NoAcl => list.set_page_size(PAGE),
                };
                list.with_idempotency(true).send()
            };
            let page = pages.judge(self.call(ask).await)?;
            unreachable.extend(page.unreachable);
            for bucket in &page.buckets {
                each(bucket_settings(&json(bucket)?).unwrap_or_default());
            }
            pages.follow(page.next_page_token)?;
        }
        Ok(unreachable)
    }

    /// The policy of a bucket, or of a managed folder in it.
    pub(super) async fn policy(
        &self,
        bucket: &str,
        folder: Option<&str>,
    ) -> Result<Value, Trouble> {
        let resource = match folder {
            Some(folder) => format!("projects/_/buckets/{bucket}/managedFolders/{folder}"),
            None => format!("projects/_/buckets/{bucket}"),
        };
        let ask = || {
            self.control
                .get_iam_policy()
                .set_resource(resource.clone())
                .set_options(GetPolicyOptions::new().set_requested_policy_version(3))
                .with_idempotency(true)
                .send()
        };
        json(&self.call(ask).await?)
    }

    pub(super) async fn managed_folders(
        &self,
        bucket: &str,
        each: &mut (impl FnMut(Value) + Send),
    ) -> Result<(), Trouble> {
        let mut pages = Pages::default();
        while let Some(token) = pages.next() {
            let ask = || {
                self.control
                    .list_managed_folders()
                    .set_parent(format!("projects/_/buckets/{bucket}"))
                    .set_page_size(PAGE)
                    .set_page_token(token.clone())
                    .with_idempotency(true)
                    .send()
            };
            let page = pages.judge(self.call(ask).await)?;
            for folder in &page.managed_folders {
                each(json(folder)?);
            }
            pages.follow(page.next_page_token)?;
        }
        Ok(())
    }
}

/// The address to use instead of Google's.
fn endpoint(options: &Options) -> Result<Option<String>, Trouble> {
    let named = ["storage-grpc", failure::SERVICE]
        .into_iter()
        .find_map(|key| Some((key, options.endpoints.get(key)?)));
    let everything = || options.endpoints.get("*").map(|address| ("*", address));
    let Some((key, address)) = named.or_else(everything) else {
        return Ok(None);
    };
    let refused = |why: &str| {
        let message = format!(
            "the endpoint {key}={address} is none for gRPC: {why}; name one as storage-grpc=http://HOST:PORT, or use the REST transport"
        );
        Err(failure::plain(TroubleKind::Rejected, &message))
    };
    let Ok(uri) = address.parse::<http::Uri>() else {
        return refused("it is no address");
    };
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none() {
        return refused("it must begin with http:// or https://");
    }
    // Where everything is sent elsewhere, asking Google all the same would be a surprise.
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() || address.contains('{') {
        return refused("it has a path");
    }
    Ok(Some(address.clone()))
}

/// A message of the API as its JSON, in which members with their default are left out.
fn json(message: &impl Serialize) -> Result<Value, Trouble> {
    serde_json::to_value(message).map_err(|error| super::malformed(&error.to_string()))
}

/// The way from page to page.
#[derive(Debug, Default)]
struct Pages {
    seen: HashSet<String>,
    next: Option<String>,
    over: bool,
}

impl Pages {
    /// The token of the page to ask for; the first has an empty one. `None`: that was all.
    fn next(&mut self) -> Option<String> {
        (!self.over).then(|| self.next.clone().unwrap_or_default())
    }

    /// A page that is refused where an earlier one was not: a token is all that it has more than the first.
    fn judge<T>(&self, page: Result<T, Trouble>) -> Result<T, Trouble> {
        page.map_err(|trouble| match trouble.status {
            Some(400) if self.next.is_some() => lost(trouble, self.seen.len()),
            _ => trouble,
        })
    }

    fn follow(&mut self, token: String) -> Result<(), Trouble> {
        if token.is_empty() {
            self.over = true;
            return Ok(());
        }
        if !self.seen.insert(token.clone()) {
            let message = "the API named the same next page twice";
            let trouble = failure::plain(TroubleKind::PageLost, message);
            return Err(lost(trouble, self.seen.len() + 1));
        }
        self.next = Some(token);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::endpoint;
    use crate::sources::live::client::Options;

    fn chosen(endpoints: &[(&str, &str)]) -> Result<Option<String>, String> {
        let options = Options {
            endpoints: endpoints
                .iter()
                .map(|(key, address)| ((*key).to_owned(), (*address).to_owned()))
                .collect(),
            ..Options::default()
        };
        endpoint(&options).map_err(|trouble| trouble.message)
    }

    #[test]
    fn its_own_address_wins_and_none_with_a_path_is_taken() {
        assert_eq!(chosen(&[("iam", "http://a:1")]), Ok(None));
        let both = [("storage", "http://a:1"), ("storage-grpc", "http://b:2")];
        assert_eq!(chosen(&both), Ok(Some("http://b:2".to_owned())));
        assert_eq!(chosen(&both[..1]), Ok(Some("http://a:1".to_owned())));
        let all = [("*", "http://a:1")];
        assert_eq!(chosen(&all), Ok(Some("http://a:1".to_owned())));
        for address in [
            "http://a:1/storage",
            "http://a:1/{service}",
            "a:1",
            "127.0.0.1:1",
            "ftp://a",
            "",
            "http://",
            "http://a?b",
        ] {
            let refused = chosen(&[("*", address)]).unwrap_err();
            assert!(refused.contains("storage-grpc="), "{address}: {refused}");
        }
    }
}
