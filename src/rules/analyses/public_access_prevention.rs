//! `public-access-prevention`: whether it holds for a bucket, by the bucket's own setting or by organisation policy.
//!
//! `inherited` is only as good as what there is to inherit: the policy of the nearest node above that has one
//! (Cloud Storage documentation, "Public access prevention"; Resource Manager, "Understanding hierarchy
//! evaluation"). Two rules ask, and one tells: `effective` where what is above is known, `bucket` where it is not.

use super::{Kind, Verdicts, verdicts::worded};
use crate::estate::{BucketFact, Estate, Prevention};
use crate::model::{GapReason, Truth};
use crate::rules::judge::Bench;

/// The constraint that decides where a bucket inherits.
pub(super) const CONSTRAINT: &str = "storage.publicAccessPrevention";

const SETTING: &str = "/resource/data/iamConfiguration/publicAccessPrevention";
const NO_POLICIES: &str =
    "the input holds no organisation policies, so what buckets inherit is not known";
const NOT_ALL_POLICIES: &str = "the input does not hold all organisation policies above some buckets, or they depend on \
                                tags, so what these buckets inherit is not known";

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// The bucket's own setting, unless an organisation policy makes up for it.
    Bucket,
    /// What comes of the setting and the policies above.
    Effective,
}

/// Answers for every bucket whose settings are in the input.
pub(super) fn run(ask: Ask, bench: &Bench<'_>, estate: &Estate, verdicts: &mut Verdicts<'_>) {
    let mut kinds = bench.program.analyses.iter().map(|analysis| &analysis.kind);
    let effective_runs =
        kinds.any(|kind| matches!(kind, Kind::PublicAccessPrevention(Ask::Effective)));
    let mut buckets: Vec<&BucketFact> = estate.buckets.values().collect();
    buckets.sort_by(|a, b| a.name.cmp(&b.name));
    for bucket in buckets {
        if bucket.prevention == Prevention::Enforced {
            verdicts.pass();
            continue;
        }
        let above = estate.enforced_above(CONSTRAINT, &bucket.ancestors);
        match (ask, bucket.prevention, above) {
            (_, _, Truth::Yes) => verdicts.pass(),
            // The other rule says it, and with more ground.
            (Ask::Bucket, Prevention::Inherited, Truth::No) if effective_runs => {
                verdicts.not_applicable();
            }
            (Ask::Bucket, Prevention::Inherited, _)
            | (Ask::Effective, Prevention::Inherited, Truth::No) => {
                let mut finding = verdicts.finding(&bucket.name, &bucket.evidence, worded(""));
                finding.public_read = true;
                verdicts.fail([finding]);
            }
            (Ask::Effective, Prevention::Inherited, Truth::Unknown) => {
                let sentence = match estate.org_policies.is_empty() && estate.evaluated.is_empty() {
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
