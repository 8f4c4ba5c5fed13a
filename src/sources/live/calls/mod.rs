//! Every read that a scan can make, as data: what it asks, what it needs, what it brings.
//!
//! One table drives all that must agree about them: the scan itself, `scan --list-scope`, `leastwise permissions`,
//! `scan --preflight` and the fault matrix. A file holds the calls of one subject, in the order in which they are made.
//!
//! Paths, parameters and keys are those of the services' REST references and discovery documents, permissions those of
//! their "Authorization" sections; a test holds the permissions against the catalogue.

mod asset;
mod compute;
mod data;
mod hierarchy;
mod iam;
mod inventory;
mod keys;
mod node;
mod org_policy;
mod page;
mod storage;
mod template;
mod unread;
mod vertex;
mod workloads;

pub use asset::{add, asset, effective};
pub use hierarchy::finders;
pub use inventory::{INVENTORIED, LIST_POLICIES, OnlyInventoried, instead};
pub use page::{Page, page};
pub use template::{ExpandError, Variables, expand, name, service};
pub use unread::{UNREAD, Unread};

/// One read of an API.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// The method, after Google's discovery documents and without `projects.locations.`: `storage.buckets.list`.
    pub id: &'static str,
    /// The service, as its host begins: `storage`. May hold a variable, for services with a host for each region:
    /// ask [`service`] for it.
    pub service: &'static str,
    /// How it is asked.
    pub verb: Verb,
    /// The path with variables in braces: those of the scope (`{project}` id, `{number}` of the project, `{node}` as
    /// `folders/1`, `{organization}` as `organizations/1`, `{constraint}`), and for calls per element any text of the
    /// element by its dotted path, e.g. `{datasetReference.datasetId}`. Values are encoded as one path segment;
    /// `{name=projects/*/secrets/*}` takes a name of that form only: see [`expand`].
    pub path: &'static str,
    /// Query parameters, with the same variables; the client encodes them.
    pub query: &'static [(&'static str, &'static str)],
    /// Whom it is asked for.
    pub per: Per,
    /// The key of the list in the answer (`items.zones/*.disks`: in each member of `items` that begins so); absent: the answer is the
    /// one element. Lists are followed page by page: see [`page`].
    pub items: Option<&'static str>,
    /// What an element is.
    pub brings: Brings,
    /// What the caller must hold.
    pub permissions: &'static [&'static str],
    /// The quota that it counts against, beside that of the service: a name and calls a minute.
    pub budget: Option<(&'static str, u32)>,
    /// The word by which it is asked for (`--with`), if it is not made by default: because its quota is small, it
    /// takes many requests or its use is rare.
    pub with: Option<&'static str>,
}

/// How a call is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// GET.
    Get,
    /// POST with this JSON.
    Post(&'static str),
}

/// Whom a call is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// The scan itself: what finds the hierarchy, and what reads a whole scope at once (`{node}`: each organisation,
    /// folder and project that the user named).
    Scan,
    /// Each organisation of the scope.
    Organization,
    /// Each folder of the scope.
    Folder,
    /// Each project of the scope.
    Project,
    /// Each organisation, folder and project of the scope.
    Node,
    /// Each node of the scope whose parent is not in it, once for each constraint that the rules ask about.
    Constraint,
    /// Each element that the call of this id brought.
    Each(&'static str),
}

/// What an element of an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brings {
    /// An asset: its type, and its full name with variables, e.g. `//iam.googleapis.com/{name}`.
    Asset(&'static str, &'static str),
    /// An asset in normal form already, of any type.
    Assets,
    /// The allow policy of the asset that the call was asked for.
    Policy,
    /// More of the `resource.data` of the asset that the call was asked for; its keys replace those of the list.
    Detail,
    /// No asset: names for other calls.
    Names,
}

/// Every call, in the order in which a unit's calls are made: a call stands behind the one that it is asked for.
pub fn all() -> impl Iterator<Item = &'static Call> {
    [
        hierarchy::CALLS,
        inventory::CALLS,
        node::CALLS,
        org_policy::CALLS,
        iam::CALLS,
        storage::CALLS,
        keys::CALLS,
        data::CALLS,
        compute::CALLS,
        workloads::CALLS,
        vertex::CALLS,
    ]
    .into_iter()
    .flatten()
}

