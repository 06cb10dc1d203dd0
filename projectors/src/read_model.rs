//! The read model: tickets as they are, their timelines, and what full-text search needs;
//! consultants, customers and the catalogue.
//!
//! Guarantees: rows and checkpoint change in one transaction, so every record has its effect
//! exactly once, however many projectors work on a generation and however often they die; a
//! record that can't be applied parks its own stream only; a database that is down delays the
//! view and loses nothing.

mod batch;
mod catalogue;
mod consultant;
mod customer;
mod entry;
mod fold;
mod personal;
mod progress;
mod row;
mod rows;
mod sql;
mod start;
mod store;
mod task;
mod words;

use std::time::Duration;

use docket_event_log::Partition;
use docket_service::config::{Check, ConfigError};
use docket_service::telemetry::Chain;
use serde::Deserialize;
use uuid::Uuid;

pub use fold::{FoldError, RecordPlace, TimelineRow, apply};
pub use progress::{PartitionProgress, Progress, State};
pub use row::{CallerJson, PlaceJson, TicketRow};
pub use start::{Handle, start};
pub use store::Store;

/// Section `read_model`: the view's database and how it is filled.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PgConfig {
    /// Where, such as `postgres://user@host/database`. Default: `postgres://localhost/docket`.
    pub url: String,
    /// The generation: a Postgres schema of its own. Default: `read_model_1`.
    pub schema: String,
    /// The most connections; one per partition at work. Default: 8.
    pub connections_max: u32,
    /// How long to wait for a connection before the database counts as down. Default: 5,000.
    pub connect_timeout_ms: u64,
    /// The most records that one transaction takes together; a batch is otherwise what has
    /// arrived. Default: 5,000.
    pub batch_records_max: usize,
}

impl Default for PgConfig {
    fn default() -> Self {
        Self {
            url: "postgres://localhost/docket".to_owned(),
            schema: "read_model_1".to_owned(),
            connections_max: 8,
            connect_timeout_ms: 5_000,
            batch_records_max: 5_000,
        }
    }
}

impl PgConfig {
    /// The defaults, for a database.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            ..Self::default()
        }
    }

    fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }
}

impl Check for PgConfig {
    fn check(&self) -> Result<(), ConfigError> {
        let none = "is 0, so that nothing would work";
        ConfigError::unless(self.connections_max > 0, "read_model.connections_max", none)?;
        ConfigError::unless(
            self.connect_timeout_ms > 0,
            "read_model.connect_timeout_ms",
            none,
        )?;
        ConfigError::unless(
            self.batch_records_max > 0,
            "read_model.batch_records_max",
            none,
        )?;
        let usable = docket_migrations::connect_options(&self.url, &self.schema);
        let (field, why) = match &usable {
            Err(error @ docket_migrations::Error::SchemaName(_)) => {
                ("read_model.schema", error.to_string())
            }
            Err(error) => ("read_model.url", Chain(error).to_string()),
            Ok(_) => ("", String::new()),
        };
        ConfigError::unless(usable.is_ok(), field, format!("can't be used: {why}"))
    }
}

/// Why the view can't go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The view's tables can't be made.
    #[error("the read model's tables can't be prepared")]
    Prepare(#[from] docket_migrations::Error),
    /// The database failed; worth another try.
    #[error("the read model's database failed")]
    Database(#[from] sqlx::Error),
    /// The log can't be read on.
    #[error("the log can't be read")]
    Log(#[from] docket_event_log::Error),
    /// The generation belongs to another log.
    #[error(
        "the read model was made from log {view}, but this is log {log}: name another schema (a \
         new generation is filled from the log), or the right log"
    )]
    OtherLog {
        /// The log in the view's checkpoints.
        view: Uuid,
        /// The log that was opened.
        log: Uuid,
    },
    /// The generation has other partitions than the log.
    #[error("the read model has checkpoints of {view} partitions, the log has {log}")]
    OtherPartitions {
        /// In the view.
        view: usize,
        /// In the log.
        log: u16,
    },
    /// The checkpoint isn't one.
    #[error("the checkpoint of partition {partition} holds no hash: rebuild the read model")]
    Checkpoint {
        /// Which.
        partition: Partition,
    },
}

impl Error {
    /// Whether it may go away by itself: a server that is down comes back.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Database(_) => true,
            Self::Prepare(docket_migrations::Error::Database(error)) => {
                !matches!(error, sqlx::Error::Configuration(_))
            }
            Self::Log(error) => matches!(error, docket_event_log::Error::Unavailable { .. }),
            Self::Prepare(_)
            | Self::OtherLog { .. }
            | Self::OtherPartitions { .. }
            | Self::Checkpoint { .. } => false,
        }
    }
}
