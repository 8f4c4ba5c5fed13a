//! The only code that opens files or sockets. Every dialect ends in the same stream of assets.

mod array;
mod chunks;
mod depth;
pub mod dialects;
mod document;
mod elements;
mod excerpt;
pub mod layout;
mod lines;
#[cfg(feature = "live")]
pub mod live;
mod open;
mod put_off;
mod run;
pub mod snapshot;
mod values;
mod walk;
pub mod yaml;

pub use excerpt::Lines;
pub use open::Spooled;
pub use put_off::{Later, PutOff};
pub use run::{Job, Progress, Reading, Rest, Told, read};
pub use values::{Each, Unread, values};
pub use walk::{Input, Walked, walk};
