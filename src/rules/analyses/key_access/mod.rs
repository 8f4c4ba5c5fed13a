//! Who reaches the keys that data is encrypted with: by the policies of key, key ring and everything above, and by
//! owning the project.

mod keys;
#[cfg(test)]
mod tests;

use super::verdicts::worded;
use super::{Verdicts, kept::title};
use crate::estate::{Estate, Evidence, GrantFact, Interest, Record, Records};
use crate::finding::Finding;
use crate::model::{GapReason, Member, MemberKind, short_name};
use crate::rules::file::{Grant, MemberTest, Per};
use keys::{Keys, is_key};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

const KEY: &str = "cloudkms.googleapis.com/CryptoKey";
const RING: &str = "cloudkms.googleapis.com/KeyRing";
const NAME: &str = "$.resource.data.name";

/// Where data says which key it is encrypted with.
const PROTECTED: [(&str, &str); 2] = [
    (
        "storage.googleapis.com/Bucket",
        "$.resource.data.encryption.defaultKmsKeyName",
    ),
    (
        "bigquery.googleapis.com/Dataset",
        "$.resource.data.defaultEncryptionConfiguration.kmsKeyName",
    ),
];

/// Roles that own a project: what they reach is told by the question about owners.
const OWNER: [&str; 2] = ["roles/owner", "roles/admin"];

const NO_DATA: &str =
    "the input holds no settings of buckets or datasets, so which keys protect data is not known";
const NO_KEYS: &str = "the input does not say which projects hold keys, so whether their owners reach any is not known";
const NO_POLICY: &str =
    "the input does not hold the allow policies of some projects that hold keys";

/// A question about keys.
#[derive(Debug)]
pub(crate) enum Ask {
    /// Which people and wide sets may decrypt with a key that protects a bucket or a dataset.
    Decrypters,
    /// Who owns a project that holds keys.
    Owner,
    /// Whether a key has more users than so many.
    Users(With),
}

/// What `key-access` is told when it is asked for `users`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct With {
    /// How many principals may use a key. Google's own agents are not counted.
    most: usize,
}

impl Ask {
    /// The grants that the question needs: those that it is about, and any that show whose policies the input holds.
    pub(super) fn grants(&self) -> [Grant; 2] {
        let strings = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let use_to = |permission: &[&str], kind: Vec<MemberKind>| Grant {
            permission: strings(permission),
            except_role: strings(&OWNER),
            member: MemberTest {
                kind,
                ..MemberTest::default()
            },
            at: strings(&[KEY, RING, "project", "folder", "organization"]),
            ..Grant::default()
        };
        let asked = match self {
            Ask::Decrypters => use_to(
                &["cloudkms.cryptoKeyVersions.useToDecrypt"],
                vec![
                    MemberKind::User,
                    MemberKind::Group,
                    MemberKind::Domain,
                    MemberKind::Workforce,
                    MemberKind::WorkloadIdentity,
                    MemberKind::ServiceAccountSet,
                    MemberKind::Agent,
                ],
            ),
            Ask::Users(_) => use_to(
                &[
                    "cloudkms.cryptoKeyVersions.useToEncrypt",
                    "cloudkms.cryptoKeyVersions.useToDecrypt",
                    "cloudkms.cryptoKeyVersions.useToSign",
                ],
                Vec::new(),
            ),
            Ask::Owner => Grant {
                role: strings(&OWNER),
                at: strings(&["project"]),
                ..Grant::default()
            },
        };
        let any = Grant {
            at: strings(&[KEY, RING]),
            per: Per::Binding,
            ..Grant::default()
        };
        [asked, any]
    }

    /// The assets that the question needs.
    pub(super) fn records(&self) -> Vec<(&str, &str)> {
        let mut records = vec![(KEY, NAME), (RING, NAME)];
        if matches!(self, Ask::Decrypters) {
            records.extend(PROTECTED);
        }
        records
    }

    /// Answers it. `interests` are those of its grants, in their order.
    pub(super) fn run(&self, interests: &[Interest], estate: &Estate, verdicts: &mut Verdicts<'_>) {
        let &[asked, any] = interests else {
            return;
        };
        let keys = Keys::new(estate, asked, any);
        match self {
            Ask::Decrypters => decrypters(&keys, verdicts),
            Ask::Owner => owners(&keys, verdicts),
            Ask::Users(With { most }) => users(&keys, *most, verdicts),
        }
    }
}

