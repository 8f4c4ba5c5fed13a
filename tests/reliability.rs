//! Every fault of every API, and what the user sees: `leastwise scan` over sockets against the loopback estate.
//!
//! `docs/reliability.md` is what was measured. A test run measures a part of it and compares; `UPDATE_DOCS=1` measures
//! all and writes the page, `LEASTWISE_RELIABILITY=all` measures all and compares, `LEASTWISE_RELIABILITY='storage × cut'`
//! what has this in its name.
#![cfg(feature = "live")]
#![allow(unreachable_pub, clippy::print_stdout, clippy::unwrap_used)]

#[path = "support/alone.rs"]
mod alone;
#[path = "support/estate/mod.rs"]
mod estate;
#[path = "reliability/faults.rs"]
mod faults;
#[path = "reliability/full.rs"]
mod full;
#[path = "reliability/page.rs"]
mod page;
#[path = "reliability/tool.rs"]
mod tool;

use estate::{Fault, FaultKind, Server};
use faults::{Comes, Row};
use leastwise::sources::live::calls;
use page::{Cell, Matrix, Outcome};
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use tool::{Scanned, scan};

/// Scans that run side by side; most of the time they wait.
const SIDE_BY_SIDE: usize = 4;

/// Cells that a usual test run measures: one of so many, and all of this API.
const SAMPLE: usize = 7;
const EXAMPLE: &str = "secretmanager";

/// An API, read in some way: a line of the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Api {
    service: String,
    via: &'static str,
}

impl Api {
    fn name(&self) -> String {
        match self.service.as_str() {
            "cloudasset" => format!("cloudasset, `--via {}`", self.via),
            service => service.to_owned(),
        }
    }
}

/// Every service of the table of calls, in its order.
fn apis() -> Vec<Api> {
    let mut all: Vec<Api> = Vec::new();
    for call in calls::all() {
        let service = call.api().trim_end_matches(".googleapis.com").to_owned();
        let ways: &[&str] = match service.as_str() {
            "cloudasset" => &["asset-inventory", "auto"],
            _ => &["apis"],
        };
        for via in ways {
            let api = Api {
                service: service.clone(),
                via,
            };
            if !all.contains(&api) {
                all.push(api);
            }
        }
    }
    all
}

#[test]
fn every_fault_of_every_api_is_what_the_page_says() {
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    let asked = std::env::var("LEASTWISE_RELIABILITY").unwrap_or_default();
    let (mut apis, rows) = (apis(), faults::rows());
    let calm = Calm::measure(&apis);
    // What no rule asks about is not asked for: nothing of it can go wrong.
    apis.retain(|api| calm.of(api.via).asks(&api.service));
    let wanted = |api: usize, row: usize| {
        let possible = rows[row].only.is_none_or(|only| only == apis[api].service);
        let named = match asked.as_str() {
            "" => apis[api].service == EXAMPLE || (api * 5 + row * 3).is_multiple_of(SAMPLE),
            "all" => true,
            name => format!("{} × {}", apis[api].name(), rows[row].name).contains(name),
        };
        possible && (update || named)
    };
    let cells: Vec<(usize, usize)> = (0..apis.len())
        .flat_map(|api| (0..rows.len()).map(move |row| (api, row)))
        .filter(|&(api, row)| wanted(api, row))
        .collect();
    let (next, measured) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                let server = Server::start(full::estate());
                while let Some(&(api, row)) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let cell = measure(&server, &apis[api], &rows[row], &calm);
                    measured.lock().unwrap().push((api, row, cell));
                }
            });
        }
    });
    let mut matrix = Matrix::default();
    let (mut wrong, mut times) = (Vec::new(), Vec::new());
    for (api, row, cell) in measured.into_inner().unwrap() {
        let (api, row) = (&apis[api], &rows[row]);
        if let Some(why) = &cell.wrong {
            wrong.push(format!("{} × {}: {why}", api.name(), row.name));
        }
        times.push((cell.time, format!("{} × {}", api.name(), row.name)));
        matrix.add(&api.name(), row.name, cell);
    }
    times.sort();
    let slowest: Vec<String> = times
        .iter()
        .rev()
        .take(5)
        .map(|it| format!("{it:?}"))
        .collect();
    println!("{} cells; the slowest: {}", times.len(), slowest.join(", "));
    wrong.sort();
    assert!(
        wrong.is_empty(),
        "{} are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let names: Vec<String> = apis.iter().map(Api::name).collect();
    if update {
        std::fs::write(page::path(), page::write(&matrix, &names, &rows, EXAMPLE)).unwrap();
    } else {
        let stale = page::compare(&matrix, &rows, EXAMPLE);
        assert!(
            stale.is_empty(),
            "docs/reliability.md is stale; `UPDATE_DOCS=1 cargo test --test reliability` writes it anew:\n{}",
            stale.join("\n")
        );
    }
}

