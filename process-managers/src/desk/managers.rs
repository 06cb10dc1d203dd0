//! Process managers: they read, step, send, and time passes for them.

use docket_domain::command::CommandContext;
use docket_domain::stream::{Command, StreamId};
use docket_domain::{Rejection, Timestamp};
use jiff::SignedDuration;

use super::{Desk, SERVICE};
use crate::manager::Manager;

/// However quiet it is, time passes in steps of at most so much.
const QUIET_MAX: SignedDuration = SignedDuration::from_hours(1);

/// What is due at a process manager, as a command to a stream at a version.
pub(crate) trait Wants: Manager {
    fn asked(intent: &Self::Intent) -> (StreamId, u32, Command);
}

/// A process manager, how far it has read, and what it sent that hasn't arrived yet.
pub(crate) struct Reading<M: Wants> {
    pub(crate) manager: M,
    pub(crate) read: usize,
    pub(crate) sent: Vec<M::Intent>,
}

impl<M: Wants> Desk<M> {
    /// Starts one that knows nothing yet, and lets it read all there is.
    pub(crate) fn start(&mut self, mut manager: M) {
        for told in &self.log {
            manager.read(self.now, told);
            manager.catch_up(self.now);
        }
        self.managers.push(Reading {
            manager,
            read: self.log.len(),
            sent: Vec::new(),
        });
    }

    /// Lets all read, step and send until nothing happens any more; what they send arrives at once.
    pub(crate) fn settle(&mut self) {
        loop {
            let before = self.log.len();
            let mut busy = false;
            for which in 0..self.managers.len() {
                self.deliver(which);
                busy |= self.step(which);
                while !self.managers[which].sent.is_empty() {
                    self.arrive(which, 0);
                    busy = true;
                }
            }
            if !busy && self.log.len() == before {
                return;
            }
        }
    }

    /// Lets one read all there is.
    pub(crate) fn deliver(&mut self, which: usize) {
        self.deliver_some(which, usize::MAX);
    }

    /// Lets one read so many records.
    pub(crate) fn deliver_some(&mut self, which: usize, most: usize) {
        let reading = &mut self.managers[which];
        for told in self.log[reading.read..].iter().take(most) {
            reading.manager.read(self.now, told);
            reading.read += 1;
        }
        if reading.read == self.log.len() {
            reading.manager.complete_until(self.now);
        }
    }

    /// Lets one step; whether it had anything to do.
    pub(crate) fn step(&mut self, which: usize) -> bool {
        let reading = &mut self.managers[which];
        let step = reading.manager.step(self.now);
        let busy = step.more || !step.intents.is_empty();
        reading.sent.extend(step.intents);
        busy
    }

    /// Lets one of its commands arrive, and tells it what became of it.
    pub(crate) fn arrive(&mut self, which: usize, nth: usize) {
        let intent = self.managers[which].sent.remove(nth);
        if !self.answer(&intent) {
            self.managers[which].manager.refused(self.now, &intent);
        }
    }

    /// Loses one on its way, or the answer to it; whoever sent it sends it again later, if it is still
    /// wanted.
    pub(crate) fn lose(&mut self, which: usize, nth: usize, arrives: bool) {
        let intent = self.managers[which].sent.remove(nth);
        if arrives {
            self.answer(&intent);
        }
        let reading = &mut self.managers[which];
        if reading.manager.is_wanted(&intent) {
            reading.sent.push(intent);
        }
    }

    /// Whether it was done, which it isn't if it was so already. A key's first outcome is its outcome
    /// for ever, and it stands for one command only.
    fn answer(&mut self, intent: &M::Intent) -> bool {
        let command = M::command(intent);
        let known = self.outcomes.get(&command.key).cloned();
        let (body, done) = known.unwrap_or_else(|| {
            let done = self.execute(intent) == Ok(true);
            (command.body.clone(), done)
        });
        let is_same = body == command.body;
        self.outcomes.insert(command.key, (body, done));
        done && is_same
    }

    /// What the domain makes of it, whatever its key.
    pub(crate) fn execute(&mut self, intent: &M::Intent) -> Result<bool, Rejection> {
        let (id, version, command) = M::asked(intent);
        let context = CommandContext {
            expected_version: Some(version),
            ..self.context(SERVICE)
        };
        self.ask(id, &context, command)
    }

    /// Lets time pass, with everything that falls due on the way.
    pub(crate) fn pass(&mut self, time: SignedDuration) {
        let end = self.now + time;
        self.settle();
        while self.now < end {
            let quiet = end.min(self.now + QUIET_MAX);
            let next = self.next_timer().map_or(quiet, |next| next.min(quiet));
            self.now = self.now.max(next);
            self.settle();
        }
    }

    fn next_timer(&self) -> Option<Timestamp> {
        let readings = self.managers.iter();
        let timers = readings.filter_map(|reading| reading.manager.next_timer());
        timers.min()
    }
}
