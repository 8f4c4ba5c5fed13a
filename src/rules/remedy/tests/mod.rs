#![allow(clippy::unwrap_used)]

mod settings;

use super::{Proposal, propose};
use crate::change::{Change, Model};
use crate::finding::{Confidence, Finding, Message, RuleId, Severity};
use crate::model::{DocumentId, Location};
use crate::rules::{RuleText, Ruleset};
use serde_json::{Value, json};

const BUCKET: &str = "//storage.googleapis.com/projects/_/buckets/acme";

fn load(remedy: &str) -> Result<Ruleset, String> {
    let text = format!(
        "title = \"t\"\nseverity = \"low\"\nconfidence = \"high\"\nwhy = \"w\"\nfix = \"f\"\n\
         [grant]\nrole = [\"roles/owner\"]\n\n{remedy}"
    );
    let text = RuleText {
        path: "house-rule.toml".to_owned(),
        text,
        builtin: false,
    };
    Ruleset::load(&[text]).map_err(|errors| format!("{}: {}", errors[0].line, errors[0].message))
}

fn remedy(step: &str, keys: &str) -> String {
    format!("[[remedy]]\nstep = \"{step}\"\nlevel = \"review\"\nbecause = \"b\"\n{keys}")
}

fn finding(
    role: Option<&str>,
    member: Option<&str>,
    condition: Option<&str>,
    detail: Option<&str>,
) -> Finding {
    Finding {
        rule: RuleId(0),
        severity: Severity::Low,
        confidence: Confidence::High,
        resource: "//storage.googleapis.com/acme".into(),
        known_as: None,
        role: role.map(Into::into),
        member: member.map(Into::into),
        condition: condition.map(Into::into),
        detail: detail.map(Into::into),
        public_read: false,
        message: Message::Template(None),
        note: None,
        document: DocumentId::default(),
        pointer: "".into(),
        location: Location { line: 1, column: 1 },
    }
}

fn model(policy: &Value, data: &Value) -> Model {
    let mut model = Model::default();
    let asset = json!({"name": BUCKET, "assetType": "storage.googleapis.com/Bucket",
        "resource": {"data": data}, "iamPolicy": policy});
    model.absorb(&asset, &[]).unwrap();
    model
}

fn proposal(text: &str, finding: &Finding, model: &Model) -> Proposal {
    let rules = load(text).unwrap();
    let now = "2026-11-23T00:00:00Z".parse().unwrap();
    propose(&rules.rules[0], finding, model, now)
}

