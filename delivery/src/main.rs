//! The delivery worker's process, and its operator's commands.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use docket_delivery::{DeliveryConfig, Queue, Which};
use docket_service::Shutdown;
use docket_service::config::{self, Check, ConfigError, ConfigSources};
use docket_service::server::{self, Edge, HttpConfig};
use docket_service::survey_link::{SurveyLinks, SurveyLinksConfig};
use docket_service::telemetry::{self, TelemetryConfig};
use serde::Deserialize;
use uuid::Uuid;

/// Sends the outbox's notifications: by mail, text message and webhook.
///
/// Any number of these may run on one outbox; no two send the same notification at once. It serves
/// /livez, /readyz?verbose and /metrics.
///
/// SIGTERM or Ctrl-C stops it: what was begun is finished, which takes at most an attempt's time.
#[derive(Parser)]
#[command(name = "delivery", version, after_long_help = EXAMPLE)]
struct Arguments {
    /// The configuration, in TOML; environment variables win over it.
    #[arg(long, value_name = "FILE", env = "DOCKET_CONFIG", global = true)]
    config: Option<PathBuf>,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Sends what is due until it is stopped; so does the bare command.
    Run,
    /// Shows what waits, what is held and what is dead, by target.
    Status,
    /// Lists dead letters, the oldest first, or what was dropped.
    Dead {
        #[command(flatten)]
        which: Chosen,
        /// How many at most.
        #[arg(long, default_value_t = 50)]
        most: i64,
    },
    /// Sets dead letters going again, from the schedule's start, or what was dropped.
    Redrive {
        #[command(flatten)]
        which: Chosen,
    },
}

#[derive(Args)]
struct Chosen {
    /// Only the one of this id.
    #[arg(long)]
    id: Option<Uuid>,
    /// Only those of this target: mail, sms or `webhook:<name>`.
    #[arg(long)]
    target: Option<String>,
    /// Only those of this kind, such as ticket.received.
    #[arg(long)]
    kind: Option<String>,
    /// What was dropped, since nobody wanted it or there was nobody, in place of what is dead.
    #[arg(long)]
    dropped: bool,
}

const EXAMPLE: &str = r#"Configuration, with the defaults of the commonest settings:

  [delivery]
  url = "postgres://localhost/docket"
  schema = "delivery"                    # the state of deliveries; back it up
  outbox = "outbox_1"                    # the generation to read
  poll_interval_ms = 1000
  attempt_timeout_ms = 30000             # one attempt, altogether
  concurrency = 4                        # attempts to one target at once
  retry_after_ms = [5000, 300000]        # then dead; default: three days of Standard Webhooks
  language = "en"                        # of those who named none
  texts = "/etc/docket/texts"            # <language>.toml, over our own; default: none
  sender = "Docket"
  survey_page = "https://support.example.org/survey"  # where invitations lead; no default
  keep_ms = 7776000000                   # what became of deliveries, after their end

  [delivery.managers]                    # who is told that nobody accepts, by team
  default = "dispatch@example.org"

  [delivery.mail]                        # without this section mails are held
  host = "mail.example.org"
  tls = "starttls"                       # or "tls", "none"
  user = "docket"
  password = "secret"                    # better DOCKET_DELIVERY__MAIL__PASSWORD
  from = "Support <support@example.org>"
  ca_file = "/etc/docket/ca.pem"         # trusted besides the system's; default: none

  [delivery.sms]                         # without this section text messages are held
  url = "https://sms.example.com/send"
  body = '{"to": "{to}", "text": "{text}", "id": "{id}"}'
  format = "json"                        # or "form"
  headers = { authorization = "Bearer secret" }

  [delivery.webhooks]
  allow_http = false
  allow_networks = []                    # networks that are not public, such as "10.1.0.0/16"

  [delivery.webhooks.endpoints.crm]
  url = "https://crm.example.org/docket"
  kinds = ["ticket.received"]            # default: all
  secrets = ["whsec_..."]                # each signs
  survey_links = false                   # whether it gets customers' links to surveys

  [survey_links]
  key_file = "survey.key"                # the command API's; signs the links in invitations

  [http]
  listen = "127.0.0.1:8080"

  [telemetry]
  log_format = "text"                    # or "json"
  log_filter = "info"

Every setting is also an environment variable, such as DOCKET_DELIVERY__URL."#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    delivery: DeliveryConfig,
    #[serde(default)]
    survey_links: SurveyLinksConfig,
    #[serde(default)]
    http: HttpConfig,
    #[serde(default)]
    telemetry: TelemetryConfig,
}

impl Check for Config {
    fn check(&self) -> Result<(), ConfigError> {
        self.delivery.check()?;
        self.http.check()?;
        self.telemetry.check()
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let config: Config = config::load(&ConfigSources::from_environment(arguments.config))?;
    telemetry::init(&config.telemetry)?;
    match arguments.command.unwrap_or(Command::Run) {
        Command::Run => run(config).await,
        Command::Status => status(&config.delivery).await,
        Command::Dead { which, most } => dead(&config.delivery, which, most).await,
        Command::Redrive { which } => {
            let queue = Queue::open(&config.delivery).await?;
            println!("{} set going again", queue.redrive(&which.into()).await?);
            Ok(())
        }
    }
}

async fn run(config: Config) -> anyhow::Result<()> {
    let links = SurveyLinks::open(&config.survey_links)?;
    let shutdown = Shutdown::new();
    shutdown
        .on_signals()
        .context("signals can't be listened to")?;
    let listener = server::bind(&config.http).await?;
    let edge = Edge::new(config.http, &shutdown);
    let worker = docket_delivery::start(config.delivery, links, &edge.health, &shutdown)?;
    let serving = tokio::spawn(server::serve(listener, axum::Router::new(), edge));
    worker.stopped().await;
    serving.await.context("the HTTP edge panicked")
}

async fn status(config: &DeliveryConfig) -> anyhow::Result<()> {
    let queue = Queue::open(config).await?;
    for line in queue.status().await? {
        let target = line.target.as_deref().unwrap_or("no way");
        let served = line.target.as_ref().is_some_and(|name| config.serves(name));
        let state = if line.state == "due" && !served {
            "held"
        } else {
            &line.state
        };
        println!(
            "{target}: {} {state}, the oldest for {:.0} s{}",
            line.deliveries,
            line.oldest_seconds,
            line.reason
                .map(|why| format!(" ({why})"))
                .unwrap_or_default()
        );
    }
    Ok(())
}

async fn dead(config: &DeliveryConfig, which: Chosen, most: i64) -> anyhow::Result<()> {
    let queue = Queue::open(config).await?;
    for letter in queue.dead(&which.into(), most).await? {
        println!(
            "{} {} ticket {} to {} after {} attempts: {}",
            letter.id,
            letter.kind,
            letter.ticket,
            letter.target.as_deref().unwrap_or("nobody known"),
            letter.attempts,
            letter.reason.as_deref().unwrap_or("-")
        );
    }
    Ok(())
}

impl From<Chosen> for Which {
    fn from(chosen: Chosen) -> Self {
        Self {
            id: chosen.id,
            target: chosen.target,
            kind: chosen.kind,
            dropped: chosen.dropped,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_help_is_a_configuration() {
        let start = EXAMPLE.find("  [delivery]").expect("an example");
        let end = EXAMPLE.find("\n\nEvery setting").expect("its end");
        let config: Config = toml::from_str(&EXAMPLE[start..end]).expect("parses");
        assert!(config.delivery.mail.is_some() && config.delivery.sms.is_some());
        assert_eq!(config.delivery.webhooks.endpoints.len(), 1);
    }
}
