//! Buckets and what belongs to them. [`crate::sources::live::storage`] makes the calls of buckets and managed folders,
//! by gRPC or by these paths of the JSON API.

use super::{Brings, Call};

const STORAGE: &str = "storage";
const VERSION: &[(&str, &str)] = &[("optionsRequestedPolicyVersion", "3")];

pub(super) const CALLS: &[Call] = &[
    Call::get("storage.buckets.list", STORAGE, "/storage/v1/b")
        .query(&[
            ("project", "{project}"),
            ("projection", "full"),
            ("maxResults", "1000"),
        ])
        .items("items")
        .asset(
            "storage.googleapis.com/Bucket",
            "//storage.googleapis.com/{name}",
        )
        // Access control lists take `getIamPolicy`, IP filters a permission of their own.
        .needs(&[
            "storage.buckets.list",
            "storage.buckets.getIamPolicy",
            "storage.buckets.getIpFilter",
        ]),
    Call::get(
        "storage.buckets.getIamPolicy",
        STORAGE,
        "/storage/v1/b/{name}/iam",
    )
    .query(VERSION)
    .each("storage.buckets.list")
    .brings(Brings::Policy)
    .needs(&["storage.buckets.getIamPolicy"]),
    Call::get(
        "storage.managedFolders.list",
        STORAGE,
        "/storage/v1/b/{name}/managedFolders",
    )
    .query(&[("pageSize", "1000")])
    .each("storage.buckets.list")
    .items("items")
    .asset(
        "storage.googleapis.com/ManagedFolder",
        "//storage.googleapis.com/projects/_/buckets/{bucket}/managedFolders/{name}",
    )
    .needs(&["storage.managedFolders.list"]),
    Call::get(
        "storage.managedFolders.getIamPolicy",
        STORAGE,
        "/storage/v1/b/{bucket}/managedFolders/{name}/iam",
    )
    .query(VERSION)
    .each("storage.managedFolders.list")
    .brings(Brings::Policy)
    .needs(&["storage.managedFolders.getIamPolicy"]),
    Call::get(
        "storage.notifications.list",
        STORAGE,
        "/storage/v1/b/{name}/notificationConfigs",
    )
    .each("storage.buckets.list")
    .items("items")
    .asset(
        "storage.googleapis.com/NotificationConfig",
        "//storage.googleapis.com/projects/_/buckets/{selfLink>/b/}",
    )
    .needs(&["storage.buckets.get"])
    .with("notifications"),
    Call::get(
        "storage.hmacKeys.list",
        STORAGE,
        "/storage/v1/projects/{project}/hmacKeys",
    )
    .query(&[("maxResults", "250")])
    .items("items")
    .asset(
        "storage.googleapis.com/HmacKey",
        "//storage.googleapis.com/projects/{project}/hmacKeys/{accessId}",
    )
    .needs(&["storage.hmacKeys.list"]),
];
