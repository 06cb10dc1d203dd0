//! What became of everything: counted for the screen, line by line for the report file.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ImportError;
use super::item::{Line, Unmapped};

/// One outcome line of the bulk answer, as far as it matters here.
#[derive(Debug, Deserialize)]
pub(super) struct Outcome {
    pub(super) idempotency_key: Option<String>,
    pub(super) status: u16,
    #[serde(rename = "outcome")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) problem: Value,
}

/// An import in numbers.
#[derive(Clone, Default, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Rows or lines of the file.
    pub rows: u64,
    /// Rows that say what the row before said.
    pub rows_unchanged: u64,
    /// Commands answered.
    pub commands: u64,
    /// Commands that became an event, in this run or an earlier one: a command that is repeated is
    /// answered as the first time.
    pub applied: u64,
    /// Commands whose effect was there already.
    pub unchanged: u64,
    /// Commands refused, by the problem's title.
    pub refused: BTreeMap<String, Refusals>,
    /// What no command expresses, by reason.
    pub unmapped: BTreeMap<String, u64>,
    /// How often the connection had to be made again.
    pub reconnects: u64,
}

/// Commands refused for one kind of reason.
#[derive(Clone, Default, Debug, PartialEq, Eq, Serialize)]
pub struct Refusals {
    /// How many.
    pub count: u64,
    /// The first of them, in words.
    pub first: String,
}

impl Summary {
    /// How many commands were refused.
    pub fn refused_count(&self) -> u64 {
        self.refused.values().map(|refusals| refusals.count).sum()
    }

    /// Whether something was brought, and nothing at all got in: a token of the wrong role, or a
    /// file of another format.
    pub fn is_futile(&self) -> bool {
        !self.is_complete() && self.applied + self.unchanged == 0
    }

    /// Whether every row was mapped and every command taken.
    pub fn is_complete(&self) -> bool {
        self.refused.is_empty() && self.unmapped.is_empty()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rows,
            rows_unchanged,
            commands,
            applied,
            unchanged,
            refused,
            unmapped,
            reconnects,
        } = self;
        writeln!(
            f,
            "{rows:>9} rows read, {rows_unchanged} of them changed nothing"
        )?;
        writeln!(
            f,
            "{commands:>9} commands: {applied} applied (in this run or an earlier one), {unchanged} \
             already so"
        )?;
        writeln!(f, "{:>9} commands refused", self.refused_count())?;
        for (title, Refusals { count, first }) in refused {
            writeln!(f, "{count:>17}  {title}; first: {first}")?;
        }
        let total: u64 = unmapped.values().sum();
        writeln!(f, "{total:>9} things that no command expresses")?;
        for (reason, count) in unmapped {
            writeln!(f, "{count:>17}  {reason}")?;
        }
        if *reconnects > 0 {
            writeln!(f, "{reconnects:>9} times the connection was made again")?;
        }
        Ok(())
    }
}

/// A line of the report file.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Entry<'a> {
    Unmapped(&'a Unmapped),
    Refused {
        row: u64,
        reference: &'a str,
        command: &'a str,
        status: u16,
        problem: &'a Value,
    },
}

/// Takes down what became of each row and command.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) summary: Summary,
    file: Option<(PathBuf, BufWriter<File>)>,
}

impl Report {
    pub(super) fn create(path: Option<&Path>) -> Result<Self, ImportError> {
        let file = path
            .map(|path| match File::create(path) {
                Ok(file) => Ok((path.to_owned(), BufWriter::new(file))),
                Err(source) => Err(ImportError::Report {
                    path: path.to_owned(),
                    source,
                }),
            })
            .transpose()?;
        Ok(Self {
            summary: Summary::default(),
            file,
        })
    }

    pub(super) fn rows(&mut self, read: u64, unchanged: u64) {
        self.summary.rows += read;
        self.summary.rows_unchanged += unchanged;
    }

    pub(super) fn unmapped(&mut self, unmapped: &Unmapped) -> Result<(), ImportError> {
        count(&mut self.summary.unmapped, unmapped.reason);
        self.write(&Entry::Unmapped(unmapped))
    }

    /// Everything but `unavailable`, which is no outcome yet.
    pub(super) fn outcome(&mut self, line: &Line, outcome: &Outcome) -> Result<(), ImportError> {
        self.summary.commands += 1;
        match outcome.kind.as_str() {
            "applied" => self.summary.applied += 1,
            "unchanged" => self.summary.unchanged += 1,
            other => {
                let title = outcome.problem["title"].as_str().unwrap_or(other);
                let refusals = self.summary.refused.entry(title.to_owned()).or_default();
                if refusals.count == 0 {
                    refusals.first = format!(
                        "row {}, {} of {}: {}",
                        line.row,
                        line.command,
                        line.reference,
                        outcome.problem["detail"].as_str().unwrap_or(title)
                    );
                }
                refusals.count += 1;
                self.write(&Entry::Refused {
                    row: line.row,
                    reference: &line.reference,
                    command: &line.command,
                    status: outcome.status,
                    problem: &outcome.problem,
                })?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Summary, ImportError> {
        if let Some((path, file)) = &mut self.file {
            file.flush().map_err(|source| report_error(path, source))?;
        }
        Ok(self.summary)
    }

    fn write(&mut self, entry: &Entry<'_>) -> Result<(), ImportError> {
        let Some((path, file)) = &mut self.file else {
            return Ok(());
        };
        serde_json::to_writer(&mut *file, entry)
            .map_err(Into::into)
            .and_then(|()| file.write_all(b"\n"))
            .map_err(|source| report_error(path, source))
    }
}

fn count(counts: &mut BTreeMap<String, u64>, what: &str) {
    *counts.entry(what.to_owned()).or_default() += 1;
}

fn report_error(path: &Path, source: std::io::Error) -> ImportError {
    ImportError::Report {
        path: path.to_owned(),
        source,
    }
}
