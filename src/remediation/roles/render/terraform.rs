//! Roles as resources of Terraform's Google provider (`google_project_iam_custom_role`,
//! `google_organization_iam_custom_role`).

use super::Lacking;
use crate::escape::{hcl, terminal};
use crate::remediation::roles::{Home, Role};
use std::collections::BTreeSet;
use std::fmt::Write as _;

pub(super) fn roles(roles: &[Role]) -> Result<String, Lacking> {
    let mut labels = BTreeSet::new();
    let blocks = roles.iter().map(|role| block(role, &mut labels));
    Ok(blocks.collect::<Result<Vec<_>, _>>()?.join("\n"))
}

pub(super) fn address(role: &Role) -> Result<String, Lacking> {
    let id = role.definition.id.as_deref().ok_or(Lacking::Id)?;
    let label = label(id, &mut BTreeSet::new());
    Ok(format!("{}.{label}", kind(role)))
}

fn kind(role: &Role) -> &'static str {
    match role.definition.home {
        Some(Home::Organization(_)) => "google_organization_iam_custom_role",
        Some(Home::Project(_)) | None => "google_project_iam_custom_role",
    }
}

fn block(role: &Role, labels: &mut BTreeSet<String>) -> Result<String, Lacking> {
    let definition = &role.definition;
    let id = definition.id.as_deref().ok_or(Lacking::Id)?;
    let label = label(id, labels);
    let kind = kind(role);
    let mut text = String::new();
    // Writing to a string cannot fail.
    if let (Some(_), Some(name)) = (&definition.etag, definition.name()) {
        let _ = writeln!(
            text,
            "import {{\n  to = {kind}.{label}\n  id = {}\n}}\n",
            hcl(&name)
        );
    }
    let _ = writeln!(text, "resource \"{kind}\" \"{label}\" {{");
    let mut attributes: Vec<(&str, &str)> = Vec::new();
    match &definition.home {
        Some(Home::Project(project)) => attributes.push(("project", project)),
        Some(Home::Organization(number)) => attributes.push(("org_id", number)),
        // The provider's project.
        None => {}
    }
    attributes.push(("role_id", id));
    attributes.push(("title", definition.title.as_deref().unwrap_or(id)));
    if let Some(description) = &definition.description {
        attributes.push(("description", description));
    }
    // To the provider, an absent stage is GA.
    attributes.push(("stage", definition.stage_word()));
    // As `terraform fmt` aligns them: the list, which takes several lines, does not count.
    let width = attributes
        .iter()
        .map(|(key, _)| key.len())
        .max()
        .unwrap_or_default();
    for (key, value) in attributes {
        let _ = writeln!(text, "  {key:width$} = {}", hcl(value));
    }
    text.push_str("  permissions = [\n");
    for permission in &definition.permissions {
        if let Some(reason) = role.reasons.get(permission) {
            let _ = writeln!(text, "    # {}:", terminal(reason));
        }
        let _ = writeln!(text, "    {},", hcl(permission));
    }
    text.push_str("  ]\n}\n");
    Ok(text)
}

/// A name for the resource that no other of this file has: letters, digits and `_`, not a digit first.
fn label(id: &str, labels: &mut BTreeSet<String>) -> String {
    let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let mut label: String = id.chars().map(word).collect();
    if !label.starts_with(|first: char| first.is_ascii_alphabetic()) {
        label.insert(0, '_');
    }
    while !labels.insert(label.clone()) {
        label.push('_');
    }
    label
}
