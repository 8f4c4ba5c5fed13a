//! "Access after is contained in access before": what the proof of a plan says, held against access worked out case by
//! case, for every member, permission, place and truth of the conditions.
#![allow(missing_docs, clippy::unwrap_used)]

use leastwise::catalog::{Catalog, Roles};
use leastwise::change::{Change, Condition, Grant, Level, Model, Step, Undo, apply};
use leastwise::remediation::{Judged, Part, Plan, Planned, Verdict, prove};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const MEMBERS: [&str; 3] = [
    "user:ann@acme.example",
    "user:Ann@acme.example",
    "group:ml@acme.example",
];
const NODES: [&str; 3] = [
    "//storage.googleapis.com/projects/_/buckets/b",
    "//cloudresourcemanager.googleapis.com/projects/7",
    "//cloudresourcemanager.googleapis.com/organizations/1",
];
const ROLES: [&str; 4] = [
    "roles/storage.objectViewer",
    "roles/storage.objectAdmin",
    "roles/storage.legacyBucketReader",
    "roles/storage.admin",
];
const PERMISSIONS: [&str; 5] = [
    "storage.objects.get",
    "storage.objects.list",
    "storage.objects.delete",
    "storage.buckets.get",
    "storage.buckets.setIamPolicy",
];
const ATOMS: [&str; 3] = [
    "resource.type == 'storage.googleapis.com/Object'",
    "request.time < timestamp('2027-01-01T00:00:00Z')",
    "resource.name.startsWith('projects/_/buckets/b/objects/a/')",
];

/// A condition whose meaning is known here.
#[derive(Debug, Clone)]
enum Told {
    Atom(usize),
    And(usize, usize),
    Or(usize, usize),
    /// `(…) && atom`
    Narrowed(Box<Told>, usize),
    /// `(…) && atom || atom`
    Loosened(Box<Told>, usize, usize),
    /// `!(…)`
    Not(Box<Told>),
}

impl Told {
    fn text(&self) -> String {
        match self {
            Told::Atom(a) => ATOMS[*a].to_owned(),
            Told::And(a, b) => format!("{} && {}", ATOMS[*a], ATOMS[*b]),
            Told::Or(a, b) => format!("{} || {}", ATOMS[*a], ATOMS[*b]),
            Told::Narrowed(inner, a) => format!("({}) && {}", inner.text(), ATOMS[*a]),
            Told::Loosened(inner, a, b) => {
                format!("({}) && {} || {}", inner.text(), ATOMS[*a], ATOMS[*b])
            }
            Told::Not(inner) => format!("!({})", inner.text()),
        }
    }

    /// Whether it holds where the atoms are as the bits say.
    fn holds(&self, bits: u8) -> bool {
        let atom = |at: &usize| bits & (1 << at) != 0;
        match self {
            Told::Atom(a) => atom(a),
            Told::And(a, b) => atom(a) && atom(b),
            Told::Or(a, b) => atom(a) || atom(b),
            Told::Narrowed(inner, a) => inner.holds(bits) && atom(a),
            Told::Loosened(inner, a, b) => inner.holds(bits) && atom(a) || atom(b),
            Told::Not(inner) => !inner.holds(bits),
        }
    }
}

fn told() -> impl Strategy<Value = Told> {
    let atom = || 0..ATOMS.len();
    let leaf = prop_oneof![
        atom().prop_map(Told::Atom),
        (atom(), atom()).prop_map(|(a, b)| Told::And(a, b)),
        (atom(), atom()).prop_map(|(a, b)| Told::Or(a, b)),
    ];
    leaf.prop_recursive(2, 4, 1, move |inner| {
        let atom = || 0..ATOMS.len();
        prop_oneof![
            (inner.clone(), atom()).prop_map(|(inner, a)| Told::Narrowed(inner.into(), a)),
            (inner.clone(), atom(), atom()).prop_map(|(inner, a, b)| Told::Loosened(
                inner.into(),
                a,
                b
            )),
            inner.prop_map(|inner| Told::Not(inner.into())),
        ]
    })
}

