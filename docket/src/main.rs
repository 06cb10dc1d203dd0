//! `docket`: the all-in-one, its demo and the importer.

use std::process::ExitCode;

use clap::Parser as _;
use docket::cli::{Cli, run};

/// Each request makes about a hundred small allocations that another thread often frees; the
/// system's allocator takes a quarter of the process's time for them, this one much less.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    run(Cli::parse()).await.unwrap_or_else(|error| {
        eprintln!("docket: {error:#}");
        ExitCode::FAILURE
    })
}
