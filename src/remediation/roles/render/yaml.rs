//! A role as gcloud prints it and takes it back.

use crate::escape::{terminal, yaml};
use crate::remediation::roles::Role;
use std::fmt::Write as _;

pub(super) fn role(role: &Role) -> String {
    let definition = &role.definition;
    let mut text = String::new();
    // Writing to a string cannot fail.
    let mut line = |key: &str, value: &Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(text, "{key}: {}", yaml(value));
        }
    };
    line("title", &definition.title);
    line("description", &definition.description);
    line("etag", &definition.etag);
    let _ = writeln!(text, "stage: {}", definition.stage_word());
    match definition.permissions.is_empty() {
        true => text.push_str("includedPermissions: []\n"),
        false => text.push_str("includedPermissions:\n"),
    }
    for permission in &definition.permissions {
        if let Some(reason) = role.reasons.get(permission) {
            let _ = writeln!(text, "# {}:", terminal(reason));
        }
        let _ = writeln!(text, "- {}", yaml(permission));
    }
    text
}
