//! Limits of custom roles (IAM documentation, "Quotas and limits").

use crate::estate::RoleFact;
use crate::rules::analyses::{Verdicts, verdicts::worded};
use std::collections::BTreeMap;

/// Custom roles of a project, and of an organisation. Deleted ones count until they are gone for good.
const ROLES: usize = 300;
/// Permissions of a role.
const PERMISSIONS: usize = 3_000;
/// Bytes of a role's title, description and permission names together.
const SIZE: usize = 64 * 1024;

/// Close to a limit: nine tenths of it.
fn is_close(value: usize, limit: usize) -> bool {
    value.saturating_mul(10) >= limit.saturating_mul(9)
}

/// The roles are subjects. Their project or organisation is one only where it is close to its limit: that a list of
/// roles is whole cannot be seen, so a shorter one proves nothing.
pub(super) fn run(roles: &[&RoleFact], verdicts: &mut Verdicts<'_>) {
    let mut parents: BTreeMap<&str, Vec<&RoleFact>> = BTreeMap::new();
    for role in roles {
        if let Some((parent, _)) = role.role.name.split_once("/roles/") {
            parents.entry(parent).or_default().push(role);
        }
        let Some(permissions) = super::permissions(role, verdicts) else {
            continue;
        };
        let mut findings = Vec::new();
        if is_close(permissions.len(), PERMISSIONS) {
            let value = format!("{} of {PERMISSIONS} permissions", permissions.len());
            findings.push(finding(&role.name, "permissions", &value, role, verdicts));
        }
        if is_close(role.size, SIZE) {
            let value = format!(
                "{} of {SIZE} bytes of title, description and permission names",
                role.size
            );
            findings.push(finding(&role.name, "size", &value, role, verdicts));
        }
        if findings.is_empty() {
            verdicts.pass();
        } else {
            verdicts.fail(findings);
        }
    }
    for (parent, roles) in parents {
        if is_close(roles.len(), ROLES) {
            let resource = format!("//cloudresourcemanager.googleapis.com/{parent}");
            let value = format!("{} of {ROLES} custom roles", roles.len());
            let finding = finding(&resource, "roles", &value, roles[0], verdicts);
            verdicts.fail([finding]);
        }
    }
}

fn finding(
    resource: &str,
    limit: &str,
    value: &str,
    place: &RoleFact,
    verdicts: &Verdicts<'_>,
) -> crate::finding::Finding {
    let mut finding = verdicts.finding(resource, &place.evidence, worded(value));
    finding.detail = Some(limit.into());
    finding
}
