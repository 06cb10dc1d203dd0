//! One partition's writer: sends batches that extend the head, reads on, and says what became of
//! them.
//!
//! What it guarantees: a record is won only when *it itself*, by hash, is read back valid, and
//! lost only when *another* valid record extends the same previous. A delivery report proves
//! neither. When what was sent is reported failed, or stored but doesn't come back, the writer appends
//! a barrier on the last valid head it knows, one at a time and with back-off: once any valid record
//! extends that head, the outcome is certain.

mod flight;

use std::time::Duration;

use docket_schemas::DATA_BYTES_MAX;
use docket_schemas::control::{self, Barrier};
use tokio::time::{Instant, sleep_until};

use self::flight::Flight;
use crate::chain::{self, NoiseReason};
use crate::cursor::{Cursor, Head};
use crate::error::Error;
use crate::port::Log;
use crate::reader::{Batch, Reader};
use crate::record::{Draft, Record};

/// How long a writer waits before it settles a batch by a barrier. Each wait doubles with every
/// barrier that was sent for the batch, and is stretched or shrunk at random by up to a half, so
/// that writers don't move in step.
#[derive(Clone, Debug)]
pub struct WriterConfig {
    /// After the batch, or the last barrier, was reported stored, until it is read back.
    pub read_back: Duration,
    /// After it was reported failed.
    pub backoff_min: Duration,
    /// The longest wait.
    pub backoff_max: Duration,
    /// Where the random stretch starts from; the same seed gives the same waits.
    pub jitter_seed: u64,
}

impl Default for WriterConfig {
    fn default() -> Self {
        Self {
            read_back: Duration::from_millis(250),
            backoff_min: Duration::from_millis(20),
            backoff_max: Duration::from_secs(5),
            jitter_seed: uuid::Uuid::new_v4().as_u64_pair().0,
        }
    }
}

/// What [`PartitionWriter::next`] read, in the log's order.
#[derive(Debug)]
pub struct Step {
    /// The valid records that were read, each with its index in the batch in flight if it is one
    /// of ours: that it comes back here is what acknowledges it.
    pub records: Vec<(Record, Option<usize>)>,
    /// How many entries broke the chain rule.
    pub noise: usize,
    /// Set when the batch in flight is settled with this step. Records behind the settling one
    /// may be in the same step.
    pub settled: Option<Settled>,
}

/// How a batch ended. It wins up to its first lost record: the records after that one extend
/// something that is not in the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settled {
    /// How many records of the batch are valid, from its front.
    pub won: usize,
    /// How many are noise for ever; nothing of them happened.
    pub lost: usize,
}

/// Appends to one partition and reads it. One batch is in flight at a time.
#[derive(Debug)]
pub struct PartitionWriter {
    log: Log,
    reader: Reader,
    config: WriterConfig,
    jitter: u64,
    flight: Option<Flight>,
}

impl PartitionWriter {
    /// Over a log and a reader of the partition. What is to be decided on must have been folded
    /// from that reader.
    pub fn new(log: Log, reader: Reader, config: WriterConfig) -> Self {
        // From the start, so that an alarm on their growth sees the first one too.
        metrics::counter!("docket_batches_lost_total").increment(0);
        metrics::counter!("docket_settling_barriers_total").increment(0);
        let lost_races = NoiseReason::ExtendsAnother.as_str();
        metrics::counter!("docket_noise_records_total", "reason" => lost_races).increment(0);
        Self {
            log,
            reader,
            jitter: config.jitter_seed,
            config,
            flight: None,
        }
    }

    /// Where it has read to.
    pub fn cursor(&self) -> &Cursor {
        self.reader.cursor()
    }

    /// Whether no batch is in flight.
    pub fn is_idle(&self) -> bool {
        self.flight.is_none()
    }

