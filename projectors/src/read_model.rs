//! The read model: tickets as they are, their timelines, and what full-text search needs;
//! consultants, customers and the catalogue.
//!
//! Guarantees: those of every [`projector`].

pub(crate) mod catalogue;
pub(crate) mod consultant;
mod customer;
mod entry;
pub(crate) mod fold;
mod personal;
pub(crate) mod row;
mod rows;
pub(crate) mod sql;
mod view;
pub(crate) mod words;

use docket_event_log::Log;
use docket_service::Shutdown;
use docket_service::health::Health;

use crate::projector::{self, Parked, ViewConfig};

pub use crate::projector::{
    Error, FoldError, Handle, PartitionProgress, Progress, RecordPlace, State,
};
pub use fold::{TimelineRow, apply};
pub use row::{CallerJson, PlaceJson, TicketRow};
pub use view::ReadModel;

/// Section `read_model`.
pub type PgConfig = ViewConfig<ReadModel>;

/// Projects `log` into the generation that `config` names, until `shutdown`. Returns at once; a
/// database or log that is down now is waited for like one that goes down later. What needs an
/// operator shows in the health's component `read_model`, and by partition in
/// [`Handle::progress`].
pub fn start(log: Log, config: PgConfig, health: &Health, shutdown: &Shutdown) -> Handle {
    projector::start(log, config, health, shutdown)
}

/// The streams that are parked in that generation, to be seen and applied after a fix.
pub async fn parked(config: &PgConfig) -> Result<Parked, Error> {
    Parked::open(config).await
}
