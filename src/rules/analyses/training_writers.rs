//! `training-writers`: whether one identity changes training data and the models made of it as well.
//!
//! ```toml
//! [analysis]
//! name = "training-writers"
//!
//! [analysis.with]
//! training = "(^|-)train(-|$)"      # regular expressions over names of buckets
//! models   = "(^|-)models?(-|$)"    # besides those that Vertex AI models of the input are loaded from
//! ```
//!
//! Only grants on the buckets themselves count: whoever administers a whole project holds everything in it, and other
//! rules say so. Groups are principals: who is in them is not known. Placeholders of the message: `{member}` and `{role}` of the
//! grant on the model's bucket, and `{value}`, the bucket with training data.

use super::Verdicts;
use super::kept::Kept;
use super::verdicts::worded;
use crate::estate::{Estate, GrantFact, Interest};
use crate::model::{GapReason, canonical, short_name};
use crate::rules::file::{Grant, MemberTest};
use crate::rules::select::Refusal;
use indexmap::IndexMap;
use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;

const UNTOLD: &str = "the input does not hold the policies of some buckets with models";

/// What `training-writers` is told.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct With {
    /// A regular expression that matches in the names of buckets with training data.
    training: String,
    /// A regular expression that matches in the names of buckets with models.
    models: String,
}

/// The analysis, ready to run.
#[derive(Debug)]
pub(crate) struct TrainingWriters {
    training: Regex,
    models: Regex,
}

impl TrainingWriters {
    /// Checks what it is told.
    ///
    /// # Errors
    /// A regular expression that does not compile.
    pub(super) fn new(with: With) -> Result<TrainingWriters, Refusal> {
        let regex = |key: &'static str, text: &str| {
            Regex::new(text).map_err(|error| {
                let error = error.to_string();
                let line = error.lines().last().unwrap_or_default();
                Refusal::at(key, text, format!("no regular expression: {line}"))
            })
        };
        Ok(TrainingWriters {
            training: regex("training", &with.training)?,
            models: regex("models", &with.models)?,
        })
    }

    /// The grants that it needs: who changes objects of a bucket.
    pub(super) fn grants() -> Vec<Grant> {
        let permission = ["create", "update", "delete"];
        vec![Grant {
            permission: permission
                .map(|verb| format!("storage.objects.{verb}"))
                .to_vec(),
            at: vec!["bucket".to_owned()],
            member: MemberTest::of_somebody(),
            ..Grant::default()
        }]
    }

    /// Answers for every bucket with models, if any holds training data.
    pub(super) fn run(&self, interests: &[Interest], estate: &Estate, verdicts: &mut Verdicts<'_>) {
        let kept = Kept::new(estate, interests);
        let name = |bucket: &str| short_name(bucket).trim_start_matches("gs://").to_owned();
        let served: Vec<&str> = estate.models.iter().map(|model| &*model.bucket).collect();
        let is_model = |bucket: &str| {
            let name = name(bucket);
            served.contains(&&*name) || self.models.is_match(&name)
        };
        let mut writers: IndexMap<&str, &GrantFact> = IndexMap::new();
        for (bucket, grants) in kept.nodes() {
            if self.training.is_match(&name(bucket)) && !is_model(bucket) {
                for grant in grants {
                    writers.entry(&grant.member).or_insert(grant);
                }
            }
        }
        let mut models: Vec<Box<str>> = estate.bucket_policies.iter().cloned().collect();
        models.extend(estate.buckets.keys().cloned());
        models.retain(|bucket| is_model(bucket));
        models.sort();
        models.dedup();
        for bucket in models {
            let both = kept.at(&bucket).filter_map(|grant| {
                let other = writers.get(&*grant.member)?;
                let value = short_name(&other.node);
                let mut finding = verdicts.finding(&grant.node, &grant.evidence, worded(&value));
                finding.member = Some(grant.member.clone());
                finding.role = Some(grant.role.clone());
                finding.condition = grant.condition.clone();
                Some(finding)
            });
            let both: Vec<_> = both.collect();
            if !both.is_empty() {
                verdicts.fail(both);
            } else if let Some(doubt) = kept.doubt(&bucket) {
                verdicts.doubt(doubt);
            } else if estate.bucket_policies.contains(&bucket) {
                verdicts.pass();
            } else if let Some(settings) = estate.buckets.get(&*canonical(&bucket)) {
                let (name, evidence) = (&settings.name, &settings.evidence);
                verdicts.unknown(GapReason::InputMissing, UNTOLD, name, evidence);
            }
        }
    }
}
