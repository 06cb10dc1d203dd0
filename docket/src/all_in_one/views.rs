//! The views that the all-in-one always keeps: the read model, routing, surveys and the
//! outbox.

use docket_event_log::Log;
use docket_projectors::read_model::{self, Handle, State};
use docket_projectors::{outbox, routing, survey};
use docket_service::Shutdown;
use docket_service::health::Health;

use super::Error;
use super::config::ViewsConfig;

/// Their projectors, each with what people call its view.
#[derive(Debug)]
pub(super) struct Views([(&'static str, Handle); 4]);

impl Views {
    pub(super) fn start(
        log: &Log,
        config: ViewsConfig,
        health: &Health,
        shutdown: &Shutdown,
    ) -> Self {
        let log = || Log::clone(log);
        Self([
            (
                "read model",
                read_model::start(log(), config.read_model, health, shutdown),
            ),
            (
                "routing view",
                routing::start(log(), config.routing, health, shutdown),
            ),
            (
                "survey view",
                survey::start(log(), config.survey, health, shutdown),
            ),
            (
                "outbox",
                outbox::start(log(), config.outbox, health, shutdown),
            ),
        ])
    }

    /// Waits until every part of the process is ready, or a projector gives up.
    pub(super) async fn ready(&self, health: &Health) -> Result<(), Error> {
        let stopped = self.0.each_ref().map(|(view, projector)| {
            Box::pin(async {
                let why = stopped_for_good(projector).await;
                Error::View { view, why }
            })
        });
        tokio::select! {
            () = health.wait_until_ready() => Ok(()),
            (error, ..) = futures::future::select_all(stopped) => Err(error),
        }
    }

    /// Waits until what was begun is finished, as it is after shutdown.
    pub(super) async fn stopped(self) {
        for (_, projector) in self.0 {
            projector.stopped().await;
        }
    }
}

/// Waits until a partition's projector gives up, and says why.
async fn stopped_for_good(projector: &Handle) -> String {
    let mut progress = projector.progress().subscribe();
    loop {
        let stopped =
            progress
                .borrow_and_update()
                .iter()
                .find_map(|partition| match &partition.state {
                    State::Stopped(why) => Some(why.clone()),
                    _ => None,
                });
        if let Some(why) = stopped {
            return why;
        }
        if progress.changed().await.is_err() {
            return std::future::pending().await;
        }
    }
}
