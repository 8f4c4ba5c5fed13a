//! Conditions by where they stand: those that Google does not take or that can never grant there, and prefixes that
//! reach further than they look.
//!
//! After the IAM documentation, "Overview of IAM Conditions" and "Resource attributes for IAM Conditions" (2026-05).

use super::Verdicts;
use super::verdicts::worded;
use crate::access::condition;
use crate::catalog::Roles;
use crate::estate::{BucketFact, Estate, GrantFact, Interest};
use crate::finding::Finding;
use crate::model::{GapReason, Member, MemberKind, Truth, canonical};
use crate::rules::file::{ConditionTest, Grant};
use crate::rules::judge::{BUCKET, Bench};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Conditions where none may be, or that ask for what is not there.
    NotAllowed,
    /// Prefixes of names that end within a name.
    OpenPrefix,
}

const UNIFORM: &str = "whether uniform bucket-level access is on for buckets with conditions in their policy is not in \
                       the input";

/// The binding's grants are next to each other.
struct Bound<'e> {
    grants: &'e [&'e GrantFact],
    expression: &'e str,
}

/// Every grant with a condition.
pub(super) fn conditional() -> Grant {
    Grant {
        condition: Some(ConditionTest::Any),
        ..Grant::default()
    }
}

/// Answers for every binding that has a condition.
pub(super) fn run(
    ask: Ask,
    interests: &[Interest],
    bench: &Bench<'_>,
    estate: &Estate,
    verdicts: &mut Verdicts<'_>,
) {
    let grants: Vec<&GrantFact> = estate.grants.by(interests).collect();
    for grants in grants.chunk_by(|a, b| is_same_binding(a, b)) {
        let Some(expression) = grants.first().and_then(|grant| grant.condition.as_deref()) else {
            continue;
        };
        let bound = Bound { grants, expression };
        match ask {
            Ask::NotAllowed => bound.not_allowed(bench, estate, verdicts),
            Ask::OpenPrefix => bound.open_prefix(bench, verdicts),
        }
    }
}

/// Whether two grants are of one binding: their pointers differ in the member's number alone.
fn is_same_binding(one: &GrantFact, other: &GrantFact) -> bool {
    let binding = |grant: &'_ GrantFact| {
        let pointer = &*grant.evidence.pointer;
        pointer
            .rsplit_once("/members/")
            .map_or(pointer.len(), |(binding, _)| binding.len())
    };
    let (a, b) = (&*one.evidence.pointer, &*other.evidence.pointer);
    one.evidence.document == other.evidence.document
        && one.node == other.node
        && one.role == other.role
        && one.condition == other.condition
        && a[..binding(one)] == b[..binding(other)]
}

