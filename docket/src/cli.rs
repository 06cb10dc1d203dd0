//! The command line of `docket`.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand, ValueEnum};
use docket_service::auth::{AuthConfig, DevelopmentIssuer, actor_id};
use docket_service::{Role, Shutdown, telemetry};

use crate::all_in_one::{self, Config, Options, default_data_dir, key_file};
use crate::demo::{DemoOptions, Scale, demo};
use crate::import::{Format, ImportOptions, import};
use crate::route;

/// Docket, a trouble-ticket backend: everything in one process.
///
/// Without a subcommand it starts a private PostgreSQL in a data directory, the log in it, the
/// command API and query API on one port, the projectors and the process managers. It needs no configuration,
/// and prints what to try. Ctrl-C stops it cleanly. What was acknowledged is kept, however it ends, and the next
/// start on the same directory goes on.
///
/// It is meant for trying Docket and for small shops: its tokens come from an issuer of its own.
/// In production command-api, projectors, process-managers, query-api and delivery run apart, any
/// number of each.
#[derive(Debug, Parser)]
#[command(name = "docket", version, propagate_version = true, after_long_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArgs,
}

const EXAMPLES: &str = "\
EXAMPLES:
    docket                                    everything, in .docket, on 127.0.0.1:8080
    docket --data-dir /srv/docket --listen 0.0.0.0:80
    docket --kafka broker-1:9092              the log on Kafka, the rest as before
    . .docket/session.env                     addresses and tokens, into your shell
    docket token --role manager --subject eve
    docket demo                               a day in the shop, on the one that runs here
    docket import --from servicenow incidents.csv.gz --token \"$IMPORTER\"
    docket route explain 10428 --token \"$MANAGER\"

ENVIRONMENT:
    DOCKET_POSTGRES_BIN   directory of PostgreSQL's server programs, if they are not found
    DOCKET_<SECTION>__<FIELD>   any setting of the configuration, such as DOCKET_HTTP__LISTEN";

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts everything (also without a subcommand)
    Serve(ServeArgs),
    /// Plays a day in the shop on a running all-in-one, and checks what came of it
    ///
    /// Customers, receptionists and store staff open tickets all over a country; routers give them to
    /// consultants, who come on shift and go, accept and decline, travel, work, wait for parts; some
    /// tickets come back, are cancelled, or are solved on the phone; customers say how it went. All of
    /// it goes over HTTP, with tokens as such people have, against the docket that runs on the data
    /// directory, and adds to what is there: people, tickets, and entries that the catalogue lacks.
    ///
    /// Who does what and when is drawn from the seed. A run has people and a team of its own, so it
    /// can be run again, and other tickets are left alone. Ctrl-C ends it early, in good order.
    ///
    /// At the end stands what came of the day: how long tickets waited, how long the queue was, what
    /// consultants did with their time, what customers thought. Each number is computed twice, from
    /// the log itself and from what the queries say, and held against what people were told.
    ///
    /// Exit code 0: all agree. 1: they don't, and what differs is named; or there was no day.
    Demo(DemoArgs),
    /// Imports the history of another system, idempotently (docs/import.md)
    Import(ImportArgs),
    /// Says how tickets come to consultants
    #[command(subcommand)]
    Route(RouteCommand),
    /// Makes a token for the all-in-one
    Token(TokenArgs),
}

#[derive(Debug, Subcommand)]
enum RouteCommand {
    /// Explains every decision of a router on a ticket, and why it waits if it does
    Explain(ExplainArgs),
}

