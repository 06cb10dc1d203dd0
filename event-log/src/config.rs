//! Which log a process uses, as its configuration names it.

use std::sync::Arc;
use std::time::Duration;

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

/// [`open`], waiting for a log that is down; one that is wrong is an error.
pub async fn open_when_there(config: &LogConfig) -> Result<Log, Error> {
    const PAUSE_MAX: Duration = Duration::from_secs(5);
    let mut pause = Duration::from_millis(100);
    loop {
        match open(config).await {
            Err(error @ Error::Unavailable { .. }) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "the log can't be opened yet");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSE_MAX);
            }
            opened => return opened,
        }
    }
}

pub(crate) const fn default_partitions() -> u16 {
    8
}
