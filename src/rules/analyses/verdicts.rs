//! Where an analysis says what it found.

use crate::estate::{DoubtFact, Evidence};
use crate::finding::{Finding, Message, RuleId};
use crate::model::GapReason;
use crate::rules::Rule;
use crate::rules::judge::{Cause, Output, Watch};

/// The outcomes of one rule. Every subject gets exactly one: by [`Verdicts::finding`] as often as needed and one
/// [`Verdicts::fail`], or by one of the others.
pub(crate) struct Verdicts<'v> {
    index: usize,
    rule: &'v Rule,
    output: &'v mut Output,
    watch: Option<&'v Watch>,
}

impl<'v> Verdicts<'v> {
    /// For the rule with this index.
    pub(super) fn new(
        index: usize,
        rule: &'v Rule,
        output: &'v mut Output,
        watch: Option<&'v Watch>,
    ) -> Verdicts<'v> {
        Verdicts {
            index,
            rule,
            output,
            watch,
        }
    }

    /// A finding of the rule on `resource`, at `evidence`, with the rule's severity and confidence; the
    /// caller fills in what else it knows and hands it to [`Verdicts::fail`].
    pub(crate) fn finding(
        &self,
        resource: &str,
        evidence: &Evidence,
        message: impl Into<Message>,
    ) -> Finding {
        Finding {
            rule: RuleId(u16::try_from(self.index).unwrap_or(u16::MAX)),
            severity: self.rule.file.severity,
            confidence: self.rule.file.confidence,
            resource: resource.into(),
            known_as: None,
            role: None,
            member: None,
            condition: None,
            detail: None,
            public_read: false,
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
        self.pass_many(1);
    }

    /// Allow policies of buckets that the stream judged.
    pub(crate) fn bucket_policies(&self) -> u64 {
        self.output.bucket_policies
    }

    /// Allow policies that the stream judged.
    pub(crate) fn policies(&self) -> u64 {
        self.output.policies.iter().sum()
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
        let sight = &mut self.output.sight;
        sight.doubt(self.watch, self.index, resource);
        let first = || (evidence.document, evidence.location, resource.into());
        let cause = Cause {
            reason,
            subject: subject.into(),
        };
        self.output.unknown(cause, [self.index], 1, first);
    }

    /// The subject cannot be judged because of a grant that may be one that was asked for.
    pub(crate) fn doubt(&mut self, doubt: &DoubtFact) {
        self.unknown(doubt.reason, &doubt.subject, &doubt.node, &doubt.evidence);
    }

    /// So many subjects cannot be judged, because the input as a whole lacks something: `sentence` says what.
    pub(crate) fn missing_input(&mut self, sentence: &str, subjects: u64) {
        self.output.tallies[self.index].unknown += subjects;
        if subjects > 0 {
            let cause = Cause {
                reason: GapReason::InputMissing,
                subject: sentence.into(),
            };
            self.output
                .unknown_without_place(cause, self.index, subjects);
        }
    }
}

/// The message as the rule file words it, about `value`.
pub(super) fn worded(value: &str) -> Message {
    Message::Template(Some(value.into()))
}
