//! Service accounts, their keys, and custom roles.

use super::super::project::Project;
use super::super::words::{CUSTOM_ROLES, WORKLOADS};
use super::{DAY, ago, ancestors, close, open};
use crate::support::random::Random;
use std::fmt::Write as _;

/// The service account at `number`.
pub(crate) fn service_account(
    out: &mut String,
    random: &mut Random,
    project: &Project,
    number: u64,
) {
    let email = project.account(number);
    let unique = project.account_id(number);
    open(
        out,
        format_args!(
            "//iam.googleapis.com/projects/{}/serviceAccounts/{unique}",
            project.id
        ),
        "iam.googleapis.com/ServiceAccount",
        "https://iam.googleapis.com/$discovery/rest",
        &format!("projects/{}", project.number),
    );
    if random.permille(150) {
        out.push_str(r#""description":"Created by the platform team's module","#);
    }
    if random.permille(40) {
        out.push_str(r#""disabled":true,"#);
    }
    if !random.permille(50) {
        let _ = write!(
            out,
            r#""displayName":"{} of {}","#,
            random.pick(&WORKLOADS),
            project.team
        );
    }
    let _ = write!(
        out,
        r#""email":"{email}","etag":"MDEwMjE5MjA=","name":"projects/{0}/serviceAccounts/{email}","oauth2ClientId":"{unique}","projectId":"{0}","uniqueId":"{unique}""#,
        project.id
    );
    close(out, random, "global", &ancestors(project));
}

/// One key of the service account at `number`.
pub(crate) fn key(out: &mut String, random: &mut Random, project: &Project, number: u64) {
    key_of(out, random, project, &project.account(number));
}

/// A key of the default account of Compute Engine.
pub(crate) fn default_account_key(out: &mut String, random: &mut Random, project: &Project) {
    let email = format!("{}-compute@developer.gserviceaccount.com", project.number);
    key_of(out, random, project, &email);
}

fn key_of(out: &mut String, random: &mut Random, project: &Project, email: &str) {
    let id = format!(
        "{:016x}{:016x}{:08x}",
        random.next(),
        random.next(),
        random.below(1 << 32)
    );
    open(
        out,
        format_args!(
            "//iam.googleapis.com/projects/{}/serviceAccounts/{email}/keys/{id}",
            project.id
        ),
        "iam.googleapis.com/ServiceAccountKey",
        "https://iam.googleapis.com/$discovery/rest",
        &format!("projects/{}", project.number),
    );
    if random.permille(30) {
        out.push_str(r#""disabled":true,"#);
    }
    let managed = random.permille(250);
    let age = if managed {
        random.below(20 * DAY)
    } else {
        match random.below(1000) {
            0..480 => random.between(DAY, 89 * DAY),
            480..940 => random.between(91 * DAY, 364 * DAY),
            _ => random.between(366 * DAY, 2200 * DAY),
        }
    };
    let until = if managed {
        ago(age).saturating_add(jiff::SignedDuration::from_hours(17 * 24))
    } else {
        Ok(jiff::Timestamp::MAX)
    };
    let _ = write!(
        out,
        r#""keyAlgorithm":"KEY_ALG_RSA_{}","keyOrigin":"{}_PROVIDED","keyType":"{}_MANAGED","name":"projects/{}/serviceAccounts/{email}/keys/{id}","validAfterTime":"{}","validBeforeTime":"{}""#,
        if random.permille(5) { "1024" } else { "2048" },
        if !managed && random.permille(20) {
            "USER"
        } else {
            "GOOGLE"
        },
        if managed { "SYSTEM" } else { "USER" },
        project.id,
        ago(age),
        match until {
            Ok(time) if time < jiff::Timestamp::MAX => time.to_string(),
            _ => "9999-12-31T23:59:59Z".to_owned(),
        }
    );
    close(out, random, "global", &ancestors(project));
}

/// A custom role of the project; returns its position in [`CUSTOM_ROLES`].
pub(crate) fn custom_role(out: &mut String, random: &mut Random, project: &Project) -> usize {
    let role = random.below(CUSTOM_ROLES.len() as u64) as usize;
    let owner = format!("projects/{}", project.id);
    role_line(out, random, &owner, role, &ancestors(project));
    role
}

pub(super) fn role_line(
    out: &mut String,
    random: &mut Random,
    owner: &str,
    role: usize,
    ancestors: &str,
) {
    let (stem, permissions) = CUSTOM_ROLES[role];
    open(
        out,
        format_args!("//iam.googleapis.com/{owner}/roles/{stem}"),
        "iam.googleapis.com/Role",
        "https://iam.googleapis.com/$discovery/rest",
        owner,
    );
    let _ = write!(
        out,
        r#""description":"Made for one job","etag":"BwR2","includedPermissions":["{}"],"name":"{owner}/roles/{stem}","stage":"GA","title":"{stem}""#,
        permissions.join(r#"",""#)
    );
    close(out, random, "global", ancestors);
}
