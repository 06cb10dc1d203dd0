//! The servers that are measured, each in a process of its own: this program started once more,
//! configured by its environment. It ends with its standard input.

use std::io::Read as _;
use std::path::PathBuf;

use axum::Router;
use axum::routing::{get, post};
use clap::Subcommand;
use docket::all_in_one::{self, Options};
use docket_command_api::process;
use docket_service::Shutdown;
use docket_service::telemetry;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

/// Which server.
#[derive(Debug, Subcommand)]
pub(crate) enum Server {
    /// A handler that parses an opening's JSON and answers at once
    Bare,
    /// The command API, configured by the environment
    CommandApi,
    /// Everything, in this directory, configured by the environment
    AllInOne {
        /// Its data directory
        directory: PathBuf,
    },
}

/// Serves until standard input ends.
pub(crate) async fn serve(server: Server) -> anyhow::Result<()> {
    let serving = async {
        match server {
            Server::Bare => bare().await,
            Server::CommandApi => Ok(process::run(process::Arguments::default()).await?),
            Server::AllInOne { directory } => everything(directory).await,
        }
    };
    let (end, ended) = tokio::sync::oneshot::channel();
    // A thread of its own, which holds up no end: the runtime waits for its blocking threads.
    std::thread::spawn(move || end.send(std::io::stdin().read(&mut [0]).is_ok()));
    tokio::select! {
        done = serving => done,
        _ = ended => Ok(()),
    }
}

/// The body of an opening, as [`crate::tickets`] sends it.
#[derive(Deserialize)]
#[expect(dead_code, reason = "parsed and dropped: that is the work")]
struct Opening {
    caller: Caller,
    channel: String,
    subject: String,
    description: String,
    category: String,
    skills: Vec<String>,
    priority: String,
    language: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "as above")]
struct Caller {
    name: String,
    phone: String,
}

/// As long as a real answer.
#[derive(Serialize)]
struct Answered {
    ticket: &'static str,
    number: &'static str,
    version: u32,
    status: &'static str,
    outcome: &'static str,
    position: &'static str,
}

/// What axum does with it when nothing is decided, checked or stored.
async fn bare() -> anyhow::Result<()> {
    let handler = async |_: axum::Json<Opening>| {
        axum::Json(Answered {
            ticket: "0b5f2f0e-53f0-5d8e-8e50-8d5a7c0a3f2b",
            number: "4711",
            version: 1,
            status: "open",
            outcome: "applied",
            position: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        })
    };
    let listener = TcpListener::bind(std::env::var("DOCKET_HTTP__LISTEN")?).await?;
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        let _ = stream.set_nodelay(true);
    });
    let router = Router::new()
        .route("/v1/tickets", post(handler))
        .route("/readyz", get(async || ()));
    Ok(axum::serve(listener, router).await?)
}

async fn everything(directory: PathBuf) -> anyhow::Result<()> {
    let options = Options::new(directory);
    let config = all_in_one::Config::load(&options)?;
    telemetry::init(&config.telemetry)?;
    let shutdown = Shutdown::new();
    let running = all_in_one::start(&options, &shutdown).await?;
    shutdown.requested().await;
    Ok(running.stop().await?)
}
