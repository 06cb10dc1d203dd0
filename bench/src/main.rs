//! Measures Docket beside a reference in the same run: machines are shared and noisy, so only the
//! ratio means anything.

mod bulk;
mod reference;

use clap::{Parser, Subcommand};

/// Measures Docket. Run it in a release build: `cargo run --release -p docket-bench -- bulk`.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bulk commands a second through HTTP, on both logs, beside librdkafka's producer alone
    ///
    /// Starts what it needs: a private Postgres and a private Kafka in a temporary directory.
    Bulk {
        /// Tickets to open and close; each takes six commands
        #[arg(long, default_value_t = 10_000)]
        tickets: usize,
        /// How often everything is measured; the best of each is printed
        #[arg(long, default_value_t = 3)]
        rounds: usize,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let quiet = tracing_subscriber::EnvFilter::new("error");
    tracing_subscriber::fmt().with_env_filter(quiet).init();
    match Cli::parse().command {
        Command::Bulk { tickets, rounds } => bulk::run(tickets, rounds).await,
    }
}
