//! `replay`: the operator's tool.

use std::process::ExitCode;

use clap::Parser as _;
use docket_replay::cli::{Cli, run};

#[tokio::main]
async fn main() -> ExitCode {
    run(Cli::parse()).await.unwrap_or_else(|error| {
        eprintln!("replay: {error:#}");
        ExitCode::FAILURE
    })
}
