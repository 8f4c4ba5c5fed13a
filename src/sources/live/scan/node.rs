//! An organisation, folder or project: what a scan reads as a unit.

use crate::sources::snapshot::Unit;
use serde_json::Value;
use std::sync::Arc;

/// Names from a node up to its organisation, as far as they are known; the node itself is first.
pub type Line = Arc<[Arc<str>]>;

/// An organisation, folder or project of the scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is called in the snapshot: `projects/acme-ml`, `folders/1`, `organizations/1`.
    pub unit: Unit,
    /// Itself, as Cloud Asset Inventory names it (a project by its number), and what is above it.
    pub ancestors: Line,
    /// The node as Resource Manager describes it, as JSON; absent if that could not be read.
    pub data: Option<Box<str>>,
}

/// What kind of node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An organisation.
    Organization,
    /// A folder.
    Folder,
    /// A project.
    Project,
}

impl Kind {
    /// The asset type.
    pub(super) fn asset_type(self) -> &'static str {
        match self {
            Kind::Organization => "cloudresourcemanager.googleapis.com/Organization",
            Kind::Folder => "cloudresourcemanager.googleapis.com/Folder",
            Kind::Project => "cloudresourcemanager.googleapis.com/Project",
        }
    }

    /// The call that describes one.
    pub(super) fn call(self) -> &'static str {
        match self {
            Kind::Organization => "cloudresourcemanager.organizations.get",
            Kind::Folder => "cloudresourcemanager.folders.get",
            Kind::Project => "cloudresourcemanager.projects.get",
        }
    }
}

impl Node {
    /// A folder or organisation that cannot be described.
    pub(super) fn bare(name: &str, above: &[Arc<str>]) -> Node {
        Node {
            unit: name.to_owned(),
            ancestors: below(name, above),
            data: None,
        }
    }

    /// What Resource Manager v3 describes; `None` if that is no node. `above` is what is above it.
    pub(super) fn read(value: &Value, above: &[Arc<str>]) -> Option<Node> {
        let name = name_of(value)?;
        let unit = match name.starts_with("projects/") {
            false => name.to_owned(),
            true => format!("projects/{}", project_id(value)?),
        };
        Some(Node {
            unit,
            ancestors: below(name, above),
            data: Some(value.to_string().into()),
        })
    }

    /// What kind of node it is.
    pub fn kind(&self) -> Kind {
        match self.unit.split_once('/') {
            Some(("organizations", _)) => Kind::Organization,
            Some(("folders", _)) => Kind::Folder,
            _ => Kind::Project,
        }
    }

    /// `projects/415104041262`, `folders/1`, `organizations/1`.
    pub fn name(&self) -> &str {
        self.ancestors.first().map_or("", |name| name)
    }

    /// The id of a project, the number of everything else.
    pub fn id(&self) -> &str {
        self.unit.split_once('/').map_or("", |(_, id)| id)
    }

    /// The number.
    pub fn number(&self) -> &str {
        self.name().split_once('/').map_or("", |(_, number)| number)
    }

    /// The organisation above it, if that is known.
    pub fn organization(&self) -> Option<&str> {
        let last = self.ancestors.last()?;
        last.starts_with("organizations/").then_some(&**last)
    }

    /// The full resource name.
    pub fn full_name(&self) -> String {
        format!("//cloudresourcemanager.googleapis.com/{}", self.name())
    }
}

/// `name` with `above`.
pub(super) fn below(name: &str, above: &[Arc<str>]) -> Line {
    std::iter::once(Arc::from(name))
        .chain(above.iter().cloned())
        .collect()
}

/// The name of a node, if it is one: a kind and a number. It becomes part of paths.
pub(super) fn name_of(value: &Value) -> Option<&str> {
    let name = value.get("name")?.as_str()?;
    is_node(name).then_some(name)
}

/// Whether it is `projects/1`, `folders/1` or `organizations/1`.
pub(super) fn is_node(name: &str) -> bool {
    matches!(name.split_once('/'), Some(("projects" | "folders" | "organizations", number))
        if !number.is_empty() && number.len() <= 32 && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The id of a project, if it is one. It becomes part of paths.
pub(super) fn project_id(value: &Value) -> Option<&str> {
    let id = value.get("projectId")?.as_str()?;
    let is_of_id = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte);
    (!id.is_empty() && id.len() <= 100 && id.bytes().all(is_of_id)).then_some(id)
}

/// Whether it is ACTIVE. Test servers and early versions leave the state out.
pub(super) fn state(value: &Value) -> &str {
    value
        .get("state")
        .and_then(Value::as_str)
        .unwrap_or("ACTIVE")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Kind, Node};
    use serde_json::json;
    use std::sync::Arc;

    #[test]
    fn a_project_is_a_unit_by_id_and_an_asset_by_number() {
        let value = json!({"name": "projects/41", "projectId": "acme-ml", "state": "ACTIVE"});
        let node = Node::read(&value, &[Arc::from("organizations/7")]).unwrap();
        assert_eq!(node.unit, "projects/acme-ml");
        assert_eq!((node.id(), node.number()), ("acme-ml", "41"));
        assert_eq!(node.kind(), Kind::Project);
        assert_eq!(node.organization(), Some("organizations/7"));
    }

    #[test]
    fn what_would_lead_elsewhere_is_no_node() {
        for bad in [
            json!({"name": "projects/../folders/1", "projectId": "a"}),
            json!({"name": "projects/1", "projectId": "a/../b"}),
            json!({"name": "projects/1"}),
            json!({"name": "folders/"}),
            json!({"name": 7}),
            json!([]),
        ] {
            assert_eq!(Node::read(&bad, &[]), None, "{bad}");
        }
    }
}