#[derive(Debug, Args)]
struct ExplainArgs {
    /// The ticket: its id, or its number as it is read out
    ticket: String,
    /// Where Docket answers queries
    #[arg(long, env = "DOCKET_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// A token of somebody who may see it, such as a manager
    #[arg(long, env = "DOCKET_TOKEN", hide_env_values = true)]
    token: String,
    /// Print the API's answer as it is
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ServeArgs {
    /// Where everything is kept; made if it is not there
    ///
    /// When root starts docket, PostgreSQL runs as the user postgres. If that user can't reach the
    /// directory (below /root, say), PostgreSQL's data go to a directory of their own below
    /// /var/lib/docket.
    #[arg(long, value_name = "DIR", env = "DOCKET_DATA_DIR", default_value_os_t = default_data_dir())]
    data_dir: PathBuf,
    /// Where to listen; port 0 takes any free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Keep the log on Kafka: HOST:PORT of some brokers, with commas between them
    ///
    /// This is the development mode, in which one broker is enough: with one replica a lost disk
    /// is a lost log. Views stay in the private PostgreSQL.
    #[arg(long, value_name = "BROKERS")]
    kafka: Option<String>,
    /// The topic that is the log; made if it is not there
    #[arg(
        long,
        value_name = "TOPIC",
        default_value = "docket.events",
        requires = "kafka"
    )]
    topic: String,
    /// A configuration file (TOML) with sections as the services have them
    #[arg(long, value_name = "FILE", env = "DOCKET_CONFIG")]
    config: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct DemoArgs {
    /// The data directory of the docket that runs
    #[arg(long, value_name = "DIR", env = "DOCKET_DATA_DIR", default_value_os_t = default_data_dir())]
    data_dir: PathBuf,
    /// What the day is drawn from: the same seed, the same day
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How much faster than real the shop's clock runs; 360 makes ten seconds of an hour
    #[arg(long, value_name = "N", default_value_t = 360,
        value_parser = clap::value_parser!(u32).range(1..=10_000))]
    speed_up: u32,
    /// How many consultants there are
    #[arg(long, value_name = "N", default_value_t = 300,
        value_parser = clap::value_parser!(u32).range(10..=5_000))]
    consultants: u32,
    /// How many tickets come in
    #[arg(long, value_name = "N", default_value_t = 3_000,
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    tickets: u32,
    /// How many hours the doors are open, from seven in the morning; the last shift stays for
    /// another hour and a half
    #[arg(long, value_name = "H", default_value_t = 12,
        value_parser = clap::value_parser!(u32).range(1..=16))]
    hours: u32,
    /// One JSON document instead of text; times in microseconds of real time
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ImportArgs {
    /// The file; gzip is unpacked
    file: PathBuf,
    /// What the file is
    #[arg(long, value_enum, default_value_t = Format::Neutral)]
    from: Format,
    /// What the other system is called; part of every id, so give the same name each time
    /// [default: servicenow or import, by format]
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Where Docket answers
    #[arg(long, env = "DOCKET_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// A token of the role importer
    #[arg(long, env = "DOCKET_TOKEN", hide_env_values = true)]
    token: String,
    /// Write everything that was not mapped or was refused to this file, as NDJSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// End with exit code 2 if anything was not mapped or was refused
    #[arg(long)]
    strict: bool,
}

#[derive(Debug, Args)]
struct TokenArgs {
    /// What the token's bearer may do
    #[arg(long, value_enum)]
    role: RoleName,
    /// Who the bearer is
    #[arg(long)]
    subject: String,
    /// How many days it is good for
    #[arg(long, default_value_t = 30)]
    days: u32,
    /// The data directory of the all-in-one that is to accept it
    #[arg(long, value_name = "DIR", env = "DOCKET_DATA_DIR", default_value_os_t = default_data_dir())]
    data_dir: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
enum RoleName {
    Customer,
    Receptionist,
    StoreStaff,
    Consultant,
    Manager,
    Administrator,
    Service,
    Importer,
}

/// Does what the command line says.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        None => serve(cli.serve).await,
        Some(Command::Serve(args)) => serve(args).await,
        Some(Command::Demo(args)) => run_demo(args).await,
        Some(Command::Import(args)) => run_import(args).await,
        Some(Command::Route(RouteCommand::Explain(args))) => explain(&args).await,
        Some(Command::Token(args)) => token(&args),
    }
}

