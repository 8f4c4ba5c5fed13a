//! `leastwise fix`: findings become a plan that somebody else runs.

mod files;
mod gather;
mod twice;

use super::arguments::{
    ConfigArguments, InputArguments, RuleArguments, TalkArguments, TimeArguments, persona, severity,
};
use super::catalog::CatalogArguments;
use super::judge::Judgement;
use super::run::{Inputs, Task};
use super::verdict::{incomplete, nothing_known};
use super::{Failure, output, progress};
use crate::catalog::Roles;
use crate::change::{Level, Model};
use crate::finding::{Finding, Persona, Severity};
use crate::model::short_name;
use crate::remediation::{
    Answer, Guards, Part, Plan, Proof, Renderer, gcloud, page, plan, prove, terraform,
};
use crate::rules::Ruleset;
use crate::settings::{Exit, Overrides, Settings};
use crate::sources::Progress;
use clap::{Args, ValueEnum, ValueHint};
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use twice::Run;

/// Write a plan that mends what was found, and change nothing.
///
/// Judges the input as `lint` does, with the same configuration, suppressions and baseline, and writes what would mend
/// what it reports: scripts with their way back, the same for Terraform, and a plan to read. Every step says how careful
/// one must be, what it may break and whether it can be undone; the whole is made on a copy of the input and judged
/// again, and what could be proven of it stands in the plan.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Fix {
    #[command(flatten)]
    input: InputArguments,

    /// The folder that the plan is written into: a new one, an empty one, or one with an earlier plan.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: PathBuf,

    /// Write into DIR although it holds something else.
    #[arg(long)]
    force: bool,

    /// Mend only what these rules found, e.g. `gcs-public-iam,gcs-versioning-disabled`. All rules are judged
    /// nevertheless, so that nothing new comes in unseen.
    #[arg(long = "rule", value_name = "ID", value_delimiter = ',')]
    rule: Vec<String>,

    /// What the scripts do: `safe` takes away only what has no effect, `review` also what somebody must read first.
    /// The other steps are written down and not run.
    #[arg(
        long,
        value_name = "LEVEL",
        default_value = "safe",
        hide_possible_values = true
    )]
    level: Limit,

    /// Who will run the plan, as policies spell it, e.g. `user:ann@acme.ai`: no step takes their access away.
    #[arg(long, value_name = "MEMBER", value_parser = member)]
    caller: Option<String>,

    #[command(flatten)]
    rules: RuleArguments,

    #[command(flatten)]
    catalog: CatalogArguments,

    #[command(flatten)]
    scope: ScopeArguments,

    #[command(flatten)]
    talk: TalkArguments,

    #[command(flatten)]
    config: ConfigArguments,

    #[command(flatten)]
    time: TimeArguments,
}

const EXAMPLES: &str = "\
Examples:
  leastwise fix exports/ --out fixes/
  leastwise fix exports/ --out fixes/ --rule gcs-public-iam --level review --caller user:ann@acme.ai
  less fixes/plan.md && fixes/projects-acme-ml/fix.sh && fixes/projects-acme-ml/fix.sh --apply

Exit codes:
  0  the plan is written and proven; also when there is nothing to mend
  1  the plan is written, but a step was refused or is not proven: read plan.md first
  2  wrong usage, configuration or rule, or DIR cannot be written
  3  the plan is written, but part of the input could not be read or judged
  4  the tool failed

Findings that only words mend do not count: they are listed in the plan, and `lint` fails on them.";

/// What is mended.
#[derive(Debug, Args)]
#[command(next_help_heading = "Findings")]
struct ScopeArguments {
    /// The least severity that is mended.
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    min_severity: Option<Severity>,

    /// Whose findings: `regular`, `pedantic` (tidiness too) or `auditor` (everything) [default: regular].
    #[arg(long, value_name = "PERSONA", value_parser = persona)]
    persona: Option<Persona>,

    /// Findings of this file are known and left alone, e.g. `leastwise-baseline.json`.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    baseline: Option<PathBuf>,

    /// No baseline, whatever the configuration says.
    #[arg(long)]
    no_baseline: bool,

    /// Mend what suppressions cover, too.
    #[arg(long)]
    no_ignores: bool,

    /// What could not be read does not fail the run.
    #[arg(long)]
    allow_incomplete: bool,
}

