//! `workload-account`: what code that runs in a project may do, by the service account that it runs as.
//!
//! ```toml
//! [analysis]
//! name = "workload-account"
//!
//! [analysis.with]
//! on      = ["vm", "gke-node-pool"]      # also vm-template, run, function, notebook, vertex-job, vertex-endpoint,
//!                                        # dataproc, composer, workflow
//! can     = { permission = ["*.setIamPolicy"], except-role = ["roles/owner"] }   # what it must not be able to do
//! default = true                         # to run as a default account is a finding, whatever it may do
//! # at    = ["project", "folder", "organization"]   # the kinds of node whose policies count; this is the default
//! # where = [{ path = "$.resource.data.status", is = { equal = "RUNNING" } }]   # others are not applicable
//! ```
//!
//! Which field names the account of which asset, and who runs it when none is named, is known ([`workloads`]). All
//! grants to the account that the input holds count, wherever they are; nothing is a pass unless the policies of the
//! workload's project and of all above it are in the input. Grants to groups that the account may be in are not seen.
//! Placeholders of the message: `{member}` is the account, `{role}` the role, `{value}` the node that it is held on. With
//! `default`, `{value}` is what it runs as, in words: `the default service account`, `the Vertex AI Custom Code Service
//! Agent` (which jobs of Vertex AI share that name no account), or the account with what it holds and where.

mod runs_as;
mod workloads;

use super::Verdicts;
use super::clause::{Clause, all_hold};
use super::kept::{Kept, title};
use super::separation::{Half, hierarchy};
use super::verdicts::worded;
use crate::estate::{Estate, GrantFact, Interest, Record};
use crate::finding::{Confidence, Finding, Message};
use crate::model::{GapReason, Member, MemberKind, Truth};
use crate::rules::file::{Grant, MemberTest, When};
use crate::rules::judge::Bench;
use crate::rules::select::Refusal;
use runs_as::{RunsAs, runs_as};
use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::Deserialize;
use workloads::{Absent, SCOPES, SECOND_GENERATION, WORKLOADS, Workload};

/// What `workload-account` is told.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "WorkloadAccount")]
pub(crate) struct With {
    /// The kinds of workload: `vm`, `vm-template`, `run`, `function`, `notebook`, `vertex-job`, `vertex-endpoint`,
    /// `gke-node-pool`, `dataproc`, `composer`, `workflow`.
    on: Vec<String>,
    /// What the account must not be able to do.
    can: Option<Half>,
    /// Whether to run as a default account is a finding by itself.
    #[serde(default)]
    default: bool,
    /// The kinds of node whose policies count, as in `[grant]`.
    #[serde(default = "hierarchy")]
    at: Vec<String>,
    /// What must hold of the workload; others are not applicable.
    #[serde(default, rename = "where")]
    wanted: Vec<When>,
}

/// The analysis, ready to run.
#[derive(Debug)]
pub(crate) struct WorkloadAccount {
    with: With,
    workloads: Vec<Workload>,
    wanted: Vec<Clause>,
}

impl WorkloadAccount {
    /// Checks what it is told.
    ///
    /// # Errors
    /// A workload that is not known, or nothing to look for.
    pub(super) fn new(with: With) -> Result<WorkloadAccount, Refusal> {
        let mut workloads = Vec::new();
        for word in &with.on {
            let of_word = WORKLOADS.iter().filter(|known| known.word == word);
            let before = workloads.len();
            workloads.extend(of_word.copied());
            if workloads.len() == before {
                let mut known: Vec<&str> = WORKLOADS.iter().map(|known| known.word).collect();
                known.dedup();
                let message = format!("`{word}` is no workload; there are {}", known.join(", "));
                return Err(Refusal::at("on", word, message));
            }
        }
        match &with.can {
            Some(can) => can.check("can")?,
            None if !with.default => {
                let message = "give `can`, or `default = true`: there is nothing to look for";
                return Err(Refusal::new("on", message));
            }
            None => {}
        }
        Ok(WorkloadAccount {
            wanted: Clause::compile(&with.wanted)?,
            workloads,
            with,
        })
    }

