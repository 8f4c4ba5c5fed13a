//! Buckets, with the settings of the JSON API.

use super::super::project::Project;
use super::super::words::{CONTENTS, REGIONS};
use super::{DAY, ago, ancestors, close, labels, open};
use crate::support::random::Random;
use std::fmt::Write as _;

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
