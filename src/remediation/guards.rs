//! What a plan must never do, whatever the findings say.

use super::holders::{Held, carries, held, is_narrower, is_same, lineage};
use super::plan::Guard;
use crate::access::condition;
use crate::catalog::Roles;
use crate::change::{Change, Condition, Grant, Level, Model, Step, apply};
use crate::model::{Member, MemberKind, Truth, short_name};
use crate::settings::{Need, NeededGrant};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What the guards go by.
#[derive(Clone, Copy)]
pub struct Guards<'g> {
    /// Who will run the plan, as policies spell it.
    pub caller: Option<&'g str>,
    /// What roles carry.
    pub roles: &'g Roles<'g>,
    /// What the configuration declares needed.
    pub needed: &'g [NeededGrant],
    /// "Now".
    pub now: Timestamp,
}

impl Guards<'_> {
    /// Why a step must not be made on a model that holds what the steps before it left; `None` if it may.
    pub(super) fn object(&self, step: &Step, model: &Model) -> Option<(Guard, String)> {
        let removed = step.changes.iter().filter_map(|change| match change {
            Change::RemoveMember(grant) => Some(grant),
            _ => None,
        });
        let removed: Vec<&Grant> = removed.collect();
        removed
            .iter()
            .find_map(|grant| self.is_own(grant, step.level))
            .or_else(|| removed.iter().find_map(|grant| is_documented(grant)))
            .or_else(|| self.disables(step))
            .or_else(|| {
                if removed.is_empty() {
                    return None;
                }
                let mut after = self.surroundings(step, &removed, model);
                for change in &step.changes {
                    // What cannot be made is refused where it is made.
                    apply(change, &mut after).ok()?;
                }
                let mut grants = removed.iter();
                grants.find_map(|grant| {
                    self.takes_needed(grant, model, &after)
                        .or_else(|| self.locks_out(grant, model, &after))
                })
            })
    }

    /// The part of a model that the guards look at: what a step changes, everything above it, and where what it removes
    /// may be needed.
    fn surroundings(&self, step: &Step, removed: &[&Grant], model: &Model) -> Model {
        let mut names: BTreeSet<String> = BTreeSet::new();
        for change in &step.changes {
            names.extend(lineage(change.subject(), model));
        }
        for grant in removed {
            let needs = self.needed.iter();
            for needed in needs.filter(|needed| is_same(&needed.member, &grant.member)) {
                for resource in affected(grant, needed, model) {
                    names.extend(lineage(&resource, model));
                }
            }
        }
        let mut part = Model::default();
        for name in names {
            if let Some(asset) = model.get(&name) {
                part.insert(&name, asset.clone());
            }
        }
        part
    }

    fn is_own(&self, grant: &Grant, level: Level) -> Option<(Guard, String)> {
        let caller = self.caller?;
        (level != Level::Safe && is_same(caller, &grant.member)).then(|| {
            let why = format!(
                "{caller} is who runs the plan, and would lose {} half way",
                grant.role
            );
            (Guard::OwnAccess, why)
        })
    }

    /// A step that disables or deletes the caller's account, or one that is declared needed.
    fn disables(&self, step: &Step) -> Option<(Guard, String)> {
        step.changes.iter().find_map(|change| {
            let (name, off) = match change {
                Change::Patch { name, to, .. } => (name, to["disabled"] == true),
                Change::Delete { name, .. } => (name, true),
                _ => return None,
            };
            let (_, account) = name.split_once("/serviceAccounts/").filter(|_| off)?;
            let member = format!("serviceAccount:{account}");
            if self.caller.is_some_and(|caller| is_same(caller, &member)) {
                let why = format!("{member} is who runs the plan");
                return Some((Guard::OwnAccess, why));
            }
            let mut needed = self.needed.iter();
            let needed = needed.find(|needed| is_same(&needed.member, &member))?;
            Some((Guard::DeclaredNeeded, declared(needed)))
        })
    }

    fn takes_needed(
        &self,
        grant: &Grant,
        before: &Model,
        after: &Model,
    ) -> Option<(Guard, String)> {
        let concerned = self.needed.iter().filter(|needed| {
            is_same(&needed.member, &grant.member)
                && gives(self.roles, &grant.role, &needed.what) != Truth::No
        });
        let mut concerned = concerned.filter(|needed| {
            let resources = affected(grant, needed, before);
            let lost =
                |resource: &String| !still_covers(self.roles, needed, resource, before, after);
            match resources.is_empty() {
                // Nobody knows where the resource lies: it may be right here.
                true => is_node(&grant.node) && !is_named(needed, before),
                false => resources.iter().any(lost),
            }
        });
        concerned
            .next()
            .map(|needed| (Guard::DeclaredNeeded, declared(needed)))
    }

    /// Whether nobody would be left who may set the policy of a node, or of a node above it, from where it can be set
    /// again.
    fn locks_out(&self, grant: &Grant, before: &Model, after: &Model) -> Option<(Guard, String)> {
        let at = &grant.node;
        let permission = policy_permission(at, before)?;
        let in_force = grant.condition.as_ref().is_none_or(|condition| {
            let verdict = condition::judge(&condition.expression, self.now);
            verdict.expired.truth != Truth::Yes && verdict.never_true.truth != Truth::Yes
        });
        let removed = Held {
            role: &grant.role,
            member: &grant.member,
            condition: Ok(None),
        };
        if !in_force || !self.administers(&removed, permission) {
            return None;
        }
        let lineage = lineage(at, before);
        let is_left = lineage.iter().any(|node| {
            let permission = policy_permission(node, before);
            permission.is_some_and(|permission| {
                held(node, after)
                    .iter()
                    .any(|held| self.administers(held, permission))
            })
        });
        // Below a project its own administrators remain, unless the input shows that there are none.
        let above = lineage.get(1..).unwrap_or_default();
        let is_known = |node: &String| before.get(node).is_some_and(|asset| asset.policy.is_some());
        let all_known = !above.is_empty() && above.iter().all(is_known);
        (!is_left && (is_node(at) || all_known)).then(|| {
            let why = format!(
                "{} is the last one known who may set the policy of {} ({permission})",
                grant.member,
                short_name(at)
            );
            (Guard::LastAdministrator, why)
        })
    }

    /// Whether somebody who can sign in holds a permission without condition.
    fn administers(&self, held: &Held<'_>, permission: &str) -> bool {
        let counts = !matches!(
            Member::parse(held.member).kind,
            MemberKind::Public
                | MemberKind::Deleted
                | MemberKind::ServiceAgent
                | MemberKind::Convenience
                | MemberKind::Unknown
        );
        counts
            && held.condition == Ok(None)
            && carries(self.roles, held.role, permission) == Truth::Yes
    }
}

