//! The projectors' process: reads the log, keeps the views, serves health and metrics.
//!
//! Any number of them may run: of those that work on one generation, one at a time moves each
//! partition forward and the others stand by.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use docket_event_log::LogConfig;
use docket_projectors::read_model::{self, PgConfig};
use docket_service::Shutdown;
use docket_service::config::{self, Check, ConfigError, ConfigSources};
use docket_service::server::{self, Edge, HttpConfig};
use docket_service::telemetry::{self, Chain, TelemetryConfig};
use serde::Deserialize;

/// Keeps Docket's views in Postgres up to date with the log.
///
/// Configured by a TOML file and by environment variables over it: `DOCKET_READ_MODEL__URL` sets
/// `url` in `[read_model]`.
#[derive(Parser)]
#[command(name = "projectors", version)]
struct Arguments {
    /// The configuration: sections log.kafka or log.postgres, `read_model`, http, telemetry.
    #[arg(long, value_name = "FILE", env = "DOCKET_CONFIG")]
    config: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    log: LogConfig,
    #[serde(default)]
    read_model: PgConfig,
    #[serde(default)]
    http: HttpConfig,
    #[serde(default)]
    telemetry: TelemetryConfig,
}

impl Check for Config {
    fn check(&self) -> Result<(), ConfigError> {
        self.read_model.check()?;
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
        log = open(&config.log) => {
            let log = log?;
            health.component("log").ok();
            read_model::start(log, config.read_model, &health, &shutdown)
                .stopped()
                .await;
            // A view that only an operator can help stays visible as not ready.
            shutdown.requested().await;
        }
    }
    serving.await.context("the HTTP edge panicked")
}

/// A log that is down is waited for; one that is wrong is an error.
async fn open(config: &LogConfig) -> anyhow::Result<docket_event_log::Log> {
    let mut pause = Duration::from_millis(100);
    loop {
        match docket_event_log::open(config).await {
            Err(error @ docket_event_log::Error::Unavailable { .. }) => {
                tracing::warn!(error = %Chain(&error), "the log can't be opened yet");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(5));
            }
            opened => return Ok(opened?),
        }
    }
}
