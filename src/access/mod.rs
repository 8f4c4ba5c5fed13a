//! Who can do what: allow, conditions, convenience members, escalation.

pub mod condition;
pub mod convenience;
pub mod escalation;
pub mod primitives;
