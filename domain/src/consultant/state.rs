//! A consultant's state: what [`decide`](super::decide()) reads, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::command::{Availability, Level};
use super::hours::Hours;
use crate::history::History;
use crate::text::Label;
use crate::ticket::Digest;

/// A consultant as the log has it. The initial state is [`Consultant::Unregistered`].
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Consultant {
    /// No event yet.
    #[default]
    Unregistered,
    /// At work, or away for a while.
    Registered(Box<ConsultantState>),
    /// Works no more; may be registered again.
    Retired(Box<History>),
}

/// What is kept of a registered consultant. Personal data is kept as digests.
#[derive(Clone, PartialEq, Debug)]
pub struct ConsultantState {
    /// How many events, and how far they reach.
    pub history: History,
    /// Digest of the name.
    pub name: Digest,
    /// See [`Profile::team`](super::Profile::team).
    pub team: Option<Label>,
    /// See [`Profile::skills`](super::Profile::skills).
    pub skills: BTreeMap<Label, Level>,
    /// See [`Profile::areas`](super::Profile::areas).
    pub areas: BTreeSet<Label>,
    /// See [`Profile::travel_km_max`](super::Profile::travel_km_max).
    pub travel_km_max: Option<u32>,
    /// See [`Profile::languages`](super::Profile::languages).
    pub languages: BTreeSet<Label>,
    /// See [`Profile::capacity`](super::Profile::capacity).
    pub capacity: u32,
    /// Whether they take tickets.
    pub availability: Availability,
    /// When they work; at any time if not given.
    pub hours: Option<Hours>,
    /// Digest of the place, if it is known.
    pub place: Option<Digest>,
}

impl Consultant {
    /// How many events, and how far they reach.
    pub fn history(&self) -> History {
        match self {
            Self::Unregistered => History::default(),
            Self::Registered(state) => state.history,
            Self::Retired(history) => **history,
        }
    }

    /// See [`History::saw_source_sequence`]; of nobody nothing is kept.
    pub fn saw_source_sequence(&mut self, sequence: Option<u64>) {
        match self {
            Self::Unregistered => {}
            Self::Registered(state) => state.history.saw_source_sequence(sequence),
            Self::Retired(history) => history.saw_source_sequence(sequence),
        }
    }
}
