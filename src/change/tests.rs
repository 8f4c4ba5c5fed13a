#![allow(clippy::unwrap_used)]

use super::{
    Acl, Asset, AuditLog, Change, Condition, Grant, Model, Unapplied, apply, difference, merge,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const BUCKET: &str = "//storage.googleapis.com/projects/_/buckets/acme";
const PROJECT: &str = "//cloudresourcemanager.googleapis.com/projects/12";

fn model(policy: Value, data: Value) -> Model {
    let mut model = Model::default();
    for (name, asset_type) in [
        (BUCKET, "storage.googleapis.com/Bucket"),
        (PROJECT, "cloudresourcemanager.googleapis.com/Project"),
    ] {
        let asset = Asset {
            asset_type: asset_type.to_owned(),
            ancestors: vec!["projects/12".to_owned(), "organizations/1".to_owned()],
            resource: Some(data.clone()),
            policy: Some(policy.clone()),
            ..Asset::default()
        };
        model.insert(name, asset);
    }
    model
}

fn grant(member: &str, condition: Option<Condition>) -> Grant {
    Grant {
        node: BUCKET.to_owned(),
        role: "roles/viewer".to_owned(),
        member: member.to_owned(),
        condition,
    }
}

fn condition(title: &str, description: Option<&str>, expression: &str) -> Condition {
    Condition {
        title: title.to_owned(),
        description: description.map(str::to_owned),
        expression: expression.to_owned(),
    }
}

/// A value in an order of its own: lists sorted, empty ones and nulls gone, and the policy's version left out,
/// which a condition raises for good.
fn plain(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(plain).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(key, value)| {
                *key != "version" && !value.is_null() && *value != &json!([])
            });
            fields
                .map(|(key, value)| (key.clone(), plain(value)))
                .collect::<Map<_, _>>()
                .into()
        }
        other => other.clone(),
    }
}

fn state(model: &Model) -> Vec<(String, Value, Value)> {
    let side = |value: &Option<Value>| plain(value.as_ref().unwrap_or(&Value::Null));
    let assets = model.iter();
    assets
        .map(|(name, asset)| (name.to_owned(), side(&asset.resource), side(&asset.policy)))
        .collect()
}

#[test]
fn a_binding_is_found_by_all_of_its_condition() {
    let bound = |title: &str, expression: &str| {
        json!({"role": "roles/viewer", "members": ["user:a@x.example"],
            "condition": {"title": title, "expression": expression}})
    };
    let plain =
        json!({"role": "roles/viewer", "members": ["user:a@x.example", "user:b@x.example"]});
    let policy = json!({"etag": "BwY=", "version": 3,
        "bindings": [plain, bound("t", "true"), bound("u", "true"), bound("t", "false")]});
    let mut model = model(policy, json!({}));
    let change = Change::RemoveMember(grant(
        "user:a@x.example",
        Some(condition("t", Some(""), "true")),
    ));
    apply(&change, &mut model).unwrap();
    let expected = json!({"etag": "BwY=", "version": 3, "bindings": [plain, bound("u", "true"), bound("t", "false")]});
    assert_eq!(model.get(BUCKET).unwrap().policy.as_ref(), Some(&expected));
    apply(
        &Change::RemoveMember(grant("user:a@x.example", None)),
        &mut model,
    )
    .unwrap();
    let left = &model.get(BUCKET).unwrap().bindings()[0];
    assert_eq!(left["members"], json!(["user:b@x.example"]));
}

#[test]
fn a_condition_needs_version_three_and_a_bucket_has_none() {
    let conditional = grant("user:a@x.example", Some(condition("t", None, "true")));
    let mut old = model(json!({"version": 1, "etag": "BwY="}), json!({}));
    apply(&Change::AddMember(conditional.clone()), &mut old).unwrap();
    let policy = old.get(BUCKET).unwrap().policy.clone().unwrap();
    assert_eq!(
        (&policy["version"], &policy["etag"]),
        (&json!(3), &json!("BwY="))
    );
    let mut bucket = model(json!({"etag": "CAE="}), json!({}));
    apply(&Change::AddMember(conditional), &mut bucket).unwrap();
    assert_eq!(
        bucket
            .get(BUCKET)
            .unwrap()
            .policy
            .as_ref()
            .unwrap()
            .get("version"),
        None
    );
}

