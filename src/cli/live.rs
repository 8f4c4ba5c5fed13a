//! Stand-in, replaced by the branch `client`.

use super::Failure;
use crate::sources::live::client::{Client, Options};
use crate::sources::live::credentials::Tokens;
use clap::Args;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How Google is asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Google Cloud")]
pub(super) struct LiveArguments {
    /// An address.
    #[arg(long, value_name = "SERVICE=URL")]
    endpoint: Vec<String>,
    /// No network.
    #[arg(long)]
    pub(super) offline: bool,
    /// No credentials.
    #[arg(long)]
    anonymous: bool,
    /// Seconds for everything.
    #[arg(long)]
    pub(super) timeout: Option<u64>,
}

impl LiveArguments {
    /// Opens.
    pub(super) fn open(&self) -> Result<(Client, Arc<Tokens>), Failure> {
        let endpoints = self.endpoint.iter().filter_map(|text| text.split_once('='));
        let endpoints: BTreeMap<String, String> = endpoints
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .collect();
        let options = Options {
            endpoints,
            offline: self.offline,
            attempt_timeout: Duration::from_secs(60),
            call_timeout: Duration::from_secs(60),
            attempts: 3,
            ..Options::default()
        };
        let tokens = Arc::new(Tokens::anonymous());
        let client = Client::new(options, Arc::clone(&tokens))
            .map_err(|error| Failure::usage(error.to_string()))?;
        Ok((client, tokens))
    }
}
