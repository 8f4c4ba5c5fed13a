//! Who reaches the keys that data is encrypted with: by the policies of key, key ring and everything above, and by
//! owning the project.
//!
//! Inventories leave out resources whose policy is empty. So the policy of a key counts as known where the input holds
//! the policy of any key or key ring of the same project; where it holds none, the key is unknown.

use super::{Verdicts, verdicts::worded};
use crate::estate::{DoubtFact, Estate, Evidence, GrantFact, Interest, Record, Records};
use crate::finding::Finding;
use crate::model::{GapReason, Member, MemberKind, short_name};
use crate::rules::file::{Grant, MemberTest};
use rustc_hash::{FxHashMap, FxHashSet};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const KEY: &str = "cloudkms.googleapis.com/CryptoKey";
const RING: &str = "cloudkms.googleapis.com/KeyRing";
const NAME: &str = "$.resource.data.name";
const HOST: &str = "//cloudkms.googleapis.com/";

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
    /// The grants that the question needs.
    pub(super) fn interests(&self) -> &'static [Interest] {
        match self {
            Ask::Decrypters => &[Interest::KeyDecrypt, Interest::KeyPolicy],
            Ask::Owner => &[Interest::Owner, Interest::KeyPolicy],
            Ask::Users(_) => &[Interest::KeyUse, Interest::KeyPolicy],
        }
    }

    /// The assets that the question needs.
    pub(super) fn records(&self) -> Vec<(&str, &str)> {
        match self {
            Ask::Decrypters => PROTECTED.to_vec(),
            Ask::Owner | Ask::Users(_) => vec![(KEY, NAME), (RING, NAME)],
        }
    }

    /// Answers it.
    pub(super) fn run(&self, estate: &Estate, verdicts: &mut Verdicts<'_>) {
        let keys = Keys::of(estate);
        match self {
            Ask::Decrypters => keys.decrypters(verdicts),
            Ask::Owner => keys.owners(verdicts),
            Ask::Users(With { most }) => keys.users(*most, verdicts),
        }
    }
}

/// The grants that an interest of this analysis means.
pub(super) fn grant(interest: Interest) -> Grant {
    let at = |places: &[&str]| places.iter().map(|place| (*place).to_owned()).collect();
    let use_to = |verbs: &[&str]| {
        let permission = verbs
            .iter()
            .map(|verb| format!("cloudkms.cryptoKeyVersions.{verb}"));
        Grant {
            permission: permission.collect(),
            except_role: OWNER.map(str::to_owned).to_vec(),
            at: at(&[KEY, RING, "project", "folder", "organization"]),
            ..Grant::default()
        }
    };
    match interest {
        Interest::KeyDecrypt => Grant {
            member: MemberTest {
                kind: vec![
                    MemberKind::User,
                    MemberKind::Group,
                    MemberKind::Domain,
                    MemberKind::Workforce,
                    MemberKind::WorkloadIdentity,
                    MemberKind::ServiceAccountSet,
                    MemberKind::Agent,
                ],
                ..MemberTest::default()
            },
            ..use_to(&["useToDecrypt"])
        },
        Interest::KeyUse => use_to(&["useToEncrypt", "useToDecrypt", "useToSign"]),
        Interest::Owner => Grant {
            role: OWNER.map(str::to_owned).to_vec(),
            at: at(&["project"]),
            ..Grant::default()
        },
        _ => Grant {
            at: at(&[KEY, RING]),
            ..Grant::default()
        },
    }
}

/// What the input says of keys. A place is a name without the host, or a node of the hierarchy.
struct Keys<'e> {
    estate: &'e Estate,
    grants: FxHashMap<String, Vec<&'e GrantFact>>,
    doubts: FxHashMap<String, &'e DoubtFact>,
    /// Keys and key rings of the input: name and place of each.
    known: BTreeMap<String, (&'e str, &'e Evidence)>,
    /// Projects, as names of keys spell them, of which the input holds the policy of any key or key ring.
    policies: FxHashSet<String>,
    /// Projects, as names of keys spell them, and the nodes that these are.
    nodes: FxHashMap<String, String>,
}

