//! Who can do what: allow, conditions, convenience members, escalation, the public.

pub mod condition;
pub mod convenience;
pub mod escalation;
pub mod exposure;
pub mod primitives;
