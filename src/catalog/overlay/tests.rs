#![allow(clippy::unwrap_used)]

use crate::catalog::{
    Catalog, CustomRole, Imported, Level, PermissionFact, Roles, Stage, Support, Tier, Wanted,
};
use crate::model::Truth;

fn role(name: &str, permissions: Option<&[&str]>) -> CustomRole {
    CustomRole {
        name: name.to_owned(),
        stage: Stage::Beta,
        permissions: permissions.map(|list| list.iter().map(|p| (*p).to_owned()).collect()),
        ..CustomRole::default()
    }
}

fn fact(name: &str, level: Level) -> PermissionFact {
    PermissionFact {
        name: name.to_owned(),
        support: Support::Testing,
        stage: Stage::Beta,
        level: Some(level),
    }
}

fn laid(roles: Vec<CustomRole>, permissions: Vec<PermissionFact>) -> Catalog {
    Catalog::embedded().with(&Imported { roles, permissions })
}

fn carries(catalog: &Catalog, role: &str, permission: &str) -> Truth {
    let wanted = Wanted::parse(&[permission.to_owned()]);
    let wanted = wanted.unwrap_or_else(|_| Wanted {
        patterns: vec![crate::catalog::pattern::Pattern::Exact(
            permission.to_owned(),
        )],
    });
    Roles::new(catalog).carries(role, &wanted).truth
}

#[test]
fn nothing_imported_changes_nothing() {
    let (old, new) = (Catalog::embedded(), laid(vec![], vec![]));
    assert!(old.roles().eq(new.roles()) && old.names.iter().eq(new.names.iter()));
    assert!(old.sensitive().eq(new.sensitive()));
    for role in old.roles() {
        assert_eq!(old.tier(role), new.tier(role), "{role}");
        assert_eq!(old.at_least(role), new.at_least(role), "{role}");
        assert_eq!(old.stage(role), new.stage(role), "{role}");
    }
    for name in old.names.iter() {
        assert_eq!(old.number(name), new.number(name), "{name}");
        assert_eq!(old.support(name), new.support(name), "{name}");
        assert_eq!(old.lowest_level(name), new.lowest_level(name), "{name}");
        assert_eq!(old.exists(name), new.exists(name), "{name}");
    }
}

#[test]
fn imported_roles_are_complete() {
    let permissions = ["zzz.new.get", "storage.objects.get", "aaa.new.get"];
    let catalog = laid(
        vec![
            role("roles/owner", Some(&permissions)),
            role("roles/reader", Some(&["storage.objects.get"])),
            role("roles/brand.new", None),
            role("roles/editor", None),
        ],
        vec![],
    );
    assert_eq!(catalog.tier("roles/owner"), Tier::Complete);
    let ours: Vec<&str> = catalog.permissions("roles/owner").unwrap().collect();
    assert_eq!(ours, ["aaa.new.get", "storage.objects.get", "zzz.new.get"]);
    assert_eq!(
        carries(&catalog, "roles/owner", "*.setIamPolicy"),
        Truth::No
    );
    assert_eq!(
        carries(&catalog, "roles/reader", "storage.objects.get"),
        Truth::Yes
    );
    assert_eq!(catalog.tier("roles/brand.new"), Tier::Unknown);
    assert!(catalog.knows("roles/brand.new"));
    assert_eq!(catalog.tier("roles/editor"), Tier::Broad);
    assert_eq!(catalog.stage("roles/editor"), Some(Stage::Beta));
    assert_eq!(catalog.exists("zzz.new.get"), Truth::Yes);
    // Every other role still has its own.
    for name in [
        "roles/storage.admin",
        "roles/viewer",
        "roles/dataplex.admin",
    ] {
        let old = Catalog::embedded();
        let (was, is) = (old.at_least(name), catalog.at_least(name));
        assert!(old.names(&was).eq(catalog.names(&is)), "{name}");
    }
    let who: Vec<&str> = catalog.holders("zzz.new.get").certain().collect();
    assert_eq!(who, ["roles/owner"]);
}

