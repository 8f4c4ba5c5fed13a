//! Whose a bare policy is, read off the path it lies at.

use super::dialects::full_resource_name;
use std::path::Path;
use thiserror::Error;

/// Why a path pattern is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PatternError {
    /// A `{name}` that we do not know.
    #[error("unknown placeholder {{{name}}} at character {at}: use one of {known}")]
    UnknownPlaceholder {
        /// What stands between the braces.
        name: String,
        /// 1-based position in the pattern, in characters.
        at: usize,
        /// The placeholders there are.
        known: String,
    },
    /// A brace that is not closed, or closes nothing.
    #[error("unbalanced brace at character {at}")]
    Brace {
        /// 1-based position in the pattern, in characters.
        at: usize,
    },
    /// The same placeholder twice.
    #[error("placeholder {{{name}}} stands twice")]
    Twice {
        /// Its name.
        name: String,
    },
    /// Two placeholders in one segment with nothing between them.
    #[error("nothing separates the placeholder at character {at} from the one before it")]
    Adjacent {
        /// 1-based position in the pattern, in characters.
        at: usize,
    },
    /// No placeholder says whose the policy is.
    #[error("the pattern names no resource: it needs one of {known}")]
    NoResource {
        /// The placeholders that do.
        known: String,
    },
}

/// What a placeholder stands for, and how narrow it is: the narrowest of a pattern is the resource.
const PLACEHOLDERS: [(&str, u8); 7] = [
    ("organization", 1),
    ("folder", 2),
    ("project", 3),
    ("bucket", 4),
    ("service_account", 4),
    ("resource", 5),
    ("any", 0),
];

fn known() -> String {
    let names: Vec<String> = PLACEHOLDERS
        .iter()
        .map(|(name, _)| format!("{{{name}}}"))
        .collect();
    names.join(", ")
}

/// Part of a segment: text, or a placeholder (an index into [`PLACEHOLDERS`]).
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Hole(usize),
}

/// A path pattern such as `projects/{project}/buckets/{bucket}/iam.json`. It matches the end of a path,
/// segment by segment; a placeholder matches at least one character of one segment, and `{any}` whatever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    segments: Vec<Vec<Part>>,
}

impl PathPattern {
    /// Parses strictly: what is not understood is refused, never taken as text.
    ///
    /// # Errors
    /// [`PatternError`] with the place.
    pub fn parse(pattern: &str) -> Result<PathPattern, PatternError> {
        let mut seen = Vec::new();
        let mut at = 1;
        let mut segments = Vec::new();
        for segment in pattern.trim_start_matches("./").split('/') {
            segments.push(parse_segment(segment, at, &mut seen)?);
            at += segment.chars().count() + 1;
        }
        if !seen
            .iter()
            .any(|hole| PLACEHOLDERS.get(*hole).is_some_and(|(_, rank)| *rank > 0))
        {
            return Err(PatternError::NoResource { known: known() });
        }
        Ok(PathPattern { segments })
    }

    /// The full resource name that `path` stands for, if it matches.
    fn resource(&self, path: &[&str]) -> Option<String> {
        let tail = path.get(path.len().checked_sub(self.segments.len())?..)?;
        let mut holes: Vec<(usize, &str)> = Vec::new();
        for (parts, text) in self.segments.iter().zip(tail) {
            match_segment(parts, text, &mut holes)?;
        }
        let (hole, value) = holes
            .into_iter()
            .max_by_key(|(hole, _)| PLACEHOLDERS.get(*hole).map_or(0, |(_, rank)| *rank))?;
        let typed = match PLACEHOLDERS.get(hole)?.0 {
            "organization" => format!("organizations/{value}"),
            "folder" => format!("folders/{value}"),
            "project" => format!("projects/{value}"),
            "bucket" => format!("gs://{value}"),
            _ => value.to_owned(),
        };
        full_resource_name(&typed).ok().map(|(name, _)| name)
    }
}

