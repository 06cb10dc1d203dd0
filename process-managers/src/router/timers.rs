//! What is to be looked at again, and when.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use docket_domain::Timestamp;

/// Of each thing, when it is to be looked at, if at all.
#[derive(Debug)]
pub(super) struct Timers<T> {
    by_time: BTreeSet<(Timestamp, T)>,
    times: HashMap<T, Timestamp>,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self {
            by_time: BTreeSet::new(),
            times: HashMap::new(),
        }
    }
}

impl<T: Copy + Ord + Hash> Timers<T> {
    /// Sets it, whatever it was set to before.
    pub(super) fn set(&mut self, timer: T, at: Timestamp) {
        self.clear(timer);
        self.by_time.insert((at, timer));
        self.times.insert(timer, at);
    }

    pub(super) fn clear(&mut self, timer: T) {
        if let Some(at) = self.times.remove(&timer) {
            self.by_time.remove(&(at, timer));
        }
    }

    pub(super) fn first(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes one out whose time has come.
    pub(super) fn due(&mut self, now: Timestamp) -> Option<T> {
        let (at, timer) = self.by_time.first().copied()?;
        if at > now {
            return None;
        }
        self.clear(timer);
        Some(timer)
    }
}