    /// The grants that give what must not be.
    pub(super) fn grants(&self) -> Vec<Grant> {
        let member = MemberTest {
            kind: vec![
                MemberKind::ServiceAccount,
                MemberKind::DefaultServiceAccount,
                MemberKind::ServiceAccountSet,
            ],
            ..MemberTest::default()
        };
        let can = self.with.can.iter();
        can.map(|can| can.grant(&self.with.at, &member)).collect()
    }

    /// What must be kept of workloads.
    pub(super) fn records(&self) -> Vec<(&str, &str)> {
        let paths = |workload: &Workload| {
            let asset = workload.asset;
            let accounts = workload.accounts.iter().copied();
            let asked = self.wanted.iter().flat_map(Clause::paths);
            let told = match workload.absent {
                Absent::AgentIfTold(path) => Some(path),
                _ => None,
            };
            let others = SCOPES.into_iter().chain([SECOND_GENERATION]);
            let others = others.chain(told).chain(asked);
            accounts.chain(others).map(move |path| (asset, path))
        };
        self.workloads.iter().flat_map(paths).collect()
    }

    /// Answers for every workload.
    pub(super) fn run(
        &self,
        interests: &[Interest],
        bench: &Bench<'_>,
        estate: &Estate,
        verdicts: &mut Verdicts<'_>,
    ) {
        let kept = Kept::new(estate, interests);
        let mut by_member: FxHashMap<&str, Vec<&GrantFact>> = FxHashMap::default();
        for grant in kept.nodes().flat_map(|(_, grants)| grants).copied() {
            by_member.entry(&grant.member).or_default().push(grant);
        }
        let accounts = Accounts { kept, by_member };
        for workload in &self.workloads {
            let records = estate.records(workload.asset).into_iter();
            for record in records.flat_map(|records| records.iter()) {
                match all_hold(&self.wanted, record, bench.now) {
                    Truth::No => verdicts.not_applicable(),
                    _ => self.judge(workload, record, &accounts, estate, verdicts),
                }
            }
        }
    }

    /// A rule that also asks about default accounts has one message for both.
    fn in_words(&self, mut finding: Finding, address: &str) -> Finding {
        if self.with.default
            && let (Message::Template(Some(node)), Some(role)) = (&finding.message, &finding.role)
        {
            finding.message = worded(&format!("{address}, which holds {role} on {node}"));
        }
        finding
    }

    fn judge(
        &self,
        workload: &Workload,
        record: &Record,
        accounts: &Accounts<'_>,
        estate: &Estate,
        verdicts: &mut Verdicts<'_>,
    ) {
        let runs_as = match runs_as(workload, record, estate) {
            Ok(mut runs_as) => {
                runs_as.retain(|account| self.with.default || !account.is_agent);
                runs_as
            }
            Err((reason, pointer)) => {
                verdicts.unknown(reason, pointer, &record.name, &record.evidence);
                return;
            }
        };
        if runs_as.is_empty() {
            verdicts.not_applicable();
            return;
        }
        let mut findings = Vec::new();
        let mut nameless = false;
        for account in &runs_as {
            if self.with.default && account.is_default {
                let what = match account.is_agent {
                    true => "the Vertex AI Custom Code Service Agent",
                    false => "the default service account",
                };
                let mut finding = verdicts.finding(&record.name, account.evidence, worded(what));
                finding.member = account
                    .address
                    .as_deref()
                    .map(|a| format!("serviceAccount:{a}").into());
                findings.push(finding);
                continue;
            }
            match &account.address {
                Some(address) if self.with.can.is_some() => {
                    let held = accounts.of(address, estate);
                    let found = finding(record, account, address, &held, estate, verdicts);
                    findings.extend(found.map(|finding| self.in_words(finding, address)));
                }
                Some(_) => {}
                None => nameless = self.with.can.is_some(),
            }
        }
        if !findings.is_empty() {
            verdicts.fail(findings);
        } else if self.with.can.is_none() {
            verdicts.pass();
        } else if nameless {
            let sentence = "some workloads run as the default account of a project whose number or id is not in the input";
            verdicts.unknown(
                GapReason::InputMissing,
                sentence,
                &record.name,
                &record.evidence,
            );
        } else {
            accounts.settle(record, estate, verdicts);
        }
    }
}

