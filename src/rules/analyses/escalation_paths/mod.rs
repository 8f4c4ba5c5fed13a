//! Who can become more than its roles say, in steps that each look harmless.
//!
//! The search itself is [`crate::access::escalation`]; here its input is gathered from the grants that the judges kept,
//! and each path becomes a finding. The search runs over unconditional grants first, and over all of them for those
//! who have no path without: whether a condition holds when it is needed is not certain.

mod landscape;

use super::{Verdicts, verdicts::worded};
use crate::access::escalation::{Escalations, Gain, Step, escalations};
use crate::access::primitives::{Certainty, Primitive, Yield, primitives};
use crate::estate::{Estate, GrantFact, Interest};
use crate::finding::{Confidence, Finding};
use crate::rules::file::Grant;
use crate::rules::judge::Bench;
use landscape::Land;
use std::collections::BTreeSet;

const UNDECIDED: &str = "whether some who may act as a service account, make keys of it or edit custom roles can use that \
                         to become more cannot be told from the roles, settings and organisation policies of the input";
const UNNAMED: &str = "the input holds policies of service accounts under their unique ids, but not these accounts, so it is \
                       not known where the rights over them lead";

/// The permissions that a step may take which the search can prove.
fn permissions() -> BTreeSet<&'static str> {
    let proves = |primitive: &&Primitive| {
        primitive.assumes.is_none()
            && matches!(
                primitive.yields,
                Yield::Become
                    | Yield::RunAs
                    | Yield::CallAs
                    | Yield::Delegate
                    | Yield::SetPolicy
                    | Yield::WidenRole
            )
    };
    let needs = primitives().iter().filter(proves).flat_map(|p| &p.needs);
    needs
        .flatten()
        .map(|need| need.permission.as_str())
        .collect()
}

/// The places whose policies the search reads.
fn places() -> Vec<String> {
    ["organization", "folder", "project", "service-account"]
        .map(str::to_owned)
        .to_vec()
}

/// The grants that steps rest on. The catalogue says of every one of these permissions and every predefined role
/// whether it carries it (`tests/catalog.rs` sees to that), so that the question itself leaves nothing unknown.
pub(super) fn decisive() -> Grant {
    Grant {
        permission: permissions().into_iter().map(str::to_owned).collect(),
        at: places(),
        ..Grant::default()
    }
}

/// Answers for everybody who holds something that a step may rest on.
pub(super) fn run(bench: &Bench<'_>, estate: &Estate, verdicts: &mut Verdicts<'_>) {
    let mut land = Land::survey(bench, estate);
    let certain = escalations(&land.landscape(false), Certainty::Medium);
    let mut reached: BTreeSet<u32> = tell(&certain, &land, None, verdicts);
    let mut undecided = certain.undecided;
    if land.has_conditions() {
        let all = escalations(&land.landscape(true), Certainty::Medium);
        reached.extend(tell(&all, &land, Some(&certain), verdicts));
        undecided = all.undecided;
    }
    verdicts.missing_input(UNDECIDED, u64::from(undecided));
    if land.has_unnamed_accounts() {
        verdicts.missing_input(UNNAMED, 1);
    }
    let doubts = estate.doubts.by(&[Interest::Escalation]);
    doubts.for_each(|doubt| verdicts.doubt(doubt));
    let judged = land.subjects().saturating_sub(reached.len() as u64);
    verdicts.pass_many(judged.saturating_sub(u64::from(undecided)));
}

/// One finding for each principal that has a path; without those that `known` told of already, or knows to hold the
/// right. Returns whom it told of.
fn tell(
    found: &Escalations,
    land: &Land<'_>,
    known: Option<&Escalations>,
    verdicts: &mut Verdicts<'_>,
) -> BTreeSet<u32> {
    let is_known = |principal: &u32| {
        known.is_some_and(|known| {
            known.principals.binary_search(principal).is_ok()
                || known.setters.binary_search(principal).is_ok()
        })
    };
    let mut told = BTreeSet::new();
    for principal in &found.principals {
        if is_known(principal) || land.is_google(*principal) {
            continue;
        }
        let steps: Vec<Step> = found.path(*principal).collect();
        if let Some(finding) = finding(&steps, land, known.is_some(), verdicts) {
            told.insert(*principal);
            verdicts.fail([finding]);
        }
    }
    told
}

