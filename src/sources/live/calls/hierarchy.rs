//! Organisations, folders and projects, and their allow policies with the audit configuration.

use super::{Brings, Call, FOLDER, ORGANIZATION, PROJECT, Per, VERSION_3};

const MANAGER: &str = "cloudresourcemanager";
const NAME: &str = "//cloudresourcemanager.googleapis.com/{name}";

/// `search` gives what the caller may see anywhere, `list` the children of one node, `get` one by name.
pub(super) const CALLS: &[Call] = &[
    Call::get(
        "cloudresourcemanager.organizations.search",
        MANAGER,
        "/v3/organizations:search",
    )
    .per(Per::Scan)
    .items("organizations")
    .asset(ORGANIZATION, NAME)
    .needs(&["resourcemanager.organizations.get"]),
    Call::get(
        "cloudresourcemanager.organizations.get",
        MANAGER,
        "/v3/{node=organizations/*}",
    )
    .per(Per::Scan)
    .asset(ORGANIZATION, NAME)
    .needs(&["resourcemanager.organizations.get"]),
    Call::get("cloudresourcemanager.folders.list", MANAGER, "/v3/folders")
        .query(&[("parent", "{node}"), ("pageSize", "300")])
        .per(Per::Scan)
        .items("folders")
        .asset(FOLDER, NAME)
        .needs(&["resourcemanager.folders.list"]),
    Call::get(
        "cloudresourcemanager.folders.get",
        MANAGER,
        "/v3/{node=folders/*}",
    )
    .per(Per::Scan)
    .asset(FOLDER, NAME)
    .needs(&["resourcemanager.folders.get"]),
    Call::get(
        "cloudresourcemanager.projects.search",
        MANAGER,
        "/v3/projects:search",
    )
    .query(&[("pageSize", "500")])
    .per(Per::Scan)
    .items("projects")
    .asset(PROJECT, NAME)
    .needs(&["resourcemanager.projects.get"]),
    Call::get(
        "cloudresourcemanager.projects.list",
        MANAGER,
        "/v3/projects",
    )
    .query(&[("parent", "{node}"), ("pageSize", "500")])
    .per(Per::Scan)
    .items("projects")
    .asset(PROJECT, NAME)
    .needs(&["resourcemanager.projects.list"]),
    Call::get(
        "cloudresourcemanager.projects.get",
        MANAGER,
        "/v3/{node=projects/*}",
    )
    .per(Per::Scan)
    .asset(PROJECT, NAME)
    .needs(&["resourcemanager.projects.get"]),
    // What is above a project, for whoever may see nothing but the project.
    Call::get(
        "cloudresourcemanager.projects.getAncestry",
        MANAGER,
        "/v1/{node=projects/*}:getAncestry",
    )
    .post("{}")
    .per(Per::Scan)
    .items("ancestor")
    .brings(Brings::Names)
    .needs(&["resourcemanager.projects.get"]),
    policy(
        "cloudresourcemanager.organizations.getIamPolicy",
        Per::Organization,
        &["resourcemanager.organizations.getIamPolicy"],
    ),
    policy(
        "cloudresourcemanager.folders.getIamPolicy",
        Per::Folder,
        &["resourcemanager.folders.getIamPolicy"],
    ),
    policy(
        "cloudresourcemanager.projects.getIamPolicy",
        Per::Project,
        &["resourcemanager.projects.getIamPolicy"],
    ),
];

/// The calls that find the nodes of a scope, by what the scope is named by: `projects`, `folders`, `organizations`.
pub fn finders(kind: &str) -> &'static [&'static str] {
    match kind {
        "organizations" => &[
            "cloudresourcemanager.organizations.get",
            "cloudresourcemanager.folders.list",
            "cloudresourcemanager.projects.list",
        ],
        "folders" => &[
            "cloudresourcemanager.folders.get",
            "cloudresourcemanager.folders.list",
            "cloudresourcemanager.projects.list",
        ],
        _ => &[
            "cloudresourcemanager.projects.get",
            "cloudresourcemanager.projects.getAncestry",
        ],
    }
}

const fn policy(id: &'static str, per: Per, permissions: &'static [&'static str]) -> Call {
    Call::get(id, MANAGER, "/v3/{node=*/*}:getIamPolicy")
        .post(VERSION_3)
        .per(per)
        .brings(Brings::Policy)
        .needs(permissions)
}