/// The most careful level that scripts run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Limit {
    /// Only what has no effect any more.
    Safe,
    /// Also what takes live access away or changes settings.
    Review,
}

impl Limit {
    fn admits(self, level: Level) -> bool {
        match self {
            Limit::Safe => level == Level::Safe,
            Limit::Review => level != Level::Manual,
        }
    }
}

fn member(text: &str) -> Result<String, String> {
    match text.split_once(':') {
        Some((kind, value)) if !kind.is_empty() && !value.is_empty() => Ok(text.to_owned()),
        _ => Err(format!(
            "write it as policies do: `user:{text}`, `serviceAccount:…`"
        )),
    }
}

/// The texts of a part, by who writes them.
const RENDERERS: [Renderer; 2] = [gcloud::render, terraform::render];

impl Fix {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        files::check(&self.out, self.force)?;
        let loaded = self.config.load()?;
        let now = self.time.now()?;
        let overrides = Overrides {
            min_severity: self.scope.min_severity,
            persona: self.scope.persona,
            no_ignores: self.scope.no_ignores,
            baseline: self.scope.baseline.clone(),
            no_baseline: self.scope.no_baseline,
            fail_on: None,
        };
        let settings = Settings::new(&loaded, &overrides, now)?;
        let ruleset = self.rules.load(&loaded, &settings)?;
        let chosen = self.chosen(&ruleset)?;
        let opened = self.catalog.open()?;
        let inputs = Inputs::gather(&self.input)?;
        let run = Run(Task {
            inputs: &inputs,
            settings: &settings,
            ruleset: &ruleset,
            catalog: opened.catalog(),
            now,
            threads: self.input.threads(),
            watch: None,
        });
        let judge = |progress: &Progress| run.0.judge(progress, None);
        let judgement = progress::shown(&self.talk, &[], inputs.size(), judge)?;
        inputs.warn_of_shared_resource(&judgement);
        if nothing_known(&judgement) {
            return Err(Failure::usage(
                "nothing to judge: no file is an export that leastwise knows; `lint -v` names them with the reason",
            ));
        }

        let (before, reported) = run.judged(&judgement);
        let asked: Vec<&Finding> = reported
            .iter()
            .filter(|finding| {
                chosen
                    .as_ref()
                    .is_none_or(|ids| ids.contains(&finding.rule.0))
            })
            .collect();
        let model = gather::gather(&inputs, &settings, &run.names(&asked), run.0.threads)?;
        let mut roles = Roles::new(opened.catalog());
        judgement
            .roles
            .iter()
            .for_each(|role| roles.add(role.clone()));
        let guards = Guards {
            caller: self.caller.as_deref(),
            roles: &roles,
            needed: &settings.needed,
            now,
        };
        let plan = plan(run.wishes(&asked, &model), &model, &guards);
        let after = run.judge_after(&plan, &model)?;
        let proof = prove(&plan, &model, &before, &after, &roles, &settings.needed);

