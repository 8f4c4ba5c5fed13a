//! What neither a path nor a grant can say: one file per analysis.
//!
//! An analysis runs once, after the stream, over the estate. It declares which grants it wants kept
//! ([`Kind::questions`]) and what it wants to know of which assets ([`Kind::records`]), and gives each of its subjects
//! one of the four outcomes through [`Verdicts`].
//!
//! Most are made for one question. Some are general, and a rule file says by `[analysis.with]` what they are to look
//! for: the head of each such file tells its keys and shows a rule.

mod accounts;
mod at_most;
mod authorized_resources;
mod buckets;
mod clause;
mod conditions;
mod cross_project;
mod custom_roles;
mod data_access_logs;
mod environment_secrets;
mod escalation_paths;
mod facts;
#[cfg(test)]
mod general;
mod groups;
mod kept;
mod key_access;
mod known;
mod last_authentication;
mod lifespan;
mod link;
mod model_artifacts;
mod org_constraint;
mod org_override;
mod perimeters;
mod policy_shape;
mod public_access_prevention;
mod public_bucket;
mod recommendations;
mod reference;
mod required_bindings;
mod requires;
mod separation;
mod subjects;
#[cfg(test)]
mod tests;
mod training_writers;
mod verdicts;
mod workload_account;

use super::file::{Analysis, Grant, MemberTest};
use super::judge::{BUCKET, Bench, Output};
use super::select::Refusal;
use crate::access::convenience::BASIC_ROLES;
use crate::estate::{Estate, Interest, Oddity};
use crate::model::MemberKind;
use at_most::AtMost;
use custom_roles::Ask;
use data_access_logs::DataAccessLogs;
use environment_secrets::EnvironmentSecrets;
pub(crate) use known::find;
use last_authentication::LastAuthentication;
use lifespan::Lifespan;
use link::Link;
use org_constraint::OrgConstraint;
use org_override::OrgOverride;
use public_bucket::Cases;
use required_bindings::RequiredBindings;
use requires::Requires;
use schemars::JsonSchema;
use separation::Separation;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use training_writers::TrainingWriters;
use verdicts::Verdicts;
use workload_account::WorkloadAccount;

/// An analysis, with the question that a rule asks of it.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Settings of a bucket that one path cannot judge.
    Buckets(buckets::Ask),
    /// Which views, routines and datasets of other projects a dataset lets in.
    AuthorizedResources,
    /// What service accounts hold, and who can act as them.
    Accounts(accounts::Ask),
    /// Whether conditions do what they seem to where they stand.
    Conditions(conditions::Ask),
    /// Whether accounts of one project can act as those of another.
    CrossProject,
    /// Who is in groups that hold roles, or may be.
    Groups(groups::Ask),
    /// What is odd about policies as a whole.
    PolicyShape(Oddity),
    /// What Google's recommender says.
    Recommendations(recommendations::Ask),
    /// Whether some grants are there.
    RequiredBindings(RequiredBindings),
    /// Whether a parent has more of something than it may.
    AtMost(AtMost),
    /// What is wrong with a custom role.
    CustomRoles(Ask),
    /// Whether a project records who reads and writes.
    DataAccessLogs(DataAccessLogs),
    /// Whom audit configurations leave out.
    ExemptedMembers,
    /// Whether workloads keep secrets in environment variables.
    EnvironmentSecrets(EnvironmentSecrets),
    /// Whether somebody can become more than its roles say.
    EscalationPaths,
    /// Who reaches the keys that data is encrypted with.
    KeyAccess(key_access::Ask),
    /// Whether service accounts and keys were used of late.
    LastAuthentication(LastAuthentication),
    /// How long something lives, from one time to another.
    Lifespan(Lifespan),
    /// Whether strangers can replace the files of a model.
    ModelArtifacts,
    /// Whether what assets refer to is as it should.
    Link(Link),
    /// What organisation policies say of some constraints.
    OrgConstraint(OrgConstraint),
    /// Whether organisation policies take back what is enforced above.
    OrgOverride(OrgOverride),
    /// Whether anything forbids public access to a bucket.
    PublicAccessPrevention(public_access_prevention::Ask),
    /// Whether the public reaches a bucket.
    PublicBucket(public_bucket::Ask),
    /// Whether projects stand in a service perimeter.
    ServicePerimeters,
    /// Whether every project has something.
    Requires(Requires),
    /// Whether one principal holds what two should.
    Separation(Separation),
    /// Whether one identity changes training data and models.
    TrainingWriters(TrainingWriters),
    /// What workloads may do through their service accounts.
    WorkloadAccount(WorkloadAccount),
}

