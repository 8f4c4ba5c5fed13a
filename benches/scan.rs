//! What `leastwise scan` takes for a large organisation: requests by method beside the least possible, time, memory.
//!
//! `cargo bench --bench scan -- --projects 1000 --buckets 20000`; see `docs/performance.md`. The organisation is
//! generated and served over loopback by a process of its own, so that the memory measured is the scan's alone.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark's report is its output"
)]

#[path = "support/child.rs"]
mod child;
#[path = "../tests/support/estate/mod.rs"]
mod estate;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use estate::{Caller, Estate, Server};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Pages of Cloud Asset Inventory are never longer.
const PAGE: u64 = 1000;

/// Measures `leastwise scan` on a generated organisation.
#[derive(Parser)]
struct Arguments {
    /// Projects.
    #[arg(long, default_value_t = 1000)]
    projects: usize,
    /// Buckets in all of them together.
    #[arg(long, default_value_t = 20_000)]
    buckets: usize,
    /// Seed of the organisation.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// By which way it is read; several are measured one after the other.
    #[arg(long, value_delimiter = ',', default_value = "auto,apis")]
    via: Vec<String>,
    /// Calls under way at once.
    #[arg(long, default_value_t = 16)]
    concurrency: u16,
    /// Where snapshots and findings go.
    #[arg(long, default_value = concat!(env!("CARGO_TARGET_TMPDIR"), "/scan"))]
    folder: PathBuf,
    /// One more argument for `leastwise scan`, e.g. `--pass=--skip=aiplatform`; may be given several times.
    #[arg(long, allow_hyphen_values = true)]
    pass: Vec<String>,
    /// APIs that are off in a project answer with `SERVICE_DISABLED`, a gap each, instead of empty lists.
    #[arg(long)]
    strict: bool,
    /// Only serve, until the standard input ends.
    #[arg(long)]
    serve: bool,
    /// Serve these assets of an NDJSON export instead of a generated organisation.
    #[arg(long)]
    assets: Option<PathBuf>,
    /// Cargo passes it for `cargo bench`, and not for `cargo test --benches`.
    #[arg(long, hide = true)]
    bench: bool,
    /// A filter, as other benchmarks take.
    #[arg(hide = true)]
    rest: Vec<String>,
}

fn main() -> Result<()> {
    let mut arguments = Arguments::parse();
    if arguments.serve {
        return serve(&arguments);
    }
    if !arguments.bench {
        // `cargo test --benches`: it still runs, and the figures add up.
        arguments.projects = 6;
        arguments.buckets = 40;
        arguments.via = vec!["auto".to_owned(), "apis".to_owned()];
    }
    std::fs::create_dir_all(&arguments.folder)?;
    let held = Held::count(&arguments.estate()?);
    println!(
        "{} projects, {} buckets, {} resources, {} policies (seed {})\n",
        arguments.projects, held.buckets, held.resources, held.policies, arguments.seed
    );
    for via in &arguments.via {
        let figures = measure(&arguments, via)?;
        figures.print(via, &held);
        figures.check(arguments.strict)?;
    }
    Ok(())
}

impl Arguments {
    fn estate(&self) -> Result<Estate> {
        let Some(path) = &self.assets else {
            let estate = Estate::generate(self.seed, self.projects, self.buckets);
            return Ok(if self.strict { estate.strict() } else { estate });
        };
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let assets: Vec<Value> = text
            .lines()
            .map(serde_json::from_str)
            .collect::<serde_json::Result<_>>()?;
        Ok(Estate::from_assets(&assets))
    }
}

/// Is the server, in a process of its own.
fn serve(arguments: &Arguments) -> Result<()> {
    let server = Server::start(arguments.estate()?);
    println!("{}", server.address());
    std::io::stdout().flush()?;
    // Whoever started it holds the other end: it ends with them.
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}

/// What there is to read.
struct Held {
    buckets: usize,
    resources: u64,
    policies: u64,
    nodes: u64,
}

impl Held {
    fn count(estate: &Estate) -> Held {
        let (mut resources, mut policies) = (0, 0);
        for at in 0..estate.nodes.len() {
            let content = estate.content(at);
            resources += content.items.len() as u64;
            let own = content.items.iter().filter(|item| item.policy.is_some());
            policies += own.count() as u64;
        }
        Held {
            buckets: estate.buckets(),
            resources,
            policies,
            nodes: estate.nodes.len() as u64,
        }
    }

    /// The least number of requests that bring it all: one list of settings and one of policies in the longest pages
    /// of Cloud Asset Inventory, which has the nodes, too.
    fn least(&self) -> u64 {
        self.resources.div_ceil(PAGE) + self.policies.div_ceil(PAGE)
    }
}

/// The server's process; it is ended when this is dropped.
struct Host {
    process: Child,
    address: SocketAddr,
}

