//! Sends lines to `POST /v1/commands` and takes down their outcomes as they come.
//!
//! Request and answer stream at once, so nothing waits for anything but room. Lines stay here until
//! they are answered; when the connection is lost, or a line is answered "unavailable", everything
//! from the first unanswered line on is sent again: each is idempotent, and answered as the first
//! time. Memory is bounded by [`UNANSWERED_MAX`].

mod connection;
mod target;

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::ImportError;
use super::item::{Item, Line};
use super::progress::Progress;
use super::report::{Outcome, Report, Summary};
use connection::{Connection, Event, Lost};
pub(super) use target::Target;

/// The most lines (of at most 64 KiB each, and usually 300 bytes) sent or about to be.
const UNANSWERED_MAX: usize = 4_096;
/// Without any answer for so long, an import gives up.
const GIVE_UP_AFTER: Duration = Duration::from_mins(1);
const BACK_OFF_FIRST: Duration = Duration::from_millis(100);
const BACK_OFF_MAX: Duration = Duration::from_secs(5);

/// An import under way.
pub(super) struct Sending {
    target: Target,
    items: mpsc::Receiver<Item>,
    /// Whether there may be more items.
    reading: bool,
    unanswered: VecDeque<Line>,
    report: Report,
    progress: Progress,
    /// Since when there are lines without an answer.
    waiting_since: Instant,
    back_off: Duration,
}

impl Sending {
    pub(super) fn new(
        target: Target,
        items: mpsc::Receiver<Item>,
        report: Report,
        progress: Progress,
    ) -> Self {
        Self {
            target,
            items,
            reading: true,
            unanswered: VecDeque::new(),
            report,
            progress,
            waiting_since: Instant::now(),
            back_off: BACK_OFF_FIRST,
        }
    }

    /// Until every line is answered.
    pub(super) async fn run(mut self) -> Result<Summary, ImportError> {
        while let Err(lost) = self.over_one_connection().await? {
            self.back_off(&lost).await?;
        }
        self.progress.finish(&self.report.summary);
        self.report.finish()
    }

    /// The outer error ends the import, the inner one the connection.
    async fn over_one_connection(&mut self) -> Result<Result<(), Lost>, ImportError> {
        let mut connection = Connection::open(&self.target, self.unanswered.iter());
        loop {
            if !self.reading {
                connection.no_more_lines();
                if self.unanswered.is_empty() {
                    return Ok(Ok(()));
                }
            }
            let room =
                self.reading && self.unanswered.len() < UNANSWERED_MAX && connection.has_room();
            tokio::select! {
                item = self.items.recv(), if room => match item {
                    Some(item) => self.item(item, &mut connection)?,
                    None => self.reading = false,
                },
                event = connection.next() => match event? {
                    Event::Sent => {}
                    Event::Outcome(outcome) => if let Err(lost) = self.outcome(&outcome)? {
                        return Ok(Err(lost));
                    },
                    Event::Lost(lost) => return Ok(Err(lost)),
                },
                // A server that froze, or a network that swallows everything, closes nothing.
                () = sleep_until(self.waiting_since + GIVE_UP_AFTER),
                    if !self.unanswered.is_empty() => return Ok(Err(Lost::silent())),
            }
        }
    }

    fn item(&mut self, item: Item, connection: &mut Connection) -> Result<(), ImportError> {
        match item {
            Item::Line(line) => {
                connection.send(&line);
                if self.unanswered.is_empty() {
                    self.waiting_since = Instant::now();
                }
                self.unanswered.push_back(line);
            }
            Item::Unmapped(unmapped) => self.report.unmapped(&unmapped)?,
            Item::Rows { read, unchanged } => self.report.rows(read, unchanged),
        }
        Ok(())
    }

    fn outcome(&mut self, outcome: &Outcome) -> Result<Result<(), Lost>, ImportError> {
        if outcome.kind == "unavailable" {
            return Ok(Err(Lost::unavailable(&outcome.problem)));
        }
        let Some(line) = self.unanswered.pop_front() else {
            return Err(ImportError::Protocol {
                detail: "more outcomes than lines were sent".into(),
            });
        };
        if outcome
            .idempotency_key
            .as_ref()
            .is_some_and(|key| *key != line.key)
        {
            return Err(ImportError::Protocol {
                detail: format!(
                    "an answer to {:?} came in the place of {}",
                    outcome.idempotency_key, line.key
                ),
            });
        }
        self.report.outcome(&line, outcome)?;
        self.progress.update(&self.report.summary);
        self.waiting_since = Instant::now();
        self.back_off = BACK_OFF_FIRST;
        Ok(Ok(()))
    }

    async fn back_off(&mut self, lost: &Lost) -> Result<(), ImportError> {
        let silent = if self.unanswered.is_empty() {
            Duration::ZERO
        } else {
            self.waiting_since.elapsed()
        };
        if silent >= GIVE_UP_AFTER {
            return Err(ImportError::Unreachable {
                url: self.target.url().to_owned(),
                seconds: silent.as_secs(),
                detail: lost.detail.clone(),
                answered: self.report.summary.commands,
            });
        }
        let wait = lost.retry_after.unwrap_or(self.back_off).min(BACK_OFF_MAX);
        self.progress.say(&format!(
            "{}; {} commands wait for an answer, trying again in {:.1} s",
            lost.detail,
            self.unanswered.len(),
            wait.as_secs_f64()
        ));
        self.report.summary.reconnects += 1;
        self.back_off = (self.back_off * 2).min(BACK_OFF_MAX);
        tokio::time::sleep(wait).await;
        Ok(())
    }
}