fn parse_segment(
    segment: &str,
    start: usize,
    seen: &mut Vec<usize>,
) -> Result<Vec<Part>, PatternError> {
    let mut parts = Vec::new();
    let mut rest = segment;
    let mut at = start;
    while !rest.is_empty() {
        let cut = rest.find(['{', '}']).unwrap_or(rest.len());
        let (text, after) = rest.split_at(cut);
        at += text.chars().count();
        if !text.is_empty() {
            parts.push(Part::Text(text.to_owned()));
        }
        rest = after;
        let Some(after) = rest.strip_prefix('{') else {
            if rest.starts_with('}') {
                return Err(PatternError::Brace { at });
            }
            break;
        };
        let Some((name, after)) = after
            .split_once('}')
            .filter(|(name, _)| !name.contains('{'))
        else {
            return Err(PatternError::Brace { at });
        };
        let Some(hole) = PLACEHOLDERS.iter().position(|(known, _)| *known == name) else {
            return Err(PatternError::UnknownPlaceholder {
                name: name.to_owned(),
                at,
                known: known(),
            });
        };
        if seen.contains(&hole) && name != "any" {
            return Err(PatternError::Twice {
                name: name.to_owned(),
            });
        }
        if matches!(parts.last(), Some(Part::Hole(_))) {
            return Err(PatternError::Adjacent { at });
        }
        seen.push(hole);
        parts.push(Part::Hole(hole));
        at += name.chars().count() + 2;
        rest = after;
    }
    Ok(parts)
}

/// Matches one segment; a placeholder takes as little as the text after it allows, the last takes the rest.
fn match_segment<'p>(
    parts: &[Part],
    text: &'p str,
    holes: &mut Vec<(usize, &'p str)>,
) -> Option<()> {
    let mut rest = text;
    let mut parts = parts.iter().peekable();
    while let Some(part) = parts.next() {
        match part {
            Part::Text(expected) => rest = rest.strip_prefix(expected.as_str())?,
            Part::Hole(hole) => {
                let cut = match parts.peek() {
                    // The last text of a segment is its suffix: take as much as possible before it.
                    Some(Part::Text(next)) => rest.rfind(next.as_str())?,
                    _ => rest.len(),
                };
                let (value, after) = rest.split_at_checked(cut)?;
                if value.is_empty() {
                    return None;
                }
                holes.push((*hole, value));
                rest = after;
            }
        }
    }
    rest.is_empty().then_some(())
}

/// Layouts that people use, the more specific first. File names are `iam`, `policy` and the like.
const LAYOUTS: [(&str, &str); 9] = [
    ("buckets", "gs://"),
    ("service-accounts", ""),
    ("service_accounts", ""),
    ("serviceAccounts", ""),
    ("projects", "projects/"),
    ("folders", "folders/"),
    ("organizations", "organizations/"),
    ("orgs", "organizations/"),
    ("organisations", "organizations/"),
];

/// File names (without extension) that say "the allow policy of the folder I lie in".
const POLICY_STEMS: [&str; 8] = [
    "iam",
    "iam-policy",
    "iam_policy",
    "iampolicy",
    "policy",
    "allow-policy",
    "get-iam-policy",
    "bindings",
];

/// The full resource name that `path` stands for: by the user's patterns in their order, then by the layouts
/// people use (`projects/<id>/iam.json`, `…/buckets/<name>/iam-policy.yaml`,
/// `…/service-accounts/<address>/iam.json`, `organizations/<number>/iam.json`).
pub fn resource_from_path(path: &Path, user_patterns: &[PathPattern]) -> Option<String> {
    // A path that is not Unicode matches nothing.
    let text = path.to_str()?.replace('\\', "/");
    let segments: Vec<&str> = text
        .split('/')
        .filter(|s| !s.is_empty() && *s != ".")
        .collect();
    user_patterns
        .iter()
        .find_map(|pattern| pattern.resource(&segments))
        .or_else(|| built_in(&segments))
}

