//! The projectors' process: reads the log, keeps the views, serves health and metrics.
//!
//! Any number of them may run: of those that work on one generation, one at a time moves each
//! partition forward and the others stand by.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use docket_event_log::LogConfig;
use docket_projectors::outbox::{self, OutboxConfig};
use docket_projectors::read_model::{self, PgConfig};
use docket_projectors::routing::{self, RoutingConfig};
use docket_projectors::survey::{self, SurveyConfig};
use docket_service::Shutdown;
use docket_service::config::{self, Check, ConfigError, ConfigSources};
use docket_service::server::{self, Edge, HttpConfig};
use docket_service::telemetry::{self, TelemetryConfig};
use serde::Deserialize;

/// Keeps Docket's views in Postgres up to date with the log.
///
/// Any number of these may run; of those that work on one generation, one at a time moves each
/// partition forward and the others stand by. It serves /livez, /readyz?verbose and /metrics.
///
/// SIGTERM or Ctrl-C stops it; a batch that is not committed yet is projected at the next start.
#[derive(Parser)]
#[command(name = "projectors", version, after_long_help = EXAMPLE)]
struct Arguments {
    /// The configuration, in TOML; environment variables win over it.
    #[arg(long, value_name = "FILE", env = "DOCKET_CONFIG")]
    config: Option<PathBuf>,
}

const EXAMPLE: &str = "\
Configuration, with the defaults of the commonest settings:

  [log.kafka]                            # or [log.postgres] with url, schema = \"event_log\"
  brokers = \"kafka-1:9092,kafka-2:9092\"  # no default
  topic = \"docket.events\"
  partitions = 8                         # fixed when the log is made

  [read_model]
  url = \"postgres://localhost/docket\"
  schema = \"read_model_1\"                # the generation to fill
  connections_max = 8
  connect_timeout_ms = 5000              # then it tries again
  batch_records_max = 5000               # records in one transaction
  commit_interval_ms = 0                 # between two of a partition; 100 for the other views

  [outbox]                               # notifications; left out, there is no such view
  url = \"postgres://localhost/docket\"  # settings and defaults as above
  schema = \"outbox_1\"

  [routing]                              # queue and decisions; left out, there is no such view
  url = \"postgres://localhost/docket\"
  schema = \"routing_1\"

  [survey]                               # surveys; left out, there is no such view
  url = \"postgres://localhost/docket\"  # settings and defaults as above
  schema = \"survey_1\"

  [http]
  listen = \"127.0.0.1:8080\"

  [telemetry]
  log_format = \"text\"                    # or \"json\"
  log_filter = \"info\"

Every setting is also an environment variable, such as DOCKET_READ_MODEL__URL.";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    log: LogConfig,
    #[serde(default)]
    read_model: PgConfig,
    outbox: Option<OutboxConfig>,
    routing: Option<RoutingConfig>,
    survey: Option<SurveyConfig>,
    #[serde(default)]
    http: HttpConfig,
    #[serde(default)]
    telemetry: TelemetryConfig,
}

impl Check for Config {
    fn check(&self) -> Result<(), ConfigError> {
        self.read_model.check()?;
        self.outbox.as_ref().map_or(Ok(()), Check::check)?;
        self.routing.as_ref().map_or(Ok(()), Check::check)?;
        self.survey.as_ref().map_or(Ok(()), Check::check)?;
        self.http.check()?;
        self.telemetry.check()
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let config: Config = config::load(&ConfigSources::from_environment(arguments.config))?;
    telemetry::init(&config.telemetry)?;
    let shutdown = Shutdown::new();
    shutdown
        .on_signals()
        .context("signals can't be listened to")?;
    let listener = server::bind(&config.http).await?;
    let edge = Edge::new(config.http, &shutdown);
    let health = edge.health.clone();
    health.component("log").failing("being opened");
    let serving = tokio::spawn(server::serve(listener, axum::Router::new(), edge));

    tokio::select! {
        () = shutdown.requested() => {}
        log = docket_event_log::open_when_there(&config.log) => {
            let log = log?;
            health.component("log").ok();
            let outbox = config
                .outbox
                .map(|config| outbox::start(log.clone(), config, &health, &shutdown));
            let routing = config
                .routing
                .map(|config| routing::start(log.clone(), config, &health, &shutdown));
            let survey = config
                .survey
                .map(|config| survey::start(log.clone(), config, &health, &shutdown));
            read_model::start(log, config.read_model, &health, &shutdown)
                .stopped()
                .await;
            if let Some(outbox) = outbox {
                outbox.stopped().await;
            }
            if let Some(routing) = routing {
                routing.stopped().await;
            }
            if let Some(survey) = survey {
                survey.stopped().await;
            }
            // A view that only an operator can help stays visible as not ready.
            shutdown.requested().await;
        }
    }
    serving.await.context("the HTTP edge panicked")
}
