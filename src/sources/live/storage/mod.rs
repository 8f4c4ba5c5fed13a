//! Buckets, their policies and managed folders: by gRPC (`google-cloud-storage`) or by the JSON API.
