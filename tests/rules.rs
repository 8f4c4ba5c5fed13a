//! Every rule over its fixtures, one named test per rule and claim. No test names a rule: what lies in `rules/`
//! and `fixtures/rules/` is what is tested, so `cargo test --test rules gcs-public-iam` runs what belongs to one.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr
)]

mod support;

use leastwise::cli::judge::Judgement;
use leastwise::finding::Finding;
use leastwise::model::{Location, short_name};
use leastwise::rules::{Ruleset, message};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use support::{judge_bytes, judge_paths, names, place, root, rule_id, rules, told};

const FIXTURES: &str = "fixtures/rules";
const SNAPSHOTS: &str = "tests/snapshots/rules";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let rules: &'static Ruleset = match rules() {
        Ok(rules) => Box::leak(Box::new(rules)),
        Err(frames) => {
            eprintln!("{frames}");
            return ExitCode::FAILURE;
        }
    };
    let ids: BTreeSet<&str> = rules.rules.iter().map(|rule| rule.id.as_str()).collect();
    let mut trials = Vec::new();
    for id in &ids {
        trials.extend(claims(told(rules, id), id));
    }
    trials.extend(belongs(&ids));
    trials.push(Trial::test("yields", || yields(rules)));
    trials.push(Trial::test("determinism", || determinism(rules)));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A fixture, judged once by all rules however many claims are made about it.
struct Case {
    rules: &'static Ruleset,
    id: String,
    /// `bad`, `good-…` or `unknown-…`.
    stem: String,
    path: PathBuf,
    judged: OnceLock<Judgement>,
}

impl Case {
    fn judged(&self) -> &Judgement {
        self.judged
            .get_or_init(|| judge_paths(self.rules, std::slice::from_ref(&self.path), 1))
    }

    fn own(&self) -> impl Iterator<Item = &Finding> {
        let findings = self.judged().findings.iter();
        findings.filter(|finding| rule_id(self.rules, finding) == self.id)
    }
}

/// What is claimed of one rule.
fn claims(rules: &'static Ruleset, id: &str) -> Vec<Trial> {
    let folder = Path::new(FIXTURES).join(id);
    let cases: Vec<Arc<Case>> = names(&root().join(&folder))
        .iter()
        .filter_map(|name| {
            Some(Arc::new(Case {
                rules,
                id: id.to_owned(),
                stem: name.strip_suffix(".json")?.to_owned(),
                path: folder.join(name),
                judged: OnceLock::new(),
            }))
        })
        .collect();
    let mut trials = Vec::new();
    for case in &cases {
        let (this, stem) = (Arc::clone(case), &case.stem);
        if stem.starts_with("bad") {
            let name = format!("reports::{id}::{stem}");
            trials.push(Trial::test(name, move || reports(&this)));
        } else if stem.starts_with("unknown") {
            let name = format!("admits::{id}::{stem}");
            trials.push(Trial::test(name, move || admits(&this)));
        } else {
            let name = format!("accepts::{id}::{stem}");
            trials.push(Trial::test(name, move || accepts(&this)));
        }
    }
    if let Some(bad) = cases.iter().find(|case| case.stem == "bad") {
        let bad = Arc::clone(bad);
        trials.push(Trial::test(format!("findings::{id}"), move || {
            findings(&bad)
        }));
    }
    trials.push(Trial::test(format!("points::{id}"), move || {
        cases.iter().try_for_each(|case| points(case))
    }));
    trials
}

fn reports(case: &Case) -> Result<(), Failed> {
    if case.own().next().is_some() {
        return Ok(());
    }
    let gaps: Vec<&str> = about(case).collect();
    Err(format!("nothing found in {}; gaps: {gaps:#?}", case.path.display()).into())
}

/// Near misses are silent, and known to be good; `good.json`, which is `bad.json` mended, is looked at.
fn accepts(case: &Case) -> Result<(), Failed> {
    is_silent(case)?;
    let at = case.rules.rules.iter().position(|rule| rule.id == case.id);
    let tally = at.and_then(|at| case.judged().tallies.get(at).copied());
    let tally = tally.unwrap_or_default();
    if case.stem == "good" && tally.pass + tally.not_applicable == 0 {
        return Err(format!("the rule looks at nothing in {}", case.path.display()).into());
    }
    let gaps: Vec<&str> = about(case).collect();
    match gaps.is_empty() {
        true => Ok(()),
        false => Err(format!("{} is not known to be good: {gaps:#?}", case.path.display()).into()),
    }
}

