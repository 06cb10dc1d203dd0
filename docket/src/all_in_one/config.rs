//! What can be set about the all-in-one: little on the command line, everything in a file.

use std::net::SocketAddr;
use std::path::PathBuf;

use docket_command_api::CommandConfig;
use docket_delivery::DeliveryConfig;
use docket_event_log::{KafkaConfig, LogConfig, PostgresConfig};
use docket_process_managers::Managers;
use docket_process_managers::closer::CloserConfig;
use docket_process_managers::inviter::InviterConfig;
use docket_process_managers::router::RouterConfig;
use docket_projectors::outbox::OutboxConfig;
use docket_projectors::read_model::PgConfig;
use docket_projectors::routing::RoutingConfig;
use docket_projectors::survey::SurveyConfig;
use docket_query_api::{QueryConfig, RoutingSource, SurveySource};
use docket_service::auth::AuthConfig;
use docket_service::config::{Check, ConfigError, ConfigSources, load};
use docket_service::server::HttpConfig;
use docket_service::survey_link::{self, SurveyLinks, SurveyLinksConfig};
use docket_service::telemetry::TelemetryConfig;
use serde::Deserialize;

use super::directory::{key_file, survey_key_file};

/// What the command line says.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// Where to listen; the configuration's `http.listen`, or 127.0.0.1:8080, if not said.
    pub listen: Option<SocketAddr>,
    /// Brokers of a Kafka that is to hold the log.
    pub kafka: Option<String>,
    /// The topic there.
    pub topic: String,
    /// A configuration file.
    pub config: Option<PathBuf>,
    /// Whether a log in which nothing has happened gets sample consultants.
    pub samples: bool,
}

impl Options {
    /// The defaults, in that directory.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            listen: None,
            kafka: None,
            topic: "docket.events".to_owned(),
            config: None,
            samples: false,
        }
    }
}

/// The whole configuration: the services' sections. `log` and `read_model` are the private
/// Postgres unless they are set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Section `log`.
    pub log: Option<LogConfig>,
    /// Section `read_model`.
    pub read_model: Option<PgConfig>,
    /// Section `routing`, the routing view; beside the read model unless it is set.
    pub routing: Option<RoutingConfig>,
    /// Section `survey`, the survey view; beside the read model unless it is set.
    pub survey: Option<SurveyConfig>,
    /// Section `outbox`, the notifications that are called for; beside the read model unless it is set.
    pub outbox: Option<OutboxConfig>,
    /// Section `auth`; the key is `token.key` in the data directory unless it is set.
    #[serde(default)]
    pub auth: AuthConfig,
    /// Section `survey_links`; the key is `survey.key` in the data directory unless it is set.
    #[serde(default)]
    pub survey_links: SurveyLinksConfig,
    /// Section `command`.
    #[serde(default)]
    pub command: CommandConfig,
    /// Section `query`; its views are always those that are kept here.
    #[serde(default)]
    pub query: QueryConfig,
    /// Section `router`; with the log in our own Postgres there is but one, which doesn't wait for
    /// another (`takeover_ms`).
    #[serde(default)]
    pub router: RouterConfig,
    /// Section `closer`.
    #[serde(default)]
    pub closer: CloserConfig,
    /// Section `inviter`.
    #[serde(default)]
    pub inviter: InviterConfig,
    /// Section `delivery`; without it nobody is notified. Its tables are always beside the
    /// outbox's.
    pub delivery: Option<DeliveryConfig>,
    /// Section `http`.
    #[serde(default)]
    pub http: HttpConfig,
    /// Section `telemetry`.
    #[serde(default)]
    pub telemetry: TelemetryConfig,
}

/// Where the views are, and how they are filled.
#[derive(Clone, Debug)]
pub(super) struct ViewsConfig {
    pub(super) read_model: PgConfig,
    pub(super) routing: RoutingConfig,
    pub(super) survey: SurveyConfig,
    pub(super) outbox: OutboxConfig,
}

impl Check for Config {
    fn check(&self) -> Result<(), ConfigError> {
        self.read_model.as_ref().map_or(Ok(()), Check::check)?;
        self.routing.as_ref().map_or(Ok(()), Check::check)?;
        self.survey.as_ref().map_or(Ok(()), Check::check)?;
        self.outbox.as_ref().map_or(Ok(()), Check::check)?;
        self.auth.check()?;
        self.command.check()?;
        self.managers().check()?;
        self.delivery.as_ref().map_or(Ok(()), Check::check)?;
        self.http.check()?;
        self.telemetry.check()
    }
}

