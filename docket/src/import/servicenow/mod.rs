//! A ServiceNow incident log: a CSV export with one row per change of an incident. docs/import.md
//! has the whole mapping.
//!
//! The rows of an incident must stand together, in order; that way an import of any length needs
//! the memory of one incident (and eight bytes for each one met, to notice those torn apart).

mod content;
mod incident;
mod row;
mod state;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::ImportError;
use super::item::{Item, Unmapped};
use row::{Columns, Row};

/// Reads the whole export and hands on its commands, until `sink` breaks off.
pub(super) fn read(
    input: impl Read,
    source: &str,
    sink: &mut dyn FnMut(Item) -> ControlFlow<()>,
) -> Result<(), ImportError> {
    // Strict: a row with more or fewer cells than the heading is misread, as after a quote that is
    // never closed, and must not become a ticket.
    let mut csv = csv::Reader::from_reader(input);
    let heading = csv.headers()?.clone();
    let columns = Arc::new(Columns::new(&heading)?);
    // The csv crate takes the LF of a CR LF for the next row's.
    let breaks = heading.iter().map(|cell| cell.matches('\n').count() as u64);
    let lines_short = (2 + breaks.sum::<u64>()).saturating_sub(csv.position().line());
    let mut incidents = Incidents {
        source,
        lines_short,
        rows: Vec::new(),
        met: HashSet::new(),
        sink,
    };
    for record in csv.into_records() {
        let flow = match record {
            Ok(record) => {
                let line = incidents.line(record.position());
                incidents.push(Row::new(&columns, record, line))
            }
            // A row that isn't text is one row lost, an input that can't be read is the end.
            Err(error) if error.is_io_error() => return Err(error.into()),
            Err(error) => incidents.unreadable(&error),
        };
        if flow.is_break() {
            return Ok(());
        }
    }
    let _ = incidents.finish();
    Ok(())
}

/// Gathers the rows of one incident after the other.
struct Incidents<'a> {
    source: &'a str,
    /// How many lines the parser's count is behind.
    lines_short: u64,
    rows: Vec<Row>,
    met: HashSet<u64>,
    sink: &'a mut dyn FnMut(Item) -> ControlFlow<()>,
}

impl Incidents<'_> {
    /// The line of the file, from 1, the heading included.
    fn line(&self, position: Option<&csv::Position>) -> u64 {
        position.map_or(0, |position| position.line() + self.lines_short)
    }

    fn push(&mut self, row: Row) -> ControlFlow<()> {
        let Some(number) = row.number() else {
            return self.unmapped(
                &row,
                "no_number",
                "the row names no incident (column number)",
            );
        };
        if self.rows.first().and_then(Row::number) != Some(number) {
            self.finish()?;
            let mut hasher = DefaultHasher::new();
            number.hash(&mut hasher);
            if !self.met.insert(hasher.finish()) {
                return self.unmapped(
                    &row,
                    "torn_apart",
                    "other incidents stand between this row and the earlier ones of its incident: \
                     sort the export by number, then by sys_updated_at",
                );
            }
        }
        self.rows.push(row);
        ControlFlow::Continue(())
    }

    fn finish(&mut self) -> ControlFlow<()> {
        let rows = std::mem::take(&mut self.rows);
        incident::map(self.source, &rows)
            .into_iter()
            .try_for_each(|item| (self.sink)(item))
    }

    fn unmapped(&mut self, row: &Row, reason: &'static str, detail: &str) -> ControlFlow<()> {
        (self.sink)(Item::Rows {
            read: 1,
            unchanged: 0,
        })?;
        (self.sink)(Item::Unmapped(Unmapped {
            row: row.line(),
            reference: row.number().unwrap_or_default().to_owned(),
            reason,
            detail: detail.to_owned(),
        }))
    }

    fn unreadable(&mut self, error: &csv::Error) -> ControlFlow<()> {
        (self.sink)(Item::Rows {
            read: 1,
            unchanged: 0,
        })?;
        let row = self.line(error.position());
        (self.sink)(Item::Unmapped(Unmapped {
            row,
            reference: String::new(),
            reason: "unreadable",
            detail: match error.kind() {
                csv::ErrorKind::UnequalLengths {
                    expected_len, len, ..
                } => format!(
                    "the row has {len} cells, the heading {expected_len}: is a quote missing?"
                ),
                _ => error.to_string(),
            },
        }))
    }
}
