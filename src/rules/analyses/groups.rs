//! Groups that hold roles: who is in them, and who may join.
//!
//! Memberships are those of the Cloud Identity API (`gcloud identity groups memberships list`, with `gcloud identity
//! groups describe` for the address), the settings those of the Groups Settings API (`groups.get`).

use super::Verdicts;
use super::verdicts::worded;
use crate::estate::{Estate, GrantFact, Record};
use crate::finding::Finding;
use crate::model::{GapReason, Member, MemberKind, Truth};
use crate::rules::file::{Grant, MemberTest};
use crate::rules::judge::Bench;
use rustc_hash::{FxHashMap, FxHashSet};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Who may join.
    Open,
    /// Who is in it.
    External,
}

const GROUP: &str = "cloudidentity.googleapis.com/Group";
const MEMBERSHIP: &str = "cloudidentity.googleapis.com/Membership";
const SETTINGS: &str = "groupssettings.googleapis.com/Group";
const ADDRESS: &str = "$.resource.data.groupKey.id";
const MEMBER: &str = "$.resource.data.preferredMemberKey.id";
const EMAIL: &str = "$.resource.data.email";
const WHO_CAN_JOIN: &str = "$.resource.data.whoCanJoin";

/// What must be known of which assets.
pub(super) fn records(ask: Ask) -> Vec<(&'static str, &'static str)> {
    match ask {
        Ask::Open => vec![(SETTINGS, EMAIL), (SETTINGS, WHO_CAN_JOIN)],
        Ask::External => vec![(GROUP, ADDRESS), (MEMBERSHIP, MEMBER)],
    }
}

/// Of each group one grant.
pub(super) fn any() -> Grant {
    Grant {
        member: MemberTest {
            kind: vec![MemberKind::Group],
            ..MemberTest::default()
        },
        ..Grant::default()
    }
}

/// Answers for every group that holds a role.
pub(super) fn run(
    ask: Ask,
    interests: &[crate::estate::Interest],
    bench: &Bench<'_>,
    estate: &Estate,
    verdicts: &mut Verdicts<'_>,
) {
    let mut held: Vec<(String, &GrantFact)> = Vec::new();
    let mut seen: FxHashSet<String> = FxHashSet::default();
    for grant in estate.grants.by(interests) {
        let address = Member::parse(&grant.member).value().to_lowercase();
        if seen.insert(address.clone()) {
            held.push((address, grant));
        }
    }
    match ask {
        Ask::Open => open(&held, estate, verdicts),
        Ask::External => external(&held, bench, estate, verdicts),
    }
}

fn open(held: &[(String, &GrantFact)], estate: &Estate, verdicts: &mut Verdicts<'_>) {
    let records = || estate.records(SETTINGS).into_iter().flat_map(|r| r.iter());
    let settings: FxHashMap<String, &Record> = records()
        .filter_map(|record| Some((record.text(&[EMAIL])?.0.to_lowercase(), record)))
        .collect();
    let mut missing = 0;
    for (address, grant) in held {
        let Some(record) = settings.get(address) else {
            missing += 1;
            continue;
        };
        match record.text(&[WHO_CAN_JOIN]) {
            Some((who @ ("ANYONE_CAN_JOIN" | "ALL_IN_DOMAIN_CAN_JOIN"), _)) => {
                let words = match who {
                    "ANYONE_CAN_JOIN" => "anyone on the internet",
                    _ => "everybody in the domain",
                };
                verdicts.fail([finding(grant, words, verdicts)]);
            }
            Some(_) => verdicts.pass(),
            None => verdicts.unknown(
                GapReason::ValueUnknown,
                "whoCanJoin",
                &record.name,
                &record.evidence,
            ),
        }
    }
    let sentence = "the input does not hold the settings of some groups that hold roles, which say who may join \
                    (`groups.get` of the Groups Settings API)";
    verdicts.missing_input(sentence, missing);
}

fn external(
    held: &[(String, &GrantFact)],
    bench: &Bench<'_>,
    estate: &Estate,
    verdicts: &mut Verdicts<'_>,
) {
    let groups = estate.records(GROUP).into_iter().flat_map(|r| r.iter());
    let names: FxHashMap<String, &str> = groups
        .filter_map(|group| Some((group.text(&[ADDRESS])?.0.to_lowercase(), &*group.name)))
        .collect();
    let mut members: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
    let memberships = estate
        .records(MEMBERSHIP)
        .into_iter()
        .flat_map(|r| r.iter());
    for membership in memberships {
        if let (Some((group, _)), Some((id, _))) = (
            membership.name.split_once("/memberships/"),
            membership.text(&[MEMBER]),
        ) {
            members.entry(group).or_default().push(id);
        }
    }
    let mut missing = 0;
    for (address, grant) in held {
        let Some(inside) = names.get(address).and_then(|name| members.get(name)) else {
            missing += 1;
            continue;
        };
        let mut findings = Vec::new();
        let mut open = None;
        for id in inside {
            let text = format!("user:{id}");
            match bench.organization.is_outside(&Member::parse(&text)) {
                Truth::Yes => findings.push(finding(grant, id, verdicts)),
                Truth::Unknown => open = Some(*id),
                Truth::No => {}
            }
        }
        match open {
            _ if !findings.is_empty() => verdicts.fail(findings),
            Some(id) => verdicts.unknown(
                GapReason::SettingMissing,
                id.rsplit_once('@').map_or(id, |(_, domain)| domain),
                &grant.node,
                &grant.evidence,
            ),
            None => verdicts.pass(),
        }
    }
    let sentence = "the input does not hold the members of some groups that hold roles; list them with: gcloud identity \
                    groups memberships list --group-email=GROUP --format=json, and gcloud identity groups describe GROUP \
                    --format=json for the address";
    verdicts.missing_input(sentence, missing);
}

fn finding(grant: &GrantFact, words: &str, verdicts: &Verdicts<'_>) -> Finding {
    let mut finding = verdicts.finding(&grant.node, &grant.evidence, worded(words));
    finding.role = Some(grant.role.clone());
    finding.member = Some(grant.member.clone());
    finding.detail = Some(words.into());
    finding
}
