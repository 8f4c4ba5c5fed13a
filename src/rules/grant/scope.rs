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
    /// Numbers of its organisations.
    pub numbers: FxHashSet<String>,
    /// `projects` holds all of them, so every other one is a stranger's: somebody said so, or the input lists what
    /// is below an organisation.
    pub all_projects: bool,
}

impl Organization {
    /// Whether `member` is nobody of this organisation. Unknown while no domain is known, and for machine
    /// identities of projects that may be missing in the input.
    pub fn is_outside(&self, member: &Member<'_>) -> Truth {
        match member.kind {
            MemberKind::Public => Truth::Yes,
            MemberKind::User | MemberKind::Group | MemberKind::Domain => match member.domain() {
                Some(domain) if self.domains.contains(domain.to_lowercase().as_str()) => Truth::No,
                // Nobody's domain is that of a public mail service, so this needs no list.
                _ if member.is_consumer() => Truth::Yes,
                _ if self.domains.is_empty() => Truth::Unknown,
                Some(_) => Truth::Yes,
                None => Truth::Unknown,
            },
            MemberKind::ServiceAccount
            | MemberKind::DefaultServiceAccount
            | MemberKind::WorkloadIdentity
            | MemberKind::GkeWorkload
            | MemberKind::ServiceAccountSet
            | MemberKind::ResourceIdentity
            | MemberKind::Agent => self.is_strangers(member),
            // An agent of Google works for the project in its address; some have none.
            MemberKind::ServiceAgent | MemberKind::Convenience if member.project().is_some() => {
                self.is_strangers(member)
            }
            MemberKind::ServiceAgent | MemberKind::Convenience | MemberKind::Deleted => Truth::No,
            // The name of a workforce pool does not say whose it is.
            MemberKind::Workforce | MemberKind::Unknown => Truth::Unknown,
        }
    }

    /// Whether a machine identity belongs to a project, or an organisation, of others.
    fn is_strangers(&self, member: &Member<'_>) -> Truth {
        if let Some(number) = member.organization() {
            return match self.numbers.contains(number) {
                true => Truth::No,
                false if self.numbers.is_empty() => Truth::Unknown,
                false => Truth::Yes,
            };
        }
        match member.project() {
            Some(project) if self.has_project(project) => Truth::No,
            Some(_) if self.all_projects => Truth::Yes,
            _ => Truth::Unknown,
        }
    }

    /// Whether a node with these `ancestors` (nearest first, itself included) lies outside of the organisations that
    /// are known.
    pub fn is_foreign(&self, ancestors: &[impl AsRef<str>]) -> Truth {
        let Some(top) = ancestors.last() else {
            return Truth::Unknown;
        };
        match top.as_ref().split_once('/') {
            Some(("organizations", number)) if !self.numbers.is_empty() => {
                Truth::from(!self.numbers.contains(number))
            }
            // What is below no organisation is in none.
            Some(("projects", _)) if !self.numbers.is_empty() => Truth::Yes,
            _ => Truth::Unknown,
        }
    }

    fn has_project(&self, project: &str) -> bool {
        // A project of a domain, `example.com:p`, is `p.example.com` in addresses.
        self.projects.contains(project)
            || project
                .split_once('.')
                .is_some_and(|(id, domain)| self.projects.contains(&format!("{domain}:{id}")))
    }
}

#[cfg(test)]
mod tests {
    use super::Organization;
    use crate::model::{Member, Truth};

    fn acme(all_projects: bool) -> Organization {
        let set = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Organization {
            domains: set(&["acme.example"]),
            projects: set(&["acme-ml", "481516234201", "acme.example:old"]),
            numbers: set(&["770043110021"]),
            all_projects,
        }
    }

    #[test]
    fn who_is_outside_follows_from_what_is_known() {
        let table = [
            ("user:a@Acme.Example", Truth::No, Truth::No),
            ("user:a@notacme.example", Truth::Yes, Truth::Yes),
            ("user:a@gmail.com", Truth::Yes, Truth::Yes),
            ("domain:partner.example", Truth::Yes, Truth::Yes),
            (
                "serviceAccount:t@acme-ml.iam.gserviceaccount.com",
                Truth::No,
                Truth::No,
            ),
            (
                "serviceAccount:t@old.acme.example.iam.gserviceaccount.com",
                Truth::No,
                Truth::No,
            ),
            (
                "serviceAccount:481516234201-compute@developer.gserviceaccount.com",
                Truth::No,
                Truth::No,
            ),
            (
                "serviceAccount:t@partner.iam.gserviceaccount.com",
                Truth::Unknown,
                Truth::Yes,
            ),
            (
                "serviceAccount:service-9@gcp-sa-aiplatform.iam.gserviceaccount.com",
                Truth::Unknown,
                Truth::Yes,
            ),
            (
                "serviceAccount:cloud-logs@system.gserviceaccount.com",
                Truth::No,
                Truth::No,
            ),
            (
                "serviceAccount:acme-ml.svc.id.goog[a/b]",
                Truth::No,
                Truth::No,
            ),
            (
                "principalSet://cloudresourcemanager.googleapis.com/organizations/770043110021/type/ServiceAccount",
                Truth::No,
                Truth::No,
            ),
            (
                "principalSet://agents.global.org-1.system.id.goog/*",
                Truth::Yes,
                Truth::Yes,
            ),
            ("projectViewer:partner", Truth::Unknown, Truth::Yes),
            (
                "principalSet://iam.googleapis.com/locations/global/workforcePools/w/*",
                Truth::Unknown,
                Truth::Unknown,
            ),
            ("deleted:user:a@gmail.com?uid=1", Truth::No, Truth::No),
        ];
        for (text, some, all) in table {
            let member = Member::parse(text);
            assert_eq!(acme(false).is_outside(&member), some, "{text}");
            assert_eq!(acme(true).is_outside(&member), all, "{text}");
        }
    }

    #[test]
    fn a_node_is_foreign_by_what_it_lies_below() {
        let ask = |ancestors: &[&str]| acme(false).is_foreign(ancestors);
        assert_eq!(
            ask(&["projects/1", "organizations/770043110021"]),
            Truth::No
        );
        assert_eq!(
            ask(&["projects/1", "folders/2", "organizations/3"]),
            Truth::Yes
        );
        assert_eq!(ask(&["projects/1"]), Truth::Yes);
        assert_eq!(ask(&["projects/1", "folders/2"]), Truth::Unknown);
        assert_eq!(ask(&[]), Truth::Unknown);
        let nothing = Organization::default();
        assert_eq!(nothing.is_foreign(&["projects/1"]), Truth::Unknown);
    }

    #[test]
    fn nobody_is_outside_while_no_domain_is_known_but_holders_of_public_mail() {
        let nothing = Organization::default();
        let ask = |text| nothing.is_outside(&Member::parse(text));
        assert_eq!(ask("user:a@acme.example"), Truth::Unknown);
        assert_eq!(ask("group:g@googlegroups.com"), Truth::Yes);
    }
}
