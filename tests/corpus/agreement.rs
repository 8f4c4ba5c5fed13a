//! Whether our rules agree with the verdicts that come with the corpus: those that the tests of a policy library expect
//! of its templates on its own assets. Rules say under `peers.policy-library` which template asks the same.

use crate::support::{judge_bytes, shared};
use leastwise::rules::{Rule, Ruleset};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// The folder of assets that a template is tested with, and the template.
const TEMPLATES: [(&str, &str); 5] = [
    (
        "bigquery_dataset_world_readable",
        "GCPBigQueryDatasetWorldReadableConstraintV1",
    ),
    (
        "storage_bucket_policy_only",
        "GCPStorageBucketPolicyOnlyConstraintV1",
    ),
    (
        "storage_bucket_world_readable",
        "GCPStorageBucketWorldReadableConstraintV1",
    ),
    (
        "storage_cmek_encryption",
        "GCPStorageCMEKEncryptionConstraintV1",
    ),
    ("storage_logging", "GCPStorageLoggingConstraintV1"),
];

/// Where we judge otherwise, and why that is right: folder, resource, our verdict, reason.
const KNOWN: [(&str, &str, &str, &str); 0] = [];

/// What is expected of an asset: a word of the list, or `pass` for what the list leaves out where it says "exactly".
struct Expected {
    folder: String,
    resource: String,
    verdict: String,
}

/// Prints how far we agree, and gives back what nobody has explained.
pub(crate) fn faults(rules: &Ruleset) -> Vec<String> {
    let Some(folder) = shared("corpus/policy-library") else {
        println!("skipped: the verdicts of the policy library are not at hand");
        return Vec::new();
    };
    let list = std::fs::read_to_string(folder.join("EXPECTED.tsv")).expect("the list can be read");
    let assets = folder.join("raw/validator/test/fixtures");
    let (mut faults, mut same, mut explained) = (Vec::new(), 0, 0);
    println!("\nagreement with the verdicts of the policy library");
    for expected in expected(&list, &assets) {
        let Expected {
            folder,
            resource,
            verdict,
        } = &expected;
        let Some((_, template)) = TEMPLATES.iter().find(|(name, _)| name == folder) else {
            faults.push(format!("{folder}: no template is known for it"));
            continue;
        };
        let Some(rule) = asks(rules, template) else {
            println!("  {template}: no rule asks this yet ({resource})");
            continue;
        };
        let ours = verdict_of(rule, &assets.join(folder), resource);
        if ours == *verdict {
            same += 1;
            continue;
        }
        let known = KNOWN
            .iter()
            .find(|(f, r, o, _)| f == folder && r == resource && *o == ours);
        match known {
            Some((_, _, _, why)) => {
                explained += 1;
                println!("  {} on {resource}: {ours}, not {verdict}: {why}", rule.id);
            }
            None => faults.push(format!("{} on {resource}: {ours}, not {verdict}", rule.id)),
        }
    }
    println!(
        "  {same} verdicts are the same, {explained} differ for a known reason, {} otherwise",
        faults.len()
    );
    faults
}

fn expected(list: &str, assets: &Path) -> Vec<Expected> {
    let rows: Vec<Vec<&str>> = list
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split('\t').collect())
        .collect();
    let mut all = Vec::new();
    let mut whole: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in &rows {
        let [folder, what, verdict, resource] = row[..] else {
            panic!("the list has another form: {row:?}");
        };
        all.push(Expected {
            folder: folder.to_owned(),
            resource: resource.to_owned(),
            verdict: verdict.to_owned(),
        });
        if what.contains("exactly") {
            whole.entry(folder).or_default().push(resource);
        }
    }
    // Where exactly these fail, the others pass.
    for (folder, listed) in whole {
        for asset in documents(&assets.join(folder)) {
            let name = asset["name"].as_str().unwrap_or_default();
            if !listed.contains(&name) {
                all.push(Expected {
                    folder: folder.to_owned(),
                    resource: name.to_owned(),
                    verdict: "pass".to_owned(),
                });
            }
        }
    }
    all
}

fn documents(folder: &Path) -> Vec<Value> {
    let text =
        std::fs::read_to_string(folder.join("assets/data.json")).expect("assets of a template");
    serde_json::from_str(&text).expect("a list of assets")
}

/// The rule that asks what a template asks.
fn asks<'r>(rules: &'r Ruleset, template: &str) -> Option<&'r Rule> {
    rules.rules.iter().find(|rule| {
        let own = rule.file.peers.get("policy-library");
        own.is_some_and(|own| own.iter().any(|id| id == template))
    })
}

/// What a rule says of one resource, of which a folder may hold several parts.
fn verdict_of(rule: &Rule, folder: &Path, resource: &str) -> &'static str {
    let parts: Vec<Value> = documents(folder)
        .into_iter()
        .filter(|asset| asset["name"] == *resource)
        .collect();
    let alone = Ruleset {
        rules: vec![rule.clone()],
    };
    let judged = judge_bytes(&alone, Value::from(parts).to_string().as_bytes());
    let outcomes = judged.coverage.outcomes;
    match (judged.findings.is_empty(), outcomes.unknown, outcomes.pass) {
        (false, _, _) => "fail",
        (true, 1.., _) => "unknown",
        (true, 0, 1..) => "pass",
        (true, 0, 0) => "not applicable",
    }
}
