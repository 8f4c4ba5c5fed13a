//! The only code that opens files or sockets. Every dialect ends in the same stream of assets.

pub mod dialects;
pub mod layout;
pub mod locate;
pub mod yaml;
