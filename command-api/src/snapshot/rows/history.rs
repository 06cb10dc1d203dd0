//! How what every stream keeps of its events looks in a snapshot file.

use docket_domain::History;
use serde::{Deserialize, Serialize};

use super::{Odd, time};

#[derive(Serialize, Deserialize)]
pub(in super::super) struct HistoryRow {
    version: u32,
    source_sequence: Option<u64>,
    as_of: i128,
}

impl From<History> for HistoryRow {
    fn from(history: History) -> Self {
        let History {
            version,
            source_sequence,
            as_of,
        } = history;
        Self {
            version,
            source_sequence,
            as_of: as_of.as_nanosecond(),
        }
    }
}

impl TryFrom<HistoryRow> for History {
    type Error = Odd;

    fn try_from(row: HistoryRow) -> Result<Self, Odd> {
        Ok(Self {
            version: row.version,
            source_sequence: row.source_sequence,
            as_of: time(row.as_of)?,
        })
    }
}
