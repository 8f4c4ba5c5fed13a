//! Google's APIs, read live: the only code that opens sockets.
//!
//! * [`credentials`]: who asks, and the one token cache.
//! * [`client`]: REST calls with budgets, retries, time-outs and a circuit for each API.
//! * [`storage`]: buckets and their policies, by gRPC or REST.
//! * [`calls`]: every read there is, as data: what it asks, what it needs, what it brings.
//! * [`post`]: messages to addresses that the user named, without credentials.
//! * [`scc`]: findings of Security Command Center.
//! * [`scan`]: which of them are made for a scope, and what comes of it, into a [`super::snapshot`].

pub mod calls;
pub mod client;
pub mod credentials;
pub mod post;
mod redact;
pub mod scan;
pub mod scc;
pub mod storage;
mod trouble;

pub use trouble::{Trouble, TroubleKind};
