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
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use support::child::{self, Run};
use support::rules::{self, Set};
use support::{decode, generate};

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
    let course = Course::prepare(&arguments)?;
    if arguments.generate_only {
        return Ok(());
    }
    course.measure(&arguments)
}

/// What everybody runs over.
struct Course {
    export: PathBuf,
    bytes: u64,
    assets: u64,
    fourteen: PathBuf,
    hundred: PathBuf,
}

impl Course {
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

    fn measure(&self, arguments: &Arguments) -> Result<()> {
        let found = |name: &str| arguments.folder.join(format!("findings-{name}.ndjson"));
        let mut contestants = vec![
            Contestant::own("newlines", "count newlines", 1, self)?,
            Contestant::own("typed", "bare sonic-rs decode", arguments.threads, self)?,
            Contestant::own("tree", "serde_json Value", 1, self)?,
            Contestant::ours("leastwise, 14 rules", self, &self.fourteen, &found("14")),
            Contestant::ours("leastwise, 100 rules", self, &self.hundred, &found("100")),
        ];
        match duckdb_version(&arguments.python) {
            Ok(version) => contestants.push(Contestant::duckdb(
                format!("DuckDB {version}, 100 checks"),
                self,
                arguments,
            )),
            Err(reason) => println!("DuckDB is skipped: {reason}\n"),
        }
        for _ in 0..arguments.rounds {
            for contestant in &mut contestants {
                contestant.race(self);
            }
        }
        print_table(self, &contestants);
        let [newlines, typed, _, fourteen, hundred, peers @ ..] = contestants.as_slice() else {
            bail!("the list of contestants has changed");
        };
        let duckdb = peers.first();
        print_ratios(newlines, typed, fourteen, hundred, duckdb);
        if hundred.failure.is_none() {
            print_agreement(&found("100"), duckdb)?;
        }
        Ok(())
    }
}

/// One process to measure, and how it did so far.
struct Contestant {
    name: String,
    threads: String,
    command: Command,
    /// Exit codes that mean that it did its work: for a linter, finding something is one.
    accepted: &'static [i32],
    /// It prints the number of assets, which must be right.
    counts_assets: bool,
    /// The file that it must write anew in each run.
    writes: Option<PathBuf>,
    runs: Vec<Run>,
    failure: Option<String>,
}

impl Contestant {
    fn new(name: &str, threads: String, command: Command) -> Contestant {
        Contestant {
            name: name.to_owned(),
            threads,
            command,
            accepted: &[0],
            counts_assets: false,
            writes: None,
            runs: Vec::new(),
            failure: None,
        }
    }

    /// A contestant of this program, as a process of its own so that memory and start-up count alike.
    fn own(mode: &str, name: &str, threads: usize, course: &Course) -> Result<Contestant> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["--contestant", mode, "--threads"])
            .arg(threads.to_string())
            .arg(&course.export);
        let mut contestant = Contestant::new(name, threads.to_string(), command);
        contestant.counts_assets = true;
        Ok(contestant)
    }

    fn ours(name: &str, course: &Course, rules: &Path, out: &Path) -> Contestant {
        let mut command = Command::new(env!("CARGO_BIN_EXE_leastwise"));
        let mut format = std::ffi::OsString::from("ndjson=");
        format.push(out);
        command
            .arg("lint")
            .arg(&course.export)
            .arg("--rules")
            .arg(rules)
            .args(["--no-builtin-rules", "--no-config", "--format"])
            .arg(format)
            .env("SOURCE_DATE_EPOCH", generate::NOW.to_string());
        let mut contestant = Contestant::new(name, "all".to_owned(), command);
        contestant.accepted = &[0, 1];
        contestant.writes = Some(out.to_owned());
        contestant
    }

    fn duckdb(name: String, course: &Course, arguments: &Arguments) -> Contestant {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches");
        let mut command = Command::new(&arguments.python);
        command
            .arg(sources.join("in_duckdb.py"))
            .arg(&course.export)
            .arg(&course.hundred)
            .arg(sources.join("rules.toml"))
            .args(["--now", &generate::NOW.to_string()])
            .args(["--threads", &arguments.threads.to_string()]);
        Contestant::new(&name, arguments.threads.to_string(), command)
    }

    /// Runs once more, unless it failed before.
    fn race(&mut self, course: &Course) {
        if self.failure.is_some() {
            return;
        }
        if let Some(path) = &self.writes {
            // Nothing may be left of an earlier run, or a program that does nothing would look fast.
            let _ = std::fs::remove_file(path);
        }
        let run = match child::run(&mut self.command) {
            Ok(run) => run,
            Err(error) => {
                self.failure = Some(format!("{error:#}"));
                return;
            }
        };
        let done = run
            .status
            .code()
            .is_some_and(|code| self.accepted.contains(&code));
        if !done {
            let complaint = run.stderr.lines().last().unwrap_or("no message");
            self.failure = Some(format!("{}: {complaint}", run.status));
        } else if self.counts_assets && run.stdout.trim() != course.assets.to_string() {
            self.failure = Some(format!("it saw {} assets", run.stdout.trim()));
        } else if self.writes.as_ref().is_some_and(|path| !has_content(path)) {
            self.failure = Some("it wrote no findings".to_owned());
        } else {
            self.runs.push(run);
        }
    }

    /// The median wall time, unless it failed.
    fn wall(&self) -> Option<Duration> {
        if self.failure.is_some() {
            return None;
        }
        median(self.runs.iter().map(|run| run.wall))
    }

    /// The most memory that any run held, in MiB.
    fn peak_mib(&self) -> Option<f64> {
        let kib = self.runs.iter().filter_map(|run| run.peak_kib).max()?;
        Some(kib as f64 / 1024.0)
    }
}

fn has_content(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.len() > 0)
}

fn median<T: Ord>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    let middle = values.len() / 2;
    values.into_iter().nth(middle)
}

fn print_table(course: &Course, contestants: &[Contestant]) {
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

fn print_ratios(
    newlines: &Contestant,
    typed: &Contestant,
    fourteen: &Contestant,
    hundred: &Contestant,
    duckdb: Option<&Contestant>,
) {
    let ratio = |over: &Contestant, under: &Contestant| {
        Some(over.wall()?.as_secs_f64() / under.wall()?.as_secs_f64())
    };
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
fn print_agreement(findings: &Path, duckdb: Option<&Contestant>) -> Result<()> {
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
fn count_findings(path: &Path) -> Result<BTreeMap<String, u64>> {
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

/// The version of DuckDB, or why it cannot take part.
fn duckdb_version(python: &Path) -> Result<String, String> {
    let mut command = Command::new(python);
    command.args(["-c", "import tomllib, duckdb; print(duckdb.__version__)"]);
    let run = child::run(&mut command).map_err(|error| format!("{error:#}"))?;
    if run.status.success() {
        return Ok(run.stdout.trim().to_owned());
    }
    Err(format!(
        "{} says \"{}\"; `python3 -m venv V && V/bin/pip install duckdb`, then `--python V/bin/python`",
        python.display(),
        run.stderr.lines().last().unwrap_or_default()
    ))
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
