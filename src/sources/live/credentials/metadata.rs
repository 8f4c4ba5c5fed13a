//! The metadata server, which gives the service account of the machine, the job or the pod.

use super::SCOPES;
use super::fetch::{Fetched, of_gcp_auth};
use super::secret::Secret;
use crate::sources::live::client::{Options, http};
use crate::sources::live::redact::cause;
use gcp_auth::{MetadataServiceAccount, TokenProvider};
use google_cloud_auth::credentials::mds;
use std::time::Duration;
use tokio::time::timeout;

/// It answers at once where there is one; elsewhere its name may take long not to be found.
const PATIENCE: Duration = Duration::from_secs(3);

/// Its name inside Google Cloud.
const HOST: &str = "metadata.google.internal";

/// The metadata server.
pub(super) struct Metadata<'h> {
    /// `GCE_METADATA_HOST`: another than the usual one.
    host: Option<&'h str>,
}

impl Metadata<'_> {
    pub(super) fn new(host: Option<&str>) -> Metadata<'_> {
        Metadata { host }
    }

    /// A token, and the project.
    pub(super) async fn fetch(&self) -> Result<(Fetched, Option<String>), String> {
        match timeout(PATIENCE, self.ask()).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
        }
    }

    async fn ask(&self) -> Result<(Fetched, Option<String>), String> {
        let Some(host) = self.host else {
            let server = MetadataServiceAccount::new().await;
            let server = server.map_err(|error| cause(&error))?;
            let token = server.token(&SCOPES).await;
            let token = token.map_err(|error| cause(&error))?;
            let project = server.project_id().await.ok();
            return Ok((
                of_gcp_auth(&token),
                project.map(|project| project.to_string()),
            ));
        };
        // `gcp_auth` knows the usual host only.
        crate::sources::live::client::tls();
        let server = mds::Builder::default()
            .with_endpoint(format!("http://{host}"))
            .with_scopes(SCOPES)
            .build_access_token_credentials();
        let server = server.map_err(|error| cause(&error))?;
        let token = server.access_token().await;
        let token = token.map_err(|error| cause(&error))?;
        let project = self.value("project/project-id").await;
        let fetched = Fetched {
            token: Secret::new(&token.token),
            expires: None,
            recheck: Some(Duration::from_secs(60)),
        };
        Ok((fetched, project))
    }

    /// The e-mail address of the service account.
    pub(super) async fn account(&self) -> Option<String> {
        let email = self.value("instance/service-accounts/default/email");
        timeout(PATIENCE, email).await.ok()?
    }

    async fn value(&self, name: &str) -> Option<String> {
        let options = Options {
            attempt_timeout: PATIENCE,
            ..Options::default()
        };
        let host = self.host.unwrap_or(HOST);
        let address = format!("http://{host}/computeMetadata/v1/{name}");
        let call = http(&options).ok()?.get(address);
        let answer = call.header("Metadata-Flavor", "Google").send().await.ok()?;
        if !answer.status().is_success() {
            return None;
        }
        let text = answer.text().await.ok()?;
        let text = text.trim();
        (!text.is_empty() && text.len() < 500).then(|| text.to_owned())
    }
}