        let files = self.files(&plan, &proof, &model);
        files::write(&self.out, &files)?;
        self.tell(&plan, &proof, &judgement);
        Ok(self.exit(&plan, &proof, &judgement))
    }

    /// The rules whose findings are mended, by index; `None` means all.
    fn chosen(&self, ruleset: &Ruleset) -> Result<Option<HashSet<u16>>, Failure> {
        if self.rule.is_empty() {
            return Ok(None);
        }
        let index = |id: &String| {
            let found = ruleset.find(id).ok_or_else(|| {
                Failure::usage(format!("--rule `{id}`: no rule that runs is called so; `leastwise rules list` names them"))
            })?;
            let at = ruleset.rules.iter().position(|rule| rule.id == found.id);
            Ok(at.and_then(|at| u16::try_from(at).ok()).unwrap_or(u16::MAX))
        };
        let chosen: Result<HashSet<u16>, Failure> = self.rule.iter().map(index).collect();
        chosen.map(Some)
    }

    fn files(&self, plan: &Plan, proof: &Proof, model: &Model) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        let folders = files::folders(plan.parts.iter().map(|part| part.scope.as_str()));
        for (part, folder) in plan.parts.iter().zip(&folders) {
            let limited = limited(part, self.level);
            let model = &excerpt(part, model);
            for render in RENDERERS {
                for (path, text) in render(plan, &limited, model) {
                    files.insert(files::below(folder, &path), text);
                }
            }
        }
        files.insert("plan.md".to_owned(), page::markdown(plan, proof));
        files.insert("plan.json".to_owned(), page::json(plan, proof));
        files
    }

    fn tell(&self, plan: &Plan, proof: &Proof, judgement: &Judgement) {
        if self.talk.quiet > 0 {
            return;
        }
        let count = |n: usize, noun: &str| format!("{n} {noun}{}", if n == 1 { "" } else { "s" });
        let steps = || plan.parts.iter().flat_map(|part| &part.steps);
        let of = |level: Level| steps().filter(|step| step.step.level == level).count();
        let mut lines = vec![format!(
            "{} in {}: {} safe, {} to review, {} by hand only",
            count(steps().count(), "step"),
            count(plan.parts.len(), "part"),
            of(Level::Safe),
            of(Level::Review),
            of(Level::Manual),
        )];
        if self.level == Limit::Safe && of(Level::Review) > 0 {
            lines.push(format!(
                "the scripts make the {} safe; `--level review` adds what somebody has read",
                of(Level::Safe)
            ));
        }
        for refused in &plan.refused {
            lines.push(format!("refused: {}: {}", refused.title, refused.why));
        }
        if !plan.by_hand.is_empty() {
            let found = count(plan.by_hand.len(), "finding");
            lines.push(format!(
                "{found} without a step: the plan has the rules' words"
            ));
        }
        let claim = |list: &[Answer], words: &str| {
            let one = |answer: &Answer| {
                let resource = short_name(&answer.resource);
                format!("{words}: {} on {resource}", answer.rule)
            };
            list.iter().map(one).collect::<Vec<_>>()
        };
        lines.extend(claim(&proof.stays, "not proven gone"));
        lines.extend(claim(&proof.new, "comes with the plan"));
        lines.extend(
            proof
                .access
                .doubts
                .iter()
                .map(|doubt| format!("{}: {}", doubt.step, doubt.why)),
        );
        let unread = incomplete(judgement);
        let mut gaps = judgement.gaps.iter();
        if let Some(first) = gaps.find(|gap| gap.reason.is_incomplete()) {
            let more = match unread {
                1 => String::new(),
                more => format!(" (and {} more: `leastwise lint` tells them)", more - 1),
            };
            lines.push(format!("incomplete: {}{more}", first.message));
        }
        lines.push(format!("written to {}", self.out.display()));
        lines.iter().for_each(|line| output::note(line));
    }

    fn exit(&self, plan: &Plan, proof: &Proof, judgement: &Judgement) -> Exit {
        if !plan.refused.is_empty() || !proof.holds() {
            Exit::Findings
        } else if incomplete(judgement) > 0 && !self.scope.allow_incomplete {
            Exit::Incomplete
        } else {
            Exit::Clean
        }
    }
}

/// The part as scripts run it: steps beyond the limit are only written down.
fn limited(part: &Part, limit: Limit) -> Part {
    let mut part = part.clone();
    for planned in &mut part.steps {
        let step = &mut planned.step;
        if step.level == Level::Review && !limit.admits(step.level) {
            step.level = Level::Manual;
            step.because
                .push_str(" It is to be reviewed: `--level review` puts it into the script.");
        }
    }
    part
}

/// What a part's texts are about: what it changes, what that lies in, and the nodes above.
fn excerpt(part: &Part, model: &Model) -> Model {
    let changes = part.steps.iter().flat_map(|step| &step.step.changes);
    let mut excerpt = Model::default();
    for change in changes {
        let mut name = change.subject();
        let above = model.get(name).map_or(&[][..], |asset| &asset.ancestors);
        let node = |node: &String| format!("//cloudresourcemanager.googleapis.com/{node}");
        let nodes: Vec<String> = above.iter().map(node).collect();
        let mut names: Vec<&str> = nodes.iter().map(String::as_str).collect();
        while !name.trim_start_matches('/').is_empty() {
            names.push(name);
            name = name.rsplit_once('/').map_or("", |(outer, _)| outer);
        }
        for name in names {
            if let Some(asset) = model.get(name).filter(|_| excerpt.get(name).is_none()) {
                excerpt.insert(name, asset.clone());
            }
        }
    }
    excerpt
}
