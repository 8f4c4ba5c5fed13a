//! Who acts and what roles are: service accounts, keys, custom roles, pools of identities, and what limits them.

use super::{Brings, Call, Per, THOUSAND};

const IAM: &str = "iam";
const NAME: &str = "//iam.googleapis.com/{name}";

/// Reads of deny and boundary policies share a quota of five a minute in a project ("Quotas and limits" of IAM).
const FEW: &str = "IAM deny and principal access boundary policies";

pub(super) const CALLS: &[Call] = &[
    // Permissions are left out of a list below `FULL`.
    Call::get(
        "iam.organizations.roles.list",
        IAM,
        "/v1/{node=organizations/*}/roles",
    )
    .query(&[("view", "FULL"), ("showDeleted", "true"), ("pageSize", "1000")])
    .per(Per::Organization)
    .items("roles")
    .asset("iam.googleapis.com/Role", NAME)
    .needs(&["iam.roles.list"]),
    Call::get("iam.projects.roles.list", IAM, "/v1/projects/{project}/roles")
        .query(&[("view", "FULL"), ("showDeleted", "true"), ("pageSize", "1000")])
        .items("roles")
        .asset("iam.googleapis.com/Role", NAME)
        .needs(&["iam.roles.list"]),
    Call::get(
        "iam.serviceAccounts.list",
        IAM,
        "/v1/projects/{project}/serviceAccounts",
    )
    .query(&[("pageSize", "100")])
    .items("accounts")
    .asset("iam.googleapis.com/ServiceAccount", NAME)
    .needs(&["iam.serviceAccounts.list"]),
    Call::policy(
        "iam.serviceAccounts.getIamPolicy",
        IAM,
        "/v1/{name=projects/*/serviceAccounts/*}:getIamPolicy",
        "iam.serviceAccounts.list",
    )
    .post("{}")
    .needs(&["iam.serviceAccounts.getIamPolicy"]),
    // Keys that Google manages cannot be downloaded, are rotated by Google, and no rule speaks of them.
    Call::get(
        "iam.serviceAccounts.keys.list",
        IAM,
        "/v1/{name=projects/*/serviceAccounts/*}/keys",
    )
    .query(&[("keyTypes", "USER_MANAGED")])
    .each("iam.serviceAccounts.list")
    .items("keys")
    .asset("iam.googleapis.com/ServiceAccountKey", NAME)
    .needs(&["iam.serviceAccountKeys.list"]),
    Call::get(
        "iam.workloadIdentityPools.list",
        IAM,
        "/v1/projects/{project}/locations/global/workloadIdentityPools",
    )
    .query(&[("pageSize", "1000")])
    .items("workloadIdentityPools")
    .asset("iam.googleapis.com/WorkloadIdentityPool", NAME)
    .needs(&["iam.googleapis.com/workloadIdentityPools.list"]),
    Call::get(
        "iam.workloadIdentityPools.providers.list",
        IAM,
        "/v1/{name=projects/*/locations/*/workloadIdentityPools/*}/providers",
    )
    .query(&[("pageSize", "100")])
    .each("iam.workloadIdentityPools.list")
    .items("workloadIdentityPoolProviders")
    .asset("iam.googleapis.com/WorkloadIdentityPoolProvider", NAME)
    .needs(&["iam.googleapis.com/workloadIdentityPoolProviders.list"]),
    Call::get(
        "iam.workforcePools.list",
        IAM,
        "/v1/locations/global/workforcePools",
    )
    .query(&[("parent", "{organization}"), ("pageSize", "100")])
    .per(Per::Organization)
    .items("workforcePools")
    .asset("iam.googleapis.com/WorkforcePool", NAME)
    .needs(&["iam.workforcePools.list"]),
    Call::get(
        "iam.workforcePools.providers.list",
        IAM,
        "/v1/{name=locations/*/workforcePools/*}/providers",
    )
    .query(&[("pageSize", "100")])
    .each("iam.workforcePools.list")
    .items("workforcePoolProviders")
    .asset("iam.googleapis.com/WorkforcePoolProvider", NAME)
    .needs(&["iam.workforcePoolProviders.list"]),
    // The name of the attachment point stands in the path as one segment.
    Call::get(
        "iam.policies.listPolicies",
        IAM,
        "/v2/policies/cloudresourcemanager.googleapis.com%2F{node}/denypolicies",
    )
    .query(THOUSAND)
    .per(Per::Node)
    .items("policies")
    .asset("iam.googleapis.com/DenyPolicy", NAME)
    .needs(&["iam.denypolicies.list"])
    .budget(FEW, 5)
    .with("deny"),
    // A list tells no rules.
    Call::get("iam.policies.get", IAM, "/v2/{name=policies/*/denypolicies/*}")
        .each("iam.policies.listPolicies")
        .brings(Brings::Detail)
        .needs(&["iam.denypolicies.get"])
        .budget(FEW, 5)
        .with("deny"),
    Call::get(
        "iam.principalAccessBoundaryPolicies.list",
        IAM,
        "/v3/{organization=organizations/*}/locations/global/principalAccessBoundaryPolicies",
    )
    .query(THOUSAND)
    .per(Per::Organization)
    .items("principalAccessBoundaryPolicies")
    .asset("iam.googleapis.com/PrincipalAccessBoundaryPolicy", NAME)
    .needs(&["iam.principalaccessboundarypolicies.list"])
    .budget(FEW, 5)
    .with("boundaries"),
    Call::get(
        "iam.policyBindings.list",
        IAM,
        "/v3/{node=*/*}/locations/global/policyBindings",
    )
    .query(THOUSAND)
    .per(Per::Node)
    .items("policyBindings")
    .asset("iam.googleapis.com/PolicyBinding", NAME)
    .needs(&["iam.policybindings.list"])
    .budget(FEW, 5)
    .with("boundaries"),
    Call::get(
        "privilegedaccessmanager.entitlements.list",
        "privilegedaccessmanager",
        "/v1/{node=*/*}/locations/global/entitlements",
    )
    .query(THOUSAND)
    .per(Per::Node)
    .items("entitlements")
    .asset(
        "privilegedaccessmanager.googleapis.com/Entitlement",
        "//privilegedaccessmanager.googleapis.com/{name}",
    )
    .needs(&["privilegedaccessmanager.entitlements.list"]),
    activity(
        "policyanalyzer.serviceAccountLastAuthentication.query",
        "/v1/projects/{project}/locations/global/activityTypes/serviceAccountLastAuthentication/activities:query",
        &["policyanalyzer.serviceAccountLastAuthenticationActivities.query"],
    ),
    activity(
        "policyanalyzer.serviceAccountKeyLastAuthentication.query",
        "/v1/projects/{project}/locations/global/activityTypes/serviceAccountKeyLastAuthentication/activities:query",
        &["policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query"],
    ),
    // Without paid support an organisation has a hundred reads a day ("Quotas and limits" of Recommender).
    Call::get(
        "recommender.recommendations.list",
        "recommender",
        "/v1/{node=*/*}/locations/global/recommenders/google.iam.policy.Recommender/recommendations",
    )
    .query(THOUSAND)
    .per(Per::Node)
    .items("recommendations")
    .asset(
        "recommender.googleapis.com/Recommendation",
        "//recommender.googleapis.com/{name}",
    )
    .needs(&["recommender.iamPolicyRecommendations.list"])
    .budget("Recommender", 100)
    .with("recommendations"),
];

const fn activity(
    id: &'static str,
    path: &'static str,
    permissions: &'static [&'static str],
) -> Call {
    Call::get(id, "policyanalyzer", path)
        .query(THOUSAND)
        .items("activities")
        .asset(
            "policyanalyzer.googleapis.com/Activity",
            "//policyanalyzer.googleapis.com/projects/{fullResourceName>projects/}/activities/{activityType}",
        )
        .needs(permissions)
        .with("activity")
}
