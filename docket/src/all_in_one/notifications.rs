//! Notifications in the all-in-one: the outbox's projector and the delivery worker, both or neither.

use std::net::SocketAddr;

use docket_delivery::{DeliveryConfig, Worker};
use docket_event_log::{Log, LogConfig};
use docket_projectors::outbox::{self, OutboxConfig};
use docket_service::Shutdown;
use docket_service::health::Health;
use docket_service::survey_link::SurveyLinks;
use docket_service::survey_page;

/// Both, at work.
#[derive(Debug)]
pub(super) struct Notifications {
    outbox: outbox::Handle,
    worker: Worker,
}

/// Puts the tables beside the read model's, and customers' answers to this very process unless they
/// have a page elsewhere.
pub(super) fn place(
    mut config: DeliveryConfig,
    url: &str,
    log: &LogConfig,
    address: SocketAddr,
) -> DeliveryConfig {
    // An outbox belongs to one log, and a data directory may see both kinds.
    let prefix = match log {
        LogConfig::Kafka(_) => "kafka_",
        LogConfig::Postgres(_) => "",
    };
    url.clone_into(&mut config.url);
    config.outbox = format!("{prefix}outbox_1");
    config.schema = format!("{prefix}delivery");
    let here = || {
        let at = if address.ip().is_unspecified() {
            format!("localhost:{}", address.port())
        } else {
            address.to_string()
        };
        format!("http://{at}{}", survey_page::PATH)
    };
    config.survey_page.get_or_insert_with(here);
    config
}

impl Notifications {
    pub(super) fn start(
        log: Log,
        config: DeliveryConfig,
        links: SurveyLinks,
        health: &Health,
        shutdown: &Shutdown,
    ) -> Result<Self, docket_delivery::Error> {
        let outbox = OutboxConfig {
            schema: config.outbox.clone(),
            ..OutboxConfig::new(&config.url)
        };
        Ok(Self {
            worker: docket_delivery::start(config, links, health, shutdown)?,
            outbox: outbox::start(log, outbox, health, shutdown),
        })
    }

    /// Waits until what was begun is finished, as it is after shutdown.
    pub(super) async fn stopped(self) {
        self.worker.stopped().await;
        self.outbox.stopped().await;
    }
}
