//! Appends on their way to the log. They are delivered whole, in parts and in any order, twice,
//! late (after their writer crashed), or never.

use crate::list::List;
use crate::log::{Hash, Log};

/// Most records of one batch: with two commands, two events or a barrier and an event.
pub(crate) const BATCH_MAX: usize = 2;

/// A sent batch that may still be stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Message {
    pub(crate) records: List<Hash, BATCH_MAX>,
    /// Which of them are still to be stored for the first time.
    pub(crate) left: [bool; BATCH_MAX],
}

/// How much of a message is stored by a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Part {
    /// All that is left of it, in order.
    Rest,
    /// One of its records, while another one is left.
    Only(u8),
}

/// Everything under way.
pub(crate) type Network = List<Message, UNDER_WAY_MAX>;
/// Most messages under way at once.
pub(crate) const UNDER_WAY_MAX: usize = 12;

impl Message {
    pub(crate) fn new(records: List<Hash, BATCH_MAX>) -> Self {
        let mut left = [false; BATCH_MAX];
        left[..records.len()].fill(true);
        Self { records, left }
    }

    /// The records that a delivery of this part stores.
    pub(crate) fn part(&self, part: Part) -> impl Iterator<Item = (usize, Hash)> {
        self.records
            .iter()
            .copied()
            .enumerate()
            .filter(move |(index, _)| match part {
                Part::Rest => self.left[*index],
                Part::Only(only) => *index == usize::from(only),
            })
    }

    /// How many records are left.
    pub(crate) fn count_left(self) -> usize {
        self.left.iter().filter(|left| **left).count()
    }
}

/// Stores a part of a message. A copy of it stays under way if the network duplicates it.
pub(crate) fn deliver(
    network: &mut Network,
    log: &mut Log,
    message: usize,
    part: Part,
    duplicate: bool,
) {
    let delivered = network[message];
    for (index, hash) in delivered.part(part) {
        log.entries.push(hash);
        if !duplicate {
            network[message].left[index] = false;
        }
    }
    if network[message].count_left() == 0 {
        network.remove(message);
    }
}
