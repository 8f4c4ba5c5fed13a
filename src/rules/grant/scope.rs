//! What belongs to the organisation: its domains and projects, from the configuration and the input.

use crate::model::{Member, MemberKind, Truth};
use rustc_hash::FxHashSet;

/// What is known of the organisation that is judged.
#[derive(Debug, Clone, Default)]
pub struct Organization {
    /// DNS domains, lower case.
    pub domains: FxHashSet<String>,
    /// Project ids and numbers.
    pub projects: FxHashSet<String>,
}

impl Organization {
    /// Whether `member` is nobody of this organisation. Unknown while no domain is known, and for machine
    /// identities of projects that the input does not hold.
    pub fn is_outside(&self, member: &Member<'_>) -> Truth {
        match member.kind {
            MemberKind::Public => Truth::Yes,
            MemberKind::User | MemberKind::Group | MemberKind::Domain => match member.domain() {
                _ if self.domains.is_empty() => Truth::Unknown,
                Some(domain) => Truth::from(!self.domains.contains(domain.to_lowercase().as_str())),
                None => Truth::Unknown,
            },
            MemberKind::ServiceAccount | MemberKind::DefaultServiceAccount => {
                let project = member
                    .service_account_project()
                    .or_else(|| member.service_account_number());
                match project {
                    Some(project) if self.projects.contains(project) => Truth::No,
                    _ => Truth::Unknown,
                }
            }
            MemberKind::ServiceAgent | MemberKind::Convenience | MemberKind::Deleted => Truth::No,
            MemberKind::WorkloadIdentity
            | MemberKind::Workforce
            | MemberKind::GkeWorkload
            | MemberKind::ServiceAccountSet
            | MemberKind::Agent
            | MemberKind::Unknown => Truth::Unknown,
        }
    }
}