/// What a scan says when nothing goes wrong, by the way in which it reads.
struct Calm {
    by_way: Vec<(&'static str, Quiet)>,
}

/// One such scan, and the services that it asked.
struct Quiet {
    scanned: Scanned,
    services: BTreeSet<String>,
}

impl Quiet {
    fn asks(&self, service: &str) -> bool {
        self.services.contains(service)
    }
}

impl Calm {
    fn measure(apis: &[Api]) -> Calm {
        let ways: BTreeSet<&'static str> = apis.iter().map(|api| api.via).collect();
        let server = Server::start(full::estate());
        let by_way = ways.into_iter().map(|via| {
            let scanned = scan(&server, via, &[]);
            let said = format!("--via {via}: {:#?} {}", scanned.gaps, scanned.err);
            assert_eq!((scanned.code, scanned.gaps.len()), (Some(0), 0), "{said}");
            assert!(!scanned.findings.is_empty(), "--via {via}: {}", scanned.err);
            let counts = server.counts();
            let unknown = counts.unknown_paths();
            assert!(unknown.is_empty(), "paths that no API has: {unknown:#?}");
            let methods = counts.by_method().keys();
            let services = methods.filter_map(|method| method.split('.').next());
            let services = services.map(str::to_owned).collect();
            drop(counts);
            server.forget();
            (via, Quiet { scanned, services })
        });
        let by_way: Vec<(&'static str, Quiet)> = by_way.collect();
        // So that a scan may go over from one way to the other.
        for pair in by_way.windows(2) {
            let [(one, first), (other, second)] = pair else {
                continue;
            };
            let (first, second) = (&first.scanned.findings, &second.scanned.findings);
            let differ = first.symmetric_difference(second);
            let differ: Vec<_> = differ.filter(|(rule, _)| !of_inventory(rule)).collect();
            assert!(differ.is_empty(), "{one} and {other} differ: {differ:#?}");
        }
        Calm { by_way }
    }

    fn of(&self, via: &str) -> &Quiet {
        let found = self.by_way.iter().find(|(way, _)| *way == via);
        &found.unwrap().1
    }
}

/// Whether a rule asks about what no service tells.
fn of_inventory(rule: &str) -> bool {
    let rules = &tool::RULES.rules;
    let rule = rules.iter().find(|known| known.id == rule).unwrap();
    let asks = rule.asks();
    let mut unread = calls::UNREAD.iter().map(|unread| unread.asset_type);
    unread.any(|only| calls::INVENTORIED.contains(&only) && asks.types().contains(only))
}

/// One cell: the fault strikes all calls of the API, and the user scans.
fn measure(server: &Server, api: &Api, row: &Row, calm: &Calm) -> Cell {
    let mut kind = row.kind.clone();
    if let FaultKind::Refused(permission) = &mut kind {
        // What is missing is what its first call needs.
        let mut calls = calls::all();
        let first = calls.find(|call| call.api() == format!("{}.googleapis.com", api.service));
        let needed = first.and_then(|call| call.permissions.first());
        (*needed.unwrap()).clone_into(permission);
    }
    let fault = Fault::on(&api.service, kind).when(row.when);
    server.faults([fault]);
    let scanned = scan(server, api.via, &[]);
    let apis = &calm.of("apis").scanned;
    let calm = &calm.of(api.via).scanned;
    let mut cell = Cell::of(&scanned, calm, apis);
    cell.wrong = judge(api, row, &scanned, calm, &cell);
    cell
}

/// What is wrong with what the user saw.
fn judge(api: &Api, row: &Row, scanned: &Scanned, calm: &Scanned, cell: &Cell) -> Option<String> {
    let told = || {
        format!(
            "exit code {:?}: {:#?} {}",
            scanned.code, scanned.gaps, scanned.err
        )
    };
    if scanned.code.is_none() {
        return Some("it does not end".to_owned());
    }
    let hierarchy = api.service == "cloudresourcemanager";
    match (cell.outcome, row.comes) {
        (Outcome::Whole, Comes::Nothing | Comes::GapUnlessGone) => None,
        // Where the inventory may not be used, the APIs of the services are asked.
        (Outcome::Apis, Comes::Gap) if api.via == "auto" => None,
        (Outcome::Whole, Comes::Gap) if tool::without_pages(api, row) => None,
        (Outcome::Whole, Comes::Gap) => Some("nothing is said to be missing".to_owned()),
        (Outcome::Gone, Comes::GapUnlessGone) => None,
        (Outcome::Stops, Comes::Gap | Comes::GapUnlessGone) if hierarchy => None,
        (Outcome::Gap, Comes::Gap | Comes::GapUnlessGone) => {
            if !scanned.gaps.iter().any(|gap| gap.contains(&api.service)) {
                return Some(format!("no gap names the API: {}", told()));
            }
            // All comes by the hierarchy, and nearly all by the inventory where it alone is asked.
            if hierarchy || api.service == "cloudasset" {
                return None;
            }
            let lost = tool::lost(&api.service, calm, scanned);
            let lost = (!lost.is_empty()).then_some(lost);
            lost.map(|lost| format!("findings that need none of it are lost: {lost:#?}"))
        }
        _ => Some(told()),
    }
}