fn built_in(segments: &[&str]) -> Option<String> {
    let [.., collection, id, file] = segments else {
        return None;
    };
    if !POLICY_STEMS.contains(&stem(file)?) {
        return None;
    }
    let (_, prefix) = LAYOUTS.iter().find(|(name, _)| name == collection)?;
    full_resource_name(&format!("{prefix}{id}"))
        .ok()
        .map(|(name, _)| name)
}

/// The name of a policy file without `.json`, `.yaml` or `.yml`, and without `.gz` after it.
fn stem(file: &str) -> Option<&str> {
    let file = file.strip_suffix(".gz").unwrap_or(file);
    [".json", ".yaml", ".yml"]
        .iter()
        .find_map(|extension| file.strip_suffix(extension))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{PathPattern, PatternError, resource_from_path};
    use std::path::Path;

    fn found(path: &str, patterns: &[&str]) -> Option<String> {
        let patterns: Vec<PathPattern> = patterns
            .iter()
            .map(|p| PathPattern::parse(p).unwrap())
            .collect();
        resource_from_path(Path::new(path), &patterns)
    }

    #[test]
    fn layouts_that_people_use() {
        let table = [
            (
                "x/projects/acme-ml/iam.json",
                Some("//cloudresourcemanager.googleapis.com/projects/acme-ml"),
            ),
            (
                "projects/acme-ml/iam-policy.yaml.gz",
                Some("//cloudresourcemanager.googleapis.com/projects/acme-ml"),
            ),
            (
                "projects/p/buckets/acme-train/iam.json",
                Some("//storage.googleapis.com/acme-train"),
            ),
            (
                "p/service-accounts/t@p.iam.gserviceaccount.com/iam.yml",
                Some("//iam.googleapis.com/projects/p/serviceAccounts/t@p.iam.gserviceaccount.com"),
            ),
            (
                "organizations/12/iam.json",
                Some("//cloudresourcemanager.googleapis.com/organizations/12"),
            ),
            ("folders/research/iam.json", None),
            ("projects/p/notes.json", None),
            ("iam.json", None),
        ];
        for (path, name) in table {
            assert_eq!(found(path, &[]).as_deref(), name, "{path}");
        }
    }

    #[test]
    fn patterns_of_the_user_come_first() {
        assert_eq!(
            found(
                "exports/prod/acme-ml--models.json",
                &["{project}--{bucket}.json"]
            )
            .as_deref(),
            Some("//storage.googleapis.com/models")
        );
        assert_eq!(
            found(
                "projects/p/iam.json",
                &["projects/{folder}/x.json", "{any}/{bucket}/iam.json"]
            )
            .as_deref(),
            Some("//storage.googleapis.com/p")
        );
        assert_eq!(
            found("a.b.json", &["{project}.json"]).as_deref(),
            Some("//cloudresourcemanager.googleapis.com/projects/a.b")
        );
    }

    #[test]
    fn a_pattern_that_is_not_understood_is_refused() {
        assert!(matches!(
            PathPattern::parse("projects/{projekt}/iam.json"),
            Err(PatternError::UnknownPlaceholder { at: 10, .. })
        ));
        assert!(matches!(
            PathPattern::parse("{project"),
            Err(PatternError::Brace { at: 1 })
        ));
        assert!(matches!(
            PathPattern::parse("project}"),
            Err(PatternError::Brace { at: 8 })
        ));
        assert!(matches!(
            PathPattern::parse("{project}{bucket}"),
            Err(PatternError::Adjacent { .. })
        ));
        assert!(matches!(
            PathPattern::parse("{project}/{project}"),
            Err(PatternError::Twice { .. })
        ));
        assert!(matches!(
            PathPattern::parse("iam.json"),
            Err(PatternError::NoResource { .. })
        ));
    }
}
