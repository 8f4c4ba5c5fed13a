//! Findings become a plan of steps, with guards and proofs; the plan becomes text: gcloud, custom roles, Terraform.
//!
//! Nothing here reads a file or opens a socket, and nothing here runs what it writes.

mod plan;
pub mod roles;

pub use plan::{Answer, ByHand, Guard, Part, Plan, Planned, Refused, Script};