/// A role that Google's documentation gives to a service agent: without it the service breaks.
fn is_documented(grant: &Grant) -> Option<(Guard, String)> {
    let member = Member::parse(&grant.member);
    if member.kind != MemberKind::ServiceAgent {
        return None;
    }
    let own = grant.role.ends_with(".serviceAgent")
        || grant.role.ends_with("ServiceAgent")
        || matches!(
            grant.role.as_str(),
            "roles/composer.ServiceAgentV2Ext" | "roles/container.hostServiceAgentUser"
        )
        || grant.role == "roles/editor"
            && member
                .value()
                .ends_with("@cloudservices.gserviceaccount.com");
    own.then(|| {
        let why = format!(
            "Google gives {} to its service agent {}, which stops working without",
            grant.role, grant.member
        );
        (Guard::ServiceAgent, why)
    })
}

/// The permission that sets the allow policy of a resource, where it is known.
fn policy_permission(name: &str, model: &Model) -> Option<&'static str> {
    let node = name.strip_prefix("//cloudresourcemanager.googleapis.com/");
    if let Some((kind, _)) = node.and_then(|node| node.split_once('/')) {
        return match kind {
            "projects" => Some("resourcemanager.projects.setIamPolicy"),
            "folders" => Some("resourcemanager.folders.setIamPolicy"),
            "organizations" => Some("resourcemanager.organizations.setIamPolicy"),
            _ => None,
        };
    }
    match model.get(name)?.asset_type.as_str() {
        "storage.googleapis.com/Bucket" => Some("storage.buckets.setIamPolicy"),
        "iam.googleapis.com/ServiceAccount" => Some("iam.serviceAccounts.setIamPolicy"),
        _ => None,
    }
}

fn is_node(name: &str) -> bool {
    name.starts_with("//cloudresourcemanager.googleapis.com/")
}

fn declared(needed: &NeededGrant) -> String {
    format!(
        "declared needed: {} for {} on {}: {} ({})",
        needed.what.name(),
        needed.member,
        needed.pattern,
        needed.reason,
        needed.place
    )
}

/// Whether a role gives what is needed.
pub(super) fn gives(roles: &Roles<'_>, role: &str, what: &Need) -> Truth {
    match what {
        Need::Role(name) if name == role => Truth::Yes,
        Need::Role(_) => Truth::No,
        Need::Permission(permission) => carries(roles, role, permission),
    }
}

/// The resources that a need is about and that a grant reaches.
fn affected(grant: &Grant, needed: &NeededGrant, model: &Model) -> Vec<String> {
    let mut resources: Vec<String> = model
        .iter()
        .filter(|(name, _)| needed.is_about(name))
        .filter(|(name, _)| lineage(name, model).contains(&grant.node))
        .map(|(name, _)| name.to_owned())
        .collect();
    if resources.is_empty() && needed.is_about(&grant.node) {
        resources.push(grant.node.clone());
    }
    resources
}

/// Whether the input names a resource that a need is about.
fn is_named(needed: &NeededGrant, model: &Model) -> bool {
    model.iter().any(|(name, _)| needed.is_about(name))
}

/// The conditions under which a need is covered at a resource.
pub(super) fn covers(
    roles: &Roles<'_>,
    needed: &NeededGrant,
    resource: &str,
    model: &Model,
) -> Vec<Option<Condition>> {
    let grants = held(resource, model).into_iter();
    let own = grants.filter(|held| {
        is_same(held.member, &needed.member) && gives(roles, held.role, &needed.what) == Truth::Yes
    });
    own.filter_map(|held| held.condition.ok()).collect()
}

/// Whether a need that was covered is covered as far afterwards.
pub(super) fn still_covers(
    roles: &Roles<'_>,
    needed: &NeededGrant,
    resource: &str,
    before: &Model,
    after: &Model,
) -> bool {
    let left = covers(roles, needed, resource, after);
    let mut had = covers(roles, needed, resource, before).into_iter();
    had.all(|had| {
        left.iter()
            .any(|left| is_narrower(had.as_ref(), left.as_ref()))
    })
}
