//! Where a step belongs, and when it is made.

use crate::change::{Change, Grant, Model, Step};
use crate::model::project_of;
use serde_json::Value;

/// What steps are sorted by.
///
/// Access control lists first: uniform access would forbid their change. Then settings: conditions on a bucket need
/// uniform access. Then grants that move, then those that only go. Organisation policies come late, because they may
/// forbid what a step before them still does, and what is deleted goes last.
pub(super) fn key(step: &Step) -> (u8, String, String) {
    let changes = &step.changes;
    let kind = match changes.first() {
        Some(Change::RemoveAcl { .. } | Change::AddAcl { .. }) => 0,
        Some(Change::Patch { asset_type, .. }) if asset_type.starts_with("orgpolicy.") => 5,
        Some(Change::Patch { .. }) => 1,
        Some(Change::AddMember(_)) => 2,
        Some(Change::RemoveMember(_)) => 3,
        Some(Change::SetAudit { .. }) => 4,
        Some(Change::Create { .. }) => 5,
        Some(Change::Delete { .. }) => 6,
        None => 7,
    };
    let removed = changes.last();
    let subject = removed.map(Change::subject).unwrap_or_default();
    (kind, subject.to_owned(), detail(changes))
}

fn detail(changes: &[Change]) -> String {
    let grant = |grant: &Grant| {
        let condition = grant
            .condition
            .as_ref()
            .map(|one| (&one.title, &one.expression));
        format!("{}\u{1f}{}\u{1f}{condition:?}", grant.role, grant.member)
    };
    let each = changes.iter().map(|change| match change {
        Change::AddMember(one) | Change::RemoveMember(one) => grant(one),
        Change::SetAudit { service, .. } => service.clone(),
        Change::RemoveAcl {
            list, entity, role, ..
        }
        | Change::AddAcl {
            list, entity, role, ..
        } => {
            format!("{list:?}\u{1f}{entity}\u{1f}{role}")
        }
        Change::Patch { to, .. } => to.to_string(),
        Change::Create { .. } | Change::Delete { .. } => String::new(),
    });
    each.collect::<Vec<_>>().join("\u{1e}")
}

/// The part a step belongs to: the project, folder or organisation of the resource it takes something from, by the
/// project's id where the input tells it.
pub(super) fn scope(step: &Step, model: &Model) -> String {
    let Some(name) = step.changes.last().map(Change::subject) else {
        return "unknown".to_owned();
    };
    let node = home(name, model);
    match node.strip_prefix("projects/") {
        Some(number) => match project_id(number, model) {
            Some(id) => format!("projects/{id}"),
            None => node,
        },
        None => node,
    }
}

fn home(name: &str, model: &Model) -> String {
    const MANAGER: &str = "//cloudresourcemanager.googleapis.com/";
    if let Some(node) = name
        .strip_prefix(MANAGER)
        .filter(|node| node.split('/').count() == 2)
    {
        return node.to_owned();
    }
    let asset = model.get(name);
    let above = asset.and_then(|asset| asset.ancestors.first());
    if let Some(node) = above {
        return node.clone();
    }
    let number = asset
        .and_then(|asset| asset.settings()?.get("projectNumber"))
        .and_then(|number| match number {
            Value::String(number) => Some(number.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
    if let Some(project) = number.or_else(|| project_of(name).map(str::to_owned)) {
        return format!("projects/{project}");
    }
    let mut parts = name.trim_start_matches('/').split('/').skip(1);
    match (parts.next(), parts.next()) {
        (Some(kind @ ("folders" | "organizations")), Some(id)) => format!("{kind}/{id}"),
        _ => "unknown".to_owned(),
    }
}

fn project_id<'m>(number: &str, model: &'m Model) -> Option<&'m str> {
    let project = model.get(&format!(
        "//cloudresourcemanager.googleapis.com/projects/{number}"
    ))?;
    project.settings()?.get("projectId")?.as_str()
}
