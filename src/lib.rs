//! `leastwise` lints Google Cloud IAM and Cloud Storage policy.
//!
//! The rooms of the house, in the order in which data flows; a module imports only from the rooms above
//! it, which `tests/layers.rs` holds against the real imports. The library exists for the binary and for
//! the tests; its API follows them and is not stable.

pub mod model;

pub mod escape;

pub mod catalog;

pub mod sources;

pub mod estate;

pub mod access;

pub mod change;

pub mod finding;

pub mod history;

pub mod rules;

pub mod settings;

pub mod remediation;

pub mod report;

pub mod cli;
