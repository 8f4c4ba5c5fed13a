//! Principals of allow policies, classified once for all rules.
//!
//! The grammar is Google's "Principal identifiers" page; which service accounts are Google's own agents
//! follows "Service agents" and "Types of service accounts" in the IAM documentation.

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
    /// The default accounts of Compute Engine, App Engine, Cloud Build and the Google APIs agent.
    DefaultServiceAccount,
    /// A service agent, managed by Google.
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
    /// `deleted:`, a principal that no longer exists.
    Deleted,
    /// A form that we do not know. Never harmless.
    Unknown,
}

impl MemberKind {
    /// Every kind, in the order of the enum.
    pub const ALL: [MemberKind; 15] = [
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

    /// The project id that a service account of a user belongs to, read off its address.
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

    /// The project number that a default service account belongs to.
    pub fn service_account_number(&self) -> Option<&'a str> {
        let (local, domain) = self.value().rsplit_once('@')?;
        let number = match domain {
            "developer.gserviceaccount.com" => local.strip_suffix("-compute")?,
            "cloudservices.gserviceaccount.com" | "cloudbuild.gserviceaccount.com" => local,
            _ => return None,
        };
        number.bytes().all(|b| b.is_ascii_digit()).then_some(number)
    }
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
    MemberKind::Unknown
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
        return if project.starts_with("gcp-sa-") || is_agent_local_part(local) {
            MemberKind::ServiceAgent
        } else {
            MemberKind::ServiceAccount
        };
    }
    match domain {
        "developer.gserviceaccount.com"
        | "appspot.gserviceaccount.com"
        | "cloudservices.gserviceaccount.com"
        | "cloudbuild.gserviceaccount.com" => MemberKind::DefaultServiceAccount,
        _ if domain.ends_with("gserviceaccount.com") => MemberKind::ServiceAgent,
        _ => MemberKind::ServiceAccount,
    }
}

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
    !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{Member, MemberKind};

    #[test]
    fn members_are_classified_by_their_form() {
        let table = [
            ("allUsers", MemberKind::Public),
            ("allAuthenticatedUsers", MemberKind::Public),
            ("user:a@example.com", MemberKind::User),
            ("group:g@example.com", MemberKind::Group),
            ("domain:example.com", MemberKind::Domain),
            (
                "serviceAccount:t@acme-ml.iam.gserviceaccount.com",
                MemberKind::ServiceAccount,
            ),
            (
                "serviceAccount:service-trainer@acme-ml.iam.gserviceaccount.com",
                MemberKind::ServiceAccount,
            ),
            (
                "serviceAccount:123-compute@developer.gserviceaccount.com",
                MemberKind::DefaultServiceAccount,
            ),
            (
                "serviceAccount:acme@appspot.gserviceaccount.com",
                MemberKind::DefaultServiceAccount,
            ),
            (
                "serviceAccount:123@cloudservices.gserviceaccount.com",
                MemberKind::DefaultServiceAccount,
            ),
            (
                "serviceAccount:service-12@gcp-sa-aiplatform.iam.gserviceaccount.com",
                MemberKind::ServiceAgent,
            ),
            (
                "serviceAccount:service-12@compute-system.iam.gserviceaccount.com",
                MemberKind::ServiceAgent,
            ),
            (
                "serviceAccount:service-org-12@security-center-api.iam.gserviceaccount.com",
                MemberKind::ServiceAgent,
            ),
            (
                "serviceAccount:acme.svc.id.goog[ns/ksa]",
                MemberKind::GkeWorkload,
            ),
            ("projectViewer:acme", MemberKind::Convenience),
            (
                "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/gh/*",
                MemberKind::WorkloadIdentity,
            ),
            (
                "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p.svc.id.goog/subject/ns/n/sa/k",
                MemberKind::GkeWorkload,
            ),
            (
                "principalSet://iam.googleapis.com/locations/global/workforcePools/w/group/g",
                MemberKind::Workforce,
            ),
            (
                "principalSet://cloudresourcemanager.googleapis.com/projects/1/type/ServiceAccount",
                MemberKind::ServiceAccountSet,
            ),
            (
                "principalSet://agents.global.org-1.system.id.goog/*",
                MemberKind::Agent,
            ),
            (
                "deleted:serviceAccount:x@p.iam.gserviceaccount.com?uid=1",
                MemberKind::Deleted,
            ),
            ("specialGroup:x", MemberKind::Unknown),
            ("", MemberKind::Unknown),
        ];
        for (text, kind) in table {
            assert_eq!(Member::parse(text).kind, kind, "{text}");
        }
    }

    #[test]
    fn the_domain_and_project_are_read_off_the_address() {
        assert_eq!(
            Member::parse("user:a@b.example.com").domain(),
            Some("b.example.com")
        );
        assert_eq!(
            Member::parse("domain:example.com").domain(),
            Some("example.com")
        );
        assert_eq!(
            Member::parse("serviceAccount:t@acme.iam.gserviceaccount.com")
                .service_account_project(),
            Some("acme")
        );
        assert_eq!(
            Member::parse("serviceAccount:77-compute@developer.gserviceaccount.com")
                .service_account_number(),
            Some("77")
        );
    }
}
