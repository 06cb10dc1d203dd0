//! The outbox: a row for every notification that a fact in the log calls for, and what a delivery
//! worker needs to know of tickets and people to send it.
//!
//! Sends nothing itself. Guarantees, besides those of every [`projector`]: exactly one row per fact
//! and recipient, with the same id however often the log is read; history from another system calls
//! for none; of an erased customer nothing is left, their tickets' subjects included.

mod erasure;
mod notification;
mod people;
mod rows;
mod sql;
mod survey;
mod ticket;
mod view;

use docket_event_log::Log;
use docket_service::Shutdown;
use docket_service::health::Health;

use crate::projector::{self, Parked, ViewConfig};

pub use crate::projector::{Error, Handle, Progress, State};
pub use view::Outbox;

/// Section `outbox`.
pub type OutboxConfig = ViewConfig<Outbox>;

/// Projects `log` into the generation that `config` names, until `shutdown`; returns at once. What
/// needs an operator shows in the health's component `outbox`.
pub fn start(log: Log, config: OutboxConfig, health: &Health, shutdown: &Shutdown) -> Handle {
    projector::start(log, config, health, shutdown)
}

/// The streams that are parked in that generation, to be seen and applied after a fix.
pub async fn parked(config: &OutboxConfig) -> Result<Parked, Error> {
    Parked::open(config).await
}
