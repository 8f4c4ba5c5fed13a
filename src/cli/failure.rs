//! What went wrong so that there is no result, and how it is told.

use super::output;
use crate::rules::LoadError;
use crate::settings::{Exit, SettingsError};
use crate::sources::snapshot::SnapshotError;
use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What went wrong so that there is no result.
#[derive(Debug)]
pub(super) enum Failure {
    /// The user can mend it.
    Usage(String),
    /// The user cannot.
    Internal(anyhow::Error),
    /// The reader of our output went away, which is no failure: `leastwise … | head`.
    Closed,
}

impl Failure {
    /// Something that the user can mend.
    pub(super) fn usage(message: impl Into<String>) -> Failure {
        Failure::Usage(message.into())
    }

    /// Rule files that are refused, each with its frame.
    pub(super) fn rules(errors: &[LoadError]) -> Failure {
        let told: Vec<String> = errors
            .iter()
            .map(|error| format!("{error}\n{}", frame(error)))
            .collect();
        Failure::Usage(told.join("\n\nerror: "))
    }

    /// Tells it, and says how the run ends.
    pub(super) fn tell(self) -> Exit {
        match self {
            Failure::Usage(message) => {
                output::complain(&message);
                Exit::Usage
            }
            Failure::Internal(error) => {
                output::complain(&format!("{error:#}"));
                Exit::Internal
            }
            Failure::Closed => Exit::Clean,
        }
    }
}

/// The drawing without its title and place, which the message above it already tells.
fn frame(error: &LoadError) -> &str {
    let frame = &error.frame;
    let lines = frame.match_indices('\n').map(|(at, _)| at + 1);
    let drawn = std::iter::once(0)
        .chain(lines)
        .find(|at| frame[*at..].trim_start().starts_with('|'));
    drawn.map_or(frame, |at| &frame[at..])
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Failure {
        Failure::Usage(error.to_string())
    }
}

impl From<SnapshotError> for Failure {
    /// Which file to read or write is the user's choice; only what the system refuses is not.
    fn from(error: SnapshotError) -> Failure {
        match error {
            SnapshotError::System { .. } => Failure::Internal(error.into()),
            _ => Failure::Usage(error.to_string()),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Failure::Closed
        } else {
            Failure::Internal(error.into())
        }
    }
}

/// Runs `command`, and turns a panic in it, or in a thread that it waits for, into a failure.
pub(super) fn guarded(command: impl FnOnce() -> Result<Exit, Failure>) -> Result<Exit, Failure> {
    catch_unwind(AssertUnwindSafe(command)).unwrap_or_else(|panic| {
        Err(Failure::Internal(anyhow::anyhow!(
            "this is a bug in leastwise: {}; please report it at {}/issues with the command and, if you may share it, \
             the input",
            words(panic.as_ref()),
            env!("CARGO_PKG_REPOSITORY")
        )))
    })
}

/// What a panic says of itself.
fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("it stopped without a word")
}

#[cfg(test)]
mod tests {
    use super::{Failure, guarded};
    use crate::settings::Exit;

    #[test]
    fn a_panic_is_a_failure_of_the_tool() {
        let panicking = |command: fn()| {
            guarded(|| {
                command();
                Ok(Exit::Clean)
            })
        };
        let told = |failure| match failure {
            Err(Failure::Internal(error)) => error.to_string(),
            other => format!("{other:?}"),
        };
        let here = told(panicking(|| panic!("at {}", "sea")));
        assert!(
            here.contains("this is a bug") && here.contains("at sea"),
            "{here}"
        );
        let thread = told(panicking(|| {
            std::thread::scope(|scope| {
                scope.spawn(|| panic!("in a thread"));
            });
        }));
        assert!(thread.contains("this is a bug"), "{thread}");
    }
}
