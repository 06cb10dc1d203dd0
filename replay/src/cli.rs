//! The command line of `replay`.

mod audit;
mod log;
mod redrive;
mod route;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Reads Docket's log and says what is in it, and sets going again what was given up.
#[derive(Debug, Parser)]
#[command(name = "replay", version, about, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A ticket's history, its partition's hash chain checked from the first record to the last
    ///
    /// Shows each event with who, when, sequence and hash; commands that were answered without an
    /// event; noise under the ticket's key, that is records which lost a race and never happened;
    /// and the partition's head. Keep that head somewhere else and give it back with
    /// --trusted-head: whoever can rewrite the whole log can make a chain that holds, but not one
    /// with that hash in it.
    ///
    /// Exit code 0: the chain holds. 1: no answer. 2: wrong arguments. 3: the log is damaged.
    #[command(after_help = "\
EXAMPLES:
    replay audit 0d7ae7d8-5fd4-5a62-9b20-4c3d3a9e8f11 --log 'postgres://docket@db/docket'
    replay audit 1234 --kafka broker-1:9092 --at 2026-03-01T12:00:00Z
    replay audit 1234 --kafka broker-1:9092 --trusted-head 4:1201:9f86d081…")]
    Audit(audit::AuditArgs),
    /// Routers' past decisions, made again from the log alone, also by other rules
    ///
    /// Makes each decision again on the log exactly as far as its router had read it, at its time,
    /// with the tickets counted that were on their way; says whether consultants, points and
    /// exclusions come out as recorded, or what differs. With --weights also says who would have got
    /// each ticket by those rules, and what those people are like, on an average, beside those who
    /// got them. Each decision is asked for itself: what a different choice would have led to later
    /// is not followed up; and only assignments are judged, for decisions to let a ticket wait aren't
    /// recorded, nor is whose turn came first: another step of priority changes nothing here. Needs
    /// no view and no running service. The log is read once, or once more for each time that two
    /// routers had read past each other or records lie far apart by their clocks; some tens of
    /// megabytes are kept.
    ///
    /// Shows what comes out differently, or goes to another by the other rules; everything in detail
    /// with --ticket, and each decision with --all. With --json a document a line: those decisions,
    /// then the summary.
    ///
    /// Exit code 0: every decision comes out as recorded. 1: no answer. 2: wrong arguments. 3: some
    /// don't.
    #[command(after_help = "\
EXAMPLES:
    replay route --ticket 1234 --kafka broker-1:9092
    replay route --as-of 2026-03-31T22:00:00Z --log 'postgres://docket@db/docket'
    replay route --from 2026-03-01T00:00:00Z --to 2026-04-01T00:00:00Z --weights new.toml --config …

The file of --weights is a router's configuration, such as:

    [router.weights]                # what isn't named is as by default
    distance = 500
    fairness = 0")]
    Route(route::RouteArgs),
    /// Sets what was given up going again: streams that a view has parked, deliveries that are dead
    ///
    /// A view parks the stream of a record that it can't decode or apply; everything later in that
    /// stream waits behind it. After the fix (a newer version, a mended database) this applies what
    /// waits, in the log's order, while the view goes on following the log. What still can't be
    /// applied stays, with all that follows it. Dead deliveries are due again from their schedule's
    /// start; the delivery workers send them. Interrupted and run again, it goes on; nothing happens
    /// twice.
    ///
    /// Exit code 0: nothing of it is parked any more. 1: no answer. 2: wrong arguments. 3: some
    /// streams still can't be applied.
    #[command(after_help = "\
EXAMPLES:
    replay redrive --list --database 'postgres://docket@db/docket'
    replay redrive read_model routing --config /etc/docket/projectors.toml
    replay redrive outbox --stream ticket-0d7ae7d8-5fd4-5a62-9b20-4c3d3a9e8f11 --config …
    replay redrive deliveries --target mail --from 2026-03-01T12:00:00Z --config …")]
    Redrive(redrive::RedriveArgs),
}

/// Does what the command line says.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Audit(args) => audit::run(args).await,
        Command::Route(args) => route::run(args).await,
        Command::Redrive(args) => redrive::run(args).await,
    }
}
