//! Measures Docket beside a reference in the same run: machines are shared and noisy, so only the
//! ratio means anything.

mod bulk;
mod http;
mod latency;
mod load;
mod machine;
mod memory;
mod pgbench;
mod port;
mod postgres;
mod read;
mod records;
mod reference;
mod replicas;
mod requirement;
mod routing;
mod serve;
mod stage;
mod table;
mod tickets;
mod visible;

use clap::{Parser, Subcommand};

use crate::serve::Server;
use crate::stage::{Size, Stage};
use crate::table::Findings;

/// As in Docket's own binaries, since this one plays them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Docket. Run it in a release build: `cargo run --release -p docket-bench -- all`.
///
/// It starts what it needs in a temporary directory: a private Kafka, a private Postgres, and
/// servers of its own. Progress goes to standard error, the Markdown table to standard output.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Shorter, for a look; the figures are rougher
    #[arg(long, global = true)]
    quick: bool,
    /// Only sees whether everything runs
    #[arg(long, global = true, hide = true)]
    smoke: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything, one after the other
    All,
    /// Commands through the log port on Kafka, beside librdkafka's producer alone
    Port,
    /// Commands over HTTP, beside a bare axum handler
    Http,
    /// Bulk commands, beside librdkafka's producer alone
    Bulk,
    /// Latency of commands at rates up to saturation, beside the raw round trip through Kafka
    Latency,
    /// Ten times the load that is required
    Requirement,
    /// From a command's acknowledgement to a query that shows it
    Visible,
    /// Reading the log with everything checked, beside librdkafka's consumer alone
    Read,
    /// One, two and three command APIs, without owners and with them
    Replicas,
    /// Commands on the Postgres log and queries by id, beside pgbench
    Postgres,
    /// Routing decisions over 5,000 consultants, beside looking at each of them
    Routing,
    /// Memory for each ticket and time to start, from the log's start and from snapshots
    Memory {
        /// How many tickets closed for good, and as many open ones up to a million; 1000000 unless
        /// told, and less when quick
        #[arg(long)]
        tickets: Option<u64>,
    },
    /// One of the servers that are measured
    #[command(hide = true)]
    Serve {
        #[command(subcommand)]
        server: Server,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    if let Command::Serve { server } = cli.command {
        return serve::serve(server).await;
    }
    let quiet = tracing_subscriber::EnvFilter::new("error");
    tracing_subscriber::fmt()
        .with_env_filter(quiet)
        .with_writer(std::io::stderr)
        .init();
    let size = match (cli.smoke, cli.quick) {
        (true, _) => Size::Smoke,
        (_, true) => Size::Quick,
        _ => Size::Full,
    };
    let stage = Stage::set().await?;
    stage.warm_up(size).await?;
    println!("{}\n", machine::facts(&stage).await?);
    println!("{}", measure(&cli.command, &stage, size).await?);
    Ok(())
}

async fn measure(command: &Command, stage: &Stage, size: Size) -> anyhow::Result<Findings> {
    match command {
        Command::All => all(stage, size).await,
        Command::Port => port::measure(stage, size).await,
        Command::Http => http::measure(stage, size).await,
        Command::Bulk => bulk::measure(stage, size).await,
        Command::Latency => latency::measure(stage, size).await,
        Command::Requirement => requirement::measure(stage, size).await,
        Command::Visible => visible::measure(stage, size).await,
        Command::Read => read::measure(stage, size).await,
        Command::Replicas => replicas::measure(stage, size).await,
        Command::Postgres => postgres::measure(stage, size).await,
        Command::Routing => routing::measure(stage, size).await,
        Command::Memory { tickets } => {
            let usual = size.pick(1_000_000, 100_000, 1_000);
            memory::measure(stage, size, tickets.unwrap_or(usual)).await
        }
        Command::Serve { .. } => unreachable!("served above"),
    }
}

async fn all(stage: &Stage, size: Size) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    let mut each = vec![
        Command::Port,
        Command::Http,
        Command::Bulk,
        Command::Latency,
        Command::Requirement,
        Command::Visible,
        Command::Read,
        Command::Replicas,
        Command::Postgres,
        Command::Routing,
        Command::Memory { tickets: None },
    ];
    if size == Size::Full {
        let tickets = Some(5_000_000);
        each.push(Command::Memory { tickets });
    }
    for command in each {
        eprintln!("{command:?}");
        findings.append(Box::pin(measure(&command, stage, size)).await?);
    }
    Ok(findings)
}
