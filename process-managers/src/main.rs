//! The process managers' process: reads the log, sends commands, serves health and metrics.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use docket_event_log::LogConfig;
use docket_process_managers::Managers;
use docket_process_managers::closer::CloserConfig;
use docket_process_managers::commands::{CommandsConfig, Sender};
use docket_process_managers::inviter::InviterConfig;
use docket_process_managers::router::RouterConfig;
use docket_service::Shutdown;
use docket_service::config::{self, Check, ConfigError, ConfigSources};
use docket_service::server::{self, Edge, HttpConfig};
use docket_service::telemetry::{self, TelemetryConfig};
use serde::Deserialize;

/// Does in Docket what nobody has to ask for.
///
/// The router gives waiting tickets to consultants. The closer closes tickets that have been resolved
/// for some time. The inviter asks customers how it went, and may reopen a ticket whose customer gave a
/// bad score. Each reads the log and sends commands, on its own: none waits for another, and each can be
/// switched off.
///
/// Any number of these processes may run, and nothing happens twice: one router is active, and others take
/// over when it is gone; of closers and inviters the log takes whoever comes first. They need the log and
/// a command API, and no view. /livez, /readyz?verbose (the components router, closer and inviter) and
/// /metrics are served.
///
/// SIGTERM or Ctrl-C stops it; what it had sent is done or not, and the log tells the next one.
#[derive(Parser)]
#[command(name = "process-managers", version, after_long_help = EXAMPLE)]
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

  [commands]
  urls = [\"http://127.0.0.1:8080\"]       # command APIs; one that is silent is passed over
  token_file = \"service.token\"           # a token of the role service

  [router]
  enabled = true
  accept_within_s = 900                  # then a ticket goes to the next consultant
  attempts_max = 3                       # then a manager must assign it
  takeover_ms = 2000                     # how soon a standby becomes active

  [router.weights]                       # distance, load, skill, language, preferred, fairness
  distance = 300

  [closer]
  enabled = true
  after_s = 604800                       # resolved for seven days, a ticket is closed

  [inviter]
  enabled = true
  answer_within_s = 1209600              # how long after its closing a survey may be answered
  resolved_within_s = 2592000            # what was resolved longer before is not asked about
  reopen_at_most = 2                     # scores that reopen the ticket; default: none does

  [http]
  listen = \"127.0.0.1:8080\"

  [telemetry]
  log_format = \"text\"                    # or \"json\"
  log_filter = \"info\"

Every setting is also an environment variable, such as DOCKET_ROUTER__ACCEPT_WITHIN_S.";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    log: LogConfig,
    #[serde(default)]
    commands: CommandsConfig,
    #[serde(default)]
    router: RouterConfig,
    #[serde(default)]
    closer: CloserConfig,
    #[serde(default)]
    inviter: InviterConfig,
    #[serde(default)]
    http: HttpConfig,
    #[serde(default)]
    telemetry: TelemetryConfig,
}

impl Check for Config {
    fn check(&self) -> Result<(), ConfigError> {
        self.commands.check()?;
        let managers = self.managers();
        managers.check()?;
        ConfigError::unless(
            managers.router.enabled || managers.closer.enabled || managers.inviter.enabled,
            "router.enabled",
            "is false, and so are closer.enabled and inviter.enabled: nothing would be done",
        )?;
        self.http.check()?;
        self.telemetry.check()
    }
}

impl Config {
    fn managers(&self) -> Managers {
        Managers {
            router: self.router.clone(),
            closer: self.closer,
            inviter: self.inviter,
        }
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
    let managers = config.managers();
    let sender = Sender::new(&config.commands).context("HTTP can't be spoken")?;
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
            docket_process_managers::start(&log, &managers, &sender, &health, &shutdown)
                .stopped()
                .await;
            // A log that can't be read stays visible as not ready.
            shutdown.requested().await;
        }
    }
    serving.await.context("the HTTP edge panicked")
}
