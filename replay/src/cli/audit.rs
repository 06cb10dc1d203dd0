//! `replay audit`.

use std::process::ExitCode;

use clap::Args;
use docket_event_log::LogConfig;
use jiff::Timestamp;

use super::log::{LogArgs, open};
use crate::audit::{Question, TicketName, TrustedHead, Verdict, audit};
use crate::progress::Progress;

/// A damaged log is neither success nor a mistake in calling.
const EXIT_DAMAGED: u8 = 3;

#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    /// The ticket's id (a UUID) or its number
    ticket: TicketName,
    #[command(flatten)]
    log: LogArgs,
    /// Only what had happened by then (RFC 3339), and the ticket as it stood
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// A head from an earlier audit, which must be in the log
    #[arg(long, value_name = "PARTITION:SEQUENCE:HASH")]
    trusted_head: Option<TrustedHead>,
    /// One JSON document instead of text
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: AuditArgs) -> anyhow::Result<ExitCode> {
    let config = args.log.config()?;
    let log = open(&config).await?;
    let question = Question {
        ticket: args.ticket,
        at: args.at,
        trusted_head: args.trusted_head,
        keeps_losers: matches!(config, LogConfig::Kafka(_)),
    };
    let mut progress = Progress::new("entries read");
    let audit = audit(&log, &question, &mut |done, all| progress.update(done, all)).await?;
    progress.finish();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&audit)?);
    } else {
        print!("{audit}");
    }
    Ok(match (&audit.verdict, &audit.state, args.at) {
        (Verdict::Damaged(_), ..) => ExitCode::from(EXIT_DAMAGED),
        // Nothing of it by that time is an answer, no ticket at all is none.
        (Verdict::Holds, None, None) => {
            eprintln!("replay: there is no such ticket in this log");
            ExitCode::FAILURE
        }
        (Verdict::Holds, ..) => ExitCode::SUCCESS,
    })
}
