//! The library against a model that is simple enough to be believed.

use jiff::Timestamp;
use leastwise::finding::Severity;
use leastwise::history::{Changes, Counts, Entry, Filter, History, RunSummary, State};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A run over `scope` that finds `found` and does not look at `blind`.
#[derive(Debug, Clone)]
struct Step {
    scope: u8,
    found: BTreeSet<u8>,
    blind: BTreeSet<u8>,
    complete: bool,
}

pub(crate) fn record(
    history: &mut History,
    scope: &str,
    second: i64,
    found: impl IntoIterator<Item = (String, bool)>,
    complete: bool,
    looked_at: &dyn Fn(&str, &str) -> bool,
) -> Changes {
    let found: Vec<(String, bool)> = found.into_iter().collect();
    let resources: Vec<String> = found.iter().map(|(id, _)| format!("//x/{id}")).collect();
    let entries: Vec<Entry<'_>> = found
        .iter()
        .zip(&resources)
        .map(|((id, reported), resource)| Entry {
            fingerprint: format!("v1:{id}"),
            earlier: Vec::new(),
            rule: "rule",
            severity: Severity::High,
            resource,
            role: None,
            member: Some("user:a@example.com"),
            condition: None,
            detail: None,
            reported: *reported,
        })
        .collect();
    let now = Timestamp::from_second(second).unwrap();
    let run = RunSummary {
        started: now,
        finished: now,
        version: "0",
        scope,
        complete,
        rules: 1,
        ruleset: String::new(),
        counts: Counts::default(),
        kinds: BTreeMap::from([("kind".to_owned(), 1)]),
        looked_at,
        message: &|at| format!("finding {at}"),
    };
    history.record(&run, &entries).unwrap()
}

/// What the model holds of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    open: bool,
    first: i64,
    last: i64,
    reopened: u64,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let ids = || prop::collection::btree_set(0u8..12, 0..8);
    let step = (0u8..2, ids(), ids(), prop::bool::weighted(0.8)).prop_map(
        |(scope, found, blind, complete)| Step {
            scope,
            found,
            blind,
            complete,
        },
    );
    prop::collection::vec(step, 1..12)
}

fn follow(path: &Path, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut model: BTreeMap<(u8, u8), Held> = BTreeMap::new();
    let mut seen_scopes = BTreeSet::new();
    for (second, step) in (1_000_000..).zip(steps) {
        // Opened anew each time, as runs do.
        let mut history = History::open(path).unwrap();
        let looked_at = |_: &str, resource: &str| {
            let id: u8 = resource.trim_start_matches("//x/").parse().unwrap();
            !step.blind.contains(&id)
        };
        let found = step.found.iter().map(|id| (id.to_string(), id % 3 != 0));
        let scope = step.scope.to_string();
        let changes = record(
            &mut history,
            &scope,
            second,
            found,
            step.complete,
            &looked_at,
        );

        prop_assert_eq!(changes.first_run, seen_scopes.insert(step.scope));
        let mut fixed = BTreeSet::new();
        let mut kept = 0;
        for ((in_scope, id), held) in &mut model {
            if *in_scope != step.scope || !held.open || step.found.contains(id) {
                continue;
            }
            if step.complete && !step.blind.contains(id) {
                held.open = false;
                fixed.insert(format!("v1:{id}"));
            } else {
                kept += 1;
            }
        }
        prop_assert_eq!(
            changes.fixed.keys().cloned().collect::<BTreeSet<_>>(),
            fixed
        );
        prop_assert_eq!(changes.not_looked_at, kept);
        prop_assert_eq!(changes.found.len(), step.found.len());
        let mut standing = (0, 0, 0);
        for id in &step.found {
            let seen = changes.found[&format!("v1:{id}")];
            let new = Held {
                open: true,
                first: second,
                last: second,
                reopened: 0,
            };
            let mut state = State::Open;
            let held = model.entry((step.scope, *id)).or_insert_with(|| {
                state = State::New;
                new
            });
            if !held.open {
                state = State::Reopened;
                held.reopened += 1;
                held.open = true;
            }
            held.last = second;
            prop_assert_eq!(seen.state, state);
            prop_assert_eq!(seen.first_seen.as_second(), held.first);
            if id % 3 != 0 {
                match state {
                    State::New => standing.0 += 1,
                    State::Reopened => standing.1 += 1,
                    State::Open => standing.2 += 1,
                }
            }
        }
        let told = changes.standing;
        prop_assert_eq!((told.new, told.reopened, told.open), standing);
    }
    let history = History::open_existing(path).unwrap();
    let known = history.findings(&Filter::default()).unwrap();
    prop_assert_eq!(known.len(), model.len());
    for known in known {
        let id: u8 = known.fingerprint.trim_start_matches("v1:").parse().unwrap();
        let held = &model[&(known.scope.parse().unwrap(), id)];
        let stored = Held {
            open: known.fixed_at.is_none(),
            first: known.past.first_seen.as_second(),
            last: known.past.last_seen.as_second(),
            reopened: known.reopened,
        };
        prop_assert_eq!(&stored, held);
    }
    prop_assert_eq!(history.runs(None, None).unwrap().len(), steps.len());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_sequence_of_runs_is_remembered_as_the_model_does(steps in steps()) {
        let folder = tempfile::tempdir().unwrap();
        follow(&folder.path().join("h.db"), &steps)?;
    }
}

