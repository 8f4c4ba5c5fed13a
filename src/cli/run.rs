//! What `lint`, `baseline` and `rules test` have in common: gather the inputs, judge them.

use super::Failure;
use super::amend::Amendment;
use super::arguments::InputArguments;
use super::judge::{Judgement, Question, Refused, judge};
use super::output::{reason, warn};
use super::stdin::spool;
use crate::catalog::Catalog;
use crate::model::{Consumer, Dialect};
use crate::rules::{Organization, PrincipalLists, Ruleset, Watch};
use crate::settings::Settings;
use crate::sources::{
    self, Input, Lines, Progress, Reading, Spooled, Walked, dialects, layout, walk,
};
use jiff::Timestamp;
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

/// The documents of a run, listed but not yet read.
pub(super) struct Inputs {
    walked: Walked,
    spooled: Spooled,
    /// The full name that `--resource` means.
    resource: Option<String>,
    /// Whether people will read the result, so that numbered resources are named.
    pub(super) for_people: bool,
}

impl Inputs {
    /// Lists what the command line names.
    pub(super) fn gather(arguments: &InputArguments) -> Result<Inputs, Failure> {
        let resource = arguments.resource.as_deref().map(full_name).transpose()?;
        let mut inputs = Inputs::list(&arguments.paths)?;
        inputs.resource = resource;
        Ok(inputs)
    }

    /// Lists the files below `paths`, each once. A path that does not exist is a typo, and told before anything is
    /// judged; what turns out unreadable later is a gap.
    pub(super) fn list(paths: &[PathBuf]) -> Result<Inputs, Failure> {
        for path in paths.iter().filter(|path| path.as_os_str() != "-") {
            use std::io::ErrorKind::{NotADirectory, NotFound};
            match std::fs::metadata(path) {
                Err(error) if matches!(error.kind(), NotFound | NotADirectory) => {
                    return Err(Failure::usage(format!(
                        "`{}`: {}",
                        path.display(),
                        reason(&error)
                    )));
                }
                _ => {}
            }
        }
        let mut walked = walk(paths);
        walked.inputs = distinct(walked.inputs);
        if walked.inputs.is_empty() {
            return Err(Failure::usage(nothing(paths, &walked)));
        }
        let wants_stdin = walked.inputs.iter().any(|input| is_stdin(&input.path));
        let mut spooled = spool(wants_stdin)?.unwrap_or_default();
        for input in &walked.inputs {
            let path = &input.path;
            spooled.pipe(path).map_err(|error| {
                let reason = reason(&error);
                Failure::Internal(anyhow::anyhow!(
                    "cannot read `{}`: {reason}",
                    path.display()
                ))
            })?;
        }
        Ok(Inputs {
            walked,
            spooled,
            resource: None,
            for_people: true,
        })
    }

    /// The files.
    ///
    /// # Errors
    /// When standard input or a pipe is one of them: these have no name that other runs know.
    pub(super) fn files(&self) -> Result<&[Input], Failure> {
        if !self.spooled.is_empty() {
            return Err(Failure::usage(
                "`--shard` deals out files; name them, not `-` or a pipe",
            ));
        }
        Ok(&self.walked.inputs)
    }

    /// How many bytes there are to read; `None` if that is not known before reading.
    pub(super) fn size(&self) -> Option<u64> {
        let size = |input: &Input| {
            // Progress counts bytes after decompression, which a compressed file does not tell.
            let packed = input.path.extension().is_some_and(|end| end == "gz");
            let data = std::fs::metadata(&input.path).ok();
            // Neither does standard input nor a pipe.
            data.filter(|data| !packed && data.is_file() && !is_stdin(&input.path))
                .map(|data| data.len())
        };
        self.walked.inputs.iter().map(size).sum()
    }

    /// The lines of the documents, for code frames.
    pub(super) fn lines(&self) -> Lines<'_> {
        Lines {
            inputs: &self.walked.inputs,
            spooled: Some(&self.spooled),
        }
    }

    /// Gives every asset to consumers, and what they take from the documents to `absorb`, in the order of the input.
    pub(super) fn read<C: Consumer>(
        &self,
        settings: &Settings,
        threads: usize,
        consumer: impl Fn() -> C + Sync,
        mut absorb: impl FnMut(C::Output),
    ) -> Result<(), Failure> {
        let by_path = |path: &Path| {
            let said = settings.paths.resource(path);
            said.or_else(|| layout::resource_from_path(path))
        };
        let reading = Reading {
            inputs: &self.walked.inputs,
            spooled: Some(&self.spooled),
            resource: self.resource.as_deref(),
            by_path: &by_path,
            threads,
            wanted: None,
            rest: None,
            progress: &Progress::default(),
        };
        sources::read(&reading, consumer, |job| absorb(job.output))?;
        Ok(())
    }

    /// Warns if `--resource` gave one owner to several bare policies: at most one of them can be its.
    pub(super) fn warn_of_shared_resource(&self, judgement: &Judgement) {
        let Some(resource) = &self.resource else {
            return;
        };
        let bare: Vec<String> = judgement
            .documents
            .iter()
            .filter(|document| document.dialect == Some(Dialect::AllowPolicy))
            .map(|document| format!("`{}`", document.path.display()))
            .collect();
        if bare.len() > 1 {
            let few = bare[..bare.len().min(3)].join(", ");
            let more = if bare.len() > 3 { ", …" } else { "" };
            warn(&format!(
                "`--resource` makes {} policies that of {}: {few}{more}; judge them one by one, or say whose each \
                 is by `[[resource]]` in the configuration",
                bare.len(),
                crate::model::short_name(resource),
            ));
        }
    }
}

