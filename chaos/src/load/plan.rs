//! What is asked next, by whom, of which ticket: all of it from the seed.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use uuid::Uuid;

use crate::ask::{Ask, MIA, What};
use crate::cluster::Cluster;
use crate::old::Old;
use crate::random::Random;

/// How much, and how.
#[derive(Clone, Copy, Debug)]
pub struct LoadConfig {
    /// Where the choices come from.
    pub seed: u64,
    /// Commands a second.
    pub rate: f64,
    /// Tickets that are commanded at a time: the fewer, the more contention.
    pub tickets: usize,
    /// Commands a ticket gets before another takes its place.
    pub commands_per_ticket: usize,
    /// Whether some clients hedge, hang up, or take "not done" for an answer. Without them every
    /// command has one client that wants its outcome.
    pub moody: bool,
}

impl LoadConfig {
    /// A load of that rate on as many tickets as give each a few commands a second.
    pub fn new(seed: u64, rate: f64) -> Self {
        Self {
            seed,
            rate,
            tickets: (rate / 8.0).ceil().max(4.0) as usize,
            commands_per_ticket: 60,
            moody: true,
        }
    }
}

/// How a client behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Manner {
    /// Asks until it has the outcome.
    Patient,
    /// Asks two replicas at once with the same key.
    Hedges,
    /// Takes the first "not done" for an answer and never asks again.
    TakesNo,
    /// Hangs up after so long.
    HangsUp(Duration),
    /// Sends it as one line of several, and alone if that brings no outcome.
    Bulk,
}

/// A command that is due.
pub(super) struct Planned {
    pub(super) ask: Ask,
    pub(super) manner: Manner,
    /// The highest version that clients of the ticket have been told.
    pub(super) seen: Arc<AtomicU32>,
}

/// Commands that are due at once.
pub(super) enum Due {
    /// Each from a client of its own.
    Each(Vec<Planned>),
    /// All from one, as one request.
    Lines(Vec<Planned>),
}

pub(super) struct Plan {
    config: LoadConfig,
    random: Random,
    /// Whose id tickets' ids are made of.
    opener: Uuid,
    /// So that no two loads on one log use the same keys.
    run: Uuid,
    count: u64,
    live: Vec<Live>,
    old: Old,
}

/// A ticket that is being commanded.
struct Live {
    ticket: Uuid,
    seen: Arc<AtomicU32>,
    left: usize,
    /// Its first commands, which open it and get it somewhere.
    first: VecDeque<What>,
    opening_key: String,
}

impl Live {
    /// Commands that an old ticket gets.
    const LATE: usize = 6;

    fn old(ticket: Uuid, comment_first: bool) -> Self {
        Self {
            ticket,
            seen: Arc::default(),
            left: Self::LATE,
            first: comment_first
                .then_some(What::Comment(0))
                .into_iter()
                .collect(),
            opening_key: String::new(),
        }
    }
}

impl Plan {
    pub(super) fn new(config: LoadConfig, cluster: &Cluster, old: Old) -> Self {
        Self {
            random: Random::new(config.seed, 1),
            opener: cluster.person(MIA.subject),
            run: Uuid::new_v4(),
            count: 0,
            live: Vec::new(),
            old,
            config,
        }
    }

    pub(super) fn rate(&self) -> f64 {
        self.config.rate
    }

    /// What is due now: mostly one command, sometimes several clients' on one ticket at once, or
    /// the lines of one bulk request.
    pub(super) fn next(&mut self) -> Due {
        if self.config.moody && !self.live.is_empty() && self.random.percent(4) {
            return Due::Lines(self.lines());
        }
        let at = self.random.below(self.config.tickets);
        if at >= self.live.len() {
            let opened = self.open();
            self.live.push(opened);
        }
        let at = at.min(self.live.len() - 1);
        let crowd = if self.random.percent(5) {
            self.random.between(2, 5)
        } else {
            1
        };
        let planned = (0..crowd).map(|_| self.ask(at)).collect();
        if self.live[at].left == 0 {
            // Half of the time somebody comes back to a ticket of long ago.
            let old = self.random.percent(50).then(|| self.old.take());
            self.live[at] = match old.flatten() {
                Some(ticket) => Live::old(ticket, self.random.percent(50)),
                None => self.open(),
            };
        }
        Due::Each(planned)
    }

    /// A manager's lines for several tickets, some of them for one ticket.
    fn lines(&mut self) -> Vec<Planned> {
        let first = self.random.below(self.live.len());
        let count = self.random.between(3, 8);
        let line = |_| {
            let at = if self.random.percent(30) {
                first
            } else {
                self.random.below(self.live.len())
            };
            let mut planned = self.ask(at);
            planned.ask.person = MIA;
            planned.manner = Manner::Bulk;
            planned
        };
        (0..count).map(line).collect()
    }

    fn open(&mut self) -> Live {
        self.count += 1;
        let opening_key = format!("{}-open-{}", self.run, self.count);
        Live {
            // As the command API derives it from who opens a ticket under which key.
            ticket: Uuid::new_v5(&self.opener, opening_key.as_bytes()),
            seen: Arc::default(),
            left: self.config.commands_per_ticket,
            first: VecDeque::from([What::Open]),
            opening_key,
        }
    }

    fn ask(&mut self, at: usize) -> Planned {
        self.count += 1;
        let (person, what) = match self.live[at].first.pop_front() {
            Some(first) => (MIA, first),
            None => What::random(&mut self.random, self.count),
        };
        let manner = self.manner();
        let live = &mut self.live[at];
        live.left = live.left.saturating_sub(1);
        let seen = live.seen.load(Ordering::Relaxed);
        let opens = what == What::Open;
        let if_match = (!opens && self.random.percent(8) && seen > 0)
            .then(|| seen - u32::from(seen > 1 && self.random.percent(20)));
        let ask = Ask {
            ticket: live.ticket,
            person,
            key: if opens {
                live.opening_key.clone()
            } else {
                format!("{}-{}", self.run, self.count)
            },
            if_match,
            what,
        };
        Planned {
            ask,
            manner,
            seen: Arc::clone(&live.seen),
        }
    }

    fn manner(&mut self) -> Manner {
        if !self.config.moody {
            return Manner::Patient;
        }
        match self.random.below(100) {
            0..6 => Manner::Hedges,
            6..12 => Manner::TakesNo,
            12..17 => Manner::HangsUp(Duration::from_millis(self.random.between(1, 60))),
            _ => Manner::Patient,
        }
    }
}
