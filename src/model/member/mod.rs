//! Principals of allow policies, classified once for all rules.
//!
//! The grammar is Google's "Principal identifiers" page and "Resource types with built-in identities"; which service
//! accounts are Google's own agents follows "Service agents" and "Types of service accounts" in the IAM documentation.

mod consumer;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of principal a member string names.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum MemberKind {
    /// `allUsers` or `allAuthenticatedUsers`.
    Public,
    /// `user:`, one person.
    User,
    /// `group:`.
    Group,
    /// `domain:`, every account of a Workspace or Cloud Identity customer.
    Domain,
    /// A service account that a user made.
    ServiceAccount,
    /// The default account of Compute Engine, App Engine or Cloud Build: what runs without naming an account runs
    /// as it.
    DefaultServiceAccount,
    /// A service agent, managed by Google; the Google APIs agent (`@cloudservices`) is one.
    ServiceAgent,
    /// `projectOwner:`, `projectEditor:` or `projectViewer:`, on buckets and datasets.
    Convenience,
    /// An identity, or a set of them, of a workload identity pool.
    WorkloadIdentity,
    /// An identity, or a set of them, of a workforce identity pool.
    Workforce,
    /// A Kubernetes service account of GKE, in the old or the new spelling.
    GkeWorkload,
    /// All service accounts (or service agents) of a project, folder or organisation.
    ServiceAccountSet,
    /// An agent identity, or all of a trust domain.
    Agent,
    /// A resource with an identity of its own, such as a parameter of Parameter Manager, or a set of them.
    ResourceIdentity,
    /// `deleted:`, a principal that no longer exists.
    Deleted,
    /// A form that we do not know. Never harmless.
    Unknown,
}

impl MemberKind {
    /// Every kind, in the order of the enum.
    pub const ALL: [MemberKind; 16] = [
        MemberKind::Public,
        MemberKind::User,
        MemberKind::Group,
        MemberKind::Domain,
        MemberKind::ServiceAccount,
        MemberKind::DefaultServiceAccount,
        MemberKind::ServiceAgent,
        MemberKind::Convenience,
        MemberKind::WorkloadIdentity,
        MemberKind::Workforce,
        MemberKind::GkeWorkload,
        MemberKind::ServiceAccountSet,
        MemberKind::Agent,
        MemberKind::ResourceIdentity,
        MemberKind::Deleted,
        MemberKind::Unknown,
    ];
}

/// A classified member string of an allow policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'a> {
    /// The string as it stands in the policy.
    pub text: &'a str,
    /// What it names.
    pub kind: MemberKind,
}

impl<'a> Member<'a> {
    /// Classifies `text`.
    pub fn parse(text: &'a str) -> Member<'a> {
        Member {
            text,
            kind: kind_of(text),
        }
    }

    /// What follows the type prefix: the e-mail address, domain or principal path.
    pub fn value(&self) -> &'a str {
        match self.text.split_once(':') {
            Some((_, value)) => value,
            None => self.text,
        }
    }

    /// Whether it stands for a whole pool or trust domain (`principalSet://…/*`).
    pub fn is_wide(&self) -> bool {
        self.text.starts_with("principalSet://") && self.text.ends_with("/*")
    }

    /// The DNS domain of a user, group or domain member.
    pub fn domain(&self) -> Option<&'a str> {
        match self.kind {
            MemberKind::User | MemberKind::Group => self.value().rsplit_once('@').map(|(_, d)| d),
            MemberKind::Domain => Some(self.value()),
            _ => None,
        }
    }

    /// Whether it is an account, or a group, of a public mail service: nobody's employee.
    pub fn is_consumer(&self) -> bool {
        matches!(self.kind, MemberKind::User | MemberKind::Group)
            && self.domain().is_some_and(consumer::is_public_mail)
    }

    /// The project id that a service account of a user belongs to, read off its address. A project of a domain,
    /// `example.com:p`, is `p.example.com` there.
    pub fn service_account_project(&self) -> Option<&'a str> {
        if !matches!(
            self.kind,
            MemberKind::ServiceAccount | MemberKind::DefaultServiceAccount
        ) {
            return None;
        }
        let (local, domain) = self.value().rsplit_once('@')?;
        if domain == "appspot.gserviceaccount.com" {
            return Some(local);
        }
        domain.strip_suffix(".iam.gserviceaccount.com")
    }

    /// The project number that a default service account or a service agent belongs to.
    pub fn service_account_number(&self) -> Option<&'a str> {
        let (local, domain) = self.value().rsplit_once('@')?;
        let number = match domain {
            "developer.gserviceaccount.com" => local.split_once('-').map_or(local, |(n, _)| n),
            "cloudservices.gserviceaccount.com" | "cloudbuild.gserviceaccount.com" => local,
            "storage-transfer-service.iam.gserviceaccount.com" => local.strip_prefix("project-")?,
            _ if self.kind == MemberKind::ServiceAgent => local.strip_prefix("service-")?,
            _ => return None,
        };
        is_number(number).then_some(number)
    }

    /// The project, by id or number, whose identity it is: of a service account or agent, a workload, a resource, or
    /// a set of those.
    pub fn project(&self) -> Option<&'a str> {
        match self.kind {
            MemberKind::ServiceAccount
            | MemberKind::DefaultServiceAccount
            | MemberKind::ServiceAgent => self
                .service_account_number()
                .or_else(|| self.service_account_project()),
            MemberKind::Convenience => Some(self.value()),
            MemberKind::GkeWorkload if self.text.starts_with("serviceAccount:") => {
                Some(self.value().split_once(".svc.id.goog[")?.0)
            }
            MemberKind::GkeWorkload
            | MemberKind::WorkloadIdentity
            | MemberKind::ServiceAccountSet
            | MemberKind::ResourceIdentity => {
                let (_, rest) = self.text.split_once(".googleapis.com/projects/")?;
                rest.split('/').next()
            }
            MemberKind::Agent => {
                let (_, rest) = self.text.split_once("/projects/")?;
                rest.split('/').next()
            }
            _ => None,
        }
    }

    /// The number of the organisation whose identities it names: all accounts of an organisation, or agents of its
    /// trust domain.
    pub fn organization(&self) -> Option<&'a str> {
        let (_, rest) = match self.kind {
            MemberKind::ServiceAccountSet => self.text.split_once(".com/organizations/")?,
            MemberKind::Agent => self.text.split_once(".org-")?,
            _ => return None,
        };
        let number = rest.split(['/', '.']).next()?;
        is_number(number).then_some(number)
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn kind_of(text: &str) -> MemberKind {
    // Ordered by how often they occur; the prefix decides in one comparison.
    if let Some(email) = text.strip_prefix("serviceAccount:") {
        return service_account_kind(email);
    }
    if let Some(email) = text.strip_prefix("user:") {
        // Old policies name service accounts as users; the address decides.
        return if email.ends_with(".gserviceaccount.com") {
            service_account_kind(email)
        } else {
            MemberKind::User
        };
    }
    if text.starts_with("group:") {
        return MemberKind::Group;
    }
    if text.starts_with("principal") {
        return principal_kind(text);
    }
    if text.starts_with("domain:") {
        return MemberKind::Domain;
    }
    if text == "allUsers" || text == "allAuthenticatedUsers" {
        return MemberKind::Public;
    }
    if text.starts_with("projectOwner:")
        || text.starts_with("projectEditor:")
        || text.starts_with("projectViewer:")
    {
        return MemberKind::Convenience;
    }
    if text.starts_with("deleted:") {
        return MemberKind::Deleted;
    }
    MemberKind::Unknown
}

