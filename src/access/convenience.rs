//! Whom `projectOwner:`, `projectEditor:` and `projectViewer:` stand for in the policies of buckets.
//!
//! They mean whoever holds the basic role on the project, so that what such a member may do depends on another policy.
//! Holders of `roles/admin`, `roles/writer` and `roles/reader` are not meant (Google Cloud's "Roles and permissions"
//! page). Whether a basic role counts that is inherited from a folder or organisation is not documented.

use crate::catalog::base_name;
use crate::estate::{Estate, GrantFact, Interest, node_of};
use crate::model::Member;
use rustc_hash::FxHashMap;

/// The members of buckets' policies that stand for others, and the role by which these hold it.
const STANDS_FOR: [(&str, &str); 3] = [
    ("projectOwner:", "roles/owner"),
    ("projectEditor:", "roles/editor"),
    ("projectViewer:", "roles/viewer"),
];

/// The roles whose holders convenience members stand for: the grants of [`Interest::Basic`].
pub const BASIC_ROLES: [&str; 3] = [STANDS_FOR[0].1, STANDS_FOR[1].1, STANDS_FOR[2].1];

/// Who holds a basic role where.
#[derive(Debug)]
pub struct BasicHolders<'e> {
    estate: &'e Estate,
    /// By node, in the one spelling that is used to compare.
    by_node: FxHashMap<Box<str>, Vec<&'e GrantFact>>,
}

/// Those for whom a convenience member stands, by the grants of the basic role that make it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion<'e> {
    /// The project, in the spelling of the member: `projects/acme`.
    pub project: String,
    /// Granted on the project itself, without a condition.
    pub certain: Vec<&'e GrantFact>,
    /// Inherited from a folder or the organisation, or under a condition.
    pub possible: Vec<&'e GrantFact>,
    /// The input holds the project's allow policy. Without it there may be any number of others.
    pub is_known: bool,
}

impl<'e> BasicHolders<'e> {
    /// Takes the grants of basic roles out of the estate. It holds them only if an analysis of the run
    /// asks for [`Interest::Basic`].
    pub fn of(estate: &'e Estate) -> BasicHolders<'e> {
        let mut by_node: FxHashMap<Box<str>, Vec<&GrantFact>> = FxHashMap::default();
        for grant in estate.grants.by(&[Interest::Basic]) {
            let node = node_of(&grant.node);
            by_node
                .entry(estate.spelling(&node).into())
                .or_default()
                .push(grant);
        }
        BasicHolders { estate, by_node }
    }

    /// Those for whom a member stands; `None` if it is no convenience member.
    pub fn expand(&self, member: &Member<'_>) -> Option<Expansion<'e>> {
        let mut known = STANDS_FOR.iter();
        let (project, role) = known.find_map(|(prefix, role)| {
            let project = member.text.strip_prefix(prefix)?;
            Some((format!("projects/{project}"), *role))
        })?;
        let mut expansion = Expansion {
            certain: Vec::new(),
            possible: Vec::new(),
            is_known: self.estate.holds_policy_of(&project),
            project,
        };
        let (chain, _) = self.estate.lineage(&expansion.project, &[]);
        for (above, node) in chain.iter().enumerate() {
            let grants = self.by_node.get(self.estate.spelling(node));
            let grants = grants.into_iter().flatten().copied();
            for grant in grants.filter(|grant| base_name(&grant.role) == role) {
                // A policy that was read below version 3 hides the condition in the role's name.
                let plain = grant.condition.is_none() && &*grant.role == role;
                if above == 0 && plain {
                    expansion.certain.push(grant);
                } else {
                    expansion.possible.push(grant);
                }
            }
        }
        Some(expansion)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{BasicHolders, Expansion};
    use crate::estate::{AuditFact, Estate, Evidence, Fact, GrantFact, Interest, NodeFact};
    use crate::model::Member;

    fn full(node: &str) -> Box<str> {
        format!("//cloudresourcemanager.googleapis.com/{node}").into()
    }

    fn grant(node: &str, role: &str, member: &str) -> GrantFact {
        GrantFact {
            interest: Interest::Basic,
            node: full(node).into(),
            role: role.into(),
            member: member.into(),
            condition: None,
            ancestors: [].into(),
            evidence: Evidence::default(),
        }
    }

    /// Project 1, called acme, in folder 2 of organisation 3.
    fn estate(grants: Vec<GrantFact>, policy: bool) -> Estate {
        let mut estate = Estate::default();
        estate.absorb(Fact::Node(NodeFact {
            name: full("projects/1"),
            number: Some("projects/1".into()),
            id: Some("projects/acme".into()),
            parent: Some("folders/2".into()),
            domain: None,
            created: None,
            deleted: false,
            evidence: Evidence::default(),
        }));
        estate.absorb(Fact::Node(NodeFact {
            name: full("folders/2"),
            number: Some("folders/2".into()),
            id: None,
            parent: Some("organizations/3".into()),
            domain: None,
            created: None,
            deleted: false,
            evidence: Evidence::default(),
        }));
        estate.absorb_all(grants.into_iter().map(Fact::Grant));
        if policy {
            estate.absorb(Fact::Audit(AuditFact {
                node: full("projects/1"),
                ancestors: vec![],
                logs: vec![],
                carried: true,
                evidence: Evidence::default(),
            }));
        }
        estate
    }

    fn names<'e>(grants: &[&'e GrantFact]) -> Vec<&'e str> {
        grants.iter().map(|grant| &*grant.member).collect()
    }

