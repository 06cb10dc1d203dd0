//! The binary `chaos`.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use docket_chaos::check::{CheckConfig, check};
use docket_chaos::report;
use docket_chaos::site::SiteConfig;
use docket_chaos::steps::{StepsConfig, steps};

/// Attacks a Docket of its own and checks from outside that nothing it answered was untrue.
///
/// Both commands start a private Kafka and real command-api processes in a temporary directory,
/// keep them under a steady load over HTTP, and take them apart again. Nothing outlives them.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Faults at random for minutes; every answer is checked
    ///
    /// Processes of the command API are killed (-9), frozen, restarted and joined, a newer version
    /// writes events that the others can't read, brokers are killed and frozen. Every 45 seconds
    /// everything is healed, each command without an outcome is asked again with its key, and the
    /// answers are judged: against the log, by real time, and by a search for one order of each
    /// ticket's commands that explains all of them. Exit code 1 and a directory with logs and the
    /// tickets' histories if anything is wrong.
    ///
    /// The seed repeats what was asked and which faults were done when; it can't repeat the timing.
    Check {
        /// How many minutes of faults (such as 0.5)
        #[arg(long, default_value_t = 5.0)]
        minutes: f64,
        /// Where all choices come from; a random one unless given
        #[arg(long)]
        seed: Option<u64>,
        #[command(flatten)]
        site: SiteArguments,
    },
    /// One trouble after the other, with the latency around each, as a table
    ///
    /// A replica is killed, frozen for ten seconds, restarted in order, one joins and leaves, a newer
    /// version writes; then the broker that leads most partitions is killed, and with three brokers
    /// also frozen, and two are down at once. Requests go round-robin to the replicas that are
    /// ready; one without an outcome is repeated at the next. Latencies count from the moment a
    /// command was due. "failed" are commands whose client had no outcome after a minute, "retried"
    /// those that needed more than one attempt, "unknown" the attempts that ended without anybody
    /// saying what became of them. The answers are judged as in `check`.
    Steps {
        /// Where the load's choices come from
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Seconds before the first step and after each
        #[arg(long, default_value_t = 5.0)]
        calm: f64,
        #[command(flatten)]
        site: SiteArguments,
    },
}

#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
struct SiteArguments {
    /// Processes of the command API
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=9))]
    replicas: u8,
    /// Brokers: 1 or 3
    #[arg(long, default_value_t = 1, value_parser = brokers)]
    brokers: usize,
    /// Commands a second
    #[arg(long, default_value_t = 200.0)]
    rate: f64,
    /// Replicas neither claim partitions nor forward commands to owners
    #[arg(long)]
    no_owners: bool,
    /// Replicas write no snapshots and read the whole log when they start
    #[arg(long)]
    no_snapshots: bool,
    /// Keep the directory with logs and histories although nothing is wrong
    #[arg(long)]
    keep: bool,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

fn brokers(text: &str) -> Result<usize, String> {
    match text {
        "1" => Ok(1),
        "3" => Ok(3),
        _ => Err("1 or 3".to_owned()),
    }
}

impl SiteArguments {
    fn config(&self) -> SiteConfig {
        SiteConfig {
            brokers: self.brokers,
            replicas: usize::from(self.replicas),
            owners: !self.no_owners,
            snapshots: !self.no_snapshots,
            program: None,
        }
    }
}

fn main() -> anyhow::Result<ExitCode> {
    docket_chaos::replica::run_if_asked();
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(arguments))
}

async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let stop = Arc::<AtomicBool>::default();
    tokio::spawn(on_ctrl_c(Arc::clone(&stop)));
    let good = match arguments.command {
        Command::Check {
            minutes,
            seed,
            site,
        } => {
            let config = CheckConfig {
                site: site.config(),
                seed: seed.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0 >> 32),
                faults_for: Duration::from_secs_f64(minutes * 60.0),
                rate: site.rate,
                round: Duration::from_secs(45),
                keep: site.keep,
                progress: !site.json,
            };
            let report = check(&config, &stop).await?;
            if site.json {
                println!("{}", serde_json::to_string_pretty(&report)?);
            } else {
                print!("{}", report::of_check(&report));
            }
            report.findings.is_empty()
        }
        Command::Steps { seed, calm, site } => {
            let config = StepsConfig {
                site: site.config(),
                seed,
                rate: site.rate,
                calm: Duration::from_secs_f64(calm),
                keep: site.keep,
                progress: !site.json,
            };
            let report = steps(&config, &stop).await?;
            if site.json {
                println!("{}", serde_json::to_string_pretty(&report)?);
            } else {
                print!("{}", report::of_steps(&report));
            }
            report.findings.is_empty()
        }
    };
    Ok(ExitCode::from(u8::from(!good)))
}

/// The first one ends the run with a report of what there is, the second one ends it at once.
async fn on_ctrl_c(stop: Arc<AtomicBool>) {
    while tokio::signal::ctrl_c().await.is_ok() {
        if stop.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        eprintln!("ending with what there is; once more to end at once");
    }
}
