//! Whether the database answers, as this worker sees it.
//!
//! After an outage what was sent meanwhile is noted first, and only then is anything claimed: else an
//! attempt whose time ran out under the outage would be begun again although its receiver has it. A
//! database that is down is down for all workers, so all of them wait.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[derive(Debug)]
pub(crate) struct Outage {
    last: Mutex<Last>,
    /// How long everybody has, once it answers again, to note what is to be noted.
    settling: Duration,
}

/// What was seen of the last outage.
#[derive(Clone, Copy, Debug)]
enum Last {
    None,
    Lasts,
    OverSince(Instant),
}

impl Outage {
    /// Where a failure shows within that time.
    pub(crate) fn new(connect_timeout: Duration) -> Self {
        Self {
            last: Mutex::new(Last::None),
            settling: 2 * connect_timeout,
        }
    }

    /// The database failed just now.
    pub(crate) fn seen(&self) {
        *self.last() = Last::Lasts;
    }

    /// It answered just now.
    pub(crate) fn over(&self) {
        let mut last = self.last();
        if matches!(*last, Last::Lasts) {
            *last = Last::OverSince(Instant::now());
        }
    }

    /// Whether others may not have noted yet what they sent.
    pub(crate) fn is_settling(&self) -> bool {
        match *self.last() {
            Last::None => false,
            Last::Lasts => true,
            Last::OverSince(since) => since.elapsed() < self.settling,
        }
    }

    /// The longest pause between two tries to note something: with a try's own time short enough.
    pub(crate) fn pause_max(&self) -> Duration {
        self.settling / 10
    }

    /// A panic leaves what was seen as good as it was.
    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
