#![allow(clippy::unwrap_used)]

use super::{Wish, plan};
use crate::catalog::{Catalog, Roles};
use crate::change::{Acl, AuditLog, Change, Condition, Grant, Level, Model, Step, Undo, apply};
use crate::remediation::{Answer, Guard, Guards, Judged, Plan, Verdict, prove};
use crate::rules::remedy::Proposal;
use serde_json::{Value, json};

const PROJECT: &str = "//cloudresourcemanager.googleapis.com/projects/12";
const BUCKET: &str = "//storage.googleapis.com/projects/_/buckets/acme";

fn model() -> Model {
    let mut model = Model::default();
    for asset in [
        json!({"name": PROJECT, "assetType": "cloudresourcemanager.googleapis.com/Project",
            "ancestors": ["projects/12"], "resource": {"data": {"projectId": "acme"}},
            "iamPolicy": {"etag": "BwY=", "bindings": [
                {"role": "roles/owner", "members": ["user:ann@acme.example", "user:bo@acme.example"]},
                {"role": "roles/editor", "members": ["serviceAccount:12@cloudservices.gserviceaccount.com"]}]}}),
        json!({"name": "//storage.googleapis.com/acme", "assetType": "storage.googleapis.com/Bucket",
            "ancestors": ["projects/12"], "resource": {"data": {"acl": [{"entity": "allUsers", "role": "READER"}]}},
            "iamPolicy": {"etag": "CAE=", "bindings": [
                {"role": "roles/storage.admin", "members": ["group:ml@acme.example"]}]}}),
    ] {
        model.absorb(&asset, &[]).unwrap();
    }
    model
}

fn grant(node: &str, role: &str, member: &str) -> Grant {
    Grant {
        node: node.to_owned(),
        role: role.to_owned(),
        member: member.to_owned(),
        condition: None,
    }
}

fn patch(to: Value) -> Change {
    Change::Patch {
        name: BUCKET.to_owned(),
        asset_type: "storage.googleapis.com/Bucket".to_owned(),
        from: json!({}),
        to,
    }
}

fn wish(rule: &str, level: Level, changes: Vec<Change>) -> Wish {
    let answer = Answer {
        rule: rule.to_owned(),
        resource: changes[0].subject().to_owned(),
        fingerprint: format!("v1:{rule}"),
        message: String::new(),
    };
    let step = Step {
        changes,
        level,
        because: format!("as {rule} says"),
        may_break: String::new(),
        undo: Undo::Exact,
    };
    Wish {
        answer,
        fix: String::new(),
        proposal: Proposal::Steps(vec![step]),
    }
}

fn planned(wishes: Vec<Wish>) -> Plan {
    let roles = Roles::new(Catalog::embedded());
    let guards = Guards {
        caller: None,
        roles: &roles,
        needed: &[],
        now: "2026-11-23T00:00:00Z".parse().unwrap(),
    };
    plan(wishes, &model(), &guards)
}

fn titles(plan: &Plan) -> Vec<&str> {
    let steps = plan.parts.iter().flat_map(|part| &part.steps);
    steps.map(|step| step.title.as_str()).collect()
}

#[test]
fn equal_steps_are_one_and_the_rule_that_knows_it_safe_decides() {
    let remove = || {
        vec![Change::RemoveMember(grant(
            PROJECT,
            "roles/owner",
            "user:ann@acme.example",
        ))]
    };
    let plan = planned(vec![
        wish("b", Level::Review, remove()),
        wish("a", Level::Safe, remove()),
        wish("c", Level::Manual, remove()),
    ]);
    let step = &plan.parts[0].steps[0];
    let rules: Vec<&str> = step.answers.iter().map(|answer| &*answer.rule).collect();
    assert_eq!((rules, step.step.level), (vec!["a", "b", "c"], Level::Safe));
    assert_eq!(
        (plan.parts[0].scope.as_str(), step.id.as_str()),
        ("projects/acme", "s01")
    );
}

#[test]
fn what_only_removes_wins_over_what_grants_something_else() {
    let old = grant(PROJECT, "roles/owner", "user:ann@acme.example");
    let new = grant(PROJECT, "roles/viewer", "user:ann@acme.example");
    let replace = vec![Change::AddMember(new), Change::RemoveMember(old.clone())];
    for order in [[0, 1], [1, 0]] {
        let wishes = [
            wish("replace", Level::Review, replace.clone()),
            wish(
                "remove",
                Level::Review,
                vec![Change::RemoveMember(old.clone())],
            ),
        ];
        let plan = planned(order.map(|at| wishes[at].clone()).to_vec());
        assert_eq!(
            titles(&plan),
            ["Remove user:ann@acme.example from roles/owner on projects/acme"]
        );
        assert_eq!(plan.parts[0].steps[0].answers.len(), 2);
    }
}