impl<'e> Keys<'e> {
    fn of(estate: &'e Estate) -> Keys<'e> {
        let mut keys = Keys {
            estate,
            grants: FxHashMap::default(),
            doubts: FxHashMap::default(),
            known: BTreeMap::new(),
            policies: FxHashSet::default(),
            nodes: FxHashMap::default(),
        };
        let records = [KEY, RING].map(|kind| estate.records(kind));
        for record in records.into_iter().flatten().flat_map(Records::iter) {
            keys.take_in(&record.name, &record.ancestors, &record.evidence);
        }
        let policies = estate.grants.iter();
        for grant in policies.filter(|g| g.interest == Interest::KeyPolicy) {
            keys.take_in(&grant.node, &grant.ancestors, &grant.evidence);
            keys.policies.insert(project(place(&grant.node)).to_owned());
        }
        for grant in estate.grants.iter().filter(|g| is_ours(g.interest)) {
            let place = keys.spelling(&grant.node);
            keys.grants.entry(place).or_default().push(grant);
        }
        for doubt in estate.doubts.iter().filter(|d| is_ours(d.interest)) {
            let place = keys.spelling(&doubt.node);
            keys.doubts.entry(place).or_insert(doubt);
        }
        keys
    }

    fn take_in(&mut self, name: &'e str, ancestors: &[Box<str>], evidence: &'e Evidence) {
        let place = place(name);
        let node = ancestors
            .first()
            .filter(|node| node.starts_with("projects/"));
        if let Some(node) = node {
            let node = self.estate.spelling(node).to_owned();
            self.nodes.insert(project(place).to_owned(), node);
        }
        self.known
            .entry(place.to_owned())
            .or_insert((name, evidence));
    }

    /// The place of a resource, a node of the hierarchy in the one spelling that is used to compare.
    fn spelling(&self, name: &str) -> String {
        let place = place(name);
        if place == project(place) {
            return self.node(place).to_owned();
        }
        place.to_owned()
    }

    /// The node that a project is.
    fn node<'n>(&'n self, project: &'n str) -> &'n str {
        let known = self.nodes.get(project).map(String::as_str);
        known.unwrap_or_else(|| self.estate.spelling(project))
    }

    /// The places whose policies hold for a key: its own, its ring's, and those of everything above.
    fn above(&self, key: &str) -> Vec<String> {
        let mut places = vec![key.to_owned()];
        places.extend(
            key.split_once("/cryptoKeys/")
                .map(|(ring, _)| ring.to_owned()),
        );
        let (nodes, _) = self.estate.lineage(self.node(project(key)), &[]);
        places.extend(nodes.iter().map(|node| self.spelling(node)));
        places
    }

    fn grants_of(
        &self,
        places: &[String],
        interest: Interest,
    ) -> impl Iterator<Item = &'e GrantFact> {
        let grants = places.iter().filter_map(|place| self.grants.get(place));
        grants
            .flatten()
            .copied()
            .filter(move |grant| grant.interest == interest)
    }

    /// Why a key in which nothing was found cannot pass, if it cannot.
    fn open(&self, key: &str, places: &[String], interest: Interest) -> Option<Open<'e>> {
        let doubt = places
            .iter()
            .filter_map(|place| self.doubts.get(place))
            .find(|doubt| doubt.interest == interest);
        match doubt {
            Some(doubt) => Some(Open::Doubt(doubt)),
            None => (!self.policies.contains(project(key))).then_some(Open::NoPolicy),
        }
    }

    fn decrypters(&self, verdicts: &mut Verdicts<'_>) {
        let mut protected: BTreeMap<&str, Vec<(&Record, &Evidence)>> = BTreeMap::new();
        let mut told = false;
        for (kind, path) in PROTECTED {
            let records = self.estate.records(kind);
            told |= records.is_some();
            for record in records.into_iter().flat_map(Records::iter) {
                if let Some((key, evidence)) = record.text(&[path]) {
                    let key = key.split("/cryptoKeyVersions/").next().unwrap_or(key);
                    protected.entry(key).or_default().push((record, evidence));
                } else if let Some((reason, pointer)) = lacking(record, path) {
                    verdicts.unknown(reason, &pointer, &record.name, &record.evidence);
                }
            }
        }
        if !told {
            let keys = self.known.keys().filter(|place| is_key(place)).count();
            verdicts.missing_input(NO_DATA, keys as u64);
            return;
        }
        for (key, data) in protected {
            let places = self.above(key);
            let findings: Vec<Finding> = self
                .grants_of(&places, Interest::KeyDecrypt)
                .filter(|grant| is_human_or_wide(&grant.member))
                .map(|grant| self.decrypter(key, &data, grant, verdicts))
                .collect();
            if !findings.is_empty() {
                verdicts.fail(findings);
                continue;
            }
            match self.open(key, &places, Interest::KeyDecrypt) {
                None => verdicts.pass(),
                Some(open) => {
                    let evidence = data.first().map(|(_, evidence)| *evidence);
                    open.say(key, evidence, verdicts);
                }
            }
        }
    }

    fn decrypter(
        &self,
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
        let name = format!("{HOST}{key}");
        let mut finding = verdicts.finding(&name, &grant.evidence, worded(&what));
        finding.role = Some(grant.role.clone());
        finding.member = Some(grant.member.clone());
        finding.condition = grant.condition.clone();
        if place(&grant.node) != key {
            let node = short_name(&grant.node);
            finding.detail = Some(node.as_ref().into());
            finding.note = Some(format!("granted on {node}").into());
        }
        finding
    }

    fn users(&self, most: usize, verdicts: &mut Verdicts<'_>) {
        for (key, (name, evidence)) in self.known.iter().filter(|(place, _)| is_key(place)) {
            let places = self.above(key);
            let mut users: BTreeMap<&str, &GrantFact> = BTreeMap::new();
            for grant in self.grants_of(&places, Interest::KeyUse) {
                if Member::parse(&grant.member).kind != MemberKind::ServiceAgent {
                    users.entry(&grant.member).or_insert(grant);
                }
            }
            if users.len() > most {
                let shown: Vec<&str> = users.keys().take(5).copied().collect();
                let mut words = format!("{}: {}", users.len(), shown.join(", "));
                if users.len() > shown.len() {
                    words.push_str(", …");
                }
                let finding = verdicts.finding(name, evidence, worded(&words));
                verdicts.fail([finding]);
                continue;
            }
            match self.open(key, &places, Interest::KeyUse) {
                None => verdicts.pass(),
                Some(open) => open.say(key, Some(evidence), verdicts),
            }
        }
    }

    fn owners(&self, verdicts: &mut Verdicts<'_>) {
        let holders: BTreeSet<&str> = self.known.keys().map(|place| project(place)).collect();
        let holders: BTreeMap<&str, &str> = holders
            .into_iter()
            .map(|project| (self.node(project), project))
            .collect();
        for (node, project) in &holders {
            let place = [(*node).to_owned()];
            let findings: Vec<Finding> = self
                .grants_of(&place, Interest::Owner)
                .map(|grant| {
                    let mut finding = verdicts.finding(&grant.node, &grant.evidence, worded(""));
                    finding.role = Some(grant.role.clone());
                    finding.member = Some(grant.member.clone());
                    finding.condition = grant.condition.clone();
                    finding
                })
                .collect();
            let spellings = [Some(*node), Some(*project), self.estate.alias(node)];
            let mut spellings = spellings.into_iter().flatten();
            let is_told = spellings.any(|node| self.estate.audit.contains_key(node));
            if !findings.is_empty() {
                verdicts.fail(findings);
            } else if is_told {
                verdicts.pass();
            } else {
                let evidence = self
                    .known
                    .iter()
                    .find(|(place, _)| place.starts_with(*project));
                let evidence = evidence.map(|(_, (_, evidence))| *evidence);
                let sentence =
                    format!("the input does not hold the policy of {node}, which holds keys");
                unknown(&sentence, node, evidence, verdicts);
            }
        }
        // Where the input could not have shown keys, whether an owned project holds any is not known.
        let coverage = [KEY, RING].map(|kind| self.estate.coverage(kind));
        let owned = self.grants.iter().filter(|(place, grants)| {
            let owned = grants.iter().any(|grant| grant.interest == Interest::Owner);
            let covered = coverage
                .iter()
                .any(|coverage| self.estate.covers(coverage, place));
            owned && !covered && !holders.contains_key(place.as_str())
        });
        verdicts.missing_input(NO_KEYS, owned.count() as u64);
    }
}

