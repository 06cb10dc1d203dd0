//! How the first outcomes of a stream's commands look in a snapshot file.

use docket_domain::{Rejection, StatusName};
use docket_schemas::attributes::{CommandDigest, CommandId};
use serde::{Deserialize, Serialize};

use super::{Id, Odd};
use crate::partition::outcomes::{FirstResult, Outcome, Outcomes};

#[derive(Serialize, Deserialize)]
pub(in super::super) struct OutcomeRow {
    id: Id,
    digest: [u8; 8],
    at: u32,
    sequence: u64,
    version: u32,
    result: ResultRow,
}

#[derive(Serialize, Deserialize)]
enum ResultRow {
    Applied(Option<StatusNameRow>),
    Unchanged(Option<StatusNameRow>),
    /// As it stands in a barrier, whose form never changes.
    Rejected(Vec<u8>),
}

#[derive(Serialize, Deserialize)]
struct Refusal(#[serde(with = "docket_schemas::rejection")] Rejection);

words! {
    StatusNameRow = StatusName { Open, Assigned, InProgress, OnHold, Resolved, Closed, Cancelled }
}

impl TryFrom<&Outcome> for OutcomeRow {
    type Error = Odd;

    fn try_from(outcome: &Outcome) -> Result<Self, Odd> {
        Ok(Self {
            id: outcome.id.0,
            digest: outcome.digest.0,
            at: outcome.at,
            sequence: outcome.sequence,
            version: outcome.version,
            result: match &outcome.result {
                FirstResult::Applied(status) => ResultRow::Applied(status.map(StatusNameRow::from)),
                FirstResult::Unchanged(status) => {
                    ResultRow::Unchanged(status.map(StatusNameRow::from))
                }
                FirstResult::Rejected(rejection) => ResultRow::Rejected(
                    serde_json::to_vec(&Refusal(Rejection::clone(rejection)))
                        .map_err(|_| Odd::Malformed)?,
                ),
                FirstResult::Newer => return Err(Odd::Newer),
            },
        })
    }
}

impl TryFrom<OutcomeRow> for Outcome {
    type Error = Odd;

    fn try_from(row: OutcomeRow) -> Result<Self, Odd> {
        Ok(Self {
            id: CommandId(row.id),
            digest: CommandDigest(row.digest),
            at: row.at,
            sequence: row.sequence,
            version: row.version,
            result: match row.result {
                ResultRow::Applied(status) => FirstResult::Applied(status.map(StatusName::from)),
                ResultRow::Unchanged(status) => {
                    FirstResult::Unchanged(status.map(StatusName::from))
                }
                ResultRow::Rejected(json) => {
                    let refusal: Refusal =
                        serde_json::from_slice(&json).map_err(|_| Odd::Malformed)?;
                    FirstResult::Rejected(Box::new(refusal.0))
                }
            },
        })
    }
}

/// The rows of a stream's outcomes, and back.
pub(in super::super) fn outcome_rows(outcomes: &Outcomes) -> Result<Vec<OutcomeRow>, Odd> {
    outcomes.iter().map(OutcomeRow::try_from).collect()
}

pub(in super::super) fn outcomes(rows: Vec<OutcomeRow>) -> Result<Outcomes, Odd> {
    let outcomes: Result<Vec<_>, _> = rows.into_iter().map(Outcome::try_from).collect();
    outcomes.map(Outcomes::restored)
}
