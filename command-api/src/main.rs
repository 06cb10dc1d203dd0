//! The command API as a binary; what it does is [`docket_command_api::process`].

use clap::Parser as _;
use docket_command_api::process::{self, Arguments};

/// Each request makes about a hundred small allocations that another thread often frees; the
/// system's allocator takes a quarter of the process's time for them, this one much less.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    Ok(process::run(Arguments::parse()).await?)
}
