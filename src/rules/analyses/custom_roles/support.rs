//! Permissions that a custom role cannot or should not hold.
//!
//! Google marks every permission as supported, in testing, or not supported in custom roles, and some can be used on
//! folders and organisations only, so not in a project's role (IAM documentation, "Support levels for permissions in
//! custom roles" and "Create and manage custom roles").

use crate::catalog::{Catalog, Level, Support};
use crate::estate::RoleFact;
use crate::finding::{Finding, Severity};
use crate::model::{GapReason, Truth};
use crate::rules::analyses::{Verdicts, verdicts::worded};

/// What is wrong with a permission.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    Missing,
    NotSupported,
    TooHigh,
    Testing,
}

impl Fault {
    fn words(self) -> &'static str {
        match self {
            Fault::Missing => "which does not exist",
            Fault::NotSupported => "which is not supported in custom roles",
            Fault::TooHigh => {
                "which a project's role cannot hold: it is used on folders and organisations only"
            }
            Fault::Testing => "which is only being tested in custom roles",
        }
    }
}

pub(super) fn run(catalog: &Catalog, roles: &[&RoleFact], verdicts: &mut Verdicts<'_>) {
    for role in roles {
        if role.role.deleted {
            verdicts.not_applicable();
            continue;
        }
        let Some(permissions) = super::permissions(role, verdicts) else {
            continue;
        };
        let of_project = role.role.name.starts_with("projects/");
        let mut findings = Vec::new();
        let mut undecided = None;
        for permission in permissions {
            match judge(catalog, permission, of_project) {
                Ok(None) => {}
                Ok(Some(fault)) => findings.push(finding(role, permission, fault, verdicts)),
                Err(NotSaid) => {
                    undecided.get_or_insert(permission);
                }
            }
        }
        match (findings.is_empty(), undecided) {
            (false, _) => verdicts.fail(findings),
            (true, None) => verdicts.pass(),
            (true, Some(permission)) => {
                let service = permission.split('.').next().unwrap_or(permission);
                let sentence = format!(
                    "the catalogue does not say which permissions of `{service}` a custom role may hold; \
                     `gcloud iam list-testable-permissions` does"
                );
                verdicts.unknown(
                    GapReason::InputMissing,
                    &sentence,
                    &role.name,
                    &role.evidence,
                );
            }
        }
    }
}

/// The catalogue does not say.
struct NotSaid;

fn judge(catalog: &Catalog, permission: &str, of_project: bool) -> Result<Option<Fault>, NotSaid> {
    if catalog.exists(permission) == Truth::No {
        return Ok(Some(Fault::Missing));
    }
    let support = catalog.support(permission);
    if support == Support::NotSupported {
        return Ok(Some(Fault::NotSupported));
    }
    let too_high = |level| matches!(level, Level::Folder | Level::Organization);
    if of_project && catalog.lowest_level(permission).is_some_and(too_high) {
        return Ok(Some(Fault::TooHigh));
    }
    match support {
        Support::Testing => Ok(Some(Fault::Testing)),
        Support::Unknown => Err(NotSaid),
        Support::Supported | Support::NotSupported => Ok(None),
    }
}

fn finding(role: &RoleFact, permission: &str, fault: Fault, verdicts: &Verdicts<'_>) -> Finding {
    let message = worded(&format!("{permission}, {}", fault.words()));
    let mut finding = verdicts.finding(&role.name, &role.evidence, message);
    finding.detail = Some(permission.into());
    if fault == Fault::Testing {
        // It works today; Google only does not promise that it will.
        finding.severity = finding.severity.min(Severity::Info);
    }
    finding
}
