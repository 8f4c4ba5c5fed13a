//! The hand-written catalogue against the reference, where it is at hand
//! (`LEASTWISE_SHARED`, or `../shared` beside the checkout).

#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "catalog/corpus.rs"]
mod corpus;

use leastwise::access::primitives::primitives;
use leastwise::catalog::{
    Catalog, CustomRole, Denial, Imported, Level, Roles, Stage, Support, Tier, Wanted,
};
use leastwise::model::Truth;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A folder or file that lies beside the package, or `None` with a word about it.
fn shared(name: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("LEASTWISE_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let path = shared.join(name);
    if !path.exists() {
        println!("{name} is not at hand: not compared");
    }
    path.exists().then_some(path)
}

/// A file of the reference.
fn reference(name: &str) -> Option<String> {
    let path = shared("catalog-reference")?.join(name);
    Some(std::fs::read_to_string(path).unwrap())
}

/// Role name to permissions.
fn reference_roles() -> Option<BTreeMap<String, BTreeSet<String>>> {
    let text = reference("roles.tsv")?;
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    let roles = rows.map(|row| {
        let mut cells = row.split('\t');
        let name = cells.next().unwrap_or_default().to_owned();
        let permissions = cells.nth(1).unwrap_or_default();
        let permissions = permissions.split(',').filter(|p| !p.is_empty());
        (name, permissions.map(str::to_owned).collect())
    });
    Some(roles.collect())
}

/// Permission to support level, lowest scope and name in deny policies.
fn reference_permissions() -> Option<BTreeMap<String, (String, String, String)>> {
    let text = reference("permissions.tsv")?;
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    let permissions = rows.map(|row| {
        let mut cells = row.split('\t').map(str::to_owned);
        let mut next = || cells.next().unwrap_or_default();
        (next(), (next(), next(), next()))
    });
    Some(permissions.collect())
}

fn wanted(pattern: &str) -> Wanted {
    Wanted::parse(&[pattern.to_owned()]).unwrap()
}

fn none(differences: &[String]) {
    let count = differences.len();
    assert!(
        count == 0,
        "{count} differences\n{}",
        differences.join("\n")
    );
}

#[test]
fn the_embedded_catalogue_has_a_date() {
    let date = Catalog::embedded().date();
    assert!(date.starts_with("20") && date.len() == 10, "{date:?}");
}

#[test]
fn role_names_agree() {
    let Some(reference) = reference_roles() else {
        return;
    };
    let ours: BTreeSet<&str> = Catalog::embedded().roles().collect();
    let theirs: BTreeSet<&str> = reference.keys().map(String::as_str).collect();
    let extra: Vec<_> = ours.difference(&theirs).copied().collect();
    let preview = ["roles/admin", "roles/reader", "roles/writer"];
    assert_eq!(extra, preview, "names of unknown content");
    let missing: Vec<_> = theirs.difference(&ours).collect();
    assert!(missing.is_empty(), "{missing:?}");
    println!("{} role names", ours.len());
}

#[test]
fn complete_roles_agree() {
    let Some(reference) = reference_roles() else {
        return;
    };
    let catalog = Catalog::embedded();
    let (mut differences, mut complete, mut permissions) = (vec![], 0, 0);
    for (role, theirs) in &reference {
        let Some(ours) = catalog.permissions(role) else {
            continue;
        };
        let ours: BTreeSet<String> = ours.map(str::to_owned).collect();
        complete += 1;
        permissions += ours.len();
        for name in ours.symmetric_difference(theirs) {
            let side = if ours.contains(name) { "+" } else { "-" };
            differences.push(format!("{role} {side}{name}"));
        }
    }
    println!("{complete} complete roles, {permissions} permissions in them");
    none(&differences);
    let must = ["roles/storage.", "roles/resourcemanager.", "roles/browser"];
    for role in reference.keys() {
        if must.iter().any(|prefix| role.starts_with(prefix)) {
            assert_eq!(catalog.tier(role), Tier::Complete, "{role}");
        }
    }
}

#[test]
fn services_that_are_written_down_agree() {
    let (Some(roles), Some(permissions)) = (reference_roles(), reference_permissions()) else {
        return;
    };
    let catalog = Catalog::embedded();
    let mut differences = vec![];
    for service in catalog.services() {
        let ours: BTreeSet<&str> = catalog.permissions_of(service).unwrap().collect();
        let names = permissions.keys().map(String::as_str);
        let theirs = names.filter(|name| name.split('.').next() == Some(service));
        let theirs: BTreeSet<&str> = theirs.collect();
        println!("{service}: {} permissions", ours.len());
        let apart = ours.symmetric_difference(&theirs);
        differences.extend(apart.map(|name| format!("permission {name}")));
    }
    // Roles that reach across services are exact within those that are written down.
    let broad = roles.keys().filter(|role| {
        let basic = !role.contains('.');
        (basic || catalog.tier(role) == Tier::Broad) && catalog.tier(role) != Tier::Complete
    });
    let laid = Roles::new(catalog);
    let written = catalog.services().map(|s| catalog.permissions_of(s));
    let written = written.flatten().flatten();
    let written: Vec<(&str, Wanted)> = written.map(|name| (name, wanted(name))).collect();
    for role in broad {
        let mut carried = 0;
        for (permission, wanted) in &written {
            let theirs = roles[role].contains(*permission);
            carried += usize::from(theirs);
            let ours = laid.carries(role, wanted).truth;
            if ours != Truth::from(theirs) {
                differences.push(format!("{role} {permission}: {ours:?}, not {theirs}"));
            }
        }
        println!("{role}: {carried} permissions of these services");
    }
    none(&differences);
}

#[test]
fn sensitive_facts_agree_for_every_role() {
    let Some(reference) = reference_roles() else {
        return;
    };
    let catalog = Catalog::embedded();
    let roles = Roles::new(catalog);
    let (mut differences, mut carried) = (vec![], 0);
    let patterns: Vec<&str> = catalog.sensitive().chain(["*.setIamPolicy"]).collect();
    for pattern in &patterns {
        let wanted = wanted(pattern);
        for (role, permissions) in &reference {
            let theirs = permissions.iter().any(|name| wanted.matches(name));
            let ours = roles.carries(role, &wanted).truth;
            carried += usize::from(theirs);
            if ours != Truth::from(theirs) {
                differences.push(format!("{role} {pattern}: {ours:?}, not {theirs}"));
            }
        }
    }
    let (facts, roles) = (patterns.len(), reference.len());
    println!("{facts} sensitive facts for each of {roles} roles, {carried} of them yes");
    none(&differences);
    for role in reference.keys() {
        assert_ne!(catalog.tier(role), Tier::Unknown, "{role}");
    }
}

/// Whatever is asked, a definite answer is the true one.
#[test]
fn no_definite_answer_is_wrong() {
    let (Some(reference), Some(permissions)) = (reference_roles(), reference_permissions()) else {
        return;
    };
    let roles = Roles::new(Catalog::embedded());
    let (mut differences, mut definite, mut all) = (vec![], 0_u64, 0_u64);
    // A sample, so that the test stays quick.
    for permission in permissions.keys().step_by(199) {
        let (resource, verb) = permission.rsplit_once('.').unwrap();
        for pattern in [permission, &format!("{resource}.*"), &format!("*.{verb}")] {
            let wanted = wanted(pattern);
            for (role, carried) in reference.iter().step_by(3) {
                let ours = roles.carries(role, &wanted).truth;
                all += 1;
                if ours == Truth::Unknown {
                    continue;
                }
                definite += 1;
                let theirs = carried.iter().any(|name| wanted.matches(name));
                if ours != Truth::from(theirs) {
                    differences.push(format!("{role} {pattern}: {ours:?}, not {theirs}"));
                }
            }
        }
    }
    println!("{definite} of {all} questions about anything have a definite answer");
    none(&differences);
}

#[test]
fn facts_about_permissions_agree() {
    let Some(reference) = reference_permissions() else {
        return;
    };
    let catalog = Catalog::embedded();
    let (mut differences, mut refused, mut testing, mut levels) = (vec![], 0, 0, 0);
    for (name, (support, level, _)) in &reference {
        let ours = catalog.support(name);
        let theirs = match support.as_str() {
            "SUPPORTED" => Support::Supported,
            "TESTING" => Support::Testing,
            "NOT_SUPPORTED" => Support::NotSupported,
            _ => Support::Unknown,
        };
        refused += usize::from(ours == Support::NotSupported);
        testing += usize::from(ours == Support::Testing);
        let must = theirs == Support::NotSupported;
        if ours != theirs && (must || ours != Support::Unknown) {
            differences.push(format!("{name}: {ours:?}, not {theirs:?}"));
        }
        let theirs = match level.as_str() {
            "project" => Some(Level::Project),
            "folder" => Some(Level::Folder),
            "organization" => Some(Level::Organization),
            _ => None,
        };
        let ours = catalog.lowest_level(name);
        levels += usize::from(ours.is_some());
        if ours.is_some() && ours != theirs {
            differences.push(format!("{name}: {ours:?}, not {theirs:?}"));
        }
    }
    println!(
        "{refused} not supported in custom roles, {testing} testing, {levels} levels of grant"
    );
    none(&differences);
}

#[test]
fn launch_stages_agree() {
    let Some(text) = reference("roles.tsv") else {
        return;
    };
    let catalog = Catalog::embedded();
    let (mut differences, mut stages) = (vec![], BTreeMap::new());
    for row in text.lines().filter(|line| !line.starts_with('#')) {
        let mut cells = row.split('\t');
        let (name, stage) = (cells.next().unwrap(), cells.next().unwrap());
        let theirs = Stage::parse(Some(stage));
        *stages.entry(stage).or_insert(0) += 1;
        if catalog.stage(name) != Some(theirs) {
            differences.push(format!("{name}: {:?}, not {theirs:?}", catalog.stage(name)));
        }
    }
    println!("{stages:?}");
    none(&differences);
    for preview in [
        "roles/admin",
        "roles/reader",
        "roles/writer",
        "roles/nonesuch",
    ] {
        assert_eq!(catalog.stage(preview), None, "{preview}");
    }
}

/// A full import answers as the API does, through the same lookups.
#[test]
fn a_full_import_is_known_completely() {
    let Some(reference) = reference_roles() else {
        return;
    };
    let described = reference.iter().map(|(name, permissions)| CustomRole {
        name: name.clone(),
        stage: Stage::Ga,
        permissions: Some(permissions.iter().cloned().collect()),
        ..CustomRole::default()
    });
    let laid = Catalog::embedded().with(&Imported {
        roles: described.collect(),
        permissions: vec![],
    });
    let mut carriers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (role, theirs) in &reference {
        let ours: Vec<&str> = laid.permissions(role).unwrap().collect();
        assert!(ours.iter().eq(theirs.iter()), "{role}");
        for permission in theirs {
            carriers.entry(permission).or_default().push(role);
        }
    }
    for (permission, roles) in carriers {
        let holders = laid.holders(permission);
        assert!(holders.certain().eq(roles), "{permission}");
        assert_eq!(laid.exists(permission), Truth::Yes, "{permission}");
    }
    let viewer_in_editor = laid.compare("roles/viewer", "roles/editor").within;
    let theirs = reference["roles/viewer"].is_subset(&reference["roles/editor"]);
    assert_eq!(viewer_in_editor, Truth::from(theirs));
    let sets = laid.set("roles/owner").unwrap().len();
    assert_eq!(sets, reference["roles/owner"].len());
}

#[test]
fn deny_names_agree() {
    let Some(reference) = reference_permissions() else {
        return;
    };
    let catalog = Catalog::embedded();
    // The source lists deny names beside the dotted spellings only; a permission that is called like one is that one.
    let names: BTreeSet<&str> = reference.values().map(|(.., name)| &**name).collect();
    let (mut differences, mut counts) = (vec![], [0; 3]);
    for (permission, (support, _, name)) in &reference {
        let service = permission.split('.').next().unwrap();
        let written = catalog.services().any(|known| known == service);
        let own = permission.contains('/') && names.contains(&**permission);
        let theirs = match name.as_str() {
            _ if !written => Denial::Unknown,
            _ if own => Denial::Name(permission.clone()),
            "" if support == "UNKNOWN" => Denial::Unknown,
            "" => Denial::NotDeniable,
            name => Denial::Name(name.to_owned()),
        };
        let ours = catalog.deny_name(permission);
        counts[match ours {
            Denial::Name(_) => 0,
            Denial::NotDeniable => 1,
            Denial::Unknown => 2,
        }] += 1;
        if ours != theirs {
            differences.push(format!("{permission}: {ours:?}, not {theirs:?}"));
        }
    }
    println!("names in deny policies: {counts:?} known, none, unknown");
    none(&differences);
}

/// The words of a rule file that stand where permissions do: `[grant] permission`, and what a selection
/// of `includedPermissions` compares with.
fn asked_by_rule(text: &str, names: &mut BTreeSet<String>) {
    let rule: toml::Table = text.parse().unwrap();
    let strings = |table: &str, key: &str| -> Vec<String> {
        match rule.get(table).and_then(|table| table.get(key)) {
            Some(toml::Value::String(text)) => vec![text.clone()],
            Some(toml::Value::Array(list)) => {
                let list = list.iter().filter_map(toml::Value::as_str);
                list.map(str::to_owned).collect()
            }
            _ => vec![],
        }
    };
    names.extend(strings("grant", "permission"));
    for path in strings("select", "forbid") {
        if path.contains("includedPermissions") {
            names.extend(path.split('\'').skip(1).step_by(2).map(str::to_owned));
        }
    }
}

fn rule_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rule_files(&path, files);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            files.push(path);
        }
    }
}