    fn expand<'e>(estate: &'e Estate, member: &str) -> Expansion<'e> {
        let holders = BasicHolders::of(estate);
        holders.expand(&Member::parse(member)).unwrap()
    }

    #[test]
    fn holders_on_the_project_are_certain_and_those_above_possible() {
        let conditional = GrantFact {
            condition: Some("request.time < timestamp('2027-01-01T00:00:00Z')".into()),
            ..grant("projects/1", "roles/editor", "user:later@acme.example")
        };
        let estate = estate(
            vec![
                grant("projects/acme", "roles/editor", "user:own@acme.example"),
                grant("projects/1", "roles/owner", "user:owner@acme.example"),
                grant("folders/2", "roles/editor", "user:folder@acme.example"),
                grant("organizations/3", "roles/editor", "user:org@acme.example"),
                grant("projects/9", "roles/editor", "user:other@acme.example"),
                grant("projects/1", "roles/writer", "user:preview@acme.example"),
                grant(
                    "projects/1",
                    "roles/editor_withcond_1f",
                    "user:lossy@acme.example",
                ),
                conditional,
            ],
            true,
        );
        // By id and by number alike.
        for member in ["projectEditor:acme", "projectEditor:1"] {
            let editors = expand(&estate, member);
            assert!(editors.is_known);
            assert_eq!(names(&editors.certain), ["user:own@acme.example"]);
            assert_eq!(
                names(&editors.possible),
                [
                    "user:lossy@acme.example",
                    "user:later@acme.example",
                    "user:folder@acme.example",
                    "user:org@acme.example"
                ]
            );
        }
        let owners = expand(&estate, "projectOwner:acme");
        assert_eq!(names(&owners.certain), ["user:owner@acme.example"]);
        assert!(owners.possible.is_empty());
        assert!(expand(&estate, "projectViewer:acme").certain.is_empty());
    }

    #[test]
    fn without_the_policy_of_the_project_nothing_is_known() {
        let estate = estate(vec![], false);
        let editors = expand(&estate, "projectEditor:acme");
        assert!(!editors.is_known && editors.certain.is_empty());
        assert!(!expand(&estate, "projectEditor:nobody").is_known);
    }

    #[test]
    fn other_members_stand_for_themselves() {
        let estate = estate(vec![], true);
        let holders = BasicHolders::of(&estate);
        for member in ["user:a@b.example", "allUsers", "projectAdmin:acme", ""] {
            assert_eq!(holders.expand(&Member::parse(member)), None, "{member}");
        }
    }
}
