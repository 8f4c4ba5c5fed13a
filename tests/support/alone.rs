//! The tool without anything of the machine that runs the test.
#![allow(unreachable_pub, reason = "several test binaries have it as a module")]

use std::path::Path;
use std::process::Command;

/// `leastwise` in `folder`, which is its home, too.
pub fn leastwise(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leastwise"));
    command.env_clear();
    for kept in ["PATH", "LD_LIBRARY_PATH", "SystemRoot", "LLVM_PROFILE_FILE"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    command.current_dir(folder).env("HOME", folder);
    command
}