#[test]
fn what_the_input_does_not_hold_is_not_changed() {
    let mut model = Model::default();
    let change = Change::RemoveMember(grant("allUsers", None));
    assert_eq!(
        apply(&change, &mut model),
        Err(Unapplied::NoAsset(BUCKET.to_owned()))
    );
    model.insert("//storage.googleapis.com/acme", Asset::default());
    assert_eq!(
        apply(&change, &mut model),
        Err(Unapplied::NoPolicy(BUCKET.to_owned()))
    );
    let patch = Change::Patch {
        name: BUCKET.to_owned(),
        asset_type: String::new(),
        from: json!({}),
        to: json!({"versioning": {"enabled": true}}),
    };
    assert_eq!(
        apply(&patch, &mut model),
        Err(Unapplied::NoSettings(BUCKET.to_owned()))
    );
}

#[test]
fn a_created_policy_lies_below_its_node() {
    let mut model = model(json!({}), json!({}));
    let name = "//orgpolicy.googleapis.com/projects/12/policies/storage.publicAccessPrevention";
    let create = |data: Value| Change::Create {
        name: name.to_owned(),
        asset_type: "orgpolicy.googleapis.com/Policy".to_owned(),
        data,
    };
    apply(&create(json!({"spec": {}})), &mut model).unwrap();
    apply(&create(json!({"spec": {}})), &mut model).unwrap();
    assert_eq!(
        model.get(name).unwrap().ancestors,
        ["projects/12", "organizations/1"]
    );
    let other = apply(&create(json!({"spec": {"reset": true}})), &mut model);
    assert_eq!(other, Err(Unapplied::Exists(name.to_owned())));
}

fn members() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "allUsers",
        "user:a@x.example",
        "group:g@x.example",
        "user:$(id)'\"@x",
    ])
    .prop_map(str::to_owned)
}

fn conditions() -> impl Strategy<Value = Option<Condition>> {
    let one = (
        prop::sample::select(vec!["t", "u"]),
        prop::option::of(prop::sample::select(vec!["d", "e"])),
        prop::sample::select(vec![
            "true",
            "request.time < timestamp(\"2027-01-01T00:00:00Z\")",
        ]),
    );
    prop::option::of(one.prop_map(|(t, d, e)| condition(t, d, e)))
}

fn grants() -> impl Strategy<Value = Grant> {
    (members(), conditions(), prop::bool::ANY).prop_map(|(member, condition, owner)| Grant {
        role: if owner { "roles/owner" } else { "roles/viewer" }.to_owned(),
        ..grant(&member, condition)
    })
}

fn logs() -> impl Strategy<Value = Vec<AuditLog>> {
    let log = |log_type: &'static str| {
        prop::collection::btree_set(members(), 0..3).prop_map(move |exempted| AuditLog {
            log_type: log_type.to_owned(),
            exempted_members: exempted.into_iter().collect(),
        })
    };
    (
        prop::option::of(log("DATA_READ")),
        prop::option::of(log("ADMIN_READ")),
    )
        .prop_map(|(a, b)| a.into_iter().chain(b).collect())
}

/// JSON without nulls, which a merge patch cannot write.
fn data() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        (0..9u8).prop_map(Value::from)
    ];
    let inner = leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(Value::from),
            prop::collection::btree_map("[a-c]", inner, 0..3)
                .prop_map(|fields| fields.into_iter().collect::<Map<_, _>>().into()),
        ]
    });
    prop::collection::btree_map("[a-c]", inner, 0..4)
        .prop_map(|fields| fields.into_iter().collect::<Map<_, _>>().into())
}

