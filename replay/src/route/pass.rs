//! One reading of the log, on which decisions are made again, each exactly where it was made.
//!
//! A decision names how far its router had read each partition, and lies in the log behind that. So
//! the log is read some way ahead of what is folded; decisions that turn up wait, and are taken in
//! the order of their positions' sums: of two decisions of one router the earlier has the smaller.
//! Two routers at once may have read past each other. Whose positions lie behind what is folded
//! already waits for another reading ([`Pass::behind`]), and so does a decision that records lie far
//! apart of.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use docket_domain::ids::{PersonId, TicketId};
use docket_domain::routing::{Basis, Recorded};
use docket_domain::stream::{Event, StreamId};
use docket_domain::{TicketEvent, Timestamp};
use docket_process_managers::fact::Told;
use docket_process_managers::router::again::Again;
use jiff::tz::TimeZone;

/// Records that are read ahead: minutes in a busy shop, and some tens of megabytes.
pub(super) const AHEAD_MAX: usize = 32_768;
/// So many times that are read ahead for a decision that lacks some partition's records: as writers'
/// clocks have it, they may lie behind any number of others.
const AHEAD_EVER: usize = 8;

/// A recorded decision.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) ticket: TicketId,
    pub(super) consultant: PersonId,
    pub(super) recorded: Recorded,
    /// Of the assignment's record.
    pub(super) partition: u16,
    pub(super) sequence: u64,
    pub(super) recorded_at: Timestamp,
}

/// By the sum of the positions; of a burst that was decided on the same ones, by time.
pub(super) type Waiting = BTreeMap<Key, Found>;
type Key = (u64, Timestamp, u16, u64);

/// What came of a decision.
pub(super) enum Reached<'a> {
    /// The log is folded exactly as far as it says.
    There(&'a mut Again, Found),
    /// It names records that aren't in the log, as far as it was read.
    Never(Found),
}

pub(super) struct Pass {
    again: Again,
    /// By partition: read and not folded.
    ahead: Vec<VecDeque<Told>>,
    ahead_count: usize,
    ahead_max: usize,
    /// By partition: the last sequence that was read.
    read: Vec<u64>,
    pub(super) waiting: Waiting,
    /// Whose positions were passed already, or that lacked records for too long.
    pub(super) behind: Waiting,
}

impl Pass {
    pub(super) fn new(partitions: u16, ahead_max: usize) -> Self {
        Self {
            again: again(partitions),
            ahead: vec![VecDeque::new(); usize::from(partitions)],
            ahead_count: 0,
            ahead_max,
            read: vec![0; usize::from(partitions)],
            waiting: Waiting::new(),
            behind: Waiting::new(),
        }
    }

    /// Takes in the next record; `each` hears of decisions that are due.
    pub(super) fn read(&mut self, told: Told, each: &mut dyn FnMut(Reached<'_>)) {
        let partition = usize::from(told.partition.0);
        self.read[partition] = told.sequence.0;
        self.ahead[partition].push_back(told);
        self.ahead_count += 1;
        while self.ahead_count > self.ahead_max {
            if self.waiting.is_empty() {
                self.fold_oldest();
            } else if !self.take_first(each) {
                if self.ahead_count <= self.ahead_max * AHEAD_EVER {
                    break;
                }
                self.behind.extend(self.waiting.pop_first());
            }
        }
    }

    /// There is nothing more to read.
    pub(super) fn finish(&mut self, each: &mut dyn FnMut(Reached<'_>)) {
        loop {
            while self.take_first(each) {}
            let Some((_, found)) = self.waiting.pop_first() else {
                return;
            };
            each(Reached::Never(found));
        }
    }

    /// Whether everything that waits can be reached with what was read.
    pub(super) fn has_enough(&self) -> bool {
        let reached = |found: &Found| {
            let positions = found.recorded.basis.positions.iter();
            positions.zip(&self.read).all(|(named, read)| named <= read)
        };
        // Those with the largest sums are the last to be reached.
        self.waiting.values().rev().all(reached)
    }

    /// Takes the first that waits, if it can be reached or never will be.
    fn take_first(&mut self, each: &mut dyn FnMut(Reached<'_>)) -> bool {
        let Some(first) = self.waiting.first_entry() else {
            return false;
        };
        let positions = &first.get().recorded.basis.positions;
        if positions.len() != self.ahead.len() {
            each(Reached::Never(first.remove()));
            return true;
        }
        let folded = self.again.positions();
        if positions.iter().zip(folded).any(|(named, at)| named < at) {
            let (key, found) = first.remove_entry();
            self.behind.insert(key, found);
            return true;
        }
        for (lane, named) in self.ahead.iter_mut().zip(positions) {
            while let Some(told) = lane.pop_front_if(|told| told.sequence.0 <= *named) {
                self.again.read(&told);
                self.ahead_count -= 1;
            }
        }
        let is_there = self.again.positions() == *positions;
        if is_there {
            each(Reached::There(&mut self.again, first.remove()));
        }
        is_there
    }

    /// Nothing waits for it.
    fn fold_oldest(&mut self) {
        let at = |lane: &VecDeque<Told>| lane.front().map_or(Timestamp::MAX, |told| told.at);
        let oldest = self.ahead.iter_mut().min_by_key(|lane| at(lane));
        if let Some(told) = oldest.and_then(VecDeque::pop_front) {
            self.again.read(&told);
            self.ahead_count -= 1;
        }
    }
}

/// Nothing yet, by the time zones' rules of here.
pub(super) fn again(partitions: u16) -> Again {
    Again::new(partitions, Box::new(|name| TimeZone::get(name).ok()))
}

impl Found {
    /// The decision that a record is the outcome of, if it is.
    pub(super) fn of(told: &Told) -> Option<Self> {
        let fact = told.fact.as_ref()?;
        let (StreamId::Ticket(ticket), Some((Event::Ticket(event), _))) =
            (fact.stream, &fact.event)
        else {
            return None;
        };
        let TicketEvent::Assigned {
            consultant,
            decision: Some(recorded),
        } = event
        else {
            return None;
        };
        Some(Self {
            ticket,
            consultant: *consultant,
            recorded: (**recorded).clone(),
            partition: told.partition.0,
            sequence: told.sequence.0,
            recorded_at: told.at,
        })
    }

    pub(super) fn key(&self) -> Key {
        let Basis { at, positions, .. } = &self.recorded.basis;
        let sum = positions
            .iter()
            .fold(0, |sum: u64, it| sum.saturating_add(*it));
        (sum, *at, self.partition, self.sequence)
    }
}
