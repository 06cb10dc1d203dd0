//! Reads every partition of the log from its beginning, and on for ever.
//!
//! Guarantee: each valid record once, each partition in its order; a log that can't be reached is
//! waited for. What lasts (a damaged log, an envelope this version doesn't know) ends the tail.

use std::time::Duration;

use docket_event_log::{Cursor, Error, Log, Partition, Place, Reader, Record};
use docket_service::telemetry::Chain;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Batches that may lie ready: what reads runs ahead of what folds, but not far.
const AHEAD: usize = 16;
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// All partitions in one.
#[derive(Debug)]
pub struct Tail {
    batches: mpsc::Receiver<Result<Batch, Error>>,
    /// By partition: the end at the start, until that has been read.
    ends: Vec<Option<Place>>,
    _tasks: JoinSet<()>,
}

/// What has arrived in a partition.
#[derive(Debug)]
pub struct Batch {
    /// In which.
    pub partition: Partition,
    /// The valid records, in order; none, if what arrived was noise.
    pub records: Vec<Record>,
    /// How far it has been read.
    next: Place,
}

impl Tail {
    /// From the log's beginning.
    pub async fn open(log: &Log) -> Result<Self, Error> {
        let identity = log.identity();
        let partitions = (0..identity.partitions).map(Partition);
        let cursors: Vec<Cursor> = partitions
            .map(|partition| Cursor::start(identity.log_id, partition))
            .collect();
        let mut ends = Vec::with_capacity(cursors.len());
        for cursor in &cursors {
            ends.push(Some(log.end(cursor.partition).await?));
        }
        let (ahead, batches) = mpsc::channel(AHEAD);
        let mut tasks = JoinSet::new();
        // All at once, because adapters share a connection among readers opened together.
        for reader in Reader::open(log, &cursors).await? {
            tasks.spawn(follow(Log::clone(log), reader, ahead.clone()));
        }
        Ok(Self {
            batches,
            ends,
            _tasks: tasks,
        })
    }

    /// Waits for what arrives next, in any partition. Cancel-safe.
    pub async fn next(&mut self) -> Result<Batch, Error> {
        match self.batches.recv().await {
            Some(Ok(batch)) => {
                let end = &mut self.ends[usize::from(batch.partition.0)];
                if end.is_some_and(|end| batch.next >= end) {
                    *end = None;
                }
                Ok(batch)
            }
            Some(Err(error)) => Err(error),
            // The tasks live as long as this does.
            None => std::future::pending().await,
        }
    }

    /// Whether everything has been read that was in the log at the start.
    pub fn has_caught_up(&self) -> bool {
        self.ends.iter().all(Option::is_none)
    }
}

async fn follow(log: Log, mut reader: Reader, ahead: mpsc::Sender<Result<Batch, Error>>) {
    let mut pause = PAUSE_MIN;
    loop {
        let error = match reader.next().await {
            Ok(batch) => {
                pause = PAUSE_MIN;
                let batch = Batch {
                    partition: reader.partition(),
                    records: batch.records,
                    next: reader.cursor().next,
                };
                if ahead.send(Ok(batch)).await.is_err() {
                    return;
                }
                continue;
            }
            Err(error) => error,
        };
        if !matches!(error, Error::Unavailable { .. }) {
            // Nobody listens any more: then nobody needs to know.
            let _ = ahead.send(Err(error)).await;
            return;
        }
        tracing::warn!(partition = %reader.partition(), error = %Chain(&error), "the log can't be read; trying again");
        loop {
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
            match Reader::open(&log, std::slice::from_ref(reader.cursor())).await {
                Ok(mut readers) => {
                    reader = readers.remove(0);
                    break;
                }
                Err(Error::Unavailable { .. }) => {}
                Err(error) => {
                    let _ = ahead.send(Err(error)).await;
                    return;
                }
            }
        }
    }
}
