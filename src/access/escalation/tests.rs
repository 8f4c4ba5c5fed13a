//! Hand-made landscapes, small and large.

#![allow(clippy::unwrap_used)]

use super::{
    Account, Constraints, Escalations, Gain, Holds, Landscape, Node, NodeKind, PermissionSet, Step,
    escalations,
};
use crate::access::primitives::Certainty;
use crate::model::Truth;

const SET_PROJECT: &str = "resourcemanager.projects.setIamPolicy";
const MINT: &str = "iam.serviceAccounts.getAccessToken";
const ACT_AS: &str = "iam.serviceAccounts.actAs";
const DELEGATE: &str = "iam.serviceAccounts.implicitDelegation";
const KEY: &str = "iam.serviceAccountKeys.create";
const BUILD: &str = "cloudbuild.builds.create";

/// Node 0 is the organisation, 1 a folder in it, 2 a project in that folder, 3 a project in the organisation.
const ORG: u32 = 0;
const FOLDER: u32 = 1;
const PROJECT: u32 = 2;
const OTHER: u32 = 3;

fn landscape() -> Landscape {
    let node = |kind, parent| Node { kind, parent };
    Landscape {
        nodes: vec![
            node(NodeKind::Organization, None),
            node(NodeKind::Folder, Some(ORG)),
            node(NodeKind::Project, Some(FOLDER)),
            node(NodeKind::Project, Some(ORG)),
        ],
        ..Landscape::default()
    }
}

impl Landscape {
    fn principal(&mut self) -> u32 {
        self.principals += 1;
        self.principals - 1
    }

    /// A new enabled account in `project`: its principal and its node.
    fn account(&mut self, project: u32) -> (u32, u32) {
        let (principal, node) = (self.principal(), self.nodes.len() as u32);
        self.nodes.push(Node {
            kind: NodeKind::Account,
            parent: Some(project),
        });
        let enabled = Truth::Yes;
        self.accounts.push(Account {
            principal,
            node,
            enabled,
            free_of: Constraints::default(),
        });
        (principal, node)
    }

    fn grant(&mut self, principal: u32, node: u32, permissions: &[&str]) -> &mut Holds {
        self.holds.push(Holds {
            principal,
            node,
            permissions: PermissionSet::of(permissions.iter().copied()),
            incomplete: false,
            custom_role_of: None,
        });
        self.holds.last_mut().unwrap()
    }

    fn solve(&self) -> Escalations {
        escalations(self, Certainty::Medium)
    }
}

impl Escalations {
    /// `A1@2>5 B1@2>policy 2`: primitive, node, gain.
    fn spell(&self, principal: u32) -> String {
        let step = |step: Step| {
            let id = step.primitive.map_or("member", |p| p.id.as_str());
            let node = step.node.map(|n| format!("@{n}")).unwrap_or_default();
            match step.gains {
                Gain::Principal(p) => format!("{id}{node}>{p}"),
                Gain::Delegation(p) => format!("{id}{node}>via {p}"),
                Gain::Policy(n) => format!("{id}{node}>policy {n}"),
            }
        };
        self.path(principal).map(step).collect::<Vec<_>>().join(" ")
    }

    fn spell_all(&self) -> Vec<String> {
        self.principals.iter().map(|p| self.spell(*p)).collect()
    }
}

fn only_path(found: &Escalations) -> String {
    assert_eq!(found.principals.len(), 1, "{found:#?}");
    found.spell(found.principals[0])
}

#[test]
fn a_token_of_an_account_that_sets_policies_is_a_way() {
    let mut l = landscape();
    let user = l.principal();
    let (sa, node) = l.account(PROJECT);
    l.grant(sa, PROJECT, &[SET_PROJECT]);
    l.grant(user, node, &[MINT]);
    let found = l.solve();
    assert_eq!(only_path(&found), "A1@4>1 B1@2>policy 2");
    assert_eq!((found.setters, found.undecided), (vec![sa], 0));
}

#[test]
fn a_right_on_the_project_or_above_reaches_its_accounts() {
    for node in [PROJECT, FOLDER, ORG] {
        let mut l = landscape();
        let user = l.principal();
        let (sa, _) = l.account(PROJECT);
        l.account(OTHER);
        l.grant(sa, ORG, &["resourcemanager.organizations.setIamPolicy"]);
        l.grant(user, node, &[MINT]);
        assert_eq!(only_path(&l.solve()), format!("A1@{node}>1 B3@0>policy 0"));
    }
    let mut l = landscape();
    let user = l.principal();
    let (sa, _) = l.account(PROJECT);
    l.grant(sa, ORG, &[SET_PROJECT]);
    l.grant(user, OTHER, &[MINT]);
    assert!(
        l.solve().principals.is_empty(),
        "a right on another project"
    );
}

