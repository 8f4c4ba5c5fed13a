//! `docs/coverage.md`: which checks are rules, which are not yet and why; and what rules say of other tools and of
//! benchmarks, held against the list of checks.

use crate::support::{root, shared};
use crate::{CURE, held, loaded, updating};
use leastwise::rules::benchmark::recommendations;
use leastwise::rules::{RemedyKind, Rule, Ruleset};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const PAGE: &str = "docs/coverage.md";
const CHECKS: &str = "docs/coverage/checks.tsv";
const NOT_YET: &str = "docs/coverage/not-yet.toml";

/// A line of `checks.tsv`.
struct Check {
    id: String,
    section: String,
    peers: u64,
    starred: bool,
    /// Numbers by benchmark.
    numbers: BTreeMap<String, Vec<String>>,
}

fn checks() -> Vec<Check> {
    let text = std::fs::read_to_string(root().join(CHECKS)).unwrap();
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
    assert_eq!(header[..4], ["id", "section", "peers", "starred"]);
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            assert_eq!(cells.len(), header.len(), "{CHECKS}: {line}");
            let numbers = header[4..].iter().zip(&cells[4..]);
            Check {
                id: cells[0].to_owned(),
                section: cells[1].to_owned(),
                peers: cells[2].parse().unwrap(),
                starred: cells[3] == "yes",
                numbers: numbers
                    .filter(|(_, cell)| **cell != "-")
                    .map(|(name, cell)| {
                        let numbers = cell.split(',').map(str::to_owned).collect();
                        ((*name).to_owned(), numbers)
                    })
                    .collect(),
            }
        })
        .collect()
}

/// Why a check is no rule yet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Missing {
    reason: String,
    needs: String,
}

fn not_yet() -> BTreeMap<String, Missing> {
    let text = std::fs::read_to_string(root().join(NOT_YET)).unwrap();
    toml::from_str(&text).unwrap_or_else(|error| panic!("{NOT_YET}: {error}"))
}

/// The rule that judges a check: by that name, or under another.
fn judge<'r>(rules: &'r Ruleset, check: &str) -> Option<&'r Rule> {
    rules.find(check)
}

/// Takes the lines of what has become a rule out of the list, if that was asked for.
fn forget(done: &BTreeSet<&str>) {
    let path = root().join(NOT_YET);
    let text = std::fs::read_to_string(&path).unwrap();
    let kept: Vec<&str> = text
        .lines()
        .filter(|line| {
            line.split_once(" = ")
                .is_none_or(|(id, _)| !done.contains(id))
        })
        .collect();
    std::fs::write(path, kept.join("\n") + "\n").unwrap();
}

