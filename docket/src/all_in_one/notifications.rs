//! Notifications in the all-in-one: what the delivery worker, where there is one, sends and where it
//! keeps what became of it.

use std::net::SocketAddr;

use docket_delivery::DeliveryConfig;
use docket_event_log::LogConfig;
use docket_projectors::outbox::OutboxConfig;
use docket_service::survey_page;

/// Takes the outbox that is kept here, puts the tables beside it, and customers' answers to this very
/// process unless they have a page elsewhere.
pub(super) fn place(
    mut config: DeliveryConfig,
    outbox: &OutboxConfig,
    log: &LogConfig,
    address: SocketAddr,
) -> DeliveryConfig {
    // Deliveries belong to one log's outbox, and a data directory may see both kinds.
    let prefix = match log {
        LogConfig::Kafka(_) => "kafka_",
        LogConfig::Postgres(_) => "",
    };
    outbox.url.clone_into(&mut config.url);
    outbox.schema.clone_into(&mut config.outbox);
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
