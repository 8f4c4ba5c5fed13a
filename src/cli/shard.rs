//! Which part of a job this run is.

use super::{Failure, env};
use crate::sources::snapshot::Shard;
use clap::Args;

/// What is read where several machines share the work.
#[derive(Debug, Args)]
pub(super) struct ShardArguments {
    /// Read one part of several, e.g. `2/5`; `auto` takes the part from Cloud Run (CLOUD_RUN_TASK_INDEX and
    /// CLOUD_RUN_TASK_COUNT), `auto/5` also from an indexed job of Kubernetes (JOB_COMPLETION_INDEX). `{shard}` in the
    /// name of a saved file becomes the number of the part.
    #[arg(long, value_name = "I/N")]
    shard: Option<String>,
}

impl ShardArguments {
    /// The part, if it is one.
    ///
    /// # Errors
    /// What cannot be understood, or is not in the environment.
    pub(super) fn shard(&self) -> Result<Option<Shard>, Failure> {
        let Some(text) = &self.shard else {
            return Ok(None);
        };
        let shard = parse(text, &env)
            .map_err(|error| Failure::usage(format!("--shard `{text}`: {error}")))?;
        Ok(Some(shard))
    }
}

fn parse(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Shard, String> {
    let number = |name: &str| match env(name) {
        None => Ok(None),
        Some(value) => match value.trim().parse::<u32>() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(format!("{name} is `{value}`, no number")),
        },
    };
    let of = match text.split_once('/') {
        _ if text == "auto" => None,
        Some(("auto", of)) => Some(
            of.parse::<u32>()
                .map_err(|_| "write it as `auto/5`".to_owned())?,
        ),
        _ => return text.parse(),
    };
    let cloud_run = number("CLOUD_RUN_TASK_INDEX")?;
    let index = match cloud_run {
        Some(index) => Some(index),
        None => number("JOB_COMPLETION_INDEX")?,
    };
    let Some(index) = index else {
        return Err("neither CLOUD_RUN_TASK_INDEX nor JOB_COMPLETION_INDEX is set".to_owned());
    };
    let count = match cloud_run {
        Some(_) => number("CLOUD_RUN_TASK_COUNT")?,
        None => None,
    };
    let of = match (of, count) {
        (Some(of), Some(count)) if of != count => {
            return Err(format!("the job has {count} tasks (CLOUD_RUN_TASK_COUNT)"));
        }
        (Some(of), _) | (None, Some(of)) => of,
        (None, None) => {
            return Err(
                "how many parts there are is not in the environment: write it as `auto/5`"
                    .to_owned(),
            );
        }
    };
    // Tasks are counted from 0, parts from 1.
    Shard::new(index.saturating_add(1), of)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::parse;

    fn read(text: &str, variables: &[(&str, &str)]) -> Result<String, String> {
        let env = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        parse(text, &env).map(|shard| shard.to_string())
    }

    #[test]
    fn a_part_is_named_or_found_in_the_environment() {
        let cloud_run = [("CLOUD_RUN_TASK_INDEX", "0"), ("CLOUD_RUN_TASK_COUNT", "4")];
        let kubernetes = [("JOB_COMPLETION_INDEX", "2")];
        assert_eq!(read("2/5", &cloud_run).unwrap(), "2/5");
        assert_eq!(read("auto", &cloud_run).unwrap(), "1/4");
        assert_eq!(read("auto/4", &cloud_run).unwrap(), "1/4");
        assert_eq!(read("auto/3", &kubernetes).unwrap(), "3/3");
    }

    #[test]
    fn what_is_not_known_is_said() {
        let told = |text, variables: &[(&str, &str)], part: &str| {
            let error = read(text, variables).unwrap_err();
            assert!(error.contains(part), "{error}");
        };
        told("auto", &[], "CLOUD_RUN_TASK_INDEX");
        told("auto", &[("JOB_COMPLETION_INDEX", "1")], "auto/5");
        told("auto/2", &[("JOB_COMPLETION_INDEX", "2")], "none is 3");
        told("auto", &[("CLOUD_RUN_TASK_INDEX", "x")], "no number");
        told(
            "auto/5",
            &[("CLOUD_RUN_TASK_INDEX", "1"), ("CLOUD_RUN_TASK_COUNT", "4")],
            "4 tasks",
        );
        told("auto/x", &[("JOB_COMPLETION_INDEX", "2")], "auto/5");
        told("third", &[], "part 2 of 5");
    }
}
