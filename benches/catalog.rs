//! What questions to the catalogue cost: loading, sets, holders, comparisons, and laying an import over it.
//!
//! `cargo bench --bench catalog`; see `docs/performance.md`.
#![allow(clippy::print_stdout, reason = "a benchmark's report is its output")]

use anyhow::{Context, Result, ensure};
use leastwise::catalog::{
    Catalog, CustomRole, Imported, Level, PermissionFact, PermissionSet, Roles, Stage, Support,
    Tier, Wanted,
};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How often each question is measured; the median counts.
const ROUNDS: usize = 9;
/// About how long one measurement takes.
const LONG_ENOUGH: Duration = Duration::from_millis(40);

/// As many as the IAM API lists, with as many permissions in them.
const IMPORTED_PERMISSIONS: usize = 14_000;
const IMPORTED_ROLES: usize = 2_400;

fn main() -> Result<()> {
    // Before anything else touches it: the tables come from the file of the program, page by page.
    let start = Instant::now();
    let catalog = Catalog::embedded();
    let first = catalog.tier("roles/storage.admin");
    let load = start.elapsed();
    ensure!(first == Tier::Complete);

    let start = Instant::now();
    let holders = catalog.holders("storage.objects.get").certain().len();
    let index = start.elapsed();
    ensure!(holders > 0, "nobody can read objects");

    let import = import();
    let start = Instant::now();
    let laid = catalog.with(&import);
    let with = start.elapsed();
    ensure!(laid.tier("roles/imported.number7") == Tier::Complete);

    // Cargo passes it for `cargo bench`, and not for `cargo test --benches`.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!(
            "catalog: the questions have answers; `cargo bench --bench catalog` measures them"
        );
        return Ok(());
    }
    println!(
        "embedded: {} roles, {} bytes of tables\n",
        catalog.roles().count(),
        catalog.size()
    );
    println!("{:<58} {:>12}", "once", "µs");
    row("load, and the first question", micro(load));
    row("who carries what, worked out on first use", micro(index));
    let text =
        format!("an import of {IMPORTED_ROLES} roles and {IMPORTED_PERMISSIONS} permissions");
    row(&text, micro(with));
    println!("\n{:<58} {:>12}", "each", "ns");
    questions(catalog)?;

    ensure!(
        load < Duration::from_millis(1),
        "loading takes a millisecond or more"
    );
    ensure!(
        catalog.size() < 2 << 20,
        "the tables take two megabytes or more"
    );
    Ok(())
}

/// Every question over many roles or permissions in turn, so that no single one stays in the processor's cache.
fn questions(catalog: &Catalog) -> Result<()> {
    let roles: Vec<&str> = catalog.roles().collect();
    let complete = roles.iter().copied();
    let complete: Vec<&str> = complete
        .filter(|role| catalog.set(role).is_some())
        .collect();
    let permissions: Vec<&str> = catalog
        .services()
        .filter_map(|service| catalog.permissions_of(service))
        .flatten()
        .collect();
    let sets: Vec<PermissionSet> = complete
        .iter()
        .filter_map(|role| catalog.set(role))
        .collect();
    let widest = sets.iter().max_by_key(|set| set.len()).context("no set")?;
    let average = sets.iter().map(PermissionSet::len).sum::<usize>() / sets.len();

    each("permission → number", &permissions, |name| {
        catalog.number(name)
    });
    each("role → tier", &roles, |role| catalog.tier(role));
    let text = format!("role → set ({average} permissions on average)");
    each(&text, &complete, |role| catalog.set(role));
    each("roles/editor → set", &["roles/editor"], |role| {
        catalog.at_least(role)
    });
    each("permission → roles, how many", &permissions, |name| {
        catalog.holders(name).certain().len()
    });
    each("permission → roles, each by name", &permissions, |name| {
        catalog.holders(name).certain().map(str::len).sum::<usize>()
    });
    let numbers = permissions.iter().filter_map(|name| catalog.number(name));
    let numbers: Vec<usize> = numbers.collect();
    each("set: contains", &numbers, |number| widest.contains(*number));
    each("set: superset", &sets, |set| widest.is_superset(set));
    each("set: difference", &sets, |set| widest.difference(set));
    each("set: union", &sets, |set| widest.union(set));
    each("compare two roles", &complete, |role| {
        catalog.compare(role, "roles/storage.admin")
    });
    let wanted = Wanted::parse(&["storage.objects.get".to_owned()])?;
    let laid = Roles::new(catalog);
    each("whether a role carries one permission", &roles, |role| {
        laid.carries(role, &wanted)
    });
    Ok(())
}

/// Nanoseconds for one of the `items`, the median over rounds.
fn each<T, R>(name: &str, items: &[T], question: impl Fn(&T) -> R) {
    let pass = || {
        let start = Instant::now();
        for item in items {
            black_box(question(black_box(item)));
        }
        start.elapsed()
    };
    let once = pass().max(Duration::from_nanos(1));
    let repeats = (LONG_ENOUGH.as_nanos() / once.as_nanos()).clamp(1, 1_000_000) as u32;
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let total: Duration = (0..repeats).map(|_| pass()).sum();
            total.as_nanos() as f64 / f64::from(repeats) / items.len() as f64
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    row(name, rounds[ROUNDS / 2]);
}

fn row(name: &str, figure: f64) {
    println!("{name:<58} {figure:>12.1}");
}

fn micro(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1_000.0
}

/// An import of the size of the real one: names and sizes are made up, their number is not.
fn import() -> Imported {
    let name = |i: usize| format!("service{}.resource{}.verb{i}", i % 250, i % 1_900);
    let permissions = (0..IMPORTED_PERMISSIONS).map(|i| PermissionFact {
        name: name(i),
        support: Support::Supported,
        stage: Stage::Ga,
        level: Some(Level::Project),
    });
    let roles = (0..IMPORTED_ROLES).map(|i| {
        // A few reach across everything.
        let (count, step) = if i < 4 { (12_000, 1) } else { (48, 11) };
        let carried = (0..count).map(|k| name((i * 5 + k * step) % IMPORTED_PERMISSIONS));
        CustomRole {
            name: format!("roles/imported.number{i}"),
            stage: Stage::Ga,
            permissions: Some(carried.collect()),
            ..CustomRole::default()
        }
    });
    Imported {
        roles: roles.collect(),
        permissions: permissions.collect(),
    }
}