impl Host {
    fn start(arguments: &Arguments) -> Result<Host> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("--serve")
            .args(["--projects", &arguments.projects.to_string()])
            .args(["--buckets", &arguments.buckets.to_string()])
            .args(["--seed", &arguments.seed.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if let Some(assets) = &arguments.assets {
            command.arg("--assets").arg(assets);
        }
        if arguments.strict {
            command.arg("--strict");
        }
        let mut process = command.spawn()?;
        let out = process.stdout.take().context("the server has no output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        let address = line.trim().parse().context("the server did not start")?;
        Ok(Host { process, address })
    }

    fn counts(&self) -> Result<Value> {
        Ok(Caller::new(self.address).get("/_/counts")?.body)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What one scan took.
struct Figures {
    run: child::Run,
    counts: Value,
    assets: u64,
    missing: u64,
    findings: u64,
}

fn measure(arguments: &Arguments, via: &str) -> Result<Figures> {
    let snapshot = arguments.folder.join(format!("{via}.ndjson"));
    let findings = arguments.folder.join(format!("{via}.json"));
    for old in [&snapshot, &findings] {
        if old.exists() {
            std::fs::remove_file(old)?;
        }
    }
    let host = Host::start(arguments)?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_leastwise"));
    command
        .args(["scan", "--organization", "organizations/770043110021"])
        .arg("--anonymous")
        .args([
            "--endpoint",
            &format!("*=http://{}/{{service}}", host.address),
        ])
        .args(["--storage-transport", "rest", "--via", via])
        .args(["--concurrency", &arguments.concurrency.to_string()])
        .arg("--save")
        .arg(&snapshot)
        .arg("--format")
        .arg(format!("json={}", findings.display()))
        .args(&arguments.pass);
    let run = child::run(&mut command)?;
    let (assets, missing) = lines(&snapshot).with_context(|| run.stderr.clone())?;
    let report = std::fs::read(&findings).with_context(|| run.stderr.clone())?;
    let report: Value = serde_json::from_slice(&report)?;
    let found = report["findings"].as_array().map_or(0, Vec::len);
    Ok(Figures {
        run,
        counts: host.counts()?,
        assets,
        missing,
        findings: found as u64,
    })
}

/// Assets in a snapshot, and records of what is missing in it.
fn lines(path: &Path) -> Result<(u64, u64)> {
    let (mut assets, mut missing) = (0, 0);
    let mut reader = BufReader::with_capacity(1 << 20, std::fs::File::open(path)?);
    let mut line = Vec::new();
    loop {
        line.clear();
        // A damaged snapshot must not take all memory.
        if reader
            .by_ref()
            .take(64 << 20)
            .read_until(b'\n', &mut line)?
            == 0
        {
            return Ok((assets, missing));
        }
        if line.starts_with(br#"{"leastwise":"#) {
            missing += u64::from(line.starts_with(br#"{"leastwise":{"missing""#));
        } else {
            assets += 1;
        }
    }
}

impl Figures {
    /// Requests, the least number that would have brought the same, and those that failed.
    fn sums(&self) -> (u64, u64, u64) {
        let methods = self.counts["methods"].as_object().into_iter().flatten();
        let number = |value: &Value, key: &str| value[key].as_u64().unwrap_or_default();
        methods.fold((0, 0, 0), |(requests, least, failed), (_, count)| {
            (
                requests + number(count, "requests"),
                least + number(count, "least"),
                failed + number(count, "failed"),
            )
        })
    }

    fn print(&self, via: &str, held: &Held) {
        let (requests, least, failed) = self.sums();
        println!("--via {via}");
        println!(
            "  {:<52} {:>9} {:>9} {:>7}",
            "method", "requests", "least", "failed"
        );
        for (method, count) in self.counts["methods"].as_object().into_iter().flatten() {
            println!(
                "  {method:<52} {:>9} {:>9} {:>7}",
                count["requests"].to_string(),
                count["least"].to_string(),
                count["failed"].to_string()
            );
        }
        println!("  {:<52} {requests:>9} {least:>9} {failed:>7}", "together");
        let assets = self.assets.max(1);
        println!(
            "  {} assets, {} missing, {} findings, exit code {}",
            self.assets,
            self.missing,
            self.findings,
            self.run.status.code().unwrap_or(-1)
        );
        println!(
            "  requests per 1,000 assets: {:.1}; the same calls at least: {:.1}; any calls at least: {:.1}",
            requests as f64 * 1000.0 / assets as f64,
            least as f64 * 1000.0 / assets as f64,
            held.least() as f64 * 1000.0 / held.resources.max(1) as f64,
        );
        let processor = self.run.processor.map(|time| time.as_secs_f64());
        println!(
            "  wall {:.1} s, processor {:.1} s (the server's is not in it), {:.0} requests a second",
            self.run.wall.as_secs_f64(),
            processor.unwrap_or(f64::NAN),
            requests as f64 / self.run.wall.as_secs_f64()
        );
        if let Some(peak) = self.run.peak_kib {
            println!(
                "  peak memory {:.1} MiB for {} nodes, {:.1} MiB of answers",
                peak as f64 / 1024.0,
                held.nodes,
                self.counts["bytes"].as_f64().unwrap_or_default() / f64::from(1 << 20)
            );
        }
        println!();
    }

    /// The figures are of a whole scan, but for what is off, or they are none.
    fn check(&self, strict: bool) -> Result<()> {
        let code = self.run.status.code();
        ensure!(
            matches!(code, Some(0 | 1)),
            "exit code {code:?}:\n{}{}",
            self.run.stderr,
            self.run.stdout
        );
        ensure!(
            strict || self.missing == 0,
            "{} things are missing",
            self.missing
        );
        let unknown = self.counts["unknown"].as_array();
        ensure!(
            unknown.is_none_or(Vec::is_empty),
            "paths that no API has: {unknown:?}"
        );
        Ok(())
    }
}
