//! Every remedy on the examples of its rule: the plan against `bad.json` is made, the rule is silent afterwards, nothing
//! new is found, nobody has more access than before, and what is left is `good.json`. No test names a rule; what is not
//! so, and why, stands in `tests/fixes/not-so.toml`.
//!
//! `UPDATE_FIXTURES=1 cargo test --test fixes` writes every `good.json` anew that the fix would leave otherwise.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr
)]

mod support;

use leastwise::catalog::{Catalog, Roles};
use leastwise::change::{Change, Model, apply};
use leastwise::cli::amend::Amendment;
use leastwise::cli::judge::Judgement;
use leastwise::finding::{Finding, fingerprint};
use leastwise::remediation::{Answer, Guards, Judged, Plan, Proof, Verdict, Wish, plan, prove};
use leastwise::rules::remedy::{Proposal, propose};
use leastwise::rules::{Ruleset, message};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;
use support::{NOW, judge_amended, judge_paths, names, root, rule_id, rules, told};

const FIXTURES: &str = "fixtures/rules";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let rules: &'static Ruleset = match rules() {
        Ok(rules) => Box::leak(Box::new(rules)),
        Err(frames) => {
            eprintln!("{frames}");
            return ExitCode::FAILURE;
        }
    };
    let text = std::fs::read_to_string(root().join("tests/fixes/not-so.toml")).unwrap();
    let known: &'static NotSo = Box::leak(Box::new(toml::from_str(&text).unwrap()));
    let mut trials = Vec::new();
    let remedied = rules
        .rules
        .iter()
        .filter(|rule| !rule.file.remedies.is_empty());
    for rule in remedied.clone() {
        let folder = Path::new(FIXTURES).join(&rule.id);
        for file in names(&root().join(&folder)) {
            let Some(stem) = file.strip_suffix(".json") else {
                continue;
            };
            if !stem.starts_with("bad") {
                continue;
            }
            let case: &'static Case = Box::leak(Box::new(Case {
                rules: told(rules, &rule.id),
                id: rule.id.clone(),
                stem: stem.to_owned(),
                path: folder.join(&file),
                mended: OnceLock::new(),
            }));
            for (claim, prove) in CLAIMS {
                let name = format!("{claim}::{}::{stem}", rule.id);
                trials.push(Trial::test(name, move || {
                    held(case, claim, known, prove(case))
                }));
            }
            if stem == "bad" {
                let name = format!("good::{}", rule.id);
                trials.push(Trial::test(name, move || {
                    held(case, "good", known, good(case))
                }));
            }
        }
    }
    let ids: BTreeSet<&str> = remedied.map(|rule| rule.id.as_str()).collect();
    for claim in known.keys() {
        let claims = CLAIMS.iter().map(|(claim, _)| *claim).chain(["good"]);
        assert!(
            claims.into_iter().any(|one| one == claim),
            "no claim {claim}"
        );
        for case in known[claim].keys() {
            let id = case.split('/').next().unwrap();
            assert!(ids.contains(id), "{claim}: {id} has no remedy");
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// What is not so, by claim and by `rule` or `rule/stem`, with the reason.
type NotSo = BTreeMap<String, BTreeMap<String, String>>;

type Claim = fn(&Case) -> Result<(), String>;

const CLAIMS: [(&str, Claim); 4] = [
    ("planned", planned),
    ("silent", silent),
    ("nothing-new", nothing_new),
    ("narrower", narrower),
];

/// A claim holds, or is known not to hold; knowing what is not so any more is a fault, too.
fn held(
    case: &Case,
    claim: &str,
    known: &NotSo,
    outcome: Result<(), String>,
) -> Result<(), Failed> {
    let reasons = known.get(claim);
    let name = format!("{}/{}", case.id, case.stem);
    let reason = reasons.and_then(|reasons| reasons.get(&name).or_else(|| reasons.get(&case.id)));
    match (outcome, reason) {
        (Ok(()), None) => Ok(()),
        (Err(_), Some(_)) => Ok(()),
        (Ok(()), Some(_)) => Err(format!("{claim} is so: take {name} out of not-so.toml").into()),
        (Err(why), None) => Err(format!("{}: {why}", case.path.display()).into()),
    }
}

/// A bad example.
struct Case {
    rules: &'static Ruleset,
    id: String,
    stem: String,
    path: PathBuf,
    mended: OnceLock<Mended>,
}

/// What became of it.
struct Mended {
    plan: Plan,
    proof: Proof,
    /// How many findings the rule had, and how many of them fitted no remedy.
    found: usize,
    words: usize,
    /// The rule's findings and doubts afterwards.
    left: usize,
    unknown: u64,
    document: Vec<Value>,
    after: Vec<Value>,
}

impl Case {
    fn mended(&self) -> &Mended {
        self.mended.get_or_init(|| self.mend())
    }

    fn mend(&self) -> Mended {
        let paths = [self.path.clone()];
        let before = judge_paths(self.rules, &paths, 1);
        let text = std::fs::read_to_string(root().join(&self.path)).unwrap();
        let document: Vec<Value> = serde_json::from_str(&text).unwrap();
        let mut model = Model::default();
        for asset in &document {
            model.absorb(asset, &[]);
        }
        let now = NOW.parse().unwrap();
        let mut roles = Roles::new(Catalog::embedded());
        before.roles.iter().for_each(|role| roles.add(role.clone()));
        let guards = Guards {
            caller: None,
            roles: &roles,
            needed: &[],
            now,
        };
        let own = |finding: &&Finding| rule_id(self.rules, finding) == self.id;
        let rule = self.rules.find(&self.id).unwrap();
        let wishes: Vec<Wish> = before
            .findings
            .iter()
            .filter(own)
            .map(|finding| Wish {
                answer: self.answer(finding),
                fix: rule.file.fix.clone(),
                proposal: propose(rule, finding, &model, now),
            })
            .collect();
        let found = wishes.len();
        let words = wishes
            .iter()
            .filter(|wish| wish.proposal == Proposal::Words)
            .count();
        let plan = plan(wishes, &model, &guards);
        let steps = plan.parts.iter().flat_map(|part| &part.steps);
        let changes: Vec<&Change> = steps.flat_map(|step| &step.step.changes).collect();
        let mut mended = model.clone();
        for change in &changes {
            apply(change, &mut mended).unwrap();
        }
        let amendment = Amendment::new(changes.iter().copied(), &mended);
        let judged = judge_amended(self.rules, &paths, Some(&amendment));
        let proof = prove(
            &plan,
            &model,
            &self.judged(&before),
            &self.judged(&judged),
            &roles,
            &[],
        );
        let at = self
            .rules
            .rules
            .iter()
            .position(|rule| rule.id == self.id)
            .unwrap();
        Mended {
            found,
            words,
            left: judged.findings.iter().filter(own).count(),
            unknown: judged.tallies[at].unknown,
            after: rewritten(&document, &mended, &changes),
            plan,
            proof,
            document,
        }
    }

    fn answer(&self, finding: &Finding) -> Answer {
        let rule = &self.rules.rules[usize::from(finding.rule.0)];
        Answer {
            rule: rule.id.clone(),
            resource: finding.resource.to_string(),
            fingerprint: fingerprint(&rule.id, finding),
            message: message(rule, finding, &finding.resource).into_owned(),
        }
    }

    fn judged(&self, judgement: &Judgement) -> Judged {
        let mut judged = Judged::default();
        for finding in &judgement.findings {
            let answer = self.answer(finding);
            let plain = Finding {
                condition: None,
                ..finding.clone()
            };
            judged.likeness.push(fingerprint(&answer.rule, &plain));
            // What only speaks under a benchmark speaks to nobody else.
            let rule = &self.rules.rules[usize::from(finding.rule.0)];
            if !rule.file.is_benchmark_only() {
                judged.reported.insert(answer.fingerprint.clone());
            }
            judged.findings.push(answer);
        }
        for (rule, tally) in self.rules.rules.iter().zip(&judgement.tallies) {
            judged.unknown.insert(rule.id.clone(), tally.unknown);
        }
        judged
    }
}

/// The document with the changes in it, in its own order.
fn rewritten(document: &[Value], mended: &Model, changes: &[&Change]) -> Vec<Value> {
    let mut after = Vec::new();
    for asset in document {
        let Some(name) = asset["name"].as_str() else {
            after.push(asset.clone());
            continue;
        };
        let Some(state) = mended.get(name) else {
            continue;
        };
        let mut asset = asset.clone();
        if let (Some(data), Some(there)) = (&state.resource, asset.pointer_mut("/resource/data")) {
            *there = data.clone();
        }
        if let (Some(policy), Some(there)) = (&state.policy, asset.get_mut("iamPolicy")) {
            *there = policy.clone();
        }
        after.push(asset);
    }
    for change in changes {
        if let Change::Create {
            name, asset_type, ..
        } = change
        {
            let state = mended.get(name).unwrap();
            after.push(serde_json::json!({
                "name": name,
                "assetType": asset_type,
                "ancestors": state.ancestors,
                "resource": { "data": state.resource },
            }));
        }
    }
    after
}

/// Every finding has its steps, and no guard is against them.
fn planned(case: &Case) -> Result<(), String> {
    let mended = case.mended();
    if mended.found == 0 {
        return Err("nothing is found".to_owned());
    }
    if mended.words > 0 {
        let (words, found) = (mended.words, mended.found);
        return Err(format!("{words} of {found} findings fit no remedy"));
    }
    let refused: Vec<String> = mended
        .plan
        .refused
        .iter()
        .map(|refused| format!("{}: {}", refused.title, refused.why))
        .collect();
    match refused.is_empty() {
        true => Ok(()),
        false => Err(format!("refused: {}", refused.join("; "))),
    }
}

/// What was planned for is found no more, and known to be gone.
fn silent(case: &Case) -> Result<(), String> {
    let mended = case.mended();
    let stays: Vec<&str> = mended
        .proof
        .stays
        .iter()
        .map(|answer| &*answer.message)
        .collect();
    if !stays.is_empty() {
        return Err(format!("stays: {}", stays.join("; ")));
    }
    match mended.left {
        left if left > 0 && planned(case).is_ok() => Err(format!("{left} findings afterwards")),
        _ => Ok(()),
    }
}

fn nothing_new(case: &Case) -> Result<(), String> {
    let new = &case.mended().proof.new;
    let new: Vec<String> = new
        .iter()
        .map(|answer| format!("{}: {}", answer.rule, answer.message))
        .collect();
    match new.is_empty() {
        true => Ok(()),
        false => Err(format!("new: {}", new.join("; "))),
    }
}

fn narrower(case: &Case) -> Result<(), String> {
    let access = &case.mended().proof.access;
    let doubts: Vec<&str> = access.doubts.iter().map(|doubt| &*doubt.why).collect();
    match access.verdict {
        Verdict::Proven => Ok(()),
        verdict => Err(format!("{verdict:?}: {}", doubts.join("; "))),
    }
}

/// The good example is what the fix leaves of the bad one.
fn good(case: &Case) -> Result<(), String> {
    let mended = case.mended();
    let whole = planned(case).is_ok() && silent(case).is_ok() && mended.unknown == 0;
    // What was found is deleted: nothing is left to be good.
    let gone = mended.after.len() < mended.document.len();
    if !whole || gone {
        return Ok(());
    }
    let path = root().join(FIXTURES).join(&case.id).join("good.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let good: Vec<Value> = serde_json::from_str(&text).unwrap();
    if plain(&good) == plain(&mended.after) {
        return Ok(());
    }
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        let mut text = serde_json::to_string_pretty(&mended.after).unwrap();
        text.push('\n');
        std::fs::write(&path, text).unwrap();
        return Ok(());
    }
    let mut difference = String::from("good.json is not what the fix leaves:");
    for (good, left) in good
        .iter()
        .zip(&mended.after)
        .filter(|(good, left)| good != left)
    {
        let _ = write!(difference, "\n  good: {good}\n  left: {left}");
    }
    Err(difference)
}

/// Documents in one order.
fn plain(document: &[Value]) -> Vec<String> {
    let mut assets: Vec<String> = document
        .iter()
        .map(|asset| sorted(asset).to_string())
        .collect();
    assets.sort();
    assets
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(sorted).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(fields) => {
            let fields: BTreeMap<&String, Value> = fields
                .iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect();
            let fields = fields.into_iter().map(|(key, value)| (key.clone(), value));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}
