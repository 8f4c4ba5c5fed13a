//! `[[public]]`: buckets whose objects are meant to be read by everybody, said once, with the reason.
//!
//! A declaration covers findings about the public reading such a bucket, its managed folders included. That the
//! public can change something there is never covered, and neither is what could be that.

use super::config::{Config, PublicEntry};
use super::error::{SettingsError, Source};
use super::pattern::ResourceGlob;
use crate::finding::Finding;
use jiff::civil::Date;
use toml::Spanned;

/// The declarations of a configuration, compiled.
#[derive(Debug, Clone, Default)]
pub struct PublicBuckets(Vec<PublicBucket>);

/// One `[[public]]`.
#[derive(Debug, Clone)]
pub struct PublicBucket {
    /// The bucket, and what lies in it.
    globs: [ResourceGlob; 2],
    /// The pattern as it was written.
    pub pattern: String,
    /// Why everybody may read it.
    pub reason: String,
    /// The last day, in UTC, on which it counts.
    pub expires: Option<Date>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Its place, `.leastwise.toml:12`.
    pub place: String,
}

impl PublicBuckets {
    /// Checks and compiles the `[[public]]` entries of `config`.
    ///
    /// # Errors
    /// The first entry that does not name buckets, or gives no reason.
    pub(super) fn compile(
        config: &Config,
        source: &Source,
    ) -> Result<PublicBuckets, SettingsError> {
        let entries = config.public.iter();
        let entries = entries.map(|entry| PublicBucket::compile(entry, source));
        entries.collect::<Result<_, _>>().map(PublicBuckets)
    }

    /// The entries in the order of the file.
    pub fn entries(&self) -> &[PublicBucket] {
        &self.0
    }
}

impl PublicBucket {
    fn compile(
        entry: &Spanned<PublicEntry>,
        source: &Source,
    ) -> Result<PublicBucket, SettingsError> {
        let raw = entry.get_ref();
        let (span, text) = (raw.pattern.span(), raw.pattern.get_ref());
        let Some(name) = text.strip_prefix("gs://") else {
            let help = Some(format!("did you mean `gs://{text}`?"));
            return Err(source.error(span, "a bucket is named `gs://…`", help));
        };
        if name
            .chars()
            .all(|c| matches!(c, '*' | '?' | '{' | '}' | ',' | '/'))
        {
            let help = "name the buckets that are meant for the public: `gs://open-data-*`";
            return Err(source.error(
                span,
                "every bucket would be public on purpose",
                Some(help.to_owned()),
            ));
        }
        let bucket = text.trim_end_matches('/');
        let glob = |text: &str| {
            ResourceGlob::new(text).map_err(|message| source.error(span.clone(), message, None))
        };
        let reason = raw.reason.get_ref().trim();
        if reason.is_empty() {
            let help = "say why everybody may read it, for whoever reads this in a year";
            return Err(source.error(
                raw.reason.span(),
                "the reason is empty",
                Some(help.to_owned()),
            ));
        }
        Ok(PublicBucket {
            globs: [glob(bucket)?, glob(&format!("{bucket}/**"))?],
            pattern: text.clone(),
            reason: reason.to_owned(),
            expires: raw.expires.as_ref().map(|date| *date.get_ref()),
            owner: raw.owner.clone(),
            place: format!(
                "{}:{}",
                source.path.display(),
                source.line_of(entry.span().start)
            ),
        })
    }

    /// Whether it covers `finding`.
    pub(super) fn covers(&self, finding: &Finding) -> bool {
        let mut globs = self.globs.iter();
        finding.public_read && globs.any(|glob| glob.matches_finding(finding))
    }

    /// Whether its last day is before `today`.
    pub fn is_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| today > last)
    }

    /// Reason and place, as shown next to what it covers.
    pub fn describe(&self) -> String {
        let until = match self.expires {
            Some(last) => format!(", until {last}"),
            None => String::new(),
        };
        let owner = match &self.owner {
            Some(owner) => format!(", owner {owner}"),
            None => String::new(),
        };
        format!(
            "declared public: {} ({}{until}{owner})",
            self.reason, self.place
        )
    }
}
