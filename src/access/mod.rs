//! Who can do what: allow, conditions, escalation.

pub mod condition;
pub mod escalation;
pub mod primitives;