#[test]
fn permissions_from_several_levels_add_up() {
    let mut l = landscape();
    let user = l.principal();
    let (sa, node) = l.account(PROJECT);
    l.grant(sa, FOLDER, &[SET_PROJECT]);
    l.grant(user, node, &[ACT_AS]);
    assert!(l.solve().principals.is_empty(), "actAs alone is nothing");
    l.grant(user, FOLDER, &[BUILD]);
    assert_eq!(only_path(&l.solve()), "C11@4>1 B1@1>policy 1");
}

#[test]
fn a_driver_counts_only_in_the_project_of_the_account() {
    let mut l = landscape();
    let user = l.principal();
    let (sa, node) = l.account(PROJECT);
    l.grant(sa, FOLDER, &[SET_PROJECT]);
    l.grant(user, node, &[ACT_AS, BUILD]);
    l.grant(user, OTHER, &[BUILD]);
    assert!(l.solve().principals.is_empty());
}

#[test]
fn chains_are_followed_and_the_shortest_is_told() {
    let mut l = landscape();
    let user = l.principal();
    let (a, a_node) = l.account(PROJECT);
    let (b, b_node) = l.account(OTHER);
    let (c, c_node) = l.account(PROJECT);
    l.grant(c, PROJECT, &[SET_PROJECT]);
    l.grant(user, a_node, &[MINT]);
    l.grant(a, b_node, &["iam.serviceAccounts.setIamPolicy"]);
    l.grant(b, c_node, &["iam.serviceAccounts.signJwt"]);
    let found = l.solve();
    let spelled = found.spell_all();
    assert_eq!(
        spelled,
        [
            "A1@4>1 A8@5>2 A4@6>3 B1@2>policy 2",
            "A8@5>2 A4@6>3 B1@2>policy 2",
            "A4@6>3 B1@2>policy 2"
        ]
    );
    l.grant(user, c_node, &["iam.serviceAccounts.signBlob"]);
    assert_eq!(l.solve().spell(user), "A5@6>3 B1@2>policy 2");
}

#[test]
fn delegation_mints_what_the_delegate_may_mint() {
    let mut l = landscape();
    let user = l.principal();
    let (a, a_node) = l.account(PROJECT);
    let (b, b_node) = l.account(PROJECT);
    let (c, c_node) = l.account(PROJECT);
    l.grant(c, PROJECT, &[SET_PROJECT]);
    l.grant(user, a_node, &[DELEGATE]);
    l.grant(a, b_node, &[DELEGATE]);
    l.grant(b, c_node, &[KEY, "iam.serviceAccounts.signBlob"]);
    let users_path = |l: &Landscape| l.solve().spell(user);
    assert_eq!(users_path(&l), "", "a delegate's other rights are no use");
    l.grant(b, c_node, &[MINT]);
    assert_eq!(users_path(&l), "A6@4>via 1 A6@5>via 2 A1@6>3 B1@2>policy 2");
}

#[test]
fn a_constraint_must_be_known_to_be_off() {
    let mut l = landscape();
    let user = l.principal();
    let (sa, _) = l.account(PROJECT);
    let (decoy, _) = l.account(OTHER);
    l.grant(sa, PROJECT, &[SET_PROJECT]);
    l.grant(user, ORG, &[KEY]);
    assert!(l.solve().principals.is_empty());
    l.accounts[1].free_of = Constraints::default().with("iam.disableServiceAccountKeyUpload");
    assert_eq!(l.accounts[1].principal, decoy);
    assert!(
        l.solve().principals.is_empty(),
        "off for an account that leads nowhere"
    );
    l.accounts[0].free_of = Constraints::default().with("iam.disableServiceAccountKeyUpload");
    assert_eq!(only_path(&l.solve()), "A3@0>1 B1@2>policy 2");
    assert_eq!(
        Constraints::default().with("iam.unheardOf"),
        Constraints::default()
    );
    assert!(
        Constraints::names().len() <= 8,
        "they are the bits of one byte"
    );
}

#[test]
fn a_custom_role_can_be_widened_by_its_holder() {
    let mut l = landscape();
    let user = l.principal();
    let (editor, node) = l.account(PROJECT);
    l.grant(editor, FOLDER, &["iam.roles.update"]);
    l.grant(editor, PROJECT, &[]).custom_role_of = Some(OTHER);
    l.grant(user, node, &[MINT]);
    assert!(
        l.solve().principals.is_empty(),
        "the role belongs to a project that it cannot edit roles of"
    );
    l.holds[1].custom_role_of = Some(PROJECT);
    let spelled = l.solve().spell_all();
    assert_eq!(spelled, ["A1@4>1 B4@2>policy 2", "B4@2>policy 2"]);
}

#[test]
fn groups_hand_on_their_rights() {
    let mut l = landscape();
    let (user, admin, team, admins) = (l.principal(), l.principal(), l.principal(), l.principal());
    let (sa, _) = l.account(PROJECT);
    l.memberships = vec![
        (user, team),
        (admin, admins),
        (team, user),
        (admins, admins),
        (9, 0),
    ];
    l.grant(sa, PROJECT, &[SET_PROJECT]);
    l.grant(admins, ORG, &[SET_PROJECT]);
    l.grant(team, PROJECT, &[MINT]);
    let found = l.solve();
    assert_eq!(found.setters, [admin, admins, sa]);
    let spelled = found.spell_all();
    assert_eq!(
        spelled,
        ["member>2 A1@2>4 B1@2>policy 2", "A1@2>4 B1@2>policy 2"]
    );
}

