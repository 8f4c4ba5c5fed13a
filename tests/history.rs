//! The memory between runs: what is new, open, fixed and back again, and that nothing stored is ever lost.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "history/faults.rs"]
mod faults;
#[path = "history/house.rs"]
mod house;
#[path = "history/life.rs"]
mod life;
#[path = "history/model.rs"]
mod model;
#[path = "history/shown.rs"]
mod shown;