fn principal_kind(text: &str) -> MemberKind {
    let Some(rest) = text
        .strip_prefix("principalSet://")
        .or_else(|| text.strip_prefix("principal://"))
    else {
        return MemberKind::Unknown;
    };
    if let Some(path) = rest.strip_prefix("iam.googleapis.com/") {
        if path.starts_with("locations/global/workforcePools/") {
            return MemberKind::Workforce;
        }
        let below = path
            .strip_prefix("projects/")
            .and_then(|rest| rest.split_once('/'));
        if below.is_some_and(|(_, rest)| rest.starts_with("name/") || rest.starts_with("uid/")) {
            // A pool as a resource that acts, not somebody whom it lets in.
            return MemberKind::ResourceIdentity;
        }
        if let Some((_, pool)) = path.split_once("/workloadIdentityPools/") {
            let name = pool.split('/').next().unwrap_or_default();
            return if name.ends_with(".svc.id.goog") {
                MemberKind::GkeWorkload
            } else {
                MemberKind::WorkloadIdentity
            };
        }
        return MemberKind::Unknown;
    }
    if rest.starts_with("cloudresourcemanager.googleapis.com/") {
        return MemberKind::ServiceAccountSet;
    }
    if rest.starts_with("agents.") {
        return MemberKind::Agent;
    }
    match rest.split_once('/') {
        Some((service, path))
            if service.ends_with(".googleapis.com") && path.starts_with("projects/") =>
        {
            MemberKind::ResourceIdentity
        }
        _ => MemberKind::Unknown,
    }
}

fn service_account_kind(email: &str) -> MemberKind {
    let Some(at) = memchr::memrchr(b'@', email.as_bytes()) else {
        return if email.contains(".svc.id.goog[") {
            MemberKind::GkeWorkload
        } else {
            MemberKind::Unknown
        };
    };
    let (local, domain) = (&email[..at], &email[at + 1..]);
    if let Some(project) = domain.strip_suffix(".iam.gserviceaccount.com") {
        let is_agent = project.starts_with("gcp-sa-")
            || GOOGLES_PROJECTS.contains(&project)
            || is_agent_local_part(local);
        return if is_agent {
            MemberKind::ServiceAgent
        } else {
            MemberKind::ServiceAccount
        };
    }
    match domain {
        // Accounts of old API consoles have this domain, too; only one is the default.
        "developer.gserviceaccount.com" if !local.ends_with("-compute") => {
            MemberKind::ServiceAccount
        }
        "developer.gserviceaccount.com"
        | "appspot.gserviceaccount.com"
        | "cloudbuild.gserviceaccount.com" => MemberKind::DefaultServiceAccount,
        _ if domain.ends_with(".gserviceaccount.com") => MemberKind::ServiceAgent,
        _ => MemberKind::ServiceAccount,
    }
}

/// Projects of Google whose agents' addresses do not begin with `service-` and a number ("Service agents").
const GOOGLES_PROJECTS: [&str; 4] = [
    "bigquery-encryption",
    "firebase-sa-management",
    "sourcerepo-service-accounts",
    "storage-transfer-service",
];

/// `service-123`, `service-org-123`, `service-folder-123`: Google reserves these in its own projects,
/// and a user cannot make an account whose id is `service-` and digits only.
fn is_agent_local_part(local: &str) -> bool {
    let Some(rest) = local.strip_prefix("service-") else {
        return false;
    };
    let number = rest
        .strip_prefix("org-")
        .or_else(|| rest.strip_prefix("folder-"))
        .unwrap_or(rest);
    is_number(number)
}
