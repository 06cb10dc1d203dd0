//! A customer's state: what [`decide`](super::decide()) reads, and nothing else.

use super::command::Preferences;
use crate::history::History;
use crate::ticket::Digest;

/// A customer as the log has it. The initial state is [`Customer::Unregistered`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Customer {
    /// No event yet.
    #[default]
    Unregistered,
    /// Known.
    Registered(Box<CustomerState>),
    /// Nothing is known of them any more, for good.
    Erased(Box<History>),
}

/// What is kept of a registered customer. Personal data is kept as digests.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CustomerState {
    /// How many events, and how far they reach.
    pub history: History,
    /// Digest of the name.
    pub name: Digest,
    /// Digest of the telephone number, if there is one.
    pub phone: Option<Digest>,
    /// Digest of the e-mail address, if there is one.
    pub email: Option<Digest>,
    /// How they want to be served.
    pub preferences: Preferences,
}

impl Customer {
    /// How many events, and how far they reach.
    pub fn history(&self) -> History {
        match self {
            Self::Unregistered => History::default(),
            Self::Registered(state) => state.history,
            Self::Erased(history) => **history,
        }
    }

    /// See [`History::saw_source_sequence`]; of nobody nothing is kept.
    pub fn saw_source_sequence(&mut self, sequence: Option<u64>) {
        match self {
            Self::Unregistered => {}
            Self::Registered(state) => state.history.saw_source_sequence(sequence),
            Self::Erased(history) => history.saw_source_sequence(sequence),
        }
    }
}
