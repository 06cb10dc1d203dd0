//! Logs of their own for each test, and the tool itself.

use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use docket_event_log::{KafkaConfig, LogConfig, PostgresConfig};
use docket_supervisor::testing;

pub(crate) async fn postgres() -> LogConfig {
    LogConfig::Postgres(PostgresConfig::new(testing::database().await, "event_log"))
}

pub(crate) async fn kafka() -> LogConfig {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let topic = format!("replay.{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let mut config = KafkaConfig::new(testing::kafka().await.bootstrap(), topic);
    config.development = true;
    LogConfig::Kafka(config)
}

/// Runs the tool as an operator does.
pub(crate) fn replay(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_replay"))
        .args(arguments)
        .env_remove("DOCKET_CONFIG")
        .output()
        .unwrap()
}
