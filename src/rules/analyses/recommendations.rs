//! What Google's IAM recommender says of roles that were not used, or not used in full.
//!
//! The shape is that of `gcloud recommender recommendations list --recommender=google.iam.policy.Recommender`
//! ("Review and apply role recommendations" in the Policy Intelligence documentation).

use super::Verdicts;
use super::verdicts::worded;
use crate::estate::Estate;
use crate::model::GapReason;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Roles of which nothing was used.
    Unused,
    /// Roles of which a smaller one would do.
    Excess,
}

const RECOMMENDATION: &str = "recommender.googleapis.com/Recommendation";
const SUBTYPE: &str = "$.resource.data.recommenderSubtype";
const STATE: &str = "$.resource.data.stateInfo.state";
const MEMBER: &str = "$.resource.data.content.overview.member";
const ROLE: &str = "$.resource.data.content.overview.removedRole";
const NODE: &str = "$.resource.data.content.overview.resource";
const ADDED: &str = "$.resource.data.content.overview.addedRoles[*]";

/// What must be known of recommendations.
pub(super) fn records() -> Vec<(&'static str, &'static str)> {
    let paths = [SUBTYPE, STATE, MEMBER, ROLE, NODE, ADDED];
    paths.map(|path| (RECOMMENDATION, path)).into()
}

/// Answers for every recommendation of the kind that is open.
pub(super) fn run(ask: Ask, estate: &Estate, verdicts: &mut Verdicts<'_>) {
    let Some(records) = estate.records(RECOMMENDATION) else {
        let sentence = "the input holds no recommendations of the IAM recommender; list them with: gcloud recommender \
                        recommendations list --recommender=google.iam.policy.Recommender --location=global --project=PROJECT \
                        --format=json";
        return verdicts.missing_input(sentence, 1);
    };
    for record in records.iter() {
        let text = |path: &str| record.text(&[path]).map(|(text, _)| text);
        let subtype = text(SUBTYPE).unwrap_or_default();
        let is_asked = match ask {
            Ask::Unused => subtype == "REMOVE_ROLE",
            Ask::Excess => subtype.starts_with("REPLACE_ROLE"),
        };
        // One that was applied or dismissed was decided by somebody.
        let is_open = text(STATE).is_none_or(|state| state == "ACTIVE" || state == "CLAIMED");
        if !is_asked || !is_open {
            verdicts.not_applicable();
            continue;
        }
        // Without the resource, it is the project, folder or organisation that was looked at.
        let owner = record.owner();
        let looked_at = owner.map(|node| format!("//cloudresourcemanager.googleapis.com/{node}"));
        let node = text(NODE).or(looked_at.as_deref());
        let (Some(member), Some(role), Some(node)) = (text(MEMBER), text(ROLE), node) else {
            verdicts.unknown(
                GapReason::ValueUnknown,
                "content.overview",
                &record.name,
                &record.evidence,
            );
            continue;
        };
        let added = record
            .field(ADDED)
            .into_iter()
            .flat_map(|field| &field.values);
        let added: Vec<&str> = added.filter_map(|point| point.value.as_text()).collect();
        let words = match added.as_slice() {
            [] => "a smaller role".to_owned(),
            roles => roles.join(", "),
        };
        let mut finding = verdicts.finding(node, &record.evidence, worded(&words));
        finding.role = Some(role.into());
        finding.member = Some(member.into());
        verdicts.fail([finding]);
    }
}
