//! Section `query`: the view to read, and how long a query may take.

use std::time::Duration;

use docket_service::config::{Check, ConfigError};
use serde::Deserialize;

/// See each field; the defaults suit one process beside its database.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QueryConfig {
    /// Where the view is. Default: `postgres://localhost/docket`.
    pub url: String,
    /// Its generation: the Postgres schema. Default: `read_model_1`.
    pub schema: String,
    /// The most connections. Default: 16.
    pub connections_max: u32,
    /// How long to wait for a connection; then 503. Default: 2,000.
    pub connect_timeout_ms: u64,
    /// How long the database may take for one query; then 503. Default: 5,000.
    pub statement_timeout_ms: u64,
    /// How long `Docket-Min-Position` waits for the view; then 503. Default: 5,000.
    pub position_wait_ms: u64,
    /// How often checkpoints are looked at while somebody waits. Default: 2.
    pub position_poll_ms: u64,
}

impl Default for QueryConfig {
    fn default() -> Self {
        Self {
            url: "postgres://localhost/docket".to_owned(),
            schema: "read_model_1".to_owned(),
            connections_max: 16,
            connect_timeout_ms: 2_000,
            statement_timeout_ms: 5_000,
            position_wait_ms: 5_000,
            position_poll_ms: 2,
        }
    }
}

impl QueryConfig {
    /// The defaults, for a database.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            ..Self::default()
        }
    }

    pub(crate) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    pub(crate) fn position_wait(&self) -> Duration {
        Duration::from_millis(self.position_wait_ms)
    }

    pub(crate) fn position_poll(&self) -> Duration {
        Duration::from_millis(self.position_poll_ms)
    }
}

impl Check for QueryConfig {
    fn check(&self) -> Result<(), ConfigError> {
        let none = "is 0, so that nothing would work";
        ConfigError::unless(self.connections_max > 0, "query.connections_max", none)?;
        ConfigError::unless(
            self.connect_timeout_ms > 0,
            "query.connect_timeout_ms",
            none,
        )?;
        ConfigError::unless(
            self.statement_timeout_ms > 0,
            "query.statement_timeout_ms",
            none,
        )?;
        ConfigError::unless(self.position_wait_ms > 0, "query.position_wait_ms", none)?;
        ConfigError::unless(self.position_poll_ms > 0, "query.position_poll_ms", none)?;
        let usable = docket_migrations::connect_options(&self.url, &self.schema);
        let (field, why) = match &usable {
            Err(error @ docket_migrations::Error::SchemaName(_)) => {
                ("query.schema", error.to_string())
            }
            Err(error) => (
                "query.url",
                docket_service::telemetry::Chain(error).to_string(),
            ),
            Ok(_) => ("", String::new()),
        };
        ConfigError::unless(usable.is_ok(), field, format!("can't be used: {why}"))
    }
}
