//! Custom roles: what is wrong with a definition, and one that the API accepts.
//!
//! [`Definition::read`] takes a definition out of a document, [`lint`] says what is wrong with it, [`mend`] makes it one
//! or several that the API accepts, [`Derived::from_roles`] makes a narrow one of wider roles, and [`render`] writes
//! them for gcloud, Terraform and the REST API. What the catalogue does not know is told as such and never dropped in
//! silence.

mod definition;
mod derive;
mod escalation;
mod judge;
mod limits;
mod lint;
mod mend;
mod read;
pub mod render;
mod split;

pub use definition::{Definition, Home};
pub use derive::{Derived, Doubt};
pub use escalation::{is_escalation, reason};
pub use limits::{is_role_id, role_id};
pub use lint::{Lint, lint};
pub use mend::{How, Mended, Removed, Role, mend};
pub use read::{Kind, Problem, Reading, Weight};
