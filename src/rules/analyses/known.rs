//! The analyses by name: what a rule file may ask, and what answers it.

use super::*;

/// How an analysis is made of what a rule file says.
type Make = fn(&Analysis, &str) -> Result<Kind, Refusal>;

/// Every (name, question) that a rule file may ask, and what answers it.
const KNOWN: &[(&str, Option<&str>, Make)] = &[
    ("at-most", None, |a, text| {
        AtMost::new(with(a, text)?).map(Kind::AtMost)
    }),
    ("authorized-resources", None, |a, _| {
        plain(a, Kind::AuthorizedResources)
    }),
    ("buckets", Some("acl-outside"), |a, _| {
        plain(a, Kind::Buckets(buckets::Ask::AclOutside))
    }),
    ("buckets", Some("log-to-self"), |a, _| {
        plain(a, Kind::Buckets(buckets::Ask::LogToSelf))
    }),
    ("buckets", Some("noncurrent-unbounded"), |a, _| {
        plain(a, Kind::Buckets(buckets::Ask::NoncurrentUnbounded))
    }),
    ("buckets", Some("notification-topic"), |a, _| {
        plain(a, Kind::Buckets(buckets::Ask::NotificationTopic))
    }),
    ("buckets", Some("settings-admin"), |a, _| {
        plain(a, Kind::Buckets(buckets::Ask::SettingsAdmin))
    }),
    ("buckets", Some("sink-lock"), |a, _| {
        plain(a, Kind::Buckets(buckets::Ask::SinkLock))
    }),
    ("buckets", Some("sink-retention"), |a, _| {
        plain(a, Kind::Buckets(buckets::Ask::SinkRetention))
    }),
    ("buckets", Some("unlocked"), |a, _| {
        plain(a, Kind::Buckets(buckets::Ask::Unlocked))
    }),
    ("accounts", Some("broad-impersonation"), |a, _| {
        plain(a, Kind::Accounts(accounts::Ask::Broad))
    }),
    ("accounts", Some("disabled-still-bound"), |a, _| {
        plain(a, Kind::Accounts(accounts::Ask::Disabled))
    }),
    ("accounts", Some("without-role"), |a, _| {
        plain(a, Kind::Accounts(accounts::Ask::WithoutRole))
    }),
    ("conditions", Some("not-allowed"), |a, _| {
        plain(a, Kind::Conditions(conditions::Ask::NotAllowed))
    }),
    ("conditions", Some("open-prefix"), |a, _| {
        plain(a, Kind::Conditions(conditions::Ask::OpenPrefix))
    }),
    ("cross-project", None, |a, _| plain(a, Kind::CrossProject)),
    ("groups", Some("external-members"), |a, _| {
        plain(a, Kind::Groups(groups::Ask::External))
    }),
    ("groups", Some("open"), |a, _| {
        plain(a, Kind::Groups(groups::Ask::Open))
    }),
    ("policy-shape", Some("agent-without-role"), |a, _| {
        plain(a, Kind::PolicyShape(Oddity::AgentWithoutRole))
    }),
    ("policy-shape", Some("repetition"), |a, _| {
        plain(a, Kind::PolicyShape(Oddity::Repetition))
    }),
    ("policy-shape", Some("size"), |a, _| {
        plain(a, Kind::PolicyShape(Oddity::Size))
    }),
    ("last-authentication", Some("account"), |a, text| {
        LastAuthentication::new(last_authentication::Ask::Account, &with(a, text)?)
            .map(Kind::LastAuthentication)
    }),
    ("last-authentication", Some("key"), |a, text| {
        LastAuthentication::new(last_authentication::Ask::Key, &with(a, text)?)
            .map(Kind::LastAuthentication)
    }),
    ("recommendations", Some("datasets"), |a, _| {
        plain(a, Kind::Recommendations(recommendations::Ask::Datasets))
    }),
    ("recommendations", Some("excess-permissions"), |a, _| {
        plain(a, Kind::Recommendations(recommendations::Ask::Excess))
    }),
    ("recommendations", Some("unused-role"), |a, _| {
        plain(a, Kind::Recommendations(recommendations::Ask::Unused))
    }),
    ("required-bindings", None, |a, text| {
        RequiredBindings::new(with(a, text)?).map(Kind::RequiredBindings)
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
    ("data-access-logs", None, |a, text| {
        DataAccessLogs::new(with(a, text)?).map(Kind::DataAccessLogs)
    }),
    ("data-access-logs", Some("exempted"), |a, _| {
        plain(a, Kind::ExemptedMembers)
    }),
    (ENVIRONMENT_SECRETS, None, |a, text| {
        EnvironmentSecrets::new(with(a, text)?).map(Kind::EnvironmentSecrets)
    }),
    ("escalation-paths", None, |a, _| {
        plain(a, Kind::EscalationPaths)
    }),
    ("key-access", Some("decrypters"), |a, _| {
        plain(a, Kind::KeyAccess(key_access::Ask::Decrypters))
    }),
    ("key-access", Some("owner"), |a, _| {
        plain(a, Kind::KeyAccess(key_access::Ask::Owner))
    }),
    ("key-access", Some("users"), |a, text| {
        with(a, text).map(|told| Kind::KeyAccess(key_access::Ask::Users(told)))
    }),
    ("lifespan", None, |a, text| {
        Lifespan::new(with(a, text)?).map(Kind::Lifespan)
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
    ("public-access-prevention", Some("bucket"), |a, _| {
        let ask = public_access_prevention::Ask::Bucket;
        plain(a, Kind::PublicAccessPrevention(ask))
    }),
    ("public-access-prevention", Some("effective"), |a, _| {
        let ask = public_access_prevention::Ask::Effective;
        plain(a, Kind::PublicAccessPrevention(ask))
    }),
    ("public-bucket", Some("iam"), |a, _| {
        plain(a, Kind::PublicBucket(public_bucket::Ask::Iam))
    }),
    ("public-bucket", Some("listing"), |a, _| {
        plain(a, Kind::PublicBucket(public_bucket::Ask::Listing))
    }),
    ("public-bucket", Some("write"), |a, _| {
        plain(a, Kind::PublicBucket(public_bucket::Ask::Write))
    }),
    ("public-bucket", Some("acl"), |a, _| {
        plain(a, Kind::PublicBucket(public_bucket::Ask::Acl))
    }),
    ("public-bucket", Some("default-object-acl"), |a, _| {
        plain(a, Kind::PublicBucket(public_bucket::Ask::DefaultObjectAcl))
    }),
    ("public-bucket", Some("object-acl"), |a, _| {
        plain(a, Kind::PublicBucket(public_bucket::Ask::ObjectAcl))
    }),
    ("service-perimeters", None, |a, _| {
        plain(a, Kind::ServicePerimeters)
    }),
    ("requires", None, |a, text| {
        Requires::new(with(a, text)?).map(Kind::Requires)
    }),
    ("separation", None, |a, text| {
        Separation::new(with(a, text)?).map(Kind::Separation)
    }),
    ("training-writers", None, |a, text| {
        TrainingWriters::new(with(a, text)?).map(Kind::TrainingWriters)
    }),
    ("workload-account", None, |a, text| {
        WorkloadAccount::new(with(a, text)?).map(Kind::WorkloadAccount)
    }),
];

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