/// What the input cannot say is neither a finding nor a pass.
fn admits(case: &Case) -> Result<(), Failed> {
    is_silent(case)?;
    match about(case).next() {
        Some(_) => Ok(()),
        None => Err(format!("{}: nothing is unknown", case.path.display()).into()),
    }
}

fn is_silent(case: &Case) -> Result<(), Failed> {
    if case.own().next().is_none() {
        return Ok(());
    }
    let told = table(case.rules, case.own());
    Err(format!("found in {}:\n{told}", case.path.display()).into())
}

/// What stood in the way of the rule.
fn about(case: &Case) -> impl Iterator<Item = &str> {
    let gaps = case.judged().gaps.iter();
    gaps.filter(|gap| gap.rules.is_empty() || gap.rules.contains(&case.id))
        .map(|gap| gap.message.as_str())
}

/// What all rules say, so that overlaps and stray hits show in a diff.
fn findings(case: &Case) -> Result<(), Failed> {
    // What only speaks under a benchmark would be noise beside the others.
    let speaks = |finding: &&Finding| {
        let rule = &case.rules.rules[usize::from(finding.rule.0)];
        !rule.file.is_benchmark_only() || rule.id == case.id
    };
    let told = table(case.rules, case.judged().findings.iter().filter(speaks));
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join(SNAPSHOTS));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(case.id.as_str(), told));
    Ok(())
}

fn table<'f>(rules: &Ruleset, findings: impl Iterator<Item = &'f Finding>) -> String {
    let mut text = String::new();
    for finding in findings {
        let _ = write!(
            text,
            "{} {}",
            finding.severity.slug(),
            rule_id(rules, finding)
        );
        let _ = write!(text, "\n  on {}", short_name(&finding.resource));
        if let Some(member) = &finding.member {
            let _ = write!(text, "\n  to {member}");
        }
        if let Some(role) = &finding.role {
            let _ = write!(text, "\n  by {role}");
        }
        if let Some(condition) = &finding.condition {
            let _ = write!(text, "\n  if {condition}");
        }
        if let Some(detail) = &finding.detail {
            let _ = write!(text, "\n  of {detail}");
        }
        let (pointer, place) = (&finding.pointer, finding.location);
        let _ = write!(text, "\n  at {pointer} {}:{}", place.line, place.column);
        let rule = &rules.rules[usize::from(finding.rule.0)];
        let _ = write!(
            text,
            "\n  = {}",
            message(rule, finding, &finding.resource_for_people())
        );
        if let Some(note) = &finding.note {
            let _ = write!(text, " ({note})");
        }
        text.push('\n');
    }
    text
}

/// Every finding stands where it says, and what it names stands there: in the document as it is, and in the same
/// assets as lines.
fn points(case: &Case) -> Result<(), Failed> {
    let text = std::fs::read_to_string(root().join(&case.path))?;
    let of_document = |_: &Finding| (0, text.as_str());
    stands(case, case.judged(), of_document)?;
    let assets: Vec<Value> = serde_json::from_str(&text)?;
    let mut lines: Vec<String> = assets.iter().map(Value::to_string).collect();
    // A single line is a document, so another follows.
    lines.push(
        r#"{"name":"//example.googleapis.com/x","assetType":"example.googleapis.com/X"}"#
            .to_owned(),
    );
    let judged = judge_bytes(case.rules, lines.join("\n").as_bytes());
    if judged.findings.len() != case.judged().findings.len() {
        let (told, expected) = (judged.findings.iter(), case.judged().findings.iter());
        let (told, expected) = (table(case.rules, told), table(case.rules, expected));
        let path = case.path.display();
        return Err(format!("{path}: as lines:\n{told}\nas a document:\n{expected}").into());
    }
    let of_line = |finding: &Finding| {
        let before = finding.location.line.saturating_sub(1);
        let line = lines.get(before as usize).map_or("", String::as_str);
        (before, line)
    };
    stands(case, &judged, of_line)
}

