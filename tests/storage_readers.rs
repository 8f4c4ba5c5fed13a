//! The readers of Cloud Storage against servers: what comes out of both transports, and what goes wrong.
#![cfg(feature = "live")]
#![recursion_limit = "256"]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stderr
)]

#[path = "support/grpc/mod.rs"]
mod grpc;
#[path = "storage_readers/mod.rs"]
mod readers;
