//! What is set up for a node as a whole: enabled services, logs and alarms, contacts, approvals, perimeters.

use super::{Brings, Call, Per, THOUSAND};

const LOGGING: &str = "logging";
const CONTEXT: &str = "accesscontextmanager";

pub(super) const CALLS: &[Call] = &[
    // Also tells which services have nothing to read, because they are not enabled.
    Call::get(
        "serviceusage.services.list",
        "serviceusage",
        "/v1/projects/{project}/services",
    )
    .query(&[("filter", "state:ENABLED"), ("pageSize", "200")])
    .items("services")
    .asset(
        "serviceusage.googleapis.com/Service",
        "//serviceusage.googleapis.com/{name}",
    )
    .needs(&["serviceusage.services.list"]),
    Call::get("logging.sinks.list", LOGGING, "/v2/{node=*/*}/sinks")
        .query(THOUSAND)
        .per(Per::Node)
        .items("sinks")
        .asset(
            "logging.googleapis.com/LogSink",
            "//logging.googleapis.com/{node}/sinks/{name}",
        )
        .needs(&["logging.sinks.list"]),
    Call::get(
        "logging.metrics.list",
        LOGGING,
        "/v2/projects/{project}/metrics",
    )
    .query(THOUSAND)
    .items("metrics")
    .asset(
        "logging.googleapis.com/LogMetric",
        "//logging.googleapis.com/projects/{project}/metrics/{name}",
    )
    .needs(&["logging.logMetrics.list"]),
    Call::get(
        "logging.buckets.list",
        LOGGING,
        "/v2/{node=*/*}/locations/-/buckets",
    )
    .query(THOUSAND)
    .per(Per::Node)
    .items("buckets")
    .asset(
        "logging.googleapis.com/LogBucket",
        "//logging.googleapis.com/{name}",
    )
    .needs(&["logging.buckets.list"]),
    Call::get(
        "monitoring.alertPolicies.list",
        "monitoring",
        "/v3/projects/{project}/alertPolicies",
    )
    .query(THOUSAND)
    .items("alertPolicies")
    .asset(
        "monitoring.googleapis.com/AlertPolicy",
        "//monitoring.googleapis.com/{name}",
    )
    .needs(&["monitoring.alertPolicies.list"]),
    Call::get(
        "essentialcontacts.contacts.list",
        "essentialcontacts",
        "/v1/{node=*/*}/contacts",
    )
    .query(&[("pageSize", "100")])
    .per(Per::Node)
    .items("contacts")
    .asset(
        "essentialcontacts.googleapis.com/Contact",
        "//essentialcontacts.googleapis.com/{name}",
    )
    .needs(&["essentialcontacts.contacts.list"]),
    // A node for which nobody set anything up has none (404).
    Call::get(
        "accessapproval.getAccessApprovalSettings",
        "accessapproval",
        "/v1/{node=*/*}/accessApprovalSettings",
    )
    .per(Per::Node)
    .asset(
        "accessapproval.googleapis.com/AccessApprovalSettings",
        "//accessapproval.googleapis.com/{name}",
    )
    .needs(&["accessapproval.settings.get"]),
    Call::get(
        "accesscontextmanager.accessPolicies.list",
        CONTEXT,
        "/v1/accessPolicies",
    )
    .query(&[("parent", "{organization}"), ("pageSize", "100")])
    .per(Per::Organization)
    .items("accessPolicies")
    .brings(Brings::Names)
    .needs(&["accesscontextmanager.policies.list"]),
    Call::get(
        "accesscontextmanager.servicePerimeters.list",
        CONTEXT,
        "/v1/{name=accessPolicies/*}/servicePerimeters",
    )
    .query(&[("pageSize", "100")])
    .each("accesscontextmanager.accessPolicies.list")
    .items("servicePerimeters")
    .asset(
        "accesscontextmanager.googleapis.com/ServicePerimeter",
        "//accesscontextmanager.googleapis.com/{name}",
    )
    .needs(&["accesscontextmanager.servicePerimeters.list"]),
];
