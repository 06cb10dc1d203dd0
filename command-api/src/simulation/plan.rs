//! What a seed makes of a run: how many of everything, and which faults how often. Each fault is
//! left out of about half of the runs, so that rare ones get to act alone ("swarm testing", Groce
//! et al. 2012).

use std::time::Duration;

use docket_domain::stream::StreamId;
use docket_event_log::WriterConfig;
use docket_event_log::faults::{Delays, FaultRates};

use super::commands::ticket;
use super::others::stream;
use super::random::Random;
use crate::config::CommandConfig;

/// A run, but for the chances taken on the way.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) partitions: u16,
    pub(super) replicas: usize,
    pub(super) clients: usize,
    pub(super) tickets: usize,
    /// Streams of other kinds; some twice, which makes them busier.
    pub(super) others: Vec<StreamId>,
    /// Of each client.
    pub(super) operations: usize,
    /// The longest pause of a client, in milliseconds.
    pub(super) pause_ms: usize,
    pub(super) rates: FaultRates,
    pub(super) delays: Delays,
    /// Crashes, stops, clock jumps and outages of single replicas.
    pub(super) disturbances: usize,
    pub(super) config: CommandConfig,
    pub(super) writer: WriterConfig,
    /// Whether replicas keep snapshots.
    pub(super) snapshots: bool,
    /// The first so many tickets ended years ago.
    pub(super) old_tickets: usize,
    pub(super) lie: Lie,
    /// Whether the run is made a number of, to be compared.
    pub(super) traced: bool,
}

/// What the surroundings may do that the protocol must *not* survive: shows that the check sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lie {
    /// Nothing of the kind.
    None,
    /// The first replica's log is not the others' log.
    SplitLog,
    /// What nobody knows the outcome of is called not done.
    UnknownIsNotDone,
    /// A repeated command has a new command id.
    ForgottenKeys,
}

impl Plan {
    pub(super) fn new(seed: u64) -> Self {
        let random = &mut Random::new(seed, 0);
        let delays = Delays {
            delivery_max: Duration::from_millis(some(random, &[3, 30, 300])),
            report_max: Duration::from_millis(some(random, &[3, 30, 300])),
            read_max: Duration::from_millis(some(random, &[3, 30, 300])),
        };
        let rates = FaultRates {
            lose: some(random, &[2, 10, 25]),
            lose_report: some(random, &[2, 10, 20]),
            repeat: some(random, &[5, 15]),
            hold: some(random, &[2, 10, 20]),
            split: some(random, &[5, 15]),
            reverse: some(random, &[5, 15]),
            release: 20,
        };
        let mut plan = Self {
            seed,
            partitions: random.pick(&[1, 1, 1, 2]),
            replicas: random.pick(&[2, 2, 3]),
            clients: 2 + random.below(3),
            tickets: 1 + random.below(3),
            operations: 3 + random.below(5),
            pause_ms: random.pick(&[0, 5, 50, 500]),
            rates,
            delays,
            disturbances: random.pick(&[0, 0, 1, 2, 4]),
            config: CommandConfig {
                reopen_window_days: random.pick(&[0, 14]),
                queue_wait_ms: random.pick(&[50, 500, 5_000]),
                queue_commands_max: random.pick(&[8, 16, 4_096]),
                batch_records_max: random.pick(&[1, 2, 8, 512]),
                stalled_after_ms: random.pick(&[100, 1_000, 5_000]),
                ..CommandConfig::default()
            },
            writer: WriterConfig {
                read_back: Duration::from_millis(random.pick(&[20, 250])),
                backoff_min: Duration::from_millis(20),
                backoff_max: Duration::from_millis(random.pick(&[100, 2_000])),
                jitter_seed: random.next(),
            },
            snapshots: random.percent(40),
            others: Vec::new(),
            old_tickets: 0,
            lie: Lie::None,
            traced: false,
        };
        if plan.snapshots && random.percent(60) {
            plan.old_tickets = 1 + random.below(plan.tickets);
        }
        plan.others = (0..random.below(4)).map(|_| stream(random)).collect();
        plan
    }

    /// How many streams there are.
    pub(super) fn streams(&self) -> usize {
        self.tickets + self.others.len()
    }

    /// The tickets, and after them the others.
    pub(super) fn stream(&self, index: usize) -> StreamId {
        match index.checked_sub(self.tickets) {
            None => StreamId::Ticket(ticket(index)),
            Some(index) => self.others[index],
        }
    }

    pub(super) fn with(self, lie: Lie) -> Self {
        Self { lie, ..self }
    }

    pub(super) fn traced(self) -> Self {
        Self {
            traced: true,
            ..self
        }
    }
}

/// One of these in half of the runs, nothing in the others.
fn some(random: &mut Random, from: &[u64]) -> u64 {
    if random.percent(50) {
        random.pick(from)
    } else {
        0
    }
}
