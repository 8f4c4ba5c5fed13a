//! What is odd about a policy as a whole: repetitions, sizes near a limit, service agents that lost their own role.

use super::Verdicts;
use super::verdicts::worded;
use crate::estate::{Estate, Oddity, OddityFact};
use crate::finding::Finding;

/// Answers for every allow policy of the input.
pub(super) fn run(asked: Oddity, estate: &Estate, verdicts: &mut Verdicts<'_>) {
    let mut failed = 0;
    let odd: Vec<&OddityFact> = estate
        .oddities
        .iter()
        .filter(|fact| fact.oddity == asked)
        .collect();
    for of_policy in
        odd.chunk_by(|a, b| a.node == b.node && a.evidence.document == b.evidence.document)
    {
        let findings: Vec<Finding> = of_policy
            .iter()
            .map(|fact| {
                let mut finding = verdicts.finding(&fact.node, &fact.evidence, worded(&fact.words));
                finding.role = fact.role.clone();
                finding.member = fact.member.clone();
                finding.condition = fact.condition.clone();
                finding.detail = (!fact.words.is_empty()).then(|| fact.words.clone());
                finding
            })
            .collect();
        failed += 1;
        verdicts.fail(findings);
    }
    verdicts.pass_many(verdicts.policies().saturating_sub(failed));
}
