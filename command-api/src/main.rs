//! The command API as a binary; what it does is [`docket_command_api::process`].

use clap::Parser as _;
use docket_command_api::process::{self, Arguments};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    Ok(process::run(Arguments::parse()).await?)
}
