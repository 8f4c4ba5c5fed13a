//! Cloud Asset Inventory: a whole scope at once, a thousand assets a page.

use super::{Brings, Call, Per};

const LIST: &str = "/v1/{node=*/*}/assets";

/// The engine adds `assetTypes` for what the rules ask about. The quota is that of "Quotas and limits" of the service.
pub(super) const CALLS: &[Call] = &[
    Call::get("cloudasset.assets.listResource", "cloudasset", LIST)
        .query(&[("contentType", "RESOURCE"), ("pageSize", "1000")])
        .needs(&["cloudasset.assets.listResource"])
        .inventory(),
    Call::get("cloudasset.assets.listIamPolicy", "cloudasset", LIST)
        .query(&[("contentType", "IAM_POLICY"), ("pageSize", "1000")])
        .needs(&["cloudasset.assets.listIamPolicy"])
        .inventory(),
    Call::get("cloudasset.assets.listOrgPolicy", "cloudasset", LIST)
        .query(&[("contentType", "ORG_POLICY"), ("pageSize", "1000")])
        .needs(&["cloudasset.assets.listOrgPolicy"])
        .inventory(),
    Call::get("cloudasset.assets.listAccessPolicy", "cloudasset", LIST)
        .query(&[("contentType", "ACCESS_POLICY"), ("pageSize", "1000")])
        .needs(&["cloudasset.assets.listAccessPolicy"])
        .inventory(),
];

impl Call {
    const fn inventory(self) -> Call {
        self.per(Per::Scan)
            .items("assets")
            .brings(Brings::Assets)
            .budget("Cloud Asset Inventory lists", 100)
    }
}
