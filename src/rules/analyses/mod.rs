//! What neither a path nor a grant can say: one file per analysis.
//!
//! An analysis runs once, after the stream, over the estate. It declares which grants it wants kept
//! ([`Kind::questions`]) and what it wants to know of which assets ([`Kind::records`]), and gives each of its subjects
//! one of the four outcomes through [`Verdicts`].
//!
//! Most are made for one question. Some are general, and a rule file says by `[analysis.with]` what they are to look
//! for: the head of each such file tells its keys and shows a rule.

mod at_most;
mod clause;
mod custom_roles;
mod data_access_logs;
mod escalation_paths;
#[cfg(test)]
mod general;
mod kept;
mod link;
mod model_artifacts;
mod org_constraint;
mod org_override;
mod public_access_prevention;
mod public_bucket;
mod reference;
mod requires;
mod separation;
mod subjects;
#[cfg(test)]
mod tests;
mod verdicts;
mod workload_account;

use super::file::{Analysis, Grant, MemberTest};
use super::judge::{BUCKET, Bench, Output};
use super::select::Refusal;
use crate::estate::{Estate, Interest};
use crate::model::MemberKind;
use at_most::AtMost;
use custom_roles::Ask;
use link::Link;
use org_constraint::OrgConstraint;
use org_override::OrgOverride;
use public_bucket::Plane;
use requires::Requires;
use schemars::JsonSchema;
use separation::Separation;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use verdicts::Verdicts;
use workload_account::WorkloadAccount;

/// An analysis, with the question that a rule asks of it.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Whether a parent has more of something than it may.
    AtMost(AtMost),
    /// What is wrong with a custom role.
    CustomRoles(Ask),
    /// Whether a project records who reads and writes objects.
    DataAccessLogs,
    /// Whether somebody can become more than its roles say.
    EscalationPaths,
    /// Whether strangers can replace the files of a model.
    ModelArtifacts,
    /// Whether what assets refer to is as it should.
    Link(Link),
    /// What organisation policies say of some constraints.
    OrgConstraint(OrgConstraint),
    /// Whether organisation policies take back what is enforced above.
    OrgOverride(OrgOverride),
    /// Whether anything forbids public access to a bucket.
    PublicAccessPrevention,
    /// Whether the public reaches a bucket.
    PublicBucket(Plane),
    /// Whether every project has something.
    Requires(Requires),
    /// Whether one principal holds what two should.
    Separation(Separation),
    /// What workloads may do through their service accounts.
    WorkloadAccount(WorkloadAccount),
}

/// How an analysis is made of what a rule file says.
type Make = fn(&Analysis, &str) -> Result<Kind, Refusal>;

/// Every (name, question) that a rule file may ask, and what answers it.
const KNOWN: &[(&str, Option<&str>, Make)] = &[
    ("at-most", None, |a, text| {
        AtMost::new(with(a, text)?).map(Kind::AtMost)
    }),
    ("custom-roles", Some("bound"), |a, _| {
        plain(a, Kind::CustomRoles(Ask::Bound))
    }),
    ("custom-roles", Some("duplicate"), |a, _| {
        plain(a, Kind::CustomRoles(Ask::Duplicate))
    }),
    ("custom-roles", Some("limits"), |a, _| {
        plain(a, Kind::CustomRoles(Ask::Limits))
    }),
    ("custom-roles", Some("near-basic"), |a, _| {
        plain(a, Kind::CustomRoles(Ask::NearBasic))
    }),
    ("custom-roles", Some("support"), |a, _| {
        plain(a, Kind::CustomRoles(Ask::Support))
    }),
    ("data-access-logs", None, |a, _| {
        plain(a, Kind::DataAccessLogs)
    }),
    ("escalation-paths", None, |a, _| {
        plain(a, Kind::EscalationPaths)
    }),
    ("link", None, |a, text| {
        Link::new(with(a, text)?).map(Kind::Link)
    }),
    ("model-artifacts", None, |a, _| {
        plain(a, Kind::ModelArtifacts)
    }),
    ("org-constraint", None, |a, text| {
        OrgConstraint::new(with(a, text)?).map(Kind::OrgConstraint)
    }),
    ("org-override", None, |a, text| {
        OrgOverride::new(&with(a, text)?).map(Kind::OrgOverride)
    }),
    ("public-access-prevention", None, |a, _| {
        plain(a, Kind::PublicAccessPrevention)
    }),
    ("public-bucket", Some("iam"), |a, _| {
        plain(a, Kind::PublicBucket(Plane::Iam))
    }),
    ("public-bucket", Some("acl"), |a, _| {
        plain(a, Kind::PublicBucket(Plane::Acl))
    }),
    ("public-bucket", Some("default-object-acl"), |a, _| {
        plain(a, Kind::PublicBucket(Plane::DefaultObjectAcl))
    }),
    ("public-bucket", Some("write"), |a, _| {
        plain(a, Kind::PublicBucket(Plane::Write))
    }),
    ("requires", None, |a, text| {
        Requires::new(with(a, text)?).map(Kind::Requires)
    }),
    ("separation", None, |a, text| {
        Separation::new(with(a, text)?).map(Kind::Separation)
    }),
    ("workload-account", None, |a, text| {
        WorkloadAccount::new(with(a, text)?).map(Kind::WorkloadAccount)
    }),
];

/// What `with` may be: one of these, by the analysis.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum AnyWith {
    Link(link::With),
    OrgConstraint(org_constraint::With),
    AtMost(at_most::With),
    OrgOverride(org_override::With),
    Requires(requires::With),
    Separation(separation::With),
    WorkloadAccount(workload_account::With),
}

