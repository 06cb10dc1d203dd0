//! Which log a process uses, as its configuration names it.

use std::sync::Arc;

use serde::Deserialize;

use crate::error::Error;
use crate::kafka::{KafkaConfig, KafkaLog};
use crate::port::Log;
use crate::postgres::{PostgresConfig, PostgresLog};

/// Section `log`: exactly one of `[log.kafka]` and `[log.postgres]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogConfig {
    /// The production log.
    Kafka(KafkaConfig),
    /// The embedded default.
    Postgres(PostgresConfig),
}

/// Opens a log: checks the server's settings, makes the log where there is none, and refuses one
/// with another partition count.
pub async fn open(config: &LogConfig) -> Result<Log, Error> {
    Ok(match config {
        LogConfig::Kafka(config) => Arc::new(KafkaLog::open(config).await?),
        LogConfig::Postgres(config) => Arc::new(PostgresLog::open(config).await?),
    })
}

pub(crate) const fn default_partitions() -> u16 {
    8
}
