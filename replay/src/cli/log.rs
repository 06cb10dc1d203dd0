//! Which log a command reads, and how it is opened: read-only.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use docket_event_log::{Error, KafkaConfig, Log, LogConfig, PostgresConfig};
use docket_service::config::{Check, ConfigError, ConfigSources, load};
use serde::Deserialize;

/// Which log.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("which_log").required(true))]
pub(super) struct LogArgs {
    /// The log is in Postgres, at this address
    #[arg(long, group = "which_log", value_name = "POSTGRES_URL")]
    log: Option<String>,
    /// The log is in Kafka; HOST:PORT of some brokers, with commas between them
    #[arg(long, group = "which_log", value_name = "BROKERS")]
    kafka: Option<String>,
    /// A configuration file with a section [log], as the services have it
    #[arg(long, group = "which_log", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The schema of the log in Postgres
    #[arg(long, default_value = "event_log")]
    schema: String,
    /// The topic of the log in Kafka
    #[arg(long, default_value = "docket.events")]
    topic: String,
}

#[derive(Deserialize)]
struct File {
    log: LogConfig,
}

impl Check for File {
    fn check(&self) -> Result<(), ConfigError> {
        Ok(())
    }
}

impl LogArgs {
    pub(super) fn config(&self) -> Result<LogConfig, ConfigError> {
        let mut config = match (&self.log, &self.kafka) {
            (Some(url), _) => LogConfig::Postgres(PostgresConfig::new(url, &self.schema)),
            (_, Some(brokers)) => LogConfig::Kafka(KafkaConfig::new(brokers, &self.topic)),
            (None, None) => {
                load::<File>(&ConfigSources::from_environment(self.config.clone()))?.log
            }
        };
        // Whoever replays only reads: they make no log, and one replica is their business.
        match &mut config {
            LogConfig::Kafka(kafka) => {
                kafka.read_only = true;
                kafka.development = true;
            }
            LogConfig::Postgres(postgres) => postgres.read_only = true,
        }
        Ok(config)
    }
}

/// Opens the log with the partition count that it has.
pub(super) async fn open(config: &LogConfig) -> Result<Log, Error> {
    let found = match docket_event_log::open(config).await {
        Err(Error::PartitionCount { found, .. }) => found,
        opened => return opened,
    };
    let mut config = config.clone();
    match &mut config {
        LogConfig::Kafka(kafka) => kafka.partitions = found,
        LogConfig::Postgres(postgres) => postgres.partitions = found,
    }
    docket_event_log::open(&config).await
}
