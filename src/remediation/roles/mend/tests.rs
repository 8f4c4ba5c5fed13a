#![allow(clippy::unwrap_used)]
use super::{How, Mended, mend};
use crate::catalog::{Catalog, Imported, PermissionFact, Stage, Support, Wanted};
use crate::remediation::roles::{Definition, Home, Lint, Weight, lint};
use proptest::prelude::*;

fn definition(permissions: &[&str]) -> Definition {
    Definition {
        id: Some("trainer".to_owned()),
        title: Some("Trainer".to_owned()),
        etag: Some("BwA=".to_owned()),
        home: Some(Home::Project("p".to_owned())),
        permissions: permissions.iter().map(|p| (*p).to_owned()).collect(),
        ..Definition::default()
    }
}

fn mended(permissions: &[&str]) -> Mended {
    mend(&definition(permissions), How::new(Catalog::embedded()))
}

fn lists(mended: &Mended) -> Vec<Vec<&str>> {
    let roles = mended.roles.iter();
    let lists = roles.map(|role| role.definition.permissions.iter().map(String::as_str));
    lists.map(Iterator::collect).collect()
}

fn names(list: &[super::Removed]) -> Vec<&str> {
    list.iter().map(|one| one.permission.as_str()).collect()
}

#[test]
fn what_the_api_refuses_goes_and_the_rest_is_sorted() {
    let mended = mended(&[
        "storage.objects.list",
        "storage.objects.get",
        "storage.objects.get",
        "storage.objects.gett",
        "no permission",
        "resourcemanager.projects.list",
        "appengine.runtimes.actAsAdmin",
        "pubsub.snapshots.seek",
    ]);
    assert_eq!(
        lists(&mended),
        [[
            "pubsub.snapshots.seek",
            "storage.objects.get",
            "storage.objects.list"
        ]]
    );
    assert_eq!(
        names(&mended.removed),
        [
            "appengine.runtimes.actAsAdmin",
            "no permission",
            "resourcemanager.projects.list",
            "storage.objects.gett"
        ]
    );
    assert_eq!(mended.testing, ["pubsub.snapshots.seek"]);
    assert_eq!(mended.roles[0].definition.etag.as_deref(), Some("BwA="));
    assert!(mended.is_certain());
}

#[test]
fn what_is_not_known_stays_unless_it_shall_go() {
    let role = definition(&["nobody.wrote.this", "storage.objects.get"]);
    let how = How::new(Catalog::embedded());
    let kept = mend(&role, how);
    assert_eq!(names(&kept.doubtful), ["nobody.wrote.this"]);
    assert_eq!(lists(&kept)[0].len(), 2);
    assert!(!kept.is_certain());
    let dropped = mend(
        &role,
        How {
            drop_unknown: true,
            ..how
        },
    );
    assert_eq!(names(&dropped.removed), ["nobody.wrote.this"]);
    assert_eq!(lists(&dropped), [["storage.objects.get"]]);
    assert!(dropped.is_certain());
}

#[test]
fn deprecated_permissions_go_where_an_import_says_so() {
    let fact = PermissionFact {
        name: "acme.things.get".to_owned(),
        support: Support::Supported,
        stage: Stage::Deprecated,
        level: None,
    };
    let import = Imported {
        roles: vec![],
        permissions: vec![fact],
    };
    let catalog = Catalog::embedded().with(&import);
    let role = definition(&["acme.things.get", "storage.objects.get"]);
    assert_eq!(
        names(&mend(&role, How::new(&catalog)).removed),
        ["acme.things.get"]
    );
}

#[test]
fn escalation_permissions_get_a_role_of_their_own() {
    let all = [
        "iam.serviceAccounts.actAs",
        "iam.serviceAccounts.getAccessToken",
        "run.services.create",
        "storage.objects.get",
    ];
    let apart = mended(&all);
    assert_eq!(lists(&apart), [all[2..].to_vec(), all[..2].to_vec()]);
    let [rest, escalation] = apart.roles.as_slice() else {
        panic!("two roles");
    };
    assert_eq!(
        escalation.definition.id.as_deref(),
        Some("trainer_escalation")
    );
    assert_eq!(escalation.reasons.len(), 2);
    assert_eq!(
        (&escalation.definition.etag, rest.reasons.len()),
        (&None, 0)
    );
    // Alone, they stay where they are.
    assert_eq!(mended(&all[..2]).roles.len(), 1);
    let together = How {
        keep_escalation: true,
        ..How::new(Catalog::embedded())
    };
    assert_eq!(lists(&mend(&definition(&all), together)), [all]);
}

