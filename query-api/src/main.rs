//! The query API's process: reads the view, answers queries, serves health and metrics.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use docket_query_api::{QueryApi, QueryConfig};
use docket_service::Shutdown;
use docket_service::auth::{AuthConfig, Verifier};
use docket_service::config::{self, Check, ConfigError, ConfigSources};
use docket_service::server::{self, Edge, HttpConfig};
use docket_service::telemetry::{self, TelemetryConfig};
use serde::Deserialize;
use utoipa_swagger_ui::SwaggerUi;

/// Answers queries about tickets, people and the catalogue from the read model in Postgres, about
/// routing from the routing view, and about surveys from the survey view.
///
/// Any number of these may run on one view. It serves GET /v1/tickets, /v1/tickets/{id} and
/// /v1/tickets/{id}/timeline; /v1/consultants, /v1/customers and each of them by id; /v1/catalogue
/// and /v1/catalogue/{kind}; /v1/queue and /v1/tickets/{id}/routing; /v1/surveys and
/// /v1/surveys/summary; and besides /openapi.json, /docs (a page to try it), /livez,
/// /readyz?verbose and /metrics.
///
/// It is ready when the view can be read. SIGTERM or Ctrl-C stops it: readiness goes first, what
/// was accepted is finished; a second signal stops it at once.
#[derive(Parser)]
#[command(name = "query-api", version, after_long_help = EXAMPLE)]
struct Arguments {
    /// The configuration, in TOML; environment variables win over it.
    #[arg(long, value_name = "FILE", env = "DOCKET_CONFIG")]
    config: Option<PathBuf>,
}

const EXAMPLE: &str = "\
Configuration, with its defaults:

  [query]
  url = \"postgres://localhost/docket\"
  schema = \"read_model_1\"                # the generation to read
  connections_max = 16
  connect_timeout_ms = 2000              # then 503
  statement_timeout_ms = 5000            # then 503
  position_wait_ms = 5000                # of Docket-Min-Position; then 503
  position_poll_ms = 2                   # while somebody waits

  [query.routing]                        # left out, nothing about routing is served
  url = \"postgres://localhost/docket\"
  schema = \"routing_1\"
  priority_step_s = 86400                # the routers' router.weights.priority_step_s

  [query.survey]                         # left out, no survey is served
  url = \"postgres://localhost/docket\"
  schema = \"survey_1\"

  [auth]
  issuer = \"https://docket.local/development\"
  audience = \"docket\"
  key_file = \"docket.key\"                # the shared HS256 key, at least 32 bytes

  [http]
  listen = \"127.0.0.1:8080\"

  [telemetry]
  log_format = \"text\"                    # or \"json\"
  log_filter = \"info\"

Every setting is also an environment variable, such as DOCKET_QUERY__URL.";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    query: QueryConfig,
    #[serde(default)]
    auth: AuthConfig,
    #[serde(default)]
    http: HttpConfig,
    #[serde(default)]
    telemetry: TelemetryConfig,
}

impl Check for Config {
    fn check(&self) -> Result<(), ConfigError> {
        self.query.check()?;
        self.auth.check()?;
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
    let verifier = Verifier::open(&config.auth)?;
    let listener = server::bind(&config.http).await?;
    let edge = Edge::new(config.http.clone(), &shutdown);
    let api = QueryApi::start(&config.query, &edge.health, &shutdown)?;
    let documents = SwaggerUi::new("/docs").url("/openapi.json", QueryApi::openapi());
    let routes = api.router(verifier).merge(documents);
    let routes = server::api(routes, "query-api", &config.http);
    server::serve(listener, routes, edge).await;
    Ok(())
}
