//! `replay route`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{ArgGroup, Args};
use docket_domain::routing::Rules;
use docket_process_managers::router::RouterConfig;
use docket_service::config::{Check, ConfigError, ConfigSources, load};
use jiff::Timestamp;
use serde::Deserialize;

use super::log::{LogArgs, open};
use crate::audit::TicketName;
use crate::progress::Progress;
use crate::route::{Question, Replayed, route};

/// A decision that comes out differently is neither success nor a mistake in calling.
const EXIT_DIFFERENT: u8 = 3;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).multiple(true))]
pub(super) struct RouteArgs {
    /// Only the decisions on this ticket: its id (a UUID) or its number
    #[arg(long, group = "which")]
    ticket: Option<TicketName>,
    /// Only decisions recorded then or later (RFC 3339)
    #[arg(long, group = "which", value_name = "TIME")]
    from: Option<Timestamp>,
    /// Only decisions recorded by then
    #[arg(long, group = "which", value_name = "TIME", visible_alias = "to")]
    as_of: Option<Timestamp>,
    #[command(flatten)]
    log: LogArgs,
    /// Also by these rules: a file with a section [router.weights]
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// Show each decision, be it the same or not
    #[arg(long)]
    all: bool,
    /// JSON instead of text
    #[arg(long)]
    json: bool,
}

#[derive(Deserialize)]
struct File {
    router: RouterConfig,
}

impl Check for File {
    fn check(&self) -> Result<(), ConfigError> {
        self.router.check()
    }
}

/// The rules of a file and nothing else: not of this process's environment.
fn rules(file: &Path) -> Result<Rules, ConfigError> {
    let sources = ConfigSources {
        file: Some(file.to_owned()),
        ..ConfigSources::default()
    };
    Ok(load::<File>(&sources)?.router.settings().rules)
}

/// Prints it. It may be long, and whoever reads it may have seen enough: that ends the tool.
fn say(text: &str) {
    if std::io::stdout().write_all(text.as_bytes()).is_err() {
        std::process::exit(1);
    }
}

pub(super) async fn run(args: RouteArgs) -> anyhow::Result<ExitCode> {
    let question = Question {
        ticket: args.ticket,
        from: args.from,
        to: args.as_of,
        rules: args.weights.as_deref().map(rules).transpose()?,
    };
    let log = open(&args.log.config()?).await?;
    let mut progress = Progress::new("entries read");
    let everything = args.all || args.ticket.is_some();
    let mut each = |it: &Replayed| {
        let is_news =
            !it.differences.is_empty() || it.instead.as_ref().is_some_and(|it| !it.is_same);
        if !everything && !is_news {
            return;
        }
        say(&if args.json {
            format!("{}\n", serde_json::json!({"decision": it}))
        } else if args.ticket.is_some() {
            format!("{}\n", it.in_detail())
        } else {
            it.to_string()
        });
    };
    let summary = route(&log, &question, &mut each, &mut |done, all| {
        progress.update(done, all);
    })
    .await?;
    progress.finish();
    say(&if args.json {
        format!("{}\n", serde_json::json!({"summary": summary}))
    } else {
        summary.to_string()
    });
    Ok(if summary.different == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXIT_DIFFERENT)
    })
}
