//! `google_*_iam_member`, `_binding`, `_policy` and `_audit_config` of any resource.

use super::super::node::{Draft, Node};
use super::{Plan, Planned, targets};
use crate::model::GapReason;
use serde_json::{Map, Value};

/// How a resource states grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Member,
    Binding,
    Policy,
    Audit,
}

/// `google_pubsub_topic_iam_member` → (`google_pubsub_topic`, member).
pub(super) fn split(kind: &str) -> Option<(&str, Form)> {
    let forms = [
        ("_iam_member", Form::Member),
        ("_iam_binding", Form::Binding),
        ("_iam_policy", Form::Policy),
        ("_iam_audit_config", Form::Audit),
    ];
    forms
        .iter()
        .find_map(|(suffix, form)| Some((kind.strip_suffix(suffix)?, *form)))
        .filter(|(target, _)| target.starts_with("google_") && *target != "google")
}

pub(super) fn read(
    resource: &Planned<'_>,
    target: &str,
    form: Form,
    all: &[Planned<'_>],
    plan: &mut Plan<'_>,
) {
    let (name, asset_type) = targets::of_policy(target, resource, all, plan);
    let source = resource.values.pointer.clone();
    // Where another resource of the plan stands for the target, the grant is judged on that.
    if name == targets::placeholder(resource.address) {
        let message = format!(
            "whose policy {} changes is known only after apply",
            resource.address
        );
        plan.gap(GapReason::KnownAfterApply, message, &source);
    }
    let draft = plan.draft(&name, &asset_type, &source);
    if !draft.has("/iamPolicy") {
        draft.set("/iamPolicy", Value::Object(Map::new()), &source);
    }
    // A plan says what it adds. Only a whole policy says that nothing else is there.
    if form != Form::Policy {
        draft.lack("/iamPolicy/auditConfigs", GapReason::DialectLacks);
        draft.lack("/iamPolicy/etag", GapReason::DialectLacks);
    }
    match form {
        Form::Member | Form::Binding => binding(resource, draft),
        Form::Audit => audit(resource, draft),
        Form::Policy => {
            if let Some(message) = policy(resource, draft) {
                plan.gap(
                    GapReason::Invalid,
                    message,
                    &format!("{source}/policy_data"),
                );
            }
        }
    }
}

fn binding(resource: &Planned<'_>, draft: &mut Draft) {
    let values = &resource.values;
    let place = draft.push(
        "/iamPolicy/bindings",
        Value::Object(Map::new()),
        &values.pointer,
    );
    match values.get("role") {
        Some(role) => draft.copy(&format!("{place}/role"), &role),
        None => draft.lack(&format!("{place}/role"), GapReason::KnownAfterApply),
    }
    let list = format!("{place}/members");
    draft.set(&list, Value::Array(Vec::new()), &values.pointer);
    let mut unknown = resource.is_unknown(&["member"]) || resource.is_unknown(&["members"]);
    if let Some(member) = values.get("member") {
        draft.push(&list, member.value.clone(), &member.pointer);
    }
    if let Some(members) = values.get("members") {
        draft.map(&list, &members.pointer);
        for (index, member) in members.elements().enumerate() {
            if member.value.is_null() || resource.is_unknown(&["members", &index.to_string()]) {
                unknown = true;
            } else {
                draft.push(&list, member.value.clone(), &member.pointer);
            }
        }
    }
    if unknown {
        draft.lack(&list, GapReason::KnownAfterApply);
    }
    let condition = values.get("condition").and_then(|c| c.elements().next());
    match condition {
        Some(condition) if condition.value.is_object() => {
            draft.copy(&format!("{place}/condition"), &condition);
        }
        _ if resource.is_unknown(&["condition"]) => {
            draft.lack(&format!("{place}/condition"), GapReason::KnownAfterApply);
        }
        _ => {}
    }
}

fn audit(resource: &Planned<'_>, draft: &mut Draft) {
    let values = &resource.values;
    let place = draft.push(
        "/iamPolicy/auditConfigs",
        Value::Object(Map::new()),
        &values.pointer,
    );
    if let Some(service) = values.get("service") {
        draft.copy(&format!("{place}/service"), &service);
    }
    let logs = values.get("audit_log_config");
    for log in logs.iter().flat_map(Node::elements) {
        put_log(draft, &format!("{place}/auditLogConfigs"), &log);
    }
}

fn put_log(draft: &mut Draft, list: &str, log: &Node<'_>) {
    let place = draft.push(list, Value::Object(Map::new()), &log.pointer);
    for (from, to) in [
        ("log_type", "logType"),
        ("exempted_members", "exemptedMembers"),
    ] {
        let member = log.get(from);
        if let Some(member) =
            member.filter(|m| m.value.as_array().is_none_or(|list| !list.is_empty()))
        {
            draft.copy(&format!("{place}/{to}"), &member);
        }
    }
}

/// The whole policy, JSON inside a string. Gives back what is wrong with it, if anything.
fn policy(resource: &Planned<'_>, draft: &mut Draft) -> Option<String> {
    let Some(data) = resource.values.get("policy_data") else {
        draft.lack("/iamPolicy", GapReason::KnownAfterApply);
        return None;
    };
    let parsed = serde_json::from_str::<Value>(data.value.as_str().unwrap_or_default());
    let Ok(Value::Object(policy)) = parsed else {
        draft.lack("/iamPolicy", GapReason::Invalid);
        return Some(format!(
            "policy_data of {} is no JSON object",
            resource.address
        ));
    };
    for (key, value) in policy {
        match value {
            Value::Array(list) if key == "bindings" || key == "auditConfigs" => {
                for element in list {
                    draft.push(&format!("/iamPolicy/{key}"), element, &data.pointer);
                }
            }
            value => draft.set(
                &super::super::node::join("/iamPolicy", &key),
                value,
                &data.pointer,
            ),
        }
    }
    None
}
