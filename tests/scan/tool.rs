//! The tool as users run it, against a loopback estate.

use crate::alone;
use crate::estate::{Estate, Server};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The organisation of generated estates.
pub const ORGANIZATION: &str = "770043110021";

/// When everything is judged.
pub const NOW: &str = "2026-11-23T00:00:00Z";

/// A small estate.
pub fn small() -> Server {
    Server::start(Estate::generate(7, 6, 40))
}

/// `leastwise` without anything of the machine that runs the test.
pub fn leastwise(folder: &Path) -> Command {
    let mut command = alone::leastwise(folder);
    command.env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// `leastwise scan` of a server, without credentials.
pub fn scan(server: &Server, folder: &Path) -> Command {
    let mut command = leastwise(folder);
    command.args(["scan", "--anonymous", "--endpoint", &server.endpoint()]);
    command.env("LEASTWISE_STORAGE_TRANSPORT", "rest");
    command.env("LEASTWISE_VIA", "apis");
    command.args(["--now", NOW]);
    command.args(["--no-config"]);
    command
}

/// What a run said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Runs it to its end.
pub fn run(command: &mut Command) -> Said {
    said(&command.output().unwrap())
}

pub fn said(output: &Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A report without what differs between a scan and a lint of what it left: where the document lies, and how long it
/// took.
pub fn compared(said: &Said) -> Value {
    let mut report = said.json();
    scrub(&mut report);
    report
}

fn scrub(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for key in [
                "path",
                "document",
                "documents",
                "elapsed_ms",
                "elapsed_seconds",
                "seconds",
            ] {
                members.remove(key);
            }
            members.values_mut().for_each(scrub);
        }
        Value::Array(elements) => elements.iter_mut().for_each(scrub),
        _ => {}
    }
}
