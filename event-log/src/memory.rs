//! A log in memory, for simulation: any number of writers and readers in one process. Behind a
//! [`FaultyLog`](crate::faults::FaultyLog) it is a log on a network that fails.
//!
//! It keeps what was delivered, noise included, just as Kafka does. Nothing survives the process.

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use tokio::sync::Notify;

use crate::cursor::{Cursor, LogId, Partition, Place};
use crate::error::{Damage, Error};
use crate::genesis;
use crate::port::{EventLog, LogIdentity, RawEntry, RawReader};
use crate::record::Record;

/// What survives a process that has the log open: hand it to [`MemoryLog::open`] again and again,
/// as if each were a process of its own.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    partitions: Arc<[Stored]>,
}

#[derive(Debug)]
struct Stored {
    entries: Mutex<Vec<RawEntry>>,
    /// Wakes readers, in the order in which they came to wait (a `watch` wakes them in an order
    /// that no simulation could repeat).
    grown: Notify,
}

impl MemoryStore {
    /// An empty log of so many partitions.
    pub fn new(partitions: u16) -> Self {
        let stored = || Stored {
            entries: Mutex::default(),
            grown: Notify::new(),
        };
        Self {
            partitions: (0..partitions).map(|_| stored()).collect(),
        }
    }

    /// Changes what is stored, as a broken disk or a forger would.
    pub fn rewrite(&self, partition: Partition, change: impl FnOnce(&mut Vec<RawEntry>)) {
        let stored = self.stored(partition);
        let mut entries = lock(&stored.entries);
        change(&mut entries);
        for (at, entry) in entries.iter_mut().enumerate() {
            entry.at = Place(at as u64);
        }
        stored.grown.notify_waiters();
    }

    fn from(&self, partition: Partition, place: Place) -> Result<Vec<RawEntry>, Error> {
        let entries = lock(&self.stored(partition).entries);
        entries
            .get(place.0 as usize..)
            .map(<[_]>::to_vec)
            .ok_or(Error::Damage(Damage::OutOfRange { partition, place }))
    }

    fn stored(&self, partition: Partition) -> &Stored {
        &self.partitions[usize::from(partition.0)]
    }

    fn store(&self, partition: Partition, records: &[Record]) {
        let stored = self.stored(partition);
        let mut entries = lock(&stored.entries);
        for record in records {
            let at = Place(entries.len() as u64);
            entries.push(RawEntry::of(record, at));
        }
        stored.grown.notify_waiters();
    }
}

/// A process's view of a [`MemoryStore`].
#[derive(Debug)]
pub struct MemoryLog {
    store: MemoryStore,
    identity: LogIdentity,
}

impl MemoryLog {
    /// Opens the log; makes its genesis records where there are none.
    pub async fn open(store: &MemoryStore, partitions: u16) -> Result<Self, Error> {
        let found = store.partitions.len() as u16;
        if found != partitions {
            return Err(Error::PartitionCount {
                expected: partitions,
                found,
            });
        }
        let identity = LogIdentity {
            log_id: LogId(uuid::Uuid::nil()),
            partitions,
        };
        let mut log = Self {
            store: store.clone(),
            identity,
        };
        log.identity = genesis::establish(&log, "the log in memory", partitions, false).await?;
        Ok(log)
    }
}

impl EventLog for MemoryLog {
    fn identity(&self) -> &LogIdentity {
        &self.identity
    }

    fn append(
        &self,
        partition: Partition,
        records: Vec<Record>,
    ) -> BoxFuture<'static, Result<(), Error>> {
        self.store.store(partition, &records);
        ready(Ok(())).boxed()
    }

    fn tail(&self, from: &[Cursor]) -> BoxFuture<'_, Result<Vec<Box<dyn RawReader>>, Error>> {
        let reader = |cursor: &Cursor| -> Box<dyn RawReader> {
            Box::new(MemoryReader {
                store: self.store.clone(),
                partition: cursor.partition,
                next: cursor.reads_from(),
            })
        };
        ready(Ok(from.iter().map(reader).collect())).boxed()
    }

    fn end(&self, partition: Partition) -> BoxFuture<'_, Result<Place, Error>> {
        let length = lock(&self.store.stored(partition).entries).len();
        ready(Ok(Place(length as u64))).boxed()
    }
}

struct MemoryReader {
    store: MemoryStore,
    partition: Partition,
    next: Place,
}

impl RawReader for MemoryReader {
    fn next(&mut self) -> BoxFuture<'_, Result<Vec<RawEntry>, Error>> {
        async move {
            loop {
                let mut grown = pin!(self.store.stored(self.partition).grown.notified());
                // Before looking, so that what is stored in between is not missed.
                grown.as_mut().enable();
                let entries = self.store.from(self.partition, self.next)?;
                if !entries.is_empty() {
                    self.next.0 += entries.len() as u64;
                    return Ok(entries);
                }
                grown.await;
            }
        }
        .boxed()
    }
}

/// A panic elsewhere leaves nothing half-done behind these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
