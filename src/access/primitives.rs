//! Ways to escalate privileges, as data: `primitives.toml`, hand-written, compiled in.

use serde::Deserialize;
use std::sync::OnceLock;

/// One way to gain more than was granted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Primitive {
    /// Stable id, such as `A1`.
    pub id: String,
    /// What is done, in the imperative.
    pub title: String,
    /// What it gives.
    pub yields: Yield,
    /// Alternatives, each a list of permissions that are all needed. They may come from different bindings,
    /// roles and levels of the hierarchy.
    pub needs: Vec<Vec<Need>>,
    /// How well it is documented.
    pub confidence: Certainty,
    /// Codes of the sources, explained at the head of the file.
    pub sources: Vec<String>,
    /// The organisation policy constraint that blocks it where it is enforced.
    #[serde(default)]
    pub constraint: Option<String>,
    /// What must hold besides and permissions do not show. Such a primitive is never part of a proven path.
    #[serde(default)]
    pub assumes: Option<String>,
}

/// A permission and where it must be held, in the file as `permission@scope`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Need {
    /// The permission, such as `iam.serviceAccounts.actAs`.
    pub permission: String,
    /// What it must be held on.
    pub scope: Scope,
}

/// What a permission must be held on. An ancestor of it will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The service account that is the target.
    Account,
    /// The project in which a resource is made, or the project of the service account.
    Project,
    /// A folder.
    Folder,
    /// The organisation.
    Organization,
    /// A project, folder or organisation.
    Hierarchy,
    /// The project or organisation that owns a custom role.
    Role,
    /// A resource that exists already.
    Resource,
    /// A tag key or value.
    Tag,
    /// A workload or workforce identity pool.
    Pool,
}

/// What a primitive gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Yield {
    /// Credentials of the service account.
    Become,
    /// Own code running under the service account.
    RunAs,
    /// Calls of one's choice to Google APIs under the service account.
    CallAs,
    /// Some calls only under the service account.
    CallAsLimited,
    /// Tokens of what the service account may mint tokens of.
    Delegate,
    /// An old way to a service account, once more.
    Reactivate,
    /// The allow policy of a project, folder or organisation, and so everything below.
    SetPolicy,
    /// More permissions in a custom role, wherever it is bound.
    WidenRole,
    /// Identities of a workload or workforce identity pool.
    BecomeFederated,
    /// A guardrail less: an organisation policy, a deny policy, a boundary, inherited policies.
    GuardrailOff,
    /// A tag that a condition asks for.
    SatisfyTag,
}

/// How well a primitive is documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// One thin source, or a clean analogy.
    Medium,
    /// Google, or at least one technique source with detail.
    High,
}

impl TryFrom<String> for Need {
    type Error = String;

    fn try_from(text: String) -> Result<Need, String> {
        let (permission, scope) = text
            .split_once('@')
            .ok_or_else(|| format!("`{text}` is not permission@scope"))?;
        let scope = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(scope);
        Ok(Need {
            permission: permission.to_owned(),
            scope: Scope::deserialize(scope).map_err(|error| format!("`{text}`: {error}"))?,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    primitive: Vec<Primitive>,
}

/// All primitives, in the order of the file.
pub fn primitives() -> &'static [Primitive] {
    static PRIMITIVES: OnceLock<Vec<Primitive>> = OnceLock::new();
    PRIMITIVES.get_or_init(|| {
        let file: File = toml::from_str(include_str!("primitives.toml"))
            .expect("primitives.toml is part of the program and a test reads it");
        file.primitive
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::print_stderr)]

    use super::{Certainty, Scope, Yield, primitives};
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    #[test]
    fn the_file_is_read_and_sane() {
        let all = primitives();
        let ids: BTreeSet<_> = all.iter().map(|p| p.id.as_str()).collect();
        assert_eq!(ids.len(), all.len(), "ids are unique");
        for id in ["A1", "A6", "A8", "B1", "B2", "B3", "B4", "C1", "C11", "C25"] {
            assert!(ids.contains(id), "{id}");
        }
        for p in all {
            assert!(!p.title.is_empty() && !p.sources.is_empty(), "{}", p.id);
            assert!(
                !p.needs.is_empty() && p.needs.iter().all(|n| !n.is_empty()),
                "{}",
                p.id
            );
            let in_group_c = p.id.starts_with('C');
            let acts_as = p.needs.iter().all(|alternative| {
                alternative.iter().any(|need| {
                    need.permission == "iam.serviceAccounts.actAs" && need.scope == Scope::Account
                })
            });
            assert_eq!(
                in_group_c, acts_as,
                "{}: attaching a service account takes actAs on it",
                p.id
            );
        }
        let mint = all.iter().find(|p| p.id == "A1").unwrap();
        assert_eq!(
            (mint.yields, mint.confidence),
            (Yield::Become, Certainty::High)
        );
    }

    #[test]
    fn an_unknown_scope_or_field_is_refused() {
        let good = "[[primitive]]\nid='X'\ntitle='x'\nyields='become'\nneeds=[['a.b.c@account']]\nconfidence='high'\nsources=['GD']\n";
        assert!(toml::from_str::<super::File>(good).is_ok());
        for (from, to) in [
            ("@account", "@planet"),
            ("@account", ""),
            ("title=", "titel="),
            ("'high'", "'low'"),
            ("'become'", "'win'"),
        ] {
            let bad = good.replace(from, to);
            assert!(toml::from_str::<super::File>(&bad).is_err(), "{bad}");
        }
    }

    /// Holds the names against a list of all permissions, where that list is at hand.
    #[test]
    fn every_permission_exists() {
        let shared = std::env::var_os("LEASTWISE_SHARED").map_or_else(
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
            PathBuf::from,
        );
        let path = shared.join("catalog-reference/permissions.tsv");
        let Ok(list) = std::fs::read_to_string(&path) else {
            eprintln!("skipped: no {}", path.display());
            return;
        };
        let known: BTreeSet<_> = list
            .lines()
            .filter_map(|line| line.split('\t').next())
            .collect();
        let missing: BTreeSet<_> = primitives()
            .iter()
            .flat_map(|p| p.needs.iter().flatten())
            .map(|need| need.permission.as_str())
            .filter(|permission| !known.contains(permission))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
