//! Breadth first through everything that may happen, until a promise is broken or all was seen.
//!
//! The first state found to break a promise is one of the nearest, so its trace is a shortest one.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::time::{Duration, Instant};

use crate::configuration::Configuration;
use crate::decider::Outcomes;
use crate::fingerprint::fingerprint;
use crate::invariants::{Invariant, Truth};
use crate::protocol::Protocol;
use crate::state::{Action, Cause, State};
use crate::trace::Trace;
use crate::weakening::Weakening;

/// What a search saw.
#[derive(Debug)]
pub struct Report {
    /// The configuration's name.
    pub name: &'static str,
    /// How many different states.
    pub states: usize,
    /// How many steps between them.
    pub transitions: u64,
    /// How many steps the longest run has.
    pub depth: usize,
    /// How long it took.
    pub took: Duration,
    /// What clients had been answered at the ends of runs.
    pub endings: BTreeSet<Outcomes>,
    /// A broken promise, with the way there.
    pub broken: Option<(Invariant, Trace)>,
}

/// Searches a configuration for states that break one of the promises; `reduced` leaves out what
/// makes no difference, as `reduction.rs` explains.
pub fn search(
    configuration: &Configuration,
    weakening: Option<Weakening>,
    promises: &[Invariant],
    reduced: bool,
) -> Report {
    let protocol = Protocol {
        configuration,
        weakening,
        reduced,
    };
    let search = Search {
        protocol,
        promises,
        visited: HashSet::default(),
        steps: vec![(0, None)],
        transitions: 0,
    };
    search.run()
}

struct Search<'a> {
    protocol: Protocol<'a>,
    promises: &'a [Invariant],
    visited: HashSet<u128, BuildHasherDefault<Half>>,
    /// How each state was first reached: from which one, by what.
    steps: Vec<(u32, Option<Action>)>,
    transitions: u64,
}

impl Search<'_> {
    fn run(mut self) -> Report {
        let began = Instant::now();
        let start = State::start(&self.protocol);
        self.visited.insert(fingerprint(&self.protocol, &start));
        let mut level = vec![(0_u32, start)];
        let mut endings = BTreeSet::new();
        let mut depth = 0;
        loop {
            let mut next_level = Vec::new();
            for (index, state) in level {
                let is_stuck = self.expand(index, &state, &mut next_level);
                if is_stuck {
                    endings.insert(state.clients.answers);
                }
                if let Some(promise) = self.broken_by(&state, is_stuck) {
                    let trace = Trace::new(&self.protocol, promise, &self.way_to(index));
                    let broken = Some((promise, trace));
                    return self.report(depth, began, endings, broken);
                }
            }
            if next_level.is_empty() {
                return self.report(depth, began, endings, None);
            }
            level = next_level;
            depth += 1;
        }
    }

    fn broken_by(&self, state: &State, is_stuck: bool) -> Option<Invariant> {
        let truth = Truth::of(&self.protocol, state);
        let mut promises = self.promises.iter().copied();
        promises.find(|promise| promise.is_broken(&self.protocol, state, &truth, is_stuck))
    }

    /// Adds the states after this one that were not seen yet. Says whether the run ends here, but
    /// for faults.
    fn expand(&mut self, index: u32, state: &State, level: &mut Vec<(u32, State)>) -> bool {
        let protocol = self.protocol;
        let mut is_stuck = true;
        state.actions(&protocol, |action, cause| {
            is_stuck &= cause == Cause::Fault;
            self.transitions += 1;
            let next = state.after(&protocol, action);
            if self.visited.insert(fingerprint(&protocol, &next)) {
                level.push((self.steps.len() as u32, next));
                self.steps.push((index, Some(action)));
            }
        });
        is_stuck
    }

    fn way_to(&self, mut index: u32) -> Vec<Action> {
        let mut way = Vec::new();
        while let (before, Some(action)) = self.steps[index as usize] {
            way.push(action);
            index = before;
        }
        way.reverse();
        way
    }

    fn report(
        self,
        depth: usize,
        began: Instant,
        endings: BTreeSet<Outcomes>,
        broken: Option<(Invariant, Trace)>,
    ) -> Report {
        Report {
            name: self.protocol.configuration.name,
            states: self.visited.len(),
            transitions: self.transitions,
            depth,
            took: began.elapsed(),
            endings,
            broken,
        }
    }
}

/// Fingerprints are spread evenly already: half of one is hash enough.
#[derive(Default)]
struct Half(u64);

impl Hasher for Half {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, fingerprint: u128) {
        self.0 = fingerprint as u64;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<28} {:>9} states {:>10} transitions  depth {:>2}  {:>6.1} s",
            self.name,
            self.states,
            self.transitions,
            self.depth,
            self.took.as_secs_f64()
        )
    }
}
