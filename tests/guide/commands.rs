//! Runs the commands of a page in a folder of its own and compares what they print.

use super::cloud::Cloud;
use super::markdown::{Block, Page, root};
use super::shell::{self, Command};
use leastwise::change::Model;
use std::cell::OnceCell;
use std::fs;
use std::path::Path;
use std::process::Stdio;

/// What lies in the folder in which the commands run, and which fixture it is.
const WORKSPACE: [(&str, &str); 5] = [
    ("fixtures/demo", "fixtures/demo"),
    ("exports", "fixtures/demo"),
    ("org.ndjson", "fixtures/demo/org.ndjson"),
    ("policy.json", "fixtures/demo/projects/acme-legacy/iam.json"),
    ("bucket.yaml", "fixtures/demo/buckets/acme-vendor-drop.yaml"),
];

/// Time stands still here, as in the fixtures.
const NOW: &str = "2026-11-23T00:00:00Z";

/// Variables that would change what is printed.
const SCRUBBED: [&str; 8] = [
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "CI",
    "GITHUB_ACTIONS",
    "GITHUB_OUTPUT",
    "COLUMNS",
];

/// Where the commands of a page run.
struct World<'f> {
    folder: &'f Path,
    /// What gcloud talks to in scripts: it holds the demo. None where no gcloud is installed.
    cloud: OnceCell<Option<Cloud>>,
}

impl World<'_> {
    fn cloud(&self) -> Option<&Cloud> {
        let started = || {
            let gcloud = std::process::Command::new("gcloud")
                .arg("--version")
                .output();
            if cfg!(windows) || !gcloud.is_ok_and(|output| output.status.success()) {
                println!(
                    "skipped: no gcloud is installed, so the scripts of the pages are not run"
                );
                return None;
            }
            let mut model = Model::default();
            let export = fs::read_to_string(root().join("fixtures/demo/org.ndjson")).unwrap();
            for line in export.lines() {
                model.absorb(&serde_json::from_str(line).unwrap(), &[]);
            }
            Some(Cloud::start(model))
        };
        self.cloud.get_or_init(started).as_ref()
    }
}

/// What came of a page.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) failures: Vec<String>,
    /// Commands that were run.
    pub(crate) run: usize,
    /// Blocks whose output has changed: their place in the page, and the new lines.
    changed: Vec<(usize, usize, Vec<String>)>,
}

impl Outcome {
    /// The page with the output as it is now, if anything has changed.
    pub(crate) fn rewritten(&self, page: &Page) -> Option<String> {
        if self.changed.is_empty() {
            return None;
        }
        let mut lines: Vec<String> = page.text.lines().map(str::to_owned).collect();
        for (line, length, new) in self.changed.iter().rev() {
            lines.splice(*line..line + length, new.iter().cloned());
        }
        Some(lines.join("\n") + "\n")
    }
}

/// Runs the commands of `page` in order.
pub(crate) fn run(page: &Page) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    for (name, fixture) in WORKSPACE {
        copy(&root().join(fixture), &folder.path().join(name));
    }
    for name in [
        "roles-page-1.json",
        "roles-page-2.json",
        "testable.json",
        "role-describe.yaml",
    ] {
        let fixture = root().join("fixtures/catalog").join(name);
        copy(&fixture, &folder.path().join(name));
    }
    let plan = "fixtures/dialects/plan.tfplan.json";
    copy(&root().join(plan), &folder.path().join("plan.json"));
    let packed = fs::File::create(folder.path().join("org.ndjson.gz")).unwrap();
    let mut packed = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
    let export = fs::read(root().join("fixtures/demo/org.ndjson")).unwrap();
    std::io::Write::write_all(&mut packed, &export).unwrap();
    packed.finish().unwrap();

    let world = World {
        folder: folder.path(),
        cloud: OnceCell::new(),
    };
    let mut outcome = Outcome::default();
    for block in page.blocks() {
        if let Some(file) = block.mark("file") {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, block.body.join("\n") + "\n").unwrap();
        }
        let told = match block.language.as_str() {
            _ if block.mark("not run").is_some() => Ok(()),
            "sh" => commands(&block, &world, &mut outcome),
            "console" => console(&block, &world, &mut outcome),
            _ => Ok(()),
        };
        if let Err(message) = told {
            outcome
                .failures
                .push(format!("{}:{}: {message}", page.path, block.line));
        }
    }
    outcome
}

