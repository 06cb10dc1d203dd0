//! Process managers as processes of their own, with a real command API on real logs: Postgres and
//! Kafka, started by the test itself.

mod closed;
mod process;
mod routed;
mod shop;

use docket_event_log::{KafkaConfig, LogConfig, PostgresConfig};
use docket_supervisor::testing;
use uuid::Uuid;

const PARTITIONS: u16 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tickets_are_routed_on_postgres() {
    let (log, settings) = on_postgres().await;
    routed::story(&log, settings).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tickets_are_routed_on_kafka() {
    let (log, settings) = on_kafka().await;
    routed::story(&log, settings).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tickets_are_closed_and_customers_asked_on_postgres() {
    let (log, settings) = on_postgres().await;
    closed::story(&log, settings).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tickets_are_closed_and_customers_asked_on_kafka() {
    let (log, settings) = on_kafka().await;
    closed::story(&log, settings).await;
}

/// A log of its own, and the settings by which a process finds it.
async fn on_postgres() -> (LogConfig, Vec<(String, String)>) {
    let url = testing::database().await;
    let mut config = PostgresConfig::new(&url, "event_log");
    config.partitions = PARTITIONS;
    let settings = [("URL", url), ("SCHEMA", "event_log".to_owned())];
    let settings = settings.map(|(name, value)| (format!("DOCKET_LOG__POSTGRES__{name}"), value));
    (LogConfig::Postgres(config), settings.into())
}

async fn on_kafka() -> (LogConfig, Vec<(String, String)>) {
    let brokers = testing::kafka().await.bootstrap().to_string();
    let topic = format!("process-managers-{}", Uuid::new_v4());
    let mut config = KafkaConfig::new(&brokers, &topic);
    config.partitions = PARTITIONS;
    config.development = true;
    let settings = [
        ("BROKERS", brokers),
        ("TOPIC", topic),
        ("DEVELOPMENT", "true".to_owned()),
    ];
    let settings = settings.map(|(name, value)| (format!("DOCKET_LOG__KAFKA__{name}"), value));
    (LogConfig::Kafka(config), settings.into())
}
