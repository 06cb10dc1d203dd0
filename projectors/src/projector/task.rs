//! One partition's projector: reads what has arrived, commits it, again.
//!
//! Guarantee: an error of the database or a log that can't be reached is waited out; a damaged
//! log, or a record whose envelope this version doesn't understand, stops this partition with an
//! alarm; no other partition waits for it in either case.

use std::time::Duration;

use docket_event_log::{Cursor, Log, Partition, Reader, Record};
use futures::FutureExt as _;
use metrics::{Counter, Histogram, counter, histogram};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use super::batch::{Batch, chain};
use super::progress::{Progress, State};
use super::store::{Committed, Store, Summary, is_gone, is_refusal, is_silence};
use super::{Error, View};

const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// The longest that a piece of work may take before it is begun again.
const PATIENCE_MAX: Duration = Duration::from_hours(1);
/// How long a projector that was overtaken leaves the field to the other one.
const STANDBY: Duration = Duration::from_millis(500);
/// How often it looks, while no records come, whether the checkpoint is still where it left it: a
/// database that crashed may have lost its last commits, and nothing else would say so.
const IDLE: Duration = Duration::from_secs(5);

/// A transaction of so many records is worth its while: nothing is waited for, as in a rebuild.
const LARGE: usize = 256;

pub(crate) struct PartitionTask<V: View> {
    pub(crate) log: Log,
    pub(crate) store: Store<V>,
    pub(crate) partition: Partition,
    pub(crate) batch_records_max: usize,
    pub(crate) commit_interval: Duration,
    pub(crate) progress: Progress,
    pub(crate) shutdown: CancellationToken,
}

