//! `service-perimeters`: whether the project of each bucket stands in a service perimeter that restricts Cloud Storage.
//!
//! Only the enforced configuration of a perimeter counts; what it would do in a dry run protects nothing (VPC Service
//! Controls, "Dry run mode for service perimeters"). Perimeters name projects by number.

use super::Verdicts;
use super::verdicts::worded;
use crate::estate::{BucketFact, Estate};
use crate::model::{GapReason, Truth};
use indexmap::IndexMap;

const NONE: &str =
    "the input holds no service perimeters; export them with content type access-policy";
const UNTOLD: &str = "the input holds no perimeters of the organisations of some projects, or does not say which \
                      organisations and numbers these projects have";

/// Answers for every project that has a bucket in the input.
pub(super) fn run(estate: &Estate, verdicts: &mut Verdicts<'_>) {
    let mut projects: IndexMap<&str, &BucketFact> = IndexMap::new();
    let mut buckets: Vec<&BucketFact> = estate.buckets.values().collect();
    buckets.sort_by(|a, b| a.name.cmp(&b.name));
    for bucket in buckets {
        let node = bucket.ancestors.first();
        if let Some(node) = node.filter(|node| node.starts_with("projects/")) {
            projects.entry(estate.spelling(node)).or_insert(bucket);
        }
    }
    if estate.perimeters.is_empty() {
        return verdicts.missing_input(NONE, projects.len() as u64);
    }
    for (project, bucket) in projects {
        let name = format!("//cloudresourcemanager.googleapis.com/{project}");
        match estate.perimeter_of("storage.googleapis.com", &bucket.ancestors) {
            Truth::Yes => verdicts.pass(),
            Truth::Unknown => {
                verdicts.unknown(GapReason::InputMissing, UNTOLD, &name, &bucket.evidence);
            }
            Truth::No => {
                let value = crate::model::short_name(&bucket.name);
                let finding = verdicts.finding(&name, &bucket.evidence, worded(&value));
                verdicts.fail([finding]);
            }
        }
    }
}
