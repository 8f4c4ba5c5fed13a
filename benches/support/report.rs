//! What the benchmark says: times, ratios, and whether the answers agree.

use super::contestant::{Contestant, Course, median};
use super::rules::{self, Set};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// How long each took.
pub(crate) fn times(course: &Course, contestants: &[Contestant]) {
    println!("| what | threads | wall s (min to max) | processor s | MB/s | peak MiB |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for contestant in contestants {
        let Some(wall) = contestant.wall() else {
            let reason = contestant.failure.as_deref().unwrap_or("it did not run");
            println!("| {} | | failed: {reason} | | | |", contestant.name);
            continue;
        };
        let walls = || contestant.runs.iter().map(|run| run.wall);
        let processor = median(contestant.runs.iter().filter_map(|run| run.processor));
        println!(
            "| {} | {} | {:.3} ({:.3} to {:.3}) | {} | {:.0} | {} |",
            contestant.name,
            contestant.threads,
            wall.as_secs_f64(),
            walls().min().unwrap_or_default().as_secs_f64(),
            walls().max().unwrap_or_default().as_secs_f64(),
            processor.map_or("?".to_owned(), |time| format!("{:.2}", time.as_secs_f64())),
            course.bytes as f64 / 1e6 / wall.as_secs_f64(),
            contestant
                .peak_mib()
                .map_or("?".to_owned(), |mib| format!("{mib:.0}")),
        );
    }
    println!();
}

/// The ratios that are wanted, and whether they are met.
pub(crate) fn ratios(
    newlines: &Contestant,
    typed: &Contestant,
    [fourteen, hundred, all]: [&Contestant; 3],
    builtin: usize,
    duckdb: Option<&Contestant>,
) {
    let ratio = |over: &Contestant, under: &Contestant| {
        Some(over.wall()?.as_secs_f64() / under.wall()?.as_secs_f64())
    };
    let own = format!("its own {builtin} rules / 100 rules");
    let rows = [
        (
            "100 rules / bare decode",
            ratio(hundred, typed),
            Limit::AtMost(1.5),
        ),
        (
            "DuckDB / 100 rules",
            duckdb.and_then(|duckdb| ratio(duckdb, hundred)),
            Limit::AtLeast(5.0),
        ),
        (
            "100 rules / 14 rules",
            ratio(hundred, fourteen),
            Limit::AtMost(1.5),
        ),
        (
            own.as_str(),
            ratio(all, hundred),
            // No worse than in proportion to the number of rules.
            Limit::AtMost(builtin as f64 / 100.0),
        ),
        (
            "peak MiB of 100 rules",
            hundred.wall().and(hundred.peak_mib()),
            Limit::AtMost(150.0),
        ),
        (
            "100 rules / newlines",
            ratio(hundred, newlines),
            Limit::None,
        ),
    ];
    println!("| ratio | measured | wanted | |");
    println!("| --- | --- | --- | --- |");
    for (name, measured, limit) in rows {
        let (wanted, verdict) = match (limit, measured) {
            (Limit::AtMost(most), Some(value)) => (
                format!("at most {most}"),
                if value <= most { "met" } else { "missed" },
            ),
            (Limit::AtLeast(least), Some(value)) => (
                format!("at least {least}"),
                if value >= least { "met" } else { "missed" },
            ),
            (Limit::AtMost(most), None) => (format!("at most {most}"), "not measured"),
            (Limit::AtLeast(least), None) => (format!("at least {least}"), "not measured"),
            (Limit::None, _) => (String::new(), ""),
        };
        let measured = measured.map_or(String::new(), |value| format!("{value:.2}"));
        println!("| {name} | {measured} | {wanted} | {verdict} |");
    }
    println!();
}

/// A bound on a ratio.
#[derive(Clone, Copy)]
enum Limit {
    AtMost(f64),
    AtLeast(f64),
    None,
}

/// Compares our findings with DuckDB's, rule by rule: a fast answer counts only when it is the same answer.
pub(crate) fn agreement(findings: &Path, duckdb: Option<&Contestant>) -> Result<()> {
    let ours = count_findings(findings)?;
    let theirs: Option<BTreeMap<String, u64>> = duckdb
        .and_then(|duckdb| duckdb.runs.first())
        .map(|run| serde_json::from_str(&run.stdout).context("DuckDB's counts"))
        .transpose()?;
    println!("| rule | leastwise | DuckDB | |");
    println!("| --- | --- | --- | --- |");
    let (mut total, mut different) = (0, 0);
    for (id, _) in rules::files(Set::Hundred)? {
        let mine = ours.get(&id).copied().unwrap_or(0);
        total += mine;
        let Some(theirs) = &theirs else {
            println!("| {id} | {mine} | | |");
            continue;
        };
        let other = theirs.get(&id).copied().unwrap_or(0);
        let verdict = if mine == other { "" } else { "differs" };
        different += u32::from(mine != other);
        println!("| {id} | {mine} | {other} | {verdict} |");
    }
    println!("\n{total} findings in {}", findings.display());
    match theirs {
        Some(_) if different > 0 => bail!("{different} of the 100 rules count differently"),
        Some(_) => println!("all 100 rules count the same"),
        None => println!("nobody to agree with"),
    }
    Ok(())
}

/// Findings by rule in our NDJSON.
pub(crate) fn count_findings(path: &Path) -> Result<BTreeMap<String, u64>> {
    #[derive(serde::Deserialize)]
    struct Line {
        rule: Option<String>,
    }
    let file = File::open(path).with_context(|| format!("{}", path.display()))?;
    let mut counts = BTreeMap::new();
    for line in BufReader::with_capacity(1 << 20, file).lines() {
        if let Some(rule) = serde_json::from_str::<Line>(&line?)?.rule {
            *counts.entry(rule).or_default() += 1;
        }
    }
    Ok(counts)
}