/// `within` gives the JSON text in which a finding's pointer leads, and the lines before it.
fn stands<'t>(
    case: &Case,
    judged: &Judgement,
    within: impl Fn(&Finding) -> (u32, &'t str),
) -> Result<(), Failed> {
    for finding in &judged.findings {
        let (before, text) = within(finding);
        let document: Value = serde_json::from_str(text)?;
        let about = format!(
            "{}: {} at {} {:?}",
            case.path.display(),
            rule_id(case.rules, finding),
            finding.pointer,
            finding.location
        );
        let place = Location {
            line: finding.location.line - before,
            ..finding.location
        };
        let there = place::prove(text, &finding.pointer, place)
            .map_err(|wrong| format!("{about}: {wrong}"))?;
        let value = document.pointer(there).and_then(Value::as_str);
        let of_member = finding.pointer.contains("/members/");
        let named = if of_member {
            finding.member.as_deref()
        } else if finding.pointer.ends_with("/role") {
            finding.role.as_deref()
        } else {
            None
        };
        if (of_member || named.is_some()) && named != value {
            return Err(format!("{about}: names {named:?}, but there stands {value:?}").into());
        }
        // An analysis may say of one asset what stands in another.
        let rule = &case.rules.rules[usize::from(finding.rule.0)];
        if rule.file.analysis.is_some() {
            continue;
        }
        let asset = match &document {
            Value::Array(assets) => there
                .split('/')
                .nth(1)
                .and_then(|index| assets.get(index.parse::<usize>().ok()?)),
            one => Some(one),
        };
        let owner = asset.and_then(|asset| asset["name"].as_str());
        if owner != Some(&finding.resource) {
            let resource = &finding.resource;
            return Err(format!("{about}: on {resource}, but stands in {owner:?}").into());
        }
    }
    Ok(())
}

/// Rules, fixtures and snapshots belong together.
fn belongs(ids: &BTreeSet<&str>) -> Vec<Trial> {
    let fixtures = root().join(FIXTURES);
    let folders = names(&fixtures);
    let known = |id: &str| ids.contains(id);
    let mut trials = Vec::new();
    for folder in &folders {
        let fault = (!known(folder)).then(|| format!("{FIXTURES}/{folder} belongs to no rule"));
        trials.push(verdict(format!("belongs::fixture::{folder}"), fault));
        for file in names(&fixtures.join(folder)) {
            let stem = file.strip_suffix(".json").unwrap_or_default();
            let (first, _) = stem.split_once('-').unwrap_or((stem, ""));
            let is_known = file == "options.toml" || ["bad", "good", "unknown"].contains(&first);
            let fault = (!is_known).then(|| {
                format!(
                    "{FIXTURES}/{folder}/{file} is neither bad*.json, good*.json nor unknown*.json"
                )
            });
            if fault.is_some() {
                trials.push(verdict(
                    format!("belongs::fixture::{folder}::{file}"),
                    fault,
                ));
            }
        }
    }
    for id in ids {
        let missing: Vec<String> = ["bad.json", "good.json"]
            .iter()
            .map(|file| format!("{FIXTURES}/{id}/{file}"))
            .filter(|file| !root().join(file).is_file())
            .collect();
        let fault = (!missing.is_empty()).then(|| format!("missing: {}", missing.join(", ")));
        trials.push(verdict(format!("belongs::rule::{id}"), fault));
    }
    for file in names(&root().join(SNAPSHOTS)) {
        if let Some(id) = file.strip_suffix(".snap") {
            let fault = (!known(id)).then(|| format!("{SNAPSHOTS}/{file} belongs to no rule"));
            trials.push(verdict(format!("belongs::snapshot::{id}"), fault));
        }
    }
    trials
}

fn verdict(name: String, fault: Option<String>) -> Trial {
    Trial::test(name, move || {
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    })
}

/// A rule leaves findings only to rules on grants that exist, are no milder and speak to as many people: otherwise
/// leaving them would be silence.
fn yields(rules: &Ruleset) -> Result<(), Failed> {
    for rule in &rules.rules {
        let others = rule.file.grant.iter().flat_map(|grant| &grant.yields_to);
        for id in others {
            let other = rules.rules.iter().find(|other| other.id == *id);
            let other = other.map(|other| &other.file);
            let fits = other.is_some_and(|other| {
                other.grant.is_some()
                    && other.severity >= rule.file.severity
                    && other.persona <= rule.file.persona
            });
            if !fits {
                return Err(format!("{} cannot leave anything to {id}", rule.id).into());
            }
        }
    }
    Ok(())
}

/// The number of threads does not show.
fn determinism(rules: &Ruleset) -> Result<(), Failed> {
    let folder = [PathBuf::from("fixtures")];
    let one = judge_paths(rules, &folder, 1);
    let four = judge_paths(rules, &folder, 4);
    if one.findings != four.findings {
        return Err("findings differ between 1 and 4 threads".into());
    }
    if one.gaps != four.gaps {
        return Err("gaps differ between 1 and 4 threads".into());
    }
    if one.coverage.outcomes != four.coverage.outcomes {
        return Err("outcomes differ between 1 and 4 threads".into());
    }
    if one.findings.is_empty() {
        return Err("nothing was found in any fixture".into());
    }
    Ok(())
}
