//! What Google's IAM recommender says of roles that were not used, or not used in full.
//!
//! The shape is that of `gcloud recommender recommendations list --recommender=google.iam.policy.Recommender`
//! ("Review and apply role recommendations" in the Policy Intelligence documentation).

use super::Verdicts;
use super::verdicts::worded;
use crate::estate::{Estate, Record, Records};
use crate::model::GapReason;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Roles of which nothing was used.
    Unused,
    /// Roles of which a smaller one would do.
    Excess,
    /// Either, on datasets of BigQuery.
    Datasets,
}

impl Ask {
    /// Whether it asks for recommendations of this kind. Those on buckets and datasets have kinds of their own.
    fn wants(self, subtype: &str) -> bool {
        let is_of = |suffix: &str| subtype.ends_with(suffix);
        match self {
            Ask::Unused => subtype == "REMOVE_ROLE",
            Ask::Excess => {
                subtype.starts_with("REPLACE_ROLE")
                    && !is_of("_STORAGE_BUCKET")
                    && !is_of("_BIGQUERY_DATASET")
            }
            Ask::Datasets => matches!(
                subtype,
                "REMOVE_ROLE_BIGQUERY_DATASET" | "REPLACE_ROLE_BIGQUERY_DATASET"
            ),
        }
    }
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
    let records = estate.records(RECOMMENDATION);
    let is_listed = |records: &Records| {
        // Those on datasets are listed by the place where the dataset lies, so others do not speak for them.
        let mut records = records.iter();
        ask != Ask::Datasets || records.any(|record| ask.wants(subtype_of(record)))
    };
    let Some(records) = records.filter(|records| is_listed(records)) else {
        let sentence = match ask {
            Ask::Unused | Ask::Excess => {
                "the input holds no recommendations of the IAM recommender; list them with: gcloud recommender \
                 recommendations list --recommender=google.iam.policy.Recommender --location=global --project=PROJECT \
                 --format=json"
            }
            Ask::Datasets => {
                "the input holds no recommendations of the IAM recommender on datasets; list them with: gcloud recommender \
                 recommendations list --recommender=google.iam.policy.Recommender --location=LOCATION --project=PROJECT \
                 --format=json, where LOCATION is that of the datasets, such as us"
            }
        };
        return verdicts.missing_input(sentence, 1);
    };
    for record in records.iter() {
        let text = |path: &str| record.text(&[path]).map(|(text, _)| text);
        let is_asked = ask.wants(subtype_of(record));
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
        let words = match (ask, added.as_slice()) {
            (Ask::Datasets, []) => "to remove it".to_owned(),
            (Ask::Datasets, roles) => format!("{} instead", roles.join(", ")),
            (_, []) => "a smaller role".to_owned(),
            (_, roles) => roles.join(", "),
        };
        let mut finding = verdicts.finding(node, &record.evidence, worded(&words));
        finding.role = Some(role.into());
        finding.member = Some(member.into());
        verdicts.fail([finding]);
    }
}

fn subtype_of(record: &Record) -> &str {
    record.text(&[SUBTYPE]).map_or("", |(subtype, _)| subtype)
}
