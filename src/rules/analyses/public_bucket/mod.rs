//! `public-bucket`: whether the public reaches a bucket, by which way, and what it can do there.
//!
//! The answer of each way is that of the one table in [`crate::access::exposure`]; here the facts are brought together
//! that it needs. Rules divide the ways, and the allow policy by what the role gives, so that one grant is told once: by
//! the most exact rule that runs. Whoever runs only one of them misses nothing that it could tell.

mod case;
mod objects;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use super::Verdicts;
use crate::access::exposure::{Answer, Held, Way};
use crate::catalog::Wanted;
use crate::estate::{Estate, GrantFact, Interest, PublicAcl};
use crate::finding::{Confidence, Finding};
use crate::model::{GapReason, Truth, canonical, short_name};
use crate::rules::analyses::Kind;
use crate::rules::judge::Bench;
use case::{Case, bucket_of};
pub(super) use case::{Cases, Reach, prevented, reach};
use indexmap::IndexMap;

/// The part of the answer that a rule tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// The allow policies of the bucket and its managed folders.
    Iam,
    /// The same, with a role that shows names and no content.
    Listing,
    /// Policies and the bucket's list, with a role that changes objects or says who may.
    Write,
    /// The bucket's access control list.
    Acl,
    /// The list that new objects get.
    DefaultObjectAcl,
    /// The lists of single objects.
    ObjectAcl,
}

const BUCKET: &str = "storage.googleapis.com/Bucket";

impl Ask {
    /// The grants that it needs.
    pub(super) fn interests(self) -> &'static [Interest] {
        match self {
            Ask::Iam | Ask::Listing | Ask::Write => &[Interest::PublicBucket],
            Ask::Acl | Ask::DefaultObjectAcl | Ask::ObjectAcl => &[],
        }
    }

    /// What it wants to know of which assets.
    pub(super) fn records(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Ask::ObjectAcl => &[
                (BUCKET, case::FILTER_MODE),
                (BUCKET, case::FILTER_RANGES),
                (objects::OBJECT, objects::ENTITIES),
                (objects::OBJECT, objects::ROLES),
            ],
            _ => &[(BUCKET, case::FILTER_MODE), (BUCKET, case::FILTER_RANGES)],
        }
    }
}

/// What lets the public change things.
const WRITES: [&str; 6] = [
    "storage.objects.create",
    "storage.objects.update",
    "storage.objects.delete",
    "storage.objects.setIamPolicy",
    "storage.buckets.update",
    "storage.buckets.setIamPolicy",
];

/// Answers for every bucket of the input.
pub(super) fn run<'e>(
    ask: Ask,
    bench: &Bench<'_>,
    estate: &'e Estate,
    cases: &Cases<'e>,
    verdicts: &mut Verdicts<'_>,
) {
    match ask {
        Ask::Iam | Ask::Listing | Ask::Write => {
            by_policy(ask, bench, estate, cases.of(estate), verdicts);
        }
        Ask::Acl | Ask::DefaultObjectAcl => by_list(ask, bench, cases.of(estate), verdicts),
        Ask::ObjectAcl => objects::run(estate, verdicts),
    }
}

/// Whether a rule runs that asks this, and so tells it.
fn is_told(ask: Ask, bench: &Bench<'_>) -> bool {
    let mut kinds = bench.program.analyses.iter().map(|analysis| &analysis.kind);
    kinds.any(|kind| matches!(kind, Kind::PublicBucket(other) if *other == ask))
}

/// What a role gives the public.
struct Gives {
    writes: Truth,
    reads: Truth,
    lists: Truth,
    /// The permission that shows it.
    witness: Option<String>,
}

impl Gives {
    fn of(role: &str, bench: &Bench<'_>) -> Gives {
        let carries = |permissions: &[&str]| {
            let names: Vec<String> = permissions.iter().map(|&name| name.to_owned()).collect();
            let wanted = Wanted::parse(&names).ok();
            wanted.map(|wanted| bench.roles.carries(role, &wanted))
        };
        let truth = |permissions: &[&str]| carries(permissions).map_or(Truth::Unknown, |c| c.truth);
        let writes = carries(&WRITES);
        Gives {
            writes: writes.as_ref().map_or(Truth::Unknown, |c| c.truth),
            reads: truth(&["storage.objects.get"]),
            lists: truth(&["storage.objects.list"]),
            witness: writes.and_then(|carries| carries.witness),
        }
    }

    /// Whether a rule that asks `ask` tells of it, given the other rules that run.
    fn is_meant(&self, ask: Ask, bench: &Bench<'_>) -> Truth {
        let only_names = self
            .lists
            .and(self.reads.negate())
            .and(self.writes.negate());
        match ask {
            Ask::Write => self.writes,
            Ask::Listing if is_told(Ask::Iam, bench) => only_names,
            Ask::Listing => self.lists,
            _ if self.writes == Truth::Yes && is_told(Ask::Write, bench) => Truth::No,
            _ if only_names == Truth::Yes && is_told(Ask::Listing, bench) => Truth::No,
            _ => Truth::Yes,
        }
    }
}

