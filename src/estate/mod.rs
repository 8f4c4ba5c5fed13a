//! The compact whole: interned hierarchy, grants, service accounts, keys, custom roles, guardrails.
