//! Standard input, where it is among the files of a command.

use super::Failure;
use super::output::{reason, warn};
use crate::sources::Spooled;
use std::io::{self, IsTerminal};

/// Reads standard input to its end if it is wanted. A terminal is told of: whoever forgot the file would wait for ever.
pub(super) fn spool(wanted: bool) -> Result<Option<Spooled>, Failure> {
    if !wanted {
        return Ok(None);
    }
    let stdin = io::stdin();
    if stdin.is_terminal() {
        warn("reading standard input from the terminal; end it with Ctrl-D");
    }
    let spooled = Spooled::stdin(stdin.lock());
    spooled.map(Some).map_err(|error| {
        let reason = reason(&error);
        Failure::Internal(anyhow::anyhow!("cannot read standard input: {reason}"))
    })
}
