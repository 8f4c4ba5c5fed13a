//! What neither a path nor a grant can say: one file per analysis.
//!
//! An analysis runs once, after the stream, over the estate. It declares which grants it wants kept
//! ([`Kind::interests`]) and gives each of its subjects one of the four outcomes through [`Verdicts`].

mod custom_roles;
mod data_access_logs;
mod escalation_paths;
mod model_artifacts;
mod public_access_prevention;
mod public_bucket;
#[cfg(test)]
mod tests;
mod verdicts;

use super::file::{Analysis, Grant, MemberTest};
use super::judge::{Bench, Output};
use super::select::Refusal;
use crate::access::convenience::BASIC_ROLES;
use crate::estate::{Estate, Interest};
use crate::model::MemberKind;
use custom_roles::Ask;
use public_bucket::Plane;
use verdicts::Verdicts;

/// An analysis, with the question that a rule asks of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What is wrong with a custom role.
    CustomRoles(Ask),
    /// Whether a project records who reads and writes objects.
    DataAccessLogs,
    /// Whether somebody can become more than its roles say.
    EscalationPaths,
    /// Whether strangers can replace the files of a model.
    ModelArtifacts,
    /// Whether anything forbids public access to a bucket.
    PublicAccessPrevention,
    /// Whether the public reaches a bucket.
    PublicBucket(Plane),
}

/// Every (name, question) that a rule file may ask, and what answers it.
const KNOWN: [(&str, Option<&str>, Kind); 12] = [
    ("custom-roles", Some("bound"), Kind::CustomRoles(Ask::Bound)),
    (
        "custom-roles",
        Some("limits"),
        Kind::CustomRoles(Ask::Limits),
    ),
    (
        "custom-roles",
        Some("near-basic"),
        Kind::CustomRoles(Ask::NearBasic),
    ),
    (
        "custom-roles",
        Some("support"),
        Kind::CustomRoles(Ask::Support),
    ),
    ("data-access-logs", None, Kind::DataAccessLogs),
    ("escalation-paths", None, Kind::EscalationPaths),
    ("model-artifacts", None, Kind::ModelArtifacts),
    (
        "public-access-prevention",
        None,
        Kind::PublicAccessPrevention,
    ),
    ("public-bucket", Some("iam"), Kind::PublicBucket(Plane::Iam)),
    ("public-bucket", Some("acl"), Kind::PublicBucket(Plane::Acl)),
    (
        "public-bucket",
        Some("default-object-acl"),
        Kind::PublicBucket(Plane::DefaultObjectAcl),
    ),
    (
        "public-bucket",
        Some("write"),
        Kind::PublicBucket(Plane::Write),
    ),
];

/// Finds the analysis that a rule file names.
///
/// # Errors
/// When there is none of that name, or it does not answer the question asked.
pub(crate) fn find(analysis: &Analysis) -> Result<Kind, Refusal> {
    let ask = analysis.ask.as_deref();
    let known = KNOWN
        .iter()
        .find(|(name, question, _)| *name == analysis.name && *question == ask);
    known.map(|(_, _, kind)| *kind).ok_or_else(|| {
        let mut known: Vec<String> = KNOWN
            .iter()
            .map(|(name, ask, _)| {
                ask.map_or_else(
                    || (*name).to_owned(),
                    |ask| format!("{name} (ask = \"{ask}\")"),
                )
            })
            .collect();
        known.dedup();
        Refusal {
            key: "name",
            text: Some((analysis.name.clone(), 0)),
            message: format!("no such analysis; there are {}", known.join(", ")),
        }
    })
}

impl Kind {
    /// The grants that the analysis needs.
    pub(crate) fn interests(self) -> &'static [Interest] {
        match self {
            Kind::EscalationPaths => &[Interest::Escalation],
            Kind::ModelArtifacts => &[Interest::Objects, Interest::PublicBucket, Interest::Basic],
            Kind::PublicBucket(Plane::Iam | Plane::Write) => &[Interest::PublicBucket],
            Kind::PublicBucket(Plane::Acl | Plane::DefaultObjectAcl)
            | Kind::CustomRoles(_)
            | Kind::DataAccessLogs
            | Kind::PublicAccessPrevention => &[],
        }
    }
}

/// Which grants an interest means.
pub(crate) fn question(interest: Interest) -> Grant {
    match interest {
        Interest::PublicBucket => Grant {
            member: MemberTest {
                kind: vec![MemberKind::Public],
                ..MemberTest::default()
            },
            at: vec!["bucket".to_owned()],
            ..Grant::default()
        },
        Interest::Escalation => escalation_paths::decisive(),
        Interest::Objects => model_artifacts::writers(),
        Interest::Basic => Grant {
            role: BASIC_ROLES.map(str::to_owned).to_vec(),
            at: ["project", "folder", "organization"]
                .map(str::to_owned)
                .to_vec(),
            ..Grant::default()
        },
    }
}

/// Runs every analysis that a rule of the run asks for, over what the stream left behind.
pub fn analyse(bench: &Bench<'_>, estate: &Estate, output: &mut Output) {
    for (index, rule) in bench.rules.iter().enumerate() {
        let Some(Ok(kind)) = rule.file.analysis.as_ref().map(find) else {
            continue;
        };
        let mut verdicts = Verdicts::new(index, rule, output);
        match kind {
            Kind::CustomRoles(ask) => custom_roles::run(ask, bench, estate, &mut verdicts),
            Kind::DataAccessLogs => data_access_logs::run(estate, &mut verdicts),
            Kind::EscalationPaths => escalation_paths::run(bench, estate, &mut verdicts),
            Kind::ModelArtifacts => model_artifacts::run(bench, estate, &mut verdicts),
            Kind::PublicAccessPrevention => public_access_prevention::run(estate, &mut verdicts),
            Kind::PublicBucket(plane) => public_bucket::run(plane, bench, estate, &mut verdicts),
        }
    }
}
