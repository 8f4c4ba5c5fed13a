//! Writing a plan: a folder of its own, or one that an earlier plan left, file by file.

use crate::cli::Failure;
use crate::cli::output::reason;
use crate::settings::write_atomically;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};

/// Names every file of a plan, one a line, so that the next plan knows which are its own to replace.
const MANIFEST: &str = ".leastwise-plan";

/// Refuses a folder that holds something else than an earlier plan.
pub(super) fn check(folder: &Path, force: bool) -> Result<(), Failure> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(refused(folder, &error)),
    };
    let is_empty = entries.into_iter().next().is_none();
    if is_empty || force || folder.join(MANIFEST).is_file() {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "`{}` is not empty and holds no earlier plan; name another folder, or pass `--force` to write into it",
        folder.display()
    )))
}

/// Writes the files, by paths relative to `folder` with `/` between folders, and removes what an earlier plan wrote and
/// this one does not. Each file is replaced as a whole; the list of files comes first, so that nothing of a run that is
/// cut short is taken for somebody else's.
pub(super) fn write(folder: &Path, files: &BTreeMap<String, String>) -> Result<(), Failure> {
    let failed = |error: io::Error| refused(folder, &error);
    std::fs::create_dir_all(folder).map_err(failed)?;
    let manifest = folder.join(MANIFEST);
    let before = std::fs::read_to_string(&manifest).unwrap_or_default();
    let before: BTreeSet<&str> = before.lines().filter(|path| is_inside(path)).collect();
    let mut known: BTreeSet<&str> = files.keys().map(String::as_str).collect();
    let stale: Vec<&str> = before.difference(&known).copied().collect();
    known.extend(&stale);
    write_atomically(&manifest, lines(known.iter().copied()).as_bytes()).map_err(failed)?;
    for (path, text) in files {
        if !is_inside(path) {
            let message = format!("a file of the plan lies outside of its folder: {path}");
            return Err(Failure::Internal(anyhow::anyhow!(message)));
        }
        let target = folder.join(path);
        let failed = |error: io::Error| refused(&target, &error);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        write_atomically(&target, text.as_bytes()).map_err(failed)?;
        if path.ends_with(".sh") {
            make_executable(&target).map_err(failed)?;
        }
    }
    for path in stale {
        remove(folder, path);
    }
    let own = files.keys().map(String::as_str);
    write_atomically(&manifest, lines(own).as_bytes()).map_err(failed)
}

fn lines<'p>(paths: impl Iterator<Item = &'p str>) -> String {
    paths.flat_map(|path| [path, "\n"]).collect()
}

/// Removes a file of an earlier plan, and its folders where they are empty. What cannot be removed stays: it does no
/// harm beside a plan that does not name it.
fn remove(folder: &Path, path: &str) {
    let mut target = folder.join(path);
    if std::fs::remove_file(&target).is_err() {
        return;
    }
    while target.pop() && target != folder {
        if std::fs::remove_dir(&target).is_err() {
            return;
        }
    }
}

/// Whether a path names something below the folder it is relative to.
fn is_inside(path: &str) -> bool {
    let parts = Path::new(path).components();
    !path.is_empty()
        && parts
            .into_iter()
            .all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(unix)]
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = std::fs::metadata(path)?.permissions();
    // Whoever may read it may run it.
    let mode = permissions.mode();
    permissions.set_mode(mode | (mode & 0o444) >> 2);
    std::fs::set_permissions(path, permissions)
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> io::Result<()> {
    Ok(())
}

fn refused(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!(
        "cannot write `{}`: {}",
        path.display(),
        reason(error)
    ))
}

/// Folders of parts, by their scopes: `projects/acme-ml` becomes `projects-acme-ml`. A scope comes from outside, so what
/// is no letter, digit, `.`, `_` or `-` becomes `_`, and no two scopes share a folder.
pub(super) fn folders<'s>(scopes: impl Iterator<Item = &'s str>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut names = Vec::new();
    for scope in scopes {
        let safe = |c: char| match c {
            '/' => '-',
            c if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') => c,
            _ => '_',
        };
        let plain: String = scope.chars().map(safe).take(120).collect();
        let plain = plain.trim_start_matches(['.', '-']);
        let plain = if plain.is_empty() { "unknown" } else { plain };
        let mut name = plain.to_owned();
        let mut number = 2;
        while !taken.insert(name.to_lowercase()) {
            name = format!("{plain}_{number}");
            number += 1;
        }
        names.push(name);
    }
    names
}

/// Where a part's file lies.
pub(super) fn below(folder: &str, path: &str) -> String {
    let path: PathBuf = Path::new(path).components().collect();
    format!("{folder}/{}", path.to_string_lossy().replace('\\', "/"))
}

#[cfg(test)]
mod tests {
    use super::{folders, is_inside};

    #[test]
    fn scopes_become_folders_of_their_own() {
        let scopes = [
            "projects/acme-ml",
            "../../etc",
            "projects/acme ml",
            "projects/acme\nml",
            "-rf",
            "",
        ];
        let expected = [
            "projects-acme-ml",
            "_.._etc",
            "projects-acme_ml",
            "projects-acme_ml_2",
            "rf",
            "unknown",
        ];
        let names = folders(scopes.into_iter());
        assert!(
            names
                .iter()
                .all(|name| is_inside(name) && !name.contains('/'))
        );
        assert_eq!(names[0], expected[0]);
        assert_eq!(names[2..], expected[2..]);
    }

    #[test]
    fn nothing_is_written_outside_of_the_folder() {
        for path in ["../x", "/x", "a/../../x", "", "."] {
            assert!(!is_inside(path), "{path}");
        }
        assert!(is_inside("a/b.sh"));
    }
}