async fn serve(args: ServeArgs) -> anyhow::Result<ExitCode> {
    let options = Options {
        data_dir: args.data_dir,
        listen: args.listen,
        kafka: args.kafka,
        topic: args.topic,
        config: args.config,
        samples: true,
    };
    telemetry::init(&Config::load(&options)?.telemetry)?;
    let shutdown = Shutdown::new();
    shutdown
        .on_signals()
        .context("signals can't be listened to")?;
    if options.kafka.is_some() {
        tracing::warn!("the log is on Kafka in development mode: one replica is accepted");
    }
    let running = match all_in_one::start(&options, &shutdown).await {
        Err(all_in_one::Error::Stopped) => return Ok(ExitCode::SUCCESS),
        started => started?,
    };
    println!("{}", running.welcome());
    shutdown.requested().await;
    running.stop().await?;
    println!("Docket has stopped.");
    Ok(ExitCode::SUCCESS)
}

async fn run_demo(args: DemoArgs) -> anyhow::Result<ExitCode> {
    let options = DemoOptions {
        data_dir: args.data_dir,
        scale: Scale {
            seed: args.seed,
            consultants: args.consultants as usize,
            tickets: args.tickets as usize,
            hours: args.hours,
        },
        speed_up: args.speed_up,
        progress: true,
    };
    let shutdown = Shutdown::new();
    shutdown
        .on_signals()
        .context("signals can't be listened to")?;
    let report = demo(&options, &shutdown).await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(if report.agrees() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn run_import(args: ImportArgs) -> anyhow::Result<ExitCode> {
    let options = ImportOptions {
        file: args.file,
        format: args.from,
        source: args.source,
        url: args.url,
        token: args.token,
        report: args.report.clone(),
        progress: true,
    };
    let summary = import(&options).await?;
    print!("{summary}");
    match &args.report {
        Some(report) => println!("each of them is in {}", report.display()),
        None if summary.is_complete() => {}
        None => println!("--report FILE writes down each of them"),
    }
    anyhow::ensure!(
        !summary.is_futile(),
        "nothing was imported: is the token of the role importer, and the file of the format that \
         --from names?"
    );
    Ok(if args.strict && !summary.is_complete() {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    })
}

async fn explain(args: &ExplainArgs) -> anyhow::Result<ExitCode> {
    let routing = route::read(&args.url, &args.token, &args.ticket).await?;
    if args.json {
        println!("{routing:#}");
    } else {
        print!("{}", route::explained(&routing));
    }
    Ok(ExitCode::SUCCESS)
}

fn token(args: &TokenArgs) -> anyhow::Result<ExitCode> {
    let key_file = key_file(&args.data_dir);
    anyhow::ensure!(
        key_file.exists(),
        "{} is not there: start docket once on that data directory, or name another with \
         --data-dir",
        key_file.display()
    );
    let auth = AuthConfig {
        key_file,
        ..AuthConfig::default()
    };
    let lifetime = Duration::from_hours(24 * u64::from(args.days));
    let token = DevelopmentIssuer::open(&auth)?.token(&args.subject, args.role.role(), lifetime)?;
    println!("{token}");
    if std::io::stdout().is_terminal() {
        eprintln!(
            "its bearer is {} in tickets",
            actor_id(&auth.issuer, &args.subject)
        );
    }
    Ok(ExitCode::SUCCESS)
}

impl RoleName {
    const fn role(self) -> Role {
        match self {
            Self::Customer => Role::Customer,
            Self::Receptionist => Role::Receptionist,
            Self::StoreStaff => Role::StoreStaff,
            Self::Consultant => Role::Consultant,
            Self::Manager => Role::Manager,
            Self::Administrator => Role::Administrator,
            Self::Service => Role::Service,
            Self::Importer => Role::Importer,
        }
    }
}