/// The full resource name that `--resource` means.
fn full_name(name: &str) -> Result<String, Failure> {
    dialects::full_resource_name(name)
        .map(|(name, _)| name)
        .map_err(|error| Failure::usage(format!("--resource `{name}`: {error}")))
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Every file once, however often it is named; naming it counts for more than meeting it.
fn distinct(inputs: Vec<Input>) -> Vec<Input> {
    let mut known: HashMap<PathBuf, usize> = HashMap::with_capacity(inputs.len());
    let mut kept: Vec<Input> = Vec::with_capacity(inputs.len());
    for input in inputs {
        let plain: PathBuf = input
            .path
            .components()
            .filter(|part| *part != Component::CurDir)
            .collect();
        match known.get(&plain) {
            Some(&at) => kept[at].named |= input.named,
            None => {
                known.insert(plain, kept.len());
                kept.push(input);
            }
        }
    }
    kept
}

/// Why there is nothing to read.
fn nothing(paths: &[PathBuf], walked: &Walked) -> String {
    let (path, reason) = match walked.unreadable.first().or(walked.passed_over.first()) {
        Some((path, reason)) => (path.display().to_string(), reason.as_str()),
        None => {
            let paths: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
            (paths.join("`, `"), "no file there")
        }
    };
    let reason = reason.split(" (os error").next().unwrap_or(reason);
    format!("nothing to judge: `{path}`: {}", reason.to_lowercase())
}

/// What is judged: see [`Question`].
#[derive(Clone, Copy)]
pub(super) struct Task<'t> {
    pub(super) inputs: &'t Inputs,
    pub(super) settings: &'t Settings,
    pub(super) ruleset: &'t Ruleset,
    pub(super) catalog: &'t Catalog,
    pub(super) now: Timestamp,
    pub(super) threads: usize,
    /// What earlier runs found, if anybody remembers.
    pub(super) watch: Option<&'t Watch>,
}

/// Judges `inputs` by `ruleset`.
pub(super) fn judge_paths(
    inputs: &Inputs,
    settings: &Settings,
    ruleset: &Ruleset,
    catalog: &Catalog,
    now: Timestamp,
    threads: usize,
    progress: &Progress,
) -> Result<Judgement, Failure> {
    let task = Task {
        inputs,
        settings,
        ruleset,
        catalog,
        now,
        threads,
        watch: None,
    };
    task.judge(progress, None)
}

impl Task<'_> {
    /// Judges, with changes in place where there are some.
    pub(super) fn judge(
        &self,
        progress: &Progress,
        amendment: Option<&Amendment>,
    ) -> Result<Judgement, Failure> {
        let Task {
            inputs, settings, ..
        } = *self;
        judge(&Question {
            walked: &inputs.walked,
            spooled: Some(&inputs.spooled),
            resource: inputs.resource.as_deref(),
            by_path: &|path: &Path| settings.paths.resource(path),
            rules: self.ruleset,
            catalog: self.catalog,
            principals: &principals(settings),
            organization: &organization(settings),
            now: self.now,
            threads: self.threads,
            for_people: inputs.for_people,
            progress,
            amendment,
            watch: self.watch,
        })
        .map_err(|refused| match refused {
            Refused::Rule(error) => Failure::rules(&[*error]),
            Refused::System(error) => Failure::from(error),
        })
    }
}

fn principals(settings: &Settings) -> PrincipalLists {
    settings
        .principals
        .names()
        .map(|name| {
            let members = settings.principals.list(name).unwrap_or_default();
            (
                name.to_owned(),
                members.into_iter().map(str::to_owned).collect(),
            )
        })
        .collect()
}

fn organization(settings: &Settings) -> Organization {
    Organization {
        domains: settings
            .organization
            .domains
            .iter()
            .map(|domain| domain.get_ref().clone())
            .collect(),
        projects: settings.organization.projects.iter().cloned().collect(),
        all_projects: !settings.organization.projects.is_empty(),
        ..Organization::default()
    }
}

#[cfg(test)]
mod tests {
    use super::distinct;
    use crate::sources::Input;
    use std::path::PathBuf;

    #[test]
    fn a_file_is_read_once() {
        let input = |path: &str, named| Input {
            path: PathBuf::from(path),
            named,
        };
        let kept = distinct(vec![
            input("./a.json", false),
            input("b/./c.json", false),
            input("a.json", true),
            input("b/c.json", false),
            input("-", true),
            input("-", true),
        ]);
        assert_eq!(
            kept,
            [
                input("./a.json", true),
                input("b/./c.json", false),
                input("-", true)
            ]
        );
    }
}
