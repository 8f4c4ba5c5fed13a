//! What an asset leaves behind for later: a fact with the place it was read at.

use super::org_policy::OrgPolicyFact;
use super::record::Record;
use crate::catalog::CustomRole;
use crate::model::{DocumentId, GapReason, Location};
use std::sync::Arc;

/// A place in the user's input, kept with a fact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence {
    /// The document.
    pub document: DocumentId,
    /// JSON pointer in the document.
    pub pointer: Arc<str>,
    /// Line and column.
    pub location: Location,
}

/// What an analysis wants to know of grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Interest {
    /// Public members on buckets and managed folders.
    PublicBucket,
    /// Roles that carry what a step of an escalation takes.
    Escalation,
    /// Roles that change objects or say who may.
    Objects,
    /// Owner, editor and viewer: those for whom `projectOwner:` and its like stand.
    Basic,
    /// What service accounts hold: of each account one grant.
    Accounts,
    /// What groups hold: of each group one grant.
    Groups,
    /// What some rule asks for by its `with`; the number is the program's.
    Asked(u16),
}

/// One (binding, member) pair that an analysis asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantFact {
    /// Why it was kept.
    pub interest: Interest,
    /// Full name of the node whose policy it is.
    pub node: Arc<str>,
    /// The role.
    pub role: Arc<str>,
    /// The member.
    pub member: Arc<str>,
    /// The condition's expression.
    pub condition: Option<Arc<str>>,
    /// The nodes above, nearest first, as in the asset's `ancestors`.
    pub ancestors: Arc<[Box<str>]>,
    /// Where.
    pub evidence: Evidence,
}

/// Public access prevention of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prevention {
    /// `enforced` on the bucket itself.
    Enforced,
    /// `inherited` or `unspecified`: an organisation policy may enforce it.
    Inherited,
    /// The input does not say.
    #[default]
    Unknown,
}

/// An ACL entry that names the public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicAcl {
    /// `allUsers` or `allAuthenticatedUsers`.
    pub entity: Arc<str>,
    /// `READER`, `WRITER` or `OWNER`, if the input says it.
    pub role: Option<Arc<str>>,
    /// Where.
    pub evidence: Evidence,
}

impl PublicAcl {
    /// Whether it lets the public change something: in a bucket's list, writers create and delete objects.
    pub fn changes(&self) -> bool {
        matches!(self.role.as_deref(), Some("WRITER" | "OWNER"))
    }
}

/// A service perimeter of VPC Service Controls, as it is enforced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PerimeterFact {
    /// `accessPolicies/1/servicePerimeters/p`.
    pub name: Box<str>,
    /// The organisation whose it is, `organizations/1`, if the input says it.
    pub organization: Option<Box<str>>,
    /// The projects in it, `projects/1`, by number.
    pub projects: Vec<Box<str>>,
    /// The services that it restricts, e.g. `storage.googleapis.com`.
    pub services: Vec<Box<str>>,
}

/// The settings of a bucket that decide who can reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketFact {
    /// Full resource name.
    pub name: Box<str>,
    /// The nodes above, nearest first; a project number from the settings where there are no ancestors.
    pub ancestors: Vec<Box<str>>,
    /// Public access prevention.
    pub prevention: Prevention,
    /// Uniform bucket-level access: ACLs have no effect. `None` when the input does not say.
    pub uniform: Option<bool>,
    /// Public entries of the bucket ACL, or why the input cannot say.
    pub acl: Result<Vec<PublicAcl>, GapReason>,
    /// Public entries of the default object ACL, or why the input cannot say.
    pub default_acl: Result<Vec<PublicAcl>, GapReason>,
    /// Where the settings start.
    pub evidence: Evidence,
}

impl BucketFact {
    /// Learns what another document says of the same bucket and this one could not.
    pub(crate) fn complete(&mut self, other: BucketFact) {
        if self.prevention == Prevention::Unknown {
            self.prevention = other.prevention;
        }
        self.uniform = self.uniform.or(other.uniform);
        if self.acl.is_err() {
            self.acl = other.acl;
        }
        if self.default_acl.is_err() {
            self.default_acl = other.default_acl;
        }
        if self.ancestors.is_empty() {
            self.ancestors = other.ancestors;
        }
    }
}

/// What is logged of data access at a node of the hierarchy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFact {
    /// Full resource name of the node.
    pub node: Box<str>,
    /// The nodes above, nearest first.
    pub ancestors: Vec<Box<str>>,
    /// (service, log type, members exempted).
    pub logs: Vec<(Box<str>, Box<str>, u32)>,
    /// The document carries audit configurations: results of a search do not.
    pub carried: bool,
    /// Where.
    pub evidence: Evidence,
}

