//! Messages of `google.storage.control.v2`, which the crates of the tests do not have. Numbers are those of the
//! published `.proto` file.

/// `ListManagedFoldersRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ListManagedFoldersRequest {
    #[prost(string, tag = "1")]
    pub parent: String,
    #[prost(int32, tag = "2")]
    pub page_size: i32,
    #[prost(string, tag = "3")]
    pub page_token: String,
}

/// `ListManagedFoldersResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ListManagedFoldersResponse {
    #[prost(message, repeated, tag = "1")]
    pub managed_folders: Vec<ManagedFolder>,
    #[prost(string, tag = "2")]
    pub next_page_token: String,
}

/// `ManagedFolder`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ManagedFolder {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(int64, tag = "3")]
    pub metageneration: i64,
    #[prost(message, optional, tag = "4")]
    pub create_time: Option<Time>,
    #[prost(message, optional, tag = "5")]
    pub update_time: Option<Time>,
}

/// `google.protobuf.Timestamp`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Time {
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}
