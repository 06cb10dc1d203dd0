//! `docket import`: histories of other systems, brought in through the bulk command API.
//!
//! Idempotent for ever: every command carries a source sequence that is the same in each run, and
//! the log keeps the highest it has seen per ticket, so running an import again (after an
//! interruption, or years later with rows added) does only what is left. Nothing is lost silently:
//! each row that no command expresses and each command that the server refused is reported.

mod item;
mod neutral;
mod progress;
pub mod reference;
mod report;
mod send;
mod servicenow;
mod source;

use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::ValueEnum;
use tokio::sync::mpsc;

pub use item::{Item, Line, Unmapped};
pub use report::{Refusals, Summary};

use report::Report;

/// Items read ahead of what is being sent.
const READ_AHEAD_ITEMS: usize = 1_024;

/// How the file is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Format {
    /// Docket's own neutral format, NDJSON.
    Neutral,
    /// A ServiceNow incident log, CSV.
    Servicenow,
}

impl Format {
    /// What the other system is called unless somebody says otherwise.
    const fn source(self) -> &'static str {
        match self {
            Self::Neutral => "import",
            Self::Servicenow => "servicenow",
        }
    }
}

/// What to import, and whereto.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// The file, gzip or not.
    pub file: PathBuf,
    /// How it is written.
    pub format: Format,
    /// What the other system is called; part of every id and idempotency key.
    pub source: Option<String>,
    /// Where Docket answers, such as `http://127.0.0.1:8080`.
    pub url: String,
    /// A token of the role importer.
    pub token: String,
    /// Where to write what was not mapped or was refused, as NDJSON.
    pub report: Option<PathBuf>,
    /// Whether to show on standard error how far it is.
    pub progress: bool,
}

/// Why an import ended before its end. Running it again goes on where it stopped.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file can't be read.
    #[error("could not read {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file broke off while it was read.
    #[error("could not read on (is the file complete?)")]
    Read(#[from] io::Error),
    /// It is not the CSV it should be.
    #[error("could not read the CSV file")]
    Csv(#[from] csv::Error),
    /// It is some other CSV.
    #[error(
        "this is no ServiceNow incident log: its heading lacks {missing} (without `--from \
         servicenow` a file is read as NDJSON)"
    )]
    Columns {
        /// The missing columns.
        missing: String,
    },
    /// The report can't be written.
    #[error("could not write the report {path}")]
    Report {
        /// Whereto.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The address is none.
    #[error("{url} is not an address of the form http://HOST:PORT")]
    Url {
        /// As given.
        url: String,
    },
    /// Docket doesn't take the token.
    #[error(
        "Docket refused the token ({detail}): give one of the role importer, in --token or \
         DOCKET_TOKEN (`docket token --role importer` makes one for the all-in-one)"
    )]
    Token {
        /// Docket's word on it.
        detail: String,
    },
    /// Docket doesn't take the request as such.
    #[error("{url} answered {status}: {detail}")]
    Refused {
        /// Whom we asked.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What it said.
        detail: String,
    },
    /// Nobody answers, for too long.
    #[error(
        "no answer from {url} for {seconds} s ({detail}); {answered} commands were answered. \
         Run the same import again: it goes on where it stopped"
    )]
    Unreachable {
        /// Whom we asked.
        url: String,
        /// How long it was tried since the last answer.
        seconds: u64,
        /// The last failure.
        detail: String,
        /// Commands answered so far.
        answered: u64,
    },
    /// The answers don't fit the lines.
    #[error("Docket's answer can't be understood: {detail}")]
    Protocol {
        /// What it was.
        detail: String,
    },
}

/// Imports a file. Returns when every line of it is answered.
pub async fn import(options: &ImportOptions) -> Result<Summary, ImportError> {
    let (input, extent) = source::open(&options.file)?;
    let report = Report::create(options.report.as_deref())?;
    let progress = progress::Progress::new(options.progress, extent);
    let target = send::Target::new(&options.url, &options.token)?;
    target.check().await?;

    let (sender, items) = mpsc::channel(READ_AHEAD_ITEMS);
    let format = options.format;
    let name = options
        .source
        .clone()
        .unwrap_or_else(|| format.source().to_owned());
    let reading = tokio::task::spawn_blocking(move || {
        let mut sink = |item| match sender.blocking_send(item) {
            Ok(()) => ControlFlow::Continue(()),
            // Sending has failed and says why itself.
            Err(_) => ControlFlow::Break(()),
        };
        match format {
            Format::Neutral => neutral::read(input, &name, &mut sink),
            Format::Servicenow => servicenow::read(input, &name, &mut sink),
        }
    });
    let summary = send::Sending::new(target, items, report, progress)
        .run()
        .await?;
    reading.await.map_err(io::Error::other)??;
    Ok(summary)
}
