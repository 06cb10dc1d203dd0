//! Where the polling thread leaves a partition's entries for its reader.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::Notify;

use crate::error::Error;
use crate::port::{RawEntry, RawReader};

/// A reader that lags lets its partition be paused at this many bytes, and taken up again at half.
const BYTES_MAX: usize = 16 * 1024 * 1024;

#[derive(Default)]
pub(super) struct Inbox {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Default)]
struct Waiting {
    entries: Vec<RawEntry>,
    bytes: usize,
    failed: Option<Error>,
}

impl Inbox {
    pub(super) fn deliver(&self, entries: &mut Vec<RawEntry>) {
        let bytes: usize = entries.iter().map(size).sum();
        let mut waiting = self.lock();
        waiting.bytes += bytes;
        if waiting.entries.is_empty() {
            std::mem::swap(&mut waiting.entries, entries);
        } else {
            waiting.entries.append(entries);
        }
        drop(waiting);
        self.arrived.notify_one();
    }

    /// Ends the reader, behind what was delivered.
    pub(super) fn fail(&self, error: Error) {
        self.lock().failed.get_or_insert(error);
        self.arrived.notify_one();
    }

    pub(super) fn is_full(&self) -> bool {
        self.lock().bytes > BYTES_MAX
    }

    pub(super) fn has_room(&self) -> bool {
        self.lock().bytes < BYTES_MAX / 2
    }

    fn take(&self) -> Option<Result<Vec<RawEntry>, Error>> {
        let mut waiting = self.lock();
        if waiting.entries.is_empty() {
            return waiting.failed.take().map(Err);
        }
        waiting.bytes = 0;
        Some(Ok(std::mem::take(&mut waiting.entries)))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn size(entry: &RawEntry) -> usize {
    /// What an entry takes beside its bytes, about.
    const OVERHEAD: usize = 256;
    entry.key.len() + entry.packed.len() + entry.data.len() + OVERHEAD
}

/// One partition's reader. The polling thread ends when all readers of its `tail` are gone.
pub(super) struct KafkaReader {
    pub(super) inbox: Arc<Inbox>,
    pub(super) _alive: Arc<()>,
}

impl RawReader for KafkaReader {
    fn next(&mut self) -> BoxFuture<'_, Result<Vec<RawEntry>, Error>> {
        async move {
            loop {
                if let Some(taken) = self.inbox.take() {
                    return taken;
                }
                // A notice given in between is kept for us.
                self.inbox.arrived.notified().await;
            }
        }
        .boxed()
    }
}
