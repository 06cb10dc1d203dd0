//! The command API's process, as a function: opens the log, reads it, serves commands, and finishes
//! what it took before it ends. The binary `command-api` is nothing but a call of it, so whoever
//! else calls it runs the very same process.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use docket_event_log::{Log, LogConfig};
use docket_service::Shutdown;
use docket_service::auth::{self, AuthConfig, Verifier};
use docket_service::config::{self, Check, ConfigError, ConfigSources};
use docket_service::server::{self, Edge, HttpConfig};
use docket_service::survey_link::{self, SurveyLinks, SurveyLinksConfig};
use docket_service::telemetry::{self, TelemetryConfig};
use serde::Deserialize;

use crate::{CommandApi, CommandConfig, api, docs};

/// Takes commands over HTTP and appends what comes of them to the log.
///
/// Any number of these may run on one log; each can take any command. It serves POST under
/// /v1/tickets, /v1/consultants, /v1/customers, /v1/surveys and /v1/catalogue, POST /v1/commands (bulk, NDJSON), and
/// besides /openapi.json, /docs (a page to try it), /livez, /readyz?verbose and /metrics.
///
/// It begins to listen when the log has been opened, and is ready when the log has been read.
/// SIGTERM or Ctrl-C stops it: readiness goes first, what was accepted is finished; a second
/// signal stops it at once.
#[derive(Clone, Debug, Default, Parser)]
#[command(name = "command-api", version, after_long_help = EXAMPLE)]
pub struct Arguments {
    /// The configuration, in TOML; environment variables win over it.
    #[arg(long, value_name = "FILE", env = "DOCKET_CONFIG")]
    pub config: Option<PathBuf>,
}

const EXAMPLE: &str = "\
Configuration, with the defaults of the commonest settings:

  [log.kafka]                            # or [log.postgres] with url, schema = \"event_log\"
  brokers = \"kafka-1:9092,kafka-2:9092\"  # no default
  topic = \"docket.events\"
  partitions = 8                         # fixed when the log is made

  [auth]
  issuer = \"https://docket.local/development\"
  audience = \"docket\"
  key_file = \"docket.key\"                # the shared HS256 key, at least 32 bytes

  [survey_links]
  key_file = \"survey.key\"              # signs survey links, a secret a line; none by default

  [http]
  listen = \"127.0.0.1:8080\"

  [command]
  # advertised = \"replica-1:8080\"        # where other replicas reach this one; see below
  reopen_window_days = 14                # how long a closed ticket may be reopened
  command_wait_ms = 10000                # then 503: unknown, repeat with the same key
  queue_wait_ms = 5000                   # then 503: not done
  stalled_after_ms = 4000                # an append in doubt so long: 503 at once
  queue_commands_max = 4096              # per partition; past a class's share 429
  batch_records_max = 512                # commands in one append
  bulk_window_lines = 4096               # lines of one bulk request in flight
  stop_wait_ms = 20000                   # for accepted commands, when it stops
  snapshot_directory = \"/var/lib/docket\" # none by default: each start reads the whole log

  [telemetry]
  log_format = \"text\"                    # or \"json\"
  log_filter = \"info\"

With command.advertised, replicas share the partitions and send commands, lines of bulk requests
too, for each other's to their owners: fewer lost races, so more commands a second. Without it a replica does everything
itself, which is as safe.

Every setting is also an environment variable, such as DOCKET_LOG__KAFKA__BROKERS or
DOCKET_HTTP__LISTEN=0.0.0.0:80.";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    log: LogConfig,
    #[serde(default)]
    auth: AuthConfig,
    #[serde(default)]
    survey_links: SurveyLinksConfig,
    #[serde(default)]
    command: CommandConfig,
    #[serde(default)]
    http: HttpConfig,
    #[serde(default)]
    telemetry: TelemetryConfig,
}

impl Check for Config {
    fn check(&self) -> Result<(), ConfigError> {
        self.auth.check()?;
        self.command.check()?;
        self.http.check()?;
        self.telemetry.check()
    }
}

/// Why the process could not start, or did not end as it should.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant is what its source says")]
pub enum Error {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Telemetry(#[from] telemetry::Error),
    #[error("signals can't be listened to")]
    Signals(#[source] std::io::Error),
    #[error(transparent)]
    Auth(#[from] auth::Error),
    #[error(transparent)]
    SurveyLinks(#[from] survey_link::Error),
    #[error(transparent)]
    Http(#[from] server::Error),
    #[error(transparent)]
    Log(#[from] docket_event_log::Error),
    #[error(transparent)]
    Api(#[from] api::Error),
}

/// Runs the process until it is told to stop (SIGTERM, SIGINT). Telemetry is the process's own, so
/// there can be one of these in a process.
pub async fn run(arguments: Arguments) -> Result<(), Error> {
    let config: Config = config::load(&ConfigSources::from_environment(arguments.config))?;
    telemetry::init(&config.telemetry)?;
    let shutdown = Shutdown::new();
    shutdown.on_signals().map_err(Error::Signals)?;
    let verifier = Verifier::open(&config.auth)?;
    let survey_links = SurveyLinks::open(&config.survey_links)?;
    let listener = server::bind(&config.http).await?;
    let edge = Edge::new(config.http.clone(), &shutdown);
    let log = tokio::select! {
        log = docket_event_log::open_when_there(&config.log) => log?,
        () = shutdown.requested() => return Ok(()),
    };
    let api = tokio::select! {
        api = start(&log, &config.command, &edge) => api?,
        () = shutdown.requested() => return Ok(()),
    };
    let routes = api
        .router(verifier, survey_links)
        .merge(docs::router(CommandApi::openapi()));
    let routes = server::api(routes, "command-api", &config.http);
    let leaving = async {
        shutdown.requested().await;
        api.leave(Duration::from_millis(config.http.unready_before_stop_ms))
            .await;
    };
    // Commands are taken as long as anybody can send one: the tasks end after the edge.
    tokio::join!(server::serve(listener, routes, edge), leaving);
    Ok(api.stop().await?)
}

/// Starts the API, waiting for a log that has just gone away again; one that is wrong is an error.
async fn start(log: &Log, config: &CommandConfig, edge: &Edge) -> Result<CommandApi, api::Error> {
    const PAUSE: Duration = Duration::from_secs(1);
    loop {
        match CommandApi::start(Log::clone(log), config.clone(), &edge.health).await {
            Err(api::Error::Log(error @ docket_event_log::Error::Unavailable { .. })) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "the log can't be read yet");
                tokio::time::sleep(PAUSE).await;
            }
            started => return started,
        }
    }
}
