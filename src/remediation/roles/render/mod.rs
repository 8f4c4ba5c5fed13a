//! Roles as text: for `gcloud --file`, for Terraform, for the REST API, as a script of gcloud commands.

mod script;
mod terraform;
mod yaml;

use super::{Home, Role};
use crate::escape::shell_word;
use serde_json::{Value, json};
use thiserror::Error;

/// Why a role cannot be written in a form.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Lacking {
    /// The form names the role.
    #[error("nobody says what the role is called")]
    Id,
    /// The form names who owns the role.
    #[error("nobody says whose role it is")]
    Home,
}

/// A role for `gcloud iam roles create --file` and `update --file`.
pub fn yaml(role: &Role) -> String {
    yaml::role(role)
}

/// Roles for Terraform's Google provider, formatted as `terraform fmt` does. A role that exists already is imported.
///
/// # Errors
/// If a role has no id.
pub fn terraform(roles: &[Role]) -> Result<String, Lacking> {
    terraform::roles(roles)
}

/// What the resource of a role is called in [`terraform`], if it is the only one there: its address.
///
/// # Errors
/// If the role has no id.
pub fn terraform_address(role: &Role) -> Result<String, Lacking> {
    terraform::address(role)
}

/// The body of `roles.create` (REST reference): `roleId` and `role`. `roles.patch` takes the latter alone.
///
/// # Errors
/// If the role has no id.
pub fn rest(role: &Role) -> Result<Value, Lacking> {
    let id = role.definition.id.as_deref().ok_or(Lacking::Id)?;
    Ok(json!({"roleId": id, "role": role.definition.to_value()}))
}

/// A bash script that brings the roles about with gcloud, whether they exist, were deleted, or never were. It changes
/// nothing unless run with `--apply`.
///
/// # Errors
/// If a role has no id or no owner.
pub fn script(roles: &[Role]) -> Result<String, Lacking> {
    script::roles(roles)
}

/// The flag by which gcloud takes the owner of a role, as one word of a shell.
fn parent_flag(home: &Home) -> String {
    match home {
        Home::Project(id) => format!("--project={}", shell_word(id)),
        Home::Organization(number) => format!("--organization={}", shell_word(number)),
    }
}
