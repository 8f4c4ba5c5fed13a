//! Datasets and secrets.

use super::super::NOW;
use super::super::project::Project;
use super::super::words::{CONTENTS, REGIONS, WORKLOADS};
use super::{DAY, ago, ancestors, close, labels, open};
use crate::support::random::Random;
use std::fmt::Write as _;

/// The name of the dataset at `number`.
pub(crate) fn dataset_name(project: &Project, number: u64) -> String {
    let holding = CONTENTS[((number * 5 + project.index) % CONTENTS.len() as u64) as usize];
    format!("{}_{holding}_{number:02}", project.team.replace('-', "_"))
}

/// The name of the secret at `number`.
pub(crate) fn secret_name(project: &Project, number: u64) -> String {
    let workload = WORKLOADS[((number * 7 + project.index) % WORKLOADS.len() as u64) as usize];
    format!("{workload}-token-{number:02}")
}

/// The dataset at `number`.
pub(crate) fn dataset(out: &mut String, random: &mut Random, project: &Project, number: u64) {
    let name = dataset_name(project, number);
    let location = match random.below(1000) {
        0..20 => "asia-southeast1",
        20..400 => "EU",
        400..600 => "US",
        _ => random.pick(&REGIONS),
    };
    open(
        out,
        format_args!(
            "//bigquery.googleapis.com/projects/{}/datasets/{name}",
            project.id
        ),
        "bigquery.googleapis.com/Dataset",
        "https://www.googleapis.com/discovery/v1/apis/bigquery/v2/rest",
        &format!("projects/{}", project.number),
    );
    out.push_str(r#""access":[{"role":"OWNER","specialGroup":"projectOwners"},{"role":"WRITER","specialGroup":"projectWriters"},{"role":"READER","specialGroup":"projectReaders"}"#);
    match random.below(1000) {
        0..4 => out.push_str(r#",{"role":"READER","specialGroup":"allAuthenticatedUsers"}"#),
        4..6 => out.push_str(r#",{"iamMember":"allUsers","role":"READER"}"#),
        _ => {
            let _ = write!(
                out,
                r#",{{"groupByEmail":"gcp-{}-viewers@corp.example.com","role":"READER"}}"#,
                project.team
            );
        }
    }
    let created = NOW as u64 - random.between(30 * DAY, 2500 * DAY);
    let _ = write!(
        out,
        r#"],"creationTime":"{created}000","datasetReference":{{"datasetId":"{name}","projectId":"{}"}},"#,
        project.id
    );
    if random.permille(850) {
        let _ = write!(
            out,
            r#""defaultEncryptionConfiguration":{{"kmsKeyName":"projects/acme-keys/locations/{}/keyRings/bigquery/cryptoKeys/{}"}},"#,
            location.to_ascii_lowercase(),
            project.team
        );
    }
    if random.permille(300) {
        let _ = write!(
            out,
            r#""defaultTableExpirationMs":"{}","#,
            random.pick(&["604800000", "2592000000", "63072000000"])
        );
    }
    let _ = write!(
        out,
        r#""etag":"bXlldGFn","id":"{0}:{name}","kind":"bigquery#dataset","#,
        project.id
    );
    labels(out, random, project);
    let _ = write!(
        out,
        r#""lastModifiedTime":"{created}000","location":"{location}","selfLink":"https://bigquery.googleapis.com/bigquery/v2/projects/{}/datasets/{name}","type":"DEFAULT""#,
        project.id
    );
    close(
        out,
        random,
        &location.to_ascii_lowercase(),
        &ancestors(project),
    );
}

/// The secret at `number`.
pub(crate) fn secret(out: &mut String, random: &mut Random, project: &Project, number: u64) {
    let name = secret_name(project, number);
    open(
        out,
        format_args!(
            "//secretmanager.googleapis.com/projects/{}/secrets/{name}",
            project.number
        ),
        "secretmanager.googleapis.com/Secret",
        "https://secretmanager.googleapis.com/$discovery/rest?version=v1",
        &format!("projects/{}", project.number),
    );
    let _ = write!(
        out,
        r#""createTime":"{}","etag":"\"15d{:011x}\"","#,
        ago(random.between(10 * DAY, 1500 * DAY)),
        random.below(1 << 44)
    );
    let expiring = if project.environment == "test" {
        850
    } else {
        60
    };
    if random.permille(expiring) {
        out.push_str(r#""expireTime":"2027-06-30T00:00:00Z","#);
    }
    labels(out, random, project);
    let _ = write!(
        out,
        r#""name":"projects/{}/secrets/{name}","replication":{{{}}}"#,
        project.number,
        if random.permille(800) {
            r#""automatic":{}"#
        } else {
            r#""userManaged":{"replicas":[{"location":"europe-west1"},{"location":"europe-west4"}]}"#
        }
    );
    if !random.permille(80) {
        let _ = write!(
            out,
            r#","rotation":{{"nextRotationTime":"2026-12-{:02}T04:00:00Z","rotationPeriod":"{}s"}},"topics":[{{"name":"projects/{}/topics/rotate-secrets"}}]"#,
            random.between(1, 28),
            random.pick(&["2592000", "7776000", "7776000", "31536000"]),
            project.id
        );
    }
    close(out, random, "global", &ancestors(project));
}
