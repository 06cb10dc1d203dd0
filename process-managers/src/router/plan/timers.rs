//! What is to be looked at again, and when.

use std::collections::{BTreeSet, HashMap};

use docket_domain::Timestamp;
use docket_domain::ids::{PersonId, TicketId};

/// What a timer is for; each has one at most.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Timer {
    /// A shift begins or ends.
    Duty(PersonId),
    /// An assignment should have been accepted by now, or a refused command may be tried again.
    Ticket(TicketId),
    /// Another router should have done by now what we would have done.
    Takeover(TicketId),
}

#[derive(Debug, Default)]
pub(super) struct Timers {
    by_time: BTreeSet<(Timestamp, Timer)>,
    times: HashMap<Timer, Timestamp>,
}

impl Timers {
    /// Sets it, whatever it was set to before.
    pub(super) fn set(&mut self, timer: Timer, at: Timestamp) {
        self.clear(timer);
        self.by_time.insert((at, timer));
        self.times.insert(timer, at);
    }

    pub(super) fn clear(&mut self, timer: Timer) {
        if let Some(at) = self.times.remove(&timer) {
            self.by_time.remove(&(at, timer));
        }
    }

    pub(super) fn first(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes one out whose time has come.
    pub(super) fn due(&mut self, now: Timestamp) -> Option<Timer> {
        let (at, timer) = self.by_time.first().copied()?;
        if at > now {
            return None;
        }
        self.clear(timer);
        Some(timer)
    }
}
