//! Service accounts by what they hold, and who can act as those that hold much.

use super::Verdicts;
use super::cross_project::TAKES;
use super::kept::{Kept, title};
use super::verdicts::worded;
use crate::estate::{Estate, Evidence, GrantFact, Interest, Record};
use crate::finding::Finding;
use crate::model::{GapReason, Member, MemberKind};
use crate::rules::file::{Grant, MemberTest};
use rustc_hash::FxHashMap;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Disabled accounts that still hold something.
    Disabled,
    /// Accounts that hold nothing.
    WithoutRole,
    /// Accounts that hold much, and that many can act as.
    Broad,
}

const ACCOUNT: &str = "iam.googleapis.com/ServiceAccount";
const KEY: &str = "iam.googleapis.com/ServiceAccountKey";
const EMAIL: &str = "$.resource.data.email";
const DISABLED: &str = "$.resource.data.disabled";
const KEY_TYPE: &str = "$.resource.data.keyType";

const MISSING: &str = "the input does not hold the policies of the projects of some service accounts and of everything \
                       above, so what these accounts hold is not known";

/// What must be known of which assets.
pub(super) fn records(ask: Ask) -> Vec<(&'static str, &'static str)> {
    let accounts = [(ACCOUNT, EMAIL), (ACCOUNT, DISABLED)];
    let keys = [(KEY, KEY_TYPE), (KEY, DISABLED)];
    match ask {
        Ask::Disabled => accounts.into_iter().chain(keys).collect(),
        Ask::WithoutRole => accounts.into(),
        Ask::Broad => Vec::new(),
    }
}

/// Of each account, and of each set of accounts, one grant.
pub(super) fn any() -> Grant {
    Grant {
        member: MemberTest {
            kind: vec![
                MemberKind::ServiceAccount,
                MemberKind::DefaultServiceAccount,
                MemberKind::ServiceAccountSet,
            ],
            ..MemberTest::default()
        },
        ..Grant::default()
    }
}

/// Who can act as single accounts without being one person, and what accounts hold that makes them powerful.
pub(super) fn broad() -> [Grant; 2] {
    let many = Grant {
        permission: TAKES.map(str::to_owned).into(),
        member: MemberTest {
            kind: vec![
                MemberKind::Group,
                MemberKind::Domain,
                MemberKind::ServiceAccountSet,
            ],
            ..MemberTest::default()
        },
        at: vec!["service-account".to_owned()],
        ..Grant::default()
    };
    let policies = [
        "resourcemanager.organizations.setIamPolicy",
        "resourcemanager.folders.setIamPolicy",
        "resourcemanager.projects.setIamPolicy",
        "storage.buckets.setIamPolicy",
        "iam.serviceAccounts.setIamPolicy",
    ];
    let power = Grant {
        permission: TAKES
            .iter()
            .chain(&policies)
            .map(|name| (*name).to_owned())
            .collect(),
        member: MemberTest {
            kind: vec![
                MemberKind::ServiceAccount,
                MemberKind::DefaultServiceAccount,
            ],
            ..MemberTest::default()
        },
        at: ["project", "folder", "organization"]
            .map(str::to_owned)
            .into(),
        ..Grant::default()
    };
    [many, power]
}

/// Answers for every account of the input, or for every grant on one.
pub(super) fn run(ask: Ask, interests: &[Interest], estate: &Estate, verdicts: &mut Verdicts<'_>) {
    let kept = Kept::new(estate, interests);
    if ask == Ask::Broad {
        return broad_impersonation(interests, &kept, estate, verdicts);
    }
    let mut held: FxHashMap<String, &GrantFact> = FxHashMap::default();
    for grant in estate.grants.by(interests) {
        let member = Member::parse(&grant.member);
        held.entry(member.value().to_lowercase()).or_insert(grant);
    }
    let keys = working_keys(estate);
    let records = estate.records(ACCOUNT).into_iter();
    for record in records.flat_map(|records| records.iter()) {
        let Some((email, _)) = record.text(&[EMAIL]) else {
            continue;
        };
        let account = Account {
            record,
            grant: held.get(&email.to_lowercase()).copied(),
            key: keys.get(&*record.name).copied(),
            is_covered: is_covered(record, &kept, estate),
        };
        let kind = Member::parse(&format!("serviceAccount:{email}")).kind;
        match ask {
            Ask::WithoutRole if kind == MemberKind::ServiceAccount => {
                account.without_role(&held, estate, verdicts);
            }
            Ask::Disabled => account.disabled(estate, verdicts),
            _ => verdicts.not_applicable(),
        }
    }
}

/// Of each account, by its full name, the first user-managed key that is enabled.
fn working_keys(estate: &Estate) -> FxHashMap<&str, &Record> {
    let mut working = FxHashMap::default();
    let keys = estate.records(KEY).into_iter();
    for key in keys.flat_map(|keys| keys.iter()) {
        let kind = key.text(&[KEY_TYPE]).map(|(kind, _)| kind);
        if let Some((account, _)) = key.name.split_once("/keys/")
            && kind == Some("USER_MANAGED")
            && !is_on(key, DISABLED)
        {
            working.entry(account).or_insert(key);
        }
    }
    working
}

/// An account of the input.
struct Account<'e> {
    record: &'e Record,
    grant: Option<&'e GrantFact>,
    /// A key of its own that works.
    key: Option<&'e Record>,
    /// The policies that are most likely to name it are in the input.
    is_covered: bool,
}

