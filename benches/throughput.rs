//! How fast `leastwise lint` reads a large export, beside what others need for the same file in the same run.
//!
//! `cargo bench --bench throughput -- --size 1G`; see `docs/performance.md`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark's report is its output"
)]

mod support;

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use support::contestant::{self, Contestant, Course};
use support::rules::{self, Set};
use support::{decode, generate, report};

/// Measures `leastwise lint` against its peers on a generated export.
#[derive(Parser)]
struct Arguments {
    /// Size of the export in bytes; K, M and G are powers of 1,000.
    #[arg(long, default_value = "20M", value_parser = parse_size)]
    size: u64,
    /// Seed of the export.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How often each contestant runs; the median counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Threads of the contestants that have a choice.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Where the export and the results go.
    #[arg(long, default_value = concat!(env!("CARGO_TARGET_TMPDIR"), "/throughput"))]
    folder: PathBuf,
    /// A Python of 3.11 or newer that has the `duckdb` module.
    #[arg(long, default_value = "python3", env = "LEASTWISE_BENCH_PYTHON")]
    python: PathBuf,
    /// Write the export and the rules, print their paths, measure nothing.
    #[arg(long)]
    generate_only: bool,
    /// Be one of the contestants: the benchmark starts itself with this.
    #[arg(long, hide = true)]
    contestant: Option<String>,
    /// Cargo passes it for `cargo bench`, and not for `cargo test --benches`.
    #[arg(long, hide = true)]
    bench: bool,
    /// A filter, as other benchmarks take; the file of a contestant.
    #[arg(hide = true)]
    rest: Vec<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let Some(name) = &arguments.contestant {
        let file = arguments.rest.first().context("which file?")?;
        let assets = match name.as_str() {
            "newlines" => decode::newlines(file)?,
            "typed" => decode::typed(file, arguments.threads)?,
            "tree" => decode::tree(file, arguments.threads)?,
            _ => bail!("no contestant is called {name}"),
        };
        println!("{assets}");
        return Ok(());
    }
    if !arguments.bench && !arguments.generate_only {
        return self_test();
    }
    let course = prepare(&arguments)?;
    if arguments.generate_only {
        return Ok(());
    }
    measure(&course, &arguments)
}

/// Makes the export and the rules, unless they are there.
fn prepare(arguments: &Arguments) -> Result<Course> {
    let folder = &arguments.folder;
    std::fs::create_dir_all(folder)?;
    let export = folder.join(format!(
        "export-v{}-{}-{}.ndjson",
        generate::VERSION,
        arguments.seed,
        arguments.size
    ));
    if !export.exists() {
        // Under another name until it is whole.
        let part = export.with_extension("part");
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&part)?);
        generate::export(&mut out, arguments.seed, arguments.size)?;
        out.flush()?;
        std::fs::rename(&part, &export)?;
    }
    // Read back even when just written: it checks the file, and warms the cache for everybody alike.
    let (bytes, assets, sha256) = fingerprint(&export)?;
    println!("export    {}", export.display());
    println!(
        "          {bytes} bytes, {assets} assets, seed {}",
        arguments.seed
    );
    println!("          sha256 {sha256}");
    let course = Course {
        export,
        bytes,
        assets,
        fourteen: folder.join("rules-14"),
        hundred: folder.join("rules-100"),
    };
    let small = rules::write(&course.fourteen, Set::Fourteen)?;
    let all = rules::write(&course.hundred, Set::Hundred)?;
    println!("rules     {small} and {all} in {}\n", folder.display());
    Ok(course)
}

