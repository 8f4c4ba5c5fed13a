//! The identity of a project, so that its resources, its policies and its neighbours agree about it.

use super::words::{TEAMS, WORKLOADS};
use crate::support::random::Random;

/// The organisation's number.
pub(crate) const ORGANIZATION: u64 = 418_203_965_571;

/// Projects under one folder.
pub(crate) const PROJECTS_PER_FOLDER: u64 = 12;

/// One project of the invented organisation. Everything follows from its index.
pub(crate) struct Project {
    /// Position in the export.
    pub(crate) index: u64,
    /// The organisation's number.
    pub(crate) organization: u64,
    /// Number of the folder it is in.
    pub(crate) folder: u64,
    /// Project number.
    pub(crate) number: u64,
    /// Project id.
    pub(crate) id: String,
    /// `prod`, `staging`, `dev` or `test`.
    pub(crate) environment: &'static str,
    /// The team that owns it.
    pub(crate) team: &'static str,
    /// How many service accounts it has.
    pub(crate) accounts: u64,
}

impl Project {
    /// The project at `index`.
    pub(crate) fn named(index: u64, organization: u64) -> Project {
        // A stream of its own: asking for a neighbour must not move anybody else's numbers.
        let mut random = Random::new(0x70_72_6f_6a, index + 1);
        let environment = *random.pick(&["prod", "prod", "staging", "dev", "dev", "test"]);
        let team = *random.pick(&TEAMS);
        Project {
            index,
            organization,
            folder: folder_number(index / PROJECTS_PER_FOLDER),
            number: 200_000_000_000 + index * 7_919 + random.below(7_919),
            id: format!("acme-{team}-{environment}-{index:05}"),
            environment,
            team,
            accounts: random.tail(2, 40, 810),
        }
    }

    /// The address of its service account at `position`.
    pub(crate) fn account(&self, position: u64) -> String {
        let workload = WORKLOADS[((position + self.index) % WORKLOADS.len() as u64) as usize];
        let rank = if self.index.is_multiple_of(97) && position == 1 {
            "-admin"
        } else {
            ""
        };
        format!(
            "{workload}{rank}-{position:02}@{}.iam.gserviceaccount.com",
            self.id
        )
    }

    /// The numeric id of the service account at `position`, which names it in exports.
    pub(crate) fn account_id(&self, position: u64) -> u64 {
        100_000_000_000_000_000 + (self.number << 8) + position
    }
}

/// The number of the folder at `index`.
pub(crate) fn folder_number(index: u64) -> u64 {
    600_000_000_000 + index * 104_729
}
