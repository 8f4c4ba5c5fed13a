//! What the user asks to be scanned.

use globset::{Glob, GlobMatcher};
use std::fmt;
use std::str::FromStr;

/// What the user asks to be scanned.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Projects: by id, by number, or by pattern. With nodes, they choose among the projects below them; a pattern
    /// without nodes chooses among all projects that the caller sees.
    pub projects: Vec<Chosen>,
    /// Folders and organisations, with everything below them: `folders/1`, `organizations/2`.
    pub nodes: Vec<String>,
    /// Projects that are left out.
    pub excluded: Vec<Chosen>,
}

/// A project by id, by number, or a pattern of ids.
#[derive(Debug, Clone)]
pub struct Chosen {
    text: String,
    pattern: Option<GlobMatcher>,
}

impl Chosen {
    /// Whether it is meant by `id` or `number`.
    pub fn matches(&self, id: &str, number: Option<&str>) -> bool {
        match &self.pattern {
            Some(pattern) => pattern.is_match(id),
            None => self.text == id || number == Some(self.text.as_str()),
        }
    }

    /// The project, if it is named and no pattern.
    pub fn name(&self) -> Option<&str> {
        self.pattern.is_none().then_some(self.text.as_str())
    }
}

impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Chosen {
    type Err = String;

    /// `acme-ml`, `projects/acme-ml`, `415104041262`, `acme-*`.
    fn from_str(text: &str) -> Result<Chosen, String> {
        let text = text.strip_prefix("projects/").unwrap_or(text);
        if text.is_empty() {
            return Err("a project has an id, e.g. `acme-ml`, or a pattern, e.g. `acme-*`".into());
        }
        let is_pattern = text.contains(['*', '?', '[', '{']);
        if !is_pattern && !text.bytes().all(is_of_project) {
            return Err(format!("`{text}` is not the id or number of a project"));
        }
        let pattern = is_pattern
            .then(|| Glob::new(text).map(|glob| glob.compile_matcher()))
            .transpose()
            .map_err(|error| format!("`{text}`: {}", error.kind()))?;
        Ok(Chosen {
            text: text.to_owned(),
            pattern,
        })
    }
}

/// Project ids are lower-case letters, digits and hyphens; old ones begin with a domain: `example.com:acme`.
fn is_of_project(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.:".contains(&byte)
}

/// The name of a folder by its number: `551900287731` or `folders/551900287731`.
///
/// # Errors
/// It is no number.
pub fn folder(text: &str) -> Result<String, String> {
    node("folders", text)
}

/// The name of an organisation by its number: `770043110021` or `organizations/770043110021`.
///
/// # Errors
/// It is no number.
pub fn organization(text: &str) -> Result<String, String> {
    node("organizations", text)
}

fn node(kind: &str, text: &str) -> Result<String, String> {
    let bare = text.strip_prefix(kind).and_then(|id| id.strip_prefix('/'));
    let number = bare.unwrap_or(text);
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!(
            "{kind} are named by number, e.g. `{kind}/551900287731`"
        ));
    }
    Ok(format!("{kind}/{number}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Chosen, folder, organization};

    #[test]
    fn a_project_is_named_by_id_number_or_pattern() {
        let chosen = |text: &str| text.parse::<Chosen>().unwrap();
        assert!(chosen("projects/acme-ml").matches("acme-ml", None));
        assert!(chosen("41").matches("acme-ml", Some("41")));
        assert!(!chosen("41").matches("acme-41", Some("4")));
        assert!(chosen("acme-*").matches("acme-ml", None));
        assert!(!chosen("acme-*").matches("other", Some("acme-1")));
        assert!(chosen("example.com:acme").matches("example.com:acme", None));
        assert_eq!(chosen("acme-*").name(), None);
        for bad in ["", "projects/", "a/b", "acme ml", "acme-[", "a\u{0}b"] {
            assert!(bad.parse::<Chosen>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn nodes_are_named_by_number() {
        assert_eq!(folder("12").unwrap(), "folders/12");
        assert_eq!(organization("organizations/3").unwrap(), "organizations/3");
        for bad in [
            "",
            "folders/",
            "folders/x",
            "organizations/1",
            "acme.example",
        ] {
            assert!(folder(bad).is_err(), "{bad}");
        }
    }
}
