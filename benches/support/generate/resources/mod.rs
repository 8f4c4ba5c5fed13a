//! The `resource` lines: one asset each, with its settings. `data` has its keys in alphabetical order, as in exports.

mod buckets;
mod data;
mod identities;

pub(crate) use buckets::{BucketShape, bucket};
pub(crate) use data::{dataset, dataset_name, secret, secret_name};
pub(crate) use identities::{custom_role, default_account_key, key, service_account};

use super::NOW;
use super::project::{ORGANIZATION, Project};
use super::words::{CUSTOM_ROLES, TEAMS};
use crate::support::random::Random;
use identities::role_line;
use std::fmt::Write as _;

const DAY: u64 = 86_400;

/// `seconds` before the export, as the APIs print a time.
fn ago(seconds: u64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(NOW - seconds as i64).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

/// The fields before `data`; `name` is the full resource name.
fn open(out: &mut String, name: std::fmt::Arguments<'_>, kind: &str, api: &str, parent: &str) {
    let short = kind.rsplit('/').next().unwrap_or(kind);
    let _ = write!(
        out,
        r#"{{"name":"{name}","assetType":"{kind}","resource":{{"version":"{}","discoveryDocumentUri":"{api}","discoveryName":"{short}","parent":"//cloudresourcemanager.googleapis.com/{parent}","data":{{"#,
        if api.ends_with("v3") { "v3" } else { "v1" },
    );
}

/// The fields after `data`.
fn close(out: &mut String, random: &mut Random, location: &str, ancestors: &str) {
    let _ = writeln!(
        out,
        r#"}},"location":"{location}"}},"ancestors":[{ancestors}],"updateTime":"{}"}}"#,
        ago(random.below(400 * DAY))
    );
}

/// The ancestors of what is in `project`, nearest first.
pub(crate) fn ancestors(project: &Project) -> String {
    format!(
        r#""projects/{}","folders/{}","organizations/{}""#,
        project.number, project.folder, project.organization
    )
}

fn labels(out: &mut String, random: &mut Random, project: &Project) {
    out.push_str(r#""labels":{"#);
    if random.permille(60) {
        out.push_str(r#""data":"training","#);
    } else if random.permille(50) {
        out.push_str(r#""data":"tmp","#);
    }
    if !random.permille(50) {
        let environment = if random.permille(10) {
            "production"
        } else {
            project.environment
        };
        let _ = write!(out, r#""env":"{environment}","#);
    }
    let _ = write!(out, r#""team":"{}"}},"#, project.team);
}

/// The organisation and its custom roles.
pub(crate) fn organization(out: &mut String) {
    let mut random = Random::new(0x6f_72_67, 0);
    open(
        out,
        format_args!("//cloudresourcemanager.googleapis.com/organizations/{ORGANIZATION}"),
        "cloudresourcemanager.googleapis.com/Organization",
        "https://cloudresourcemanager.googleapis.com/$discovery/rest?version=v3",
        &format!("organizations/{ORGANIZATION}"),
    );
    let _ = write!(
        out,
        r#""directoryCustomerId":"C0example1","displayName":"corp.example.com","name":"organizations/{ORGANIZATION}","state":"ACTIVE""#
    );
    let ancestors = format!(r#""organizations/{ORGANIZATION}""#);
    close(out, &mut random, "global", &ancestors);
    for role in 0..CUSTOM_ROLES.len() {
        let owner = format!("organizations/{ORGANIZATION}");
        role_line(out, &mut random, &owner, role, &ancestors);
    }
}

/// A folder.
pub(crate) fn folder(out: &mut String, random: &mut Random, number: u64) {
    open(
        out,
        format_args!("//cloudresourcemanager.googleapis.com/folders/{number}"),
        "cloudresourcemanager.googleapis.com/Folder",
        "https://cloudresourcemanager.googleapis.com/$discovery/rest?version=v3",
        &format!("organizations/{ORGANIZATION}"),
    );
    let _ = write!(
        out,
        r#""createTime":"{}","displayName":"{}","name":"folders/{number}","parent":"organizations/{ORGANIZATION}","state":"ACTIVE""#,
        ago(random.between(100 * DAY, 2500 * DAY)),
        random.pick(&TEAMS),
    );
    let ancestors = format!(r#""folders/{number}","organizations/{ORGANIZATION}""#);
    close(out, random, "global", &ancestors);
}

/// The project itself.
pub(crate) fn project(out: &mut String, random: &mut Random, project: &Project) {
    open(
        out,
        format_args!(
            "//cloudresourcemanager.googleapis.com/projects/{}",
            project.number
        ),
        "cloudresourcemanager.googleapis.com/Project",
        "https://cloudresourcemanager.googleapis.com/$discovery/rest?version=v1",
        &format!("folders/{}", project.folder),
    );
    let _ = write!(
        out,
        r#""createTime":"{}","#,
        ago(random.between(30 * DAY, 2500 * DAY))
    );
    labels(out, random, project);
    let state = if random.permille(20) {
        "DELETE_REQUESTED"
    } else {
        "ACTIVE"
    };
    let (kind, parent) = if random.permille(50) {
        ("organization", project.organization)
    } else {
        ("folder", project.folder)
    };
    let _ = write!(
        out,
        r#""lifecycleState":"{state}","name":"{}","parent":{{"id":"{parent}","type":"{kind}"}},"projectId":"{}","projectNumber":"{}""#,
        project.id, project.id, project.number
    );
    close(out, random, "global", &ancestors(project));
}
