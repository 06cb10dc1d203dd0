//! How any view follows the log: what the views share, and all that they share.
//!
//! Guarantees, for every view: rows and checkpoint change in one transaction, so every record
//! has its effect exactly once, however many projectors work on a generation and however often
//! they die; a record that can't be applied parks its own stream only; a database that is down
//! delays the view and loses nothing.

mod batch;
mod config;
mod place;
mod progress;
mod redrive;
mod start;
mod store;
mod table;
mod task;

pub(crate) mod sql;

use std::collections::HashSet;

use docket_domain::EventContext;
use docket_domain::stream::{Event, StreamId};
use docket_event_log::Partition;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

pub use config::{Section, ViewConfig};
pub(crate) use place::to_micros;
pub use place::{FoldError, RecordPlace};
pub use progress::{PartitionProgress, Progress, State};
pub use redrive::{Parked, ParkedStream, Redriven};
pub use start::Handle;
pub(crate) use start::start;
pub(crate) use table::Table;

/// A view: what it is made of, and how an event changes its rows.
pub(crate) trait View: Section {
    /// The rows that a batch is folded on, and what it makes of them.
    type Rows: Send;

    /// Its tables, those of the checkpoint and the dead letters among them.
    fn migrator() -> &'static Migrator;

    /// Whether it is made of records with this key, be the id in it readable or not.
    fn shows(key: &[u8]) -> bool;

    /// The rows of these streams, as they are.
    fn read(
        connection: &mut PgConnection,
        streams: &HashSet<StreamId>,
    ) -> impl Future<Output = Result<Self::Rows, sqlx::Error>> + Send;

    /// Applies one event. Pure; what it refuses leaves the rows as they are.
    fn apply(
        rows: &mut Self::Rows,
        id: StreamId,
        event: &Event,
        context: &EventContext,
        place: RecordPlace,
    ) -> Result<(), FoldError>;

    /// Writes what the events changed; how many rows that is.
    fn write(
        connection: &mut PgConnection,
        rows: Self::Rows,
    ) -> impl Future<Output = Result<usize, sqlx::Error>> + Send;
}

/// Why a view can't go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The view's tables can't be made.
    #[error("the view's tables can't be prepared")]
    Prepare(#[from] docket_migrations::Error),
    /// The database failed; worth another try.
    #[error("the view's database failed")]
    Database(#[from] sqlx::Error),
    /// Nobody has made the generation, so nothing is parked there either.
    #[error("there is no view in schema {schema}")]
    NoView {
        /// As configured.
        schema: String,
    },
    /// The log can't be read on.
    #[error("the log can't be read")]
    Log(#[from] docket_event_log::Error),
    /// The generation belongs to another log.
    #[error(
        "the view was made from log {view}, but this is log {log}: name another schema (a new \
         generation is filled from the log), or the right log"
    )]
    OtherLog {
        /// The log in the view's checkpoints.
        view: Uuid,
        /// The log that was opened.
        log: Uuid,
    },
    /// The generation has other partitions than the log.
    #[error("the view has checkpoints of {view} partitions, the log has {log}")]
    OtherPartitions {
        /// In the view.
        view: usize,
        /// In the log.
        log: u16,
    },
    /// The checkpoint isn't one.
    #[error("the checkpoint of partition {partition} holds no hash: rebuild the view")]
    Checkpoint {
        /// Which.
        partition: Partition,
    },
}

impl Error {
    /// Whether tables or checkpoints aren't there, and can be made.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self, Self::Database(error) if store::is_gone(error))
    }

    /// Whether it may go away by itself: a server that is down comes back.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Database(_) => true,
            Self::Prepare(docket_migrations::Error::Database(error)) => {
                !matches!(error, sqlx::Error::Configuration(_))
            }
            Self::Log(error) => matches!(error, docket_event_log::Error::Unavailable { .. }),
            Self::Prepare(_)
            | Self::NoView { .. }
            | Self::OtherLog { .. }
            | Self::OtherPartitions { .. }
            | Self::Checkpoint { .. } => false,
        }
    }
}
