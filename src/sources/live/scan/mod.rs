//! A scope is read: the hierarchy first, then each organisation, folder and project, into a snapshot.
//!
//! * [`scope`]: what the user asks for.
//! * [`hierarchy`]: which organisations, folders and projects that is, and [`node`] what one of them is.
//! * [`plan`]: which calls are made for them.
//! * [`run`]: all of it, side by side, block by block.

mod ask;
mod brought;
mod collect;
pub mod hierarchy;
mod inventory;
mod missing;
pub mod node;
mod part;
pub mod plan;
mod preflight;
mod reach;
pub mod run;
pub mod scope;

pub use preflight::{Preflight, Refused};
pub use run::{Progress, Scan, Settings, Summary, Via};
