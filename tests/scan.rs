//! `leastwise scan` end to end, over sockets: what it reads, what it says is missing, what it leaves.
#![cfg(feature = "live")]
#![allow(clippy::unwrap_used, unreachable_pub)]

#[path = "support/alone.rs"]
mod alone;
#[path = "support/estate/mod.rs"]
mod estate;
#[path = "support/grpc/mod.rs"]
mod grpc;

#[path = "scan/equality.rs"]
mod equality;
#[path = "scan/gaps.rs"]
mod gaps;
#[path = "scan/interrupted.rs"]
mod interrupted;
#[path = "scan/inventory.rs"]
mod inventory;
#[path = "scan/scope.rs"]
mod scope;
#[path = "scan/tool.rs"]
mod tool;
