//! Carries the day out: what is due is sent, what became of it is told to the [`Day`], and what people
//! see on their screens, too.
//!
//! Guarantee: at most [`AT_ONCE`] requests of acts are under way; when this returns, none is, and
//! nobody of the run takes tickets any more.

use std::time::Duration;

use docket_service::Shutdown;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep_until};
use uuid::Uuid;

use super::Error;
use super::acts;
use super::board::{Board, Look};
use super::carry_out::{CarriedOut, Task, carry_out};
use super::cast::Cast;
use super::clock::Clock;
use super::day::{Act, Day};
use super::desk::Desk;
use super::progress::Progress;
use super::session::Session;

const AT_ONCE: usize = 32;
const PROGRESS_EVERY: Duration = Duration::from_millis(250);
/// So many looks on which nobody has anything to answer for: then there is nothing more to come.
const QUIET_LOOKS: u32 = 10;

/// A day under way.
pub(super) struct Run<'a> {
    pub(super) session: &'a Session,
    pub(super) desk: &'a Desk,
    pub(super) cast: &'a Cast,
    pub(super) clock: Clock,
    pub(super) day: Day,
    pub(super) progress: Progress,
    /// Who said since when that they take tickets, or don't.
    pub(super) shifts: Vec<(Uuid, bool, i64)>,
    /// How many tickets wait, as the manager's screen showed it last.
    waiting: usize,
    /// When the last thing happened.
    pub(super) ended_at: Duration,
    acting: JoinSet<(Act, Result<CarriedOut, Error>)>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        session: &'a Session,
        desk: &'a Desk,
        cast: &'a Cast,
        day: Day,
        clock: Clock,
        progress: Progress,
    ) -> Self {
        Self {
            session,
            desk,
            cast,
            clock,
            day,
            progress,
            shifts: Vec::new(),
            waiting: 0,
            ended_at: Duration::ZERO,
            acting: JoinSet::new(),
        }
    }

    /// Until all that could happen has happened, or the end is asked for. Says whether it went to its
    /// end.
    pub(super) async fn carry_out(&mut self, shutdown: &Shutdown) -> Result<bool, Error> {
        let mut board = Board::watch(self.desk, &self.cast.manager.token, &self.cast.team);
        let mut progress = interval(PROGRESS_EVERY);
        let mut quiet = 0;
        loop {
            self.begin_what_is_due();
            let idle = self.acting.is_empty() && self.day.next_at().is_none();
            if idle && quiet >= QUIET_LOOKS {
                return Ok(true);
            }
            let due = self.day.next_at().map(|at| self.clock.when(at));
            let may_begin = due.is_some() && self.acting.len() < AT_ONCE;
            tokio::select! {
                () = shutdown.requested() => break,
                Some(ended) = self.acting.join_next() => self.ended(ended)?,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if may_begin => {}
                Some(look) = board.looks.recv() => {
                    let calm = self.seen(look)?;
                    quiet = if idle && calm { quiet + 1 } else { 0 };
                }
                _ = progress.tick() => self.progress.update(&self.day, self.clock.now(), self.waiting),
            }
        }
        self.finish().await?;
        Ok(false)
    }

    fn begin_what_is_due(&mut self) {
        while self.acting.len() < AT_ONCE {
            let Some((number, act)) = self.day.next(self.clock.now()) else {
                return;
            };
            self.begin(number, act);
        }
        if let Some(at) = self.day.next_at() {
            self.clock.hold(at);
        }
    }

    fn begin(&mut self, number: u64, act: Act) {
        let Some(task) = self.task(number, act) else {
            return;
        };
        let (desk, links) = (self.desk.clone(), self.session.links.clone());
        self.acting
            .spawn(async move { (act, carry_out(&desk, &links, task).await) });
    }

    fn task(&self, number: u64, act: Act) -> Option<Task> {
        if let Act::Rate(which) = act {
            return Some(Task::Rate {
                ticket: self.day.ticket(which)?,
                closing: self.day.closings(which),
                rating: self.day.plan().tickets[which].rating?,
                reader: self.cast.manager.token.clone(),
            });
        }
        let command = acts::command(self.cast, &self.day, number, act)?;
        Some(match act {
            Act::Start(who) | Act::End(who) => Task::Shift {
                command,
                who: self.cast.consultants[who].id,
                is: matches!(act, Act::Start(_)),
            },
            Act::Open(which) => {
                let before = acts::registration(self.cast, &self.day, which);
                Task::Command(before, command)
            }
            _ => Task::Command(None, command),
        })
    }

    fn ended(
        &mut self,
        ended: Result<(Act, Result<CarriedOut, Error>), tokio::task::JoinError>,
    ) -> Result<(), Error> {
        let (act, carried_out) = ended.map_err(|_| Error::Panicked)?;
        let CarriedOut { outcome, shift } = carried_out?;
        self.shifts.extend(shift);
        self.ended_at = self.clock.now();
        self.day.happened(self.ended_at, act, &outcome);
        Ok(())
    }

    /// Takes note of a look; says whether nobody has anything to answer for, as far as it shows.
    fn seen(&mut self, look: Look) -> Result<bool, Error> {
        let now = self.clock.now();
        match look {
            Look::Phones(assigned) => {
                for it in &assigned {
                    self.day
                        .assigned(now, it.ticket, it.consultant, it.assignments);
                }
                Ok(assigned.is_empty())
            }
            Look::Queue(waiting) => {
                for it in waiting.iter().filter(|it| it.given_up) {
                    self.day.nobody_accepts(now, it.ticket);
                }
                self.waiting = waiting.len();
                Ok(true)
            }
            Look::Failed(error) => Err(error),
        }
    }

    /// Hears the answers to what was sent, and sends home who is there, so that they are given
    /// nothing more.
    async fn finish(&mut self) -> Result<(), Error> {
        while let Some(ended) = self.acting.join_next().await {
            self.ended(ended)?;
        }
        for who in self.day.on_shift().collect::<Vec<_>>() {
            let number = self.day.number();
            self.begin(number, Act::End(who));
        }
        while let Some(ended) = self.acting.join_next().await {
            self.ended(ended)?;
        }
        Ok(())
    }
}
