//! A step: what can be changed in Google Cloud, as data.
//!
//! Nothing here runs anything. A [`Step`] says what would be changed, how careful one must be and whether it can be
//! undone; `apply` runs it on the model, so that what it would do can be proven; the renderers of
//! `remediation/` print it.

mod apply;
mod edit;
mod model;
mod step;
#[cfg(test)]
mod tests;

pub use apply::{Unapplied, apply, difference, merge};
pub use edit::{audit_logs, has_condition};
pub use model::{Asset, Model};
pub use step::{Acl, AuditLog, Change, Condition, Grant, Level, Step, Undo};
