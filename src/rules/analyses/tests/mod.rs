//! What fixtures cannot say: near misses whose outcome is unknown, and facts that come in several lines.
#![allow(clippy::unwrap_used)]

mod models;

use super::analyse;
use crate::catalog::{Catalog, Roles};
use crate::estate::{Estate, Survey};
use crate::finding::Finding;
use crate::model::{AssetText, Columns, Consumer, DocumentId, Gap, Outline, Site, WayBack};
use crate::rules::file::Analysis;
use crate::rules::message;
use crate::rules::{
    Bench, Judge, Organization, Output, PrincipalLists, Rule, Ruleset, Tally, builtin,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) struct Told {
    pub(super) words: Vec<String>,
    pub(super) findings: Vec<Finding>,
    pub(super) gaps: Vec<Gap>,
    tally: Tally,
}

fn feed<C: Consumer>(consumer: &mut C, lines: &[String]) -> C::Output {
    let assets = lines.iter().enumerate().map(|(number, text)| AssetText {
        text,
        site: Site {
            document: DocumentId(0),
            way_back: WayBack::Line(u32::try_from(number).unwrap() + 1),
        },
        lacks: &[],
        columns: Columns::default(),
        outline: Outline::default(),
    });
    consumer.consume(assets, |_, _| {});
    consumer.take()
}

/// What the analysis `name`, asked `ask`, says of the assets.
pub(super) fn told(name: &str, ask: Option<&str>, assets: &[Value]) -> Told {
    let mut told = told_by(
        |analysis| analysis.name == name && analysis.ask.as_deref() == ask,
        assets,
    );
    // Of the rules that tell this analysis what to look for, the one about storage.
    if name == "data-access-logs" && ask.is_none() {
        told.retain(|id, _| id == "audit-gcs-data-access-off");
    }
    assert_eq!(told.len(), 1);
    told.pop_first().unwrap().1
}

/// What the rules say of the assets whose analysis is to be kept, all in one run, by the rule's id.
pub(super) fn told_by(
    keep: impl Fn(&Analysis) -> bool,
    assets: &[Value],
) -> BTreeMap<String, Told> {
    let mut rules = Ruleset::load(&builtin()).unwrap();
    rules
        .rules
        .retain(|rule| rule.file.analysis.as_ref().is_some_and(&keep));
    judged_each(&rules, assets)
}

/// What the only rule says of the assets.
pub(super) fn judged(rules: &Ruleset, assets: &[Value]) -> Told {
    assert_eq!(rules.rules.len(), 1);
    judged_each(rules, assets).pop_first().unwrap().1
}

fn judged_each(rules: &Ruleset, assets: &[Value]) -> BTreeMap<String, Told> {
    let lines: Vec<String> = assets.iter().map(Value::to_string).collect();
    let mut estate = Estate::default();
    for fact in feed(&mut Survey::default(), &lines) {
        estate.absorb(fact);
    }
    let mut roles = Roles::new(Catalog::embedded());
    estate
        .custom_roles()
        .for_each(|role| roles.add(role.clone()));
    let program = rules.compile(&PrincipalLists::new()).unwrap();
    let bench = Bench {
        program: &program,
        rules: &rules.rules,
        roles: &roles,
        roles_complete: true,
        names: true,
        organization: &Organization::default(),
        now: "2026-11-23T00:00:00Z".parse().unwrap(),
        watch: None,
    };
    let mut output: Output = feed(&mut Judge::new(&bench), &lines);
    for fact in std::mem::take(&mut output.facts) {
        estate.absorb(fact);
    }
    output.count_passes(&program);
    analyse(&bench, &estate, &mut output);
    let gaps = output.take_gaps(&bench);
    let of_rule = |(index, rule): (usize, &Rule)| {
        let own = output.findings.iter();
        let own = own.filter(|finding| usize::from(finding.rule.0) == index);
        let findings: Vec<Finding> = own.cloned().collect();
        let words = |finding: &Finding| {
            message::message(rule, finding, &finding.resource_for_people()).into_owned()
        };
        let gaps = gaps.iter().filter(|gap| gap.rules.contains(&rule.id));
        let told = Told {
            words: findings.iter().map(words).collect(),
            tally: output.tallies[index],
            gaps: gaps.cloned().collect(),
            findings,
        };
        (rule.id.clone(), told)
    };
    rules.rules.iter().enumerate().map(of_rule).collect()
}

