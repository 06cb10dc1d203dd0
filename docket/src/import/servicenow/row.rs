//! One row of the export: cells by column, `?` and nothing both meaning "unknown".

use std::collections::HashMap;
use std::sync::Arc;

use csv::StringRecord;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::import::ImportError;

/// Without these columns nothing can be said of any incident.
const REQUIRED: [&str; 3] = ["number", "incident_state", "sys_updated_at"];

/// Columns that have a place of their own in Docket.
const MAPPED: &[&str] = &[
    "number",
    "incident_state",
    "opened_at",
    "sys_updated_at",
    "caller_id",
    "category",
    "priority",
    "short_description",
    "description",
    "assignment_group",
    "assigned_to",
    "closed_code",
    "close_notes",
    "resolved_by",
    "resolved_at",
    "closed_at",
];

/// Columns that are not taken over: Docket counts for itself, `active` repeats the state, and who
/// edited a row is often a batch job.
const LEFT_OUT: &[&str] = &[
    "active",
    "reassignment_count",
    "reopen_count",
    "sys_mod_count",
    "sys_updated_by",
];

/// How the export writes times; it names no time zone, and UTC is assumed.
const TIME_FORMATS: [&str; 3] = ["%d-%m-%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M"];

/// Where each column is.
#[derive(Debug)]
pub(super) struct Columns {
    at: HashMap<String, usize>,
    /// All other columns, which become free fields of the ticket: (index, field).
    pub(super) fields: Vec<(usize, String)>,
}

impl Columns {
    pub(super) fn new(heading: &StringRecord) -> Result<Self, ImportError> {
        let at: HashMap<String, usize> = heading
            .iter()
            .enumerate()
            .map(|(index, name)| (name.trim().to_owned(), index))
            .collect();
        let missing: Vec<&str> = REQUIRED
            .into_iter()
            .filter(|name| !at.contains_key(*name))
            .collect();
        if !missing.is_empty() {
            return Err(ImportError::Columns {
                missing: missing.join(", "),
            });
        }
        let mut fields: Vec<(usize, String)> = at
            .iter()
            .filter(|(name, _)| {
                !name.is_empty()
                    && !MAPPED.contains(&name.as_str())
                    && !LEFT_OUT.contains(&name.as_str())
            })
            .map(|(name, index)| (*index, format!("servicenow_{name}")))
            .collect();
        fields.sort_unstable();
        Ok(Self { at, fields })
    }
}

/// A row's cells.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) columns: Arc<Columns>,
    cells: StringRecord,
    /// The line of the file, from 1, the heading included.
    line: u64,
}

impl Row {
    pub(super) fn new(columns: &Arc<Columns>, cells: StringRecord, line: u64) -> Self {
        Self {
            columns: Arc::clone(columns),
            cells,
            line,
        }
    }

    /// The line of the file, from 1, the heading included.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    pub(super) fn number(&self) -> Option<&str> {
        self.get("number")
    }

    /// The cell of that column, unless it is unknown.
    pub(super) fn get(&self, column: &str) -> Option<&str> {
        self.columns
            .at
            .get(column)
            .and_then(|index| self.at(*index))
    }

    /// The cell at that index, unless it is unknown.
    pub(super) fn at(&self, index: usize) -> Option<&str> {
        self.cells
            .get(index)
            .map(str::trim)
            .filter(|cell| !cell.is_empty() && *cell != "?")
    }

    /// The time in that column, as far as it says one.
    pub(super) fn time(&self, column: &str) -> Option<Timestamp> {
        let text = self.get(column)?;
        TIME_FORMATS
            .iter()
            .find_map(|format| DateTime::strptime(format, text).ok())
            .and_then(|time| time.to_zoned(TimeZone::UTC).ok())
            .map(|time| time.timestamp())
    }
}
