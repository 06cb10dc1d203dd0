//! The routing view: which tickets wait and what they ask for, who there is to work them, what
//! routers decided and what became of it. Routers don't read it: they go on without any view.
//!
//! Guarantees, besides those of every [`projector`]: a ticket waits here when it does for the
//! routers, which fold the same log; every decision is there with all that its event records.
//! Consultants and the catalogue are folded as the read model does, into tables of its own.

mod decision;
mod rows;
mod sql;
mod ticket;
mod view;

use docket_event_log::Log;
use docket_service::Shutdown;
use docket_service::health::Health;

use crate::projector::{self, Parked, ViewConfig};

pub use crate::projector::{Error, Handle, Progress, State};
pub use view::Routing;

/// Section `routing`.
pub type RoutingConfig = ViewConfig<Routing>;

/// Projects `log` into the generation that `config` names, until `shutdown`; returns at once. What
/// needs an operator shows in the health's component `routing`.
pub fn start(log: Log, config: RoutingConfig, health: &Health, shutdown: &Shutdown) -> Handle {
    projector::start(log, config, health, shutdown)
}

/// The streams that are parked in that generation, to be seen and applied after a fix.
pub async fn parked(config: &RoutingConfig) -> Result<Parked, Error> {
    Parked::open(config).await
}
