//! One role too large for the API becomes several, service by service.

use super::{Definition, limits};

/// How much of [`limits::SIZE`] the permission names may take: title and description need the rest.
const NAMES: usize = limits::SIZE - limits::TITLE - limits::DESCRIPTION;

/// The permissions of `definition`, which are sorted, on as few roles as keep services together where that is possible.
/// The first keeps id and etag, the others are numbered. The same definition always becomes the same roles.
pub(super) fn split(definition: Definition) -> Vec<Definition> {
    let mut parts: Vec<Vec<String>> = vec![Vec::new()];
    let mut size = 0;
    let service = |permission: &String| permission.split('.').next().map(str::to_owned);
    let same = |one: &String, other: &String| service(one) == service(other);
    for group in definition.permissions.chunk_by(same) {
        let bytes: usize = group.iter().map(String::len).sum();
        let fits = |count: usize, size: usize| {
            count + group.len() <= limits::PERMISSIONS && size + bytes <= NAMES
        };
        let count = parts.last().map_or(0, Vec::len);
        // A service that fits on no role is spread like the permissions of one.
        if count > 0 && !fits(count, size) && fits(0, 0) {
            parts.push(Vec::new());
            size = 0;
        }
        for permission in group {
            let full = parts.last().is_some_and(|part| {
                part.len() == limits::PERMISSIONS || size + permission.len() > NAMES
            });
            if full {
                parts.push(Vec::new());
                size = 0;
            }
            size += permission.len();
            if let Some(part) = parts.last_mut() {
                part.push(permission.clone());
            }
        }
    }
    let count = parts.len();
    let numbered = parts.into_iter().enumerate().map(|(at, permissions)| {
        let mut part = Definition {
            permissions,
            ..definition.clone()
        };
        if count > 1 {
            let title = definition.title.as_deref().unwrap_or_default();
            let end = format!(" ({} of {count})", at + 1);
            part.title = Some(limits::with_end(title, &end, limits::TITLE));
        }
        if at > 0 {
            let end = format!("_{}", at + 1);
            part.id = part.id.map(|id| limits::with_end(&id, &end, limits::ID));
            part.etag = None;
        }
        part
    });
    numbered.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::split;
    use crate::remediation::roles::{Definition, is_role_id, limits};
    use proptest::prelude::*;

    fn definition(permissions: Vec<String>) -> Definition {
        Definition {
            id: Some("x".repeat(64)),
            title: Some("t".repeat(100)),
            description: Some("d".repeat(300)),
            etag: Some("BwA=".to_owned()),
            permissions,
            ..Definition::default()
        }
    }

    #[test]
    fn services_stay_together() {
        let of = |service: &str, n: usize| {
            let names = (0..n).map(move |n| format!("{service}.r.v{n:04}"));
            names.collect::<Vec<String>>()
        };
        let all = [of("aa", 1_500), of("bb", 1_400), of("cc", 200)].concat();
        let parts = split(definition(all));
        let sizes: Vec<usize> = parts.iter().map(|part| part.permissions.len()).collect();
        assert_eq!(sizes, [2_900, 200]);
        assert_eq!(
            (parts[0].etag.as_deref(), &parts[1].etag),
            (Some("BwA="), &None)
        );
        assert!(parts[1].title.as_ref().unwrap().ends_with(" (2 of 2)"));
        assert!(parts[1].id.as_ref().unwrap().ends_with("x_2"));
        // One service is more than a role holds.
        let parts = split(definition([of("aa", 10), of("bb", 3_100)].concat()));
        let sizes: Vec<usize> = parts.iter().map(|part| part.permissions.len()).collect();
        assert_eq!(sizes, [3_000, 110]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn every_part_is_within_the_limits_and_nothing_is_lost(
            services in prop::collection::btree_map("[a-z]{2,9}", (0..4_000_usize, 3..200_usize), 0..5)
        ) {
            let names = services.iter().flat_map(|(service, (count, length))| {
                (0..*count).map(move |n| format!("{service}.{}.v{n:05}", "r".repeat(*length)))
            });
            let mut all: Vec<String> = names.collect();
            all.sort();
            let parts = split(definition(all.clone()));
            for part in &parts {
                prop_assert!(part.permissions.len() <= limits::PERMISSIONS);
                prop_assert!(limits::size(part) <= limits::SIZE);
                prop_assert!(is_role_id(part.id.as_ref().unwrap()));
                prop_assert!(part.title.as_ref().unwrap().len() <= limits::TITLE);
                prop_assert!(parts.len() == 1 || !part.permissions.is_empty());
            }
            let back: Vec<String> = parts.into_iter().flat_map(|part| part.permissions).collect();
            prop_assert_eq!(back, all);
        }
    }
}
