//! Steps on settings.

use super::{Change, Model, changes, finding, model, proposal, remedy};
use crate::change::merge;
use crate::finding::{Finding, Message};
use crate::rules::remedy::Proposal;
use serde_json::json;

#[test]
fn settings_go_and_values_are_taken_out_of_lists() {
    let data = json!({"website": {"mainPageSuffix": "i"}, "rules": [{"deny": ["a", "b"]}, {"deny": ["b"], "to": ["b"]}], "kept": 1});
    let model = model(&json!({}), &data);
    let unset = remedy("patch-resource", "unset = [\"/website\", \"/absent/too\"]");
    let value = remedy("remove-value", "from = \"rules\"\nlists = [\"deny\"]");
    let mut after = data.clone();
    for text in [unset, value] {
        for change in changes(proposal(
            &text,
            &finding(None, None, None, Some("b")),
            &model,
        )) {
            match change {
                Change::Patch { to, .. } => merge(&mut after, &to),
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(
        after,
        json!({"rules": [{"deny": ["a"]}, {"deny": [], "to": ["b"]}], "kept": 1})
    );
}

#[test]
fn entries_come_into_lists() {
    let text = remedy("add-value", "to = \"lifecycle.rule\"\nvalue = { age = 9 }");
    let found = finding(None, None, None, None);
    for (data, expected) in [
        (json!({}), Some(json!([{"age": 9}]))),
        (
            json!({"lifecycle": {"rule": null}}),
            Some(json!([{"age": 9}])),
        ),
        (
            json!({"lifecycle": {"rule": [{"age": 1}]}}),
            Some(json!([{"age": 1}, {"age": 9}])),
        ),
        (json!({"lifecycle": {"rule": [{"age": 9}]}}), None),
        (json!({"lifecycle": {"rule": "odd"}}), None),
    ] {
        let model = model(&json!({}), &data);
        match (proposal(&text, &found, &model), expected) {
            (Proposal::NotKnown(_), None) => {}
            (proposal, Some(expected)) => match &changes(proposal)[..] {
                [Change::Patch { to, .. }] => {
                    assert_eq!(to, &json!({"lifecycle": {"rule": expected}}));
                }
                other => panic!("{other:?}"),
            },
            (other, None) => panic!("{data}: {other:?}"),
        }
    }
}

#[test]
fn a_resource_comes_to_be_or_is_set() {
    let keys = "resource = \"//serviceusage.googleapis.com/{node}/services/x.googleapis.com\"\n\
                kind = \"serviceusage.googleapis.com/Service\"\nvalue = { state = \"ENABLED\" }";
    let text = remedy("create", keys);
    let name = "//serviceusage.googleapis.com/projects/12/services/x.googleapis.com";
    let found = Finding {
        resource: "//cloudresourcemanager.googleapis.com/projects/12".into(),
        ..finding(None, None, None, None)
    };
    let mut model = Model::default();
    let made = changes(proposal(&text, &found, &model));
    assert!(
        matches!(&made[..], [Change::Create { name: made, data, .. }]
            if made == name && *data == json!({"state": "ENABLED"})),
        "{made:?}"
    );
    let there = |state: &str| {
        json!({"name": name, "assetType": "serviceusage.googleapis.com/Service",
            "resource": {"data": {"state": state}}})
    };
    model.absorb(&there("DISABLED"), &[]).unwrap();
    let set = changes(proposal(&text, &found, &model));
    assert!(
        matches!(&set[..], [Change::Patch { name: set, from, .. }]
            if set == name && *from == json!({"state": "DISABLED"})),
        "{set:?}"
    );
    model.remove(name);
    model.absorb(&there("ENABLED"), &[]).unwrap();
    let nothing = proposal(&text, &found, &model);
    assert!(matches!(nothing, Proposal::NotKnown(_)), "{nothing:?}");
    let elsewhere = finding(None, None, None, None);
    let nowhere = proposal(&text, &elsewhere, &model);
    assert!(matches!(nowhere, Proposal::NotKnown(_)), "{nowhere:?}");
}

#[test]
fn the_value_in_the_message_is_taken_out_where_no_other_is_told() {
    let model = model(&json!({}), &json!({"scopes": ["a", "b"]}));
    let found = Finding {
        message: Message::Template(Some("b".into())),
        ..finding(None, None, None, None)
    };
    let text = remedy("remove-value", "from = \"scopes\"");
    match &changes(proposal(&text, &found, &model))[..] {
        [Change::Patch { to, .. }] => assert_eq!(to, &json!({"scopes": ["a"]})),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_list_that_would_be_empty_keeps_its_last() {
    let data = json!({"rules": [{"deny": ["a", "b"]}, {"deny": ["c"], "to": ["b"]}]});
    let model = model(&json!({}), &data);
    let text = remedy(
        "remove-value",
        "from = \"rules\"\nlists = [\"deny\"]\nkeep-one = true",
    );
    let told = |detail| proposal(&text, &finding(None, None, None, Some(detail)), &model);
    assert_eq!(changes(told("a")).len(), 1);
    assert!(matches!(told("c"), Proposal::NotKnown(_)));
}
