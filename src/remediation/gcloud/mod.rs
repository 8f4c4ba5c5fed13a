//! A part of a plan as bash scripts that call gcloud: `fix.sh`, `rollback.sh`, and the files that they read.
//!
//! What the scripts do is in `prelude.sh` and its neighbours, which every script begins with; a step is a function
//! of a few lines. Everything from outside goes through [`shell`] or `visible`.

mod bucket;
mod fields;
mod files;
mod place;
mod settings;
mod step;
mod text;
mod visible;
mod words;

use super::{Part, Plan, Planned, Script};
use crate::change::{Change, Level, Model, Undo, apply};
use crate::escape::shell;
use files::Files;
use std::fmt::Write as _;
use step::{Scene, Written};
use visible::visible;

const PRELUDE: &str = include_str!("prelude.sh");
const EPILOGUE: &str = include_str!("epilogue.sh");
/// Functions that only some steps need, each with a word that tells.
const HELPERS: [(&str, &str); 3] = [
    ("  acl ", include_str!("acl.sh")),
    ("  audit ", include_str!("audit.sh")),
    (" make_role ", include_str!("role.sh")),
];

/// Writes the scripts of a part: `fix.sh`, `rollback.sh`, `conditions/`, `policies/`, `roles/`. The model is what the
/// input says before the plan.
pub fn render(_plan: &Plan, part: &Part, model: &Model) -> Script {
    let mut script = Script::new();
    let mut files = Files::new(&mut script);
    let mut now = model.clone();
    let mut there = Vec::new();
    let mut back = Vec::new();
    for (at, planned) in part.steps.iter().enumerate() {
        let id = name_of(planned, at);
        files.step(&id);
        let mut scenes = Vec::new();
        for change in &planned.step.changes {
            let mut scene = Scene::new(change, &now);
            // A change that the model cannot take is still written; it is compared with what the change itself says.
            let _ = apply(change, &mut now);
            scene.then(&now);
            scenes.push(scene);
        }
        there.push(Block::new(&id, planned, &scenes, &mut files));
        files.step(&format!("{id}-back"));
        scenes.reverse();
        let scenes: Vec<Scene> = scenes.into_iter().map(Scene::back).collect();
        back.push(Block::back(&id, planned, &scenes, &mut files));
    }
    back.reverse();
    let fix = assemble(part, model, &there, "makes the steps of plan.md");
    let rollback = assemble(
        part,
        model,
        &back,
        "takes back what fix.sh did, last step first",
    );
    script.insert("fix.sh".to_owned(), fix);
    script.insert("rollback.sh".to_owned(), rollback);
    script
}

/// A step as the script has it.
struct Block {
    id: String,
    title: String,
    /// Comment lines, without their `# `.
    about: Vec<String>,
    /// The lines of the function; or what stays for people, commented out.
    lines: Vec<String>,
    by_hand: bool,
}

impl Block {
    fn new(id: &str, planned: &Planned, scenes: &[Scene], files: &mut Files<'_>) -> Block {
        let mut about = vec![format!("because: {}", visible(&planned.step.because))];
        if !planned.step.may_break.is_empty() {
            about.push(format!("may break: {}", visible(&planned.step.may_break)));
        }
        if let Undo::Never(why) = &planned.step.undo {
            about.push(format!("cannot be taken back: {}", visible(why)));
        }
        for answer in &planned.answers {
            let (rule, resource) = (visible(&answer.rule), visible(&answer.resource));
            about.push(format!(
                "answers: {rule} on {resource} ({})",
                visible(&answer.fingerprint)
            ));
        }
        let mut block = Block::of(id, &visible(&planned.title), scenes, files);
        if planned.step.level == Level::Manual {
            block.by_hand = true;
            about.push(
                "by hand: this script does not do it. The commands, as it would run them:"
                    .to_owned(),
            );
        }
        about.append(&mut block.about);
        Block { about, ..block }
    }

