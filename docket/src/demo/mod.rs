//! `docket demo`: a day in the shop, against a running all-in-one. Customers, receptionists, store
//! staff, consultants and a manager do over HTTP what such people do, faster than the clock on the
//! wall; at the end stands what came of it, checked against the log.
//!
//! `plan` draws the day from a seed, `day` knows what follows from what happens, `run` carries
//! it out; `check` hears the log and the queries about it. Guarantee: each run is on its own (its
//! people, its team, its keys), whatever else is in the log, and however often it is run.

mod country;
mod plan;

mod day;

mod acts;
mod board;
mod carry_out;
mod cast;
mod clock;
mod desk;
mod progress;
mod run;
mod session;
mod setup;

mod check;
mod figures;
mod history;
mod report;
mod witness;

use std::path::PathBuf;
use std::time::Instant;

use docket_service::Shutdown;
use reqwest::StatusCode;
use uuid::Uuid;

pub use figures::{Figures, Queue, Spread, Work};
pub use plan::Scale;
pub use report::Report;

use cast::Cast;
use clock::Clock;
use day::Day;
use desk::Desk;
use plan::Plan;
use progress::Progress;
use report::About;
use run::Run;
use session::Session;
use witness::{Log, Queries};

/// A day to be played.
#[derive(Clone, Debug)]
pub struct DemoOptions {
    /// The data directory of the all-in-one that it is played on.
    pub data_dir: PathBuf,
    /// How big it is.
    pub scale: Scale,
    /// How much faster than real the shop's clock runs.
    pub speed_up: u32,
    /// Whether to show on standard error how it goes.
    pub progress: bool,
}

/// Why there is no day, or no word on it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody has started there.
    #[error(
        "{} is not there: start docket first (`cargo run`), or name its data directory with \
         --data-dir. The demo signs in with tokens of the all-in-one's own issuer, which docket in \
         production doesn't have",
        file.display()
    )]
    NoSession {
        /// What a running all-in-one writes.
        file: PathBuf,
        /// Why it can't be read.
        source: std::io::Error,
    },
    /// The file is of another version.
    #[error("{} doesn't say where docket and its log are: start docket again", file.display())]
    OtherSession {
        /// The file.
        file: PathBuf,
    },
    /// The all-in-one keeps its keys elsewhere.
    #[error(
        "{} is not there: the demo needs the keys that docket makes in its data directory, and can't \
         play on one that is configured with others",
        file.display()
    )]
    NoKey {
        /// Where it should be.
        file: PathBuf,
    },
    /// Tokens can't be made.
    #[error("tokens can't be made")]
    Tokens(#[from] docket_service::auth::Error),
    /// Survey links can't be signed.
    #[error("survey links can't be signed")]
    SurveyLinks(#[from] docket_service::survey_link::Error),
    /// Nobody answers.
    #[error("{url} does not answer ({why}): is docket running on that data directory?")]
    Unreachable {
        /// Whom we asked.
        url: String,
        /// The last failure.
        why: String,
    },
    /// Docket doesn't take our tokens.
    #[error(
        "{url} refuses the tokens made with the data directory's key ({detail}): it has another \
         issuer than the all-in-one's own"
    )]
    Barred {
        /// Whom we asked.
        url: String,
        /// Its word on it.
        detail: String,
    },
    /// Docket refused what nobody expected it to.
    #[error("{path} was refused: {status}: {detail}")]
    Refused {
        /// What was asked.
        path: String,
        /// The HTTP status.
        status: StatusCode,
        /// Its word on it.
        detail: String,
    },
    /// The log can't be read.
    #[error("the log can't be read")]
    Log(#[from] docket_event_log::Error),
    /// A fault of the demo's own.
    #[error("a part of the demo panicked")]
    Panicked,
}

/// Plays a day, until it is over or `shutdown` is requested, and checks what came of it.
pub async fn demo(options: &DemoOptions, shutdown: &Shutdown) -> Result<Report, Error> {
    let began = Instant::now();
    let session = Session::open(&options.data_dir)?;
    let plan = Plan::of(options.scale);
    let (run, ..) = Uuid::new_v4().as_fields();
    let cast = Cast::new(&session, format!("{run:08x}"), &plan)?;
    let desk = Desk::new(&session.url)?;
    desk.knock(&cast.manager.token).await?;
    let log = Log::open(session.log.clone(), &cast.team).await?;

    let mut progress = Progress::new(options.progress, plan.ends());
    progress.say(&format!(
        "A day in the shop: {} consultants, {} tickets, {} × as fast. Its team is {}.",
        plan.consultants.len(),
        plan.tickets.len(),
        options.speed_up,
        cast.team
    ));
    setup::set_up(&desk, &cast, &plan).await?;
    let ids: Vec<Uuid> = cast.consultants.iter().map(|person| person.id).collect();
    let day = Day::new(plan, &ids);
    let clock = Clock::start(options.speed_up);
    progress.update(&day, clock.now(), 0);
    let mut run = Run::new(&session, &desk, &cast, day, clock, progress);
    let complete = run.carry_out(shutdown).await?;
    run.progress.finish();
    let pace = run.clock.pace();
    run.progress
        .say("The day is over; reading the log and asking the queries what happened.");

    let queries = Queries {
        desk: &desk,
        token: &cast.manager.token,
        team: &cast.team,
        shifts: &run.shifts,
    };
    let checked = check::check(&log, &queries, &run.day.told).await?;
    let waiting = board::whole_queue(&desk, &cast.manager.token, &cast.team).await?;
    let waiting = waiting.into_iter().map(|it| (it.ticket, it.why)).collect();
    let about = About {
        run: &cast.team,
        scale: options.scale,
        speed_up: options.speed_up,
        complete,
        took: began.elapsed(),
        ended_at: run.ended_at,
        pace,
        waiting: &waiting,
    };
    Ok(Report::new(&about, &run.day, checked))
}