fn by_policy(
    ask: Ask,
    bench: &Bench<'_>,
    estate: &Estate,
    cases: &IndexMap<Box<str>, Case<'_>>,
    verdicts: &mut Verdicts<'_>,
) {
    let mut judged = 0;
    for (name, case) in cases {
        let lists = ask == Ask::Write && case.writers().next().is_some();
        if !case.has_grants() && !lists {
            continue;
        }
        judged += u64::from(estate.bucket_policies.contains(name));
        case.judge_policy(ask, bench, verdicts);
    }
    // Members that the input does not tell may be the public.
    let mut seen = rustc_hash::FxHashSet::default();
    for doubt in estate.doubts.by(&[Interest::PublicBucket]) {
        let bucket = bucket_of(&doubt.node);
        let known = cases.get(&bucket).is_some_and(Case::has_grants);
        if doubt.node.is_empty() || (!known && seen.insert(bucket)) {
            verdicts.doubt(doubt);
            judged += u64::from(!doubt.node.is_empty() && !doubt.node.contains("/managedFolders/"));
        }
    }
    // Buckets whose policy names no public member: judged by the stream, which kept no grant of them.
    verdicts.pass_many(verdicts.bucket_policies().saturating_sub(judged));
}

impl Case<'_> {
    fn judge_policy(&self, ask: Ask, bench: &Bench<'_>, verdicts: &mut Verdicts<'_>) {
        let mut findings = Vec::new();
        let mut unknown_role = None;
        for (way, grant) in self.grants() {
            let Answer::Open(held) = self.guards.answer(way, Truth::Yes) else {
                continue;
            };
            let gives = Gives::of(&grant.role, bench);
            match gives.is_meant(ask, bench) {
                Truth::No => {}
                Truth::Unknown => unknown_role = Some(grant),
                Truth::Yes => findings.push(grant_finding(ask, grant, gives, held, verdicts)),
            }
        }
        if ask == Ask::Write
            && let Answer::Open(held) = self.guards.answer(Way::Acl, Truth::Yes)
        {
            let entries = self.writers();
            findings
                .extend(entries.map(|entry| self.entry_finding(Way::Acl, entry, held, verdicts)));
        }
        match (findings.is_empty(), unknown_role) {
            (false, _) => verdicts.fail(findings),
            (true, Some(grant)) => verdicts.unknown(
                GapReason::RoleUnknown,
                &grant.role,
                &grant.node,
                &grant.evidence,
            ),
            (true, None) => verdicts.pass(),
        }
    }

    fn entry_finding(
        &self,
        way: Way,
        entry: &PublicAcl,
        held: Held,
        verdicts: &Verdicts<'_>,
    ) -> Finding {
        let (list, field) = match way {
            Way::DefaultObjectAcl => ("the default object ACL", "defaultObjectAcl"),
            _ => ("the ACL", "acl"),
        };
        let bucket = short_name(self.name);
        let role = entry.role.as_deref();
        let message = match role {
            Some(role) => format!("{list} of {bucket} names {} as {role}", entry.entity),
            None => format!("{list} of {bucket} names {}", entry.entity),
        };
        let mut finding = verdicts.finding(self.name, &entry.evidence, message);
        finding.member = Some(entry.entity.clone());
        finding.detail = Some(field.into());
        finding.public_read = role == Some("READER");
        weigh(&mut finding, held, Vec::new());
        finding
    }
}

fn grant_finding(
    ask: Ask,
    grant: &GrantFact,
    gives: Gives,
    held: Held,
    verdicts: &Verdicts<'_>,
) -> Finding {
    let place = short_name(&grant.node);
    let who = match &*grant.member {
        "allUsers" => "anyone on the internet",
        _ => "anyone with a Google account",
    };
    let message = match ask {
        Ask::Write => format!("{who} can change {place} through {}", grant.role),
        _ => format!("{who} holds {} on {place}", grant.role),
    };
    let mut finding = verdicts.finding(&grant.node, &grant.evidence, message);
    finding.role = Some(grant.role.clone());
    finding.member = Some(grant.member.clone());
    finding.condition = grant.condition.clone();
    finding.public_read = gives.writes == Truth::No;
    let witness = gives.witness.filter(|_| ask == Ask::Write);
    let notes = witness.map(|permission| format!("carries {permission}"));
    weigh(&mut finding, held, notes.into_iter().collect());
    finding
}

/// A way that something may hold the public back on is open less surely.
fn weigh(finding: &mut Finding, held: Held, mut notes: Vec<String>) {
    if !held.by_nothing() {
        finding.confidence = finding.confidence.min(Confidence::Medium);
    }
    notes.extend(held.notes().map(str::to_owned));
    finding.note = (!notes.is_empty()).then(|| notes.join("; ").into());
}

fn by_list(
    ask: Ask,
    bench: &Bench<'_>,
    cases: &IndexMap<Box<str>, Case<'_>>,
    verdicts: &mut Verdicts<'_>,
) {
    let (way, field) = match ask {
        Ask::Acl => (Way::Acl, "/resource/data/acl"),
        _ => (Way::DefaultObjectAcl, "/resource/data/defaultObjectAcl"),
    };
    let elsewhere = ask == Ask::Acl && is_told(Ask::Write, bench);
    for case in cases.values() {
        let Some(settings) = case.settings else {
            continue;
        };
        match (case.answer(way), case.list(way)) {
            (Answer::Open(held), Some(Ok(entries))) => {
                let told = entries
                    .iter()
                    .filter(|entry| !(elsewhere && entry.changes()));
                let findings: Vec<Finding> = told
                    .map(|entry| case.entry_finding(way, entry, held, verdicts))
                    .collect();
                match findings.is_empty() {
                    true => verdicts.pass(),
                    false => verdicts.fail(findings),
                }
            }
            (Answer::Unknown, Some(Err(reason))) => {
                verdicts.unknown(*reason, field, &settings.name, &settings.evidence);
            }
            _ => verdicts.pass(),
        }
    }
}

/// The name under which everything about a bucket is looked up.
fn key(name: &str) -> Box<str> {
    canonical(name).into()
}
