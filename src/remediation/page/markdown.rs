//! `plan.md`: what somebody reads before saying yes.

use super::diff;
use super::words::{
    access_in_short, count, found, guard, level, lower_first, one_line, prose, sentence, verdict,
    yes,
};
use crate::change::{Level, Undo};
use crate::escape::markdown_code as code;
use crate::remediation::plan::{Answer, ByHand, Part, Plan, Planned, Refused};
use crate::remediation::proof::{Access, Doubt, Needed, Proof, Verdict};
use std::collections::BTreeMap;

/// Findings listed one by one before the rest is counted; `plan.json` has all.
const FEW: usize = 12;

/// `plan.md`: the plan and its proof as one page of Markdown.
pub fn markdown(plan: &Plan, proof: &Proof) -> String {
    let mut page = Page(String::new());
    page.line("# Plan");
    page.summary(plan, proof);
    page.proof(proof);
    for part in &plan.parts {
        page.part(part);
    }
    page.refused(&plan.refused);
    page.by_hand(&plan.by_hand);
    page.how_to_run(plan);
    page.0
}

struct Page(String);

impl Page {
    /// A line and an empty one.
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push_str("\n\n");
    }

    /// A line of a list or a table.
    fn item(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn gap(&mut self) {
        self.0.push('\n');
    }

    fn summary(&mut self, plan: &Plan, proof: &Proof) {
        let steps: Vec<&Planned> = plan.parts.iter().flat_map(|part| &part.steps).collect();
        let of = |level: Level| steps.iter().filter(|it| it.step.level == level).count();
        self.line(&format!(
            "{} in {}: {} safe, {} to review, {} manual. Nothing has been changed yet.",
            count(steps.len(), "step"),
            count(plan.parts.len(), "scope"),
            of(Level::Safe),
            of(Level::Review),
            of(Level::Manual),
        ));
        let answered = proof.gone.len() + proof.stays.len();
        self.item("| Question | Answer |");
        self.item("| --- | --- |");
        self.item(&format!(
            "| Are the findings gone that it answers? | {} |",
            match proof.stays.len() {
                0 => yes(&format!("all {answered}")),
                n => format!("**no**: {n} of {answered} stay"),
            }
        ));
        self.item(&format!(
            "| Does it bring no new findings? | {} |",
            match proof.new.len() {
                0 => "yes".to_owned(),
                n => format!("**no**: {}", count(n, "new finding")),
            }
        ));
        self.item(&format!(
            "| Does nobody get more access than before? | {} |",
            access_in_short(&proof.access)
        ));
        let covered = |it: &&Needed| it.verdict == Verdict::Proven;
        let fine = proof.needed.iter().filter(covered).count();
        self.item(&format!(
            "| Is what is declared needed still there? | {} |",
            match proof.needed.len() {
                0 => "nothing is declared needed".to_owned(),
                all if all == fine => yes(&format!("all {all}")),
                all => format!("**not proven** for {} of {all}", all - fine),
            }
        ));
        let irreversible = steps.iter().filter(|it| it.step.undo != Undo::Exact);
        self.item(&format!(
            "| Can it be taken back? | {} |",
            match irreversible.count() {
                0 => "yes, by `rollback.sh`".to_owned(),
                n => format!("**no** for {n} of {}", count(steps.len(), "step")),
            }
        ));
        let left = plan
            .refused
            .iter()
            .map(|it| it.answers.len())
            .sum::<usize>()
            + plan.by_hand.len();
        let by_guards = left - plan.by_hand.len();
        self.item(&format!(
            "| What is left to people? | {} |",
            match (left, by_guards) {
                (0, _) => "nothing".to_owned(),
                (_, 0) => count(left, "finding"),
                _ => format!(
                    "{}, {by_guards} of them since a guard refused",
                    count(left, "finding")
                ),
            }
        ));
        self.gap();
        if plan.parts.len() > 1 {
            self.item("| Scope | Safe | Review | Manual |");
            self.item("| --- | --: | --: | --: |");
            for part in &plan.parts {
                let steps = &part.steps;
                let of = |level: Level| steps.iter().filter(|it| it.step.level == level).count();
                self.item(&format!(
                    "| {} | {} | {} | {} |",
                    code(&part.scope),
                    of(Level::Safe),
                    of(Level::Review),
                    of(Level::Manual)
                ));
            }
            self.gap();
        }
    }

    /// The parts of the proof that a table cannot hold.
    fn proof(&mut self, proof: &Proof) {
        let nothing = proof.stays.is_empty()
            && proof.new.is_empty()
            && proof.access.doubts.is_empty()
            && proof.needed.is_empty();
        if nothing {
            return;
        }
        self.line("## What to look at first");
        self.answers(
            "Findings that stay although a step should answer them:",
            &proof.stays,
        );
        self.answers("Findings that come with the plan:", &proof.new);
        self.doubts(&proof.access);
        if !proof.needed.is_empty() {
            self.line("Declared needed:");
            self.item("| Who | Needs | Where | Why | Still there? |");
            self.item("| --- | --- | --- | --- | --- |");
            for needed in &proof.needed {
                self.item(&format!(
                    "| {} | {} | {} | {} | {} {} |",
                    code(&needed.member),
                    code(&needed.what),
                    code(&needed.resource),
                    one_line(&needed.reason),
                    verdict(needed.verdict),
                    one_line(&needed.why),
                ));
            }
            self.gap();
        }
    }

    fn answers(&mut self, title: &str, answers: &[Answer]) {
        if answers.is_empty() {
            return;
        }
        self.line(title);
        self.list(answers);
        self.gap();
    }

    /// Findings, rule by rule.
    fn list(&mut self, answers: &[Answer]) {
        let mut rules: BTreeMap<&str, Vec<&Answer>> = BTreeMap::new();
        for answer in answers {
            rules.entry(&answer.rule).or_default().push(answer);
        }
        for (rule, answers) in rules {
            if let [only] = answers.as_slice() {
                self.item(&format!("- {}: {}", code(rule), found(only)));
                continue;
            }
            self.item(&format!(
                "- {}, {}:",
                code(rule),
                count(answers.len(), "finding")
            ));
            for answer in answers.iter().take(FEW) {
                self.item(&format!("  - {}", found(answer)));
            }
            if answers.len() > FEW {
                self.item(&format!(
                    "  - … and {} more in `plan.json`",
                    answers.len() - FEW
                ));
            }
        }
    }

    fn doubts(&mut self, access: &Access) {
        if access.doubts.is_empty() {
            return;
        }
        self.line("Steps of which it is not proven that they give nobody more than before:");
        for doubt in &access.doubts {
            let Doubt {
                verdict: told,
                scope,
                step,
                why,
            } = doubt;
            let told = match told {
                Verdict::Refuted => "**gives more**",
                Verdict::Unknown | Verdict::Proven => "not known",
            };
            self.item(&format!(
                "- {} in {}: {told}: {}",
                code(step),
                code(scope),
                one_line(why)
            ));
        }
        self.gap();
    }

    fn part(&mut self, part: &Part) {
        self.line(&format!("## {}", one_line(&part.scope)));
        for planned in &part.steps {
            self.step(planned, &part.scope);
        }
    }

    fn step(&mut self, planned: &Planned, scope: &str) {
        let step = &planned.step;
        self.line(&format!(
            "### {} · {}",
            one_line(&planned.id),
            one_line(&planned.title)
        ));
        self.item(&diff::fenced(&step.changes, scope));
        self.item(&format!(
            "- **Level:** {}, because {}",
            level(step.level),
            sentence(&lower_first(&step.because))
        ));
        if !step.may_break.is_empty() {
            self.item(&format!("- **May break:** {}", sentence(&step.may_break)));
        }
        self.item(&match &step.undo {
            Undo::Exact => "- **Undo:** `rollback.sh` leads back to the state before.".to_owned(),
            Undo::Never(why) => format!("- **Undo:** impossible. {}", sentence(why)),
        });
        match planned.answers.as_slice() {
            [] => {}
            [only] => self.item(&format!("- **Why:** {}: {}", code(&only.rule), found(only))),
            many => {
                let findings = count(many.len(), "finding");
                self.item(&format!("- **Why:** {findings}"));
                let mut inner = Page(String::new());
                inner.list(many);
                for line in inner.0.lines() {
                    self.item(&format!("  {line}"));
                }
            }
        }
        self.gap();
    }

    fn refused(&mut self, refused: &[Refused]) {
        if refused.is_empty() {
            return;
        }
        self.line("## Refused");
        self.line("These would answer a finding and are not in the plan.");
        for one in refused {
            self.item(&format!(
                "- {}. **{}:** {}",
                one_line(&one.title),
                guard(one.guard),
                sentence(&one.why)
            ));
            for answer in one.answers.iter().take(FEW) {
                self.item(&format!(
                    "  - stays: {}: {}",
                    code(&answer.rule),
                    found(answer)
                ));
            }
            if one.answers.len() > FEW {
                self.item(&format!(
                    "  - … and {} more in `plan.json`",
                    one.answers.len() - FEW
                ));
            }
        }
        self.gap();
    }

    fn by_hand(&mut self, by_hand: &[ByHand]) {
        if by_hand.is_empty() {
            return;
        }
        self.line("## By hand");
        self.line("No step answers these: they need a decision that the input does not hold.");
        let mut rules: BTreeMap<(&str, &str), Vec<&Answer>> = BTreeMap::new();
        for one in by_hand {
            let rule = (one.answer.rule.as_str(), one.fix.as_str());
            rules.entry(rule).or_default().push(&one.answer);
        }
        for ((rule, fix), answers) in rules {
            self.item(&format!("- {}: {}", code(rule), prose(fix)));
            for answer in answers.iter().take(FEW) {
                self.item(&format!("  - {}", found(answer)));
            }
            if answers.len() > FEW {
                self.item(&format!(
                    "  - … and {} more in `plan.json`",
                    answers.len() - FEW
                ));
            }
        }
        self.gap();
    }

    fn how_to_run(&mut self, plan: &Plan) {
        if plan.parts.iter().all(|part| part.steps.is_empty()) {
            return;
        }
        self.line("## How to run it");
        self.line(
            "Each project, folder and organisation has a folder of its own. Both scripts only print what they would do, until they are told to apply. \
             They stop where something is no longer as it was when the input was written, can be run again after a stop, and leave manual steps to you. Steps to review are in them only if the plan was written with `--level review`.",
        );
        self.0.push_str(
            "```sh\n./fix.sh                      # says what it would do\n./fix.sh --apply              # does it\n\
             ./fix.sh --apply --only s01   # only this step\n./rollback.sh --apply         # leads back\n```\n\n",
        );
        self.line("The same as Terraform lies in `terraform/`; its `main.tf` says what Terraform cannot do.");
        self.item("| | Who | When |");
        self.item("| --- | --- | --- |");
        self.item("| Reviewed | | |");
        self.item("| Applied | | |");
    }
}
