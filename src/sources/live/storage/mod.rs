//! Buckets, their policies and managed folders: by gRPC (`google-cloud-storage`) or by the JSON API.
//!
//! * `grpc` and `rest`: what is asked, and where the answers have it.
//! * `form`: what comes out is the same, member by member, whichever was asked.
//! * `failure`: so are its errors.

mod failure;
mod form;
mod grpc;
mod rest;

use super::client::Client;
use super::{Trouble, TroubleKind};
use grpc::Grpc;
use rest::Rest;
use serde_json::Value;

/// How Cloud Storage is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Transport {
    /// gRPC. It knows no proxies.
    #[default]
    Grpc,
    /// The JSON API: for proxies and emulators.
    Rest,
}

/// Reads Cloud Storage. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub struct Storage {
    rest: Rest,
    grpc: Option<Grpc>,
}

/// How much of a bucket is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Projection {
    /// Everything.
    Full,
    /// Everything but access control lists and owner.
    NoAcl,
}

impl Storage {
    /// A reader that asks as `client` does: with its tokens, by its rules for time and retries, until it is stopped. Its
    /// requests are counted there, those by gRPC too. Nothing is asked yet.
    ///
    /// The address for gRPC is the endpoint `storage-grpc`, or that of `storage`, or that of `*`.
    ///
    /// # Errors
    /// The address is none that gRPC can be spoken to, or TLS cannot be set up.
    pub async fn new(transport: Transport, client: &Client) -> Result<Storage, Trouble> {
        let grpc = match transport {
            Transport::Grpc => Some(Grpc::new(client).await?),
            Transport::Rest => None,
        };
        let rest = Rest::new(client.clone());
        Ok(Storage { rest, grpc })
    }

    /// How Cloud Storage is asked.
    pub fn transport(&self) -> Transport {
        match self.grpc {
            Some(_) => Transport::Grpc,
            None => Transport::Rest,
        }
    }

    /// Gives each bucket of a project to `each`, page by page, in the shape of the JSON API, with members sorted. What is
    /// not in both APIs is left out (`etag`, `satisfiesPZI`, `generation`). Who may not see access control lists or the
    /// IP filter is shown none: `acl`, `defaultObjectAcl` and `ipFilter` are then absent, which is no fact about them.
    ///
    /// What comes back are the names of what could not be reached: the list is without them.
    ///
    /// # Errors
    /// What is left when retries did not help. What came before it has been given to `each`.
    pub async fn buckets(
        &self,
        project: &str,
        mut each: impl FnMut(Value) + Send,
    ) -> Result<Vec<String>, Trouble> {
        let (mut given, mut odd) = (0_usize, 0_usize);
        let mut take = |bucket| match form::bucket(bucket) {
            Some(bucket) => {
                given += 1;
                each(bucket);
            }
            None => odd += 1,
        };
        let mut listed = self.list(project, Projection::Full, &mut take).await;
        if listed.as_ref().is_err_and(is_about_more) && given == 0 {
            // Better without access control lists than not at all.
            let mut take = |bucket| match form::bucket(bucket) {
                Some(bucket) => each(bucket),
                None => odd += 1,
            };
            listed = self.list(project, Projection::NoAcl, &mut take).await;
        }
        let mut unreachable = listed?;
        unreachable.sort();
        unreachable.dedup();
        sound(odd, "bucket")?;
        Ok(unreachable)
    }

    async fn list(
        &self,
        project: &str,
        projection: Projection,
        each: &mut (impl FnMut(Value) + Send),
    ) -> Result<Vec<String>, Trouble> {
        match &self.grpc {
            Some(grpc) => grpc.buckets(project, projection, each).await,
            None => self.rest.buckets(project, projection, each).await,
        }
    }

    /// The allow policy of a bucket, with its conditions: `bindings`, `etag`, and `version` where it is set.
    ///
    /// # Errors
    /// What is left when retries did not help.
    pub async fn policy(&self, bucket: &str) -> Result<Value, Trouble> {
        let policy = match &self.grpc {
            Some(grpc) => grpc.policy(bucket, None).await?,
            None => self.rest.policy(bucket, None).await?,
        };
        form::policy(policy).ok_or_else(|| malformed("the answer is no policy"))
    }

    /// Gives each managed folder of a bucket to `each`: `bucket`, `name` with the slash at its end, `id`, times.
    ///
    /// # Errors
    /// What is left when retries did not help. What came before it has been given to `each`.
    pub async fn managed_folders(
        &self,
        bucket: &str,
        mut each: impl FnMut(Value) + Send,
    ) -> Result<(), Trouble> {
        let mut odd = 0_usize;
        let mut take = |folder| match form::managed_folder(folder, bucket) {
            Some(folder) => each(folder),
            None => odd += 1,
        };
        match &self.grpc {
            Some(grpc) => grpc.managed_folders(bucket, &mut take).await?,
            None => self.rest.managed_folders(bucket, &mut take).await?,
        }
        sound(odd, "managed folder")
    }

    /// The allow policy of a managed folder, as [`Storage::policy`] gives it. `folder` is its name in the bucket.
    ///
    /// # Errors
    /// What is left when retries did not help.
    pub async fn managed_folder_policy(
        &self,
        bucket: &str,
        folder: &str,
    ) -> Result<Value, Trouble> {
        let policy = match &self.grpc {
            Some(grpc) => grpc.policy(bucket, Some(folder)).await?,
            None => self.rest.policy(bucket, Some(folder)).await?,
        };
        form::policy(policy).ok_or_else(|| malformed("the answer is no policy"))
    }

    /// Gives the metadata of each HMAC key of a project to `each`, as the JSON API has it; gRPC has no such call.
    ///
    /// # Errors
    /// What is left when retries did not help. What came before it has been given to `each`.
    pub async fn hmac_keys(
        &self,
        project: &str,
        mut each: impl FnMut(Value) + Send,
    ) -> Result<(), Trouble> {
        self.rest.hmac_keys(project, &mut each).await
    }
}

/// Whether a list was refused for what is shown with the buckets, not for the buckets.
fn is_about_more(trouble: &Trouble) -> bool {
    let permission = trouble.permission.as_deref();
    trouble.kind == TroubleKind::Denied
        && matches!(
            permission,
            Some("storage.buckets.getIamPolicy" | "storage.buckets.getIpFilter")
        )
}

fn sound(odd: usize, what: &str) -> Result<(), Trouble> {
    if odd == 0 {
        return Ok(());
    }
    let message = format!("{odd} of the elements of the list are no {what}");
    Err(malformed(&message))
}

fn malformed(message: &str) -> Trouble {
    Trouble {
        attempts: 1,
        ..failure::plain(TroubleKind::Malformed, message)
    }
}
