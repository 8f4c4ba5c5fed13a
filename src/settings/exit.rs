//! How a run ends: one small integer, whatever the format.

use crate::finding::Severity;

/// The exit code of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// Complete, and nothing at or above `--fail-on` is left after suppressions and baseline.
    Clean = 0,
    /// Something at or above `--fail-on` is left.
    Findings = 1,
    /// The command line, the configuration, a rule, the baseline or a suppression is wrong.
    Usage = 2,
    /// Something that was asked for could not be read or judged though its data should have been there.
    Incomplete = 3,
    /// Authentication, an API or the tool itself failed, and there is no usable result.
    Internal = 4,
}

impl Exit {
    /// The code for the operating system.
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> std::process::ExitCode {
        std::process::ExitCode::from(exit.code())
    }
}

/// The least severity that fails a run unless the user says otherwise.
pub const DEFAULT_FAIL_ON: Severity = Severity::Low;

/// What decides how a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// There is no usable result.
    pub internal_failure: bool,
    /// Something the user wrote is wrong, or no input matched.
    pub usage_error: bool,
    /// Warnings: unused or expired suppressions, deprecated keys.
    pub warnings: usize,
    /// `--strict`: a warning is an error.
    pub strict: bool,
    /// The worst severity reported, after suppressions, baseline, persona and `--min-severity`.
    pub worst: Option<Severity>,
    /// `--fail-on`.
    pub fail_on: Severity,
    /// `--exit-zero`: findings do not fail the run. Nothing else is forgiven.
    pub exit_zero: bool,
    /// Gaps whose reason counts as incomplete ([`crate::model::GapReason::is_incomplete`]).
    pub incomplete_gaps: usize,
    /// `--allow-incomplete`: such gaps do not fail the run.
    pub allow_incomplete: bool,
    /// Outcomes that are unknown, for whatever reason.
    pub unknown_outcomes: u64,
    /// `--require-complete`: any gap or unknown outcome fails the run, whatever `allow_incomplete` says.
    pub require_complete: bool,
}

impl Default for Ending {
    /// A run in which nothing happened.
    fn default() -> Ending {
        Ending {
            internal_failure: false,
            usage_error: false,
            warnings: 0,
            strict: false,
            worst: None,
            fail_on: DEFAULT_FAIL_ON,
            exit_zero: false,
            incomplete_gaps: 0,
            allow_incomplete: false,
            unknown_outcomes: 0,
            require_complete: false,
        }
    }
}

impl Ending {
    /// The exit code, with the precedence 4 > 2 > 1 > 3. Findings that `exit_zero` forgives no longer
    /// stand in front of 3: forgiving findings must not make an incomplete run look complete.
    pub fn exit(&self) -> Exit {
        let fails = self.worst.is_some_and(|worst| worst >= self.fail_on);
        let incomplete = self.incomplete_gaps > 0 && !self.allow_incomplete;
        let demanded =
            self.require_complete && (self.incomplete_gaps > 0 || self.unknown_outcomes > 0);
        if self.internal_failure {
            Exit::Internal
        } else if self.usage_error || (self.strict && self.warnings > 0) {
            Exit::Usage
        } else if fails && !self.exit_zero {
            Exit::Findings
        } else if incomplete || demanded {
            Exit::Incomplete
        } else {
            Exit::Clean
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Ending, Exit};
    use crate::finding::Severity;

    #[test]
    fn every_row_of_the_convention() {
        let quiet = Ending::default();
        let found = Ending {
            worst: Some(Severity::High),
            ..quiet
        };
        let gap = Ending {
            incomplete_gaps: 1,
            ..quiet
        };
        let unknown = Ending {
            unknown_outcomes: 7,
            ..quiet
        };
        let warned = Ending {
            warnings: 1,
            ..quiet
        };
        let table = [
            ("nothing", quiet, Exit::Clean),
            ("a finding", found, Exit::Findings),
            (
                "at the bar",
                Ending {
                    fail_on: Severity::High,
                    ..found
                },
                Exit::Findings,
            ),
            (
                "below the bar",
                Ending {
                    fail_on: Severity::Critical,
                    ..found
                },
                Exit::Clean,
            ),
            (
                "low fails by default",
                Ending {
                    worst: Some(Severity::Low),
                    ..quiet
                },
                Exit::Findings,
            ),
            (
                "info does not",
                Ending {
                    worst: Some(Severity::Info),
                    ..quiet
                },
                Exit::Clean,
            ),
            (
                "unless asked",
                Ending {
                    worst: Some(Severity::Info),
                    fail_on: Severity::Info,
                    ..quiet
                },
                Exit::Findings,
            ),
            ("a gap", gap, Exit::Incomplete),
            (
                "an allowed gap",
                Ending {
                    allow_incomplete: true,
                    ..gap
                },
                Exit::Clean,
            ),
            ("not assessed", unknown, Exit::Clean),
            (
                "all demanded",
                Ending {
                    require_complete: true,
                    ..unknown
                },
                Exit::Incomplete,
            ),
            (
                "all demanded and nothing missing",
                Ending {
                    require_complete: true,
                    ..quiet
                },
                Exit::Clean,
            ),
            (
                "demanded beats allowed",
                Ending {
                    require_complete: true,
                    allow_incomplete: true,
                    ..gap
                },
                Exit::Incomplete,
            ),
            (
                "allowed gap, unknown outcomes",
                Ending {
                    allow_incomplete: true,
                    unknown_outcomes: 1,
                    ..gap
                },
                Exit::Clean,
            ),
            (
                "findings before gaps",
                Ending {
                    incomplete_gaps: 1,
                    ..found
                },
                Exit::Findings,
            ),
            (
                "findings below the bar leave gaps",
                Ending {
                    incomplete_gaps: 1,
                    fail_on: Severity::Critical,
                    ..found
                },
                Exit::Incomplete,
            ),
            (
                "findings forgiven",
                Ending {
                    exit_zero: true,
                    ..found
                },
                Exit::Clean,
            ),
            (
                "gaps not forgiven",
                Ending {
                    exit_zero: true,
                    ..gap
                },
                Exit::Incomplete,
            ),
            (
                "findings forgiven, gaps not",
                Ending {
                    exit_zero: true,
                    incomplete_gaps: 1,
                    ..found
                },
                Exit::Incomplete,
            ),
            (
                "usage not forgiven",
                Ending {
                    exit_zero: true,
                    usage_error: true,
                    ..found
                },
                Exit::Usage,
            ),
            (
                "usage before findings and gaps",
                Ending {
                    usage_error: true,
                    incomplete_gaps: 1,
                    ..found
                },
                Exit::Usage,
            ),
            ("a warning", warned, Exit::Clean),
            (
                "a strict warning",
                Ending {
                    strict: true,
                    ..warned
                },
                Exit::Usage,
            ),
            (
                "strict without warning",
                Ending {
                    strict: true,
                    ..found
                },
                Exit::Findings,
            ),
            (
                "internal before all",
                Ending {
                    internal_failure: true,
                    usage_error: true,
                    incomplete_gaps: 1,
                    exit_zero: true,
                    ..found
                },
                Exit::Internal,
            ),
        ];
        for (name, ending, expected) in table {
            assert_eq!(ending.exit(), expected, "{name}");
        }
    }

    #[test]
    fn codes_are_those_of_the_convention() {
        let codes = [
            Exit::Clean,
            Exit::Findings,
            Exit::Usage,
            Exit::Incomplete,
            Exit::Internal,
        ]
        .map(Exit::code);
        assert_eq!(codes, [0, 1, 2, 3, 4]);
    }
}
