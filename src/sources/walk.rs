//! Which files are meant: paths as given, folders walked in a fixed order.

use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The path as the user would write it; `-` is standard input.
    pub path: PathBuf,
    /// Named by the user, not met in a folder: if it is nothing we know, that is an error.
    pub named: bool,
}

/// What a walk brings besides files.
#[derive(Debug, Default)]
pub struct Walked {
    /// Files in a fixed order.
    pub inputs: Vec<Input>,
    /// Paths that could not be opened, with the reason.
    pub unreadable: Vec<(PathBuf, String)>,
    /// Paths that were passed over, with the reason.
    pub passed_over: Vec<(PathBuf, String)>,
}

/// Lists the files below `paths`. Ignore files are not obeyed: what lies in an export is evidence. Symbolic
/// links inside a folder are not followed: their targets are met themselves, or lie outside of what was asked.
pub fn walk(paths: &[PathBuf]) -> Walked {
    let mut walked = Walked::default();
    for path in paths {
        if path.as_os_str() == "-" {
            walked.inputs.push(Input {
                path: path.clone(),
                named: true,
            });
            continue;
        }
        match std::fs::metadata(path) {
            Err(error) => walked.unreadable.push((path.clone(), error.to_string())),
            Ok(metadata) if metadata.is_dir() => folder(path, &mut walked),
            Ok(_) => walked.inputs.push(Input {
                path: path.clone(),
                named: true,
            }),
        }
    }
    walked
}

fn folder(root: &Path, walked: &mut Walked) {
    let entries = WalkDir::new(root)
        .follow_links(false)
        .follow_root_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || entry.file_name() != ".git");
    for entry in entries {
        match entry {
            Err(error) => {
                let path = error.path().unwrap_or(root).to_path_buf();
                let reason = error
                    .io_error()
                    .map_or_else(|| error.to_string(), ToString::to_string);
                walked.unreadable.push((path, reason));
            }
            Ok(entry) if entry.path_is_symlink() && entry.depth() > 0 => {
                let reason = "a symbolic link; links inside a folder are not followed".to_owned();
                walked.passed_over.push((entry.into_path(), reason));
            }
            Ok(entry) if entry.file_type().is_file() => {
                walked.inputs.push(Input {
                    path: entry.into_path(),
                    named: false,
                });
            }
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) => {
                // Opening a pipe would wait for ever.
                walked
                    .passed_over
                    .push((entry.into_path(), "no regular file".to_owned()));
            }
        }
    }
}
