//! Findings become a plan of steps, with guards and proofs; the plan becomes text: gcloud, custom roles, Terraform.
//!
//! Nothing here reads a file or opens a socket, and nothing here runs what it writes.

use crate::change::Model;

pub mod gcloud;
mod guards;
mod holders;
mod opened;
pub mod page;
mod plan;
mod planner;
mod proof;
mod prove;
pub mod roles;
pub mod terraform;
mod title;

pub use guards::Guards;
pub use plan::{Answer, ByHand, Guard, Part, Plan, Planned, Refused, Script};
pub use planner::{Wish, plan};
pub use proof::{Access, Doubt, Needed, Proof, Verdict};
pub use prove::{Judged, prove};

/// Prints a part of a plan in one medium. The model is what the input says before the plan.
pub type Renderer = fn(&Plan, &Part, &Model) -> Script;