impl Config {
    /// Reads file and environment, and lays the command line over them.
    pub fn load(options: &Options) -> Result<Self, ConfigError> {
        let mut sources = ConfigSources::from_environment(options.config.clone());
        if let Some(listen) = options.listen {
            sources = sources.set("http.listen", listen.to_string());
        }
        let mut config: Self = load(&sources)?;
        if config.auth.key_file == AuthConfig::default().key_file {
            config.auth.key_file = key_file(&options.data_dir);
        }
        let survey_key = &mut config.survey_links.key_file;
        survey_key.get_or_insert_with(|| survey_key_file(&options.data_dir));
        if config.telemetry.log_filter == TelemetryConfig::default().log_filter {
            // Postgres tells of every table that is there already, and of each connection it ends.
            config
                .telemetry
                .log_filter
                .push_str(",sqlx=warn,sqlx_core::pool=error");
        }
        if let Some(brokers) = &options.kafka {
            let mut kafka = KafkaConfig::new(brokers, &options.topic);
            // One broker is enough to try it; command-api on its own insists on three.
            kafka.development = true;
            config.log = Some(LogConfig::Kafka(kafka));
        }
        // In our own Postgres there is no other router; anywhere else there may be.
        if config.log.is_none() {
            config.router.takeover_ms = 0;
        }
        // A snapshot belongs to one log, and a data directory may see both kinds.
        let snapshots = match config.log {
            Some(LogConfig::Kafka(_)) => "kafka_snapshots",
            _ => "snapshots",
        };
        let directory = &mut config.command.snapshot_directory;
        directory.get_or_insert_with(|| options.data_dir.join(snapshots));
        Ok(config)
    }

    pub(super) fn needs_postgres(&self) -> bool {
        self.log.is_none() || self.read_model.is_none()
    }

    /// Puts what has no place yet into that database.
    pub(super) fn use_postgres(&mut self, url: &str) {
        let log = self
            .log
            .get_or_insert_with(|| LogConfig::Postgres(PostgresConfig::new(url, "event_log")));
        // A view belongs to one log, and a data directory may see both kinds.
        let schema = match log {
            LogConfig::Kafka(_) => "kafka_read_model_1",
            LogConfig::Postgres(_) => "read_model_1",
        };
        self.read_model.get_or_insert_with(|| PgConfig {
            schema: schema.to_owned(),
            ..PgConfig::new(url)
        });
    }

    /// The views; those without a place of their own lie in the read model's database.
    pub(super) fn views(&self, read_model: PgConfig) -> ViewsConfig {
        // As with the read model, there is one of each kind of log.
        let prefix = match self.log {
            Some(LogConfig::Kafka(_)) => "kafka_",
            _ => "",
        };
        let routing = || RoutingConfig {
            schema: format!("{prefix}routing_1"),
            ..RoutingConfig::new(&read_model.url)
        };
        let survey = || SurveyConfig {
            schema: format!("{prefix}survey_1"),
            ..SurveyConfig::new(&read_model.url)
        };
        let outbox = || OutboxConfig {
            schema: format!("{prefix}outbox_1"),
            ..OutboxConfig::new(&read_model.url)
        };
        ViewsConfig {
            routing: self.routing.clone().unwrap_or_else(routing),
            survey: self.survey.clone().unwrap_or_else(survey),
            outbox: self.outbox.clone().unwrap_or_else(outbox),
            read_model,
        }
    }

    /// The query API reads what the projectors write.
    pub(super) fn query(&self, views: &ViewsConfig) -> QueryConfig {
        QueryConfig {
            url: views.read_model.url.clone(),
            schema: views.read_model.schema.clone(),
            routing: Some(RoutingSource {
                url: views.routing.url.clone(),
                schema: views.routing.schema.clone(),
                priority_step_s: self.router.weights.priority_step_s,
            }),
            survey: Some(SurveySource {
                url: views.survey.url.clone(),
                schema: views.survey.schema.clone(),
            }),
            ..self.query.clone()
        }
    }

    /// What the process managers do.
    pub(super) fn managers(&self) -> Managers {
        Managers {
            router: self.router.clone(),
            closer: self.closer,
            inviter: self.inviter,
        }
    }

    /// What survey links are signed with; made where there is none yet.
    pub(super) fn survey_links(&self) -> Result<SurveyLinks, survey_link::Error> {
        let made = self
            .survey_links
            .key_file
            .as_deref()
            .map(SurveyLinks::open_or_make);
        made.unwrap_or_else(|| SurveyLinks::open(&self.survey_links))
    }

    pub(super) fn incomplete() -> ConfigError {
        ConfigError::Invalid {
            field: "log, read_model".into(),
            why: "are not set".into(),
        }
    }
}
