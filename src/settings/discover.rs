//! Which configuration file counts: one, never merged.

use super::config::Config;
use super::error::{SettingsError, Source};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The names looked for in a folder, the first one wins.
pub const FILE_NAMES: [&str; 3] = [
    ".leastwise.toml",
    "leastwise.toml",
    ".config/leastwise.toml",
];

/// The variable that names a configuration file.
pub const VARIABLE: &str = "LEASTWISE_CONFIG";

/// More than any configuration needs, and little enough to read blindly.
const SIZE_LIMIT: u64 = 4 << 20;

/// A configuration and where it came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What the file says; the defaults if there is none.
    pub config: Config,
    /// The file, if there is one.
    pub path: Option<PathBuf>,
    /// The folder that relative paths in it are relative to: that of the file, or for
    /// `.config/leastwise.toml` the one above. Without a file the current folder.
    pub base: PathBuf,
    /// What the user should know about the choice.
    pub notices: Vec<String>,
    /// The text, to point into.
    pub(super) source: Source,
}

impl Loaded {
    /// The configuration of nobody: all defaults, relative to `base`.
    pub fn defaults(base: &Path) -> Loaded {
        Loaded {
            config: Config::default(),
            path: None,
            base: base.to_path_buf(),
            notices: Vec::new(),
            source: Source::new(Path::new("(no configuration)"), String::new()),
        }
    }

    /// Reads the configuration file `path`, which messages name relative to `cwd` where they can.
    ///
    /// # Errors
    /// If it cannot be read, or is not a valid configuration.
    pub fn from_file(path: &Path, cwd: &Path) -> Result<Loaded, SettingsError> {
        let mut source = read_text(path)?;
        source.path = shown(path, cwd);
        let folder = path.parent().unwrap_or(Path::new(""));
        let base = match folder.file_name() {
            Some(name) if name == ".config" => folder.parent().unwrap_or(Path::new("")),
            _ => folder,
        };
        Ok(Loaded {
            config: Config::parse(&source)?,
            path: Some(path.to_path_buf()),
            base: base.to_path_buf(),
            notices: Vec::new(),
            source,
        })
    }
}

impl Config {
    /// Finds and reads the configuration: `explicit` (`--config`), else `LEASTWISE_CONFIG`, else the first of
    /// [`FILE_NAMES`] from `cwd` upward to the root of the git repository. Outside a repository only `cwd`
    /// itself is looked at: a file that somebody left in `/tmp` must not switch rules off below it.
    /// `no_config` skips all three. Relative paths are relative to `cwd`.
    ///
    /// # Errors
    /// If the file asked for is missing, or the one found cannot be read or is not valid.
    pub fn discover(
        explicit: Option<&Path>,
        no_config: bool,
        cwd: &Path,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Loaded, SettingsError> {
        if no_config {
            return Ok(Loaded::defaults(cwd));
        }
        let variable = env(VARIABLE).filter(|value| !value.is_empty());
        let asked = match (explicit, &variable) {
            (Some(path), _) => Some((path, "--config")),
            (None, Some(path)) => Some((Path::new(path), VARIABLE)),
            (None, None) => None,
        };
        if let Some((path, asked_by)) = asked {
            return Loaded::from_file(&cwd.join(path), cwd).map_err(|error| match error {
                SettingsError::Read { path, source } if source.kind() == ErrorKind::NotFound => {
                    SettingsError::Missing {
                        path,
                        asked_by: format!("asked for by {asked_by}"),
                        help: "correct the path, or pass `--no-config` to run without a configuration",
                    }
                }
                other => other,
            });
        }
        match search(cwd)? {
            Some((path, shadowed)) => {
                let mut loaded = Loaded::from_file(&path, cwd)?;
                loaded.notices.extend(shadowed.map(|other| {
                    let (other, path) = (shown(&other, cwd), shown(&path, cwd));
                    format!(
                        "{} is not read: {} comes first",
                        other.display(),
                        path.display()
                    )
                }));
                Ok(loaded)
            }
            None => Ok(Loaded::defaults(cwd)),
        }
    }
}

/// The first configuration file from `cwd` upward, and the one it shadows in the same folder.
fn search(cwd: &Path) -> Result<Option<(PathBuf, Option<PathBuf>)>, SettingsError> {
    let repository = cwd.ancestors().find(|folder| folder.join(".git").exists());
    for folder in cwd.ancestors() {
        let mut found = Vec::new();
        for name in FILE_NAMES {
            let path = folder.join(name);
            match std::fs::metadata(&path) {
                Ok(_) => found.push(path),
                Err(error)
                    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
                // A configuration that is there and cannot be read must not turn into none.
                Err(source) => return Err(SettingsError::Read { path, source }),
            }
        }
        let mut found = found.into_iter();
        if let Some(path) = found.next() {
            return Ok(Some((path, found.next())));
        }
        if repository.is_none_or(|root| root == folder) {
            break;
        }
    }
    Ok(None)
}

/// `path` as somebody in `cwd` would write it.
pub(super) fn shown(path: &Path, cwd: &Path) -> PathBuf {
    path.strip_prefix(cwd).unwrap_or(path).to_path_buf()
}

/// The text of a settings file.
pub(super) fn read_text(path: &Path) -> Result<Source, SettingsError> {
    read_text_up_to(path, SIZE_LIMIT)
}

/// The text of a settings file of at most `limit` bytes.
pub(super) fn read_text_up_to(path: &Path, limit: u64) -> Result<Source, SettingsError> {
    let fail = |source| SettingsError::Read {
        path: path.to_path_buf(),
        source,
    };
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
        .map_err(fail)?;
    if bytes.len() as u64 > limit {
        let message = format!("it is larger than {} MiB", limit >> 20);
        return Err(fail(std::io::Error::new(ErrorKind::FileTooLarge, message)));
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let lossy = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let help = Some("save the file as UTF-8".to_owned());
            return Err(Source::new(path, lossy).error(at..at + 1, "not valid UTF-8", help));
        }
    };
    let text = text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text);
    Ok(Source::new(path, text))
}
