//! Waking readers when something was appended: at once by this process's own appends, by polling
//! for those of others (a NOTIFY per append would serialise all commits).
//!
//! A wake-up is a hint: readers ask the table, unless what they would ask for comes with it. That
//! is a batch of this process whose insertion was committed, so it lies there, durable and where it
//! says. An end that falls wakes them too: the log was restored from an older backup under a
//! running process, and they must say so.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::Duration;

use sqlx::Row as _;
use tokio::sync::watch;

use super::server::Server;
use crate::cursor::{Partition, Place};
use crate::record::Record;

/// Between two polls, as long as others have appended lately, and when they haven't.
const POLL_MIN: Duration = Duration::from_millis(4);
const POLL_MAX: Duration = Duration::from_millis(50);

/// The most records that come with a wake-up: the last batch of each partition stays in memory.
const HANDED_MAX: usize = 512;

/// The ends of all partitions as far as this process has heard.
#[derive(Debug)]
pub(super) struct Wake {
    ends: Vec<watch::Sender<Heard>>,
}

/// What this process has heard of a partition.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    /// Where it ends.
    pub(super) end: Place,
    /// Records that lie before the end, the last batch that was stored from here.
    batch: Arc<[Record]>,
}

impl Heard {
    fn of(end: Place) -> Self {
        Self {
            end,
            batch: Arc::default(),
        }
    }

    /// The batch, if it begins at that place.
    pub(super) fn batch_at(&self, place: Place) -> Option<&[Record]> {
        let first = self.batch.first()?;
        (first.sequence.0 == place.0).then_some(&self.batch)
    }
}

/// One per log and process, so that a log opened twice (the command side and a projector in one
/// process) wakes both.
static SHARED: LazyLock<Mutex<HashMap<UrlAndSchema, Weak<Wake>>>> = LazyLock::new(Mutex::default);

type UrlAndSchema = (String, String);

impl Wake {
    pub(super) fn shared(url: &str, schema: &str, partitions: u16, server: &Server) -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.retain(|_, wake| wake.strong_count() > 0);
        let key = (url.to_owned(), schema.to_owned());
        let known = shared.get(&key).and_then(Weak::upgrade);
        if let Some(wake) = known.filter(|wake| wake.ends.len() == usize::from(partitions)) {
            return wake;
        }
        let wake = Arc::new(Self {
            ends: (0..partitions)
                .map(|_| watch::Sender::new(Heard::of(Place(0))))
                .collect(),
        });
        shared.insert(key, Arc::downgrade(&wake));
        tokio::spawn(poll(Arc::downgrade(&wake), server.clone()));
        wake
    }

    /// Tells readers of a new end, as far as it is further than what they know.
    pub(super) fn raise(&self, partition: Partition, end: Place) -> bool {
        self.ends[usize::from(partition.0)].send_if_modified(|known| {
            let rises = end > known.end;
            known.end = end.max(known.end);
            rises
        })
    }

    /// Hands readers records that were stored just before that end.
    pub(super) fn hand(&self, partition: Partition, end: Place, records: Vec<Record>) {
        if records.len() > HANDED_MAX {
            self.raise(partition, end);
            return;
        }
        self.ends[usize::from(partition.0)].send_if_modified(|known| {
            let rises = end > known.end;
            if rises {
                *known = Heard {
                    end,
                    batch: records.into(),
                };
            }
            rises
        });
    }

    /// Tells readers of an end that was asked for when they knew `before`: what had been stored
    /// then is gone if it is lower. Returns whether it rose.
    fn hear(&self, partition: Partition, before: Place, end: Place) -> bool {
        if end < before {
            self.ends[usize::from(partition.0)].send_replace(Heard::of(end));
            return false;
        }
        self.raise(partition, end)
    }

    fn known(&self) -> Vec<Place> {
        self.ends.iter().map(|known| known.borrow().end).collect()
    }

    pub(super) fn subscribe(&self, partition: Partition) -> watch::Receiver<Heard> {
        self.ends[usize::from(partition.0)].subscribe()
    }
}

/// One statement for all partitions, while anybody has the log open.
async fn poll(wake: Weak<Wake>, server: Server) {
    const ENDS: &str = "
        SELECT number, coalesce(
            (SELECT max(sequence) + 1 FROM record WHERE partition = number), 0)
        FROM generate_series(0, $1) AS number";
    let mut wait = POLL_MIN;
    loop {
        tokio::time::sleep(wait).await;
        let Some(before) = wake.upgrade().map(|wake| wake.known()) else {
            return;
        };
        let query = sqlx::query(ENDS).bind(before.len() as i32 - 1);
        let ends = server.ask(async |connection| query.fetch_all(&mut **connection).await);
        let ends = ends.await;
        let Some(wake) = wake.upgrade() else { return };
        let mut rose = false;
        // A server that is away for a while is no news; the readers say so when they meet it.
        for row in ends.unwrap_or_default() {
            if let (Ok(partition), Ok(end)) = (row.try_get::<i32, _>(0), row.try_get::<i64, _>(1))
                && let Some(before) = before.get(partition as usize)
            {
                rose |= wake.hear(Partition(partition as u16), *before, Place(end as u64));
            }
        }
        wait = if rose {
            POLL_MIN
        } else {
            (wait * 2).min(POLL_MAX)
        };
    }
}