/// Why a session ended before its time.
enum Interrupted {
    /// The checkpoint isn't where this projector left it: another one moved it, or the database
    /// lost its last commits in a crash.
    Overtaken,
    /// Something failed.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Interrupted {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl<V: View> PartitionTask<V> {
    /// Projects until shutdown, first with a reader that stands at the checkpoint, if there is one.
    pub(crate) async fn run(self, mut reader: Option<Reader>) {
        let mut pause = PAUSE_MIN;
        loop {
            let began = Instant::now();
            let session = self.session(reader.take());
            let ended = tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return,
                ended = session => ended,
            };
            let wait = match ended {
                Interrupted::Overtaken => {
                    counter!("docket_projector_overtaken_total", "view" => V::NAME).increment(1);
                    info!(view = V::NAME, partition = %self.partition, "the checkpoint was moved, by another projector or by a crash of the database; going on from there");
                    pause = PAUSE_MIN;
                    STANDBY
                }
                Interrupted::Failed(failure) if failure.is_transient() => {
                    self.retrying(&failure);
                    // After a session that held, this is a new trouble.
                    if began.elapsed() > PAUSE_MAX {
                        pause = PAUSE_MIN;
                    }
                    let wait = pause;
                    pause = (pause * 2).min(PAUSE_MAX);
                    wait
                }
                Interrupted::Failed(failure) => {
                    let text = chain(&failure);
                    error!(view = V::NAME, partition = %self.partition, error = text, "the projector has stopped");
                    self.progress.set(self.partition, State::Stopped(text));
                    return;
                }
            };
            tokio::select! {
                () = self.shutdown.cancelled() => return,
                () = sleep(wait) => {}
            }
        }
    }

    /// Follows the log from the checkpoint; ends only when something is in the way.
    async fn session(&self, reader: Option<Reader>) -> Interrupted {
        match self.follow(reader).await {
            Ok(never) => match never {},
            Err(interrupted) => interrupted,
        }
    }

    async fn follow(
        &self,
        reader: Option<Reader>,
    ) -> Result<std::convert::Infallible, Interrupted> {
        let mut reader = match reader {
            Some(reader) => reader,
            None => self.open().await?,
        };
        let meters = Meters::new(V::NAME, self.partition);
        self.progress.moved(self.partition, reader.cursor());
        self.progress.set(self.partition, State::Following);
        loop {
            let from = reader.cursor().clone();
            let mut records = self.next(&mut reader).await?;
            let mut failed = None;
            // What has arrived meanwhile comes along, so that a backlog is worked off in large
            // transactions and a single event waits for no other.
            while records.len() < self.batch_records_max {
                match reader.next().now_or_never() {
                    Some(Ok(more)) => records.extend(more.records),
                    Some(Err(error)) => {
                        failed = Some(error);
                        break;
                    }
                    None => break,
                }
            }
            let next = Instant::now() + self.commit_interval;
            let read = records.len();
            let batch = Batch::decode::<V>(self.partition, records);
            let summary = self.commit(&from, reader.cursor(), &batch).await?;
            meters.read(read, &batch, &summary);
            self.progress.moved(self.partition, reader.cursor());
            if let Some(error) = failed {
                return Err(error.into());
            }
            if read < LARGE {
                sleep_until(next).await;
            }
        }
    }

    /// What arrives next; until then, sees to it that the view holds what came before.
    async fn next(&self, reader: &mut Reader) -> Result<Vec<Record>, Interrupted> {
        let mut waited = false;
        loop {
            if let Ok(read) = timeout(IDLE, reader.next()).await {
                if waited {
                    self.progress.set(self.partition, State::Following);
                }
                return Ok(read?.records);
            }
            match self.store.cursor(self.partition).await {
                Ok(checkpoint) if checkpoint == *reader.cursor() => {
                    if std::mem::take(&mut waited) {
                        self.progress.set(self.partition, State::Following);
                    }
                }
                Ok(_) => return Err(Interrupted::Overtaken),
                Err(failure @ Error::Database(_)) if !failure.is_gone() => {
                    self.retrying(&failure);
                    waited = true;
                }
                Err(failure) => return Err(failure.into()),
            }
        }
    }

    /// A reader at the checkpoint as it is now.
    async fn open(&self) -> Result<Reader, Error> {
        let cursor = match self.store.cursor(self.partition).await {
            Err(failure) if failure.is_gone() => {
                let identity = self.log.identity();
                let made = self.store.cursors(identity.log_id, identity.partitions);
                let mut made = made.await?;
                made.swap_remove(usize::from(self.partition.0))
            }
            cursor => cursor?,
        };
        let mut readers = Reader::open(&self.log, &[cursor]).await?;
        // One cursor, one reader.
        Ok(readers.remove(0))
    }

    /// Commits a batch, as often as it takes: the batch stays here until it is in the view.
    async fn commit(
        &self,
        from: &Cursor,
        to: &Cursor,
        batch: &Batch,
    ) -> Result<Summary, Interrupted> {
        let mut pause = PAUSE_MIN;
        let mut patience = self.store.patience();
        let mut waited = false;
        loop {
            let mut result = self.store.commit(patience, from, to, batch).await;
            if result.as_ref().is_err_and(is_refusal) {
                result = self.store.commit_singly(patience, from, to, batch).await;
            }
            match result {
                Ok(Committed::Moved(summary)) => {
                    if waited {
                        self.progress.set(self.partition, State::Following);
                    }
                    for (stream, error) in &summary.parked {
                        error!(view = V::NAME, partition = %self.partition, stream, error, "stream parked");
                    }
                    return Ok(summary);
                }
                // After an attempt whose outcome we never learned this may be our own doing; the
                // checkpoint tells, and the next session goes on from there either way.
                Ok(Committed::Overtaken) => return Err(Interrupted::Overtaken),
                Err(failure) if is_gone(&failure) => return Err(failure.into()),
                Err(failure) => {
                    // Perhaps it was only slow: the same work mustn't be begun for ever.
                    if is_silence(&failure) {
                        patience = (patience * 2).min(PATIENCE_MAX);
                    }
                    self.retrying(&failure.into());
                    waited = true;
                    sleep(pause).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                }
            }
        }
    }

    fn retrying(&self, failure: &Error) {
        let text = chain(failure);
        self.progress.set(self.partition, State::Retrying(text));
    }
}

struct Meters {
    records: Counter,
    rows: Counter,
    batch: Histogram,
}

impl Meters {
    fn new(view: &'static str, partition: Partition) -> Self {
        let partition = partition.to_string();
        Self {
            records: counter!("docket_projector_records_total", "view" => view, "partition" => partition.clone()),
            rows: counter!("docket_projector_rows_total", "view" => view, "partition" => partition),
            batch: histogram!("docket_projector_batch_records", "view" => view),
        }
    }

    fn read(&self, read: usize, batch: &Batch, summary: &Summary) {
        self.records.increment(read as u64);
        self.rows.increment(summary.rows as u64);
        if batch.len() > 0 {
            self.batch.record(batch.len() as f64);
        }
    }
}