impl Account<'_> {
    fn is_disabled(&self) -> bool {
        is_on(self.record, DISABLED)
    }

    fn disabled(&self, estate: &Estate, verdicts: &mut Verdicts<'_>) {
        if !self.is_disabled() {
            return verdicts.not_applicable();
        }
        let mut findings: Vec<Finding> = Vec::new();
        if let Some(grant) = self.grant {
            let words = format!("{} on {}", grant.role, title(&grant.node, estate));
            let mut finding = self.finding(&words, &grant.evidence, verdicts);
            finding.role = Some(grant.role.clone());
            finding.member = Some(grant.member.clone());
            findings.push(finding);
        }
        if let Some(key) = self.key {
            findings.push(self.finding("a key that is enabled", &key.evidence, verdicts));
        }
        if !findings.is_empty() {
            verdicts.fail(findings);
        } else if self.is_covered {
            verdicts.pass();
        } else {
            self.missing(verdicts);
        }
    }

    fn without_role(
        &self,
        held: &FxHashMap<String, &GrantFact>,
        estate: &Estate,
        verdicts: &mut Verdicts<'_>,
    ) {
        if self.is_disabled() {
            // On its way out.
            verdicts.not_applicable();
        } else if self.grant.is_some() || self.is_in_a_set(held, estate) {
            verdicts.pass();
        } else if self.is_covered {
            let finding = self.finding("", &self.record.evidence, verdicts);
            verdicts.fail([finding]);
        } else {
            self.missing(verdicts);
        }
    }

    /// Whether something is granted to all accounts of its project, or of a node above.
    fn is_in_a_set(&self, held: &FxHashMap<String, &GrantFact>, estate: &Estate) -> bool {
        let Some(owner) = self.record.owner() else {
            return false;
        };
        let (chain, _) = estate.lineage(estate.spelling(&owner), &self.record.ancestors);
        chain.iter().any(|node| {
            let set = format!("//cloudresourcemanager.googleapis.com/{node}/type/serviceaccount");
            held.contains_key(&set)
        })
    }

    fn missing(&self, verdicts: &mut Verdicts<'_>) {
        let (name, evidence) = (&self.record.name, &self.record.evidence);
        verdicts.unknown(GapReason::InputMissing, MISSING, name, evidence);
    }

    fn finding(&self, words: &str, evidence: &Evidence, verdicts: &Verdicts<'_>) -> Finding {
        verdicts.finding(&self.record.name, evidence, worded(words))
    }
}

fn is_on(record: &Record, path: &str) -> bool {
    let values = record
        .field(path)
        .into_iter()
        .flat_map(|field| &field.values);
    values
        .map(|point| &point.value)
        .any(|value| *value == crate::estate::Datum::Bool(true))
}

/// Whether the input holds the policies of the project that the asset lies in and of everything above.
fn is_covered(record: &Record, kept: &Kept<'_>, estate: &Estate) -> bool {
    record
        .owner()
        .is_some_and(|owner| is_held(&owner, &record.ancestors, kept, estate))
}

fn is_held(owner: &str, ancestors: &[Box<str>], kept: &Kept<'_>, estate: &Estate) -> bool {
    let (chain, rooted) = estate.lineage(estate.spelling(owner), ancestors);
    rooted
        && chain
            .iter()
            .all(|node| kept.holds_policy(estate.spelling(node)))
}

fn broad_impersonation(
    interests: &[Interest],
    kept: &Kept<'_>,
    estate: &Estate,
    verdicts: &mut Verdicts<'_>,
) {
    let &[many, power] = interests else { return };
    let mut powers: FxHashMap<String, &GrantFact> = FxHashMap::default();
    for grant in estate.grants.by(&[power]) {
        let email = Member::parse(&grant.member).value().to_lowercase();
        powers.entry(email).or_insert(grant);
    }
    let accounts = estate.accounts.values();
    let emails: FxHashMap<&str, &str> = accounts
        .map(|known| (&*known.name, &*known.email))
        .collect();
    for grant in estate.grants.by(&[many]) {
        let (project, id) = match grant.node.split_once("/serviceAccounts/") {
            Some((project, id)) => (project.rsplit_once('/').map(|(_, id)| id), id),
            None => continue,
        };
        // Cloud Asset Inventory may name an account by its number.
        let email = match id.contains('@') {
            true => Some(id),
            false => emails.get(&*grant.node).copied(),
        };
        let held = email.and_then(|email| powers.get(&email.to_lowercase()));
        if let Some(held) = held {
            let words = format!("{} on {}", held.role, title(&held.node, estate));
            let mut finding = verdicts.finding(&grant.node, &grant.evidence, worded(&words));
            finding.role = Some(grant.role.clone());
            finding.member = Some(grant.member.clone());
            finding.condition = grant.condition.clone();
            verdicts.fail([finding]);
            continue;
        }
        let owner = project.map(|project| format!("projects/{project}"));
        let is_known = owner.is_some_and(|owner| is_held(&owner, &grant.ancestors, kept, estate));
        match estate.doubts.by(&[power]).next() {
            Some(doubt) => verdicts.doubt(doubt),
            None if is_known && email.is_some() => verdicts.pass(),
            None => {
                verdicts.unknown(
                    GapReason::InputMissing,
                    MISSING,
                    &grant.node,
                    &grant.evidence,
                );
            }
        }
    }
    for doubt in estate.doubts.by(&[many]) {
        verdicts.doubt(doubt);
    }
}
