//! As whom a workload runs.

use super::workloads::{Absent, SECOND_GENERATION, Workload};
use crate::estate::{Estate, Evidence, Record};
use crate::model::{GapReason, Member, MemberKind};

/// An account that something runs as.
pub(super) struct RunsAs<'e> {
    /// Its address; absent where the default is used and the input does not say the project's number or id.
    pub(super) address: Option<String>,
    pub(super) is_default: bool,
    /// Google's agent for code of customers. What it holds is not asked.
    pub(super) is_agent: bool,
    pub(super) evidence: &'e Evidence,
}

/// The accounts that a workload runs as, each once.
///
/// # Errors
/// Why the input cannot say.
pub(super) fn runs_as<'e>(
    workload: &Workload,
    record: &'e Record,
    estate: &Estate,
) -> Result<Vec<RunsAs<'e>>, (GapReason, &'e str)> {
    let fields: Vec<_> = workload
        .accounts
        .iter()
        .filter_map(|path| record.field(path))
        .collect();
    let mut accounts: Vec<RunsAs<'e>> = Vec::new();
    for point in fields.iter().flat_map(|field| &field.values) {
        let Some(text) = point.value.as_text() else {
            continue;
        };
        // As an address, or as the name of the account's resource.
        let text = text.rsplit('/').next().unwrap_or(text);
        let account = match text {
            "" | "default" => default_account(Absent::Compute, record, estate, &point.evidence),
            address => RunsAs {
                is_default: is_default(address),
                is_agent: false,
                address: Some(address.to_owned()),
                evidence: &point.evidence,
            },
        };
        if accounts
            .iter()
            .all(|known| known.address != account.address)
        {
            accounts.push(account);
        }
    }
    if !accounts.is_empty() {
        return Ok(accounts);
    }
    if let Some((reason, pointer)) = fields.iter().find_map(|field| field.lacks.as_ref()) {
        return Err((*reason, pointer));
    }
    let second = record
        .field(SECOND_GENERATION)
        .is_some_and(|field| !field.values.is_empty());
    if let Absent::AgentIfTold(path) = workload.absent
        && record
            .field(path)
            .is_none_or(|field| field.values.is_empty())
    {
        let sentence = "Cloud Asset Inventory does not tell the models that are deployed to endpoints; `scan --via apis` reads them";
        return Err((GapReason::InputMissing, sentence));
    }
    Ok(match workload.absent {
        Absent::Nobody | Absent::Agent | Absent::AgentIfTold(_) => Vec::new(),
        Absent::CustomCode => vec![RunsAs {
            is_agent: true,
            ..default_account(Absent::CustomCode, record, estate, &record.evidence)
        }],
        Absent::AppEngine if second => {
            vec![default_account(
                Absent::Compute,
                record,
                estate,
                &record.evidence,
            )]
        }
        absent => vec![default_account(absent, record, estate, &record.evidence)],
    })
}

fn is_default(address: &str) -> bool {
    let member = format!("serviceAccount:{address}");
    Member::parse(&member).kind == MemberKind::DefaultServiceAccount
}

/// The default account of the record's project.
fn default_account<'e>(
    absent: Absent,
    record: &Record,
    estate: &Estate,
    evidence: &'e Evidence,
) -> RunsAs<'e> {
    let owner = record
        .named_owner()
        .or_else(|| record.owner())
        .unwrap_or_default();
    let number = |node: &str| node.bytes().all(|b| b.is_ascii_digit());
    let spellings = [
        Some(&*owner),
        estate.alias(&owner),
        record.ancestors.first().map(AsRef::as_ref),
    ];
    let mut projects = spellings
        .into_iter()
        .flatten()
        .filter_map(|node| node.strip_prefix("projects/"));
    let address = match absent {
        Absent::AppEngine => projects
            .find(|project| !number(project))
            .map(|id| format!("{id}@appspot.gserviceaccount.com")),
        Absent::CustomCode => projects
            .find(|project| number(project))
            .map(|number| format!("service-{number}@gcp-sa-aiplatform-cc.iam.gserviceaccount.com")),
        _ => projects
            .find(|project| number(project))
            .map(|number| format!("{number}-compute@developer.gserviceaccount.com")),
    };
    RunsAs {
        address,
        is_default: true,
        is_agent: false,
        evidence,
    }
}