#[test]
fn every_check_is_a_rule_or_says_why_not() {
    let (rules, checks) = (loaded(), checks());
    let listed = not_yet();
    let mut faults = Vec::new();
    let known: BTreeSet<&str> = checks.iter().map(|check| check.id.as_str()).collect();
    assert_eq!(
        known.len(),
        checks.len(),
        "{CHECKS}: an id stands there twice"
    );
    let is_rule = |id: &&str| judge(&rules, id).is_some();
    let done: BTreeSet<&str> = listed.keys().map(String::as_str).filter(is_rule).collect();
    if updating() && !done.is_empty() {
        forget(&done);
    } else {
        let stale = |id| format!("{NOT_YET}: {id} is a rule now, take its line away; {CURE}");
        faults.extend(done.into_iter().map(stale));
    }
    for id in listed.keys().filter(|id| !known.contains(id.as_str())) {
        faults.push(format!("{NOT_YET}: {id} is no check of {CHECKS}"));
    }
    for check in &checks {
        if judge(&rules, &check.id).is_none() && !listed.contains_key(&check.id) {
            let id = &check.id;
            faults.push(format!(
                "{id} is neither a rule nor an alias of one: write {id} = {{ reason = \"…\", needs = \"…\" }} into {NOT_YET}"
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_coverage_page_is_current() {
    if let Some(fault) = held(PAGE, &page()) {
        panic!("{fault}");
    }
}

fn page() -> String {
    let (rules, checks, listed) = (loaded(), checks(), not_yet());
    let judged = |check: &&Check| judge(&rules, &check.id).is_some();
    let mut page = String::from(
        "# Coverage\n\n\
         Every check on IAM, Cloud Storage and what stands beside them that another tool has or that we think somebody should,\n\
         and which rule judges it. ★ marks what matters most where training data and models are kept. A remedy is `executable`\n\
         (steps that are printed as commands) or `words` (a text for a person).\n\n\
         | checks | all | judged | not yet |\n|---|---|---|---|\n",
    );
    type Part = fn(&Check) -> bool;
    let parts: [(&str, Part); 3] = [
        ("all", |_| true),
        ("that at least one other tool has", |check| check.peers > 0),
        ("★", |check| check.starred),
    ];
    for (name, part) in parts {
        let all = checks.iter().filter(|check| part(check)).count();
        let done = checks
            .iter()
            .filter(|check| part(check))
            .filter(judged)
            .count();
        let _ = writeln!(page, "| {name} | {all} | {done} | {} |", all - done);
    }
    let remedies = |kind: RemedyKind| {
        let rules = rules.rules.iter().filter(|rule| rule.file.remedy() == kind);
        rules.count()
    };
    let (executable, words) = (
        remedies(RemedyKind::Executable),
        remedies(RemedyKind::Words),
    );
    let _ = writeln!(
        page,
        "\n{} rules: {executable} with an executable remedy, {words} with one in words.\n",
        rules.rules.len()
    );

    let mut sections: Vec<&str> = Vec::new();
    for check in &checks {
        if !sections.contains(&check.section.as_str()) {
            sections.push(&check.section);
        }
    }
    for section in sections {
        let _ = writeln!(
            page,
            "## {section}\n\n| check | rule | severity | other tools | remedy |\n|---|---|---|---|---|"
        );
        for check in checks.iter().filter(|check| check.section == section) {
            let star = if check.starred { "★ " } else { "" };
            let Some(rule) = judge(&rules, &check.id) else {
                let _ = writeln!(
                    page,
                    "| {star}`{}` | not yet | | {} | |",
                    check.id, check.peers
                );
                continue;
            };
            let id = &rule.id;
            let alias = if *id == check.id { "" } else { id };
            let link = if alias.is_empty() {
                format!("[page](rules/{id}.md)")
            } else {
                format!("[{id}](rules/{id}.md)")
            };
            let remedy = remedy(rule.file.remedy());
            let severity = rule.file.severity.slug();
            let _ = writeln!(
                page,
                "| {star}`{}` | {link} | {severity} | {} | {remedy} |",
                check.id, check.peers
            );
        }
        page.push('\n');
    }

    page.push_str(
        "## Not yet\n\n| check | why | what the input would have to hold |\n|---|---|---|\n",
    );
    let missing = checks.iter().filter_map(|check| {
        let missing = listed.get(&check.id).filter(|_| !judged(&check))?;
        Some((check, missing))
    });
    for (check, missing) in missing {
        let star = if check.starred { "★ " } else { "" };
        let cell = |text: &str| text.replace('|', "\\|");
        let (reason, needs) = (cell(&missing.reason), cell(&missing.needs));
        let _ = writeln!(page, "| {star}`{}` | {reason} | {needs} |", check.id);
    }
    beyond(&rules, &checks, &mut page);
    page
}

/// Rules that are no check of the list.
fn beyond(rules: &Ruleset, checks: &[Check], page: &mut String) {
    let known: BTreeSet<&str> = checks.iter().map(|check| check.id.as_str()).collect();
    page.push_str(
        "\n## Beside these\n\nRules that tell apart what a check lumps together, or that ask what a benchmark asks to the letter \
         and run only under\n`--benchmark`.\n\n| rule | severity | runs |\n|---|---|---|\n",
    );
    for rule in rules
        .rules
        .iter()
        .filter(|rule| !known.contains(rule.id.as_str()))
    {
        let runs = if rule.file.is_benchmark_only() {
            "under a benchmark"
        } else {
            "always"
        };
        let severity = rule.file.severity.slug();
        let _ = writeln!(
            page,
            "| [{0}](rules/{0}.md) | {severity} | {runs} |",
            rule.id
        );
    }
}

fn remedy(kind: RemedyKind) -> &'static str {
    match kind {
        RemedyKind::Executable => "executable",
        RemedyKind::Words => "words",
        RemedyKind::None => "none",
    }
}

/// Rules carry the numbers of the checks that they judge. They may carry more: a rule may judge a part.
#[test]
fn rules_name_the_recommendations_that_they_judge() {
    let (rules, mut faults) = (loaded(), Vec::new());
    for check in checks() {
        let Some(rule) = judge(&rules, &check.id) else {
            continue;
        };
        for (benchmark, numbers) in &check.numbers {
            let own = rule.file.benchmark.get(benchmark);
            for number in numbers
                .iter()
                .filter(|n| !own.is_some_and(|own| own.contains(n)))
            {
                faults.push(format!(
                    "{}: `benchmark` lacks {benchmark} {number}",
                    rule.path
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A recommendation has a rule, or says why a person has to look. And what a rule names is a recommendation that there is.
#[test]
fn recommendations_and_rules_know_each_other() {
    let (rules, mut faults) = (loaded(), Vec::new());
    let mut known: BTreeSet<(&str, &str)> = BTreeSet::new();
    for one in recommendations() {
        for (benchmark, number) in &one.numbers {
            known.insert((benchmark, number));
            let names = |numbers: &BTreeMap<String, Vec<String>>| {
                numbers
                    .get(benchmark)
                    .is_some_and(|own| own.contains(number))
            };
            let judged = rules.rules.iter().any(|rule| names(&rule.file.benchmark));
            if !judged && one.manual.is_none() {
                faults.push(format!(
                    "{benchmark} {number}: no rule, and `manual` does not say why"
                ));
            }
        }
    }
    for rule in rules.rules.iter() {
        for (benchmark, numbers) in &rule.file.benchmark {
            for number in numbers {
                if !known.contains(&(benchmark, number)) {
                    faults.push(format!(
                        "{}: {benchmark} has no recommendation {number} in our list",
                        rule.path
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Maps that go round confuse these: the two separations of duties, and sinks with the lock of what they write to.
#[test]
fn recommendations_that_are_often_confused_are_not() {
    let rules = loaded();
    let of = |benchmark: &str, number: &str| -> BTreeSet<String> {
        let carries = |rule: &&Rule| {
            let own = rule.file.benchmark.get(benchmark);
            own.is_some_and(|own| own.iter().any(|n| n == number))
        };
        rules
            .rules
            .iter()
            .filter(carries)
            .map(|rule| rule.id.clone())
            .collect()
    };
    for (benchmark, shift) in [
        ("cis-gcp-2.0", 0),
        ("cis-gcp-3.0", 0),
        ("cis-gcp-4.0", 0),
        ("cis-gcp-5.0", 1),
    ] {
        for (section, number, rule, other) in [
            (
                1,
                8,
                "iam-sa-separation-of-duties",
                "kms-separation-of-duties",
            ),
            (
                1,
                11,
                "kms-separation-of-duties",
                "iam-sa-separation-of-duties",
            ),
            (2, 2, "log-sink-missing", "gcs-log-bucket-retention-lock"),
            (2, 3, "gcs-log-bucket-retention-lock", "log-sink-missing"),
        ] {
            let number = format!("{section}.{}", number + shift);
            let carried = of(benchmark, &number);
            assert!(
                !carried.contains(other),
                "{benchmark} {number}: {carried:?}"
            );
            if rules.find(rule).is_some() {
                assert!(carried.contains(rule), "{benchmark} {number}: {carried:?}");
            }
        }
    }
}

/// The list, and the ids of other tools in rules, against the list from which both were made, where that is at hand.
#[test]
fn facts_of_checks_are_carried_over() {
    let Some(folder) = shared("spec").filter(|folder| folder.join("checks.json").is_file()) else {
        println!("skipped: the list of checks with its sources is not at hand");
        return;
    };
    let text = std::fs::read_to_string(folder.join("checks.json")).unwrap();
    let facts: Vec<Value> = serde_json::from_str(&text).unwrap();
    let (rules, checks, mut faults) = (loaded(), checks(), Vec::new());
    assert_eq!(facts.len(), checks.len(), "{CHECKS}");
    for (fact, check) in facts.iter().zip(&checks) {
        assert_eq!(fact["id"], *check.id, "{CHECKS}");
        assert_eq!(fact["n"], check.peers, "{CHECKS}: {}", check.id);
        assert_eq!(fact["star"], check.starred, "{CHECKS}: {}", check.id);
        let Some(rule) = judge(&rules, &check.id) else {
            continue;
        };
        for (tool, ids) in fact["peers"].as_object().unwrap() {
            let tool = TOOLS.iter().find(|(short, _)| short == tool).unwrap().1;
            let own = rule.file.peers.get(tool).map_or(&[][..], Vec::as_slice);
            for id in ids.as_array().unwrap() {
                let id = id.as_str().unwrap();
                if !own.iter().any(|own| same(own, id)) {
                    faults.push(format!("{}: `peers.{tool}` lacks {id:?}", rule.path));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

const TOOLS: [(&str, &str); 14] = [
    ("PR", "prowler"),
    ("SHA", "security-health-analytics"),
    ("SCC", "scc"),
    ("IR", "iam-recommender"),
    ("SS", "scoutsuite"),
    ("PL", "policy-library"),
    ("FO", "forseti"),
    ("CK", "checkov"),
    ("TV", "trivy"),
    ("TF", "tfsec"),
    ("C7", "cloud-custodian"),
    ("PP", "powerpipe"),
    ("CS", "cloudsploit"),
    ("OP", "org-policy"),
];

/// Whether a rule's id of another tool is that of the list, which adds remarks in brackets and says what kind it is.
fn same(own: &str, listed: &str) -> bool {
    let bare = |id: &str| id.split(" (").next().unwrap_or(id).trim().to_owned();
    let (own, listed) = (bare(own), bare(listed));
    let constraint = |id: &str| {
        id.strip_prefix("custom constraint ")
            .map(|name| format!("custom.{name}"))
    };
    own == listed
        || constraint(&listed).is_some_and(|listed| listed == own)
        || listed.split_whitespace().next_back() == Some(&own)
}

#[test]
fn only_what_no_input_says_is_no_rule() {
    let open = not_yet();
    for (id, missing) in &open {
        let (reason, needs) = (missing.reason.trim(), missing.needs.trim());
        assert!(
            reason.ends_with('.') && reason.contains(' ') && !needs.is_empty(),
            "{NOT_YET}: {id} needs a reason in a sentence, and what the input would have to hold"
        );
    }
    assert!(
        open.len() <= 5,
        "{NOT_YET}: more than five checks lack an input"
    );
}

#[test]
fn remarks_do_not_make_another_id() {
    assert!(same("iam_rules", "iam_rules (whitelist)"));
    assert!(same(
        "custom.iamDisableBasicRoles",
        "custom constraint iamDisableBasicRoles (fabric)"
    ));
    assert!(same(
        "EXTERNAL_MEMBER",
        "cloudasset Insight EXTERNAL_MEMBER"
    ));
    assert!(!same("CKV_GCP_4", "CKV_GCP_44"));
}
