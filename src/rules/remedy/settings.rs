//! Steps on settings, access control lists, audit configurations and organisation policies.

use super::{Case, Changes};
use crate::change::{Acl, AuditLog, Change, audit_logs, difference};
use crate::finding::Message;
use crate::model::canonical;
use jiff::ToSpan;
use serde_json::{Map, Value, json};

const ORG_POLICY: &str = "orgpolicy.googleapis.com/Policy";

impl Case<'_> {
    fn name(&self) -> String {
        canonical(&self.finding.resource).into_owned()
    }

    /// The merge patch of `value` and `unset`.
    pub(super) fn patch_value(&self) -> Result<Value, String> {
        let mut patch = Value::Object(self.remedy.value.clone().unwrap_or_default());
        self.fill(&mut patch)?;
        for path in &self.remedy.unset {
            let mut at = &mut patch;
            for step in path.split('/').skip(1) {
                if !at.is_object() {
                    *at = Value::Object(Map::new());
                }
                at = &mut at[step.replace("~1", "/").replace("~0", "~")];
            }
            *at = Value::Null;
        }
        Ok(patch)
    }

    /// Puts moments in place of `{now+90d}`.
    fn fill(&self, value: &mut Value) -> Result<(), String> {
        match value {
            Value::Object(fields) => fields.values_mut().try_for_each(|inner| self.fill(inner)),
            Value::Array(items) => items.iter_mut().try_for_each(|inner| self.fill(inner)),
            Value::String(text) => {
                let days = text
                    .strip_prefix("{now+")
                    .and_then(|rest| rest.strip_suffix("d}"));
                if let Some(days) = days {
                    let days: i32 = days.parse().map_err(|_| "no number of days".to_owned())?;
                    let moment = self.now.checked_add((i64::from(days) * 24).hours());
                    let moment = moment.map_err(|_| "the moment lies too far ahead".to_owned())?;
                    *text = moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Takes the finding's value out of the list that a setting is, or out of the lists named below it.
    pub(super) fn remove_value(&self) -> Changes {
        let from = self.remedy.from.as_deref().unwrap_or_default();
        let told = match &self.finding.message {
            Message::Template(value) => value.as_deref(),
            _ => None,
        };
        let Some(unwanted) = self.finding.detail.as_deref().or(told) else {
            return Err("the finding does not say which value it is about".to_owned());
        };
        let data = self.asset()?.resource.as_ref();
        let data =
            data.ok_or_else(|| "the input does not hold the settings of the resource".to_owned())?;
        let mut steps = from.split('.');
        let there = steps.try_fold(data, |value, key| value.get(key));
        let Some(mut left) = there.cloned() else {
            return Err(format!("the resource in the input has no `{from}`"));
        };
        let lists = &self.remedy.lists;
        take_out(&mut left, unwanted, lists, lists.is_empty());
        if self.remedy.keep_one && is_emptied(there.unwrap_or(&Value::Null), &left) {
            return Err(format!(
                "without {unwanted} the list would be empty: say what belongs there"
            ));
        }
        self.patch(below(from, left))
    }

    /// Adds an entry to the list at a setting; the list comes to be where there is none.
    pub(super) fn add_value(&self) -> Changes {
        let to = self.remedy.to.as_deref().unwrap_or_default();
        let data = self.asset()?.resource.as_ref();
        let mut steps = to.split('.');
        let there = data.and_then(|data| steps.try_fold(data, |value, key| value.get(key)));
        let mut list = match there {
            Some(Value::Array(list)) => list.clone(),
            None | Some(Value::Null) => Vec::new(),
            Some(_) => return Err(format!("`{to}` of the resource is no list")),
        };
        let entry = self.patch_value()?;
        if list.contains(&entry) {
            return Err("the list has the entry already".to_owned());
        }
        list.push(entry);
        self.patch(below(to, Value::Array(list)))
    }

    /// Makes the resource that the rule names, or changes the one that is there.
    pub(super) fn create(&self) -> Changes {
        let name = self.remedy.resource.as_deref().unwrap_or_default();
        let asset_type = self.remedy.kind.clone().unwrap_or_default();
        let name = canonical(&name.replace("{node}", self.node()?)).into_owned();
        let data = self.patch_value()?;
        let Some(there) = self.model.get(&name) else {
            return Ok(vec![vec![Change::Create {
                name,
                asset_type,
                data,
            }]]);
        };
        let Some(settings) = &there.resource else {
            return Err("the input does not hold the settings of the resource".to_owned());
        };
        let Some((from, to)) = difference(settings, &data) else {
            return Err("the settings are already so".to_owned());
        };
        Ok(vec![vec![Change::Patch {
            name,
            asset_type,
            from,
            to,
        }]])
    }

    /// The project, folder or organisation that the finding is on: `projects/12`.
    fn node(&self) -> Result<&str, String> {
        let node = self
            .finding
            .resource
            .strip_prefix("//cloudresourcemanager.googleapis.com/");
        node.filter(|node| node.split('/').count() == 2)
            .ok_or_else(|| "it is set on a project, a folder or an organisation".to_owned())
    }

    pub(super) fn patch(&self, to: Value) -> Changes {
        let asset = self.asset()?;
        let Some(data) = &asset.resource else {
            return Err("the input does not hold the settings of the resource".to_owned());
        };
        let Some((from, to)) = difference(data, &to) else {
            return Ok(Vec::new());
        };
        Ok(vec![vec![Change::Patch {
            name: self.name(),
            asset_type: asset.asset_type.clone(),
            from,
            to,
        }]])
    }

    pub(super) fn delete(&self) -> Changes {
        let asset = self.asset()?;
        Ok(vec![vec![Change::Delete {
            name: self.name(),
            asset_type: asset.asset_type.clone(),
            data: asset.resource.clone().unwrap_or(Value::Null),
        }]])
    }

    /// Every entry of the finding's entity in the list that it is about.
    pub(super) fn remove_acl(&self) -> Changes {
        let asset = self.asset()?;
        let (list, field) = match self.finding.detail.as_deref() {
            Some("defaultObjectAcl") => (Acl::DefaultObject, "defaultObjectAcl"),
            _ => (Acl::Bucket, "acl"),
        };
        let Some(entity) = self.finding.member.as_deref() else {
            return Err("the finding does not say whose entry it is about".to_owned());
        };
        let entries = asset
            .settings()
            .and_then(|data| data.get(field)?.as_array());
        let own = entries
            .into_iter()
            .flatten()
            .filter(|entry| entry.get("entity").is_some_and(|name| *name == *entity));
        let mut steps: Vec<Vec<Change>> = Vec::new();
        for entry in own {
            let Some(role) = entry.get("role").and_then(Value::as_str) else {
                continue;
            };
            let step = vec![Change::RemoveAcl {
                bucket: self.name(),
                list,
                entity: entity.to_owned(),
                role: role.to_owned(),
            }];
            if !steps.contains(&step) {
                steps.push(step);
            }
        }
        match steps.is_empty() {
            true => Err("the list in the input has no such entry".to_owned()),
            false => Ok(steps),
        }
    }

    pub(super) fn set_audit(&self) -> Changes {
        let asset = self.asset()?;
        let policy = match &asset.policy {
            Some(policy) if asset.tells("/iamPolicy/auditConfigs") => policy,
            _ => return Err("the input does not hold the audit configuration".to_owned()),
        };
        let remedy = self.remedy;
        let configs = policy.get("auditConfigs").and_then(Value::as_array);
        let there = configs.into_iter().flatten();
        let there = there.filter_map(|config| config.get("service")?.as_str());
        let mut services: Vec<&str> = match remedy.service.as_slice() {
            [] => there.collect(),
            named => named.iter().map(String::as_str).collect(),
        };
        services.sort_unstable();
        services.dedup();
        let mut steps = Vec::new();
        for service in services {
            let from = audit_logs(policy, service);
            let mut to = from.clone();
            for log_type in &remedy.logs {
                if !to.iter().any(|log| log.log_type == *log_type) {
                    to.push(AuditLog {
                        log_type: log_type.clone(),
                        exempted_members: Vec::new(),
                    });
                }
            }
            if remedy.exempted == Some(false) {
                to.iter_mut().for_each(|log| log.exempted_members.clear());
            }
            if to != from {
                steps.push(vec![Change::SetAudit {
                    node: self.name(),
                    service: service.to_owned(),
                    from,
                    to,
                }]);
            }
        }
        Ok(steps)
    }

    pub(super) fn set_org_policy(&self) -> Changes {
        let remedy = self.remedy;
        let constraint = remedy.constraint.as_deref().unwrap_or_default();
        let node = self.org_policy_node(constraint)?;
        let all = |values: &[String]| values == ["*"];
        let rule = match (remedy.enforce, &remedy.allow, &remedy.deny) {
            (Some(enforce), _, _) => json!({ "enforce": enforce }),
            (None, _, deny) if all(deny) => json!({ "denyAll": true }),
            (None, _, deny) if !deny.is_empty() => json!({ "values": { "deniedValues": deny } }),
            (None, allow, _) => json!({ "values": { "allowedValues": allow } }),
        };
        let name = org_policy_name(node, constraint);
        let Some(there) = self.model.get(&name) else {
            return Ok(vec![vec![Change::Create {
                name,
                asset_type: ORG_POLICY.to_owned(),
                data: json!({
                    "name": format!("{node}/policies/{constraint}"),
                    "spec": { "rules": [rule] },
                }),
            }]]);
        };
        let Some(data) = &there.resource else {
            return Err("the input does not hold what the organisation policy says".to_owned());
        };
        no_exceptions(data)?;
        let to = json!({ "spec": { "rules": [rule], "reset": null } });
        let Some((from, to)) = difference(data, &to) else {
            return Ok(Vec::new());
        };
        Ok(vec![vec![Change::Patch {
            name,
            asset_type: ORG_POLICY.to_owned(),
            from,
            to,
        }]])
    }

    /// Takes away what the node itself says of a constraint.
    pub(super) fn remove_org_policy(&self) -> Changes {
        let told = self.finding.detail.as_deref();
        let Some(constraint) = self.remedy.constraint.as_deref().or(told) else {
            return Err("the finding does not say which constraint it is about".to_owned());
        };
        let name = org_policy_name(self.org_policy_node(constraint)?, constraint);
        let Some(there) = self.model.get(&name) else {
            return Err(
                "the input has no such organisation policy on the node itself: it is set above"
                    .to_owned(),
            );
        };
        let Some(data) = &there.resource else {
            return Err("the input does not hold what the organisation policy says".to_owned());
        };
        no_exceptions(data)?;
        if data.get("dryRunSpec").is_some_and(|spec| !spec.is_null()) {
            return Err(
                "the organisation policy has a dry run, whose end is for somebody to decide"
                    .to_owned(),
            );
        }
        Ok(vec![vec![Change::Delete {
            name,
            asset_type: ORG_POLICY.to_owned(),
            data: data.clone(),
        }]])
    }

    /// The node whose organisation policy is changed: `projects/481516234201`.
    fn org_policy_node(&self, constraint: &str) -> Result<&str, String> {
        let node = self.node()?;
        let asset = self.asset;
        match asset.is_some_and(|asset| asset.has_old_org_policy(constraint)) {
            true => Err("the input has the organisation policy in its older form only, which cannot be changed exactly".to_owned()),
            false => Ok(node),
        }
    }
}

/// Whether a list that had something has nothing any more.
fn is_emptied(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Array(before), Value::Array(after)) if after.is_empty() => !before.is_empty(),
        (Value::Array(before), Value::Array(after)) => {
            before.len() == after.len()
                && before
                    .iter()
                    .zip(after)
                    .any(|(one, other)| is_emptied(one, other))
        }
        (Value::Object(before), Value::Object(after)) => before
            .iter()
            .any(|(key, inner)| after.get(key).is_some_and(|left| is_emptied(inner, left))),
        _ => false,
    }
}

fn org_policy_name(node: &str, constraint: &str) -> String {
    format!("//orgpolicy.googleapis.com/{node}/policies/{constraint}")
}

/// Refuses an organisation policy with conditions.
fn no_exceptions(data: &Value) -> Result<(), String> {
    let rules = data.pointer("/spec/rules").and_then(Value::as_array);
    let by_tag = |rule: &Value| rule.get("condition").is_some_and(|value| !value.is_null());
    match rules.into_iter().flatten().any(by_tag) {
        true => Err(
            "the organisation policy makes exceptions by tag, which somebody must weigh".to_owned(),
        ),
        false => Ok(()),
    }
}

/// A merge patch that sets one setting: `lifecycle.rule`.
fn below(path: &str, value: Value) -> Value {
    path.rsplit('.').fold(value, |inner, key| {
        let mut outer = Map::new();
        outer.insert(key.to_owned(), inner);
        Value::Object(outer)
    })
}

/// Takes a text out of a value that is a list, or out of the lists of these names in it.
fn take_out(value: &mut Value, unwanted: &str, lists: &[String], is_meant: bool) {
    match value {
        Value::Array(items) if is_meant => items.retain(|item| item != unwanted),
        Value::Array(items) => {
            for item in items {
                take_out(item, unwanted, lists, false);
            }
        }
        Value::Object(fields) => {
            for (key, inner) in fields {
                take_out(inner, unwanted, lists, lists.contains(key));
            }
        }
        _ => {}
    }
}