impl Told {
    /// (fail, pass, unknown, not applicable).
    pub(super) fn counts(&self) -> (u64, u64, u64, u64) {
        let tally = self.tally;
        (tally.fail, tally.pass, tally.unknown, tally.not_applicable)
    }
}

const ANCESTORS: [&str; 2] = ["projects/7", "organizations/1"];

pub(super) fn policy(name: &str, kind: &str, bindings: Value) -> Value {
    json!({"name": name, "assetType": kind, "ancestors": ANCESTORS, "iamPolicy": {"bindings": bindings}})
}

pub(super) fn settings(name: &str, kind: &str, data: Value) -> Value {
    json!({"name": name, "assetType": kind, "ancestors": ANCESTORS, "resource": {"data": data}})
}

fn project(bindings: Value) -> Value {
    let name = "//cloudresourcemanager.googleapis.com/projects/7";
    policy(
        name,
        "cloudresourcemanager.googleapis.com/Project",
        bindings,
    )
}

fn project_settings() -> Value {
    settings(
        "//cloudresourcemanager.googleapis.com/projects/7",
        "cloudresourcemanager.googleapis.com/Project",
        json!({"projectId": "p", "projectNumber": "7"}),
    )
}

fn organization(bindings: Value) -> Value {
    json!({
        "name": "//cloudresourcemanager.googleapis.com/organizations/1",
        "assetType": "cloudresourcemanager.googleapis.com/Organization",
        "ancestors": ["organizations/1"],
        "iamPolicy": {"bindings": bindings},
    })
}

fn role(data: Value) -> Value {
    let name = format!("//iam.googleapis.com/{}", data["name"].as_str().unwrap());
    settings(&name, "iam.googleapis.com/Role", data)
}

const BUCKET: &str = "storage.googleapis.com/Bucket";
const GS_B: &str = "//storage.googleapis.com/b";

fn bucket(prevention: &str) -> Value {
    settings(
        GS_B,
        BUCKET,
        json!({"iamConfiguration": {"publicAccessPrevention": prevention}}),
    )
}

fn constraint(node: &str, name: &str, enforced: bool) -> Value {
    json!({
        "name": format!("//cloudresourcemanager.googleapis.com/{node}"),
        "assetType": "cloudresourcemanager.googleapis.com/Project",
        "orgPolicy": [{"constraint": format!("constraints/{name}"), "booleanPolicy": {"enforced": enforced}}],
    })
}

#[test]
fn what_a_bucket_inherits_is_unknown_without_all_policies() {
    let ask = |assets: &[Value]| told("public-access-prevention", Some("effective"), assets);
    let none = ask(&[bucket("inherited")]);
    assert_eq!(none.counts(), (0, 0, 1, 0));
    assert!(none.gaps[0].message.contains("no organisation policies"));
    // Policies of the project alone say nothing of the organisation's.
    let other = constraint("projects/7", "iam.other", true);
    assert_eq!(ask(&[bucket("inherited"), other]).counts(), (0, 0, 1, 0));
    let top = constraint("organizations/1", "iam.other", true);
    assert_eq!(ask(&[bucket("inherited"), top]).counts(), (1, 0, 0, 0));
}

#[test]
fn a_line_without_settings_does_not_hide_those_of_another() {
    let empty = json!({
        "name": GS_B, "assetType": BUCKET, "ancestors": ANCESTORS,
        "iamPolicy": {"bindings": []}, "resource": null,
    });
    let told = told(
        "public-access-prevention",
        Some("effective"),
        &[empty, bucket("enforced")],
    );
    assert_eq!(told.counts(), (0, 1, 0, 0));
}

#[test]
fn logs_are_unknown_while_a_policy_above_is_missing() {
    let ask = |assets: &[Value]| told("data-access-logs", None, assets).counts();
    assert_eq!(ask(&[project(json!([]))]), (0, 0, 1, 0));
    assert_eq!(
        ask(&[project(json!([])), organization(json!([]))]),
        (1, 0, 0, 1)
    );
    let mut recording = organization(json!([]));
    recording["iamPolicy"]["auditConfigs"] = json!([{"service": "allServices", "auditLogConfigs": [
        {"logType": "DATA_READ", "exemptedMembers": ["user:a@x.example"]}, {"logType": "DATA_WRITE"},
    ]}]);
    assert_eq!(ask(&[project(json!([])), recording]), (0, 1, 0, 1));
}