/// Lets everybody run in turn, and says how it went.
fn measure(course: &Course, arguments: &Arguments) -> Result<()> {
    let found = |name: &str| arguments.folder.join(format!("findings-{name}.ndjson"));
    let builtin = leastwise::rules::builtin().len();
    let mut contestants = vec![
        Contestant::own("newlines", "count newlines", 1, course)?,
        Contestant::own("typed", "bare sonic-rs decode", arguments.threads, course)?,
        Contestant::own("tree", "serde_json Value", 1, course)?,
        Contestant::ours(
            "leastwise, 14 rules".to_owned(),
            course,
            Some(&course.fourteen),
            &found("14"),
        ),
        Contestant::ours(
            "leastwise, 100 rules".to_owned(),
            course,
            Some(&course.hundred),
            &found("100"),
        ),
        Contestant::ours(
            format!("leastwise, its own {builtin} rules"),
            course,
            None,
            &found("builtin"),
        ),
    ];
    match contestant::duckdb_version(&arguments.python) {
        Ok(version) => contestants.push(Contestant::duckdb(
            format!("DuckDB {version}, 100 checks"),
            course,
            &arguments.python,
            arguments.threads,
        )),
        Err(reason) => println!("DuckDB is skipped: {reason}\n"),
    }
    for _ in 0..arguments.rounds {
        for contestant in &mut contestants {
            contestant.race(course);
        }
    }
    report::times(course, &contestants);
    let [newlines, typed, _, fourteen, hundred, all, peers @ ..] = contestants.as_slice() else {
        bail!("the list of contestants has changed");
    };
    let duckdb = peers.first();
    report::ratios(newlines, typed, [fourteen, hundred, all], builtin, duckdb);
    for own in [fourteen, hundred, all] {
        if let Some(reason) = &own.failure {
            bail!("{}: {reason}", own.name);
        }
    }
    let count = report::count_findings(&found("builtin"))?
        .values()
        .sum::<u64>();
    println!("{count} findings of its own rules\n");
    report::agreement(&found("100"), duckdb)
}

/// Bytes, lines and SHA-256 of a file.
fn fingerprint(path: &Path) -> Result<(u64, u64, String)> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let (mut bytes, mut lines) = (0, 0);
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        digest.update(&buffer[..read]);
        bytes += read as u64;
        lines += memchr::memchr_iter(b'\n', &buffer[..read]).count() as u64;
    }
    Ok((bytes, lines, generate::hexadecimal(&digest.finalize())))
}

fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" => 1,
        "K" | "k" => 1_000,
        "M" | "m" => 1_000_000,
        "G" | "g" => 1_000_000_000,
        other => return Err(format!("no unit is called {other}")),
    };
    let count: u64 = digits.parse().map_err(|_| "not a number".to_owned())?;
    count
        .checked_mul(unit)
        .ok_or_else(|| "too large".to_owned())
}

/// What `cargo test --benches` runs: the course is the same each time, and everybody can read it.
fn self_test() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("export.ndjson");
    let mut out = BufWriter::new(File::create(&file)?);
    let first = generate::export(&mut out, 7, 1_500_000)?;
    out.flush()?;
    let again = generate::export(&mut std::io::sink(), 7, 1_500_000)?;
    ensure!(first == again, "one seed gave two exports");
    let other = generate::export(&mut std::io::sink(), 8, 1_500_000)?;
    ensure!(first.sha256 != other.sha256, "two seeds gave one export");
    ensure!(
        fingerprint(&file)? == (first.bytes, first.assets, first.sha256),
        "the file is not what was said"
    );
    ensure!(decode::newlines(&file)? == first.assets);
    ensure!(decode::typed(&file, 2)? == first.assets);
    ensure!(decode::tree(&file, 2)? == first.assets);
    let hundred = rules::files(Set::Hundred)?;
    ensure!(hundred.len() == 100, "{} rules", hundred.len());
    ensure!(rules::files(Set::Fourteen)?.len() == 14);
    for (id, text) in hundred {
        toml::from_str::<leastwise::rules::RuleFile>(&text).with_context(|| id)?;
    }
    println!("throughput: the course is sound; `cargo bench --bench throughput` runs it");
    Ok(())
}
