//! Findings become a plan of steps, with guards and proofs; the plan becomes text: gcloud, custom roles, Terraform.
//!
//! Nothing here reads a file or opens a socket, and nothing here runs what it writes.

use crate::change::Model;

pub mod page;
mod plan;
mod proof;
pub mod terraform;

pub use plan::{Answer, ByHand, Guard, Part, Plan, Planned, Refused, Script};
pub use proof::{Access, Doubt, Needed, Proof, Verdict};

/// Prints a part of a plan in one medium. The model is what the input says before the plan.
pub type Renderer = fn(&Plan, &Part, &Model) -> Script;