/// A grant whose meaning is known here.
#[derive(Debug, Clone)]
struct Given {
    node: usize,
    role: usize,
    member: usize,
    condition: Option<Told>,
}

impl Given {
    fn grant(&self) -> Grant {
        Grant {
            node: NODES[self.node].to_owned(),
            role: ROLES[self.role].to_owned(),
            member: MEMBERS[self.member].to_owned(),
            condition: self.condition.as_ref().map(|told| Condition {
                title: "t".to_owned(),
                description: None,
                expression: told.text(),
            }),
        }
    }
}

fn given() -> impl Strategy<Value = Given> {
    (
        0..NODES.len(),
        0..ROLES.len(),
        0..MEMBERS.len(),
        prop::option::of(told()),
    )
        .prop_map(|(node, role, member, condition)| Given {
            node,
            role,
            member,
            condition,
        })
}

/// A grant that is like one that is there: mostly a little narrower or a little wider.
fn like(held: Vec<Given>) -> impl Strategy<Value = Given> {
    (
        prop::sample::select(held),
        0..6_usize,
        given(),
        0..ATOMS.len(),
        0..ATOMS.len(),
    )
        .prop_map(|(mut one, how, other, a, b)| {
            let condition = one.condition.clone();
            match (how, condition) {
                (0, _) => one.role = other.role,
                (1, _) => one.node = other.node,
                (2, Some(told)) => one.condition = Some(Told::Narrowed(told.into(), a)),
                (3, Some(told)) => one.condition = Some(Told::Loosened(told.into(), a, b)),
                (4, _) => one.condition = other.condition,
                _ => one.member = other.member,
            }
            one
        })
}

/// The model, and every condition by its text.
fn model(held: &[Given]) -> Model {
    let above = ["organizations/1", "projects/7"];
    let types = [
        "storage.googleapis.com/Bucket",
        "cloudresourcemanager.googleapis.com/Project",
        "cloudresourcemanager.googleapis.com/Organization",
    ];
    let mut model = Model::default();
    for (at, name) in NODES.iter().enumerate() {
        let ancestors: Vec<&str> = match at {
            0 | 1 => vec![above[1], above[0]],
            _ => vec![above[0]],
        };
        let asset = json!({
            "name": name, "assetType": types[at], "ancestors": ancestors, "iamPolicy": { "bindings": [] },
        });
        model.absorb(&asset, &[]).unwrap();
    }
    for one in held {
        apply(&Change::AddMember(one.grant()), &mut model).unwrap();
    }
    model
}

/// Everything that anybody can do, where, and when: (member, permission, node, bits).
fn access(model: &Model, known: &[Given]) -> BTreeSet<(String, usize, usize, u8)> {
    let catalog = Catalog::embedded();
    let mut can = BTreeSet::new();
    for (at, _) in NODES.iter().enumerate() {
        for node in &NODES[at..] {
            for binding in model.get(node).unwrap().bindings() {
                let role = binding["role"].as_str().unwrap();
                let carried: Vec<&str> = catalog.definition(role).unwrap().collect();
                let expression = binding["condition"]["expression"].as_str();
                let told = expression.map(|text| {
                    let mut told = known.iter().filter_map(|one| one.condition.as_ref());
                    told.find(|told| told.text() == text).unwrap()
                });
                for bits in (0..8).filter(|bits| told.is_none_or(|told| told.holds(*bits))) {
                    for member in binding["members"].as_array().unwrap() {
                        let member = member.as_str().unwrap().to_lowercase();
                        for (index, permission) in PERMISSIONS.iter().enumerate() {
                            if carried.contains(permission) {
                                can.insert((member.clone(), index, at, bits));
                            }
                        }
                    }
                }
            }
        }
    }
    can
}