    /// Sends a batch that extends the head as read so far; [`next`](Self::next) tells how it ends.
    /// The caller must have folded every step that was returned, since the batch rests on it.
    ///
    /// Refuses, with nothing sent, a closed log, one not read up to its genesis, and data that are
    /// too large.
    ///
    /// # Panics
    /// When a batch is in flight, or the batch is empty.
    pub fn start_append(&mut self, drafts: Vec<Draft>) -> Result<(), Error> {
        assert!(
            self.is_idle() && !drafts.is_empty(),
            "one batch in flight, and never an empty one"
        );
        if let Some(closed) = self.reader.closed() {
            return Err(closed);
        }
        let cursor = self.reader.cursor();
        let partition = cursor.partition;
        let Some(mut head) = cursor.head else {
            return Err(Error::NotRead { partition });
        };
        if let Some(bytes) = drafts
            .iter()
            .map(|draft| draft.data.len())
            .find(|n| *n > DATA_BYTES_MAX)
        {
            return Err(Error::TooLarge {
                partition,
                bytes,
                limit: DATA_BYTES_MAX,
            });
        }
        let log_id = cursor.log_id;
        let records: Vec<Record> = drafts
            .into_iter()
            .map(|draft| {
                let record = chain::seal(log_id, partition, Some(head), draft);
                head = Head {
                    sequence: record.sequence,
                    hash: record.hash,
                };
                record
            })
            .collect();
        metrics::histogram!("docket_append_batch_records").record(records.len() as f64);
        let hashes = records.iter().map(|record| record.hash).collect();
        let report = self.log.append(partition, records);
        self.flight = Some(Flight::new(hashes, report));
        Ok(())
    }

    /// Waits until something has been read and returns it. Cancel-safe: dropping the future loses
    /// nothing, so it may stand in a `select!`. An error is final: the partition can't be read on.
    ///
    /// It must be called as long as a batch is in flight, since it also sends the barriers.
    pub async fn next(&mut self) -> Result<Step, Error> {
        loop {
            let due = self.flight.as_ref().and_then(Flight::due);
            // In a fixed order, so that a simulation replays exactly. Reading first, although it may
            // starve the barrier: while there is more to read, the head known here is not the last,
            // and a barrier on it would only be noise.
            tokio::select! {
                biased;
                batch = self.reader.next() => return Ok(self.digest(batch?)),
                () = Flight::report(&mut self.flight, &self.config, &mut self.jitter) => {}
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    self.send_barrier();
                }
            }
        }
    }

    /// Finds our own records among those read and sees whether the batch is settled. Every valid
    /// record read while a batch is in flight extends the `previous` of the batch's next record:
    /// so it either is that record, or that record has lost.
    fn digest(&mut self, batch: Batch) -> Step {
        let mut settled = None;
        let records = batch.records.into_iter().map(|record| {
            let Some(flight) = &mut self.flight else {
                return (record, None);
            };
            let index = flight.wins(&record);
            settled = flight.settled(index.is_none());
            if settled.is_some() {
                self.flight = None;
            }
            (record, index)
        });
        let records = records.collect();
        if let Some(Settled { lost: 1.., .. }) = settled {
            metrics::counter!("docket_batches_lost_total").increment(1);
        }
        for noise in &batch.noise {
            metrics::counter!("docket_noise_records_total", "reason" => noise.reason.as_str())
                .increment(1);
        }
        Step {
            records,
            noise: batch.noise.len(),
            settled,
        }
    }

    fn send_barrier(&mut self) {
        let (cursor, Some(flight)) = (self.reader.cursor(), &mut self.flight) else {
            return;
        };
        let data = Barrier::default()
            .encode()
            .expect("an empty barrier is small JSON");
        let draft = Draft {
            kind: Barrier::TYPE,
            key: control::KEY.into(),
            time: jiff::Timestamp::now(),
            attributes: Vec::new(),
            traceparent: None,
            data: data.into(),
        };
        let barrier = chain::seal(cursor.log_id, cursor.partition, cursor.head, draft);
        tracing::debug!(
            partition = cursor.partition.0,
            sequence = barrier.sequence.0,
            "a batch isn't settled: sending a barrier"
        );
        metrics::counter!("docket_settling_barriers_total").increment(1);
        flight.barrier_sent(self.log.append(cursor.partition, vec![barrier]));
    }
}

#[cfg(test)]
mod tests;