/// No question that comes with the program is left open for a role that Google has published.
#[test]
fn every_built_in_question_has_an_answer() {
    let mut asked = BTreeSet::new();
    let mut files = vec![];
    rule_files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"),
        &mut files,
    );
    for file in files {
        asked_by_rule(&std::fs::read_to_string(file).unwrap(), &mut asked);
    }
    let by_rules = asked.len();
    let needs = primitives().iter().flat_map(|p| p.needs.iter().flatten());
    asked.extend(needs.map(|need| need.permission.clone()));
    for must in [
        "*.setIamPolicy",
        "storage.objects.get",
        "bigquery.datasets.setIamPolicy",
    ] {
        assert!(
            asked.contains(must),
            "{must} is not found in the rules any more"
        );
    }

    let catalog = Catalog::embedded();
    let roles = Roles::new(catalog);
    // Basic roles in preview: Google names them and says nowhere what they carry.
    let unpublished = ["roles/admin", "roles/reader", "roles/writer"];
    let mut open = vec![];
    for pattern in &asked {
        let wanted = wanted(pattern);
        for role in catalog.roles() {
            let known = roles.carries(role, &wanted).truth != Truth::Unknown;
            if known == unpublished.contains(&role) {
                open.push(format!("{role} {pattern}: {known}"));
            }
        }
    }
    let (all, published) = (asked.len(), catalog.roles().count() - unpublished.len());
    println!("{all} questions ({by_rules} by rules) answered for {published} roles");
    none(&open);
}
