//! `replay redrive`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ArgGroup, Args, CommandFactory as _};
use docket_delivery::Which;
use docket_service::config::{ConfigSources, load};
use jiff::Timestamp;
use uuid::Uuid;

use super::Cli;
use crate::progress::Progress;
use crate::redrive::{Places, What, list, redrive};

/// Something is still parked: neither success nor a mistake in calling.
const EXIT_STILL_PARKED: u8 = 3;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("where").required(true))]
pub(super) struct RedriveArgs {
    /// What is to be set going; with --list, what is to be listed instead of everything
    #[arg(value_enum, required_unless_present = "list")]
    what: Vec<What>,
    /// Only say what there is
    #[arg(long)]
    list: bool,
    /// The database of the views and the deliveries; their schemas as by default or environment
    #[arg(long, group = "where", value_name = "POSTGRES_URL")]
    database: Option<String>,
    /// A configuration file with the sections of the views and [delivery], as the services have them
    #[arg(long, group = "where", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Of the views, only this stream, by its key; can be repeated
    #[arg(long, value_name = "KEY", conflicts_with = "list")]
    stream: Vec<String>,
    /// Of the deliveries, only the one of this id
    #[arg(long)]
    id: Option<Uuid>,
    /// Of the deliveries, only those of this target: mail, sms or webhook:<name>
    #[arg(long)]
    target: Option<String>,
    /// Of the deliveries, only those of this kind, such as ticket.received
    #[arg(long)]
    kind: Option<String>,
    /// Of the deliveries, only those whose fact was recorded then or later (RFC 3339)
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Of the deliveries, only those whose fact was recorded before
    #[arg(long, value_name = "TIME")]
    to: Option<Timestamp>,
    /// One JSON document instead of text
    #[arg(long)]
    json: bool,
}

impl RedriveArgs {
    fn which(&self) -> Which {
        Which {
            id: self.id,
            target: self.target.clone(),
            kind: self.kind.clone(),
            from: self.from,
            to: self.to,
            // Nobody wanted those; who does now is asked one by one (`delivery redrive --dropped`).
            dropped: false,
        }
    }

    /// A choice among what isn't asked for would do more than was meant.
    fn check(&self) {
        let deliveries = self.what.contains(&What::Deliveries);
        let views = self.what.iter().any(|what| *what != What::Deliveries);
        let chosen = self.id.is_some()
            || self.target.is_some()
            || self.kind.is_some()
            || self.from.is_some()
            || self.to.is_some();
        let wrong = if !self.stream.is_empty() && !views {
            "--stream chooses among a view's streams: name a view"
        } else if chosen && !self.list && !deliveries {
            "--id, --target, --kind, --from and --to choose among deliveries: name deliveries"
        } else {
            return;
        };
        Cli::command()
            .error(ErrorKind::ArgumentConflict, wrong)
            .exit()
    }
}

pub(super) async fn run(args: RedriveArgs) -> anyhow::Result<ExitCode> {
    args.check();
    let sources = match &args.database {
        Some(url) => Places::in_database(url),
        None => ConfigSources::from_environment(args.config.clone()),
    };
    let places: Places = load(&sources)?;
    if args.list {
        let found = list(&places, &args.what, &args.which()).await?;
        if args.json {
            println!("{}", serde_json::to_string_pretty(&found)?);
        } else {
            print!("{found}");
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut progress = Progress::new("streams tried");
    let done = redrive(
        &places,
        &args.what,
        &args.stream,
        &args.which(),
        &mut |done, all| progress.update(done, all),
    )
    .await?;
    progress.finish();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&done)?);
    } else {
        print!("{done}");
    }
    Ok(if done.is_complete() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXIT_STILL_PARKED)
    })
}
