//! What holds back: deny policies and organisation policies.

use super::super::answer::Refusal;
use super::super::kinds::{DENY, ORG_POLICY};
use super::super::percent::decode;
use super::{Ask, Place, Trace, generic, shapes};
use serde_json::{Value, json};

/// `/v2/policies/ATTACHMENT/denypolicies[/ID]`, the attachment point in one segment.
pub fn deny(ask: &Ask<'_>, place: &Place<'_>, trace: &mut Trace) -> Result<Value, Refusal> {
    ask.get_only()?;
    let ["policies", point, "denypolicies", id @ ..] = place.path.as_slice() else {
        return Err(Refusal::NoSuchPath);
    };
    // gcloud encodes it twice.
    let mut point = (*point).to_owned();
    while point.contains('%') {
        let again = decode(&point, false);
        if again == point {
            break;
        }
        point = again;
    }
    let name = point
        .strip_prefix("cloudresourcemanager.googleapis.com/")
        .ok_or_else(|| Refusal::Invalid(format!("Invalid attachment point {point}")))?;
    let (permission, verb) = match id {
        [] => ("iam.denypolicies.list", "iam.policies.listPolicies"),
        _ => ("iam.denypolicies.get", "iam.policies.get"),
    };
    trace.is(verb);
    let refusal = || Refusal::Denied(permission.to_owned(), name.to_owned());
    let at = ask.estate.node(name).ok_or_else(refusal)?;
    ask.rights.need(permission, ask.estate, at, name)?;
    let content = ask.estate.content(at);
    match id {
        [] => {
            let mut all: Vec<Value> = content.of(DENY).map(|item| item.data.clone()).collect();
            // A list has no rules.
            for policy in &mut all {
                shapes::remove(policy, "rules");
            }
            generic::list(ask, trace, all, "policies", (1000, 1000))
        }
        [id] => match content.at(&format!("denypolicies/{id}")) {
            Some(policy) => Ok(policy.data.clone()),
            None => Err(Refusal::NotFound((*id).to_owned())),
        },
        _ => Err(Refusal::NoSuchPath),
    }
}

/// `/v2/NODE/policies[/CONSTRAINT[:getEffectivePolicy]]` and `/v2/NODE/constraints`.
pub fn org_policy(ask: &Ask<'_>, place: &Place<'_>, trace: &mut Trace) -> Result<Value, Refusal> {
    ask.get_only()?;
    let [collection, id, below @ ..] = place.path.as_slice() else {
        return Err(Refusal::NoSuchPath);
    };
    let (permission, verb) = match (below, place.verb) {
        (["policies"], "") => ("orgpolicy.policies.list", "policies.list"),
        (["constraints"], "") => ("orgpolicy.constraints.list", "constraints.list"),
        (["policies", _], "") => ("orgpolicy.policy.get", "policies.get"),
        (["policies", _], "getEffectivePolicy") => {
            ("orgpolicy.policy.get", "policies.getEffectivePolicy")
        }
        _ => return Err(Refusal::NoSuchPath),
    };
    trace.is(format!("orgpolicy.{verb}"));
    let name = format!("{collection}/{id}");
    let refusal = || Refusal::Denied(permission.to_owned(), name.clone());
    let at = ask.estate.node(&name).ok_or_else(refusal)?;
    ask.rights.need(permission, ask.estate, at, &name)?;
    let content = ask.estate.content(at);
    match below {
        ["policies"] => {
            let set = content.of(ORG_POLICY).map(|item| item.data.clone());
            generic::list(ask, trace, set.collect(), "policies", (1000, 1000))
        }
        ["constraints"] => {
            let own = format!("{}/constraints", ask.estate.nodes[at].name());
            let all = BOOLEAN.iter().map(
                |name| json!({ "name": format!("{own}/{name}"), "constraintDefault": "ALLOW", "booleanConstraint": {} }),
            );
            generic::list(ask, trace, all.collect(), "constraints", (1000, 1000))
        }
        [_, constraint] if place.verb.is_empty() => match content.org_policy(constraint) {
            Some(policy) => Ok(policy.data.clone()),
            None => Err(Refusal::NotFound(format!("{name}/policies/{constraint}"))),
        },
        [_, constraint] => {
            let own = ask.estate.nodes[at].name();
            Ok(
                json!({ "name": format!("{own}/policies/{constraint}"), "spec": effective(ask, at, constraint) }),
            )
        }
        _ => Err(Refusal::NoSuchPath),
    }
}

/// Constraints that are on or off; the others take lists.
const BOOLEAN: [&str; 17] = [
    "compute.requireOsLogin",
    "gcp.detailedAuditLoggingMode",
    "iam.automaticIamGrantsForDefaultServiceAccounts",
    "iam.disableAuditLoggingExemption",
    "iam.disableCrossProjectServiceAccountUsage",
    "iam.disableServiceAccountCreation",
    "iam.disableServiceAccountKeyCreation",
    "iam.disableServiceAccountKeyUpload",
    "iam.disableWorkloadIdentityClusterCreation",
    "storage.publicAccessPrevention",
    "storage.secureHttpTransport",
    "storage.uniformBucketLevelAccess",
    "ainotebooks.disableFileDownloads",
    "ainotebooks.disableRootAccess",
    "ainotebooks.restrictPublicIp",
    "ainotebooks.disableTerminal",
    "ainotebooks.requireAutoUpgradeSchedule",
];

/// What holds: of a boolean constraint the nearest policy, of a list what it adds to as well, up to one that does not
/// inherit; `reset` is the constraint's default ("Understanding hierarchy evaluation").
fn effective(ask: &Ask<'_>, at: usize, constraint: &str) -> Value {
    let default = if BOOLEAN.contains(&constraint) {
        json!({ "rules": [{ "enforce": false }] })
    } else {
        json!({ "rules": [{ "allowAll": true }] })
    };
    let mut rules: Vec<Value> = Vec::new();
    for above in ask.estate.ancestry(at) {
        let content = ask.estate.content(above);
        let spec = content
            .org_policy(constraint)
            .and_then(|policy| policy.data.get("spec"));
        let Some(spec) = spec else { continue };
        if spec.get("reset") == Some(&json!(true)) {
            break;
        }
        let own = spec.get("rules").and_then(Value::as_array);
        rules.extend(own.into_iter().flatten().cloned());
        if spec.get("inheritFromParent") != Some(&json!(true)) {
            break;
        }
    }
    if rules.is_empty() {
        return default;
    }
    json!({ "rules": rules })
}
