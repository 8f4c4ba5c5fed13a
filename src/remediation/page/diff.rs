//! Changes as a small diff, for people.

use crate::change::{Acl, AuditLog, Change, Grant};
use crate::escape::terminal;
use crate::remediation::title::called;
use serde_json::Value;

/// The changes of a step as a fenced block of Markdown. No line is left out: this is what somebody agrees to.
pub(super) fn fenced(changes: &[Change], scope: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut about = String::new();
    for change in changes {
        let (subject, told) = describe(change, scope);
        if subject != about {
            lines.push(format!("@@ {subject} @@"));
            about = subject;
        }
        lines.extend(told);
    }
    let fence = "`".repeat(longest_run(&lines).max(2) + 1);
    let lines: Vec<String> = lines
        .iter()
        .map(|line| terminal(line).into_owned())
        .collect();
    format!("{fence}diff\n{}\n{fence}\n", lines.join("\n"))
}

/// The longest run of backticks: a fence must be longer, and nothing in it can be escaped.
fn longest_run(lines: &[String]) -> usize {
    let runs = lines
        .iter()
        .flat_map(|line| line.split(|c| c != '`').map(str::len));
    runs.max().unwrap_or_default()
}

/// What is changed, and how.
fn describe(change: &Change, scope: &str) -> (String, Vec<String>) {
    let subject = called(change.subject(), scope);
    match change {
        Change::AddMember(grant) => (policy(&subject), member('+', grant)),
        Change::RemoveMember(grant) => (policy(&subject), member('-', grant)),
        Change::SetAudit {
            service, from, to, ..
        } => (
            format!("{subject} · audit logs of {service}"),
            audit(from, to),
        ),
        Change::RemoveAcl {
            list, entity, role, ..
        } => (
            format!("{subject} · {}", name_of(*list)),
            vec![format!("- {role}  {entity}")],
        ),
        Change::AddAcl {
            list, entity, role, ..
        } => (
            format!("{subject} · {}", name_of(*list)),
            vec![format!("+ {role}  {entity}")],
        ),
        Change::Patch { from, to, .. } => {
            let mut lines = Vec::new();
            patch("", Some(from), Some(to), &mut lines);
            (subject.into_owned(), lines)
        }
        Change::Create {
            asset_type, data, ..
        } => {
            let mut lines = Vec::new();
            patch("", None, Some(data), &mut lines);
            (format!("{subject} · new, {asset_type}"), lines)
        }
        Change::Delete {
            asset_type, data, ..
        } => {
            let mut lines = Vec::new();
            patch("", Some(data), None, &mut lines);
            (format!("{subject} · goes, {asset_type}"), lines)
        }
    }
}

fn policy(subject: &str) -> String {
    format!("{subject} · allow policy")
}

fn name_of(list: Acl) -> &'static str {
    match list {
        Acl::Bucket => "access control list",
        Acl::DefaultObject => "access control list of new objects",
    }
}

fn member(sign: char, grant: &Grant) -> Vec<String> {
    let mut lines = vec![format!("{sign} {}  {}", grant.role, grant.member)];
    if let Some(condition) = &grant.condition {
        let title = quoted(&condition.title);
        lines.push(format!("{sign}   if {title}: {}", condition.expression));
        if let Some(description) = &condition.description {
            lines.push(format!("{sign}   described as {}", quoted(description)));
        }
    }
    lines
}

fn audit(from: &[AuditLog], to: &[AuditLog]) -> Vec<String> {
    let line = |sign: char, log: &AuditLog| match log.exempted_members.as_slice() {
        [] => format!("{sign} {}", log.log_type),
        exempt => format!("{sign} {} except {}", log.log_type, exempt.join(", ")),
    };
    let before = from.iter().map(|log| {
        let sign = if to.contains(log) { ' ' } else { '-' };
        line(sign, log)
    });
    let come = to.iter().filter(|log| !from.contains(log));
    before.chain(come.map(|log| line('+', log))).collect()
}

/// Fields by their path: what goes, then what comes. Lists are compared element by element.
fn patch(path: &str, from: Option<&Value>, to: Option<&Value>, lines: &mut Vec<String>) {
    let from = from.filter(|value| !value.is_null());
    let to = to.filter(|value| !value.is_null());
    match (from, to) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            for (key, value) in before {
                patch(&below(path, key), Some(value), after.get(key), lines);
            }
            for (key, value) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
                patch(&below(path, key), None, Some(value), lines);
            }
        }
        (Some(Value::Object(only)), None) if !only.is_empty() => {
            for (key, value) in only {
                patch(&below(path, key), Some(value), None, lines);
            }
        }
        (None, Some(Value::Object(only))) if !only.is_empty() => {
            for (key, value) in only {
                patch(&below(path, key), None, Some(value), lines);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) if before != after => {
            let mut told: Vec<String> = Vec::new();
            let gone = before.iter().filter(|value| !after.contains(value));
            told.extend(gone.map(|value| format!("- {path}[]: {value}")));
            let come = after.iter().filter(|value| !before.contains(value));
            told.extend(come.map(|value| format!("+ {path}[]: {value}")));
            if told.is_empty() {
                told.push(format!("- {path}: {}", Value::from(before.clone())));
                told.push(format!("+ {path}: {}", Value::from(after.clone())));
            }
            lines.append(&mut told);
        }
        (before, after) => {
            lines.extend(before.map(|value| format!("- {path}: {value}")));
            lines.extend(after.map(|value| format!("+ {path}: {value}")));
        }
    }
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
