//! Writes the checks of `benches/rules.toml` as rule files, one a file, as a user's `--rules` folder has them.

use anyhow::{Context, Result, anyhow};
use std::path::Path;

/// All checks, see the file.
const TABLE: &str = include_str!("../rules.toml");

/// Which of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    /// g01 to g09 and s01 to s05.
    Fourteen,
    /// All 62 on bindings and 38 on settings.
    Hundred,
}

/// The id and text of each rule file of `set`, by id.
///
/// # Errors
///
/// When the table is not TOML of the form that it explains at its top.
pub(crate) fn files(set: Set) -> Result<Vec<(String, String)>> {
    let table: toml::Table = toml::from_str(TABLE).context("benches/rules.toml")?;
    let rules = table
        .get("rules")
        .and_then(toml::Value::as_table)
        .ok_or_else(|| anyhow!("benches/rules.toml has no [rules]"))?;
    let mut files = Vec::new();
    for (id, rule) in rules {
        let small =
            id.as_str() <= "bench-g09" || ("bench-s01"..="bench-s05").contains(&id.as_str());
        if set == Set::Fourteen && !small {
            continue;
        }
        let mut rule = rule
            .as_table()
            .ok_or_else(|| anyhow!("{id} is not a table"))?
            .clone();
        for (field, text) in [
            ("severity", "medium"),
            ("confidence", "high"),
            ("why", "It is one of the checks of the benchmark."),
            ("fix", "Nothing: the export is generated."),
        ] {
            rule.insert(field.to_owned(), text.into());
        }
        files.push((id.clone(), toml::to_string(&rule)?));
    }
    Ok(files)
}

/// Replaces `folder` by the rule files of `set`; returns how many there are.
///
/// # Errors
///
/// When the folder cannot be written.
pub(crate) fn write(folder: &Path, set: Set) -> Result<usize> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    let files = files(set)?;
    for (id, text) in &files {
        std::fs::write(folder.join(format!("{id}.toml")), text)?;
    }
    Ok(files.len())
}
