//! The command that would settle what a role carries. Role names come from hostile documents.

use std::fmt::Write as _;

/// The one gcloud command that prints what `role` (a base name, see [`super::base_name`]) carries.
pub(super) fn command(role: &str) -> String {
    let parent = role.split_once("/roles/").and_then(|(parent, id)| {
        let (kind, parent) = parent.split_once('/')?;
        let flag = match kind {
            "projects" => "project",
            "organizations" => "organization",
            _ => return None,
        };
        (!parent.is_empty() && !id.is_empty()).then_some((flag, parent, id))
    });
    match parent {
        // What starts with a dash would be read as a flag; no such role exists, the list shows those that do.
        Some((flag, parent, id)) if id.starts_with('-') => format!(
            "gcloud iam roles list --show-deleted --{flag}={} --format=json",
            quote(parent)
        ),
        Some((flag, parent, id)) => format!(
            "gcloud iam roles describe {} --{flag}={} --format=json",
            quote(id),
            quote(parent)
        ),
        None if role.starts_with('-') => "gcloud iam roles list --format=json".to_owned(),
        None => format!("gcloud iam roles describe {} --format=json", quote(role)),
    }
}

/// One word for a POSIX shell (control characters, line ends among them, in the `$'…'` form of bash and zsh).
fn quote(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:@".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    if !text.chars().any(char::is_control) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut quoted = String::from("$'");
    for char in text.chars() {
        match char {
            '\'' | '\\' => {
                quoted.push('\\');
                quoted.push(char);
            }
            _ if char.is_control() => {
                let mut bytes = [0; 4];
                for byte in char.encode_utf8(&mut bytes).bytes() {
                    // Writing to a string cannot fail.
                    let _ = write!(quoted, "\\{byte:03o}");
                }
            }
            _ => quoted.push(char),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn each_kind_of_role_has_its_command() {
        assert_eq!(
            command("roles/x.y"),
            "gcloud iam roles describe roles/x.y --format=json"
        );
        assert_eq!(
            command("projects/p/roles/reader"),
            "gcloud iam roles describe reader --project=p --format=json"
        );
        assert_eq!(
            command("organizations/1/roles/reader"),
            "gcloud iam roles describe reader --organization=1 --format=json"
        );
    }

    #[test]
    fn hostile_names_stay_one_word() {
        assert_eq!(
            command("projects/p;rm -rf ~/roles/a'$(id)"),
            r"gcloud iam roles describe 'a'\''$(id)' --project='p;rm -rf ~' --format=json"
        );
        assert_eq!(
            command("projects/p/roles/a\n\u{85}'b"),
            r"gcloud iam roles describe $'a\012\302\205\'b' --project=p --format=json"
        );
        assert_eq!(
            command("projects/p/roles/--impersonate-service-account=x"),
            "gcloud iam roles list --show-deleted --project=p --format=json"
        );
        assert_eq!(command("--x"), "gcloud iam roles list --format=json");
        assert_eq!(command(""), "gcloud iam roles describe '' --format=json");
    }
}
