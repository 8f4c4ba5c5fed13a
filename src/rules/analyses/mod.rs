//! What neither a path nor a grant can say: one file per analysis.
//!
//! An analysis runs once, after the stream, over the estate. It declares which grants it wants kept
//! ([`Kind::interests`]) and gives each of its subjects one of the four outcomes through [`Verdicts`].

mod public_bucket;

use super::Rule;
use super::file::{Analysis, Grant, MemberTest};
use super::judge::{Bench, Cause, Output};
use super::select::Refusal;
use crate::estate::{Estate, Evidence, Interest};
use crate::finding::{Finding, RuleId};
use crate::model::{GapReason, MemberKind};
use public_bucket::Plane;

/// An analysis, with the question that a rule asks of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Whether the public reaches a bucket.
    PublicBucket(Plane),
}

/// Every (name, question) that a rule file may ask, and what answers it.
const KNOWN: &[(&str, Option<&str>, Kind)] = &[
    ("public-bucket", Some("iam"), Kind::PublicBucket(Plane::Iam)),
    ("public-bucket", Some("acl"), Kind::PublicBucket(Plane::Acl)),
    (
        "public-bucket",
        Some("default-object-acl"),
        Kind::PublicBucket(Plane::DefaultObjectAcl),
    ),
    (
        "public-bucket",
        Some("write"),
        Kind::PublicBucket(Plane::Write),
    ),
];

/// Finds the analysis that a rule file names.
///
/// # Errors
/// When there is none of that name, or it does not answer the question asked.
pub(crate) fn find(analysis: &Analysis) -> Result<Kind, Refusal> {
    let ask = analysis.ask.as_deref();
    let known = KNOWN
        .iter()
        .find(|(name, question, _)| *name == analysis.name && *question == ask);
    known.map(|(_, _, kind)| *kind).ok_or_else(|| {
        let mut known: Vec<String> = KNOWN
            .iter()
            .map(|(name, ask, _)| {
                ask.map_or_else(
                    || (*name).to_owned(),
                    |ask| format!("{name} (ask = \"{ask}\")"),
                )
            })
            .collect();
        known.dedup();
        Refusal {
            key: "name",
            text: Some((analysis.name.clone(), 0)),
            message: format!("no such analysis; there are {}", known.join(", ")),
        }
    })
}

impl Kind {
    /// The grants that the analysis needs.
    pub(crate) fn interests(self) -> &'static [Interest] {
        match self {
            Kind::PublicBucket(Plane::Iam | Plane::Write) => &[Interest::PublicBucket],
            Kind::PublicBucket(Plane::Acl | Plane::DefaultObjectAcl) => &[],
        }
    }
}

/// Which grants an interest means.
pub(crate) fn question(interest: Interest) -> Grant {
    match interest {
        Interest::PublicBucket => Grant {
            member: MemberTest {
                kind: vec![MemberKind::Public],
                ..MemberTest::default()
            },
            at: vec!["bucket".to_owned()],
            ..Grant::default()
        },
        Interest::Escalation | Interest::Objects => Grant::default(),
    }
}

/// Runs every analysis that a rule of the run asks for, over what the stream left behind.
pub fn analyse(bench: &Bench<'_>, estate: &Estate, output: &mut Output) {
    for (index, rule) in bench.rules.iter().enumerate() {
        let Some(Ok(kind)) = rule.file.analysis.as_ref().map(find) else {
            continue;
        };
        let mut verdicts = Verdicts {
            index,
            rule,
            output,
        };
        match kind {
            Kind::PublicBucket(plane) => public_bucket::run(plane, bench, estate, &mut verdicts),
        }
    }
}

/// Where an analysis says what it found. Every subject gets exactly one outcome, by one or more calls of
/// [`Verdicts::finding`] followed by [`Verdicts::fail`], or by one of the other three.
pub(crate) struct Verdicts<'v> {
    index: usize,
    rule: &'v Rule,
    output: &'v mut Output,
}

impl Verdicts<'_> {
    /// A finding of the rule on `resource`, at `evidence`, with the rule's severity and confidence; the
    /// caller fills in what else it knows and hands it to [`Verdicts::fail`].
    pub(crate) fn finding(&self, resource: &str, evidence: &Evidence, message: String) -> Finding {
        Finding {
            rule: RuleId(u16::try_from(self.index).unwrap_or(u16::MAX)),
            severity: self.rule.file.severity,
            confidence: self.rule.file.confidence,
            resource: resource.into(),
            role: None,
            member: None,
            condition: None,
            detail: None,
            message: message.into(),
            note: None,
            document: evidence.document,
            pointer: evidence.pointer.clone(),
            location: evidence.location,
        }
    }

    /// The subject fails, with these findings.
    pub(crate) fn fail(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.output.tallies[self.index].fail += 1;
        self.output.findings.extend(findings);
    }

    /// The subject was judged, and nothing was found.
    pub(crate) fn pass(&mut self) {
        self.output.tallies[self.index].pass += 1;
    }

    /// Allow policies of buckets that the stream judged.
    pub(crate) fn bucket_policies(&self) -> u64 {
        self.output.bucket_policies
    }

    /// So many subjects were judged, and nothing was found.
    pub(crate) fn pass_many(&mut self, subjects: u64) {
        self.output.tallies[self.index].pass += subjects;
    }

    /// The rule does not apply to the subject.
    pub(crate) fn not_applicable(&mut self) {
        self.output.tallies[self.index].not_applicable += 1;
    }

    /// The subject cannot be judged. `subject` completes the sentence of the reason (see `Output::take_gaps`);
    /// subjects that are equal are told together.
    pub(crate) fn unknown(
        &mut self,
        reason: GapReason,
        subject: &str,
        resource: &str,
        evidence: &Evidence,
    ) {
        self.output.tallies[self.index].unknown += 1;
        let first = || (evidence.document, evidence.location, resource.into());
        self.output.unknown(
            Cause {
                reason,
                subject: subject.into(),
            },
            [self.index],
            1,
            first,
        );
    }

    /// The question needs something that the input as a whole does not hold.
    pub(crate) fn missing_input(&mut self, subject: &str) {
        self.output.tallies[self.index].unknown += 1;
        let cause = Cause {
            reason: GapReason::InputMissing,
            subject: subject.into(),
        };
        self.output.unknown_without_place(cause, self.index);
    }
}
