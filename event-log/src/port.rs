//! The port: what an adapter must do. It moves raw entries; what is valid among them is decided
//! by [`chain`](crate::chain) alone, the same for all adapters.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;

use crate::cursor::{Cursor, LogId, Partition, Place};
use crate::error::Error;
use crate::hash::Hash;
use crate::record::Record;

/// A log, whichever adapter keeps it.
pub type Log = Arc<dyn EventLog>;

/// Which log this is: read from its genesis records, the same for every process that opened it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogIdentity {
    /// Made with the log's first record and hashed into every record.
    pub log_id: LogId,
    /// How many partitions it has, for its whole life.
    pub partitions: u16,
}

/// An adapter. Opening one (each adapter's own function) checks its settings, makes the log with
/// its genesis records where there is none, and refuses another partition count.
pub trait EventLog: Send + Sync + std::fmt::Debug + 'static {
    /// Which log this is.
    fn identity(&self) -> &LogIdentity;

    /// Sends records, in order, to the end of a partition; they are on their way when this
    /// returns, and the future only tells what becomes known of them. `Ok` says that they were delivered and
    /// `Err` that this isn't known: *neither says whether they won*, only reading does. One of them
    /// comes within a bounded time, whatever happens to the log: writers wait for it before they
    /// settle. Dropping the future cancels nothing.
    fn append(
        &self,
        partition: Partition,
        records: Vec<Record>,
    ) -> BoxFuture<'static, Result<(), Error>>;

    /// Tails the partitions of these cursors, one reader each, in their order, each from its
    /// [`Cursor::reads_from`]. What several readers share (a Kafka consumer) is the adapter's
    /// business. Use [`Reader::open`](crate::Reader::open), which checks that this is still the
    /// log the cursors were taken from.
    fn tail(&self, from: &[Cursor]) -> BoxFuture<'_, Result<Vec<Box<dyn RawReader>>, Error>>;

    /// The place just past the last entry stored now; a reader whose cursor is there
    /// ([`Cursor::has_reached`]) has read everything that was in the log at the time of the call.
    fn end(&self, partition: Partition) -> BoxFuture<'_, Result<Place, Error>>;
}

/// One entry of a partition as it was found, valid or not.
#[derive(Clone, Debug)]
pub struct RawEntry {
    /// Where it lies.
    pub at: Place,
    /// The record key; empty if there was none.
    pub key: Bytes,
    /// All `ce_` headers but `ce_hash`, packed as in [`Record::packed`]; see
    /// [`packed`](crate::packed).
    pub packed: Bytes,
    /// `ce_hash`, if there was a well-formed one.
    pub hash: Option<Hash>,
    /// `traceparent`.
    pub traceparent: Option<Bytes>,
    /// The record's data.
    pub data: Bytes,
}

impl RawEntry {
    /// A record as it lies at a place.
    pub fn of(record: &Record, at: Place) -> Self {
        Self {
            at,
            key: record.key.clone(),
            packed: record.packed.clone(),
            hash: Some(record.hash),
            traceparent: record.traceparent.clone(),
            data: record.data.clone(),
        }
    }

    /// The place of the entry after this one.
    pub fn next(&self) -> Place {
        Place(self.at.0 + 1)
    }
}

/// Reads a partition's entries, each once, in order.
pub trait RawReader: Send + 'static {
    /// Waits for entries and returns what has arrived, never none. Dropping the future loses
    /// nothing. An error is final: the log can't be read on from here. A log that can't be
    /// reached is no error: the reader waits until it can be again.
    fn next(&mut self) -> BoxFuture<'_, Result<Vec<RawEntry>, Error>>;
}
