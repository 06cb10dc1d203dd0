//! `docket`: the all-in-one and the importer.

use std::process::ExitCode;

use clap::Parser as _;
use docket::cli::{Cli, run};

#[tokio::main]
async fn main() -> ExitCode {
    run(Cli::parse()).await.unwrap_or_else(|error| {
        eprintln!("docket: {error:#}");
        ExitCode::FAILURE
    })
}
