//! Reads one partition over any adapter and applies the chain rule: each valid record comes out
//! once, in order, and nothing from before the reader's place comes out at all.

use docket_schemas::attributes::{self, header};
use docket_schemas::control::{Closed, Control};
use futures::future::try_join_all;

pub use crate::chain::NoiseReason;
use crate::chain::{self, Verdict};
use crate::cursor::{Cursor, Partition, Place, Sequence};
use crate::error::{Damage, Error};
use crate::packed::Headers;
use crate::port::{Log, RawEntry, RawReader};
use crate::record::Record;

/// What [`Reader::next`] read: all of it lies before the reader's cursor now.
#[derive(Debug, Default)]
pub struct Batch {
    /// The valid records, in order.
    pub records: Vec<Record>,
    /// What broke the chain rule, in order.
    pub noise: Vec<Noise>,
}

/// An entry that is no part of the log.
#[derive(Clone, Debug)]
pub struct Noise {
    /// Why.
    pub reason: NoiseReason,
    /// The last valid record before it.
    pub after: Option<Sequence>,
    /// What was found.
    pub entry: RawEntry,
}

/// A partition's reader.
pub struct Reader {
    raw: Box<dyn RawReader>,
    cursor: Cursor,
    /// Entries that were read with the head when it was compared.
    ahead: Vec<RawEntry>,
    /// An error met behind records that had to be handed out first.
    failed: Option<Error>,
    closed_by: Option<Closed>,
    log: Log,
    /// Set when a record of another log turned up: is this still the log we know?
    suspicious: bool,
}

impl Reader {
    /// Opens a reader at each of these cursors, in their order. Refuses a log that isn't the one
    /// they were taken from: another log id, an end before the place, another record at the head.
    pub async fn open(log: &Log, from: &[Cursor]) -> Result<Vec<Self>, Error> {
        for cursor in from {
            if cursor.log_id != log.identity().log_id {
                return Err(Error::Damage(Damage::AnotherLog {
                    partition: cursor.partition,
                    expected: cursor.log_id,
                    found: log.identity().log_id,
                }));
            }
        }
        // An adapter asked to read just past the end waits there, as it should; that the end is
        // *before* the place shows only here.
        try_join_all(from.iter().map(async |cursor| {
            let end = log.end(cursor.partition).await?;
            if end < cursor.next {
                return Err(Error::Damage(Damage::Shorter {
                    partition: cursor.partition,
                    place: cursor.next,
                    end,
                    next_sequence: cursor.next_sequence(),
                }));
            }
            Ok(())
        }))
        .await?;
        let raw = log.tail(from).await?;
        let mut readers: Vec<Self> = raw
            .into_iter()
            .zip(from)
            .map(|(raw, cursor)| Self {
                raw,
                cursor: cursor.clone(),
                ahead: Vec::new(),
                failed: None,
                closed_by: None,
                log: Log::clone(log),
                suspicious: false,
            })
            .collect();
        try_join_all(readers.iter_mut().map(Self::compare_head)).await?;
        Ok(readers)
    }

    /// Where it is: just behind everything that [`Reader::next`] has returned.
    pub fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// Which partition it reads.
    pub fn partition(&self) -> Partition {
        self.cursor.partition
    }

    /// Waits for entries and returns what has arrived; at least one record or one piece of noise.
    /// Cancel-safe: dropping the future loses nothing. An error is final.
    pub async fn next(&mut self) -> Result<Batch, Error> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.suspicious {
            self.look_at_head_again().await?;
            self.suspicious = false;
        }
        let entries = if self.ahead.is_empty() {
            self.raw.next().await?
        } else {
            std::mem::take(&mut self.ahead)
        };
        // No await from here on: what was taken from the adapter is handed out.
        let mut batch = Batch::default();
        batch.records.reserve(entries.len());
        for entry in entries {
            if let Err(error) = self.take(entry, &mut batch) {
                if batch.records.is_empty() && batch.noise.is_empty() {
                    return Err(error);
                }
                self.failed = Some(error);
                break;
            }
        }
        Ok(batch)
    }

    /// Why nothing can be appended here, if the head is a `closed` record.
    pub fn closed(&self) -> Option<Error> {
        let head = self.cursor.head.filter(|_| self.cursor.closed)?;
        Some(Error::Closed {
            partition: self.cursor.partition,
            sequence: head.sequence,
            successor: self
                .closed_by
                .as_ref()
                .map(|closed| closed.successor.clone()),
        })
    }

    fn take(&mut self, entry: RawEntry, batch: &mut Batch) -> Result<(), Error> {
        let verdict = chain::classify(&self.cursor, &entry)?;
        self.cursor.next = entry.next();
        match verdict {
            Verdict::Valid(record, fact) => {
                self.cursor.advance(&record, fact.as_ref(), entry.at);
                if let Some(Control::Closed(closed)) = fact {
                    self.closed_by = Some(closed);
                }
                batch.records.push(record);
            }
            Verdict::Noise(reason) => {
                let after = self.cursor.head.map(|head| head.sequence);
                self.suspicious |= reason == NoiseReason::ExtendsAnother && self.is_foreign(&entry);
                batch.noise.push(Noise {
                    reason,
                    after,
                    entry,
                });
            }
        }
        Ok(())
    }

    /// Reads the record at the head again. Kafka's client doesn't notice by itself that a log was
    /// cut and grew again past the place it is asked to read from (librdkafka#5158).
    async fn compare_head(&mut self) -> Result<(), Error> {
        if self.cursor.head.is_none() {
            return Ok(());
        }
        let entries = self.raw.next().await?;
        let found = self.at_head(&entries)?;
        if self.cursor.closed {
            self.closed_by = Closed::decode(&found.data).ok();
        }
        // Noise between the head and the place was judged before; read again from further back,
        // it could turn valid.
        let next: Place = self.cursor.next;
        self.ahead = entries
            .into_iter()
            .filter(|entry| entry.at >= next)
            .collect();
        Ok(())
    }

    /// The same for a log that was made anew and grew while it was read: that shows by records of
    /// the other log, which alone would be mere noise.
    async fn look_at_head_again(&mut self) -> Result<(), Error> {
        if self.cursor.head.is_none() {
            return Ok(());
        }
        let readers = self.log.tail(std::slice::from_ref(&self.cursor)).await?;
        for mut raw in readers {
            let entries = raw.next().await?;
            self.at_head(&entries)?;
        }
        Ok(())
    }

    /// The first of these entries, which must be the head.
    fn at_head<'a>(&self, entries: &'a [RawEntry]) -> Result<&'a RawEntry, Error> {
        let Cursor {
            log_id,
            partition,
            head,
            head_at,
            ..
        } = self.cursor;
        let found = entries.first().filter(|entry| entry.at == head_at);
        let computed = found
            .map(|entry| chain::hash(log_id, partition, &entry.key, &entry.packed, &entry.data));
        let (sequence, expected) = (
            head.map_or(Sequence(0), |head| head.sequence),
            self.cursor.head_hash(),
        );
        match found {
            Some(entry) if computed == Some(expected) && entry.hash == computed => Ok(entry),
            _ => Err(Error::Damage(Damage::Diverged {
                partition,
                sequence,
                expected,
                found: computed,
            })),
        }
    }

    /// Whether an entry says that it belongs to another log.
    fn is_foreign(&self, entry: &RawEntry) -> bool {
        let source = attributes::source(self.cursor.log_id.0);
        Headers::new(&entry.packed)
            .any(|(name, value)| name == header::SOURCE && value != source.as_bytes())
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("cursor", &self.cursor)
            .finish_non_exhaustive()
    }
}
