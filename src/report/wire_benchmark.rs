//! The part of the JSON that speaks of a benchmark.

use super::wire::WireOutcomes;
use crate::rules::benchmark::{Assessed, Assessment, Standing, Subject};
use schemars::JsonSchema;
use serde::Serialize;

/// What the run says of a benchmark.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Benchmark")]
pub(super) struct WireBenchmark<'a> {
    /// Its name, e.g. `cis-gcp-4.0`.
    id: &'a str,
    /// What its authors call it.
    title: &'a str,
    /// Every recommendation in scope, by number.
    recommendations: Vec<WireRecommendation<'a>>,
}

/// What the run says of a recommendation.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Recommendation")]
pub(super) struct WireRecommendation<'a> {
    /// Its number, which is no decimal: 1.10 comes after 1.9.
    number: &'a str,
    /// What is to be so, in the words of leastwise.
    title: &'a str,
    outcome: WireStanding,
    /// Ids of the rules that judge it.
    rules: &'a [String],
    /// The outcomes of these rules, summed.
    outcomes: WireOutcomes,
    /// What failed.
    failed: Vec<WireSubject<'a>>,
    /// Why it is unknown or for a person to look at; for a failed one, what could not be judged besides.
    reasons: &'a [String],
}

/// How a recommendation came out.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Standing")]
#[serde(rename_all = "kebab-case")]
enum WireStanding {
    /// A rule found something.
    Fail,
    /// Nothing was found, and a rule could not judge, or had nothing to judge.
    Unknown,
    /// A person has to look.
    Manual,
    /// Rules judged it, found nothing, and left nothing unanswered.
    Pass,
    /// It concerns nothing in the input.
    NotApplicable,
}

/// Something that rules found fault with.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FailedSubject")]
struct WireSubject<'a> {
    /// Ids of the rules that did.
    rules: &'a [String],
    /// The full resource name, as the input spells it.
    resource: &'a str,
    /// The role of the binding.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    /// The member of the binding.
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<&'a str>,
    /// It is suppressed, or the baseline knows it. It is a fault nevertheless.
    accepted: bool,
}

impl<'a> WireBenchmark<'a> {
    /// The assessment.
    pub(super) fn new(assessment: &'a Assessment) -> WireBenchmark<'a> {
        WireBenchmark {
            id: &assessment.benchmark.id,
            title: &assessment.benchmark.title,
            recommendations: assessment
                .recommendations
                .iter()
                .map(WireRecommendation::new)
                .collect(),
        }
    }
}

impl<'a> WireRecommendation<'a> {
    /// One recommendation.
    pub(super) fn new(one: &'a Assessed) -> WireRecommendation<'a> {
        WireRecommendation {
            number: &one.number,
            title: &one.title,
            outcome: match one.standing {
                Standing::Fail => WireStanding::Fail,
                Standing::Unknown => WireStanding::Unknown,
                Standing::Manual => WireStanding::Manual,
                Standing::Pass => WireStanding::Pass,
                Standing::NotApplicable => WireStanding::NotApplicable,
            },
            rules: &one.rules,
            outcomes: WireOutcomes {
                fail: one.tally.fail,
                pass: one.tally.pass,
                unknown: one.tally.unknown,
                not_applicable: one.tally.not_applicable,
            },
            failed: one.failed.iter().map(WireSubject::new).collect(),
            reasons: &one.reasons,
        }
    }
}

impl<'a> WireSubject<'a> {
    fn new(subject: &'a Subject) -> WireSubject<'a> {
        WireSubject {
            rules: &subject.rules,
            resource: &subject.resource,
            role: subject.role.as_deref(),
            member: subject.member.as_deref(),
            accepted: subject.accepted,
        }
    }
}
