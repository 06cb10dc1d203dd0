//! Logs, metrics and traces, the same for every process.

mod metrics;
mod trace;

use std::error::Error as StdError;
use std::fmt::{self, Display};
use std::io::IsTerminal as _;

use serde::Deserialize;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

pub use self::metrics::Metrics;
pub use self::trace::{SpanId, TraceContext, TraceId};
use crate::config::{Check, ConfigError};

/// How logs are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// A line of JSON per event, for machines.
    Json,
    /// A line of text per event, for people.
    #[default]
    Text,
}

/// What is logged, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TelemetryConfig {
    /// `json` or `text`. Default: `text`.
    pub log_format: LogFormat,
    /// Levels, such as `info,docket_command_api=debug`. Default: `info`.
    pub log_filter: String,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            log_format: LogFormat::default(),
            log_filter: "info".into(),
        }
    }
}

impl Check for TelemetryConfig {
    fn check(&self) -> Result<(), ConfigError> {
        let parsed = EnvFilter::try_new(&self.log_filter);
        let why = parsed
            .as_ref()
            .err()
            .map(|error| format!("is no filter: {error}"));
        ConfigError::unless(
            parsed.is_ok(),
            "telemetry.log_filter",
            why.unwrap_or_default(),
        )
    }
}

/// The process has a log already.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `log_filter` can't be parsed.
    #[error("telemetry.log_filter is no filter")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Called twice.
    #[error("the process's log is set up already")]
    Twice(#[source] Box<dyn StdError + Send + Sync>),
}

/// Sets up the process's log, on standard error; standard output is for what the user asked for.
pub fn init(config: &TelemetryConfig) -> Result<(), Error> {
    let builder = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        // Colours are for eyes; in a file they are noise.
        .with_ansi(std::io::stderr().is_terminal())
        .with_span_events(FmtSpan::NONE)
        .with_env_filter(EnvFilter::try_new(&config.log_filter)?);
    let done = match config.log_format {
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .try_init(),
        LogFormat::Text => builder.try_init(),
    };
    done.map_err(Error::Twice)
}

/// An error with all its causes in one line, for the one place that logs it:
/// `tracing::error!(error = %Chain(&error), "...")`.
#[derive(Clone, Copy)]
pub struct Chain<'a>(pub &'a dyn StdError);

impl Display for Chain<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.0.to_string();
        formatter.write_str(&said)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            // Foreign errors (sqlx, librdkafka) like to end with their cause already.
            if !said.ends_with(&text) {
                write!(formatter, ": {text}")?;
                said = text;
            }
            source = cause.source();
        }
        Ok(())
    }
}
