//! How state looks in a snapshot file: a mirror of what is in memory, apart from it, so that the
//! domain stays free of formats and a change there doesn't compile here until somebody has thought
//! about the files that lie around.
//!
//! Guarantee: what is read is what was written, or an error. Whoever changes these rows, or what
//! `fold` makes of a record, raises [`FORMAT`](super::file::FORMAT); the golden bytes in the tests
//! fail otherwise.

use docket_domain::ids::PersonId;
use docket_domain::text::Label;
use docket_event_log::{Cursor, Incarnation};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! words {
    ($($row:ident = $domain:path { $($word:ident),+ })+) => {
        $(
            #[derive(Clone, Copy, Serialize, Deserialize)]
            enum $row { $($word),+ }

            impl From<$domain> for $row {
                fn from(word: $domain) -> Self {
                    type Domain = $domain;
                    match word { $(Domain::$word => Self::$word),+ }
                }
            }

            impl From<$row> for $domain {
                fn from(word: $row) -> Self {
                    match word { $($row::$word => Self::$word),+ }
                }
            }
        )+
    };
}

mod catalogue;
mod consultant;
mod customer;
mod history;
mod outcome;
mod stream;
mod survey;
mod ticket;

pub(super) use self::outcome::{OutcomeRow, outcome_rows, outcomes};
pub(super) use self::stream::{IdRow, StreamRow};
use self::ticket::TicketRow;

type Id = [u8; 16];

/// What a file says of itself.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Header {
    /// How many partitions the log has.
    pub(super) partitions: u16,
    /// Up to where the log is folded into it.
    pub(super) cursor: Cursor,
    /// All incarnations the log has been through up to there, the cursor's last.
    pub(super) incarnations: Vec<Incarnation>,
    /// Tickets ever opened in the partition.
    pub(super) opened: u64,
    /// The partition's owner: their id, and where they are reached.
    pub(super) owner: Option<(Id, Box<str>)>,
    /// How many hours its records are dated in, and the last of them.
    pub(super) hours: (u32, Vec<i64>),
    /// Streams in the hot part.
    pub(super) hot: u64,
    /// Streams in the cold part.
    pub(super) cold: u64,
}

/// One frame of the hot part.
#[derive(Serialize, Deserialize)]
pub(super) enum HotRow {
    /// Some of the queue of ended streams, in order.
    Ended(Vec<(u32, IdRow)>),
    /// A stream, and the first outcomes of its commands.
    Stream(Box<StreamRow>, Vec<OutcomeRow>),
}

fn person_id(person: PersonId) -> Id {
    person.0.into_bytes()
}

fn person(id: Id) -> PersonId {
    PersonId(Uuid::from_bytes(id))
}

fn text(label: &Label) -> Box<str> {
    label.as_str().into()
}

fn label(text: Box<str>) -> Result<Label, Odd> {
    Label::new(text).map_err(|_| Odd::Malformed)
}

fn time(nanoseconds: i128) -> Result<Timestamp, Odd> {
    Timestamp::from_nanosecond(nanoseconds).map_err(|_| Odd::Malformed)
}

/// What can't be put into a snapshot, or not taken out of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum Odd {
    /// It was read by a version that doesn't understand it; one that does must read it itself.
    #[error("something of a newer version")]
    Newer,
    /// Nothing of ours.
    #[error("no such state")]
    Malformed,
}
