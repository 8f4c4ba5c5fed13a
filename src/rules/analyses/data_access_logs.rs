//! `data-access-logs`: what a project must record of who reads and who writes.
//!
//! ```toml
//! [analysis]
//! name = "data-access-logs"
//!
//! [analysis.with]
//! services = ["storage.googleapis.com"]        # allServices: all of them at once
//! logs     = ["DATA_READ", "DATA_WRITE"]       # or ADMIN_READ; of each service
//! ```
//!
//! `ask = "exempted"` takes no `with` and tells of every node whose own configuration leaves members out.
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
use crate::rules::select::Refusal;
use schemars::JsonSchema;
use serde::Deserialize;

/// What counts for every service.
const ALL: &str = "allServices";

/// What `data-access-logs` is told.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "DataAccessLogs")]
pub(crate) struct With {
    /// The services that must be recorded; `allServices` means all of them at once.
    services: Vec<String>,
    /// What must be recorded of each.
    logs: Vec<Log>,
}

/// What can be switched on. `ADMIN_WRITE` always is.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Log {
    AdminRead,
    DataRead,
    DataWrite,
}

impl Log {
    /// As a policy spells it.
    fn name(self) -> &'static str {
        match self {
            Log::AdminRead => "ADMIN_READ",
            Log::DataRead => "DATA_READ",
            Log::DataWrite => "DATA_WRITE",
        }
    }
}

/// The analysis, ready to run: (service, log) that must be recorded.
#[derive(Debug)]
pub(crate) struct DataAccessLogs {
    wanted: Vec<(String, Log)>,
}

impl DataAccessLogs {
    /// Checks what it is told.
    ///
    /// # Errors
    /// When nothing need be recorded: such a rule would always pass.
    pub(super) fn new(with: With) -> Result<DataAccessLogs, Refusal> {
        let wanted: Vec<(String, Log)> = with
            .services
            .iter()
            .flat_map(|service| with.logs.iter().map(|log| (service.clone(), *log)))
            .collect();
        if wanted.is_empty() {
            let message = "`services` and `logs` name nothing that must be recorded";
            return Err(Refusal::new("with", message));
        }
        Ok(DataAccessLogs { wanted })
    }

    /// What is not recorded, in words. Of a single service only the logs are named: the rule's message names it.
    fn missing(&self, recorded: &Recorded) -> Vec<String> {
        let one = self.wanted.iter().all(|(s, _)| *s == self.wanted[0].0);
        let all = self.wanted.iter().zip(&recorded.on);
        all.filter(|(_, on)| !**on)
            .map(|((service, log), _)| {
                if one {
                    log.name().to_owned()
                } else {
                    format!("{} of {service}", log.name())
                }
            })
            .collect()
    }
}

/// What the nodes from a project upwards switch on together.
struct Recorded {
    on: Vec<bool>,
    exempted: u32,
}

/// Answers for every project whose allow policy is in the input.
pub(super) fn run(asked: &DataAccessLogs, estate: &Estate, verdicts: &mut Verdicts<'_>) {
    let mut nodes: Vec<(&str, &AuditFact)> = estate.audit.iter().map(|(n, f)| (&**n, f)).collect();
    nodes.sort_by_key(|(node, _)| *node);
    for (node, fact) in nodes {
        if !node.starts_with("projects/") || node.matches('/').count() != 1 {
            verdicts.not_applicable();
            continue;
        }
        if is_told_by_number(node, estate) {
            continue;
        }
        judge(asked, node, fact, estate, verdicts);
    }
}

/// The same project under its id and under its number is one subject.
fn is_told_by_number(node: &str, estate: &Estate) -> bool {
    let twin = estate.alias(node).filter(|_| estate.spelling(node) != node);
    twin.is_some_and(|twin| estate.audit.contains_key(twin))
}

fn judge(
    asked: &DataAccessLogs,
    node: &str,
    fact: &AuditFact,
    estate: &Estate,
    verdicts: &mut Verdicts<'_>,
) {
    let (chain, rooted) = estate.lineage(node, &fact.ancestors);
    let mut recorded = Recorded {
        on: vec![false; asked.wanted.len()],
        exempted: 0,
    };
    let mut missing = None;
    for above in &chain {
        let spellings = [Some(&**above), estate.alias(above)];
        let facts = spellings
            .into_iter()
            .flatten()
            .filter_map(|node| estate.audit.get(node));
        let mut carried = false;
        for fact in facts {
            carried |= fact.carried;
            recorded.add(asked, fact);
        }
        if !carried {
            missing.get_or_insert(above);
        }
    }
    let off = asked.missing(&recorded);
    if off.is_empty() {
        verdicts.pass();
        return;
    }
    if let Some(above) = missing {
        let sentence = format!(
            "the input holds no audit configuration of {above}, and what it says counts for every project below"
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
    fn add(&mut self, asked: &DataAccessLogs, fact: &AuditFact) {
        for (service, log_type, exempted) in &fact.logs {
            let mut counts = false;
            for ((wanted, log), on) in asked.wanted.iter().zip(&mut self.on) {
                if (**service == **wanted || &**service == ALL) && &**log_type == log.name() {
                    *on = true;
                    counts = true;
                }
            }
            if counts {
                self.exempted = self.exempted.saturating_add(*exempted);
            }
        }
    }
}

/// Answers for every node whose policy is in the input: whom its own audit configuration leaves out.
pub(super) fn exempted(estate: &Estate, verdicts: &mut Verdicts<'_>) {
    let mut nodes: Vec<(&str, &AuditFact)> = estate.audit.iter().map(|(n, f)| (&**n, f)).collect();
    nodes.sort_by_key(|(node, _)| *node);
    for (node, fact) in nodes {
        let is_hierarchy = ["projects/", "folders/", "organizations/"]
            .iter()
            .any(|kind| node.strip_prefix(kind).is_some_and(|id| !id.contains('/')));
        if !is_hierarchy {
            verdicts.not_applicable();
            continue;
        }
        if is_told_by_number(node, estate) {
            continue;
        }
        let gaps: Vec<String> = fact
            .logs
            .iter()
            .filter(|(_, _, exempted)| *exempted > 0)
            .map(|(service, log, exempted)| {
                let s = if *exempted == 1 { "" } else { "s" };
                format!("{exempted} member{s} from {log} of {service}")
            })
            .collect();
        if gaps.is_empty() && !fact.carried {
            verdicts.unknown(
                GapReason::DialectLacks,
                "the audit configuration",
                &fact.node,
                &fact.evidence,
            );
            continue;
        }
        if gaps.is_empty() {
            verdicts.pass();
            continue;
        }
        let message = worded(&gaps.join(", "));
        let finding = verdicts.finding(&fact.node, &fact.evidence, message);
        verdicts.fail([finding]);
    }
}
