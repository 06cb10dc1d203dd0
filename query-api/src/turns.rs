//! Lists and searches take turns, so that connections are left for whoever asks for one thing.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::config::QueryConfig;
use crate::problems::Error;

/// The turns of one view: as many as three quarters of its connections.
#[derive(Clone, Debug)]
pub(crate) struct Turns {
    free: Arc<Semaphore>,
    wait: Duration,
}

impl Turns {
    pub(crate) fn of(config: &QueryConfig) -> Self {
        let connections = config.connections_max as usize;
        Self {
            free: Arc::new(Semaphore::new((connections * 3 / 4).max(1))),
            wait: config.connect_timeout(),
        }
    }

    /// A turn, kept until it is dropped; [`Error::Busy`] if none gets free in time.
    pub(crate) async fn take(&self) -> Result<OwnedSemaphorePermit, Error> {
        let turn = timeout(self.wait, Arc::clone(&self.free).acquire_owned()).await;
        turn.ok().and_then(Result::ok).ok_or(Error::Busy)
    }
}