#[test]
fn data_access_exemptions_are_told_of_each_node_that_makes_them() {
    let mut top = organization(json!([]));
    top["iamPolicy"]["auditConfigs"] = json!([{"service": "allServices", "auditLogConfigs": [
        {"logType": "DATA_READ", "exemptedMembers": ["user:a@x.example"]}, {"logType": "DATA_WRITE"},
    ]}]);
    let told = told(
        "data-access-logs",
        Some("exempted"),
        &[project(json!([])), top],
    );
    assert_eq!(told.counts(), (1, 1, 0, 0));
}

#[test]
fn one_project_under_two_names_is_one_subject() {
    let name = "//cloudresourcemanager.googleapis.com/projects/p";
    let kind = "cloudresourcemanager.googleapis.com/Project";
    let by_id = json!({"name": name, "assetType": kind, "iamPolicy": {"bindings": []}});
    let assets = [
        project_settings(),
        by_id,
        project(json!([])),
        organization(json!([])),
    ];
    assert_eq!(
        told("data-access-logs", None, &assets).counts(),
        (1, 0, 0, 1)
    );
}

#[test]
fn every_member_of_a_retired_role_is_told() {
    let old = "projects/p/roles/old";
    let bindings = json!([
        {"role": "roles/viewer", "members": ["user:x@x.example"]},
        {"role": old, "members": ["user:a@x.example", "group:b@x.example"], "condition": {"expression": "true"}},
        {"role": "projects/p/roles/elsewhere", "members": ["user:c@x.example"]},
    ]);
    let listed = role(json!({"name": old, "stage": "DISABLED"}));
    let told = told("custom-roles", Some("bound"), &[project(bindings), listed]);
    assert_eq!(told.counts(), (1, 0, 1, 0));
    let members: Vec<_> = told
        .findings
        .iter()
        .map(|f| f.member.as_deref().unwrap())
        .collect();
    assert_eq!(members, ["user:a@x.example", "group:b@x.example"]);
    assert_eq!(told.findings[0].condition.as_deref(), Some("true"));
    assert_eq!(
        &*told.findings[1].pointer,
        "/iamPolicy/bindings/1/members/1"
    );
    assert!(told.findings[1].location.column > told.findings[0].location.column);
    assert!(told.gaps[0].message.contains("elsewhere"));
}

#[test]
fn a_listing_without_permissions_does_not_hide_them() {
    let name = "projects/p/roles/r";
    let listed = role(json!({"name": name, "stage": "GA"}));
    let full =
        role(json!({"name": name, "stage": "GA", "includedPermissions": ["storage.objects.gett"]}));
    let ask = |assets: &[Value]| told("custom-roles", Some("support"), assets);
    assert_eq!(ask(std::slice::from_ref(&listed)).counts(), (0, 0, 1, 0));
    let both = ask(&[listed, full]);
    assert_eq!(both.counts(), (1, 0, 0, 0));
    assert!(both.words[0].contains("does not exist"));
}

#[test]
fn what_the_catalogue_does_not_know_is_not_unsupported() {
    let of = |permissions: Value| {
        let role = role(json!({"name": "projects/p/roles/r", "includedPermissions": permissions}));
        told("custom-roles", Some("support"), &[role]).counts()
    };
    assert_eq!(of(json!(["nobody.wrote.this"])), (0, 0, 1, 0));
    assert_eq!(of(json!(["storage.objects.get"])), (0, 1, 0, 0));
    assert_eq!(
        of(json!(["nobody.wrote.this", "iam.accesspolicies.create"])),
        (1, 0, 0, 0)
    );
}

