//! A network between writers and any log that loses, repeats, delays, splits and reorders what it
//! is given, as told or at random from a seed: for the contract suite and for simulation.
//!
//! What is on its way when its sender dies arrives all the same, as from a real socket.

mod slow;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, join_all};
use tokio::time::sleep;

use self::slow::SlowReader;

use crate::cursor::{Cursor, Partition, Place};
use crate::error::Error;
use crate::port::{EventLog, Log, LogIdentity, RawReader};
use crate::random::splitmix64;
use crate::record::Record;

/// A log behind a [`Network`]. Clones, and several with one network, share its faults.
#[derive(Clone, Debug)]
pub struct FaultyLog {
    log: Log,
    network: Arc<Mutex<Network>>,
}

impl FaultyLog {
    /// A log behind a network that has no faults yet.
    pub fn new(log: Log) -> Self {
        Self {
            log,
            network: Arc::default(),
        }
    }

    /// Another process's view of the same log, behind the same network.
    pub fn beside(&self, log: Log) -> Self {
        Self {
            log,
            network: Arc::clone(&self.network),
        }
    }

    /// The network.
    pub fn network(&self) -> MutexGuard<'_, Network> {
        self.network.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Delivers everything that is held back, in the order it was sent, and waits for that.
    pub async fn release(&self) {
        let held = std::mem::take(&mut self.network().held);
        for (partition, records) in held {
            // As with every append: what became of it shows in the log.
            let _ = self.log.append(partition, records).await;
        }
    }
}

impl FaultyLog {
    /// Delivers now, or on its own when its time has come.
    fn deliver(&self, delivery: Delivery) -> BoxFuture<'static, Result<(), Error>> {
        let Delivery {
            partition,
            records,
            delay,
        } = delivery;
        if delay.is_zero() {
            return self.log.append(partition, records);
        }
        let log = Log::clone(&self.log);
        let on_its_way = tokio::spawn(async move {
            sleep(delay).await;
            log.append(partition, records).await
        });
        async move {
            on_its_way.await.unwrap_or_else(|error| {
                let source = error.into();
                Err(Error::AppendUnknown { partition, source })
            })
        }
        .boxed()
    }
}

/// Only if there is something to wait for: a network without delays needs no timer.
async fn wait(delay: Duration) {
    if !delay.is_zero() {
        sleep(delay).await;
    }
}

impl EventLog for FaultyLog {
    fn identity(&self) -> &LogIdentity {
        self.log.identity()
    }

    fn append(
        &self,
        partition: Partition,
        records: Vec<Record>,
    ) -> BoxFuture<'static, Result<(), Error>> {
        let Sent {
            deliveries,
            reported,
            report_delay,
        } = self.network().send(partition, records);
        let deliveries: Vec<_> = deliveries
            .into_iter()
            .map(|delivery| self.deliver(delivery))
            .collect();
        async move {
            if !reported {
                // Whoever waits for it gives up at some time, whatever became of the records.
                wait(report_delay).await;
                let source = "the network lost the report".into();
                return Err(Error::AppendUnknown { partition, source });
            }
            let reports = join_all(deliveries).await;
            wait(report_delay).await;
            reports.into_iter().collect()
        }
        .boxed()
    }

    fn tail(&self, from: &[Cursor]) -> BoxFuture<'_, Result<Vec<Box<dyn RawReader>>, Error>> {
        let tailed = self.log.tail(from);
        async move {
            let readers = tailed.await?;
            let slow = |raw| -> Box<dyn RawReader> {
                Box::new(SlowReader::new(raw, Arc::clone(&self.network)))
            };
            Ok(readers.into_iter().map(slow).collect())
        }
        .boxed()
    }

    fn end(&self, partition: Partition) -> BoxFuture<'_, Result<Place, Error>> {
        self.log.end(partition)
    }
}

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

/// How long the random network takes, each time anything up to that.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Delays {
    /// Until records arrive; those of different appends may overtake each other.
    pub delivery_max: Duration,
    /// From then until it is reported.
    pub report_max: Duration,
    /// Until what is there has been read.
    pub read_max: Duration,
}

/// What happens to appends on their way. Faults that were scripted come first,
/// one an append; then random ones, if there is a seed.
#[derive(Debug, Default)]
pub struct Network {
    script: VecDeque<Fault>,
    random: Option<(Random, FaultRates)>,
    delays: Delays,
    held: Vec<(Partition, Vec<Record>)>,
}

struct Sent {
    deliveries: Vec<Delivery>,
    reported: bool,
    report_delay: Duration,
}

struct Delivery {
    partition: Partition,
    records: Vec<Record>,
    delay: Duration,
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

    /// Makes the random network slow from here on.
    pub fn delay(&mut self, delays: Delays) {
        self.delays = delays;
    }

    /// Ends all faults and delays; what is held back stays so, and what is on its way arrives when
    /// it would have.
    pub fn heal(&mut self) {
        self.script.clear();
        self.random = None;
    }

    /// How many deliveries are held back.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    fn send(&mut self, partition: Partition, mut records: Vec<Record>) -> Sent {
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
        let Delays {
            delivery_max,
            report_max,
            ..
        } = self.delays;
        let deliveries = deliveries
            .into_iter()
            .map(|(partition, records)| Delivery {
                partition,
                records,
                delay: self.time(delivery_max),
            })
            .collect();
        let reported = !matches!(
            fault,
            Fault::Lose | Fault::LoseReport | Fault::Hold | Fault::Split(_)
        );
        Sent {
            deliveries,
            reported,
            report_delay: self.time(report_max),
        }
    }

    /// How long reading takes now.
    fn read_delay(&mut self) -> Duration {
        self.time(self.delays.read_max)
    }

    /// A whole number of milliseconds, the timer's own step.
    fn time(&mut self, max: Duration) -> Duration {
        match &mut self.random {
            Some((random, _)) if !max.is_zero() => {
                let times = max.as_millis() as usize + 1;
                Duration::from_millis(random.below(times) as u64)
            }
            _ => Duration::ZERO,
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
