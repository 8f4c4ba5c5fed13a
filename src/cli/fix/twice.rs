//! The two judgings of a run: the input as it is, and with the plan's changes in place.

use crate::change::{Change, Model, apply};
use crate::cli::Failure;
use crate::cli::amend::Amendment;
use crate::cli::judge::Judgement;
use crate::cli::rulebook;
use crate::cli::run::Task;
use crate::finding::{Finding, fingerprint};
use crate::model::canonical;
use crate::remediation::{Answer, Judged, Plan, Wish};
use crate::rules::remedy::propose;
use crate::rules::{Rule, message};
use crate::settings::triage;
use crate::sources::Progress;
use std::collections::HashSet;

/// What is judged, twice.
pub(super) struct Run<'r>(pub(super) Task<'r>);

impl Run<'_> {
    fn rule(&self, finding: &Finding) -> Option<&Rule> {
        self.0.ruleset.rules.get(usize::from(finding.rule.0))
    }

    fn answer(&self, finding: &Finding) -> Option<Answer> {
        let rule = self.rule(finding)?;
        Some(Answer {
            rule: rule.id.clone(),
            resource: finding.resource.to_string(),
            fingerprint: fingerprint(&rule.id, finding),
            message: message(rule, finding, &finding.resource_for_people()).into_owned(),
        })
    }

    /// What a judging came to, and what of it is reported, worst first.
    pub(super) fn judged(&self, judgement: &Judgement) -> (Judged, Vec<Finding>) {
        let infos = rulebook::infos(&self.0.ruleset.rules);
        let reported = triage(
            judgement.findings.clone(),
            &infos,
            self.0.settings,
            self.0.now,
        )
        .reported;
        let mut judged = Judged::default();
        for finding in &judgement.findings {
            if let Some(answer) = self.answer(finding) {
                // The condition of a grant that gets an end changes, and with it the fingerprint.
                let plain = Finding {
                    condition: None,
                    ..finding.clone()
                };
                judged.likeness.push(fingerprint(&answer.rule, &plain));
                judged.findings.push(answer);
            }
        }
        let told = reported.iter().filter_map(|finding| self.answer(finding));
        judged.reported = told.map(|answer| answer.fingerprint).collect();
        for (rule, tally) in self.0.ruleset.rules.iter().zip(&judgement.tallies) {
            judged.unknown.insert(rule.id.clone(), tally.unknown);
        }
        (judged, reported)
    }

    /// What must be known to mend these findings, by canonical name.
    pub(super) fn names(&self, findings: &[&Finding]) -> HashSet<String> {
        let mut names = HashSet::new();
        for finding in findings {
            let name = canonical(&finding.resource).into_owned();
            // A key is named by its account's number; its commands go by the account's address.
            if let Some((account, _)) = name.rsplit_once("/keys/") {
                names.insert(account.to_owned());
            }
            // What lets somebody use a key may stand on its ring.
            if let Some((ring, _)) = name.rsplit_once("/cryptoKeys/") {
                names.insert(ring.to_owned());
            }
            names.insert(name);
            let bucket = finding
                .detail
                .as_deref()
                .and_then(|detail| detail.strip_prefix("gs://"));
            let inside = finding.condition.as_deref().unwrap_or_default();
            let inside = inside.split("projects/_/buckets/").skip(1);
            let inside = inside.filter_map(|rest| rest.split(['/', '"', '\'']).next());
            for bucket in bucket.into_iter().chain(inside) {
                names.insert(format!(
                    "//storage.googleapis.com/projects/_/buckets/{bucket}"
                ));
            }
        }
        names
    }

    pub(super) fn wishes(&self, findings: &[&Finding], model: &Model) -> Vec<Wish> {
        let wish = |finding: &&Finding| {
            let rule = self.rule(finding)?;
            Some(Wish {
                answer: self.answer(finding)?,
                fix: rule.file.fix.trim().to_owned(),
                proposal: propose(rule, finding, model, self.0.now),
            })
        };
        findings.iter().filter_map(wish).collect()
    }

    /// The input judged with the plan's changes in place.
    pub(super) fn judge_after(&self, plan: &Plan, model: &Model) -> Result<Judged, Failure> {
        let steps = plan.parts.iter().flat_map(|part| &part.steps);
        let changes: Vec<&Change> = steps.flat_map(|step| &step.step.changes).collect();
        let mut mended = model.clone();
        for change in &changes {
            // The planner has made each of them before.
            let _ = apply(change, &mut mended);
        }
        let amendment = Amendment::new(changes.into_iter(), &mended);
        let judgement = self.0.judge(&Progress::default(), Some(&amendment))?;
        Ok(self.judged(&judgement).0)
    }
}