fn plan(changes: Vec<Change>) -> Plan {
    let step = Step {
        changes,
        level: Level::Review,
        because: String::new(),
        may_break: String::new(),
        undo: Undo::Exact,
    };
    let planned = Planned {
        id: "s01".to_owned(),
        title: String::new(),
        step,
        answers: Vec::new(),
    };
    Plan {
        parts: vec![Part {
            scope: "projects/7".to_owned(),
            steps: vec![planned],
        }],
        ..Plan::default()
    }
}

fn verdict(changes: Vec<Change>, model: &Model) -> Verdict {
    let roles = Roles::new(Catalog::embedded());
    let (before, after) = (Judged::default(), Judged::default());
    prove(&plan(changes), model, &before, &after, &roles, &[])
        .access
        .verdict
}

fn world() -> impl Strategy<Value = (Vec<Given>, Vec<(bool, Given)>)> {
    prop::collection::vec(given(), 1..5).prop_flat_map(|held| {
        let change = prop_oneof![
            3 => like(held.clone()).prop_map(|one| (true, one)),
            1 => prop::sample::select(held.clone()).prop_map(|one| (false, one)),
        ];
        (Just(held), prop::collection::vec(change, 1..4))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// What is called proven is so: nobody can do anything that they could not do before.
    #[test]
    fn proven_is_contained((held, changes) in world()) {
        let before = model(&held);
        let known: Vec<Given> = held.iter().cloned().chain(changes.iter().map(|(_, one)| one.clone())).collect();
        let made: Vec<Change> = changes
            .iter()
            .map(|(adds, one)| match adds {
                true => Change::AddMember(one.grant()),
                false => Change::RemoveMember(one.grant()),
            })
            .collect();
        let mut after = before.clone();
        for change in &made {
            apply(change, &mut after).unwrap();
        }
        let told = verdict(made, &before);
        let had = access(&before, &known);
        let has = access(&after, &known);
        let gained: Vec<_> = has.difference(&had).collect();
        if told == Verdict::Proven {
            prop_assert!(gained.is_empty(), "proven, and yet {gained:?}");
        }
    }
}

fn added(held: Value, grant: Grant) -> Verdict {
    let mut model = Model::default();
    let asset = json!({
        "name": NODES[1], "assetType": "cloudresourcemanager.googleapis.com/Project",
        "ancestors": ["projects/7"], "iamPolicy": { "bindings": held },
    });
    model.absorb(&asset, &[]).unwrap();
    verdict(vec![Change::AddMember(grant)], &model)
}

fn ann(role: &str, expression: Option<&str>) -> Grant {
    Grant {
        node: NODES[1].to_owned(),
        role: role.to_owned(),
        member: MEMBERS[0].to_owned(),
        condition: expression.map(|expression| Condition {
            title: "t".to_owned(),
            description: None,
            expression: expression.to_owned(),
        }),
    }
}

#[test]
fn what_was_held_before_covers_what_comes() {
    let viewer = "roles/storage.objectViewer";
    let held = json!([{ "role": "roles/storage.objectAdmin", "members": [MEMBERS[0]] }]);
    assert_eq!(added(held.clone(), ann(viewer, None)), Verdict::Proven);
    assert_eq!(
        added(held.clone(), ann(viewer, Some(ATOMS[0]))),
        Verdict::Proven
    );
    assert_eq!(
        added(held, ann("roles/storage.admin", None)),
        Verdict::Refuted
    );
    let held = json!([{ "role": viewer, "members": [MEMBERS[0]], "condition": { "title": "x", "expression": ATOMS[0] } }]);
    assert_eq!(added(held.clone(), ann(viewer, None)), Verdict::Refuted);
    let narrower = format!("{} && {}", ATOMS[1], ATOMS[0]);
    assert_eq!(added(held, ann(viewer, Some(&narrower))), Verdict::Proven);
}

/// What the catalogue does not know is not assumed.
#[test]
fn a_role_that_nobody_knows_is_unknown() {
    let held = json!([{ "role": "roles/storage.objectAdmin", "members": [MEMBERS[0]] }]);
    assert_eq!(
        added(held, ann("projects/acme/roles/mystery", None)),
        Verdict::Unknown
    );
}