/// The call of `id`.
pub fn find(id: &str) -> Option<&'static Call> {
    all().find(|call| call.id == id)
}

/// The words that `--with` knows.
pub fn words() -> Vec<&'static str> {
    let mut words: Vec<&str> = all().filter_map(|call| call.with).collect();
    words.sort_unstable();
    words.dedup();
    words
}

impl Call {
    /// The call whose elements it is asked for.
    pub fn parent(&self) -> Option<&'static Call> {
        match self.per {
            Per::Each(id) => find(id),
            _ => None,
        }
    }

    /// The asset type that it brings settings or policies of. A policy that is asked for a node is that of the node.
    pub fn asset_type(&self) -> Option<&'static str> {
        match (self.brings, self.per) {
            (Brings::Asset(asset_type, _), _) => Some(asset_type),
            (Brings::Policy, Per::Organization) => Some(ORGANIZATION),
            (Brings::Policy, Per::Folder) => Some(FOLDER),
            (Brings::Policy, Per::Project) => Some(PROJECT),
            (Brings::Policy | Brings::Detail, _) => self.parent()?.asset_type(),
            (Brings::Assets | Brings::Names, _) => None,
        }
    }

    /// The API as it is enabled in a project: `run.googleapis.com`. Where it is not, there is nothing to read.
    pub fn api(&self) -> String {
        let name = self.service.rsplit("}-").next().unwrap_or(self.service);
        format!("{name}.googleapis.com")
    }

    const fn get(id: &'static str, service: &'static str, path: &'static str) -> Call {
        Call {
            id,
            service,
            verb: Verb::Get,
            path,
            query: &[],
            per: Per::Project,
            items: None,
            brings: Brings::Names,
            permissions: &[],
            budget: None,
            with: None,
        }
    }

    /// The allow policy of what `parent` brought, with its conditions.
    const fn policy(
        id: &'static str,
        service: &'static str,
        path: &'static str,
        parent: &'static str,
    ) -> Call {
        Call::get(id, service, path)
            .each(parent)
            .query(&[("options.requestedPolicyVersion", "3")])
            .brings(Brings::Policy)
    }

    const fn post(self, body: &'static str) -> Call {
        Call {
            verb: Verb::Post(body),
            ..self
        }
    }

    const fn query(self, query: &'static [(&'static str, &'static str)]) -> Call {
        Call { query, ..self }
    }

    const fn per(self, per: Per) -> Call {
        Call { per, ..self }
    }

    const fn each(self, parent: &'static str) -> Call {
        self.per(Per::Each(parent))
    }

    const fn items(self, key: &'static str) -> Call {
        Call {
            items: Some(key),
            ..self
        }
    }

    const fn brings(self, brings: Brings) -> Call {
        Call { brings, ..self }
    }

    const fn asset(self, asset_type: &'static str, name: &'static str) -> Call {
        self.brings(Brings::Asset(asset_type, name))
    }

    const fn needs(self, permissions: &'static [&'static str]) -> Call {
        Call {
            permissions,
            ..self
        }
    }

    const fn budget(self, name: &'static str, a_minute: u32) -> Call {
        Call {
            budget: Some((name, a_minute)),
            ..self
        }
    }

    const fn with(self, word: &'static str) -> Call {
        Call {
            with: Some(word),
            ..self
        }
    }
}

const ORGANIZATION: &str = "cloudresourcemanager.googleapis.com/Organization";
const FOLDER: &str = "cloudresourcemanager.googleapis.com/Folder";
const PROJECT: &str = "cloudresourcemanager.googleapis.com/Project";

/// Asks for conditions: a policy that is read below version 3 loses them.
const VERSION_3: &str = r#"{"options":{"requestedPolicyVersion":3}}"#;

/// A thousand, the most that most lists give at once.
const THOUSAND: &[(&str, &str)] = &[("pageSize", "1000")];