fn commands(block: &Block, world: &World<'_>, outcome: &mut Outcome) -> Result<(), String> {
    let mut wrong = Vec::new();
    for line in shell::lines(&block.body) {
        let told = match shell::parse(&line) {
            Err(message) => Err(message),
            Ok(None) => Ok(()),
            Ok(Some(command)) => {
                outcome.run += 1;
                execute(&command, world).map(|_| ())
            }
        };
        wrong.extend(told.err().map(|message| format!("{line}\n    {message}")));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n  "))
    }
}

/// One command after `$ `, and what it prints.
fn console(block: &Block, world: &World<'_>, outcome: &mut Outcome) -> Result<(), String> {
    let (first, stored) = block.body.split_first().ok_or("the block is empty")?;
    let line = first
        .strip_prefix("$ ")
        .ok_or("the first line is `$ COMMAND`")?;
    let command = shell::parse(line)?.ok_or("only leastwise has its output compared")?;
    outcome.run += 1;
    let Some(printed) = execute(&command, world)? else {
        return Ok(());
    };
    let printed = steady(&printed);
    let printed = match block.mark("shown") {
        Some(extent) => excerpt(printed, extent)?,
        None => printed,
    };
    // Paths are written another way there.
    if cfg!(windows) || stored == printed {
        return Ok(());
    }
    outcome
        .changed
        .push((block.line + 1, stored.len(), printed));
    Err(format!(
        "`{line}` prints something else; run: UPDATE_DOCS=1 cargo test --test guide"
    ))
}

/// Lines without what differs from run to run: how long it took.
fn steady(printed: &str) -> Vec<String> {
    let took = regex::Regex::new(r" in (\d+ min )?[0-9.]+ s:").unwrap();
    let lines = printed
        .lines()
        .map(|line| took.replace(line, " in 0.02 s:"));
    lines.map(|line| line.trim_end().to_owned()).collect()
}

/// What `extent` asks for, with a mark where something is left out: `lines N to M` (1-based), or `first N lines` or `first N groups` (of lines
/// without an empty one), and `last N lines` or `from TEXT` (the last line that begins so).
fn excerpt(lines: Vec<String>, extent: &str) -> Result<Vec<String>, String> {
    if let Some((first, last)) = extent
        .strip_prefix("lines ")
        .and_then(|it| it.split_once(" to "))
    {
        let range = (first.parse().ok(), last.parse::<usize>().ok());
        let (Some(first @ 1..), Some(last)) = range else {
            return Err(format!("`shown: {extent}` is not understood"));
        };
        let some = lines.get(first - 1..last.min(lines.len()));
        let mut shown = some.ok_or("there are fewer lines")?.to_vec();
        shown.insert(0, "…".to_owned());
        if last < lines.len() {
            shown.push("…".to_owned());
        }
        return Ok(shown);
    }
    let (mut head, mut tail) = (0, lines.len());
    for part in extent.split(", ") {
        let number = |part: &str| {
            part.parse::<usize>()
                .map_err(|_| format!("`{part}`: how many?"))
        };
        if let Some(text) = part.strip_prefix("from ") {
            let at = lines.iter().rposition(|line| line.starts_with(text));
            tail = at.ok_or_else(|| format!("no line begins with `{text}`"))?;
        } else if let Some(n) = part
            .strip_prefix("last ")
            .and_then(|p| p.strip_suffix(" lines"))
        {
            tail = lines.len().saturating_sub(number(n)?);
        } else if let Some(n) = part
            .strip_prefix("first ")
            .and_then(|p| p.strip_suffix(" lines"))
        {
            head = number(n)?;
        } else if let Some(n) = part
            .strip_prefix("first ")
            .and_then(|p| p.strip_suffix(" groups"))
        {
            let ends = lines.iter().enumerate().filter(|(_, line)| line.is_empty());
            let end = number(n)?
                .checked_sub(1)
                .and_then(|n| ends.map(|(at, _)| at).nth(n));
            head = end.ok_or_else(|| format!("there are no {n} groups"))?;
        } else {
            return Err(format!("`shown: {part}` is not understood"));
        }
    }
    if head >= tail {
        return Ok(lines);
    }
    let mut shown: Vec<String> = lines[..head].to_vec();
    while shown.last().is_some_and(String::is_empty) {
        shown.pop();
    }
    shown.push("…".to_owned());
    shown.extend_from_slice(&lines[tail..]);
    Ok(shown)
}

