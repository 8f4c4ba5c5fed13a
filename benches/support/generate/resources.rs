//! The `resource` lines: one asset each, with its settings. `data` has its keys in alphabetical order, as in exports.

use super::NOW;
use super::project::{ORGANIZATION, Project};
use super::words::{CONTENTS, CUSTOM_ROLES, REGIONS, TEAMS, WORKLOADS};
use crate::support::random::Random;
use std::fmt::Write as _;

const DAY: u64 = 86_400;

/// What a bucket's policy must know about its settings.
pub(crate) struct BucketShape {
    /// Its name.
    pub(crate) name: String,
    /// Uniform bucket-level access is on: conditions are allowed.
    pub(crate) uniform: bool,
}

/// The name of the bucket at `number`.
fn bucket_name(random: &mut Random, project: &Project, number: u64) -> String {
    let holding = random.pick(&CONTENTS);
    let passing = if random.permille(20) { "tmp-" } else { "" };
    format!("{}-{passing}{holding}-{number:02}", project.id)
}

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

/// A bucket; its policy needs what this returns.
pub(crate) fn bucket(
    out: &mut String,
    random: &mut Random,
    project: &Project,
    number: u64,
) -> BucketShape {
    let name = bucket_name(random, project, number);
    let uniform = !random.permille(30);
    let region = match random.below(1000) {
        0..300 => *random.pick(&["EU", "US"]),
        300..350 => "EUR4",
        350..365 => *random.pick(&["ASIA-EAST1", "ME-CENTRAL1"]),
        _ => random.pick(&REGIONS),
    }
    .to_ascii_uppercase();
    let kind = match region.as_str() {
        "EU" | "US" => "multi-region",
        "EUR4" => "dual-region",
        _ => "region",
    };
    open(
        out,
        format_args!("//storage.googleapis.com/{name}"),
        "storage.googleapis.com/Bucket",
        "https://www.googleapis.com/discovery/v1/apis/storage/v1/rest",
        &format!("projects/{}", project.number),
    );
    access_lists(out, random, project, &name, uniform);
    if random.permille(150) {
        out.push_str(r#""autoclass":{"enabled":true,"terminalStorageClass":"NEARLINE"},"#);
    }
    let _ = write!(
        out,
        r#""billing":{{{}}},"#,
        if random.permille(5) {
            r#""requesterPays":true"#
        } else {
            ""
        }
    );
    match random.below(1000) {
        0..10 => out.push_str(
            r#""cors":[{"maxAgeSeconds":3600,"method":["GET"],"origin":["*"],"responseHeader":["Content-Type"]}],"#,
        ),
        10..60 => out.push_str(
            r#""cors":[{"maxAgeSeconds":600,"method":["GET","HEAD"],"origin":["https://app.example.com","https://labs.example.com"],"responseHeader":["Content-Type"]}],"#,
        ),
        _ => out.push_str(r#""cors":[],"#),
    }
    out.push_str(if random.permille(20) {
        r#""defaultEventBasedHold":true,"#
    } else {
        r#""defaultEventBasedHold":false,"#
    });
    if random.permille(250) {
        let _ = write!(
            out,
            r#""encryption":{{"defaultKmsKeyName":"projects/acme-keys/locations/{}/keyRings/storage/cryptoKeys/{}"}},"#,
            region.to_ascii_lowercase(),
            project.team
        );
    } else {
        out.push_str(r#""encryption":{},"#);
    }
    let prevention = if random.permille(400) {
        "inherited"
    } else {
        "enforced"
    };
    let _ = write!(
        out,
        r#""etag":"CA{}=","iamConfiguration":{{"bucketPolicyOnly":{{"enabled":{uniform}}},"publicAccessPrevention":"{prevention}","uniformBucketLevelAccess":{{"enabled":{uniform}}}}},"id":"{name}","kind":"storage#bucket","#,
        random.between(1, 9),
    );
    labels(out, random, project);
    if random.permille(550) {
        let _ = write!(
            out,
            r#""lifecycle":{{"rule":[{{"action":{{"type":"Delete"}},"condition":{{"age":{},"isLive":false}}}},{{"action":{{"storageClass":"NEARLINE","type":"SetStorageClass"}},"condition":{{"age":{}}}}}]}},"#,
            random.between(7, 365),
            random.between(30, 90)
        );
    } else {
        out.push_str(r#""lifecycle":{},"#);
    }
    let _ = write!(
        out,
        r#""location":"{region}","locationType":"{kind}","logging":{{"#
    );
    if random.permille(200) {
        let _ = write!(
            out,
            r#""logBucket":"acme-access-logs","logObjectPrefix":"{name}""#
        );
    }
    let _ = write!(
        out,
        r#"}},"metageneration":"{}","name":"{name}","projectNumber":"{}","#,
        random.between(1, 40),
        project.number
    );
    retention(out, random);
    let class = match random.below(1000) {
        0..3 => "DURABLE_REDUCED_AVAILABILITY",
        3..80 => "NEARLINE",
        80..120 => "ARCHIVE",
        _ => "STANDARD",
    };
    let created = random.between(30 * DAY, 3000 * DAY);
    let versioning = match random.below(1000) {
        0..150 => r#"{"enabled":false}"#,
        150..300 => "{}",
        _ => r#"{"enabled":true}"#,
    };
    let website = if random.permille(7) {
        r#"{"mainPageSuffix":"index.html","notFoundPage":"404.html"}"#
    } else {
        "{}"
    };
    let turbo = if kind == "dual-region" && random.permille(700) {
        "ASYNC_TURBO"
    } else {
        "DEFAULT"
    };
    let _ = write!(
        out,
        r#""rpo":"{turbo}","selfLink":"https://www.googleapis.com/storage/v1/b/{name}","storageClass":"{class}","timeCreated":"{}","updated":"{}","versioning":{versioning},"website":{website}"#,
        ago(created),
        ago(random.below(created))
    );
    close(
        out,
        random,
        &region.to_ascii_lowercase(),
        &ancestors(project),
    );
    BucketShape { name, uniform }
}

/// `acl` and `defaultObjectAcl`, which only buckets without uniform access have.
fn access_lists(
    out: &mut String,
    random: &mut Random,
    project: &Project,
    name: &str,
    uniform: bool,
) {
    if uniform {
        out.push_str(r#""acl":[],"#);
    } else {
        let _ = write!(
            out,
            r#""acl":[{{"bucket":"{name}","entity":"project-owners-{0}","id":"{name}/project-owners-{0}","kind":"storage#bucketAccessControl","projectTeam":{{"projectNumber":"{0}","team":"owners"}},"role":"OWNER"}}{1}],"#,
            project.number,
            if random.permille(60) {
                r#",{"entity":"allUsers","kind":"storage#bucketAccessControl","role":"READER"}"#
            } else {
                ""
            }
        );
    }
    let objects = if !uniform && random.permille(40) {
        r#"{"entity":"allAuthenticatedUsers","etag":"CAc=","kind":"storage#objectAccessControl","role":"READER"}"#
    } else {
        ""
    };
    let _ = write!(out, r#""defaultObjectAcl":[{objects}],"#);
}

fn retention(out: &mut String, random: &mut Random) {
    if random.permille(100) {
        let _ = write!(
            out,
            r#""retentionPolicy":{{"effectiveTime":"{}",{}"retentionPeriod":"{}"}},"#,
            ago(random.below(900 * DAY)),
            if random.permille(300) {
                r#""isLocked":true,"#
            } else {
                ""
            },
            random.pick(&["86400", "2592000", "2592000", "31536000", "220752000"])
        );
    } else {
        out.push_str(r#""retentionPolicy":{},"#);
    }
    let seconds = match random.below(1000) {
        0..35 => "0",
        35..900 => "604800",
        _ => "2592000",
    };
    let _ = write!(
        out,
        r#""softDeletePolicy":{{"effectiveTime":"2024-03-01T08:00:00Z","retentionDurationSeconds":"{seconds}"}},"#
    );
}

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

/// A custom role of the project; returns its position in [`CUSTOM_ROLES`].
pub(crate) fn custom_role(out: &mut String, random: &mut Random, project: &Project) -> usize {
    let role = random.below(CUSTOM_ROLES.len() as u64) as usize;
    let owner = format!("projects/{}", project.id);
    role_line(out, random, &owner, role, &ancestors(project));
    role
}

fn role_line(out: &mut String, random: &mut Random, owner: &str, role: usize, ancestors: &str) {
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