/// What accounts hold, by the policies of the input.
struct Accounts<'e> {
    kept: Kept<'e>,
    by_member: FxHashMap<&'e str, Vec<&'e GrantFact>>,
}

impl<'e> Accounts<'e> {
    /// The grants to an account: by its address, and as one of all accounts of a node above it.
    fn of(&self, address: &str, estate: &Estate) -> Vec<&'e GrantFact> {
        let member = format!("serviceAccount:{address}");
        let own = self.by_member.get(&*member).into_iter().flatten();
        let mut grants: Vec<&GrantFact> = own.copied().collect();
        let member = Member::parse(&member);
        let project = member
            .service_account_number()
            .or_else(|| member.service_account_project());
        if let Some(project) = project {
            let project = format!("projects/{project}");
            let (chain, _) = estate.lineage(estate.spelling(&project), &[]);
            let sets = chain
                .iter()
                .flat_map(|node| [Some(&**node), estate.alias(node)]);
            for node in sets.flatten() {
                let set = format!(
                    "principalSet://cloudresourcemanager.googleapis.com/{node}/type/ServiceAccount"
                );
                grants.extend(self.by_member.get(&*set).into_iter().flatten().copied());
            }
        }
        grants
    }

    /// That an account was not found to hold anything is a pass only if the policies above are there and clear.
    fn settle(&self, record: &Record, estate: &Estate, verdicts: &mut Verdicts<'_>) {
        let owner = record.owner().unwrap_or_default();
        let (chain, rooted) = estate.lineage(estate.spelling(&owner), &record.ancestors);
        let mut nodes = chain.iter().map(|node| estate.spelling(node));
        if let Some(doubt) = nodes.clone().find_map(|node| self.kept.doubt(node)) {
            verdicts.doubt(doubt);
        } else if !rooted || nodes.any(|node| !self.kept.holds_policy(node)) {
            let sentence = "the input does not hold the allow policies of the projects of some workloads and of all that \
                            is above them";
            verdicts.unknown(
                GapReason::InputMissing,
                sentence,
                &record.name,
                &record.evidence,
            );
        } else {
            verdicts.pass();
        }
    }
}

/// The finding about what an account holds, if it holds anything: one, however many grants there are.
fn finding(
    record: &Record,
    account: &RunsAs<'_>,
    address: &str,
    held: &[&GrantFact],
    estate: &Estate,
    verdicts: &Verdicts<'_>,
) -> Option<Finding> {
    // What is held without a condition is worse.
    let first = held.iter().min_by_key(|grant| grant.condition.is_some())?;
    let mut finding = verdicts.finding(
        &record.name,
        account.evidence,
        worded(&title(&first.node, estate)),
    );
    finding.member = Some(format!("serviceAccount:{address}").into());
    finding.role = Some(first.role.clone());
    finding.condition = first.condition.clone();
    let mut notes: Vec<String> = Vec::new();
    if account.is_default {
        notes.push("the default service account".to_owned());
    }
    if first.member.starts_with("principalSet:") {
        notes.push(format!("granted to {}", first.member));
    }
    if held.len() > 1 {
        notes.push(format!("and {} more such grants", held.len() - 1));
    }
    if first.condition.is_some() {
        finding.confidence = finding.confidence.min(Confidence::Medium);
        notes.push("conditional".to_owned());
    }
    if is_held_back(record) {
        finding.confidence = Confidence::Low;
        notes.push("its access scopes do not include cloud-platform".to_owned());
    }
    finding.note = (!notes.is_empty()).then(|| notes.join("; ").into());
    Some(finding)
}

/// Whether the token is held back by access scopes.
fn is_held_back(record: &Record) -> bool {
    let fields = SCOPES.iter().filter_map(|path| record.field(path));
    let scopes = fields.flat_map(|field| &field.values);
    let mut texts = scopes.filter_map(|point| point.value.as_text()).peekable();
    texts.peek().is_some() && !texts.any(|scope| scope.ends_with("cloud-platform"))
}
