//! Everything in one process: a private Postgres, the log (in it, or on Kafka), command API,
//! projectors and query API on one port, the process managers, deliveries where they are configured,
//! and an issuer of tokens for whoever wants to try it.
//!
//! What was acknowledged survives any end, `kill -9` included, and no end leaves a process behind
//! ([`docket_supervisor`] sees to both). One process at a time works on a data directory.

mod config;
mod directory;
mod notifications;
mod samples;
mod session;
mod views;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use docket_command_api::{CommandApi, docs};
use docket_delivery::Worker;
use docket_event_log::{Log, LogConfig};
use docket_process_managers::Handles;
use docket_process_managers::commands::{CommandsConfig, Sender};
use docket_projectors::read_model::PgConfig;
use docket_query_api::QueryApi;
use docket_service::auth::DevelopmentIssuer;
use docket_service::server::{self, Edge};
use docket_service::telemetry::Chain;
use docket_service::{Role, Shutdown};
use docket_supervisor::{Postgres, PostgresConfig};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use config::{Config, Options};
pub use directory::{default_data_dir, key_file, session_file, survey_key_file};

use directory::DataDirectory;
pub use session::{FIRST_SESSION, Sample, Tokens};
use views::Views;

/// Why the all-in-one doesn't start, or doesn't stop as it should.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting can't be.
    #[error(transparent)]
    Config(#[from] docket_service::config::ConfigError),
    /// The data directory can't be used.
    #[error("could not {doing} {}", path.display())]
    Directory {
        /// A verb: `create`, `lock`...
        doing: &'static str,
        /// Of what.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another instance works on it.
    #[error(
        "{} is in use by another docket{by}: stop that one, or choose another --data-dir",
        path.display()
    )]
    InUse {
        /// The directory.
        path: PathBuf,
        /// What that one says about itself.
        by: String,
    },
    /// The port can't be had.
    #[error(
        "there is no address to answer on: choose one with --listen (port 0 takes any free one)"
    )]
    Listen {
        /// Why.
        source: server::Error,
    },
    /// The private Postgres can't be started.
    #[error("the private PostgreSQL can't be started")]
    Postgres(#[source] docket_supervisor::Error),
    /// The log can't be opened.
    #[error("the log can't be opened")]
    Log(#[source] docket_event_log::Error),
    /// Tokens can't be made.
    #[error("tokens can't be made")]
    Tokens(#[from] docket_service::auth::Error),
    /// Survey links can't be signed.
    #[error("survey links can't be signed")]
    SurveyLinks(#[from] docket_service::survey_link::Error),
    /// The command API can't start or stop.
    #[error("the command API failed")]
    CommandApi(#[from] docket_command_api::Error),
    /// The process managers can't start.
    #[error("the process managers can't speak HTTP: {why}")]
    ProcessManagers {
        /// Why not.
        why: String,
    },
    /// Notifications can't be sent as configured.
    #[error("notifications can't be sent")]
    Delivery(#[from] docket_delivery::Error),
    /// The query API can't start.
    #[error("the query API can't be started")]
    QueryApi(#[from] docket_migrations::Error),
    /// A view can't be kept.
    #[error("the {view} can't be kept: {why}")]
    View {
        /// Which.
        view: &'static str,
        /// What is wrong, and what to do.
        why: String,
    },
    /// The end was asked for before the start was over.
    #[error("stopped while starting")]
    Stopped,
    /// A part of it panicked.
    #[error("{part} panicked")]
    Panicked {
        /// Which.
        part: &'static str,
    },
}

/// A running all-in-one. Call [`stop`](Self::stop): dropping it only leaves everything to the end
/// of the process.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    tokens: Tokens,
    log: LogConfig,
    read_model: PgConfig,
    directory: Arc<DataDirectory>,
    shutdown: Shutdown,
    serving: JoinHandle<Result<(), docket_command_api::Error>>,
    views: Views,
    managers: Handles,
    deliveries: Option<Worker>,
    postgres: Option<Postgres>,
}

/// Starts everything; returns when it is ready to be used. `shutdown` may end the start as well.
pub async fn start(options: &Options, shutdown: &Shutdown) -> Result<Running, Error> {
    tokio::select! {
        started = start_all(options, shutdown) => started,
        () = shutdown.requested() => Err(Error::Stopped),
    }
}

async fn start_all(options: &Options, shutdown: &Shutdown) -> Result<Running, Error> {
    let directory = Arc::new(DataDirectory::open(&options.data_dir).await?);
    let mut config = Config::load(options)?;
    let listener = server::bind(&config.http)
        .await
        .map_err(|source| Error::Listen { source })?;
    let address = listener.local_addr().map_err(|source| Error::Directory {
        doing: "learn the address of",
        path: directory.path().to_owned(),
        source,
    })?;

    let postgres = if config.needs_postgres() {
        let postgres = private_postgres(Arc::clone(&directory)).await?;
        config.use_postgres(&postgres.url());
        Some(postgres)
    } else {
        None
    };
    let log_config = config.log.clone().ok_or_else(Config::incomplete)?;
    let read_model = config.read_model.clone().ok_or_else(Config::incomplete)?;
    let log = docket_event_log::open(&log_config)
        .await
        .map_err(Error::Log)?;

    let is_new = options.samples && samples::is_new(&log).await.map_err(Error::Log)?;
    let issuer = DevelopmentIssuer::open(&config.auth)?;
    let edge = Edge::new(config.http.clone(), shutdown);
    let command_api =
        CommandApi::start(Log::clone(&log), config.command.clone(), &edge.health).await?;
    let views_config = config.views(read_model.clone());
    let outbox = views_config.outbox.clone();
    let query_config = config.query(&views_config);
    let views = Views::start(&log, views_config, &edge.health, shutdown);
    views.ready(&edge.health).await?;
    // Only now, when there are tables to read: it looks for them but once a second.
    let query_api = QueryApi::start(&query_config, &edge.health, shutdown)?;
    let links = config.survey_links()?;
    let commands = command_api.router(issuer.verifier(), links.clone());
    let routes = routes(&config, &issuer, commands, &query_api);
    let health = edge.health.clone();
    let commands = sender(&issuer, "process-managers", Role::Service, address)?;
    let managers = config.managers();
    let managers = docket_process_managers::start(&log, &managers, &commands, &health, shutdown);
    let deliveries = match config.delivery.take() {
        Some(delivery) => {
            let delivery = notifications::place(delivery, &outbox, &log_config, address);
            Some(docket_delivery::start(delivery, links, &health, shutdown)?)
        }
        None => None,
    };
    let serving = tokio::spawn(serve(listener, routes, edge, command_api));
    views.ready(&health).await?;
    let tokens = Tokens::make(&issuer, &config.auth)?;
    if is_new {
        let administrator = sender(&issuer, "docket", Role::Administrator, address)?;
        samples::register(&administrator, &tokens).await;
    }
    let running = Running {
        address,
        tokens,
        log: log_config,
        read_model,
        directory,
        shutdown: shutdown.clone(),
        serving,
        views,
        managers,
        deliveries,
        postgres,
    };
    running.directory.write_session(&running.session_env())?;
    running.directory.say(&format!(
        " (process {}, {})",
        std::process::id(),
        running.url()
    ));
    Ok(running)
}

/// Process managers send their commands as anybody does, and so do we.
fn sender(
    issuer: &DevelopmentIssuer,
    subject: &str,
    role: Role,
    address: SocketAddr,
) -> Result<Sender, Error> {
    let token = issuer.token(subject, role, OWN_TOKEN)?;
    let commands = CommandsConfig {
        urls: vec![format!("http://{address}")],
        ..CommandsConfig::default()
    };
    Sender::with_token(&commands, token).map_err(|error| Error::ProcessManagers {
        why: Chain(&error).to_string(),
    })
}

/// Longer than a process lives.
const OWN_TOKEN: Duration = Duration::from_hours(10 * 365 * 24);

/// Reads and writes are split by method, so both APIs answer under the same paths.
fn routes(
    config: &Config,
    issuer: &DevelopmentIssuer,
    commands: Router,
    query_api: &QueryApi,
) -> Router {
    let mut document = CommandApi::openapi();
    document.merge(QueryApi::openapi());
    document.info.title = "Docket".into();
    let commands = commands.merge(docs::router(document));
    server::api(commands, "command-api", &config.http).merge(server::api(
        query_api.router(issuer.verifier()),
        "query-api",
        &config.http,
    ))
}

/// Until the end is asked for and everything accepted is answered.
async fn serve(
    listener: TcpListener,
    routes: Router,
    edge: Edge,
    command_api: CommandApi,
) -> Result<(), docket_command_api::Error> {
    let shutdown = edge.shutdown.clone();
    let unready = Duration::from_millis(edge.http.unready_before_stop_ms);
    let leaving = async {
        shutdown.requested().await;
        command_api.leave(unready).await;
    };
    // Whoever has not seen yet that we are not ready any more is still served.
    tokio::join!(server::serve(listener, routes, edge), leaving);
    command_api.stop().await
}

/// Starting blocks for about a second, so it has a thread of its own.
async fn private_postgres(directory: Arc<DataDirectory>) -> Result<Postgres, Error> {
    let start = move || {
        let inside = Postgres::start(&PostgresConfig::new(directory.path().join("postgres")));
        match inside {
            // As root it runs as `postgres`, who may not pass through /root, say.
            Err(docket_supervisor::Error::NotTraversable { .. }) => {
                Postgres::start(&PostgresConfig::new(directory.elsewhere()))
            }
            started => started,
        }
    };
    tokio::task::spawn_blocking(start)
        .await
        .map_err(|_| Error::Panicked {
            part: "the supervisor",
        })?
        .map_err(Error::Postgres)
}

impl Running {
    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Tokens of each role.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Which log it is.
    pub fn log(&self) -> &LogConfig {
        &self.log
    }

    /// Where the read model is.
    pub fn read_model(&self) -> &PgConfig {
        &self.read_model
    }

    /// The file with addresses and tokens, for `. FILE` in a shell.
    pub fn session_file(&self) -> PathBuf {
        self.directory.session_file()
    }

    /// The data directory, and PostgreSQL's where that one lies apart.
    fn kept_in(&self) -> String {
        let directory = self.directory.path();
        let postgres = self.postgres.as_ref().and_then(|it| it.log().parent());
        match postgres.filter(|postgres| !postgres.starts_with(directory)) {
            Some(apart) => format!("{} and {}", directory.display(), apart.display()),
            None => directory.display().to_string(),
        }
    }

    /// Finishes what was accepted and stops everything, Postgres last.
    pub async fn stop(self) -> Result<(), Error> {
        self.shutdown.request();
        let served = self.serving.await;
        self.views.stopped().await;
        self.managers.stopped().await;
        if let Some(deliveries) = self.deliveries {
            deliveries.stopped().await;
        }
        // Stopping Postgres waits for its processes.
        let postgres = self.postgres;
        let gone = tokio::task::spawn_blocking(move || drop(postgres)).await;
        gone.map_err(|_| Error::Panicked {
            part: "the supervisor",
        })?;
        served.map_err(|_| Error::Panicked {
            part: "the HTTP edge",
        })??;
        Ok(())
    }
}