#[test]
fn a_role_as_wide_as_a_basic_one_is_found() {
    let catalog = Catalog::embedded();
    let all: Vec<&str> = catalog
        .services()
        .filter_map(|service| catalog.permissions_of(service))
        .flatten()
        .collect();
    let wide = role(json!({"name": "organizations/1/roles/all", "includedPermissions": all}));
    let many: Vec<String> = (0..30).map(|i| format!("nosuch.things.do{i}")).collect();
    let foreign = role(json!({"name": "organizations/1/roles/vm", "includedPermissions": many}));
    let told = told("custom-roles", Some("near-basic"), &[wide, foreign]);
    assert_eq!(told.counts(), (1, 0, 1, 0));
    assert!(told.words[0].contains("roles/owner"));
}

const ACCOUNT: &str = "iam.googleapis.com/ServiceAccount";
const BOSS: &str = "boss@p.iam.gserviceaccount.com";

fn boss_policy(name: &str, bindings: Value) -> Value {
    policy(
        &format!("//iam.googleapis.com/projects/p/serviceAccounts/{name}"),
        ACCOUNT,
        bindings,
    )
}

fn owner() -> Value {
    json!([{"role": "roles/owner", "members": [format!("serviceAccount:{BOSS}")]}])
}

fn minting(condition: Option<&str>) -> Value {
    let mut binding =
        json!({"role": "roles/iam.serviceAccountTokenCreator", "members": ["user:a@x.example"]});
    if let Some(expression) = condition {
        binding["condition"] = json!({"expression": expression});
    }
    json!([binding])
}

#[test]
fn a_path_is_told_with_its_steps() {
    let ask = |assets: &[Value]| told("escalation-paths", None, assets);
    let told = ask(&[
        project(owner()),
        project_settings(),
        boss_policy(BOSS, minting(None)),
    ]);
    assert_eq!(told.counts(), (1, 1, 0, 0));
    let finding = &told.findings[0];
    assert!(told.words[0].ends_with(
        "user:a@x.example --getAccessToken--> boss@p.iam.gserviceaccount.com --setIamPolicy--> projects/p"
    ));
    assert_eq!(
        finding.role.as_deref(),
        Some("roles/iam.serviceAccountTokenCreator")
    );
    assert_eq!(finding.detail.as_deref(), Some("projects/p"));
    assert!(!finding.note.as_deref().unwrap().contains("conditional"));

    let soon = minting(Some("request.time < timestamp(\"2030-01-01T00:00:00Z\")"));
    let conditional = ask(&[project(owner()), boss_policy(BOSS, soon)]);
    assert_eq!(conditional.counts(), (1, 1, 0, 0));
    assert!(
        conditional.findings[0]
            .note
            .as_deref()
            .unwrap()
            .contains("conditional")
    );
}

#[test]
fn accounts_that_cannot_be_used_lead_nowhere() {
    let name = "//iam.googleapis.com/projects/p/serviceAccounts/123";
    let described =
        |disabled: bool| settings(name, ACCOUNT, json!({"email": BOSS, "disabled": disabled}));
    let ask = |assets: &[Value]| told("escalation-paths", None, assets);
    let by_number = boss_policy("123", minting(None));
    // Whose the policy is, is only in the settings.
    let unnamed = ask(&[project(owner()), by_number.clone()]);
    assert_eq!(unnamed.counts(), (0, 1, 1, 0));
    let on = ask(&[project(owner()), by_number.clone(), described(false)]);
    assert_eq!(on.counts(), (1, 1, 0, 0));
    let off = ask(&[project(owner()), by_number, described(true)]);
    assert_eq!(off.findings.len(), 0);
}

#[test]
fn who_may_only_act_as_an_account_is_undecided_and_agents_are_no_start() {
    let acting =
        |member: &str| json!([{"role": "roles/iam.serviceAccountUser", "members": [member]}]);
    let ask = |member: &str| {
        let assets = [project(owner()), boss_policy(BOSS, acting(member))];
        told("escalation-paths", None, &assets).counts()
    };
    assert_eq!(ask("user:a@x.example"), (0, 1, 1, 0));
    let agent = "serviceAccount:service-7@compute-system.iam.gserviceaccount.com";
    assert_eq!(ask(agent), (0, 1, 0, 0));
    let unknown = json!([{"role": "projects/p/roles/elsewhere", "members": ["user:a@x.example"]}]);
    let told = told("escalation-paths", None, &[project(unknown)]);
    assert_eq!(told.counts(), (0, 0, 1, 0));
}