const NO_DATA: &str =
    "the input holds no settings of buckets or datasets, so which keys protect data is not known";
const NO_KEYS: &str = "the input does not say which projects hold keys, so whether their owners reach any is not known";

/// Why the input does not tell which key a bucket or dataset is under, if it does not.
fn lacking(record: &Record, path: &str) -> Option<(GapReason, String)> {
    let field = record.field(path)?;
    let odd = field.values.first();
    let odd = odd.map(|point| (GapReason::ValueUnknown, point.evidence.pointer.to_string()));
    let lacks = field.lacks.as_ref();
    odd.or_else(|| lacks.map(|(reason, pointer)| (*reason, pointer.to_string())))
}

/// Why a key cannot pass.
enum Open<'e> {
    Doubt(&'e DoubtFact),
    NoPolicy,
}

impl Open<'_> {
    fn say(self, key: &str, evidence: Option<&Evidence>, verdicts: &mut Verdicts<'_>) {
        match self {
            Open::Doubt(doubt) => verdicts.doubt(doubt),
            Open::NoPolicy => {
                let node = project(key);
                let sentence = format!("the input does not hold the policies of keys in {node}");
                unknown(&sentence, &format!("{HOST}{key}"), evidence, verdicts);
            }
        }
    }
}

fn unknown(
    sentence: &str,
    resource: &str,
    evidence: Option<&Evidence>,
    verdicts: &mut Verdicts<'_>,
) {
    match evidence {
        Some(evidence) => verdicts.unknown(GapReason::InputMissing, sentence, resource, evidence),
        None => verdicts.missing_input(sentence, 1),
    }
}

fn is_ours(interest: Interest) -> bool {
    matches!(
        interest,
        Interest::KeyDecrypt | Interest::KeyUse | Interest::KeyPolicy | Interest::Owner
    )
}

/// A full resource name without its host.
fn place(name: &str) -> &str {
    let rest = name.strip_prefix("//").unwrap_or(name);
    match name.starts_with("//") {
        true => rest.split_once('/').map_or(rest, |(_, path)| path),
        false => rest,
    }
}

/// `projects/p` of a place.
fn project(place: &str) -> &str {
    let end = place.match_indices('/').nth(1).map(|(at, _)| at);
    end.and_then(|end| place.get(..end)).unwrap_or(place)
}

fn is_key(place: &str) -> bool {
    place.contains("/cryptoKeys/")
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