fn changes(proposal: Proposal) -> Vec<Change> {
    match proposal {
        Proposal::Steps(steps) => steps.into_iter().flat_map(|step| step.changes).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_remedy_is_read_strictly() {
    for (text, expected) in [
        (
            remedy("remove-mamber", ""),
            "10: unknown variant `remove-mamber`",
        ),
        (
            remedy("remove-member", "rols = []"),
            "13: unknown field `rols`",
        ),
        (
            remedy("remove-member", "days = 3"),
            "13: `remove-member` takes no `days`",
        ),
        (
            remedy("replace-role", ""),
            "10: `replace-role` needs `with`",
        ),
        (remedy("add-expiry", ""), "10: `add-expiry` needs `days`"),
        (
            remedy("patch-resource", ""),
            "10: `patch-resource` needs `value` or `unset`",
        ),
        (
            remedy("patch-resource", "unset = [\"website\"]"),
            "13: `website` is no JSON pointer",
        ),
        (
            remedy("set-audit", "service = [\"allServices\"]"),
            "10: `set-audit` needs `logs`",
        ),
        (
            remedy("set-audit", "service = [\"x\"]\nlogs = [\"READS\"]"),
            "14: `READS` is no log",
        ),
        (
            remedy("set-org-policy", "constraint = \"x\""),
            "10: `set-org-policy` needs one of",
        ),
        (
            remedy("remove-acl", "on = \"above\""),
            "13: `remove-acl` takes no `on`",
        ),
        (
            remedy("remove-acl", "also = true"),
            "13: there is no remedy before this one",
        ),
        (remedy("delete", ""), "10: `delete` needs `no-way-back`"),
        (
            remedy("delete", "no-way-back = \"gone\""),
            "11: what cannot be undone is `manual`",
        ),
    ] {
        let error = load(&text).map(|_| ()).unwrap_err();
        let line = expected.split(':').next().unwrap();
        assert!(
            error.contains(&expected[line.len() + 2..]),
            "{error}\n{expected}"
        );
        assert!(
            error.starts_with(&format!("{line}:")),
            "{error}
{expected}"
        );
    }
    assert!(load(&remedy("remove-member", "")).is_ok());
}

#[test]
fn every_grant_that_is_meant_is_named_with_its_own_condition() {
    let bound = |title: &str, expression: &str| {
        json!({"role": "roles/x", "members": ["user:a@x.example", "user:b@x.example"],
            "condition": {"title": title, "expression": expression}})
    };
    let policy = json!({"bindings": [bound("one", "true"), bound("two", "true"), bound("one", "false"),
        {"role": "roles/x", "members": ["user:a@x.example"]}]});
    let model = model(&policy, &json!({}));
    let text = remedy("remove-member", "");
    let titles = |member, condition| {
        let found = finding(Some("roles/x"), member, condition, None);
        let changes = changes(proposal(&text, &found, &model));
        changes
            .into_iter()
            .map(|change| match change {
                Change::RemoveMember(grant) => {
                    assert_eq!(grant.node, BUCKET);
                    (grant.member, grant.condition.map(|one| one.title))
                }
                other => panic!("{other:?}"),
            })
            .collect::<Vec<_>>()
    };
    let a = || "user:a@x.example".to_owned();
    assert_eq!(titles(Some("user:a@x.example"), None), [(a(), None)]);
    let both = [(a(), Some("one".to_owned())), (a(), Some("two".to_owned()))];
    assert_eq!(titles(Some("user:a@x.example"), Some("true")), both);
    assert_eq!(
        titles(None, Some("false")).len(),
        2,
        "a finding about a binding is about all of its members"
    );
}

#[test]
fn what_the_input_does_not_say_is_not_guessed() {
    let model = model(
        &json!({"bindings": []}),
        &json!({"versioning": {"enabled": true}}),
    );
    let grant = |role| finding(Some(role), Some("user:a@x.example"), None, None);
    for (text, found) in [
        (remedy("remove-member", ""), grant("roles/x")),
        (
            remedy("remove-member", ""),
            grant("roles/x_withcond_0123456789abcdef0123"),
        ),
        (remedy("remove-member", ""), finding(None, None, None, None)),
        (remedy("move-grant", ""), grant("roles/x")),
        (
            remedy("remove-acl", ""),
            finding(None, Some("allUsers"), None, Some("acl")),
        ),
        (
            remedy(
                "patch-resource",
                "value = { versioning = { enabled = true } }",
            ),
            grant("roles/x"),
        ),
        (
            remedy("set-org-policy", "constraint = \"c\"\nenforce = true"),
            grant("roles/x"),
        ),
    ] {
        let proposal = proposal(&text, &found, &model);
        assert!(
            matches!(proposal, Proposal::NotKnown(_)),
            "{text}\n{proposal:?}"
        );
    }
    let elsewhere = remedy("remove-member", "asset = [\"x.googleapis.com/X\"]");
    assert_eq!(
        proposal(&elsewhere, &grant("roles/x"), &model),
        Proposal::Words
    );
}

#[test]
fn a_grant_moves_to_the_one_bucket_that_its_condition_names() {
    let project = "//cloudresourcemanager.googleapis.com/projects/12";
    let condition = |expression: &str| json!({"title": "t", "expression": expression});
    let one = "resource.name.startsWith(\"projects/_/buckets/acme/objects/raw/\")";
    let two =
        "resource.name == 'projects/_/buckets/acme' || resource.name == 'projects/_/buckets/other'";
    let mut model = model(&json!({"bindings": []}), &json!({}));
    let policy = |expression: &str| {
        json!({"name": project, "assetType": "cloudresourcemanager.googleapis.com/Project",
        "iamPolicy": {"bindings": [{"role": "roles/x", "members": ["user:a@x.example"], "condition": condition(expression)}]}})
    };
    for (expression, moved) in [(one, true), (two, false)] {
        model.remove(project);
        model.absorb(&policy(expression), &[]).unwrap();
        let found = Finding {
            resource: project.into(),
            ..finding(
                Some("roles/x"),
                Some("user:a@x.example"),
                Some(expression),
                None,
            )
        };
        let proposal = proposal(&remedy("move-grant", ""), &found, &model);
        if moved {
            let changes = changes(proposal);
            assert!(
                matches!(&changes[..], [Change::AddMember(new), Change::RemoveMember(old)]
                if new.node == BUCKET && old.node == project && new.condition == old.condition)
            );
        } else {
            assert!(matches!(proposal, Proposal::NotKnown(_)), "{proposal:?}");
        }
    }
}

#[test]
fn grants_get_an_end_and_settings_a_moment() {
    let policy = json!({"bindings": [{"role": "roles/x", "members": ["user:a@x.example"]},
        {"role": "roles/x", "members": ["user:a@x.example"],
         "condition": {"title": "t", "description": "d", "expression": "resource.type == 'x'"}}]});
    let model = model(&policy, &json!({}));
    let text = remedy("add-expiry", "days = 90");
    let ended = |condition| {
        let found = finding(Some("roles/x"), Some("user:a@x.example"), condition, None);
        match &changes(proposal(&text, &found, &model))[0] {
            Change::AddMember(grant) => grant.condition.clone().unwrap(),
            other => panic!("{other:?}"),
        }
    };
    let until = "request.time < timestamp(\"2027-02-21T00:00:00Z\")";
    assert_eq!(ended(None).expression, until);
    let both = ended(Some("resource.type == 'x'"));
    assert_eq!(
        both.expression,
        format!("(resource.type == 'x') && {until}")
    );
    assert_eq!(
        (both.title.as_str(), both.description.as_deref()),
        ("t", Some("d"))
    );
    let patch = remedy("patch-resource", "value = { next = \"{now+90d}\" }");
    match &changes(proposal(&patch, &finding(None, None, None, None), &model))[0] {
        Change::Patch { to, .. } => assert_eq!(to, &json!({"next": "2027-02-21T00:00:00Z"})),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_grant_is_taken_from_the_bucket_that_a_finding_tells() {
    let policy = json!({"bindings": [{"role": "roles/x", "members": ["user:a@x.example"]}]});
    let model = model(&policy, &json!({}));
    let text = remedy("remove-member", "on = \"bucket\"");
    let found = |detail| Finding {
        resource: "//aiplatform.googleapis.com/projects/12/locations/l/models/1".into(),
        ..finding(Some("roles/x"), Some("user:a@x.example"), None, detail)
    };
    let taken = changes(proposal(&text, &found(Some("gs://acme")), &model));
    assert!(
        matches!(&taken[..], [Change::RemoveMember(grant)] if grant.node == BUCKET),
        "{taken:?}"
    );
    for detail in [None, Some("acme"), Some("gs://other")] {
        let nothing = proposal(&text, &found(detail), &model);
        assert!(matches!(nothing, Proposal::NotKnown(_)), "{nothing:?}");
    }
}

#[test]
fn remedies_go_by_the_detail_and_bring_those_that_complete_them() {
    let model = model(&json!({}), &json!({"one": 0, "two": 2, "three": 0}));
    let patch = |value: &str, keys: &str| {
        remedy("patch-resource", &format!("value = {{ {value} }}\n{keys}"))
    };
    let text = [
        patch("one = 1", "detail = [\"this *\"]"),
        patch("two = 2", "also = true"),
        patch("three = 3", "also = true"),
        patch("four = 4", ""),
    ];
    let patches = |detail| {
        let found = finding(None, None, None, Some(detail));
        let all = changes(proposal(&text.join("\n"), &found, &model));
        let patch = |change| match change {
            Change::Patch { to, .. } => to,
            other => panic!("{other:?}"),
        };
        all.into_iter().map(patch).collect::<Vec<_>>()
    };
    // What is so already needs no step.
    assert_eq!(
        patches("this one"),
        [json!({"one": 1}), json!({"three": 3})]
    );
    assert_eq!(patches("another"), [json!({"four": 4})]);
}

#[test]
fn a_grant_above_is_found_and_an_organisation_policy_goes() {
    let node = "//cloudresourcemanager.googleapis.com/projects/12";
    let policy = json!({"bindings": [{"role": "roles/x", "members": ["user:a@x.example"]}]});
    let mut model = Model::default();
    for asset in [
        json!({"name": BUCKET, "assetType": "storage.googleapis.com/Bucket", "ancestors": ["projects/12"],
            "iamPolicy": {"bindings": []}}),
        json!({"name": node, "assetType": "cloudresourcemanager.googleapis.com/Project", "iamPolicy": policy}),
        json!({"name": "//orgpolicy.googleapis.com/projects/12/policies/c", "assetType": "orgpolicy.googleapis.com/Policy",
            "resource": {"data": {"spec": {"rules": [{"enforce": false}]}}}}),
        json!({"name": "//orgpolicy.googleapis.com/projects/12/policies/dry", "assetType": "orgpolicy.googleapis.com/Policy",
            "resource": {"data": {"dryRunSpec": {"rules": [{"enforce": true}]}}}}),
    ] {
        model.absorb(&asset, &[]).unwrap();
    }
    let found = finding(Some("roles/x"), Some("user:a@x.example"), None, None);
    let here = proposal(&remedy("remove-member", ""), &found, &model);
    assert!(matches!(here, Proposal::NotKnown(_)), "{here:?}");
    let above = remedy("remove-member", "on = \"above\"");
    let taken = changes(proposal(&above, &found, &model));
    assert!(matches!(&taken[..], [Change::RemoveMember(grant)] if grant.node == node));

    let told = |keys: &str, detail| {
        let found = Finding {
            resource: node.into(),
            ..finding(None, None, None, detail)
        };
        proposal(&remedy("remove-org-policy", keys), &found, &model)
    };
    for (keys, detail) in [("", Some("c")), ("constraint = \"c\"", None)] {
        let gone = changes(told(keys, detail));
        assert!(
            matches!(&gone[..], [Change::Delete { name, .. }] if name.ends_with("/projects/12/policies/c"))
        );
    }
    for detail in [None, Some("dry"), Some("elsewhere")] {
        let kept = told("", detail);
        assert!(matches!(kept, Proposal::NotKnown(_)), "{kept:?}");
    }
}