#[test]
fn the_open_findings_by_severity_are_those_that_are_open() {
    let folder = tempfile::tempdir().unwrap();
    let mut history = History::open(&folder.path().join("h.db")).unwrap();
    let found = |ids: &[&str]| -> Vec<(String, bool)> {
        ids.iter()
            .map(|id| ((*id).to_owned(), *id != "hidden"))
            .collect()
    };
    let all = |_: &str, _: &str| true;
    record(
        &mut history,
        "s",
        10,
        found(&["1", "2", "hidden"]),
        true,
        &all,
    );
    record(&mut history, "s", 20, found(&["1"]), false, &all);
    record(&mut history, "s", 30, found(&["1"]), true, &all);
    let open: Vec<u64> = history
        .runs(None, None)
        .unwrap()
        .iter()
        .map(|run| run.open[1])
        .collect();
    assert_eq!(open, [2, 2, 1]);
}

#[test]
fn what_is_long_past_can_be_forgotten_and_what_is_open_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("h.db");
    let mut history = History::open(&path).unwrap();
    let found = |ids: &[&str]| -> Vec<(String, bool)> {
        ids.iter().map(|id| ((*id).to_owned(), true)).collect()
    };
    let all = |_: &str, _: &str| true;
    record(&mut history, "s", 10, found(&["1", "2", "3"]), true, &all);
    record(&mut history, "s", 20, found(&["1", "2"]), true, &all);
    record(&mut history, "s", 90, found(&["1"]), true, &all);
    record(&mut history, "old", 15, found(&["9"]), true, &all);
    let pruned = history.prune(Timestamp::from_second(50).unwrap()).unwrap();
    assert_eq!((pruned.runs, pruned.findings), (2, 1));
    let known = history.findings(&Filter::default()).unwrap();
    let known: Vec<(&str, bool)> = known
        .iter()
        .map(|known| (&*known.fingerprint, known.fixed_at.is_some()))
        .collect();
    assert_eq!(known, [("v1:1", false), ("v1:2", true), ("v1:9", false)]);
    // What was forgotten and comes back is new; what was kept is not.
    let changes = record(&mut history, "s", 100, found(&["1", "2", "3"]), true, &all);
    let states: Vec<State> = changes.found.values().map(|seen| seen.state).collect();
    assert_eq!(states, [State::Open, State::Reopened, State::New]);
    assert_eq!(changes.found["v1:1"].first_seen.as_second(), 10);
    drop(history);
    History::open(&path).unwrap();
}

/// Not run by default: it is about time, in a release build. `cargo test --release --test history -- --ignored many`.
#[test]
#[ignore = "a measurement"]
fn many_findings_take_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("h.db");
    let many = |from: u32| {
        (from..from + 300_000).map(|n| {
            (
                format!("{:064x}", u64::from(n).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
                true,
            )
        })
    };
    for (second, from) in [(10, 0), (20, 0), (30, 3_000)] {
        let started = std::time::Instant::now();
        let mut history = History::open(&path).unwrap();
        let opened = started.elapsed();
        let changes = record(&mut history, "s", second, many(from), true, &|_, _| true);
        println!(
            "open {opened:.2?}, record {:.2?}: {} new, {} fixed; {} bytes",
            started.elapsed() - opened,
            changes.standing.new,
            changes.fixed.len(),
            std::fs::metadata(&path).unwrap().len()
        );
    }
}
