//! What analyses read from the estate besides their grants and records, so that it is there.

use super::{BUCKET, Kind, custom_roles, public_access_prevention};
use crate::access::escalation::Constraints;
use crate::rules::asks::Asks;

const ACCOUNT: &str = "iam.googleapis.com/ServiceAccount";
const FOLDER: &str = "cloudresourcemanager.googleapis.com/Folder";
const MODEL: &str = "aiplatform.googleapis.com/Model";
const ORGANIZATION: &str = "cloudresourcemanager.googleapis.com/Organization";
const PERIMETER: &str = "accesscontextmanager.googleapis.com/ServicePerimeter";
const PROJECT: &str = "cloudresourcemanager.googleapis.com/Project";
const ROLE: &str = "iam.googleapis.com/Role";

impl Kind {
    /// Adds what the analysis reads from the estate.
    pub(crate) fn add_facts(&self, asks: &mut Asks) {
        match self {
            Kind::Accounts(_) | Kind::CrossProject | Kind::LastAuthentication(_) => {
                asks.add_settings(&[ACCOUNT]);
            }
            Kind::EscalationPaths => {
                asks.add_settings(&[ACCOUNT, ROLE]);
                asks.add_constraints(Constraints::names().iter().copied());
            }
            Kind::CustomRoles(ask) => {
                asks.add_settings(&[ROLE]);
                if matches!(ask, custom_roles::Ask::Bound) {
                    asks.add_policies(&[]);
                }
            }
            Kind::PolicyShape(_) => asks.add_policies(&[]),
            // Audit configurations stand in allow policies.
            Kind::DataAccessLogs(_) | Kind::ExemptedMembers => {
                asks.add_settings(&[PROJECT]);
                asks.add_policies(&[PROJECT, FOLDER, ORGANIZATION]);
            }
            Kind::OrgConstraint(asked) => {
                asks.add_settings(&[ORGANIZATION, PROJECT]);
                asks.add_constraints(asked.constraints());
            }
            Kind::OrgOverride(_) => asks.add_org_policies(),
            Kind::PublicAccessPrevention(_) => {
                asks.add_settings(&[BUCKET]);
                asks.add_constraints([public_access_prevention::CONSTRAINT]);
            }
            Kind::PublicBucket(_) => {
                asks.add_settings(&[BUCKET, PERIMETER]);
                asks.add_constraints([public_access_prevention::CONSTRAINT]);
            }
            Kind::ModelArtifacts | Kind::TrainingWriters(_) => {
                asks.add_settings(&[BUCKET, MODEL]);
                asks.add_policies(&[BUCKET]);
            }
            Kind::Conditions(_) | Kind::Buckets(_) => asks.add_settings(&[BUCKET]),
            Kind::ServicePerimeters => asks.add_settings(&[BUCKET, PERIMETER]),
            Kind::RequiredBindings(_)
            | Kind::Requires(_)
            | Kind::Groups(_)
            | Kind::Separation(_)
            | Kind::AuthorizedResources
            | Kind::AtMost(_)
            | Kind::EnvironmentSecrets(_)
            | Kind::KeyAccess(_)
            | Kind::Lifespan(_)
            | Kind::Link(_)
            | Kind::Recommendations(_)
            | Kind::WorkloadAccount(_) => {}
        }
    }
}
