//! Whether a project records who reads and who writes objects.
//!
//! Audit configurations are added up along the hierarchy, those of `allServices` and of the service, and whatever
//! any of them switches on is on; `exemptedMembers` leave gaps for those they name and switch nothing off (Cloud
//! Logging documentation, "Configure Data Access audit logs").
//!
//! Projects are judged, because that is where the logs of a bucket are written. What folders and the organisation
//! configure counts for every project below them; alone they are no subject.

use super::{Verdicts, verdicts::worded};
use crate::estate::{AuditFact, Estate};
use crate::model::GapReason;

const SERVICES: [&str; 2] = ["storage.googleapis.com", "allServices"];
const WANTED: [&str; 2] = ["DATA_READ", "DATA_WRITE"];

/// What the nodes from a project upwards switch on together.
#[derive(Default)]
struct Recorded {
    on: [bool; WANTED.len()],
    exempted: u32,
}

/// Answers for every project whose allow policy is in the input.
pub(super) fn run(estate: &Estate, verdicts: &mut Verdicts<'_>) {
    let mut nodes: Vec<(&str, &AuditFact)> = estate.audit.iter().map(|(n, f)| (&**n, f)).collect();
    nodes.sort_by_key(|(node, _)| *node);
    for (node, fact) in nodes {
        if !node.starts_with("projects/") || node.matches('/').count() != 1 {
            verdicts.not_applicable();
            continue;
        }
        // The same project under its id and under its number is one subject.
        let twin = estate.alias(node).filter(|_| estate.spelling(node) != node);
        if twin.is_some_and(|twin| estate.audit.contains_key(twin)) {
            continue;
        }
        judge(node, fact, estate, verdicts);
    }
}

fn judge(node: &str, fact: &AuditFact, estate: &Estate, verdicts: &mut Verdicts<'_>) {
    let (chain, rooted) = estate.lineage(node, &fact.ancestors);
    let mut recorded = Recorded::default();
    let mut missing = None;
    for above in &chain {
        let spellings = [Some(&**above), estate.alias(above)];
        let mut facts = spellings
            .into_iter()
            .flatten()
            .filter_map(|node| estate.audit.get(node))
            .peekable();
        if facts.peek().is_none() {
            missing.get_or_insert(above);
        }
        facts.for_each(|fact| recorded.add(fact));
    }
    let off: Vec<&str> = WANTED
        .into_iter()
        .zip(recorded.on)
        .filter_map(|(log, on)| (!on).then_some(log))
        .collect();
    if off.is_empty() {
        verdicts.pass();
        return;
    }
    if let Some(above) = missing {
        let sentence = format!(
            "the input holds no allow policy of {above}, whose audit configuration counts for every project below"
        );
        verdicts.unknown(
            GapReason::InputMissing,
            &sentence,
            &fact.node,
            &fact.evidence,
        );
        return;
    }
    if !rooted {
        verdicts.unknown(
            GapReason::InputMissing,
            "the input does not say what is above some projects, and audit configurations are inherited",
            &fact.node,
            &fact.evidence,
        );
        return;
    }
    let message = worded(&off.join(" and "));
    let mut finding = verdicts.finding(&fact.node, &fact.evidence, message);
    if recorded.exempted > 0 {
        let note = format!(
            "what is recorded leaves out {} exempted members",
            recorded.exempted
        );
        finding.note = Some(note.into());
    }
    verdicts.fail([finding]);
}

impl Recorded {
    fn add(&mut self, fact: &AuditFact) {
        for (service, log_type, exempted) in &fact.logs {
            if !SERVICES.contains(&&**service) {
                continue;
            }
            if let Some(wanted) = WANTED.iter().position(|wanted| **wanted == **log_type) {
                self.on[wanted] = true;
                self.exempted = self.exempted.saturating_add(*exempted);
            }
        }
    }
}
