//! The catalogue as Rust source: static tables, in which `super::super::table` looks things up.

use super::Set;
use super::draft::Draft;
use super::{Support, slots};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The expression, in the scope of `src/catalog/mod.rs`.
pub(super) fn emit(draft: &Draft) -> Result<String, String> {
    check(draft)?;
    let mut out = String::from("Catalog {\n");
    let mut field = |name: &str, value: String| {
        out.push_str(name);
        out.push_str(": ");
        out.push_str(&value);
        out.push_str(",\n");
    };
    field("date", format!("{:?}", draft.date));
    field("names", names(draft.names.iter().map(|name| &**name)));
    let services: Vec<&str> = draft.services.iter().map(|(name, _)| *name).collect();
    field("services", format!("&{services:?}"));
    field("role_names", names(draft.roles.keys().map(|name| &**name)));
    let (mut rows, mut carried, mut count) = (String::from("&["), String::from("&["), 0);
    for role in draft.roles.values() {
        let start = count;
        for id in role.carries.iter() {
            count += 1;
            push(&mut carried, format_args!("{id}, "));
        }
        let families = role.families.iter().fold(0_u8, |bits, id| bits | 1 << id);
        let (depth, stage) = (role.depth, option("Stage", role.stage));
        push(
            &mut rows,
            format_args!(
                "Role {{ depth: Depth::{depth:?}, start: {start}, end: {count}, families: {families}, \
                 stage: {stage}, deleted: false, imported: false }},\n"
            ),
        );
    }
    field("roles", table(&(rows + "]")));
    field("carried", table(&(carried + "]")));
    field("sensitive", table(&format!("&{:?}", ids(&draft.sensitive))));
    field("families", format!("&{:?}", draft.families));
    let (mut support, mut levels) = (String::from("&["), String::from("&["));
    for id in 0..draft.names.len() {
        let known = draft.support.get(&id).unwrap_or(&Support::Unknown);
        push(&mut support, format_args!("Support::{known:?}, "));
        let level = option("Level", draft.levels.get(&id));
        push(&mut levels, format_args!("{level}, "));
    }
    field("support", table(&(support + "]")));
    field("levels", table(&(levels + "]")));
    let hosts: BTreeSet<&str> = draft.denials.values().flatten().copied().collect();
    let hosts: Vec<&str> = hosts.into_iter().collect();
    let denials = (0..draft.names.len()).map(|id| match draft.denials.get(&id) {
        None => 0,
        Some(None) => 1,
        Some(Some(host)) => 2 + hosts.partition_point(|known| known < host),
    });
    let denials: Vec<usize> = denials.collect();
    field("denials", table(&format!("&{denials:?}")));
    field("hosts", format!("&{hosts:?}"));
    // What only an import says.
    for name in ["stages", "mentioned", "newer"] {
        field(name, table("&[]"));
    }
    field("index", "OnceLock::new()".to_owned());
    out.push_str("}\n");
    Ok(out)
}

/// What the tables take for granted.
fn check(draft: &Draft) -> Result<(), String> {
    let hosts: BTreeSet<_> = draft.denials.values().collect();
    if draft.families.len() > 8 || hosts.len() > 250 {
        return Err("more families or hosts than the tables have room for".to_owned());
    }
    let stray = draft.names.iter().enumerate().find(|(id, name)| {
        let service = draft.service(name);
        service.is_some_and(|service| !service.contains(*id))
    });
    match stray {
        Some((_, name)) => Err(format!("{name} is missing from the list of its service")),
        None => Ok(()),
    }
}

/// All names in one text, where each ends, and where to find one.
fn names<'n>(names: impl ExactSizeIterator<Item = &'n str> + Clone) -> String {
    let slots = slots(names.clone());
    let (mut text, mut ends) = (String::new(), Vec::new());
    for name in names {
        text.push_str(name);
        ends.push(text.len());
    }
    format!(
        "Names {{ text: {}, ends: {}, slots: {} }}",
        table(&format!("{text:?}")),
        table(&format!("&{ends:?}")),
        table(&format!("&{slots:?}")),
    )
}

/// A static table, where an import's would be owned.
fn table(content: &str) -> String {
    format!("Cow::Borrowed({content})")
}

fn option(kind: &str, value: Option<impl std::fmt::Debug>) -> String {
    value.map_or_else(
        || "None".to_owned(),
        |value| format!("Some({kind}::{value:?})"),
    )
}

fn ids(set: &Set) -> Vec<usize> {
    set.iter().collect()
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::emit;
    use crate::catalog::compile::{assemble::assemble, code, data::ALL};
    use crate::catalog::{Catalog, Denial, Support};

    #[test]
    fn the_tables_say_what_the_files_say() {
        let draft = assemble(&ALL).unwrap();
        let catalog = Catalog::embedded();
        assert_eq!(catalog.date(), draft.date);
        assert!(catalog.names.iter().eq(draft.names.iter().map(|n| &**n)));
        assert!(catalog.roles().eq(draft.roles.keys().map(|name| &**name)));
        for (name, role) in &draft.roles {
            let ours = catalog.role(name).unwrap();
            assert_eq!(ours.depth, role.depth, "{name}");
            assert_eq!(catalog.stage(name), role.stage, "{name}");
            let carried = catalog.carried_by(ours).iter().map(|id| *id as usize);
            assert!(carried.eq(role.carries.iter()), "{name}");
            let families = (0..8).filter(|bit| ours.families & (1 << bit) != 0);
            assert!(families.eq(role.families.iter()), "{name}");
        }
        for (service, set) in &draft.services {
            let names = set.iter().map(|id| &*draft.names[id]);
            assert!(catalog.permissions_of(service).unwrap().eq(names));
        }
        assert_eq!(catalog.services().count(), draft.services.len());
        let sensitive = draft.sensitive.iter().map(|id| &*draft.names[id]);
        assert!(catalog.sensitive().eq(sensitive));
        assert_eq!(catalog.families, draft.families);
        for (id, name) in draft.names.iter().enumerate() {
            let support = draft.support.get(&id);
            let support = support.copied().unwrap_or(Support::Unknown);
            assert_eq!(catalog.support(name), support, "{name}");
            assert_eq!(catalog.lowest_level(name), draft.levels.get(&id).copied());
            let denial = match (draft.denials.get(&id), name.split_once('.')) {
                (Some(Some(_)), _) if name.contains('/') => Denial::Name(name.to_string()),
                (Some(Some(host)), Some((_, rest))) => Denial::Name(format!("{host}/{rest}")),
                (Some(_), _) => Denial::NotDeniable,
                (None, _) => Denial::Unknown,
            };
            assert_eq!(catalog.deny_name(name), denial, "{name}");
        }
    }

    #[test]
    fn what_the_tables_cannot_hold_is_refused() {
        assert!(code().unwrap().starts_with("Catalog {"));
        let mut draft = assemble(&ALL).unwrap();
        draft.families = vec!["x"; 9];
        assert!(emit(&draft).unwrap_err().contains("room for"));
        draft.families.clear();
        draft.names[0] = "storage.zzz.get".into();
        assert!(
            emit(&draft)
                .unwrap_err()
                .contains("storage.zzz.get is missing")
        );
    }
}
