//! The command line of `replay`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgGroup, Args, Parser, Subcommand};
use docket_event_log::{Error, KafkaConfig, Log, LogConfig, PostgresConfig};
use docket_service::config::{Check, ConfigError, ConfigSources, load};
use jiff::Timestamp;
use serde::Deserialize;

use crate::audit::{Question, TicketName, TrustedHead, Verdict, audit};
use crate::progress::Progress;

/// A damaged log is neither success nor a mistake in calling.
const EXIT_DAMAGED: u8 = 3;

/// Reads Docket's log: what is in it, and whether it is whole.
#[derive(Debug, Parser)]
#[command(name = "replay", version, about, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A ticket's history, its partition's hash chain checked from the first record to the last
    ///
    /// Shows each event with who, when, sequence and hash; commands that were answered without an
    /// event; noise under the ticket's key, that is records which lost a race and never happened;
    /// and the partition's head. Keep that head somewhere else and give it back with
    /// --trusted-head: whoever can rewrite the whole log can make a chain that holds, but not one
    /// with that hash in it.
    ///
    /// Exit code 0: the chain holds. 1: no answer. 2: wrong arguments. 3: the log is damaged.
    #[command(after_help = "\
EXAMPLES:
    replay audit 0d7ae7d8-5fd4-5a62-9b20-4c3d3a9e8f11 --log 'postgres://docket@db/docket'
    replay audit 1234 --kafka broker-1:9092 --at 2026-03-01T12:00:00Z
    replay audit 1234 --kafka broker-1:9092 --trusted-head 4:1201:9f86d081…")]
    Audit(AuditArgs),
}

#[derive(Debug, Args)]
struct AuditArgs {
    /// The ticket's id (a UUID) or its number
    ticket: TicketName,
    #[command(flatten)]
    log: LogArgs,
    /// Only what had happened by then (RFC 3339), and the ticket as it stood
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// A head from an earlier audit, which must be in the log
    #[arg(long, value_name = "PARTITION:SEQUENCE:HASH")]
    trusted_head: Option<TrustedHead>,
    /// One JSON document instead of text
    #[arg(long)]
    json: bool,
}

/// Which log.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("which_log").required(true))]
struct LogArgs {
    /// The log is in Postgres, at this address
    #[arg(long, group = "which_log", value_name = "POSTGRES_URL")]
    log: Option<String>,
    /// The log is in Kafka; HOST:PORT of some brokers, with commas between them
    #[arg(long, group = "which_log", value_name = "BROKERS")]
    kafka: Option<String>,
    /// A configuration file with a section [log], as the services have it
    #[arg(long, group = "which_log", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The schema of the log in Postgres
    #[arg(long, default_value = "event_log")]
    schema: String,
    /// The topic of the log in Kafka
    #[arg(long, default_value = "docket.events")]
    topic: String,
}

#[derive(Deserialize)]
struct File {
    log: LogConfig,
}

impl Check for File {
    fn check(&self) -> Result<(), ConfigError> {
        Ok(())
    }
}

impl LogArgs {
    fn config(&self) -> Result<LogConfig, ConfigError> {
        let mut config = match (&self.log, &self.kafka) {
            (Some(url), _) => LogConfig::Postgres(PostgresConfig::new(url, &self.schema)),
            (_, Some(brokers)) => LogConfig::Kafka(KafkaConfig::new(brokers, &self.topic)),
            (None, None) => {
                load::<File>(&ConfigSources::from_environment(self.config.clone()))?.log
            }
        };
        // An audit only reads: it makes no log, and one replica is its operator's business.
        match &mut config {
            LogConfig::Kafka(kafka) => {
                kafka.read_only = true;
                kafka.development = true;
            }
            LogConfig::Postgres(postgres) => postgres.read_only = true,
        }
        Ok(config)
    }
}

/// Opens the log with the partition count that it has.
async fn open(config: &LogConfig) -> Result<Log, Error> {
    let found = match docket_event_log::open(config).await {
        Err(Error::PartitionCount { found, .. }) => found,
        opened => return opened,
    };
    let mut config = config.clone();
    match &mut config {
        LogConfig::Kafka(kafka) => kafka.partitions = found,
        LogConfig::Postgres(postgres) => postgres.partitions = found,
    }
    docket_event_log::open(&config).await
}

/// Does what the command line says.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let Command::Audit(args) = cli.command;
    let config = args.log.config()?;
    let log = open(&config).await?;
    let question = Question {
        ticket: args.ticket,
        at: args.at,
        trusted_head: args.trusted_head,
        keeps_losers: matches!(config, LogConfig::Kafka(_)),
    };
    let mut progress = Progress::new("entries read");
    let audit = audit(&log, &question, &mut |done, all| progress.update(done, all)).await?;
    progress.finish();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&audit)?);
    } else {
        print!("{audit}");
    }
    Ok(match (&audit.verdict, &audit.state, args.at) {
        (Verdict::Damaged(_), ..) => ExitCode::from(EXIT_DAMAGED),
        // Nothing of it by that time is an answer, no ticket at all is none.
        (Verdict::Holds, None, None) => {
            eprintln!("replay: there is no such ticket in this log");
            ExitCode::FAILURE
        }
        (Verdict::Holds, ..) => ExitCode::SUCCESS,
    })
}
