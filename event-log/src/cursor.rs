//! Places in a log.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::hash::Hash;

/// Made with the log's first record, hashed into every record; a copy of the log keeps it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct LogId(pub Uuid);

/// One life of a log: new whenever a copy goes on after a restore or a move (`opened`). The
/// genesis starts the first one, whose incarnation is the log id.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Incarnation(pub Uuid);

/// A partition's number, from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Partition(pub u16);

/// The dense number of a valid record within its partition; the genesis is 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Sequence(pub u64);

/// The adapter's own number of a place (Kafka: the offset; Postgres: the sequence; opaque here).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Place(pub u64);

/// The last valid record of a partition, as far as somebody has read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Head {
    /// Its sequence.
    pub sequence: Sequence,
    /// Its hash.
    pub hash: Hash,
}

/// A reader's place. Kept with whatever was made of the records before it, in one transaction.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cursor {
    /// Which log.
    pub log_id: LogId,
    /// Which partition.
    pub partition: Partition,
    /// The next entry to read. What lies before it is never read again.
    pub next: Place,
    /// Where the head lies, so that it can be read again and compared when reading goes on from
    /// here; [`Place`] 0 before the genesis.
    pub head_at: Place,
    /// The last valid record read; `None` before the genesis.
    pub head: Option<Head>,
    /// The incarnation of the head; the log id before the genesis.
    pub incarnation: Incarnation,
    /// Whether the head is a `closed` record, which only an `opened` one may extend.
    pub closed: bool,
}

impl Cursor {
    /// Before the first record.
    pub fn start(log_id: LogId, partition: Partition) -> Self {
        Self {
            log_id,
            partition,
            next: Place(0),
            head_at: Place(0),
            head: None,
            incarnation: Incarnation(log_id.0),
            closed: false,
        }
    }

    /// Where an adapter starts to read for this cursor: at the head's own record, so that the
    /// [`Reader`](crate::Reader) can compare it, and at the next entry where there is no head.
    pub fn reads_from(&self) -> Place {
        if self.head.is_some() {
            self.head_at
        } else {
            self.next
        }
    }

    /// The sequence that a record extending the head must have.
    pub fn next_sequence(&self) -> Sequence {
        self.head
            .map_or(Sequence(0), |head| Sequence(head.sequence.0 + 1))
    }

    /// The hash that a record extending the head must name as its `previous`.
    pub fn head_hash(&self) -> Hash {
        self.head.map_or(Hash::ZERO, |head| head.hash)
    }

    /// Whether everything before `end` has been read.
    pub fn has_reached(&self, end: Place) -> bool {
        self.next >= end
    }
}

macro_rules! display_as_number {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

display_as_number!(LogId, Incarnation, Partition, Sequence, Place);
