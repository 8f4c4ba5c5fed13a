//! `leastwise merge`: joins the parts of a scan and judges the whole.

use super::arguments::threads;
use super::run::Inputs;
use super::shard::ShardArguments;
use super::verdict::JudgingArguments;
use super::{Failure, output};
use crate::report::Report;
use crate::settings::Exit;
use crate::sources::snapshot::{CALLS, Saved, Shard, merge, take_share};
use clap::{Args, ValueHint};
use std::path::{Path, PathBuf};

/// What a merged snapshot is called that nobody asked to save.
const UNSAVED: &str = "merge";

/// Join the parts of a divided scan and judge them as one.
///
/// Takes the snapshots that `leastwise scan --shard I/N --save FILE` left on several machines and writes what one
/// scan would have written, byte for byte. A part that is missing or was not finished is told and fails the run.
///
/// An export of Cloud Asset Inventory that lies in many files is divided likewise: `--shard` takes a share of the
/// files into a part.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Merge {
    /// The parts: files that `--save` wrote; with `--shard`, the files or folders of an export.
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    parts: Vec<PathBuf>,

    /// Where the whole goes, or with `--shard` the part; without it, the whole is judged and dropped.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    save: Option<PathBuf>,

    /// Only write the file.
    #[arg(long, requires = "save")]
    no_judge: bool,

    #[command(flatten)]
    shard: ShardArguments,

    /// Worker threads [default: one per core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,

    #[cfg(feature = "live")]
    #[command(flatten)]
    live: super::live::LiveArguments,

    #[cfg(feature = "live")]
    #[command(flatten)]
    sinks: super::sinks::SinkArguments,

    #[command(flatten)]
    judging: JudgingArguments,
}

const EXAMPLES: &str = "\
Examples:
  leastwise merge part-*.ndjson
  leastwise merge part-*.ndjson --save org.ndjson --format sarif=out.sarif
  leastwise merge export/ --shard auto --save part-{shard}.ndjson
  leastwise merge part-*.ndjson --history acme.db --scc-source organizations/1/sources/2

Exit codes:
  0  nothing at or above --fail-on          1  findings
  2  wrong usage, or not parts of one scan  3  a part is missing, or something in one could not be read
  4  the tool failed";

impl Merge {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let shard = self.shard.shard()?;
        let judges = shard.is_none() && !self.no_judge;
        let deliver = self.outlet(judges)?;
        match shard {
            Some(shard) => self.take_share(shard),
            None if self.no_judge => {
                let saved = self.merged()?;
                self.tell_saved(&saved);
                Ok(self.exit_of(&saved))
            }
            None => self.judge(deliver),
        }
    }

    /// What sends the findings where they are wanted.
    #[cfg(feature = "live")]
    fn outlet(
        &self,
        judges: bool,
    ) -> Result<impl FnOnce(&Report<'_>, bool) -> bool + use<>, Failure> {
        let outlet = super::sinks::Outlet::open(&self.sinks, &self.live)?;
        if outlet.is_some() && !judges {
            return Err(Failure::usage(
                "`--shard` and `--no-judge` find nothing that could be delivered; deliver when the parts are merged and judged",
            ));
        }
        Ok(move |report: &Report<'_>, verbose: bool| {
            outlet.is_some_and(|outlet| outlet.send(report, verbose))
        })
    }

    #[cfg(not(feature = "live"))]
    fn outlet(&self, _: bool) -> Result<impl FnOnce(&Report<'_>, bool) -> bool + use<>, Failure> {
        Ok(|_: &Report<'_>, _: bool| false)
    }

    /// Joins the parts.
    fn merged(&self) -> Result<Saved, Failure> {
        if let Some(folder) = self.parts.iter().find(|path| path.is_dir()) {
            return Err(Failure::usage(format!(
                "`{}` is a folder; name the parts, e.g. `{}`",
                folder.display(),
                folder.join("part-*.ndjson").display()
            )));
        }
        Ok(merge(&self.parts, self.save.as_deref())?)
    }

    /// Writes a share of an export. It is a part, and judged when the parts are merged.
    fn take_share(&self, shard: Shard) -> Result<Exit, Failure> {
        let Some(save) = &self.save else {
            return Err(Failure::usage("say by `--save FILE` where the part goes"));
        };
        let inputs = Inputs::list(&self.parts)?;
        let save = shard.in_path(save);
        let now = self.judging.time.now()?;
        let taken = take_share(inputs.files()?, shard, &save, threads(self.threads), now)?;
        if self.judging.report.talk.quiet == 0 {
            let plural = if taken.files == 1 { "" } else { "s" };
            output::note(&format!(
                "part {shard}: {} file{plural} of the export",
                taken.files
            ));
        }
        self.tell_saved(&taken.saved);
        Ok(self.exit_of(&taken.saved))
    }

    /// What was not judged ends by what was read.
    fn exit_of(&self, saved: &Saved) -> Exit {
        match saved.incomplete > 0 && !self.judging.verdict.allow_incomplete {
            true => Exit::Incomplete,
            false => Exit::Clean,
        }
    }

    fn tell_saved(&self, saved: &Saved) {
        if self.judging.report.talk.quiet > 0 {
            return;
        }
        let open = match saved.incomplete {
            0 => String::new(),
            open => format!(", {open} incomplete"),
        };
        let counted = |count: u64, what: &str| match count {
            1 => format!("1 {what}"),
            several => format!("{several} {what}s"),
        };
        output::note(&format!(
            "{}: {} in {}{open}",
            saved.path.display(),
            counted(saved.assets, "asset"),
            counted(saved.units as u64, "unit"),
        ));
    }

    /// Joins the parts and judges the whole as `lint` judges a file.
    fn judge(&self, deliver: impl FnOnce(&Report<'_>, bool) -> bool) -> Result<Exit, Failure> {
        let mut judging = self.judging.prepare()?;
        let saved = self.merged()?;
        // As the scan itself would be called: by its scope, without the digest of the calls beside it.
        let scope = saved.scope.iter().filter(|word| !word.starts_with(CALLS));
        let scope: Vec<String> = scope.cloned().collect();
        // The parts of an export hold what was exported.
        let scanned = scope.len() < saved.scope.len();
        judging.remember(scanned, || scope.join(", "))?;
        let path: &Path = self.save.as_deref().unwrap_or(&saved.path);
        let mut inputs = Inputs::list(&[path.to_path_buf()])?;
        let mut judgement = judging.judge(&mut inputs, threads(self.threads))?;
        judgement.coverage.scope = scope;
        if self.save.is_none() {
            // The name of a temporary file means nothing to anybody.
            for document in &mut judgement.documents {
                document.path = PathBuf::from(UNSAVED);
            }
        }
        judging.tell(&inputs, &mut judgement, deliver)?.exit()
    }
}