#[test]
fn patterns_are_spelled_out_where_all_of_a_service_is_known() {
    let mended = mended(&[
        "storage.objects.*",
        "dataplex.lakes.*",
        "*.setIamPolicy",
        "storage.nothings.*",
    ]);
    assert!(lists(&mended)[0].contains(&"storage.objects.get"));
    assert!(
        lists(&mended)[0]
            .iter()
            .all(|name| name.starts_with("storage.objects."))
    );
    assert_eq!(mended.unresolved, ["dataplex.lakes.*", "*.setIamPolicy"]);
    assert_eq!(names(&mended.removed), ["storage.nothings.*"]);
    assert!(!mended.is_certain());
}

#[test]
fn another_home_is_another_role() {
    let organization = Home::Organization("1".to_owned());
    let role = definition(&["resourcemanager.projects.list", "storage.objects.get"]);
    let how = How {
        home: Some(&organization),
        ..How::new(Catalog::embedded())
    };
    let mended = mend(&role, how);
    assert_eq!(lists(&mended)[0].len(), 2);
    let definition = &mended.roles[0].definition;
    assert_eq!(
        (&definition.home, &definition.etag),
        (&Some(organization), &None)
    );
}

#[test]
fn only_what_is_wanted_stays() {
    let wanted = |pattern: &str| Wanted::parse(&[pattern.to_owned()]).unwrap();
    let (only, without) = (wanted("storage.*"), wanted("*.delete"));
    let how = How {
        only: Some(&only),
        without: Some(&without),
        ..How::new(Catalog::embedded())
    };
    let all = [
        "pubsub.topics.get",
        "storage.objects.delete",
        "storage.objects.get",
    ];
    let mended = mend(&definition(&all), how);
    assert_eq!(lists(&mended), [["storage.objects.get"]]);
    assert_eq!((mended.unwanted, mended.removed.len()), (2, 0));
    let nothing = mend(&definition(&["x"]), How::new(Catalog::embedded()));
    assert!(nothing.roles.is_empty());
}

fn permissions() -> impl Strategy<Value = Vec<String>> {
    let known = Catalog::embedded()
        .sensitive()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    let of_storage = Catalog::embedded().permissions_of("storage").unwrap();
    let of_storage: Vec<String> = of_storage.map(str::to_owned).collect();
    let words = [
        "",
        "x",
        "storage.objects.*",
        "*.list",
        "nobody.wrote.this",
        "a.b.c\n- d",
        "a.${b}.c",
        "resourcemanager.projects.list",
    ];
    let one = prop_oneof![
        4 => prop::sample::select(known),
        4 => prop::sample::select(of_storage),
        1 => prop::sample::select(words.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop::collection::vec(one, 0..40)
}

proptest! {
    /// Nothing is left to mend in what was mended, and nothing is in it that was not meant.
    #[test]
    fn what_was_mended_is_sound(
        permissions in permissions(),
        title in prop::option::of(any::<String>()),
        description in prop::option::of(any::<String>()),
        id in prop::option::of(any::<String>()),
        etag in prop::option::of(any::<String>()),
        organization in any::<bool>(),
        keep_escalation in any::<bool>(),
    ) {
        let home = match organization {
            true => Home::Organization("1".to_owned()),
            false => Home::Project("p".to_owned()),
        };
        let role = Definition { id, title, description, home: Some(home), permissions, etag, stage: None };
        let how = How { keep_escalation, ..How::new(Catalog::embedded()) };
        let mended = mend(&role, how);
        for one in &mended.roles {
            let again = Definition::read(&one.definition.to_value(), one.definition.name().as_deref());
            let by = Lint { catalog: how.catalog, home: None };
            for problem in lint(&again, by) {
                let left = keep_escalation && problem.kind == crate::remediation::roles::Kind::Escalation;
                prop_assert!(left || problem.weight >= Weight::Unknown, "{:?}", problem);
            }
            let mut same = mend(&one.definition, how);
            prop_assert_eq!(same.roles.pop().map(|role| role.definition), Some(one.definition.clone()));
            prop_assert!(same.roles.is_empty() && same.removed.is_empty() && same.changes.is_empty());
            let meant = |name: &String| role.permissions.contains(name)
                || name.starts_with("storage.objects.") && role.permissions.iter().any(|p| p == "storage.objects.*");
            prop_assert!(one.definition.permissions.iter().all(meant));
        }
        // Each is kept, removed, or told to be unclear.
        for permission in &role.permissions {
            let kept = lists(&mended).concat().contains(&permission.as_str());
            let gone = names(&mended.removed).contains(&permission.as_str());
            let told = mended.unresolved.contains(permission)
                || mended.changes.iter().any(|change| change.starts_with(permission.as_str()));
            prop_assert!(kept || gone || told, "{:?}", permission);
        }
    }
}