/// Runs a command and gives back what it printed: standard output, then standard error. None if it could not be run
/// here.
fn execute(command: &Command, world: &World<'_>) -> Result<Option<String>, String> {
    let folder = world.folder;
    let leastwise = env!("CARGO_BIN_EXE_leastwise");
    let mut process = match command.words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["leastwise", ..] => process(leastwise, &command.words[1..]),
        // Without the live readers `lint` says the same.
        [
            "cargo",
            "run",
            "--release",
            "--locked",
            "--no-default-features",
            "--",
            ..,
        ] => process(leastwise, &command.words[6..]),
        // It is what runs this test; anything else of cargo would wait for it for ever.
        ["cargo", "test", "--locked"] => return Ok(Some(String::new())),
        ["cat", file] => {
            let text = fs::read_to_string(folder.join(file));
            return text.map(Some).map_err(|error| format!("{file}: {error}"));
        }
        [script, ..] if shell::is_script(script) => {
            let Some(cloud) = world.cloud() else {
                return Ok(None);
            };
            let mut process = process("bash", &command.words);
            process.env_remove("CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE");
            process.envs(cloud.environment(&folder.join(".gcloud")));
            process
        }
        _ => return Err("this use of cargo is not checked: mark the block as not run".to_owned()),
    };
    process.current_dir(folder);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("LEASTWISE_") || SCRUBBED.contains(&name.as_str()) {
            process.env_remove(name);
        }
    }
    let now: jiff::Timestamp = NOW.parse().unwrap();
    process.env("SOURCE_DATE_EPOCH", now.as_second().to_string());
    // In the folder of the page, and gone with it.
    process.env("LEASTWISE_CACHE_DIR", ".cache/leastwise");
    process.stdin(match &command.stdin {
        Some(file) => {
            Stdio::from(fs::File::open(folder.join(file)).map_err(|e| format!("{file}: {e}"))?)
        }
        None => Stdio::null(),
    });
    let output = process.output().map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    if output.status.code() != Some(command.exit) {
        let tail: Vec<&str> = stdout.lines().rev().take(4).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        let complaint: Vec<&str> = stderr.lines().take(8).collect();
        return Err(format!(
            "ended with {:?}, not {}\n    {}\n    {}",
            output.status.code(),
            command.exit,
            complaint.join("\n    "),
            tail.join("\n    ")
        ));
    }
    if let Some(file) = &command.stdout {
        fs::write(folder.join(file), &stdout).map_err(|error| format!("{file}: {error}"))?;
    }
    Ok(Some(stdout + &stderr))
}

fn process(program: &str, arguments: &[String]) -> std::process::Command {
    let mut process = std::process::Command::new(program);
    process.args(arguments);
    process
}

/// Copies a file or a folder.
fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let below = entry.path().strip_prefix(from).unwrap();
        let target = if below.as_os_str().is_empty() {
            to.to_path_buf()
        } else {
            to.join(below)
        };
        if entry.file_type().is_dir() {
            fs::create_dir_all(target).unwrap();
        } else {
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn excerpts_mark_what_they_leave_out() {
    let lines = || {
        ["a", "b", "", "c", "", "d", "e"]
            .map(str::to_owned)
            .to_vec()
    };
    let shown = |extent| excerpt(lines(), extent).map(|lines| lines.join(" "));
    assert_eq!(
        shown("first 1 groups, last 1 lines").as_deref(),
        Ok("a b … e")
    );
    assert_eq!(
        shown("first 4 lines, from d").as_deref(),
        Ok("a b  c … d e")
    );
    assert_eq!(shown("first 2 lines").as_deref(), Ok("a b …"));
    assert_eq!(shown("first 9 lines").as_deref(), Ok("a b  c  d e"));
    assert_eq!(shown("lines 2 to 4").as_deref(), Ok("… b  c …"));
    assert_eq!(shown("lines 6 to 9").as_deref(), Ok("… d e"));
    for wrong in [
        "lines 0 to 2",
        "lines 9 to 10",
        "first 9 groups",
        "from x",
        "first x lines",
        "some",
    ] {
        assert!(shown(wrong).is_err(), "{wrong}");
    }
    assert_eq!(
        steady("3 rules in 1 min 2 s: none"),
        ["3 rules in 0.02 s: none"]
    );
}
