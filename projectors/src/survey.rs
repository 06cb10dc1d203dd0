//! The survey view: who was asked how a closing went, and what they answered.
//!
//! Made of the surveys' streams and of customers' erasures, so it knows nothing of tickets and needs no
//! join: an invitation says all that answers are counted by. Guarantees: those of every [`projector`].

mod erasure;
mod row;
mod sql;
mod view;

use docket_event_log::Log;
use docket_service::Shutdown;
use docket_service::health::Health;

use crate::projector::{self, Parked, ViewConfig};

pub use crate::projector::{Error, Handle, Progress, State};
pub use view::Survey;

/// Section `survey`.
pub type SurveyConfig = ViewConfig<Survey>;

/// Projects `log` into the generation that `config` names, until `shutdown`; returns at once. What
/// needs an operator shows in the health's component `survey`.
pub fn start(log: Log, config: SurveyConfig, health: &Health, shutdown: &Shutdown) -> Handle {
    projector::start(log, config, health, shutdown)
}

/// The streams that are parked in that generation, to be seen and applied after a fix.
pub async fn parked(config: &SurveyConfig) -> Result<Parked, Error> {
    Parked::open(config).await
}
