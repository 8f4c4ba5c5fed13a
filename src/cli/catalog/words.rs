//! How the catalogue's answers are worded, in tables and in JSON.

use super::Opened;
use crate::catalog::{Catalog, Level, Roles, Support, Tier};
use crate::cli::output::warn;
use crate::report::escape;
use anstyle::{Effects, Style};
use clap::ValueEnum;
use serde::Serialize;

/// `--tier`, and the member `tier` of the JSON forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum TierWord {
    Complete,
    Sensitive,
    Unknown,
}

impl TierWord {
    /// A role that reaches across services is complete within some of them, which has its own place.
    pub(super) fn of(tier: Tier) -> TierWord {
        match tier {
            Tier::Complete | Tier::Broad => TierWord::Complete,
            Tier::Sensitive => TierWord::Sensitive,
            Tier::Unknown => TierWord::Unknown,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            TierWord::Complete => "complete",
            TierWord::Sensitive => "sensitive",
            TierWord::Unknown => "unknown",
        }
    }
}

/// The tier as tables show it: the star says that it does not reach beyond the services that are written down.
pub(super) fn tier_cell(tier: Tier) -> String {
    let star = if tier == Tier::Broad { "*" } else { "" };
    format!("{}{star}", TierWord::of(tier).word())
}

/// What the star of [`tier_cell`] means.
pub(super) fn star(catalog: &Catalog) -> String {
    let services = catalog.services().count();
    format!(
        "* complete within the {services} services that are written down: `leastwise catalog status` names them"
    )
}

/// The stage of a role as the API words it.
pub(super) fn stage(catalog: &Catalog, role: &str) -> Option<&'static str> {
    catalog.stage(role).map(|stage| stage.slug())
}

/// Whether custom roles may hold a permission; `None` where nobody says.
pub(super) fn support(support: Support) -> Option<&'static str> {
    match support {
        Support::Supported => Some("supported"),
        Support::Testing => Some("testing"),
        Support::NotSupported => Some("not-supported"),
        Support::Unknown => None,
    }
}

pub(super) fn level(level: Level) -> &'static str {
    match level {
        Level::Project => "project",
        Level::Folder => "folder",
        Level::Organization => "organization",
    }
}

/// The service of a predefined role: `storage` of `roles/storage.admin`; basic roles have none.
pub(super) fn service_of(role: &str) -> Option<&str> {
    let (service, _) = role.strip_prefix("roles/")?.split_once('.')?;
    Some(service)
}

/// Whether a role is made for the agent of a Google service, not for people: their names say so.
pub(super) fn is_of_service_agent(role: &str) -> bool {
    role.starts_with("roles/") && role.to_ascii_lowercase().contains("serviceagent")
}

/// The role that somebody means: its name, or that without `roles/`.
pub(in crate::cli) fn meant<'r>(catalog: &Catalog, name: &'r str) -> std::borrow::Cow<'r, str> {
    let plain = name.strip_prefix("//iam.googleapis.com/").unwrap_or(name);
    if !plain.contains('/') {
        let whole = format!("roles/{plain}");
        if catalog.knows(&whole) {
            return whole.into();
        }
    }
    plain.into()
}

/// The names nearest to one that is not known, at most three.
pub(in crate::cli) fn near<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    // The distance costs length × length; nobody mistypes a word of 100 letters.
    if name.len() > 100 {
        return Vec::new();
    }
    let plain = |name: &str| {
        name.strip_prefix("roles/")
            .unwrap_or(name)
            .to_ascii_lowercase()
    };
    let wanted = plain(name);
    let limit = (wanted.len() / 4).max(2);
    let mut near: Vec<(usize, &str)> = names
        .map(|known| (strsim::damerau_levenshtein(&wanted, &plain(known)), known))
        .filter(|(distance, known)| *distance <= limit && *distance < plain(known).len())
        .collect();
    near.sort_unstable();
    let best = near.first().map(|(distance, _)| *distance);
    near.retain(|(distance, _)| Some(*distance) == best);
    near.into_iter().map(|(_, name)| name).take(3).collect()
}

