//! What the rules' remedies make of their bad examples, as parts of plans.
#![allow(unreachable_pub)] // a module of one test

use super::cases::Case;
use super::support::{NOW, judge_paths, names, root, rule_id, rules};
use leastwise::catalog::{Catalog, Roles};
use leastwise::change::{Level, Model};
use leastwise::finding::fingerprint;
use leastwise::remediation::{Answer, Guards, Plan, Wish, gcloud, plan};
use leastwise::rules::remedy::propose;
use leastwise::rules::{Ruleset, message};
use serde_json::Value;
use std::path::Path;

/// Every part of the plans of the examples that are wanted, by rule and file: `gcs-public-iam bad`.
pub fn everything(wanted: impl Fn(&str) -> bool) -> Vec<Case> {
    let rules = rules().unwrap();
    let mut cases = Vec::new();
    let remedied = rules
        .rules
        .iter()
        .filter(|rule| !rule.file.remedies.is_empty());
    for rule in remedied {
        let folder = Path::new("fixtures/rules").join(&rule.id);
        for file in names(&root().join(&folder)) {
            let stem = file
                .strip_suffix(".json")
                .filter(|stem| stem.starts_with("bad"));
            if let Some(stem) = stem {
                let name = format!("{} {stem}", rule.id);
                if wanted(&name) {
                    cases.extend(planned(&rules, &rule.id, &name, &folder.join(&file)));
                }
            }
        }
    }
    cases
}

/// Every part of every plan, with the steps that the script makes.
pub fn all(wanted: impl Fn(&str) -> bool) -> Vec<Case> {
    let mut cases = everything(wanted);
    for case in &mut cases {
        case.part
            .steps
            .retain(|planned| planned.step.level != Level::Manual);
        let script = gcloud::render(&Plan::default(), &case.part, &case.model);
        let by_hand = |id: &str| {
            let line = format!("\nby_hand {id} ");
            script["fix.sh"].contains(&line) || script["rollback.sh"].contains(&line)
        };
        case.part.steps.retain(|planned| !by_hand(&planned.id));
    }
    cases.retain(|case| !case.part.steps.is_empty());
    cases
}

fn planned(rules: &Ruleset, id: &str, name: &str, file: &Path) -> Vec<Case> {
    let judged = judge_paths(rules, &[file.to_owned()], 1);
    let text = std::fs::read_to_string(root().join(file)).unwrap();
    let Ok(document) = serde_json::from_str::<Vec<Value>>(&text) else {
        return Vec::new();
    };
    let mut model = Model::default();
    for asset in &document {
        model.absorb(asset, &[]);
    }
    let now = NOW.parse().unwrap();
    let mut roles = Roles::new(Catalog::embedded());
    judged.roles.iter().for_each(|role| roles.add(role.clone()));
    let guards = Guards {
        caller: None,
        roles: &roles,
        needed: &[],
        now,
    };
    let rule = rules.find(id).unwrap();
    let own = judged
        .findings
        .iter()
        .filter(|finding| rule_id(rules, finding) == id);
    let wishes = own.map(|finding| Wish {
        answer: Answer {
            rule: id.to_owned(),
            resource: finding.resource.to_string(),
            fingerprint: fingerprint(id, finding),
            message: message(rule, finding, &finding.resource).into_owned(),
        },
        fix: rule.file.fix.clone(),
        proposal: propose(rule, finding, &model, now),
    });
    let plan = plan(wishes.collect(), &model, &guards);
    let case = |part| Case {
        name: name.to_owned(),
        model: model.clone(),
        part,
    };
    plan.parts.into_iter().map(case).collect()
}
