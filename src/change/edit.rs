//! Edits of an allow policy.

use super::step::{AuditLog, Condition, Grant};
use serde_json::{Map, Value, json};

/// Whether a binding has exactly this condition: title, description and expression, for `gcloud` and the APIs find
/// a binding by all of it.
pub fn has_condition(binding: &Value, condition: Option<&Condition>) -> bool {
    match (
        binding.get("condition").filter(|value| !value.is_null()),
        condition,
    ) {
        (None, None) => true,
        (Some(there), Some(wanted)) => {
            Condition::read(there).as_ref().map(Condition::plain) == Some(wanted.plain())
        }
        _ => false,
    }
}

impl Condition {
    /// Reads a condition as a policy has it; `None` where there is no expression. A title may be missing in what
    /// somebody wrote by hand, though IAM requires one.
    pub fn read(value: &Value) -> Option<Condition> {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        Some(Condition {
            title: text("title").unwrap_or_default().to_owned(),
            description: text("description").map(str::to_owned),
            expression: text("expression")?.to_owned(),
        })
    }

    /// As a policy has it.
    pub fn to_value(&self) -> Value {
        let mut value = json!({ "title": self.title, "expression": self.expression });
        if let Some(description) = &self.description {
            value["description"] = json!(description);
        }
        value
    }

    /// An empty description is none.
    fn plain(&self) -> (&str, &str, &str) {
        let description = self.description.as_deref().unwrap_or_default();
        (&self.title, description, &self.expression)
    }
}

/// Puts a member into the first binding with the grant's role and condition, or into a new one.
pub(super) fn add(policy: &mut Map<String, Value>, grant: &Grant) {
    if grant.condition.is_some()
        && policy
            .get("version")
            .is_some_and(|version| *version != json!(3))
    {
        policy.insert("version".to_owned(), json!(3));
    }
    let bindings = policy.entry("bindings").or_insert_with(|| json!([]));
    if !bindings.is_array() {
        *bindings = json!([]);
    }
    let Value::Array(bindings) = bindings else {
        return;
    };
    if bindings.iter().any(|binding| holds(binding, grant)) {
        return;
    }
    let same = bindings.iter_mut().find(|binding| is_of(binding, grant));
    match same.and_then(|binding| binding.get_mut("members")?.as_array_mut()) {
        Some(members) => members.push(json!(grant.member)),
        None => {
            let mut binding = json!({ "role": grant.role, "members": [grant.member] });
            if let Some(condition) = &grant.condition {
                binding["condition"] = condition.to_value();
            }
            bindings.push(binding);
        }
    }
}

/// Takes a member out of every binding with the grant's role and condition. Bindings without members go, as
/// they do when Google stores a policy.
pub(super) fn remove(policy: &mut Map<String, Value>, grant: &Grant) {
    let Some(Value::Array(bindings)) = policy.get_mut("bindings") else {
        return;
    };
    let mut removed = false;
    for binding in bindings.iter_mut().filter(|binding| is_of(binding, grant)) {
        if let Some(Value::Array(members)) = binding.get_mut("members") {
            let before = members.len();
            members.retain(|member| *member != *grant.member);
            removed |= members.len() < before;
        }
    }
    if removed {
        let is_empty = |binding: &Value| {
            let members = binding.get("members");
            members.is_none_or(|members| members.as_array().is_some_and(Vec::is_empty))
        };
        bindings.retain(|binding| !is_empty(binding));
    }
}

fn is_of(binding: &Value, grant: &Grant) -> bool {
    binding.get("role").is_some_and(|role| *role == *grant.role)
        && has_condition(binding, grant.condition.as_ref())
}

fn holds(binding: &Value, grant: &Grant) -> bool {
    let members = binding.get("members").and_then(Value::as_array);
    is_of(binding, grant)
        && members
            .into_iter()
            .flatten()
            .any(|member| *member == *grant.member)
}

/// The logs of a service in a policy's audit configuration, in its order. A service may have several entries, which
/// then count together.
pub fn audit_logs(policy: &Value, service: &str) -> Vec<AuditLog> {
    let configs = policy.get("auditConfigs").and_then(Value::as_array);
    let mut logs: Vec<AuditLog> = Vec::new();
    let own = configs.into_iter().flatten();
    for config in own.filter(|config| config.get("service").is_some_and(|name| *name == *service)) {
        let entries = config.get("auditLogConfigs").and_then(Value::as_array);
        for entry in entries.into_iter().flatten() {
            let Some(log_type) = entry.get("logType").and_then(Value::as_str) else {
                continue;
            };
            let exempted = entry.get("exemptedMembers").and_then(Value::as_array);
            let exempted = exempted.into_iter().flatten().filter_map(Value::as_str);
            let exempted: Vec<String> = exempted.map(str::to_owned).collect();
            match logs.iter_mut().find(|log| log.log_type == log_type) {
                Some(log) => log.exempted_members.extend(exempted),
                None => logs.push(AuditLog {
                    log_type: log_type.to_owned(),
                    exempted_members: exempted,
                }),
            }
        }
    }
    logs
}

/// Sets the logs of one service; none takes its entry away.
pub(super) fn set_audit(policy: &mut Map<String, Value>, service: &str, to: &[AuditLog]) {
    let is_own = |config: &Value| config.get("service").is_some_and(|name| *name == *service);
    let configs = policy.entry("auditConfigs").or_insert_with(|| json!([]));
    if !configs.is_array() {
        *configs = json!([]);
    }
    let Value::Array(list) = configs else { return };
    let at = list.iter().position(is_own).unwrap_or(list.len());
    list.retain(|config| !is_own(config));
    if !to.is_empty() {
        let entry = json!({ "service": service, "auditLogConfigs": to });
        list.insert(at.min(list.len()), entry);
    }
    if list.is_empty() {
        policy.shift_remove("auditConfigs");
    }
}
