//! What rules may ask about and no call brings, with the reason: nothing is skipped in silence.

/// An asset type that a live scan does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unread {
    /// The type.
    pub asset_type: &'static str,
    /// Why, as a sentence.
    pub reason: &'static str,
}

const fn unread(asset_type: &'static str, reason: &'static str) -> Unread {
    Unread { asset_type, reason }
}

/// Every such type.
pub const UNREAD: &[Unread] = &[
    unread(
        "cloudidentity.googleapis.com/Group",
        "Groups take a role of Google Workspace or a group's own, which no IAM role gives; export them and lint the export.",
    ),
    unread(
        "cloudidentity.googleapis.com/Membership",
        "Members of groups take a role of Google Workspace or a group's own, which no IAM role gives; export them and lint the export.",
    ),
    unread(
        "groupssettings.googleapis.com/Group",
        "Settings of groups take a role of Google Workspace, which no IAM role gives; export them and lint the export.",
    ),
    unread(
        "storage.googleapis.com/Object",
        "Objects are never listed: there may be billions. Their access control lists are judged by the bucket's settings.",
    ),
    unread(
        "container.googleapis.com/NodePool",
        "Node pools are read with their cluster.",
    ),
    unread(
        "notebooks.googleapis.com/Runtime",
        "Google has shut managed notebooks down; use Workbench instances, which are read.",
    ),
    unread(
        "analyticshub.googleapis.com/DataExchange",
        "Exchanges are listed by location only, and BigQuery sharing does not tell its locations; they are read from Cloud Asset Inventory exports.",
    ),
    unread(
        "analyticshub.googleapis.com/Listing",
        "Listings are listed by exchange only; they are read from Cloud Asset Inventory exports.",
    ),
];