/// `: did you mean …?`, or nothing.
pub(in crate::cli) fn did_you_mean(near: &[&str]) -> String {
    let names: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!("; did you mean {}?", names.join(" or ")),
    }
}

/// Warns of a role of which not even the name is known. It may be newer than the catalogue, or mistyped.
pub(in crate::cli) fn warn_unknown(opened: &Opened, role: &str) {
    let catalog = opened.catalog();
    if catalog.knows(role) {
        return;
    }
    let near = near(role, catalog.roles());
    warn(&format!(
        "no role `{}` is in the catalogue of {}{}",
        escape::terminal(role),
        opened.date(),
        did_you_mean(&near)
    ));
}

/// The one command that settles what a role carries.
pub(super) fn settle(catalog: &Catalog, role: &str) -> String {
    Roles::new(catalog).settle_command(role)
}

/// The same with its way into the catalogue, for people.
pub(in crate::cli) fn settled(command: &str) -> String {
    format!("{} | leastwise catalog import -", escape::terminal(command))
}

/// `3 roles`, `1 role`, with the thousands apart.
pub(in crate::cli) fn count(n: usize, one: &str, many: &str) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() + 4);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} {}", if n == 1 { one } else { many })
}

/// Rows under a bold head, columns as wide as their widest cell. Cells may be hostile.
pub(in crate::cli) fn columns<const N: usize>(
    head: [&str; N],
    rows: &[[String; N]],
    color: bool,
) -> String {
    let rows: Vec<[String; N]> = rows
        .iter()
        .map(|row| std::array::from_fn(|at| escape::terminal(&row[at]).into_owned()))
        .collect();
    let width = |at: usize| {
        let cells = rows.iter().map(|row| row[at].chars().count());
        cells.max().unwrap_or_default().max(head[at].len())
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |cells: [&str; N]| {
        let cells = cells.iter().zip(widths);
        let padded: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let bold = Style::new().effects(Effects::BOLD);
    let first = match color {
        true => format!("{bold}{}{bold:#}", line(head)),
        false => line(head),
    };
    let mut text = format!("{first}\n");
    for row in &rows {
        text.push_str(&line(std::array::from_fn(|at| row[at].as_str())));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{columns, count, is_of_service_agent, meant, near, service_of};
    use crate::catalog::Catalog;

    #[test]
    fn numbers_are_read_in_groups() {
        let told = [1, 999, 1000, 1_234_567].map(|n| count(n, "role", "roles"));
        assert_eq!(
            told,
            ["1 role", "999 roles", "1,000 roles", "1,234,567 roles"]
        );
    }

    #[test]
    fn roles_are_known_by_their_names() {
        assert_eq!(service_of("roles/storage.admin"), Some("storage"));
        assert_eq!(service_of("roles/owner"), None);
        assert_eq!(service_of("projects/p/roles/a.b"), None);
        assert!(is_of_service_agent("roles/composer.ServiceAgentV2Ext"));
        assert!(!is_of_service_agent("roles/cloudtrace.agent"));
        let catalog = Catalog::embedded();
        assert_eq!(meant(catalog, "storage.admin"), "roles/storage.admin");
        assert_eq!(meant(catalog, "projects/p/roles/x"), "projects/p/roles/x");
        assert_eq!(meant(catalog, "storage.nonesuch"), "storage.nonesuch");
    }

    #[test]
    fn the_nearest_names_are_offered() {
        let near_to = |name| near(name, Catalog::embedded().roles());
        assert_eq!(
            near_to("roles/storage.objectVeiwer"),
            ["roles/storage.objectViewer"]
        );
        assert_eq!(
            near_to("storage.objectviewer"),
            ["roles/storage.objectViewer"]
        );
        assert!(near_to("roles/nothing.of.the.kind").is_empty());
        assert!(near_to(&"x".repeat(10_000)).is_empty());
    }

    #[test]
    fn cells_cannot_drive_a_terminal() {
        let table = columns(
            ["a", "b"],
            &[["\u{1b}[2J".to_owned(), "x".to_owned()]],
            false,
        );
        assert_eq!(table, "a          b\n\\u{1b}[2J  x\n");
    }
}
