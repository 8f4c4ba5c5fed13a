//! What the rules' remedies make of their bad examples, as parts of plans.
#![allow(unreachable_pub)] // a module of one test

use super::cases::Case;
use super::support::{NOW, judge_paths, names, root, rule_id, rules};
use leastwise::catalog::{Catalog, Roles};
use leastwise::change::{Level, Model};
use leastwise::finding::{Finding, Persona, fingerprint};
use leastwise::remediation::{Answer, Guards, Plan, Wish, gcloud, plan};
use leastwise::rules::remedy::propose;
use leastwise::rules::{Ruleset, message};
use serde_json::Value;
use std::path::Path;

/// The export that the guide works on.
const DEMO: &str = "fixtures/demo/org.ndjson";

/// Every part of the plans of the examples that are wanted, by rule and file: `gcs-public-iam bad`; and of the plan of
/// the demo, by scope: `demo projects/acme-ml-train`.
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
                    let path = folder.join(&file);
                    cases.extend(planned(&rules, Some(&rule.id), &name, &path));
                }
            }
        }
    }
    for case in planned(&rules, None, "demo", Path::new(DEMO)) {
        let name = format!("demo {}", case.part.scope);
        if wanted(&name) {
            cases.push(Case { name, ..case });
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

/// The plan for what one rule finds in a file, or all rules that speak to everybody.
fn planned(rules: &Ruleset, only: Option<&str>, name: &str, file: &Path) -> Vec<Case> {
    let judged = judge_paths(rules, &[file.to_owned()], 1);
    let text = std::fs::read_to_string(root().join(file)).unwrap();
    let assets: Result<Vec<Value>, _> = match text.starts_with('[') {
        true => serde_json::from_str(&text),
        false => text.lines().map(serde_json::from_str).collect(),
    };
    let Ok(assets) = assets else {
        return Vec::new();
    };
    let mut model = Model::default();
    for asset in &assets {
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
    let rule_of = |finding: &Finding| rules.find(rule_id(rules, finding)).unwrap();
    let own = judged.findings.iter().filter(|finding| match only {
        Some(id) => rule_of(finding).id == id,
        None => rule_of(finding).file.persona == Persona::Regular,
    });
    let wishes = own.map(|finding| {
        let rule = rule_of(finding);
        Wish {
            answer: Answer {
                rule: rule.id.clone(),
                resource: finding.resource.to_string(),
                fingerprint: fingerprint(&rule.id, finding),
                message: message(rule, finding, &finding.resource).into_owned(),
            },
            fix: rule.file.fix.clone(),
            proposal: propose(rule, finding, &model, now),
        }
    });
    let plan = plan(wishes.collect(), &model, &guards);
    let case = |part| Case {
        name: name.to_owned(),
        model: model.clone(),
        part,
    };
    plan.parts.into_iter().map(case).collect()
}
