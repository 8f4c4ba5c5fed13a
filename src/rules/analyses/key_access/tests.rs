//! What fixtures cannot say: what is unknown, and projects that are named in two ways.

use super::super::tests::{Told, told};
use serde_json::{Value, json};

const KEY: &str =
    "//cloudkms.googleapis.com/projects/acme-ml/locations/eu/keyRings/ml/cryptoKeys/k";
const DECRYPTER: &str = "roles/cloudkms.cryptoKeyDecrypter";

fn asked(ask: &str, assets: &[Value]) -> Told {
    told("key-access", Some(ask), assets)
}

fn asset(kind: &str, name: &str, data: &Value) -> Value {
    json!({
        "name": name,
        "assetType": kind,
        "ancestors": ["projects/7", "organizations/1"],
        "resource": { "data": data },
    })
}

fn bucket(key: &str) -> Value {
    let data = json!({ "name": "b", "encryption": { "defaultKmsKeyName": key } });
    asset(
        "storage.googleapis.com/Bucket",
        "//storage.googleapis.com/b",
        &data,
    )
}

fn key() -> Value {
    asset(
        "cloudkms.googleapis.com/CryptoKey",
        KEY,
        &json!({ "name": &KEY[26..] }),
    )
}

fn policy(kind: &str, name: &str, role: &str, member: &str) -> Value {
    let mut asset = asset(kind, name, &Value::Null);
    asset["resource"] = Value::Null;
    asset["iamPolicy"] = json!({ "bindings": [{ "role": role, "members": [member] }] });
    asset
}

fn key_policy(member: &str) -> Value {
    policy("cloudkms.googleapis.com/CryptoKey", KEY, DECRYPTER, member)
}

fn project_policy(name: &str, role: &str) -> Value {
    let name = format!("//cloudresourcemanager.googleapis.com/{name}");
    policy(
        "cloudresourcemanager.googleapis.com/Project",
        &name,
        role,
        "user:noor@acme.example",
    )
}

const FAIL: (u64, u64, u64, u64) = (1, 0, 0, 0);
const PASS: (u64, u64, u64, u64) = (0, 1, 0, 0);
const UNKNOWN: (u64, u64, u64, u64) = (0, 0, 1, 0);
const NOTHING: (u64, u64, u64, u64) = (0, 0, 0, 0);

#[test]
fn a_key_whose_policy_is_not_in_the_input_is_unknown() {
    for ask in ["decrypters", "users"] {
        let assets = [bucket(&KEY[26..]), key()];
        assert_eq!(asked(ask, &assets).counts(), UNKNOWN, "{ask}");
        // Neither does the project's policy tell the key's.
        let assets = [
            bucket(&KEY[26..]),
            key(),
            project_policy("projects/7", "roles/browser"),
        ];
        assert_eq!(asked(ask, &assets).counts(), UNKNOWN, "{ask}");
        let agent = "serviceAccount:service-7@gs-project-accounts.iam.gserviceaccount.com";
        let assets = [bucket(&KEY[26..]), key(), key_policy(agent)];
        assert_eq!(asked(ask, &assets).counts(), PASS, "{ask}");
    }
    assert_eq!(asked("owner", &[key()]).counts(), UNKNOWN);
}

#[test]
fn which_keys_protect_data_is_unknown_without_data() {
    let alone = [key_policy("group:ml@acme.example")];
    assert_eq!(asked("decrypters", &alone).counts(), UNKNOWN);
    let mut open = bucket("");
    open["resource"]["data"] = json!({ "name": "b" });
    let unprotected = [open, key_policy("group:ml@acme.example")];
    assert_eq!(asked("decrypters", &unprotected).counts(), NOTHING);
}

#[test]
fn a_version_of_a_key_is_the_key() {
    let version = format!("{}/cryptoKeyVersions/3", &KEY[26..]);
    let assets = [bucket(&version), key_policy("group:ml@acme.example")];
    let told = asked("decrypters", &assets);
    assert_eq!(told.counts(), FAIL);
    assert!(
        told.words[0].contains("the key of gs://b"),
        "{}",
        told.words[0]
    );
}

#[test]
fn a_project_is_found_by_its_id_and_by_its_number() {
    for name in ["projects/7", "projects/acme-ml"] {
        let assets = [key(), project_policy(name, "roles/owner")];
        let told = asked("owner", &assets);
        assert_eq!(told.counts(), FAIL, "{name}");
        assert_eq!(told.findings.len(), 1, "{name}");
        let assets = [bucket(&KEY[26..]), key(), project_policy(name, DECRYPTER)];
        assert_eq!(asked("decrypters", &assets).counts(), FAIL, "{name}");
    }
}

#[test]
fn an_owned_project_may_hold_keys_that_the_input_does_not_show() {
    let owned = project_policy("projects/7", "roles/owner");
    assert_eq!(asked("owner", &[owned]).counts(), UNKNOWN);
}

#[test]
fn a_role_that_nobody_knows_is_a_doubt() {
    let unseen = policy(
        "cloudkms.googleapis.com/CryptoKey",
        KEY,
        "projects/acme-ml/roles/unseen",
        "group:ml@acme.example",
    );
    for ask in ["decrypters", "users"] {
        let told = asked(ask, &[bucket(&KEY[26..]), unseen.clone()]);
        assert_eq!(told.counts(), UNKNOWN, "{ask}");
    }
}