#[test]
fn custom_roles_are_known_with_stage_and_deletion() {
    let name = "projects/p/roles/x";
    let full = "//iam.googleapis.com/projects/p/roles/x";
    let catalog = laid(
        vec![
            role(full, Some(&["storage.objects.get", "storage.objcts.typo"])),
            // A listing adds the stage, and does not take the permissions away.
            role(name, None),
            CustomRole {
                deleted: true,
                ..role("projects/p/roles/gone", Some(&["storage.objects.get"]))
            },
        ],
        vec![],
    );
    assert_eq!(catalog.tier(name), Tier::Complete);
    assert_eq!(catalog.definition(name).unwrap().count(), 2);
    // What only a custom role names need not exist.
    assert_eq!(catalog.exists("storage.objcts.typo"), Truth::No);
    let mut written = catalog.permissions_of("storage").unwrap();
    assert!(written.all(|name| name != "storage.objcts.typo"));
    let gone = "projects/p/roles/gone";
    assert!(catalog.is_deleted(gone));
    assert_eq!(carries(&catalog, gone, "storage.objects.get"), Truth::No);
    assert_eq!(catalog.set(gone).unwrap().len(), 0);
    assert_eq!(catalog.definition(gone).unwrap().count(), 1);
    let holders = catalog.holders("storage.objects.get");
    assert!(
        !holders
            .certain()
            .chain(holders.unknown())
            .any(|r| r == gone)
    );

    // The input lies over the import, and a listing in it takes nothing away.
    let read = Wanted::parse(&["storage.objects.get".to_owned()]).unwrap();
    let mut roles = Roles::new(&catalog);
    assert_eq!(roles.carries(full, &read).truth, Truth::Yes);
    roles.add(role(name, None));
    assert_eq!(roles.carries(name, &read).truth, Truth::Yes);
    roles.add(role(name, Some(&[])));
    assert_eq!(roles.carries(name, &read).truth, Truth::No);
}

#[test]
fn facts_replace_ours_and_levels_need_the_lower_lists() {
    let project = "resourcemanager.projects.list";
    assert_eq!(
        Catalog::embedded().lowest_level(project),
        Some(Level::Folder)
    );
    let own = fact("a.b.organization", Level::Organization);
    let catalog = laid(
        vec![],
        vec![own.clone(), fact(project, Level::Organization)],
    );
    assert_eq!(catalog.support("a.b.organization"), Support::Testing);
    assert_eq!(
        catalog.permission_stage("a.b.organization"),
        Some(Stage::Beta)
    );
    assert_eq!(catalog.permission_stage("storage.objects.get"), None);
    // It was not asked whether a project lists it too.
    assert_eq!(catalog.lowest_level("a.b.organization"), None);
    assert_eq!(catalog.lowest_level(project), Some(Level::Folder));
    let catalog = laid(
        vec![],
        vec![
            own.clone(),
            fact("a.b.folder", Level::Folder),
            fact("a.b.both", Level::Organization),
            fact("a.b.both", Level::Project),
        ],
    );
    let level = |name| catalog.lowest_level(name);
    assert_eq!(level("a.b.organization"), Some(Level::Organization));
    assert_eq!(level("a.b.folder"), Some(Level::Folder));
    assert_eq!(level("a.b.both"), Some(Level::Project));
}

#[test]
fn what_is_newer_than_a_role_is_unknown_of_it() {
    let new = "storage.brandNew.get";
    let embedded = Catalog::embedded();
    assert_eq!(embedded.exists(new), Truth::No);
    let catalog = laid(
        vec![role("roles/storage.objectViewer", Some(&[new]))],
        vec![fact(new, Level::Project)],
    );
    assert_eq!(catalog.exists(new), Truth::Yes);
    for (role, truth) in [
        ("roles/storage.objectViewer", Truth::Yes),
        ("roles/storage.admin", Truth::Unknown),
        ("roles/owner", Truth::Unknown),
        ("roles/dataplex.admin", Truth::Unknown),
    ] {
        assert_eq!(carries(&catalog, role, new), truth, "{role}");
        let holders = catalog.holders(new);
        assert_eq!(
            holders.unknown().any(|r| r == role),
            truth == Truth::Unknown
        );
    }
    let old = carries(
        &catalog,
        "roles/storage.objectCreator",
        "storage.objects.get",
    );
    assert_eq!(old, Truth::No);
    let below = carries(&catalog, "roles/pubsub.admin", "storage.*");
    assert_eq!(below, Truth::Unknown);

    // Laid over it once more, nothing is forgotten.
    let twice = catalog.with(&Imported::default());
    assert_eq!(carries(&twice, "roles/owner", new), Truth::Unknown);
    assert_eq!(twice.exists(new), Truth::Yes);
}

#[test]
fn odd_names_do_no_harm() {
    let catalog = laid(
        vec![
            role("", Some(&["", "\0", "é", "a", "zz.é.\u{10ffff}"])),
            role("é", Some(&["", "\0", "é", "zz.é.\u{10ffff}"])),
            role("roles/", None),
        ],
        vec![fact("", Level::Project), fact("ü", Level::Folder)],
    );
    assert!(!catalog.knows(""));
    let names: Vec<&str> = catalog.permissions("é").unwrap().collect();
    assert_eq!(names, ["\0", "zz.é.\u{10ffff}", "é"]);
    assert_eq!(catalog.exists("é"), Truth::Unknown);
    assert_eq!(catalog.exists("ü"), Truth::Yes);
    assert!(catalog.names.iter().is_sorted() && catalog.role_names.iter().is_sorted());
}