#[test]
fn disabled_accounts_and_unknown_roles_prove_nothing() {
    let mut l = landscape();
    let user = l.principal();
    let (sa, _) = l.account(PROJECT);
    l.grant(sa, PROJECT, &[SET_PROJECT]);
    l.grant(user, PROJECT, &[MINT]);
    for enabled in [Truth::No, Truth::Unknown] {
        l.accounts[0].enabled = enabled;
        assert!(l.solve().principals.is_empty());
    }
    l.accounts[0].enabled = Truth::Yes;
    l.holds[1].permissions = PermissionSet::default();
    l.holds[1].incomplete = true;
    l.grant(user, ORG, &[]).incomplete = true;
    l.grant(sa, ORG, &[]).incomplete = true;
    let found = l.solve();
    assert!(found.principals.is_empty());
    assert_eq!(
        found.undecided, 1,
        "one principal, however many roles; who sets policies anyway is settled"
    );
}

#[test]
fn what_permissions_do_not_show_is_not_proven() {
    let mut l = landscape();
    let user = l.principal();
    let (sa, node) = l.account(PROJECT);
    l.grant(sa, PROJECT, &[SET_PROJECT]);
    l.grant(
        user,
        node,
        &[
            "iam.serviceAccounts.getOpenIdToken",
            "iam.serviceAccounts.enable",
        ],
    );
    l.grant(
        user,
        PROJECT,
        &[
            "storage.hmacKeys.create",
            "privilegedaccessmanager.entitlements.create",
        ],
    );
    l.grant(
        user,
        PROJECT,
        &[
            ACT_AS,
            "run.services.update",
            "run.jobs.update",
            "run.jobs.run",
        ],
    );
    assert!(
        l.solve().principals.is_empty(),
        "limited calls, old keys, resources that may not exist"
    );
    l.grant(user, PROJECT, &["run.workerpools.create"]);
    assert_eq!(only_path(&l.solve()), "C10@2>1 B1@2>policy 2");
    let strict = escalations(&l, Certainty::High);
    assert!(strict.principals.is_empty(), "documented by analogy only");
}

#[test]
fn hostile_landscapes_end() {
    let mut l = landscape();
    let user = l.principal();
    let (a, a_node) = l.account(PROJECT);
    let (b, b_node) = l.account(PROJECT);
    l.grant(a, b_node, &[MINT, DELEGATE]);
    l.grant(b, a_node, &[MINT, DELEGATE]);
    l.grant(a, a_node, &[MINT, DELEGATE]);
    l.grant(user, ORG, &[MINT, DELEGATE]);
    l.nodes[ORG as usize].parent = Some(PROJECT);
    l.nodes[OTHER as usize].parent = Some(u32::MAX);
    l.grant(u32::MAX, ORG, &[SET_PROJECT]);
    l.grant(user, u32::MAX, &[SET_PROJECT]).custom_role_of = Some(u32::MAX);
    l.grant(user, PROJECT, &["iam.roles.update"]).custom_role_of = Some(u32::MAX);
    l.accounts.push(Account {
        principal: u32::MAX,
        node: u32::MAX,
        ..l.accounts[0]
    });
    assert!(l.solve().principals.is_empty());
    l.grant(b, PROJECT, &[SET_PROJECT]);
    assert_eq!(l.solve().principals.len(), 2);
    assert_eq!(
        escalations(&Landscape::default(), Certainty::High),
        Escalations::default()
    );
}

/// 100,000 accounts in 1,000 projects: 200 people who reach all of them, and a chain through every account.
#[test]
fn a_large_landscape_takes_linear_time() {
    let mut l = landscape();
    let people: Vec<_> = (0..200).map(|_| l.principal()).collect();
    let mut accounts = Vec::new();
    for _ in 0..1_000 {
        let project = l.nodes.len() as u32;
        l.nodes.push(Node {
            kind: NodeKind::Project,
            parent: Some(FOLDER),
        });
        accounts.extend((0..100).map(|_| l.account(project)));
    }
    for pair in accounts.windows(2) {
        l.grant(pair[0].0, pair[1].1, &[MINT]);
    }
    for person in &people {
        l.grant(*person, FOLDER, &[MINT]);
    }
    l.grant(accounts[accounts.len() - 1].0, FOLDER, &[SET_PROJECT]);
    let start = std::time::Instant::now();
    let found = l.solve();
    let elapsed = start.elapsed();
    assert_eq!(found.principals.len(), people.len() + accounts.len() - 1);
    assert!(people.iter().all(|p| found.path(*p).count() == 2));
    assert_eq!(found.path(accounts[0].0).count(), accounts.len());
    assert!(elapsed.as_secs() < 30, "{elapsed:?}");
    assert_eq!(found, l.solve());
}
