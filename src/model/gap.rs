//! What could not be judged, and why.

use super::origin::{DocumentId, Location};
use serde::{Deserialize, Serialize};

/// Why something is unknown. The reason decides whether the run counts as incomplete
/// ([`GapReason::is_incomplete`]) or whether the export simply does not carry the fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapReason {
    /// The file could not be opened or read.
    Unreadable,
    /// The document is not valid JSON, YAML or text of its dialect, or ends too early.
    Invalid,
    /// Too large or too deeply nested to be read safely.
    TooLarge,
    /// A document named on the command line is nothing we know.
    Unrecognised,
    /// A policy was read below version 3: its conditions are lost.
    PolicyVersion,
    /// An API refused or failed (live scans and exports that carry the error).
    Refused,
    /// A list answer says that more pages follow and they are not in the input.
    Truncated,
    /// A bare policy, and nothing says whose it is.
    ResourceUnknown,
    /// A role that neither the catalogue nor the input describes.
    RoleUnknown,
    /// The dialect cannot carry the field that the rule asks for.
    DialectLacks,
    /// The value is known only after `terraform apply`.
    KnownAfterApply,
    /// The input holds the policy of a resource but not its settings, or the other way round.
    ContentMissing,
    /// The rule needs assets that the export does not hold (organisation policies, models, …).
    InputMissing,
    /// A principal of a form that we do not know.
    MemberUnknown,
    /// A condition that cannot be decided from the input.
    ConditionUnknown,
    /// The field is absent and the rule does not say what absence means, or it has an unexpected type.
    ValueUnknown,
    /// The rule needs something only the user can say (the organisation's domains, …).
    SettingMissing,
}

impl GapReason {
    /// All of them, in the order of the guide.
    pub const ALL: [GapReason; 17] = [
        GapReason::Unreadable,
        GapReason::Invalid,
        GapReason::TooLarge,
        GapReason::Unrecognised,
        GapReason::PolicyVersion,
        GapReason::Refused,
        GapReason::Truncated,
        GapReason::ResourceUnknown,
        GapReason::RoleUnknown,
        GapReason::DialectLacks,
        GapReason::KnownAfterApply,
        GapReason::ContentMissing,
        GapReason::InputMissing,
        GapReason::MemberUnknown,
        GapReason::ConditionUnknown,
        GapReason::ValueUnknown,
        GapReason::SettingMissing,
    ];

    /// Whether the user asked for something whose data should have been there: exit code 3.
    pub fn is_incomplete(self) -> bool {
        matches!(
            self,
            GapReason::Unreadable
                | GapReason::Invalid
                | GapReason::TooLarge
                | GapReason::Unrecognised
                | GapReason::PolicyVersion
                | GapReason::Refused
                | GapReason::Truncated
        )
    }

    /// The name used in reports, as in JSON.
    pub fn slug(self) -> &'static str {
        match self {
            GapReason::Unreadable => "unreadable",
            GapReason::Invalid => "invalid",
            GapReason::TooLarge => "too-large",
            GapReason::Unrecognised => "unrecognised",
            GapReason::PolicyVersion => "policy-version",
            GapReason::Refused => "refused",
            GapReason::Truncated => "truncated",
            GapReason::ResourceUnknown => "resource-unknown",
            GapReason::RoleUnknown => "role-unknown",
            GapReason::DialectLacks => "dialect-lacks",
            GapReason::KnownAfterApply => "known-after-apply",
            GapReason::ContentMissing => "content-missing",
            GapReason::InputMissing => "input-missing",
            GapReason::MemberUnknown => "member-unknown",
            GapReason::ConditionUnknown => "condition-unknown",
            GapReason::ValueUnknown => "value-unknown",
            GapReason::SettingMissing => "setting-missing",
        }
    }
}

/// Something that could not be judged. Never a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Why.
    pub reason: GapReason,
    /// One sentence for people, with the way out where there is one.
    pub message: String,
    /// The full resource name it is about, if it is about one.
    pub resource: Option<String>,
    /// The document it is about, if it is about one.
    pub document: Option<DocumentId>,
    /// The place in that document.
    pub location: Option<Location>,
    /// Ids of the rules that could not answer because of it; empty means all.
    pub rules: Vec<String>,
    /// How many outcomes (rule × asset) are unknown because of it.
    pub outcomes: u64,
}