fn decrypters(keys: &Keys<'_>, verdicts: &mut Verdicts<'_>) {
    // By the full name of the key.
    let mut protected: BTreeMap<String, Vec<(&Record, &Evidence)>> = BTreeMap::new();
    let mut told = false;
    for (kind, path) in PROTECTED {
        let records = keys.estate.records(kind);
        told |= records.is_some();
        for record in records.into_iter().flat_map(Records::iter) {
            if let Some((key, evidence)) = record.text(&[path]) {
                let key = key.split("/cryptoKeyVersions/").next().unwrap_or(key);
                let key = format!("//cloudkms.googleapis.com/{key}");
                protected.entry(key).or_default().push((record, evidence));
            } else if let Some((reason, pointer)) = lacking(record, path) {
                verdicts.unknown(reason, &pointer, &record.name, &record.evidence);
            }
        }
    }
    if !told {
        let keys = keys.known().filter(|(name, _)| is_key(name));
        verdicts.missing_input(NO_DATA, keys.count() as u64);
    }
    for (key, data) in protected {
        let places = keys.above(&key);
        let found = keys.grants(&places);
        let findings: Vec<Finding> = found
            .filter(|grant| is_human_or_wide(&grant.member))
            .map(|grant| decrypter(&key, &data, grant, verdicts))
            .collect();
        if findings.is_empty() {
            let evidence = data.first().map(|(_, evidence)| *evidence);
            keys.settle(&key, &places, evidence, verdicts);
        } else {
            verdicts.fail(findings);
        }
    }
}

/// Why the input does not tell which key a bucket or dataset is under, if it does not.
fn lacking(record: &Record, path: &str) -> Option<(GapReason, String)> {
    let field = record.field(path)?;
    let odd = field.values.first();
    let odd = odd.map(|point| (GapReason::ValueUnknown, point.evidence.pointer.to_string()));
    let lacks = field.lacks.as_ref();
    odd.or_else(|| lacks.map(|(reason, pointer)| (*reason, pointer.to_string())))
}

/// People, groups of them, and sets so wide that nobody knows who is in them. Single machine identities are what keys
/// are for.
fn is_human_or_wide(member: &str) -> bool {
    let member = Member::parse(member);
    match member.kind {
        MemberKind::WorkloadIdentity | MemberKind::Agent => member.is_wide(),
        _ => true,
    }
}

fn decrypter(
    key: &str,
    data: &[(&Record, &Evidence)],
    grant: &GrantFact,
    verdicts: &Verdicts<'_>,
) -> Finding {
    let first = data.first().map_or("", |(record, _)| &*record.name);
    let what = match data.len() {
        0 | 1 => short_name(first).into_owned(),
        several => format!("{} and {} more", short_name(first), several - 1),
    };
    let mut finding = verdicts.finding(key, &grant.evidence, worded(&what));
    hold(&mut finding, grant);
    if *grant.node != *key {
        let node = short_name(&grant.node);
        finding.detail = Some(node.as_ref().into());
        finding.note = Some(format!("granted on {node}").into());
    }
    finding
}

fn hold(finding: &mut Finding, grant: &GrantFact) {
    finding.role = Some(grant.role.clone());
    finding.member = Some(grant.member.clone());
    finding.condition = grant.condition.clone();
}

fn users(keys: &Keys<'_>, most: usize, verdicts: &mut Verdicts<'_>) {
    for (key, evidence) in keys.known().filter(|(name, _)| is_key(name)) {
        let places = keys.above(key);
        let mut users: Vec<&str> = keys
            .grants(&places)
            .map(|grant| &*grant.member)
            .filter(|member| Member::parse(member).kind != MemberKind::ServiceAgent)
            .collect();
        users.sort_unstable();
        users.dedup();
        if users.len() <= most {
            keys.settle(key, &places, Some(evidence), verdicts);
            continue;
        }
        let shown = users.get(..5).unwrap_or(&users);
        let more = if shown.len() < users.len() {
            ", …"
        } else {
            ""
        };
        let words = format!("{}: {}{more}", users.len(), shown.join(", "));
        verdicts.fail([verdicts.finding(key, evidence, worded(&words))]);
    }
}

fn owners(keys: &Keys<'_>, verdicts: &mut Verdicts<'_>) {
    let holders = keys.projects();
    for (node, holder) in &holders {
        let mut places = vec![node.clone(), holder.spelt.as_str().into()];
        places.dedup();
        let findings: Vec<Finding> = keys
            .grants(&places)
            .map(|grant| {
                let mut finding = verdicts.finding(&grant.node, &grant.evidence, worded(""));
                hold(&mut finding, grant);
                finding
            })
            .collect();
        if !findings.is_empty() {
            verdicts.fail(findings);
        } else if keys.holds_policy(&places) {
            verdicts.pass();
        } else {
            let name = title(node, keys.estate);
            verdicts.unknown(GapReason::InputMissing, NO_POLICY, &name, holder.evidence);
        }
    }
    // Where the input could not have shown keys, whether an owned project holds any is not known.
    let coverage = [KEY, RING].map(|kind| keys.estate.coverage(kind));
    let open = keys.owned().filter(|node| {
        let covers = |kind| keys.estate.covers(kind, node);
        !holders.contains_key(*node) && !coverage.iter().any(covers)
    });
    verdicts.missing_input(NO_KEYS, open.count() as u64);
}
