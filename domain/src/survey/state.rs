//! A survey's state: what [`decide`](super::decide()) reads, and nothing else. There are as many as
//! tickets were closed, so it is small.

use jiff::Timestamp;

use super::command::Score;
use crate::history::History;
use crate::ticket::Digest;

/// A survey as the log has it. The initial state is [`Survey::NotInvited`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Survey {
    /// No event yet.
    #[default]
    NotInvited,
    /// The customer may answer.
    Invited(Box<InvitedState>),
    /// They did.
    Answered(Box<AnsweredState>),
}

/// What is kept of an invitation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvitedState {
    /// How many events, and how far they reach.
    pub history: History,
    /// Of the whole invitation, to know the same one again.
    pub invitation: Digest,
    /// Until when it may be answered.
    pub expires_at: Timestamp,
}

/// What is kept of an answered survey.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AnsweredState {
    /// How many events, and how far they reach.
    pub history: History,
    /// Of the whole invitation, to know the same one again.
    pub invitation: Digest,
    /// The answer's score.
    pub score: Score,
    /// Digest of its text, if there is one.
    pub text: Option<Digest>,
}

impl Survey {
    /// How many events, and how far they reach.
    pub fn history(&self) -> History {
        match self {
            Self::NotInvited => History::default(),
            Self::Invited(state) => state.history,
            Self::Answered(state) => state.history,
        }
    }

    /// See [`History::saw_source_sequence`]; of a survey that isn't there nothing is kept.
    pub fn saw_source_sequence(&mut self, sequence: Option<u64>) {
        match self {
            Self::NotInvited => {}
            Self::Invited(state) => state.history.saw_source_sequence(sequence),
            Self::Answered(state) => state.history.saw_source_sequence(sequence),
        }
    }
}
