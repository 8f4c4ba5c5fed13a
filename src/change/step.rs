//! The vocabulary of changes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How careful one must be with a step (`spec` conventions, 4.9).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Takes away only what has no effect: expired, blocked, deleted, or granted twice.
    Safe,
    /// Takes away live access or changes a setting: somebody must read it first.
    Review,
    /// Cannot be undone, or stops a service: never run by the script, only written down.
    Manual,
}

/// Something that a person agrees to or not, as a whole: its changes are made in order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// What is changed, in order. A member that moves is granted anew before it is removed.
    pub changes: Vec<Change>,
    /// How careful one must be.
    pub level: Level,
    /// Why it is of this level, in one sentence.
    pub because: String,
    /// What may stop working, in one sentence; empty where nothing can.
    pub may_break: String,
    /// Whether it can be taken back.
    pub undo: Undo,
}

/// Whether a step can be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "why")]
pub enum Undo {
    /// [`Change::inverse`] of each change, in reverse order, leads to the state before.
    Exact,
    /// No, for this reason.
    Never(String),
}

/// One change of one resource.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "change")]
pub enum Change {
    /// A member is put into a binding of an allow policy.
    AddMember(Grant),
    /// A member is taken out of a binding of an allow policy. A binding without members goes.
    RemoveMember(Grant),
    /// The audit configuration of one service in the allow policy of a project, folder or organisation.
    SetAudit {
        /// Full resource name of the node.
        node: String,
        /// `allServices`, or the name of a service.
        service: String,
        /// The logs before; empty where the service had no entry.
        from: Vec<AuditLog>,
        /// The logs after; empty takes the entry away.
        to: Vec<AuditLog>,
    },
    /// An entry of an access control list of a bucket is taken out.
    RemoveAcl {
        /// Full resource name of the bucket.
        bucket: String,
        /// Which list.
        list: Acl,
        /// As the list spells it: `allUsers`, `user-ann@example.com`.
        entity: String,
        /// The entry's role, for the way back: `READER`, `WRITER`, `OWNER`.
        role: String,
    },
    /// An entry of an access control list of a bucket is put in: the way back of [`Change::RemoveAcl`].
    AddAcl {
        /// Full resource name of the bucket.
        bucket: String,
        /// Which list.
        list: Acl,
        /// As the list spells it.
        entity: String,
        /// `READER`, `WRITER`, `OWNER`.
        role: String,
    },
    /// Settings of a resource: `from` and `to` are JSON merge patches (RFC 7396) of `resource.data`. Only what changes
    /// is named; `null` means absent.
    Patch {
        /// Full resource name.
        name: String,
        /// `storage.googleapis.com/Bucket`.
        asset_type: String,
        /// What the patched fields held before.
        from: Value,
        /// What they hold after.
        to: Value,
    },
    /// A resource comes to be: an organisation policy, a deny policy, a log sink.
    Create {
        /// Full resource name.
        name: String,
        /// `orgpolicy.googleapis.com/Policy`.
        asset_type: String,
        /// Its `resource.data`.
        data: Value,
    },
    /// A resource goes: a key, a role, a managed folder.
    Delete {
        /// Full resource name.
        name: String,
        /// `iam.googleapis.com/ServiceAccountKey`.
        asset_type: String,
        /// Its `resource.data` before.
        data: Value,
    },
}

/// A member of a binding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Grant {
    /// Full resource name of the node whose allow policy it is.
    pub node: String,
    /// The role.
    pub role: String,
    /// The member, exactly as the policy spells it.
    pub member: String,
    /// The binding's condition, exactly: `gcloud` finds a binding by all of it.
    pub condition: Option<Condition>,
}

/// The condition of a binding.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Condition {
    /// What people call it; IAM requires one.
    #[serde(default)]
    pub title: String,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// In the Common Expression Language.
    pub expression: String,
}

/// One kind of log of an audit configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditLog {
    /// `ADMIN_READ`, `DATA_READ`, `DATA_WRITE`.
    pub log_type: String,
    /// Whose reads or writes are not recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exempted_members: Vec<String>,
}

/// An access control list of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Acl {
    /// `acl`: of the bucket itself.
    Bucket,
    /// `defaultObjectAcl`: what new objects get.
    DefaultObject,
}

impl Change {
    /// The full name of the resource that is changed.
    pub fn subject(&self) -> &str {
        match self {
            Change::AddMember(grant) | Change::RemoveMember(grant) => &grant.node,
            Change::SetAudit { node, .. } => node,
            Change::RemoveAcl { bucket, .. } | Change::AddAcl { bucket, .. } => bucket,
            Change::Patch { name, .. }
            | Change::Create { name, .. }
            | Change::Delete { name, .. } => name,
        }
    }

    /// The change that leads back.
    pub fn inverse(&self) -> Change {
        match self.clone() {
            Change::AddMember(grant) => Change::RemoveMember(grant),
            Change::RemoveMember(grant) => Change::AddMember(grant),
            Change::SetAudit {
                node,
                service,
                from,
                to,
            } => Change::SetAudit {
                node,
                service,
                from: to,
                to: from,
            },
            Change::RemoveAcl {
                bucket,
                list,
                entity,
                role,
            } => Change::AddAcl {
                bucket,
                list,
                entity,
                role,
            },
            Change::AddAcl {
                bucket,
                list,
                entity,
                role,
            } => Change::RemoveAcl {
                bucket,
                list,
                entity,
                role,
            },
            Change::Patch {
                name,
                asset_type,
                from,
                to,
            } => Change::Patch {
                name,
                asset_type,
                from: to,
                to: from,
            },
            Change::Create {
                name,
                asset_type,
                data,
            } => Change::Delete {
                name,
                asset_type,
                data,
            },
            Change::Delete {
                name,
                asset_type,
                data,
            } => Change::Create {
                name,
                asset_type,
                data,
            },
        }
    }
}