#[test]
fn settings_are_merged_or_refused_and_each_can_be_undone_in_turn() {
    let uniform = json!({"iamConfiguration": {"uniformBucketLevelAccess": {"enabled": true}}});
    let prevent = json!({"iamConfiguration": {"publicAccessPrevention": "enforced"}});
    let both = json!({"iamConfiguration": {"publicAccessPrevention": "enforced",
        "uniformBucketLevelAccess": {"enabled": true}}});
    let acl = Change::RemoveAcl {
        bucket: BUCKET.to_owned(),
        list: Acl::Bucket,
        entity: "allUsers".to_owned(),
        role: "READER".to_owned(),
    };
    let plan = planned(vec![
        wish("uniform", Level::Review, vec![patch(uniform)]),
        wish("prevent", Level::Review, vec![patch(prevent)]),
        wish("both", Level::Review, vec![patch(both)]),
        wish("acl", Level::Review, vec![acl]),
        wish(
            "other",
            Level::Review,
            vec![patch(
                json!({"iamConfiguration": {"publicAccessPrevention": "inherited"}}),
            )],
        ),
    ]);
    assert_eq!(plan.refused.len(), 1, "{:?}", plan.refused);
    assert_eq!(plan.refused[0].answers[0].rule, "other");
    // Lists go before uniform access forbids it.
    assert!(
        titles(&plan)[0].starts_with("Take allUsers"),
        "{:?}",
        titles(&plan)
    );
    let answered: usize = plan.parts[0]
        .steps
        .iter()
        .map(|step| step.answers.len())
        .sum();
    assert_eq!(answered, 4);

    let before = model();
    let mut state = before.clone();
    let changes: Vec<&Change> = plan.parts[0]
        .steps
        .iter()
        .flat_map(|step| &step.step.changes)
        .collect();
    changes
        .iter()
        .for_each(|change| apply(change, &mut state).unwrap());
    let data = &state.get(BUCKET).unwrap().resource.as_ref().unwrap()["iamConfiguration"];
    assert_eq!(data["publicAccessPrevention"], "enforced");
    changes
        .iter()
        .rev()
        .for_each(|change| apply(&change.inverse(), &mut state).unwrap());
    assert_eq!(state, before);
}

#[test]
fn audit_logs_of_a_service_are_one_step() {
    let log = |log_type: &str, exempted: &[&str]| AuditLog {
        log_type: log_type.to_owned(),
        exempted_members: exempted.iter().map(|one| (*one).to_owned()).collect(),
    };
    let set = |to: Vec<AuditLog>| {
        vec![Change::SetAudit {
            node: PROJECT.to_owned(),
            service: "allServices".to_owned(),
            from: Vec::new(),
            to,
        }]
    };
    let plan = planned(vec![
        wish(
            "a",
            Level::Review,
            set(vec![log("DATA_READ", &["user:x@x.example"])]),
        ),
        wish(
            "b",
            Level::Review,
            set(vec![log("DATA_READ", &[]), log("DATA_WRITE", &[])]),
        ),
    ]);
    let [Change::SetAudit { to, .. }] = plan.parts[0].steps[0].step.changes.as_slice() else {
        panic!("{plan:?}");
    };
    assert_eq!(*to, [log("DATA_READ", &[]), log("DATA_WRITE", &[])]);
}

#[test]
fn somebody_is_left_who_may_set_the_policy() {
    let remove = |member: &str| vec![Change::RemoveMember(grant(PROJECT, "roles/owner", member))];
    let plan = planned(vec![
        wish("a", Level::Review, remove("user:ann@acme.example")),
        wish("b", Level::Review, remove("user:bo@acme.example")),
    ]);
    assert_eq!(titles(&plan).len(), 1);
    assert_eq!(plan.refused[0].guard, Guard::LastAdministrator);
    // The owners of the project stay, whoever goes from the bucket.
    let admin = grant(BUCKET, "roles/storage.admin", "group:ml@acme.example");
    let plan = planned(vec![wish(
        "a",
        Level::Review,
        vec![Change::RemoveMember(admin)],
    )]);
    assert_eq!(plan.refused.len(), 0, "{:?}", plan.refused);
}

#[test]
fn googles_agents_keep_what_google_gives_them() {
    let agent = grant(
        PROJECT,
        "roles/editor",
        "serviceAccount:12@cloudservices.gserviceaccount.com",
    );
    let plan = planned(vec![wish(
        "a",
        Level::Review,
        vec![Change::RemoveMember(agent)],
    )]);
    assert_eq!(plan.refused[0].guard, Guard::ServiceAgent);
}

#[test]
fn more_access_is_never_proven_away() {
    let roles = Roles::new(Catalog::embedded());
    let owner = grant(BUCKET, "roles/storage.admin", "group:ml@acme.example");
    let verdict = |new: Grant| {
        let changes = vec![Change::AddMember(new), Change::RemoveMember(owner.clone())];
        let plan = planned(vec![wish("a", Level::Review, changes)]);
        assert_eq!(plan.refused.len(), 0);
        prove(
            &plan,
            &model(),
            &Judged::default(),
            &Judged::default(),
            &roles,
            &[],
        )
        .access
        .verdict
    };
    let with = |role: &str, member: &str| grant(BUCKET, role, member);
    assert_eq!(
        verdict(with("roles/storage.objectViewer", "group:ml@acme.example")),
        Verdict::Proven
    );
    assert_eq!(
        verdict(with("roles/storage.admin", "group:all@acme.example")),
        Verdict::Refuted
    );
    assert_eq!(
        verdict(with("projects/acme/roles/unseen", "group:ml@acme.example")),
        Verdict::Unknown
    );
    let ended = Grant {
        condition: Some(Condition {
            title: "t".to_owned(),
            description: None,
            expression: "request.time < timestamp(\"2027-01-01T00:00:00Z\")".to_owned(),
        }),
        ..owner.clone()
    };
    assert_eq!(verdict(ended), Verdict::Proven);
}
