//! `[[remedy]]` as a rule file writes it.

use crate::change::Level;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What mends a finding, as a step that can be printed and tried. Of several remedies the first that fits the
/// finding is taken; where none fits, `fix` says what to do.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Remedy {
    /// What is done.
    pub step: Action,
    /// How careful one must be. What cannot be undone, or stops a service, is `manual`.
    pub level: Level,
    /// Why it is of this level, in one sentence.
    pub because: String,
    /// What may stop working, in one sentence. Absent where nothing can.
    #[serde(default)]
    pub may_break: String,
    /// Why it cannot be undone, if it cannot.
    pub no_way_back: Option<String>,
    /// Only findings on these asset types; absent means any.
    #[serde(default)]
    pub asset: Vec<String>,
    /// Only findings about these roles; `*` stands for any characters.
    #[serde(default)]
    pub role: Vec<String>,
    /// Only findings about these members; `*` stands for any characters.
    #[serde(default)]
    pub member: Vec<String>,
    /// Only findings whose detail, the value that they tell, is like one of these; `*` stands for any characters.
    #[serde(default)]
    pub detail: Vec<String>,
    /// Only resources whose settings (`resource.data`) have something at this JSON pointer, e.g. `/gceSetup`.
    pub present: Option<String>,
    /// Taken together with the remedy before it, which it completes, and never without it.
    #[serde(default)]
    pub also: bool,
    /// `replace-role`, `move-grant`: the role that is granted instead, or which one for which.
    /// `replace-member`: the member.
    pub with: Option<With>,
    /// `add-expiry`: in how many days the grant ends.
    pub days: Option<u32>,
    /// `patch-resource`: what is merged into the settings (`resource.data`). `add-value`: the entry. `create`: the settings.
    /// In a text `{now+90d}` stands for the moment so many days ahead.
    pub value: Option<Map<String, Value>>,
    /// `patch-resource`: settings that go, as JSON pointers: `/website/mainPageSuffix`.
    #[serde(default)]
    pub unset: Vec<String>,
    /// `remove-value`: the setting that is the list, e.g. `includedPermissions`, or below which the lists are.
    pub from: Option<String>,
    /// `remove-value`: the names of the lists below `from`; no other list is touched.
    #[serde(default)]
    pub lists: Vec<String>,
    /// `remove-value`: nothing is taken out where a list would be left empty.
    #[serde(default)]
    pub keep_one: bool,
    /// `add-value`: the setting that is the list, e.g. `lifecycle.rule`.
    pub to: Option<String>,
    /// `remove-member`: whose policy the grant is in, where that is not what was found.
    pub on: Option<On>,
    /// `create`: the full name of the resource; `{node}` stands for the project, folder or organisation that was found,
    /// e.g. `projects/12`.
    pub resource: Option<String>,
    /// `create`: its asset type.
    pub kind: Option<String>,
    /// `set-audit`: the services, e.g. `allServices`. Absent, with `exempted = false`: every service that has exemptions.
    #[serde(default)]
    pub service: Vec<String>,
    /// `set-audit`: the logs that are written in addition: `ADMIN_READ`, `DATA_READ`, `DATA_WRITE`.
    #[serde(default)]
    pub logs: Vec<String>,
    /// `set-audit`: `false` takes away the members whose access is not recorded.
    pub exempted: Option<bool>,
    /// `set-org-policy`: the constraint, e.g. `storage.publicAccessPrevention`. `remove-org-policy`: the same; absent, the
    /// one that the finding tells.
    pub constraint: Option<String>,
    /// `set-org-policy`: whether it is enforced.
    pub enforce: Option<bool>,
    /// `set-org-policy`: the values that are allowed.
    #[serde(default)]
    pub allow: Vec<String>,
    /// `set-org-policy`: the values that are denied; `*` denies all.
    #[serde(default)]
    pub deny: Vec<String>,
}

/// What a [`Remedy`] does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Takes the member out of the binding; all members, where the finding is about the binding.
    RemoveMember,
    /// Gives the member another role in the same place, then takes this one away.
    ReplaceRole,
    /// Gives the role to another member in the same place, then takes it from this one.
    ReplaceMember,
    /// Grants on the one bucket that the finding or the binding's condition names, then takes the grant from the project
    /// or above.
    MoveGrant,
    /// Grants with an end, then takes the grant without end away.
    AddExpiry,
    /// Changes settings.
    PatchResource,
    /// Takes the value that the finding tells (`detail`) out of the lists in the settings below `from`.
    RemoveValue,
    /// Adds an entry to the list at a setting.
    AddValue,
    /// Makes a resource, or changes the one of this name.
    Create,
    /// Takes the entity out of the bucket's access control list.
    RemoveAcl,
    /// Changes which accesses are recorded.
    SetAudit,
    /// Sets an organisation policy on the node.
    SetOrgPolicy,
    /// Takes the node's own organisation policy away, so that the one above it, or Google's default, holds again.
    RemoveOrgPolicy,
    /// Deletes the resource.
    Delete,
    /// Disables the resource: a key, an account.
    Disable,
}

/// Whose policy a grant is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum On {
    /// That of the bucket that the finding tells (`detail`).
    Bucket,
    /// That of what was found, or of anything above it.
    Above,
}

/// What takes the place of something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum With {
    /// This.
    One(String),
    /// By what it takes the place of.
    By(BTreeMap<String, String>),
}

impl With {
    /// What takes the place of `old`.
    pub(super) fn instead_of(&self, old: &str) -> Option<&str> {
        match self {
            With::One(one) => Some(one),
            With::By(table) => table.get(old).map(String::as_str),
        }
    }
}
