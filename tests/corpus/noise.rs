//! How much each rule finds in real inputs. A rule that speaks of more than a third of what it judges is either about
//! something that is wrong nearly everywhere, or it is noise: those are listed, to be read and argued.

use crate::support::{root, rule_id};
use leastwise::cli::judge::Judgement;
use leastwise::finding::{Persona, Severity};
use leastwise::rules::{Rule, Ruleset};

/// A rule that fails more of its subjects than one in so many is looked at.
const LOUD: u64 = 3;

/// Of fewer subjects than this a share says nothing.
const ENOUGH: u64 = 20;

const REASONS: &str = "docs/coverage/loud.toml";

/// Prints a line per rule, and the loud ones.
pub(crate) fn tell(rules: &Ruleset, judgement: &Judgement) {
    println!("\nnoise: subjects judged, of these failed, and findings, by rule");
    println!(
        "{:>8} {:>8} {:>6} {:>9}  rule",
        "judged", "failed", "share", "findings"
    );
    let mut rows: Vec<(usize, u64, u64)> = rules
        .rules
        .iter()
        .enumerate()
        .map(|(at, _)| {
            let tally = judgement.tallies.get(at).copied().unwrap_or_default();
            (at, tally.fail + tally.pass, tally.fail)
        })
        .collect();
    rows.sort_by_key(|(at, judged, failed)| (std::cmp::Reverse(per_mille(*failed, *judged)), *at));
    for (at, judged, failed) in &rows {
        let rule = &rules.rules[*at];
        let of_rule = |finding: &&leastwise::finding::Finding| rule_id(rules, finding) == rule.id;
        let findings = judgement.findings.iter().filter(of_rule).count();
        let share = match judged {
            0 => "-".to_owned(),
            _ => format!("{}%", per_mille(*failed, *judged) / 10),
        };
        println!(
            "{judged:>8} {failed:>8} {share:>6} {findings:>9}  {}",
            rule.id
        );
    }
    println!(
        "\nloud: more than one in {LOUD} fails, and neither severity nor persona says that it may"
    );
    let reasons = reasons();
    let mut unargued = Vec::new();
    for (at, judged, failed) in rows {
        let rule = &rules.rules[at];
        if failed * LOUD <= judged || !must_be_rare(rule) {
            continue;
        }
        let (id, severity) = (&rule.id, rule.file.severity.slug());
        let reason = reasons.get(id).and_then(toml::Value::as_str);
        let said = reason.unwrap_or(if judged < ENOUGH {
            "few were judged"
        } else {
            "?"
        });
        println!("  {id} ({severity}): {failed} of {judged}: {said}");
        if judged >= ENOUGH && reason.is_none() {
            unargued.push(id.as_str());
        }
    }
    assert!(
        unargued.is_empty(),
        "{unargued:?}: a narrower predicate, a lower severity, another persona, or a reason in {REASONS}"
    );
}

/// Why some rules may be loud, by rule.
fn reasons() -> toml::Table {
    let text = std::fs::read_to_string(root().join(REASONS)).expect("it is part of the sources");
    toml::from_str(&text).expect("it is TOML")
}

fn per_mille(part: u64, whole: u64) -> u64 {
    (part * 1_000).checked_div(whole).unwrap_or_default()
}

fn must_be_rare(rule: &Rule) -> bool {
    let file = &rule.file;
    file.persona == Persona::Regular && file.severity > Severity::Low && !file.is_benchmark_only()
}