impl Bound<'_> {
    fn not_allowed(&self, bench: &Bench<'_>, estate: &Estate, verdicts: &mut Verdicts<'_>) {
        let Some(first) = self.grants.first() else {
            return;
        };
        let public = self
            .grants
            .iter()
            .find(|grant| Member::parse(&grant.member).kind == MemberKind::Public);
        let bucket = estate.buckets.get(&*canonical(&first.node));
        let reason = if is_legacy_basic(&first.role) {
            Some("Google takes none on Owner, Editor and Viewer".to_owned())
        } else if let Some(public) = public {
            Some(format!("Google takes none for {}", public.member))
        } else if bucket.and_then(|bucket: &BucketFact| bucket.uniform) == Some(false) {
            Some("Google takes none on a bucket without uniform bucket-level access".to_owned())
        } else {
            self.lacking(bench)
        };
        if let Some(reason) = reason {
            let finding = self.finding(&reason, public.unwrap_or(first), verdicts);
            verdicts.fail([finding]);
        } else if is_bucket(&first.node) && bucket.is_none_or(|b| b.uniform.is_none()) {
            verdicts.unknown(
                GapReason::InputMissing,
                UNIFORM,
                &first.node,
                &first.evidence,
            );
        } else {
            verdicts.pass();
        }
    }

    /// Why the condition can never hold here, if it is because of attributes that requests for what the role carries
    /// do not have.
    fn lacking(&self, bench: &Bench<'_>) -> Option<String> {
        let first = self.grants.first()?;
        let lacking = lacking(&first.role, &first.node, bench.roles);
        let never = |verdict: condition::Verdict| verdict.never_true.truth == Truth::Yes;
        if lacking.is_empty() || never(condition::judge(self.expression, bench.now)) {
            return None;
        }
        never(condition::judge_without(
            self.expression,
            bench.now,
            &lacking,
        ))
        .then(|| {
            let asked = lacking.iter().find(|name| self.expression.contains(**name));
            let name = asked.copied().unwrap_or("an attribute");
            format!("requests for what the role carries have no `{name}`, so it never grants")
        })
    }

    fn open_prefix(&self, bench: &Bench<'_>, verdicts: &mut Verdicts<'_>) {
        let Some(first) = self.grants.first() else {
            return;
        };
        let verdict = condition::judge(self.expression, bench.now);
        let over = verdict.expired.truth.or(verdict.never_true.truth);
        // Below a bucket's own policy there is no other bucket.
        let reaches = |prefix: &&String| {
            !is_bucket(&first.node)
                || prefix.matches('/').count() > "projects/_/buckets/B".matches('/').count()
        };
        match verdict.open_prefixes.iter().find(reaches) {
            Some(prefix) if over != Truth::Yes => {
                let finding = self.finding(prefix, first, verdicts);
                verdicts.fail([finding]);
            }
            _ if verdict.invalid.truth == Truth::Unknown => verdicts.unknown(
                GapReason::ConditionUnknown,
                self.expression,
                &first.node,
                &first.evidence,
            ),
            _ => verdicts.pass(),
        }
    }

    /// A finding about the binding; of its members, only one who is the reason is named.
    fn finding(&self, words: &str, about: &GrantFact, verdicts: &Verdicts<'_>) -> Finding {
        let mut finding = verdicts.finding(&about.node, &about.evidence, worded(words));
        finding.role = Some(about.role.clone());
        finding.member = Some(about.member.clone());
        finding.condition = about.condition.clone();
        finding
    }
}

fn is_legacy_basic(role: &str) -> bool {
    matches!(role, "roles/owner" | "roles/editor" | "roles/viewer")
}

fn is_bucket(node: &str) -> bool {
    let host = BUCKET.split('/').next().unwrap_or_default();
    let name = node
        .strip_prefix("//")
        .and_then(|name| name.strip_prefix(host));
    name.is_some_and(|name| !name.contains("/managedFolders/"))
}

/// Attributes that no request for what a role carries has. Those of the other policy types are never there.
fn lacking(role: &str, node: &str, roles: &Roles<'_>) -> Vec<&'static str> {
    let mut lacking = vec![
        "principal.type",
        "principal.subject",
        "storage.googleapis.com/objectListPrefix",
    ];
    let Some(permissions) = roles.permissions(role) else {
        return lacking;
    };
    let is_account = node.contains("/serviceAccounts/");
    let (mut named, mut iap, mut run) = (false, false, false);
    for permission in permissions {
        let service = permission.split('.').next().unwrap_or_default();
        // What a role carries to find its way around does not make a condition on names useful.
        named |= !matches!(
            service,
            "iam" | "run" | "cloudfunctions" | "resourcemanager" | "serviceusage"
        );
        iap |= service == "iap";
        run |= service == "run";
    }
    if is_account || !named {
        lacking.push("resource.name");
    }
    if !iap {
        lacking.extend([
            "request.auth.access_levels",
            "destination.ip",
            "destination.port",
        ]);
        if !run {
            lacking.extend(["request.path", "request.host"]);
        }
    }
    lacking
}