fn finding(
    steps: &[Step],
    land: &Land<'_>,
    conditional: bool,
    verdicts: &Verdicts<'_>,
) -> Option<Finding> {
    let (first, last) = (steps.first()?, steps.last()?);
    let Gain::Policy(goal) = last.gains else {
        return None;
    };
    let grant = evidence(first, land, conditional)?;
    let way = way(steps, land);
    let mut finding = verdicts.finding(&grant.node, &grant.evidence, worded(&way));
    finding.role = Some(grant.role.clone());
    finding.member = Some(grant.member.clone());
    finding.condition = grant.condition.clone();
    finding.detail = Some(land.node_name(goal).into());
    let primitives = steps.iter().filter_map(|step| step.primitive);
    let thin = primitives
        .clone()
        .any(|p| p.confidence == Certainty::Medium);
    if conditional || thin {
        finding.confidence = finding.confidence.min(Confidence::Medium);
    }
    let titles: Vec<String> = primitives
        .map(|primitive| format!("{} ({})", primitive.title, primitive.id))
        .collect();
    let mut notes = vec![
        way.trim_start_matches(land.principal_name(first.actor))
            .trim()
            .to_owned(),
        titles.join("; "),
    ];
    if conditional {
        notes.push("rests on a conditional grant".to_owned());
    }
    let gained = |step: &Step| match step.gains {
        Gain::Principal(account) | Gain::Delegation(account) => Some(account),
        Gain::Policy(_) => None,
    };
    if steps
        .iter()
        .filter_map(gained)
        .any(|account| !land.is_described(account))
    {
        notes.push(
            "assumes that accounts whose settings are not in the input are enabled".to_owned(),
        );
    }
    finding.note = Some(notes.join("; ").into());
    Some(finding)
}

/// The grant that the first step rests on: on the step's node if there is one, else on any.
fn evidence<'e>(step: &Step, land: &Land<'e>, conditional: bool) -> Option<&'e GrantFact> {
    let grants = land.grants_of(step.actor, conditional);
    let takes = |grant: &&&GrantFact| {
        let Some(primitive) = step.primitive else {
            return true;
        };
        let needed = primitive.needs.iter().flatten();
        land.carries_any(&grant.role, needed.map(|need| need.permission.as_str()))
    };
    let fitting = || grants.iter().filter(takes);
    let on_node = |grant: &&&GrantFact| land.node_of(grant) == step.node;
    fitting()
        .find(on_node)
        .or_else(|| fitting().next())
        .or_else(|| grants.first())
        .copied()
}

/// `user:x --actAs@projects/p--> a@p.iam.gserviceaccount.com --setIamPolicy--> organizations/1`.
fn way(steps: &[Step], land: &Land<'_>) -> String {
    let Some(first) = steps.first() else {
        return String::new();
    };
    let mut way = land.principal_name(first.actor).to_owned();
    for step in steps {
        let act = step.primitive.map_or("memberOf", act);
        let (place, gained) = match step.gains {
            Gain::Principal(gained) | Gain::Delegation(gained) => {
                let place = step.node.filter(|node| !land.is_account(*node));
                let place = place.map(|node| format!("@{}", land.node_name(node)));
                let gained = land.principal_name(gained);
                let email = gained.strip_prefix("serviceAccount:").unwrap_or(gained);
                (place.unwrap_or_default(), email)
            }
            Gain::Policy(node) => (String::new(), land.node_name(node)),
        };
        way.push_str(&format!(" --{act}{place}--> {gained}"));
    }
    way
}

/// The permission that names a step: the one over the account, or the only one.
fn act(primitive: &'static Primitive) -> &'static str {
    let needs = primitive.needs.first().map_or(&[][..], Vec::as_slice);
    let permission = needs.last().map_or("", |need| need.permission.as_str());
    let short = permission
        .strip_prefix("iam.serviceAccounts.")
        .or_else(|| permission.strip_prefix("iam."));
    match short {
        Some(short) => short,
        None => permission.rsplit('.').next().unwrap_or(permission),
    }
}
