//! Service accounts of one project that can act as those of another.

use super::Verdicts;
use super::verdicts::worded;
use crate::estate::{Estate, GrantFact, Interest};
use crate::model::{GapReason, Member, MemberKind, Truth, project_of};
use crate::rules::file::{Grant, MemberTest};

/// To act as an account takes one of these; the six that Google's lateral movement insights go by, but for ID tokens,
/// which Google's own interfaces do not take, and with keys.
pub(super) const TAKES: [&str; 6] = [
    "iam.serviceAccounts.actAs",
    "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.implicitDelegation",
    "iam.serviceAccounts.signBlob",
    "iam.serviceAccounts.signJwt",
    "iam.serviceAccountKeys.create",
];

/// Every grant by which a service account can act as one, or as all of a project.
pub(super) fn grants() -> Grant {
    Grant {
        permission: TAKES.map(str::to_owned).into(),
        // Basic roles have rules of their own, and default accounts hold Editor in most projects.
        except_role: ["owner", "editor", "admin", "writer", "reader"]
            .map(|id| format!("roles/{id}"))
            .into(),
        member: MemberTest {
            kind: vec![
                MemberKind::ServiceAccount,
                MemberKind::DefaultServiceAccount,
            ],
            ..MemberTest::default()
        },
        at: ["project", "service-account"].map(str::to_owned).into(),
        ..Grant::default()
    }
}

/// Answers for every such grant.
pub(super) fn run(interests: &[Interest], estate: &Estate, verdicts: &mut Verdicts<'_>) {
    for grant in estate.grants.by(interests) {
        let owner = owner(grant).map(|project| format!("projects/{project}"));
        let member = Member::parse(&grant.member);
        let theirs = member
            .project()
            .map(|project| format!("projects/{project}"));
        let same = match (&owner, &theirs) {
            (Some(owner), Some(theirs)) => estate.same_project(owner, theirs),
            _ => Truth::Unknown,
        };
        match (same, theirs) {
            (Truth::Yes, _) => verdicts.pass(),
            (Truth::No, Some(theirs)) => {
                let id = estate.alias(&theirs).filter(|_| is_numbered(&theirs));
                let title = id.unwrap_or(&theirs);
                let mut finding = verdicts.finding(&grant.node, &grant.evidence, worded(title));
                finding.role = Some(grant.role.clone());
                finding.member = Some(grant.member.clone());
                finding.condition = grant.condition.clone();
                verdicts.fail([finding]);
            }
            _ => verdicts.unknown(
                GapReason::InputMissing,
                "whether some service accounts act as accounts of their own project cannot be told: the input does not \
                 hold the settings of the projects, which say both id and number",
                &grant.node,
                &grant.evidence,
            ),
        }
    }
    for doubt in estate.doubts.by(interests) {
        verdicts.doubt(doubt);
    }
}

/// The project, by id or number, that the node of a grant is or lies in.
fn owner(grant: &GrantFact) -> Option<&str> {
    let above = || {
        let mut ancestors = grant.ancestors.iter();
        ancestors.find_map(|node| node.strip_prefix("projects/"))
    };
    project_of(&grant.node)
        .filter(|project| *project != "-")
        .or_else(above)
}

fn is_numbered(project: &str) -> bool {
    let id = project.strip_prefix("projects/").unwrap_or(project);
    id.bytes().all(|byte| byte.is_ascii_digit())
}