/// Finds the analysis that a rule file names; `text` is the file, to point into.
///
/// # Errors
/// When there is none of that name, it does not answer the question asked, or it does not take what it is told.
pub(crate) fn find(analysis: &Analysis, text: &str) -> Result<Kind, Refusal> {
    let ask = analysis.ask.as_deref();
    let known = KNOWN
        .iter()
        .find(|(name, question, _)| *name == analysis.name && *question == ask);
    if let Some((_, _, make)) = known {
        return make(analysis, text);
    }
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
    let message = format!("no such analysis; there are {}", known.join(", "));
    Err(Refusal::at("name", &analysis.name, message))
}

/// An analysis that is told nothing.
fn plain(analysis: &Analysis, kind: Kind) -> Result<Kind, Refusal> {
    match analysis.with {
        None => Ok(kind),
        Some(_) => {
            let message = format!("`{}` takes no `with`", analysis.name);
            Err(Refusal::new("with", message))
        }
    }
}

/// What an analysis is told, read strictly. The place of a mistake is looked up in the rule file.
fn with<W: DeserializeOwned>(analysis: &Analysis, text: &str) -> Result<W, Refusal> {
    #[derive(Deserialize)]
    struct File<W> {
        #[serde(rename = "analysis")]
        _analysis: Told<W>,
    }
    #[derive(Deserialize)]
    struct Told<W> {
        #[serde(rename = "with")]
        _with: W,
    }
    let table = analysis.with.clone().unwrap_or_default();
    W::deserialize(toml::Value::Table(table)).map_err(|error| {
        let place = toml::from_str::<File<W>>(text).err();
        Refusal {
            span: place.and_then(|error| error.span()),
            ..Refusal::new("with", error.message())
        }
    })
}

/// Grants that an analysis needs.
pub(crate) enum Question {
    /// Those that several analyses share.
    Fixed(Interest),
    /// Those that a rule asks for.
    Grant(Box<Grant>),
}

impl Kind {
    /// The grants that the analysis needs.
    pub(crate) fn questions(&self) -> Vec<Question> {
        let asked = |grants: &[Grant]| -> Vec<Question> {
            let grants = grants.iter().cloned();
            grants
                .map(|grant| Question::Grant(Box::new(grant)))
                .collect()
        };
        let fixed: &[Interest] = match self {
            Kind::Separation(asks) => return asked(&asks.grants()),
            Kind::WorkloadAccount(asks) => return asked(&asks.grants()),
            Kind::Link(asks) if asks.asks_public() => &[Interest::PublicBucket],
            Kind::EscalationPaths => &[Interest::Escalation],
            Kind::ModelArtifacts => &[Interest::Objects, Interest::PublicBucket],
            Kind::PublicBucket(Plane::Iam | Plane::Write) => &[Interest::PublicBucket],
            Kind::PublicBucket(Plane::Acl | Plane::DefaultObjectAcl)
            | Kind::CustomRoles(_)
            | Kind::DataAccessLogs
            | Kind::Link(_)
            | Kind::OrgConstraint(_)
            | Kind::AtMost(_)
            | Kind::OrgOverride(_)
            | Kind::PublicAccessPrevention
            | Kind::Requires(_) => &[],
        };
        fixed.iter().copied().map(Question::Fixed).collect()
    }

    /// What the analysis wants to know of which assets: pairs of an asset type and a JSONPath.
    pub(crate) fn records(&self) -> Vec<(&str, &str)> {
        match self {
            Kind::Link(asked) => asked.records(),
            Kind::AtMost(asked) => asked.records(),
            Kind::Requires(asked) => asked.records(),
            Kind::WorkloadAccount(asked) => asked.records(),
            _ => Vec::new(),
        }
    }

    /// `interests` are those that its questions were given, in their order.
    fn run(
        &self,
        interests: &[Interest],
        bench: &Bench<'_>,
        estate: &Estate,
        verdicts: &mut Verdicts<'_>,
    ) {
        match self {
            Kind::AtMost(asked) => asked.run(bench, estate, verdicts),
            Kind::CustomRoles(ask) => custom_roles::run(*ask, estate, verdicts),
            Kind::DataAccessLogs => data_access_logs::run(estate, verdicts),
            Kind::EscalationPaths => escalation_paths::run(bench, estate, verdicts),
            Kind::ModelArtifacts => model_artifacts::run(bench, estate, verdicts),
            Kind::Link(asked) => asked.run(interests, bench, estate, verdicts),
            Kind::OrgConstraint(asked) => asked.run(estate, verdicts),
            Kind::OrgOverride(asked) => asked.run(estate, verdicts),
            Kind::PublicAccessPrevention => public_access_prevention::run(estate, verdicts),
            Kind::PublicBucket(plane) => public_bucket::run(*plane, bench, estate, verdicts),
            Kind::Requires(asked) => asked.run(bench, estate, verdicts),
            Kind::Separation(asked) => asked.run(interests, estate, verdicts),
            Kind::WorkloadAccount(asked) => asked.run(interests, bench, estate, verdicts),
        }
    }
}

/// Which grants an interest means that several analyses share.
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
        // Told by the rule that asks.
        Interest::Asked(_) => Grant::default(),
    }
}

/// Runs every analysis that a rule of the run asks for, over what the stream left behind.
pub fn analyse(bench: &Bench<'_>, estate: &Estate, output: &mut Output) {
    for analysis in &bench.program.analyses {
        let Some(rule) = bench.rules.get(analysis.rule) else {
            continue;
        };
        let mut verdicts = Verdicts::new(analysis.rule, rule, output);
        let interests = &analysis.interests;
        analysis.kind.run(interests, bench, estate, &mut verdicts);
    }
}
