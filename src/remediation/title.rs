//! What a step does, in one line for people. Names come from outside: whoever prints it escapes it.

use crate::change::{Acl, Change, Step};
use crate::model::short_name;
use serde_json::Value;
use std::borrow::Cow;

/// The line. `scope` is the part that the step belongs to, where that is known.
pub(super) fn title(step: &Step, scope: &str) -> String {
    if let [Change::AddMember(new), Change::RemoveMember(old)] = step.changes.as_slice() {
        let at = called(&old.node, scope);
        return if new.node != old.node {
            let to = called(&new.node, scope);
            format!("Move {} of {} from {at} to {to}", old.role, old.member)
        } else if new.role != old.role {
            format!(
                "Replace {} by {} for {} on {at}",
                old.role, new.role, old.member
            )
        } else if new.member != old.member {
            format!(
                "Give {} on {at} to {} instead of {}",
                old.role, new.member, old.member
            )
        } else {
            format!("Let {} of {} on {at} end", old.role, old.member)
        };
    }
    let lines = step.changes.iter().map(|change| one(change, scope));
    let lines: Vec<String> = lines.collect();
    lines.join("; ")
}

/// What people call a resource: a project, which inputs name by its number, as its part does, by its id.
pub(super) fn called<'n>(name: &'n str, scope: &'n str) -> Cow<'n, str> {
    let project = name.strip_prefix("//cloudresourcemanager.googleapis.com/projects/");
    match project {
        Some(_) if scope.starts_with("projects/") => Cow::Borrowed(scope),
        _ => short_name(name),
    }
}

fn one(change: &Change, scope: &str) -> String {
    let at = called(change.subject(), scope);
    match change {
        Change::AddMember(grant) => format!("Grant {} on {at} to {}", grant.role, grant.member),
        Change::RemoveMember(grant) => {
            let condition = match &grant.condition {
                Some(condition) if condition.title.is_empty() => " (conditional)".to_owned(),
                Some(condition) => format!(" (if \"{}\")", condition.title),
                None => String::new(),
            };
            format!(
                "Remove {} from {}{condition} on {at}",
                grant.member, grant.role
            )
        }
        Change::SetAudit { service, to, .. } if to.is_empty() => {
            format!("Take the audit configuration of {service} away on {at}")
        }
        Change::SetAudit { service, to, .. } => {
            let logs: Vec<&str> = to.iter().map(|log| log.log_type.as_str()).collect();
            let exempted = to.iter().any(|log| !log.exempted_members.is_empty());
            let except = if exempted {
                ", but for exempted members"
            } else {
                ""
            };
            format!("Record {} of {service} on {at}{except}", logs.join(", "))
        }
        Change::RemoveAcl {
            list, entity, role, ..
        } => {
            format!(
                "Take {entity} ({role}) out of the {} of {at}",
                listed(*list)
            )
        }
        Change::AddAcl {
            list, entity, role, ..
        } => {
            format!("Put {entity} ({role}) into the {} of {at}", listed(*list))
        }
        Change::Patch { to, .. } => format!("Set {} on {at}", settings(to)),
        Change::Create { .. } => format!("Create {at}"),
        Change::Delete { .. } => format!("Delete {at}"),
    }
}

fn listed(list: Acl) -> &'static str {
    match list {
        Acl::Bucket => "access control list",
        Acl::DefaultObject => "default object access control list",
    }
}

/// The settings of a merge patch: `versioning.enabled = true`.
fn settings(patch: &Value) -> String {
    let mut lines = Vec::new();
    collect(patch, &mut String::new(), &mut lines);
    lines.join(", ")
}

fn collect(patch: &Value, path: &mut String, lines: &mut Vec<String>) {
    match patch {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                let length = path.len();
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
                collect(value, path, lines);
                path.truncate(length);
            }
        }
        Value::Null => lines.push(format!("{path} to nothing")),
        value => lines.push(format!("{path} = {value}")),
    }
}
