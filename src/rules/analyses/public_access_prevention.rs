//! Whether public access prevention holds for a bucket, by its own setting or by organisation policy.
//!
//! `inherited` is only as good as what there is to inherit: the policy of the nearest node above that has one
//! (Cloud Storage documentation, "Public access prevention"; Resource Manager, "Understanding hierarchy
//! evaluation").

use super::{Verdicts, verdicts::worded};
use crate::estate::{BucketFact, Estate, Prevention};
use crate::model::{GapReason, Truth};

/// The constraint that decides where a bucket inherits.
pub(super) const CONSTRAINT: &str = "storage.publicAccessPrevention";

const SETTING: &str = "/resource/data/iamConfiguration/publicAccessPrevention";
const NO_POLICIES: &str =
    "the input holds no organisation policies, so what buckets inherit is not known";
const NOT_ALL_POLICIES: &str = "the input does not hold all organisation policies above some buckets, or they depend on \
                                tags, so what these buckets inherit is not known";

/// Answers for every bucket whose settings are in the input.
pub(super) fn run(estate: &Estate, verdicts: &mut Verdicts<'_>) {
    let mut buckets: Vec<&BucketFact> = estate.buckets.values().collect();
    buckets.sort_by(|a, b| a.name.cmp(&b.name));
    for bucket in buckets {
        if bucket.prevention == Prevention::Enforced {
            verdicts.pass();
            continue;
        }
        match (
            bucket.prevention,
            estate.enforced_above(CONSTRAINT, &bucket.ancestors),
        ) {
            (_, Truth::Yes) => verdicts.pass(),
            (Prevention::Inherited, Truth::No) => {
                let finding = verdicts.finding(&bucket.name, &bucket.evidence, worded(""));
                verdicts.fail([finding]);
            }
            (Prevention::Inherited, Truth::Unknown) => {
                let sentence = match estate.org_policies.is_empty() {
                    true => NO_POLICIES,
                    false => NOT_ALL_POLICIES,
                };
                verdicts.unknown(
                    GapReason::InputMissing,
                    sentence,
                    &bucket.name,
                    &bucket.evidence,
                );
            }
            _ => verdicts.unknown(
                GapReason::DialectLacks,
                SETTING,
                &bucket.name,
                &bucket.evidence,
            ),
        }
    }
}
