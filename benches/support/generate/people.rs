//! Members of bindings, in the proportions of a real estate.

use super::project::Project;
use super::words::{FAMILY, GIVEN, TEAMS, WORKLOADS};
use crate::support::random::Random;
use std::fmt::Write as _;

/// Writes one member other than the public ones into `out`.
pub(crate) fn member(out: &mut String, random: &mut Random, project: &Project) {
    // A String takes everything: `write!` into it cannot fail.
    let _ = match random.below(1000) {
        0..400 => write!(
            out,
            "serviceAccount:{}",
            project.account(random.below(project.accounts))
        ),
        400..600 => return person(out, random, "user:", "corp.example.com"),
        600..820 => write!(
            out,
            "group:gcp-{}-{}@corp.example.com",
            random.pick(&TEAMS),
            random.pick(&["admins", "developers", "viewers", "oncall", "leads", "ml"])
        ),
        820..888 => {
            let other = Project::named(random.below(project.index + 20), project.organization);
            write!(
                out,
                "serviceAccount:{}",
                other.account(random.below(other.accounts))
            )
        }
        888..950 => write!(
            out,
            "serviceAccount:service-{}@{}.iam.gserviceaccount.com",
            project.number,
            random.pick(&[
                "gcp-sa-aiplatform",
                "gcp-sa-pubsub",
                "compute-system",
                "container-engine-robot",
                "gcp-sa-cloudbuild",
                "dataflow-service-producer-prod",
                "serverless-robot-prod",
            ])
        ),
        950..964 => write!(
            out,
            "serviceAccount:{}-compute@developer.gserviceaccount.com",
            project.number
        ),
        964..969 => write!(
            out,
            "serviceAccount:{}@cloudservices.gserviceaccount.com",
            project.number
        ),
        969..976 => write!(
            out,
            "serviceAccount:{}.svc.id.goog[{}/{}]",
            project.id,
            random.pick(&TEAMS),
            random.pick(&WORKLOADS)
        ),
        976..979 => write!(
            out,
            "principalSet://iam.googleapis.com/projects/{}/locations/global/workloadIdentityPools/ci-pool/attribute.repository/acme-ai/{}",
            project.number,
            random.pick(&WORKLOADS)
        ),
        979..980 => write!(
            out,
            "principalSet://iam.googleapis.com/projects/{}/locations/global/workloadIdentityPools/ci-pool/*",
            project.number
        ),
        980..983 => write!(
            out,
            "principal://iam.googleapis.com/projects/{}/locations/global/workloadIdentityPools/ci-pool/subject/repo:acme-ai/{}:ref:refs/heads/main",
            project.number,
            random.pick(&WORKLOADS)
        ),
        983..985 => write!(
            out,
            "principalSet://iam.googleapis.com/locations/global/workforcePools/contractors/group/{}",
            random.pick(&TEAMS)
        ),
        985..987 => return person(out, random, "user:", "consultants.example.net"),
        987..988 => write!(
            out,
            "group:partners-{}@vendor.example.org",
            random.pick(&TEAMS)
        ),
        988..989 => write!(
            out,
            "deleted:serviceAccount:{}-{}@{}.iam.gserviceaccount.com?uid={}",
            random.pick(&WORKLOADS),
            random.below(100),
            project.id,
            random.between(100_000_000_000_000_000, 999_999_999_999_999_999)
        ),
        989..990 => {
            person(out, random, "deleted:user:", "corp.example.com");
            write!(
                out,
                "?uid={}",
                random.between(100_000_000_000, 999_999_999_999)
            )
        }
        990 => write!(
            out,
            "domain:{}",
            random.pick(&["corp.example.com", "labs.example.com"])
        ),
        _ => return person(out, random, "user:", "labs.example.com"),
    };
}

fn person(out: &mut String, random: &mut Random, prefix: &str, domain: &str) {
    let _ = write!(
        out,
        "{prefix}{}.{}{}@{domain}",
        random.pick(&GIVEN),
        random.pick(&FAMILY),
        random.below(9)
    );
}
