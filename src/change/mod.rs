//! A step: what can be changed in Google Cloud, as data.
//!
//! Nothing here runs anything. A [`Step`] says what would be changed, how careful one must be and whether it can be
//! undone; `apply` runs it on the model, so that what it would do can be proven; the renderers of
//! `remediation/` print it.

mod model;
mod step;

pub use model::{Asset, Model};
pub use step::{Acl, AuditLog, Change, Condition, Grant, Level, Step, Undo};