/// The analysis whose findings point at secrets.
pub(super) const ENVIRONMENT_SECRETS: &str = "environment-secrets";

/// What `with` may be: one of these, by the analysis.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum AnyWith {
    EnvironmentSecrets(environment_secrets::With),
    KeyAccess(key_access::With),
    LastAuthentication(last_authentication::With),
    Lifespan(lifespan::With),
    DataAccessLogs(data_access_logs::With),
    Link(link::With),
    OrgConstraint(org_constraint::With),
    AtMost(at_most::With),
    OrgOverride(org_override::With),
    RequiredBindings(required_bindings::With),
    Requires(requires::With),
    Separation(separation::With),
    TrainingWriters(training_writers::With),
    WorkloadAccount(workload_account::With),
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
            Kind::KeyAccess(ask) => return asked(&ask.grants()),
            Kind::Accounts(accounts::Ask::Broad) => return asked(&accounts::broad()),
            Kind::Accounts(_) => &[Interest::Accounts],
            Kind::Conditions(_) => return asked(&[conditions::conditional()]),
            Kind::CrossProject => return asked(&[cross_project::grants()]),
            Kind::Groups(_) => &[Interest::Groups],
            Kind::RequiredBindings(asks) => return asked(&[asks.grant()]),
            Kind::Separation(asks) => return asked(&asks.grants()),
            Kind::TrainingWriters(_) => return asked(&TrainingWriters::grants()),
            Kind::Buckets(ask) => return asked(&ask.grants()),
            Kind::WorkloadAccount(asks) => return asked(&asks.grants()),
            Kind::Link(asks) if asks.asks_public() => &[Interest::PublicBucket],
            Kind::EscalationPaths => &[Interest::Escalation],
            Kind::ModelArtifacts => &[Interest::Objects, Interest::PublicBucket, Interest::Basic],
            Kind::PublicBucket(ask) => ask.interests(),
            Kind::AuthorizedResources
            | Kind::CustomRoles(_)
            | Kind::DataAccessLogs(_)
            | Kind::ExemptedMembers
            | Kind::EnvironmentSecrets(_)
            | Kind::LastAuthentication(_)
            | Kind::Lifespan(_)
            | Kind::Link(_)
            | Kind::OrgConstraint(_)
            | Kind::AtMost(_)
            | Kind::OrgOverride(_)
            | Kind::PolicyShape(_)
            | Kind::Recommendations(_)
            | Kind::PublicAccessPrevention(_)
            | Kind::Requires(_)
            | Kind::ServicePerimeters => &[],
        };
        fixed.iter().copied().map(Question::Fixed).collect()
    }

    /// What the analysis wants to know of which assets: pairs of an asset type and a JSONPath.
    pub(crate) fn records(&self) -> Vec<(&str, &str)> {
        match self {
            Kind::EnvironmentSecrets(_) => environment_secrets::records(),
            Kind::Buckets(ask) => ask.records().to_vec(),
            Kind::PublicBucket(ask) => ask.records().to_vec(),
            Kind::AuthorizedResources => authorized_resources::records(),
            Kind::KeyAccess(ask) => ask.records(),
            Kind::LastAuthentication(asked) => asked.records(),
            Kind::Lifespan(lifespan) => lifespan.records(),
            Kind::Accounts(ask) => accounts::records(*ask),
            Kind::Groups(ask) => groups::records(*ask),
            Kind::Recommendations(_) => recommendations::records(),
            Kind::Link(asked) => asked.records(),
            Kind::AtMost(asked) => asked.records(),
            Kind::Requires(asked) => asked.records(),
            Kind::WorkloadAccount(asked) => asked.records(),
            _ => Vec::new(),
        }
    }

    /// Whether it asks what is odd about policies as a whole.
    pub(crate) fn glances(&self) -> bool {
        matches!(self, Kind::PolicyShape(_))
    }

    /// `interests` are those that its questions were given, in their order; `cases` are what several ask for.
    fn run<'e>(
        &self,
        interests: &[Interest],
        bench: &Bench<'_>,
        estate: &'e Estate,
        cases: &Cases<'e>,
        verdicts: &mut Verdicts<'_>,
    ) {
        match self {
            Kind::AuthorizedResources => authorized_resources::run(bench, estate, verdicts),
            Kind::CustomRoles(ask) => custom_roles::run(*ask, bench, estate, verdicts),
            Kind::Accounts(ask) => accounts::run(*ask, interests, estate, verdicts),
            Kind::Conditions(ask) => conditions::run(*ask, interests, bench, estate, verdicts),
            Kind::CrossProject => cross_project::run(interests, estate, verdicts),
            Kind::Groups(ask) => groups::run(*ask, interests, bench, estate, verdicts),
            Kind::PolicyShape(oddity) => policy_shape::run(*oddity, estate, verdicts),
            Kind::Recommendations(ask) => recommendations::run(*ask, estate, verdicts),
            Kind::RequiredBindings(asked) => asked.run(interests, estate, verdicts),
            Kind::EnvironmentSecrets(asked) => asked.run(estate, verdicts),
            Kind::DataAccessLogs(asked) => data_access_logs::run(asked, estate, verdicts),
            Kind::ExemptedMembers => data_access_logs::exempted(estate, verdicts),
            Kind::AtMost(asked) => asked.run(bench, estate, verdicts),
            Kind::EscalationPaths => escalation_paths::run(bench, estate, verdicts),
            Kind::KeyAccess(ask) => ask.run(interests, estate, verdicts),
            Kind::LastAuthentication(asked) => asked.run(bench, estate, verdicts),
            Kind::Lifespan(lifespan) => lifespan.run(estate, verdicts),
            Kind::ModelArtifacts => model_artifacts::run(bench, estate, verdicts),
            Kind::Link(asked) => asked.run(interests, bench, estate, verdicts),
            Kind::OrgConstraint(asked) => asked.run(estate, verdicts),
            Kind::OrgOverride(asked) => asked.run(estate, verdicts),
            Kind::Buckets(ask) => buckets::run(*ask, interests, bench, estate, verdicts),
            Kind::PublicAccessPrevention(ask) => {
                public_access_prevention::run(*ask, bench, estate, verdicts);
            }
            Kind::PublicBucket(ask) => public_bucket::run(*ask, bench, estate, cases, verdicts),
            Kind::ServicePerimeters => perimeters::run(estate, verdicts),
            Kind::Requires(asked) => asked.run(bench, estate, verdicts),
            Kind::Separation(asked) => asked.run(interests, estate, verdicts),
            Kind::TrainingWriters(asked) => asked.run(interests, estate, verdicts),
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
            at: vec!["bucket".to_owned(), "managed-folder".to_owned()],
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
        Interest::Accounts => accounts::any(),
        Interest::Groups => groups::any(),
        // Told by the rule that asks.
        Interest::Asked(_) => Grant::default(),
    }
}

/// Runs every analysis that a rule of the run asks for, over what the stream left behind.
pub fn analyse(bench: &Bench<'_>, estate: &Estate, output: &mut Output) {
    let cases = Cases::default();
    for analysis in &bench.program.analyses {
        let Some(rule) = bench.rules.get(analysis.rule) else {
            continue;
        };
        let mut verdicts = Verdicts::new(analysis.rule, rule, output, bench.watch);
        let interests = &analysis.interests;
        let kind = &analysis.kind;
        kind.run(interests, bench, estate, &cases, &mut verdicts);
    }
}
