//! The pages that are written by hand, and the fenced blocks and headings in them.

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A page: its path relative to the root, with forward slashes, and its text.
pub(crate) struct Page {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A fenced block.
#[derive(Debug)]
pub(crate) struct Block {
    /// 1-based line of the opening fence.
    pub(crate) line: usize,
    pub(crate) language: String,
    pub(crate) body: Vec<String>,
    /// What the HTML comments directly above it say, as (word, rest).
    pub(crate) marks: Vec<(String, String)>,
}

impl Page {
    pub(crate) fn read(path: &str) -> Page {
        let text = fs::read_to_string(root().join(path))
            .unwrap_or_else(|error| panic!("{path}: {error}"))
            .replace("\r\n", "\n");
        Page {
            path: path.to_owned(),
            text,
        }
    }

    /// Its fenced blocks in order.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut marks = Vec::new();
        let mut lines = self.text.lines().enumerate();
        while let Some((index, line)) = lines.next() {
            if let Some((fence, language)) = fence(line) {
                let mut body = Vec::new();
                loop {
                    match lines.next() {
                        Some((_, line)) if line == fence => break,
                        Some((_, line)) => body.push(line.to_owned()),
                        None => panic!("{}:{}: the block is not closed", self.path, index + 1),
                    }
                }
                blocks.push(Block {
                    line: index + 1,
                    language: language.to_owned(),
                    body,
                    marks: std::mem::take(&mut marks),
                });
            } else if let Some(mark) = mark(line) {
                marks.push(mark);
            } else if !line.is_empty() {
                assert!(
                    marks.is_empty(),
                    "{}:{}: a mark above nothing",
                    self.path,
                    index + 1
                );
            }
        }
        blocks
    }

    /// The text outside of fenced blocks.
    pub(crate) fn prose(&self) -> String {
        let mut inside: Option<&str> = None;
        let mut prose = String::new();
        for line in self.text.lines() {
            if let Some(open) = inside {
                inside = (line != open).then_some(open);
            } else if let Some((fence, _)) = fence(line) {
                inside = Some(fence);
            } else {
                prose.push_str(line);
                prose.push('\n');
            }
        }
        prose
    }

    /// Headings as GitHub makes anchors of them.
    pub(crate) fn anchors(&self) -> Vec<String> {
        let prose = self.prose();
        let headings = prose.lines().filter(|line| line.starts_with('#'));
        headings
            .map(|line| {
                let text = line.trim_start_matches('#').trim().to_lowercase();
                text.chars()
                    .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                    .map(|c| if c == ' ' { '-' } else { c })
                    .collect()
            })
            .collect()
    }

    /// The first cells of the tables whose header begins with `head`, without backquotes.
    pub(crate) fn first_cells(&self, head: &str) -> Vec<String> {
        let mut cells = Vec::new();
        let mut inside = false;
        for line in self.text.lines() {
            let first = line
                .strip_prefix("| ")
                .and_then(|rest| rest.split(" |").next());
            match first {
                None => inside = false,
                Some(cell) if cell == head => inside = true,
                Some("---") => {}
                Some(cell) if inside => cells.push(cell.replace('`', "")),
                Some(_) => {}
            }
        }
        cells
    }
}

impl Block {
    pub(crate) fn mark(&self, word: &str) -> Option<&str> {
        self.marks
            .iter()
            .find(|(own, _)| own == word)
            .map(|(_, rest)| rest.as_str())
    }
}

/// The backticks that open a block, and what is said after them. A block with fences in it has a longer one.
fn fence(line: &str) -> Option<(&str, &str)> {
    let language = line.trim_start_matches('`');
    let fence = &line[..line.len() - language.len()];
    (fence.len() >= 3 && !language.contains('`')).then_some((fence, language))
}

/// `<!-- word: text -->`, with a word that means something here.
fn mark(line: &str) -> Option<(String, String)> {
    let comment = line.strip_prefix("<!-- ")?.strip_suffix(" -->")?;
    let (word, rest) = comment.split_once(": ")?;
    let known = ["file", "not run", "schema", "shown"].contains(&word);
    known.then(|| (word.to_owned(), rest.to_owned()))
}

/// The pages whose commands are run.
pub(crate) fn guide() -> Vec<Page> {
    let mut paths = vec!["README.md".to_owned(), "CONTRIBUTING.md".to_owned()];
    paths.extend(below("docs/guide"));
    paths.iter().map(|path| Page::read(path)).collect()
}

/// Every page that is written by hand.
pub(crate) fn handwritten() -> Vec<Page> {
    let mut pages = all();
    pages.retain(|page| !page.path.starts_with("docs/rules/"));
    pages
}

/// Every page, the generated ones too.
pub(crate) fn all() -> Vec<Page> {
    let mut paths = vec![
        "README.md".to_owned(),
        "CONTRIBUTING.md".to_owned(),
        "CHANGELOG.md".to_owned(),
        "fixtures/README.md".to_owned(),
    ];
    paths.extend(below("docs"));
    paths.iter().map(|path| Page::read(path)).collect()
}

/// The Markdown files below a folder, sorted.
fn below(folder: &str) -> Vec<String> {
    let mut found: Vec<String> = walkdir::WalkDir::new(root().join(folder))
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| relative(&path))
        .collect();
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    let inside: PathBuf = path.strip_prefix(root()).unwrap().to_path_buf();
    inside.display().to_string().replace('\\', "/")
}
