//! `leastwise auth` as a user meets it.

use super::script::{Server, answer};
use super::{file, token, token_server};
use serde_json::Value;
use std::fs;
use std::process::{Command, Output};
use tempfile::TempDir;

/// `leastwise auth` with nothing around it but these variables.
fn auth(folder: &TempDir, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("leastwise"));
    command.arg("auth").args(arguments).env_clear();
    command.env("HOME", folder.path());
    command.env("CLOUDSDK_CONFIG", folder.path().join("gcloud"));
    // Nobody listens there, and the real metadata server is not asked.
    command.env("GCE_METADATA_HOST", "127.0.0.1:1");
    command.envs(variables.iter().copied());
    command.output().unwrap()
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn it_tells_who_asks_and_no_token() {
    let (folder, server) = (TempDir::new().unwrap(), token_server(3600));
    let key = file(&folder, "service_account.json", &server);
    let key = key.to_str().unwrap();
    let given = ["--credentials", key, "--quota-project", "acme-billing"];
    let ran = auth(&folder, &given, &[]);
    let (out, err) = texts(&ran);
    assert_eq!(ran.status.code(), Some(0), "{err}");
    for line in [
        "identity        scanner@acme-ml.iam.gserviceaccount.com\n".to_owned(),
        format!("credentials     service account key: `{key}` (--credentials)\n"),
        "quota project   acme-billing (--quota-project)\n".to_owned(),
        format!("default project acme-ml (`{key}` (--credentials))\n"),
        "scope           https://www.googleapis.com/auth/cloud-platform\n".to_owned(),
        "(in 59 min)\n".to_owned(),
    ] {
        assert!(out.contains(&line), "{line}{out}");
    }
    let ran = auth(&folder, &[&given[..], &["--format", "json"]].concat(), &[]);
    let (json, err) = texts(&ran);
    let answer: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        answer["identity"],
        "scanner@acme-ml.iam.gserviceaccount.com"
    );
    assert_eq!(answer["kind"], "service-account-key");
    assert_eq!(answer["default_project"]["id"], "acme-ml");
    assert!(!format!("{out}{json}{err}").contains("tok-secret"));
}

#[test]
fn without_credentials_it_says_what_was_tried_and_what_to_do() {
    let folder = TempDir::new().unwrap();
    let ran = auth(&folder, &[], &[("PATH", "/nonexistent")]);
    let (out, err) = texts(&ran);
    assert_eq!(ran.status.code(), Some(2), "{err}");
    assert_eq!(out, "");
    for part in [
        "GOOGLE_APPLICATION_CREDENTIALS is not set",
        "application_default_credentials.json",
        "no metadata server (Connection refused)",
        "gcloud has none (there is no such program)",
        "gcloud auth application-default login",
    ] {
        assert!(err.contains(part), "{part}: {err}");
    }
    let ran = auth(&folder, &["--offline"], &[("PATH", "/nonexistent")]);
    assert_eq!(ran.status.code(), Some(0), "{}", texts(&ran).1);
    assert!(texts(&ran).0.contains("not looked for yet"));
}

#[test]
fn a_machine_s_account_is_found() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(|n, asked| match asked.target.split('?').next() {
        Some(path) if path.ends_with("/token") => token(n + 1, 3600),
        Some(path) if path.ends_with("/email") => {
            answer(200, "runner@acme-ml.iam.gserviceaccount.com")
        }
        Some(path) if path.ends_with("/project-id") => answer(200, "acme-ml\n"),
        _ => answer(404, ""),
    });
    let host = server.address.trim_start_matches("http://");
    let ran = auth(&folder, &[], &[("GCE_METADATA_HOST", host)]);
    let (out, err) = texts(&ran);
    assert_eq!(ran.status.code(), Some(0), "{err}");
    assert!(
        out.contains("runner@acme-ml.iam.gserviceaccount.com"),
        "{out}"
    );
    assert!(
        out.contains("default project acme-ml (the metadata server)"),
        "{out}"
    );
    assert!(
        server
            .asked()
            .iter()
            .all(|asked| asked.header("metadata-flavor") == Some("Google"))
    );
}

#[cfg(unix)]
#[test]
fn gcloud_is_the_last_to_be_asked() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let gcloud = folder.path().join("gcloud-bin");
    fs::create_dir(&gcloud).unwrap();
    let program = gcloud.join("gcloud");
    let text = "#!/bin/sh\ncase \"$*\" in\n  'auth print-access-token --quiet') echo gcloud-secret ;;\n  *) exit 1 ;;\nesac\n";
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let config = folder.path().join("gcloud/configurations");
    fs::create_dir_all(&config).unwrap();
    let text = "[core]\naccount = dev@acme.example\nproject = acme-dev\n";
    fs::write(config.join("config_default"), text).unwrap();
    let path = format!("{}:/usr/bin:/bin", gcloud.display());
    let ran = auth(&folder, &["--format", "json"], &[("PATH", &path)]);
    let (out, err) = texts(&ran);
    assert_eq!(ran.status.code(), Some(0), "{err}");
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["identity"], "dev@acme.example");
    assert_eq!(answer["kind"], "gcloud");
    assert_eq!(answer["default_project"]["id"], "acme-dev");
    assert!(!format!("{out}{err}").contains("gcloud-secret"));
}

#[test]
fn a_token_of_nobody_known_is_asked_about() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(
        |_, asked| match (asked.target.as_str(), asked.body.as_str()) {
            ("/oauth2/tokeninfo", "access_token=given-secret%2F1") => {
                answer(200, r#"{"email":"dev@acme.example","expires_in":"600"}"#)
            }
            ("/cloudresourcemanager/v3/projects:search?pageSize=1", "") => answer(200, "{}"),
            _ => answer(404, ""),
        },
    );
    let endpoint = format!("*={}/{{service}}", server.address);
    let given = ["--endpoint", &endpoint, "--check"];
    let ran = auth(
        &folder,
        &given,
        &[("GOOGLE_OAUTH_ACCESS_TOKEN", "given-secret/1")],
    );
    let (out, err) = texts(&ran);
    assert_eq!(ran.status.code(), Some(0), "{err}");
    assert!(out.contains("identity        dev@acme.example\n"), "{out}");
    assert!(
        out.contains("(in 9 min)") || out.contains("(in 10 min)"),
        "{out}"
    );
    assert!(out.contains("the Resource Manager API answered"), "{out}");
    let asked = server.asked();
    assert_eq!(
        asked.last().unwrap().header("authorization"),
        Some("Bearer given-secret/1")
    );
    assert!(!format!("{out}{err}").contains("given-secret"));
}

#[test]
fn wrong_flags_are_said() {
    let folder = TempDir::new().unwrap();
    for (flags, told) in [
        (&["--endpoint", "iam"][..], "write SERVICE=URL"),
        (&["--timeout", "soon"], "write a time with its unit"),
        (&["--attempts", "0"], "0 is not in 1..=20"),
        (&["--credentials", "/nowhere"], "no such file"),
        (
            &["--credentials", "a", "--access-token-file", "b"],
            "cannot be used with",
        ),
    ] {
        let ran = auth(&folder, flags, &[]);
        assert_eq!(ran.status.code(), Some(2));
        assert!(texts(&ran).1.contains(told), "{told}: {}", texts(&ran).1);
    }
}
