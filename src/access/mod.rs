//! Who can do what: allow, conditions, escalation.