/// A project, folder or organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeFact {
    /// Full resource name.
    pub name: Box<str>,
    /// `projects/123`-style name with the number, if the input says it.
    pub number: Option<Box<str>>,
    /// `projects/id`-style name with the id, if the input says it.
    pub id: Option<Box<str>>,
    /// The parent in the same style, if known.
    pub parent: Option<Box<str>>,
    /// An organisation's domain.
    pub domain: Option<Box<str>>,
    /// When it was created, as the input says it.
    pub created: Option<Box<str>>,
    /// It is marked for deletion.
    pub deleted: bool,
    /// Where its settings start.
    pub evidence: Evidence,
}

/// A Vertex AI model with its artifacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFact {
    /// Full resource name.
    pub name: Box<str>,
    /// Display name, for people.
    pub display_name: Option<Box<str>>,
    /// The bucket of `artifactUri`.
    pub bucket: Box<str>,
    /// The nodes above, nearest first.
    pub ancestors: Vec<Box<str>>,
    /// Where the URI stands.
    pub evidence: Evidence,
}

/// A custom role of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleFact {
    /// The role.
    pub role: CustomRole,
    /// Full resource name.
    pub name: Box<str>,
    /// Whether the input gave its permissions.
    pub has_permissions: bool,
    /// Bytes of title, description and permission names together.
    pub size: usize,
    /// Where.
    pub evidence: Evidence,
}

/// A service account of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountFact {
    /// Its address.
    pub email: Box<str>,
    /// Full resource name, by address or by unique id.
    pub name: Box<str>,
    /// Whether it is switched off.
    pub disabled: bool,
}

/// A (binding, member) pair whose custom role is disabled, deprecated or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetiredGrant {
    /// Full name of the node whose policy it is.
    pub node: Box<str>,
    /// The role, as the binding spells it.
    pub role: Arc<str>,
    /// The member.
    pub member: Arc<str>,
    /// The condition's expression.
    pub condition: Option<Arc<str>>,
    /// Where the member stands.
    pub evidence: Evidence,
}

/// Something odd about a policy as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// A grant stands twice, is made needless by another, or is of nobody.
    Repetition,
    /// It is near to a limit.
    Size,
    /// A service agent holds a basic role, and none of its own.
    AgentWithoutRole,
}

/// Something odd about one policy, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OddityFact {
    /// What.
    pub oddity: Oddity,
    /// Full name of the node whose policy it is.
    pub node: Box<str>,
    /// The role of the binding, if it is about one.
    pub role: Option<Arc<str>>,
    /// The member, if it is about one.
    pub member: Option<Arc<str>>,
    /// The condition of the binding.
    pub condition: Option<Arc<str>>,
    /// What is odd, for people.
    pub words: Arc<str>,
    /// Where.
    pub evidence: Evidence,
}

/// A policy in which some grant may be one that an analysis asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoubtFact {
    /// What was asked for.
    pub interest: Interest,
    /// Full name of the node whose policy it is.
    pub node: Box<str>,
    /// Why that is not known.
    pub reason: GapReason,
    /// The role, member or condition that is not known.
    pub subject: Box<str>,
    /// Where the policy is.
    pub evidence: Evidence,
}

/// Something to remember.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// A (binding, member) pair.
    Grant(GrantFact),
    /// A bucket's settings.
    Bucket(BucketFact),
    /// An organisation policy.
    OrgPolicy(OrgPolicyFact),
    /// Audit configuration.
    Audit(AuditFact),
    /// A node of the hierarchy.
    Node(NodeFact),
    /// A model.
    Model(ModelFact),
    /// A custom role.
    Role(RoleFact),
    /// A service account.
    Account(AccountFact),
    /// A role was bound: role name and one place, once per role and batch.
    Bound(Box<str>, Box<str>, Evidence),
    /// A retired role is bound.
    Retired(RetiredGrant),
    /// Some grant of a policy may be one that was asked for.
    Doubt(DoubtFact),
    /// A policy is odd.
    Oddity(OddityFact),
    /// The allow policy of this bucket is in the input.
    BucketPolicy(Box<str>),
    /// A service perimeter.
    Perimeter(PerimeterFact),
    /// What analyses asked of an asset, with its type.
    Record(Arc<str>, Record),
}

impl Fact {
    /// The document of a fact that is no organisation policy.
    pub(super) fn beside_policies(&self) -> Option<DocumentId> {
        let evidence = match self {
            Fact::Grant(grant) => &grant.evidence,
            Fact::Bucket(bucket) => &bucket.evidence,
            Fact::Audit(audit) => &audit.evidence,
            Fact::Node(node) => &node.evidence,
            Fact::Model(model) => &model.evidence,
            Fact::Role(role) => &role.evidence,
            Fact::Record(_, record) => &record.evidence,
            Fact::Bound(_, _, evidence) => evidence,
            Fact::Retired(grant) => &grant.evidence,
            Fact::Doubt(doubt) => &doubt.evidence,
            Fact::Oddity(oddity) => &oddity.evidence,
            Fact::OrgPolicy(_) | Fact::Account(_) | Fact::BucketPolicy(_) | Fact::Perimeter(_) => {
                return None;
            }
        };
        Some(evidence.document)
    }
}
