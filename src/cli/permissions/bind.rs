//! Grants of the role, as text. A grant adds one member and takes nothing from others.

use crate::cli::reads::Reach;
use crate::escape::{hcl, shell_word};
use crate::remediation::roles::Role;
use crate::remediation::roles::render::{Lacking, terraform_address};
use std::fmt::Write as _;

/// What a role is granted on.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) kind: Reach,
    /// The id of a project, the number of a folder or an organisation.
    pub(super) name: String,
}

/// An id or number of a project.
pub(super) fn project(text: &str) -> Result<String, String> {
    let id = text.strip_prefix("projects/").unwrap_or(text);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:_".contains(&byte);
    match !id.is_empty() && !id.starts_with('-') && id.bytes().all(plain) {
        true => Ok(id.to_owned()),
        false => Err("that is no project's id".to_owned()),
    }
}

/// The number of a folder or an organisation.
pub(super) fn number(text: &str) -> Result<String, String> {
    let (folder, organization) = (
        text.strip_prefix("folders/"),
        text.strip_prefix("organizations/"),
    );
    let number = folder.or(organization).unwrap_or(text);
    match !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(number.to_owned()),
        false => Err("it is named by its number".to_owned()),
    }
}

/// A member as allow policies spell it. What kind it is does not matter here, only that it is one word with a kind.
pub(super) fn member(text: &str) -> Result<String, String> {
    let spelled = text.split_once(':').is_some_and(|(kind, rest)| {
        kind.bytes().all(|byte| byte.is_ascii_alphabetic()) && !kind.is_empty() && !rest.is_empty()
    });
    match spelled && !text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        true => Ok(text.to_owned()),
        false => Err("write it as allow policies do, e.g. `user:noor@acme.example`".to_owned()),
    }
}

/// The lines that a script of the role ends in.
pub(super) fn gcloud(role: &Role, place: Option<&Place>, members: &[String]) -> String {
    let mut text = String::new();
    let (Some(place), Some(name)) = (place, role.definition.name()) else {
        return text;
    };
    let group = match place.kind {
        Reach::Project => "projects",
        Reach::Folder => "resource-manager folders",
        Reach::Organization => "organizations",
    };
    for member in members {
        // Writing to a string cannot fail. Without `--condition`, gcloud refuses where any grant has one.
        let _ = write!(
            text,
            "\nrun gcloud {group} add-iam-policy-binding {} \\\n  --member={} \\\n  --role={} \\\n  --condition=None --format=none --quiet\n",
            shell_word(&place.name),
            shell_word(member),
            shell_word(&name),
        );
    }
    text
}

/// A `google_…_iam_member` for each member.
///
/// # Errors
/// If the role has no id.
pub(super) fn terraform(
    role: &Role,
    place: Option<&Place>,
    members: &[String],
) -> Result<String, Lacking> {
    let mut text = String::new();
    let Some(place) = place else {
        return Ok(text);
    };
    let address = terraform_address(role)?;
    let label = address.split_once('.').map_or("", |(_, label)| label);
    let (resource, key, name) = match place.kind {
        Reach::Project => ("google_project_iam_member", "project", place.name.clone()),
        Reach::Folder => (
            "google_folder_iam_member",
            "folder",
            format!("folders/{}", place.name),
        ),
        Reach::Organization => (
            "google_organization_iam_member",
            "org_id",
            place.name.clone(),
        ),
    };
    for (index, member) in members.iter().enumerate() {
        let label = match index {
            0 => label.to_owned(),
            several => format!("{label}_{}", several + 1),
        };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\nresource \"{resource}\" \"{label}\" {{\n  {key:7} = {}\n  role    = {address}.id\n  member  = {}\n}}\n",
            hcl(&name),
            hcl(member),
        );
    }
    Ok(text)
}