fn patches() -> impl Strategy<Value = Value> {
    (data(), prop::collection::vec("[a-c]", 0..3)).prop_map(|(mut patch, unset)| {
        for key in unset {
            patch[key] = Value::Null;
        }
        patch
    })
}

/// A state without anything that Google would not store, made by additions.
fn states() -> impl Strategy<Value = Model> {
    (prop::collection::vec(grants(), 0..6), data(), logs()).prop_map(|(grants, data, logs)| {
        let mut model = model(json!({"etag": "BwY=", "version": 3}), data);
        for grant in grants {
            apply(&Change::AddMember(grant), &mut model).unwrap();
        }
        let audit = Change::SetAudit {
            node: BUCKET.to_owned(),
            service: "allServices".to_owned(),
            from: Vec::new(),
            to: logs,
        };
        apply(&audit, &mut model).unwrap();
        model
    })
}

/// What undoes a change that had an effect leads back; a change without effect has nothing to undo.
fn there_and_back(change: &Change, mut model: Model) {
    let before = state(&model);
    apply(change, &mut model).unwrap();
    let after = state(&model);
    apply(change, &mut model).unwrap();
    assert_eq!(state(&model), after, "twice is once: {change:?}");
    if after != before {
        apply(&change.inverse(), &mut model).unwrap();
        assert_eq!(state(&model), before, "{change:?}");
    }
}

proptest! {
    #[test]
    fn members_go_and_come_back(model in states(), grant in grants()) {
        there_and_back(&Change::RemoveMember(grant.clone()), model.clone());
        there_and_back(&Change::AddMember(grant), model);
    }

    #[test]
    fn audit_configurations_go_and_come_back(model in states(), to in logs(), own in prop::bool::ANY) {
        let service = if own { "allServices" } else { "storage.googleapis.com" };
        let policy = model.get(BUCKET).unwrap().policy.as_ref().unwrap();
        let from = super::audit_logs(policy, service);
        let change = Change::SetAudit { node: BUCKET.to_owned(), service: service.to_owned(), from, to };
        there_and_back(&change, model);
    }

    #[test]
    fn patches_go_and_come_back(model in states(), to in patches()) {
        let current = model.get(BUCKET).unwrap().resource.clone().unwrap();
        let mut whole = current.clone();
        merge(&mut whole, &to);
        match difference(&current, &to) {
            None => prop_assert_eq!(plain(&whole), plain(&current)),
            Some((from, to)) => {
                let mut part = current.clone();
                merge(&mut part, &to);
                prop_assert_eq!(plain(&part), plain(&whole));
                let (name, asset_type) = (BUCKET.to_owned(), String::new());
                there_and_back(&Change::Patch { name, asset_type, from, to }, model);
            }
        }
    }

    #[test]
    fn entries_of_lists_go_and_come_back(entity in members(), default in prop::bool::ANY, add in prop::bool::ANY) {
        let list = if default { Acl::DefaultObject } else { Acl::Bucket };
        let (bucket, role) = (BUCKET.to_owned(), "READER".to_owned());
        let entries = json!([{"entity": "allUsers", "role": "READER"}, {"entity": "allUsers", "role": "OWNER"}]);
        let model = model(json!({}), json!({"acl": entries, "defaultObjectAcl": entries}));
        let remove = Change::RemoveAcl { bucket, list, entity, role };
        there_and_back(&if add { remove.inverse() } else { remove }, model);
    }

    #[test]
    fn resources_go_and_come_back(data in data()) {
        let name = "//orgpolicy.googleapis.com/projects/12/policies/x".to_owned();
        let create = Change::Create { name, asset_type: "orgpolicy.googleapis.com/Policy".to_owned(), data };
        let mut there = model(json!({}), json!({}));
        there_and_back(&create, there.clone());
        apply(&create, &mut there).unwrap();
        there_and_back(&create.inverse(), there);
    }
}
