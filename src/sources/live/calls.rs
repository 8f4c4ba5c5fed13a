//! Every read that a scan can make, as data: what it asks, what it needs, what it brings.
//!
//! One table drives all that must agree about them: the scan itself, `scan --list-scope`, `leastwise permissions`,
//! `scan --preflight` and the fault matrix.

/// One read of an API.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// The method, as Google's audit logs name it: `storage.buckets.list`.
    pub id: &'static str,
    /// The service, as its host begins: `storage`.
    pub service: &'static str,
    /// How it is asked.
    pub verb: Verb,
    /// The path with variables in braces: those of the scope (`{project}` id, `{number}` of the project, `{node}` as
    /// `folders/1`, `{organization}` as `organizations/1`), and for calls per element any text of the element by its
    /// dotted path, e.g. `{datasetReference.datasetId}`. Values are encoded as path segments, `{+name}` keeps slashes.
    pub path: &'static str,
    /// Query parameters, with the same variables.
    pub query: &'static [(&'static str, &'static str)],
    /// Whom it is asked for.
    pub per: Per,
    /// The key of the list in the answer; absent: the answer is the one element. Lists are followed page by page.
    pub items: Option<&'static str>,
    /// What an element is.
    pub brings: Brings,
    /// What the caller must hold.
    pub permissions: &'static [&'static str],
    /// The quota that it counts against, beside that of the service: a name and calls a minute.
    pub budget: Option<(&'static str, u32)>,
    /// Made only when asked for (`--with`), because its quota is small or its use is rare.
    pub on_request: bool,
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
    /// Each organisation of the scope.
    Organization,
    /// Each project of the scope.
    Project,
    /// Each organisation, folder and project of the scope.
    Node,
    /// Each element that the call of this id brought.
    Each(&'static str),
}

/// What an element of an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brings {
    /// An asset: its type, and its full name with variables, e.g. `//iam.googleapis.com/{name}`.
    Asset(&'static str, &'static str),
    /// The allow policy of the asset that the call was asked for.
    Policy,
    /// More of the `resource.data` of the asset that the call was asked for; its keys replace those of the list.
    Detail,
    /// No asset: names for other calls.
    Names,
}
