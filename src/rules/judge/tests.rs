//! Every part of an asset can be asked about: what the fast reader takes for itself must not be lost to rules.

#![allow(clippy::unwrap_used)]

use crate::catalog::{Catalog, Roles};
use crate::model::{AssetText, Columns, Consumer, DocumentId, Fate, Outline, Site, WayBack};
use crate::rules::{Bench, Judge, Organization, PrincipalLists, RuleText, Ruleset};

const ASSET: &str = r#"{"name":"//storage.googleapis.com/b","assetType":"storage.googleapis.com/Bucket","ancestors":["projects/1","organizations/2"],"resource":{"data":{"versioning":{"enabled":false}}},"iamPolicy":{"version":1,"etag":"x","bindings":[{"role":"roles/viewer","members":["allUsers"]}]}}"#;

fn findings(select: &str) -> Result<usize, String> {
    judged(select, ASSET).map(|(_, findings)| findings)
}

/// What becomes of `asset`, and how much is found in it.
fn judged(select: &str, asset: &str) -> Result<(Option<Fate>, usize), String> {
    let text = RuleText {
        path: "house-rule.toml".to_owned(),
        text: format!(
            "title = \"t\"\nseverity = \"low\"\nconfidence = \"high\"\nwhy = \"w\"\nfix = \"f\"\n[select]\nasset = \"storage.googleapis.com/Bucket\"\n{select}"
        ),
        builtin: false,
    };
    let rules = Ruleset::load(&[text]).map_err(|errors| errors[0].message.clone())?;
    let program = rules.compile(&PrincipalLists::new()).unwrap();
    let bench = Bench {
        program: &program,
        rules: &rules.rules,
        roles: &Roles::new(Catalog::embedded()),
        roles_complete: true,
        names: false,
        organization: &Organization::default(),
        now: "2026-11-23T00:00:00Z".parse().unwrap(),
        watch: None,
    };
    let mut judge = Judge::new(&bench);
    let asset = AssetText {
        text: asset,
        site: Site {
            document: DocumentId(0),
            way_back: WayBack::Line(1),
        },
        lacks: &[],
        columns: Columns::default(),
        outline: Outline::default(),
    };
    let mut became = None;
    judge.consume([asset].into_iter(), |_, fate| became = Some(fate));
    Ok((became, judge.take().findings.len()))
}

#[test]
fn every_part_of_an_asset_can_be_asked_about() {
    for select in [
        "path = \"$.name\"\nexpect = { not-matches = \"/b$\" }",
        "path = \"$.assetType\"\nexpect = { equal = \"x\" }",
        "path = \"$.ancestors[1]\"\nexpect = { equal = \"organizations/3\" }",
        "path = \"$.ancestors[*]\"\nexpect = { matches = \"^projects/\" }",
        "path = \"$.resource.data.versioning.enabled\"\nexpect = { equal = true }",
        "path = \"$.iamPolicy.etag\"\nexpect = { absent = true }",
        "forbid = \"$.iamPolicy.bindings[?@.role == 'roles/viewer']\"",
        "forbid = \"$.iamPolicy.bindings[*].members[?@ == 'allUsers']\"",
        "forbid = \"$.iamPolicy[?@ == 1]\"",
        "forbid = \"$..members[?@ == 'allUsers']\"",
    ] {
        assert_eq!(findings(select), Ok(1), "{select}");
    }
}

#[test]
fn what_only_grants_can_answer_is_refused_as_a_setting() {
    let refused = findings("path = \"$.iamPolicy.bindings[0].role\"\nexpect = { present = true }");
    assert!(refused.unwrap_err().contains("[grant]"));
}

#[test]
fn there_is_room_for_many_rules_of_the_house() {
    let mut texts = crate::rules::builtin();
    let house = (0..200).map(|number| RuleText {
        path: format!("house-{number}.toml"),
        text: "title = \"t\"\nseverity = \"low\"\nconfidence = \"high\"\nwhy = \"w\"\nfix = \"f\"\n[grant]\npermission = [\"storage.objects.get\"]\n".to_owned(),
        builtin: false,
    });
    texts.extend(house);
    let rules = Ruleset::load(&texts).unwrap();
    assert!(rules.compile(&PrincipalLists::new()).is_ok());
}

#[test]
fn a_dataset_whose_policy_is_a_list_is_translated_first() {
    let select = "path = \"$.name\"\nexpect = { present = true }";
    let dataset = |parts: &str| {
        let asset =
            format!(r#"{{"name":"//x","assetType":"bigquery.googleapis.com/Dataset",{parts}}}"#);
        judged(select, &asset).unwrap().0
    };
    let list = r#""resource":{"data":{"access":[{"role":"READER","iamMember":"allUsers"}]}}"#;
    let policy = r#""iamPolicy":{"bindings":[{"role":"roles/viewer","members":["allUsers"]}]}"#;
    assert_eq!(dataset(list), Some(Fate::NotNormal));
    assert_eq!(
        dataset(&format!("{list},\"iamPolicy\":{{}}")),
        Some(Fate::NotNormal)
    );
    assert_eq!(dataset(&format!("{list},{policy}")), Some(Fate::Taken));
    assert_eq!(dataset(policy), Some(Fate::Taken));
    assert_eq!(dataset(r#""resource":{"data":{}}"#), Some(Fate::Taken));
}