    fn back(id: &str, planned: &Planned, scenes: &[Scene], files: &mut Files<'_>) -> Block {
        let title = format!("back: {}", visible(&planned.title));
        if let Undo::Never(why) = &planned.step.undo {
            return Block {
                id: id.to_owned(),
                title,
                about: vec![format!("cannot be taken back: {}", visible(why))],
                lines: Vec::new(),
                by_hand: true,
            };
        }
        let mut block = Block::of(id, &title, scenes, files);
        if planned.step.level == Level::Manual {
            block.by_hand = true;
            block.about.insert(
                0,
                "fix.sh did not do this; the way back, if somebody did:".to_owned(),
            );
        }
        block
    }

    fn of(id: &str, title: &str, scenes: &[Scene], files: &mut Files<'_>) -> Block {
        let mut block = Block {
            id: id.to_owned(),
            title: title.to_owned(),
            about: Vec::new(),
            lines: Vec::new(),
            by_hand: false,
        };
        for scene in scenes {
            match step::write(scene, files) {
                Written::Made(mut lines) => block.lines.append(&mut lines),
                Written::ByHand { what, why } => {
                    block.by_hand = true;
                    block.about.push(format!("by hand: {what}: {why}"));
                }
            }
        }
        block
    }

    fn write(&self, out: &mut String) {
        let Block { id, title, .. } = self;
        let _ = writeln!(out, "\n# {id}: {title}");
        for line in self.about.iter().flat_map(|text| text.lines()) {
            let _ = writeln!(out, "#   {line}");
        }
        if self.by_hand {
            // A command may go over several lines, and none of them may run.
            for line in self.lines.iter().flat_map(|text| text.lines()) {
                let _ = writeln!(out, "# {line}");
            }
            return;
        }
        let _ = writeln!(out, "{id}() {{");
        for line in &self.lines {
            let _ = writeln!(out, "{line}");
        }
        let _ = writeln!(out, "}}");
    }
}

fn assemble(part: &Part, model: &Model, blocks: &[Block], does: &str) -> String {
    let mut out = String::from("#!/usr/bin/env bash\n");
    let version = env!("CARGO_PKG_VERSION");
    let _ = writeln!(
        out,
        "# {}: {does}. Written by leastwise {version}.",
        visible(&part.scope)
    );
    out.push_str(
        "#\n\
         # Changes nothing without --apply: it then only says how far each step is, and prints the commands. Before a\n\
         # change it compares what is to be changed with what was linted, and leaves a step alone that is stale.\n\
         # A second run does nothing again; after a failure, run it again.\n\
         # Ends with 0: all is as wanted (or would be); 1: a command failed; 2: usage; 3: a step was stale.\n#\n",
    );
    for line in linted(part, model) {
        let _ = writeln!(out, "# linted: {line}");
    }
    let ids: Vec<&str> = blocks.iter().map(|block| block.id.as_str()).collect();
    let _ = writeln!(out, "STEPS=' {} '\n", ids.join(" "));
    let mut steps = String::new();
    for block in blocks {
        block.write(&mut steps);
    }
    out.push_str(PRELUDE);
    for (word, helper) in HELPERS {
        if steps.contains(word) {
            out.push_str(helper);
        }
    }
    out.push_str(EPILOGUE);
    out.push_str(&steps);
    out.push('\n');
    for block in blocks {
        let verb = if block.by_hand { "by_hand" } else { "step" };
        let _ = writeln!(out, "{verb} {} {}", block.id, shell(&block.title));
    }
    out.push_str("finish\n");
    out
}

/// The policies that the part changes, with the etags that were linted.
fn linted(part: &Part, model: &Model) -> Vec<String> {
    let changes = part.steps.iter().flat_map(|planned| &planned.step.changes);
    let mut names: Vec<&str> = changes.map(Change::subject).collect();
    names.sort_unstable();
    names.dedup();
    let etag = |name: &&str| {
        let etag = model.get(name)?.etag()?;
        Some(format!("{} policy etag {}", visible(name), visible(etag)))
    };
    names.iter().filter_map(etag).collect()
}

/// The name of a step's function: its id, unless that could be the name of something else.
fn name_of(planned: &Planned, at: usize) -> String {
    let digits = planned.id.strip_prefix('s').unwrap_or_default();
    if !digits.is_empty() && digits.bytes().all(|one| one.is_ascii_digit()) {
        planned.id.clone()
    } else {
        format!("s{:02}", at + 1)
    }
}
