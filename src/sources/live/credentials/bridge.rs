//! The same tokens for `google-cloud-storage`.

use super::Tokens;
use google_cloud_auth::credentials::{CacheableResource, CredentialsProvider, EntityTag};
use google_cloud_auth::errors::CredentialsError;
use http::{Extensions, HeaderMap};
use std::sync::{Mutex, PoisonError};

/// Answers from the cache of [`Tokens`].
#[derive(Debug)]
pub(super) struct Bridge {
    tokens: Tokens,
    /// The tag of a generation of the token.
    tag: Mutex<(u64, EntityTag)>,
}

impl Bridge {
    pub(super) fn new(tokens: Tokens) -> Bridge {
        let tag = Mutex::new((0, EntityTag::new()));
        Bridge { tokens, tag }
    }

    fn tag(&self, generation: u64) -> EntityTag {
        let mut tag = self.tag.lock().unwrap_or_else(PoisonError::into_inner);
        if tag.0 != generation {
            *tag = (generation, EntityTag::new());
        }
        tag.1.clone()
    }
}

impl CredentialsProvider for Bridge {
    async fn headers(
        &self,
        extensions: Extensions,
    ) -> Result<CacheableResource<HeaderMap>, CredentialsError> {
        let held = self.tokens.held().await;
        // What could pass was tried again before.
        let held = held.map_err(|trouble| CredentialsError::from_msg(false, trouble.message))?;
        let entity_tag = self.tag(held.generation);
        Ok(match extensions.get::<EntityTag>() {
            Some(known) if *known == entity_tag => CacheableResource::NotModified,
            _ => CacheableResource::New {
                entity_tag,
                data: held.headers,
            },
        })
    }

    async fn universe_domain(&self) -> Option<String> {
        None
    }
}
