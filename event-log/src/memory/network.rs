//! What happens to an append on its way to the log.

use std::collections::VecDeque;

use crate::cursor::Partition;
use crate::random::splitmix64;
use crate::record::Record;

/// What the network does with one append.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Delivers it and reports so.
    None,
    /// Loses it, and the report with it.
    Lose,
    /// Loses it, but reports it stored (as a broker does that loses its disk a moment later).
    LoseButReport,
    /// Delivers it, but loses the report.
    LoseReport,
    /// Delivers it twice.
    Repeat,
    /// Delivers it, and once more when what is held is released.
    RepeatLate,
    /// Holds it back and loses the report.
    Hold,
    /// Delivers so many records of it, holds the others back, and loses the report.
    Split(usize),
    /// Delivers its records in the opposite order.
    Reverse,
}

/// How often the random network does what, in percent of appends; the rest arrives as it should.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FaultRates {
    /// [`Fault::Lose`].
    pub lose: u64,
    /// [`Fault::LoseReport`].
    pub lose_report: u64,
    /// [`Fault::Repeat`] and [`Fault::RepeatLate`].
    pub repeat: u64,
    /// [`Fault::Hold`].
    pub hold: u64,
    /// [`Fault::Split`].
    pub split: u64,
    /// [`Fault::Reverse`].
    pub reverse: u64,
    /// That an append lets out one that was held back before it, chosen at random.
    pub release: u64,
}

impl Default for FaultRates {
    fn default() -> Self {
        Self {
            lose: 5,
            lose_report: 5,
            repeat: 8,
            hold: 5,
            split: 5,
            reverse: 4,
            release: 20,
        }
    }
}

/// The network between all writers of a log and the log. Faults that were scripted come first,
/// one an append; then random ones, if there is a seed.
#[derive(Debug, Default)]
pub struct Network {
    script: VecDeque<Fault>,
    random: Option<(Random, FaultRates)>,
    held: Vec<(Partition, Vec<Record>)>,
}

pub(super) struct Sent {
    pub(super) deliveries: Vec<(Partition, Vec<Record>)>,
    pub(super) reported: bool,
}

impl Network {
    /// Has the next appends, whoever sends them, meet these faults.
    pub fn script(&mut self, faults: impl IntoIterator<Item = Fault>) {
        self.script.extend(faults);
    }

    /// Makes the network fail at random from here on; the same seed, the same faults.
    pub fn seed(&mut self, seed: u64, rates: FaultRates) {
        self.random = Some((Random(seed), rates));
    }

    /// Ends all faults; what is held back stays so.
    pub fn heal(&mut self) {
        self.script.clear();
        self.random = None;
    }

    /// How many deliveries are held back.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    pub(super) fn take_held(&mut self) -> Vec<(Partition, Vec<Record>)> {
        std::mem::take(&mut self.held)
    }

    pub(super) fn send(&mut self, partition: Partition, mut records: Vec<Record>) -> Sent {
        let fault = self.next_fault(records.len());
        let mut deliveries = Vec::new();
        if let Some((random, rates)) = &mut self.random
            && !self.held.is_empty()
            && random.percent() < rates.release
        {
            let index = random.below(self.held.len());
            deliveries.push(self.held.swap_remove(index));
        }
        match fault {
            Fault::Lose | Fault::LoseButReport => {}
            Fault::None | Fault::LoseReport => deliveries.push((partition, records)),
            Fault::Repeat => {
                deliveries.extend([(partition, records.clone()), (partition, records)]);
            }
            Fault::RepeatLate => {
                self.held.push((partition, records.clone()));
                deliveries.push((partition, records));
            }
            Fault::Hold => self.held.push((partition, records)),
            Fault::Split(at) => {
                self.held
                    .push((partition, records.split_off(at.min(records.len()))));
                deliveries.push((partition, records));
            }
            Fault::Reverse => {
                records.reverse();
                deliveries.push((partition, records));
            }
        }
        let reported = !matches!(
            fault,
            Fault::Lose | Fault::LoseReport | Fault::Hold | Fault::Split(_)
        );
        Sent {
            deliveries,
            reported,
        }
    }

    fn next_fault(&mut self, records: usize) -> Fault {
        if let Some(fault) = self.script.pop_front() {
            return fault;
        }
        let Some((random, rates)) = &mut self.random else {
            return Fault::None;
        };
        let roll = random.percent();
        let mut bound = 0;
        let mut hits = |rate: u64| {
            bound += rate;
            roll < bound
        };
        if hits(rates.lose) {
            Fault::Lose
        } else if hits(rates.lose_report) {
            Fault::LoseReport
        } else if hits(rates.repeat) {
            [Fault::Repeat, Fault::RepeatLate][random.below(2)]
        } else if hits(rates.hold) {
            Fault::Hold
        } else if hits(rates.split) {
            Fault::Split(random.below(records + 1))
        } else if hits(rates.reverse) {
            Fault::Reverse
        } else {
            Fault::None
        }
    }
}

#[derive(Debug)]
struct Random(u64);

impl Random {
    fn percent(&mut self) -> u64 {
        splitmix64(&mut self.0) % 100
    }

    fn below(&mut self, bound: usize) -> usize {
        (splitmix64(&mut self.0) % bound as u64) as usize
    }
}
