//! What the surroundings say: colour, progress and the time. Pure functions over a lookup of variables.

use super::{SettingsError, parse_date};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A lookup of environment variables, so that decisions can be tested.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// `--color`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// As the environment and the stream say.
    #[default]
    Auto,
    /// Yes.
    Always,
    /// No.
    Never,
}

/// Whether to colour a stream: `--color`, then `NO_COLOR`, then `FORCE_COLOR` or `CLICOLOR_FORCE`, then
/// `CLICOLOR=0`, then whether the stream is a terminal that is not `TERM=dumb`.
pub fn color(choice: ColorChoice, env: Env<'_>, stream_is_terminal: bool) -> bool {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let forced = |name: &str| set(name).is_some_and(|value| value != "0" && value != "false");
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if set("NO_COLOR").is_some() => false,
        ColorChoice::Auto if forced("FORCE_COLOR") || forced("CLICOLOR_FORCE") => true,
        ColorChoice::Auto if set("CLICOLOR").is_some_and(|value| value == "0") => false,
        ColorChoice::Auto => stream_is_terminal && !is_dumb(env),
    }
}

/// What decides about progress bars, next to the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Standard error is a terminal.
    pub stderr_is_terminal: bool,
    /// `-q`, at least once.
    pub quiet: bool,
    /// `--no-progress`.
    pub no_progress: bool,
    /// What goes to standard output is for people.
    pub human_format: bool,
}

/// Whether to show progress: only to people at a terminal, never in CI.
pub fn progress(progress: Progress, env: Env<'_>) -> bool {
    let ci = env("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0");
    progress.stderr_is_terminal
        && progress.human_format
        && !progress.quiet
        && !progress.no_progress
        && !ci
        && !is_dumb(env)
}

fn is_dumb(env: Env<'_>) -> bool {
    env("TERM").is_some_and(|term| term == "dumb")
}

/// The moment against which ages and expiries are judged: `--now` (RFC 3339, or a date, meaning its first
/// moment in UTC), then `SOURCE_DATE_EPOCH` (seconds since 1970), then `clock`.
///
/// # Errors
/// If the flag or the variable is set and is no such value.
pub fn now(flag: Option<&str>, env: Env<'_>, clock: Timestamp) -> Result<Timestamp, SettingsError> {
    if let Some(text) = flag {
        return parse_moment(text).ok_or_else(|| SettingsError::Argument {
            name: "--now".to_owned(),
            message: format!("`{}` is not a time", text.escape_debug()),
            help: "write `2026-12-31` or `2026-12-31T08:00:00Z`".to_owned(),
        });
    }
    let Some(text) = env("SOURCE_DATE_EPOCH").filter(|value| !value.is_empty()) else {
        return Ok(clock);
    };
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or_else(|| SettingsError::Argument {
            name: "SOURCE_DATE_EPOCH".to_owned(),
            message: format!(
                "`{}` is not a number of seconds since 1970",
                text.escape_debug()
            ),
            help: "unset it, or set it to e.g. `date +%s`".to_owned(),
        })
}

fn parse_moment(text: &str) -> Option<Timestamp> {
    match parse_date(text) {
        Some(date) => Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp()),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{ColorChoice, Progress, color, now, progress};
    use jiff::Timestamp;

    fn env(variables: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        move |name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn colour_goes_by_the_documented_order() {
        use ColorChoice::{Always, Auto, Never};
        type Row<'a> = (ColorChoice, &'a [(&'a str, &'a str)], bool, bool);
        let table: &[Row<'_>] = &[
            (Auto, &[], true, true),
            (Auto, &[], false, false),
            (Always, &[("NO_COLOR", "1")], false, true),
            (Never, &[("FORCE_COLOR", "1")], true, false),
            (
                Auto,
                &[("NO_COLOR", "1"), ("FORCE_COLOR", "1")],
                true,
                false,
            ),
            (Auto, &[("NO_COLOR", "0")], true, false),
            (Auto, &[("NO_COLOR", "")], true, true),
            (Auto, &[("FORCE_COLOR", "1")], false, true),
            (
                Auto,
                &[("CLICOLOR_FORCE", "1"), ("CLICOLOR", "0")],
                false,
                true,
            ),
            (Auto, &[("CLICOLOR_FORCE", "0")], false, false),
            (Auto, &[("CLICOLOR", "0")], true, false),
            (Auto, &[("CLICOLOR", "1")], false, false),
            (Auto, &[("TERM", "dumb")], true, false),
            (Auto, &[("TERM", "xterm")], true, true),
        ];
        for (choice, variables, terminal, expected) in table {
            let got = color(*choice, &env(variables), *terminal);
            assert_eq!(
                got, *expected,
                "{choice:?} {variables:?} terminal: {terminal}"
            );
        }
    }

    #[test]
    fn progress_is_for_people_at_terminals() {
        let person = Progress {
            stderr_is_terminal: true,
            quiet: false,
            no_progress: false,
            human_format: true,
        };
        assert!(progress(person, &env(&[])));
        assert!(progress(person, &env(&[("CI", "")])));
        for silent in [
            Progress {
                stderr_is_terminal: false,
                ..person
            },
            Progress {
                quiet: true,
                ..person
            },
            Progress {
                no_progress: true,
                ..person
            },
            Progress {
                human_format: false,
                ..person
            },
        ] {
            assert!(!progress(silent, &env(&[])), "{silent:?}");
        }
        assert!(!progress(person, &env(&[("CI", "true")])));
        assert!(!progress(person, &env(&[("TERM", "dumb")])));
    }

    #[test]
    fn time_is_flag_then_variable_then_clock() {
        let clock: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let epoch = env(&[("SOURCE_DATE_EPOCH", "86400")]);
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(now(None, &env(&[]), clock).unwrap(), clock);
        assert_eq!(
            now(None, &env(&[("SOURCE_DATE_EPOCH", "")]), clock).unwrap(),
            clock
        );
        assert_eq!(
            now(None, &epoch, clock).unwrap(),
            at("1970-01-02T00:00:00Z")
        );
        assert_eq!(
            now(Some("2026-12-31"), &epoch, clock).unwrap(),
            at("2026-12-31T00:00:00Z")
        );
        assert_eq!(
            now(Some("2026-12-31T01:00:00+02:00"), &epoch, clock).unwrap(),
            at("2026-12-30T23:00:00Z")
        );
        for wrong in [
            "",
            "tomorrow",
            "2026-13-01",
            "2026-12-31T25:00:00Z",
            "99999-01-01",
            "2026-12-31T01:00:00",
        ] {
            assert!(now(Some(wrong), &epoch, clock).is_err(), "{wrong:?}");
        }
        for wrong in ["-1", "1.5", "x", "99999999999999999999", "9999999999999"] {
            let error = now(None, &env(&[("SOURCE_DATE_EPOCH", wrong)]), clock).unwrap_err();
            assert!(
                error.to_string().starts_with("SOURCE_DATE_EPOCH: "),
                "{error}"
            );
        }
    }
}
