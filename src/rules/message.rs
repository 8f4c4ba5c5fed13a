//! Messages of findings: a template from the rule file, or a plain default.

use super::Rule;
use crate::finding::{Finding, Message};
use std::borrow::Cow;

const NAMES: [&str; 6] = [
    "resource",
    "role",
    "member",
    "value",
    "condition",
    "permission",
];

/// Checks a template.
///
/// # Errors
/// The first placeholder that is not known, with its byte offset.
pub(crate) fn check(template: &str) -> Result<(), (usize, String)> {
    let mut rest = template;
    let mut offset = 0;
    while let Some(open) = rest.find('{') {
        let name = rest[open + 1..].split('}').next().unwrap_or_default();
        if !NAMES.contains(&name) {
            let known = NAMES.map(|n| format!("{{{n}}}")).join(", ");
            return Err((
                offset + open,
                format!("`{{{name}}}` is no placeholder; use {known}"),
            ));
        }
        offset += open + 1;
        rest = &rest[open + 1..];
    }
    Ok(())
}

/// What a template may name.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Values<'a> {
    pub(crate) resource: &'a str,
    pub(crate) role: &'a str,
    pub(crate) member: &'a str,
    pub(crate) value: &'a str,
    pub(crate) condition: &'a str,
    pub(crate) permission: &'a str,
}

/// The sentence of a finding of `rule`, about `resource` as the reader calls it.
pub fn message<'f>(rule: &Rule, finding: &'f Finding, resource: &str) -> Cow<'f, str> {
    let given = match &finding.message {
        Message::Said(text) => return Cow::Borrowed(text),
        Message::Template(given) => given.as_deref(),
    };
    Cow::Owned(render(
        rule,
        &Values {
            resource: match resource {
                "" => "a resource that the input does not name",
                named => named,
            },
            role: finding.role.as_deref().unwrap_or_default(),
            member: finding.member.as_deref().unwrap_or("every member"),
            value: given.unwrap_or_default(),
            condition: finding.condition.as_deref().unwrap_or_default(),
            // The catalogue may know that a role carries one of the permissions, and not which.
            permission: given.unwrap_or("such a permission"),
        },
    ))
}

/// Fills the rule's template, or a plain one.
pub(crate) fn render(rule: &Rule, values: &Values<'_>) -> String {
    let template = match &rule.file.message {
        Some(message) => message.as_str(),
        None if rule.file.grant.is_some() => "{member} holds {role} on {resource}",
        None => return format!("{}: {}", values.resource, rule.file.title),
    };
    let filled = [values.resource, values.role, values.member, values.value];
    let length = filled.iter().map(|value| value.len()).sum::<usize>();
    let mut text = String::with_capacity(template.len() + length);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        text.push_str(match name {
            "resource" => values.resource,
            "role" => values.role,
            "member" => values.member,
            "value" => values.value,
            "condition" => values.condition,
            "permission" => values.permission,
            _ => "",
        });
        rest = after;
    }
    text.push_str(rest);
    text
}
