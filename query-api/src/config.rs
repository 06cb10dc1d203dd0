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
    /// The most connections; lists and searches get three quarters of them. Default: 16.
    pub connections_max: u32,
    /// How long to wait for a connection; then 503. Default: 2,000.
    pub connect_timeout_ms: u64,
    /// How long the database may take for one query; then 503. Default: 5,000.
    pub statement_timeout_ms: u64,
    /// How long `Docket-Min-Position` waits for the view; then 503. Default: 5,000.
    pub position_wait_ms: u64,
    /// How often checkpoints are looked at while somebody waits. Default: 2.
    pub position_poll_ms: u64,
    /// The routing view; without it, the queue and decisions of routers aren't served.
    pub routing: Option<RoutingSource>,
    /// The survey view; without it, surveys aren't served.
    pub survey: Option<SurveySource>,
}

/// Section `query.routing`: where the routing view is; connections and times are as for the other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RoutingSource {
    /// Where the view is. Default: `postgres://localhost/docket`.
    pub url: String,
    /// Its generation: the Postgres schema. Default: `routing_1`.
    pub schema: String,
    /// Seconds by which a step of priority goes before, as routers are told
    /// (`router.weights.priority_step_s`): the queue is shown in their order. Default: 86,400.
    pub priority_step_s: u32,
}

impl Default for RoutingSource {
    fn default() -> Self {
        Self {
            url: "postgres://localhost/docket".to_owned(),
            schema: "routing_1".to_owned(),
            priority_step_s: 24 * 3_600,
        }
    }
}

/// Section `query.survey`: where the survey view is; connections and times are as for the other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SurveySource {
    /// Where the view is. Default: `postgres://localhost/docket`.
    pub url: String,
    /// Its generation: the Postgres schema. Default: `survey_1`.
    pub schema: String,
}

impl Default for SurveySource {
    fn default() -> Self {
        Self {
            url: "postgres://localhost/docket".to_owned(),
            schema: "survey_1".to_owned(),
        }
    }
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
            routing: None,
            survey: None,
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

    /// The same for the routing view.
    pub(crate) fn of_routing(&self) -> Option<Self> {
        let source = self.routing.as_ref()?;
        Some(self.of_view(&source.url, &source.schema))
    }

    /// The same for the survey view.
    pub(crate) fn of_survey(&self) -> Option<Self> {
        let source = self.survey.as_ref()?;
        Some(self.of_view(&source.url, &source.schema))
    }

    fn of_view(&self, url: &str, schema: &str) -> Self {
        Self {
            url: url.to_owned(),
            schema: schema.to_owned(),
            ..self.clone()
        }
    }

    pub(crate) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    pub(crate) fn statement_timeout(&self) -> Duration {
        Duration::from_millis(self.statement_timeout_ms)
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
        usable("query", &self.url, &self.schema)?;
        self.routing.as_ref().map_or(Ok(()), |routing| {
            usable("query.routing", &routing.url, &routing.schema)
        })?;
        self.survey.as_ref().map_or(Ok(()), |survey| {
            usable("query.survey", &survey.url, &survey.schema)
        })
    }
}

fn usable(section: &str, url: &str, schema: &str) -> Result<(), ConfigError> {
    let usable = docket_migrations::connect_options(url, schema);
    let (field, why) = match &usable {
        Err(error @ docket_migrations::Error::SchemaName(_)) => ("schema", error.to_string()),
        Err(error) => ("url", docket_service::telemetry::Chain(error).to_string()),
        Ok(_) => ("", String::new()),
    };
    let field = format!("{section}.{field}");
    ConfigError::unless(usable.is_ok(), field, format!("can't be used: {why}"))
}
