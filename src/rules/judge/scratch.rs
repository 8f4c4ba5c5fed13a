//! What is collected of one asset before it is judged as a whole; reused from asset to asset.

use super::glance::Glance;
use crate::model::GapReason;
use crate::rules::bits::Bits;
use crate::rules::select::walk::Found;
use std::borrow::Cow;

/// A member as it stands in the text.
pub(crate) type Text<'de> = Cow<'de, str>;

/// One asset, as far as it has been read.
#[derive(Debug, Default)]
pub(crate) struct Scratch<'de> {
    pub(crate) asset_type: Text<'de>,
    pub(crate) name: Text<'de>,
    pub(crate) ancestors: Vec<Text<'de>>,
    pub(crate) found: Found<'de>,
    /// Where the names of the settings and of the policy stand in the text.
    pub(crate) parts: [Option<usize>; 2],
    pub(crate) has_resource: bool,
    pub(crate) has_policy: bool,
    pub(crate) has_org_policy: bool,
    pub(crate) version: Option<u64>,
    pub(crate) audit: Vec<AuditLog<'de>>,
    /// The binding being read.
    pub(crate) binding: Binding<'de>,
    pub(crate) bindings: u32,
    pub(crate) grants: u64,
    pub(crate) hits: Vec<GrantHit<'de>>,
    /// Bits that have a hit.
    pub(crate) fail: Bits,
    /// Bits that may have one, and why that is not known.
    pub(crate) unknown: Vec<(Bits, Doubt<'de>)>,
    pub(crate) custom_roles: Vec<(Text<'de>, u32)>,
    pub(crate) lost_conditions: Option<u32>,
    pub(crate) first_conditional: Option<(u32, Text<'de>, Text<'de>)>,
    pub(super) glance: Glance,
}

/// A binding of an allow policy.
#[derive(Debug, Default)]
pub(crate) struct Binding<'de> {
    pub(crate) role: Text<'de>,
    pub(crate) members: Vec<Text<'de>>,
    pub(crate) expression: Option<Text<'de>>,
}

/// What makes an answer about a binding unknown.
#[derive(Debug, Clone)]
pub(crate) enum Doubt<'de> {
    Role(Text<'de>),
    Condition(Text<'de>),
    Member(Text<'de>),
    Outside(Text<'de>),
    /// Nothing says whose policy it is.
    Resource,
    /// The input does not hold the part of the policy that the pointer names.
    Lacking(GapReason, Text<'de>),
}

/// A (binding, member) pair that a bit asked about.
#[derive(Debug, Clone)]
pub(crate) struct GrantHit<'de> {
    pub(crate) bit: usize,
    pub(crate) binding: u32,
    /// Absent when the rule counts bindings.
    pub(crate) member: Option<(u32, Text<'de>)>,
    pub(crate) role: Text<'de>,
    pub(crate) condition: Option<Text<'de>>,
}

/// One service's line of an audit configuration.
#[derive(Debug, Clone)]
pub(crate) struct AuditLog<'de> {
    pub(crate) service: Text<'de>,
    pub(crate) log_type: Text<'de>,
    pub(crate) exempted: u32,
}

impl Scratch<'_> {
    /// Forgets the asset.
    pub(crate) fn clear(&mut self) {
        self.name = Cow::Borrowed("");
        self.ancestors.clear();
        self.parts = [None; 2];
        self.has_resource = false;
        self.has_policy = false;
        self.has_org_policy = false;
        self.version = None;
        self.audit.clear();
        self.bindings = 0;
        self.grants = 0;
        self.hits.clear();
        self.fail = Bits::EMPTY;
        self.unknown.clear();
        self.custom_roles.clear();
        self.lost_conditions = None;
        self.first_conditional = None;
        self.glance.clear();
    }
}

/// Where `part` stands in `text`, if it is a slice of it, as every string without escapes is.
pub(crate) fn offset_in(text: &str, part: &Text<'_>) -> Option<usize> {
    let Cow::Borrowed(slice) = part else {
        return None;
    };
    let at = (slice.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    (at < text.len()).then_some(at)
}

/// A role that only the input can describe.
pub(crate) fn is_custom(role: &str) -> bool {
    !role.starts_with("roles/") && role.contains("/roles/")
}
