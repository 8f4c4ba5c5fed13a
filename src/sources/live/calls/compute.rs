//! Machines of Compute Engine, and what they are made of. Whatever lies in zones or regions is listed for all of them at
//! once.

use super::{Brings, Call};

const COMPUTE: &str = "compute";
const NAME: &str = "//compute.googleapis.com/projects/{selfLink>/projects/}";
const FIVE_HUNDRED: &[(&str, &str)] = &[("maxResults", "500"), ("returnPartialSuccess", "true")];

/// Disks, machines and snapshots are many, and take a request each for their policies.
const MANY: &str = "compute-policies";

pub(super) const CALLS: &[Call] = &[
    Call::get(
        "compute.instances.aggregatedList",
        COMPUTE,
        "/compute/v1/projects/{project}/aggregated/instances",
    )
    .query(FIVE_HUNDRED)
    .items("items.*.instances")
    .asset("compute.googleapis.com/Instance", NAME)
    .needs(&["compute.instances.list"]),
    Call::get(
        "compute.instances.getIamPolicy",
        COMPUTE,
        "/compute/v1/projects/{selfLink>/projects/=*/zones/*/instances/*}/getIamPolicy",
    )
    .query(&[("optionsRequestedPolicyVersion", "3")])
    .each("compute.instances.aggregatedList")
    .brings(Brings::Policy)
    .needs(&["compute.instances.getIamPolicy"])
    .with(MANY),
    Call::get(
        "compute.instanceTemplates.aggregatedList",
        COMPUTE,
        "/compute/v1/projects/{project}/aggregated/instanceTemplates",
    )
    .query(FIVE_HUNDRED)
    .items("items.*.instanceTemplates")
    .asset("compute.googleapis.com/InstanceTemplate", NAME)
    .needs(&["compute.instanceTemplates.list"]),
    // For services that list by region only, and run on Compute Engine.
    Call::get(
        "compute.regions.list",
        COMPUTE,
        "/compute/v1/projects/{project}/regions",
    )
    .query(FIVE_HUNDRED)
    .items("items")
    .brings(Brings::Names)
    .needs(&["compute.regions.list"]),
    Call::get(
        "compute.images.list",
        COMPUTE,
        "/compute/v1/projects/{project}/global/images",
    )
    .query(FIVE_HUNDRED)
    .items("items")
    .asset("compute.googleapis.com/Image", NAME)
    .needs(&["compute.images.list"]),
    policy(
        "compute.images.getIamPolicy",
        "/compute/v1/projects/{selfLink>/projects/=*/global/images/*}/getIamPolicy",
        "compute.images.list",
        &["compute.images.getIamPolicy"],
    ),
    Call::get(
        "compute.machineImages.list",
        COMPUTE,
        "/compute/v1/projects/{project}/global/machineImages",
    )
    .query(FIVE_HUNDRED)
    .items("items")
    .asset("compute.googleapis.com/MachineImage", NAME)
    .needs(&["compute.machineImages.list"]),
    policy(
        "compute.machineImages.getIamPolicy",
        "/compute/v1/projects/{selfLink>/projects/=*/global/machineImages/*}/getIamPolicy",
        "compute.machineImages.list",
        &["compute.machineImages.getIamPolicy"],
    ),
    Call::get(
        "compute.snapshots.list",
        COMPUTE,
        "/compute/v1/projects/{project}/global/snapshots",
    )
    .query(FIVE_HUNDRED)
    .items("items")
    .asset("compute.googleapis.com/Snapshot", NAME)
    .needs(&["compute.snapshots.list"])
    .with(MANY),
    policy(
        "compute.snapshots.getIamPolicy",
        "/compute/v1/projects/{selfLink>/projects/=*/global/snapshots/*}/getIamPolicy",
        "compute.snapshots.list",
        &["compute.snapshots.getIamPolicy"],
    )
    .with(MANY),
    Call::get(
        "compute.disks.aggregatedList",
        COMPUTE,
        "/compute/v1/projects/{project}/aggregated/disks",
    )
    .query(FIVE_HUNDRED)
    .items("items.zones/*.disks")
    .asset("compute.googleapis.com/Disk", NAME)
    .needs(&["compute.disks.list"])
    .with(MANY),
    policy(
        "compute.disks.getIamPolicy",
        "/compute/v1/projects/{selfLink>/projects/=*/zones/*/disks/*}/getIamPolicy",
        "compute.disks.aggregatedList",
        &["compute.disks.getIamPolicy"],
    )
    .with(MANY),
    // The same list tells those that lie in two zones of a region, which are of another type.
    Call::get(
        "compute.regionDisks.list",
        COMPUTE,
        "/compute/v1/projects/{project}/aggregated/disks",
    )
    .query(FIVE_HUNDRED)
    .items("items.regions/*.disks")
    .asset("compute.googleapis.com/RegionDisk", NAME)
    .needs(&["compute.disks.list"])
    .with(MANY),
    policy(
        "compute.regionDisks.getIamPolicy",
        "/compute/v1/projects/{selfLink>/projects/=*/regions/*/disks/*}/getIamPolicy",
        "compute.regionDisks.list",
        &["compute.disks.getIamPolicy"],
    )
    .with(MANY),
];

const fn policy(
    id: &'static str,
    path: &'static str,
    parent: &'static str,
    permissions: &'static [&'static str],
) -> Call {
    Call::get(id, COMPUTE, path)
        .query(&[("optionsRequestedPolicyVersion", "3")])
        .each(parent)
        .brings(Brings::Policy)
        .needs(permissions)
}
