//! From hand-written text to tables. The build script runs this, so that the program starts with tables and a
//! mistake in the text stops the build with its file and line; the library compiles it for its tests only.
//! Nothing but `std` here, and the files that say the same of themselves.

mod assemble;
mod data;
mod draft;
mod emit;
mod labels;
mod lists;
mod resolve;
mod statement;
mod text;

use super::kinds::{Depth, Level, Stage, Support};
use super::set::PermissionSet as Set;
use super::slots::slots;

/// The catalogue as a Rust expression of type `Catalog`.
///
/// # Errors
///
/// For the first mistake in the data files: `FILE:LINE: what is wrong`, the file below `src/catalog/data/`.
pub(super) fn code() -> Result<String, String> {
    let draft = assemble::assemble(&data::ALL).map_err(|error| error.to_string())?;
    emit::emit(&draft)
}
