//! What a fold is told of an event besides the event, and what it may say against it.

use jiff_sqlx::{Timestamp, ToSqlx as _};

/// Where an event's record is in the log.
#[derive(Clone, Copy, Debug)]
pub struct RecordPlace {
    /// The partition.
    pub partition: u16,
    /// The record's sequence in it.
    pub sequence: u64,
    /// The record's own time.
    pub recorded_at: jiff::Timestamp,
}

/// Why an event can't be applied. A log written by the decider never holds such a thing; a view
/// meets it all the same and must not guess.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FoldError {
    /// Something happened to a ticket before it was opened.
    #[error("an event of a ticket that was never opened")]
    NotOpened,
    /// Opened a second time.
    #[error("the ticket is opened a second time")]
    OpenedTwice,
    /// Something happened to a person before they were registered.
    #[error("an event of somebody who was never registered")]
    NotRegistered,
    /// Registered a second time.
    #[error("they are registered a second time")]
    RegisteredTwice,
    /// Something happened to a person afterwards.
    #[error("an event of somebody who has retired or was erased")]
    Gone,
    /// An answer to a survey before its invitation.
    #[error("an answer to a survey that nobody was invited to")]
    NotInvited,
    /// Invited a second time.
    #[error("the survey's customer is invited a second time")]
    InvitedTwice,
    /// Answered a second time.
    #[error("the survey is answered a second time")]
    AnsweredTwice,
    /// The event is of another kind than its stream.
    #[error("an event that its stream can't have")]
    OtherStream,
    /// The number has no place in the view.
    #[error("ticket number {0} is too large for the view")]
    Number(u64),
}

/// Postgres keeps microseconds. What it would cut off is cut off before, so that a row folded in
/// memory equals the same row read back.
pub(crate) fn to_micros(time: jiff::Timestamp) -> Timestamp {
    let micros = time.as_microsecond();
    jiff::Timestamp::from_microsecond(micros)
        .unwrap_or(time)
        .to_sqlx()
}
