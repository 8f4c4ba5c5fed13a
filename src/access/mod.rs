//! Who can do what: allow, conditions, escalation, the public.

pub mod condition;
pub mod escalation;
pub mod exposure;
pub mod primitives;
