//! The whole log as one reading: every partition from its first record to what was its end, the
//! earlier record first.
//!
//! Guarantee: each partition's records in their own order. Between partitions the order is that of the
//! writers' clocks, which is good enough to come to a decision's records at about the same time, and
//! nothing rests on it.

use std::collections::VecDeque;

use docket_domain::Timestamp;
use docket_event_log::{Cursor, Error, Log, Partition, Place, Reader};
use docket_process_managers::fact::Told;

pub(super) struct Merged {
    lanes: Vec<Lane>,
}

/// A partition.
struct Lane {
    reader: Reader,
    end: Place,
    /// Read, and not handed out.
    waiting: VecDeque<Told>,
}

impl Merged {
    pub(super) async fn open(log: &Log) -> Result<Self, Error> {
        let identity = log.identity();
        let starts: Vec<Cursor> = (0..identity.partitions)
            .map(|partition| Cursor::start(identity.log_id, Partition(partition)))
            .collect();
        let mut lanes = Vec::with_capacity(starts.len());
        for reader in Reader::open(log, &starts).await? {
            lanes.push(Lane {
                end: log.end(reader.partition()).await?,
                reader,
                waiting: VecDeque::new(),
            });
        }
        Ok(Self { lanes })
    }

    pub(super) fn partitions(&self) -> u16 {
        self.lanes.len() as u16
    }

    /// The next record; nothing at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Told>, Error> {
        for lane in &mut self.lanes {
            lane.fill().await?;
        }
        let at = |lane: &Lane| lane.waiting.front().map(|told| told.at);
        let lanes = self.lanes.iter_mut();
        let first = lanes.min_by_key(|lane| at(lane).unwrap_or(Timestamp::MAX));
        Ok(first.and_then(|lane| lane.waiting.pop_front()))
    }

    /// That partition's next record, whatever lies in the others; nothing at its end.
    pub(super) async fn next_of(&mut self, lane: usize) -> Result<Option<Told>, Error> {
        let Some(lane) = self.lanes.get_mut(lane) else {
            return Ok(None);
        };
        lane.fill().await?;
        Ok(lane.waiting.pop_front())
    }

    /// Entries read, and entries there are.
    pub(super) fn progress(&self) -> (u64, u64) {
        let lanes = self.lanes.iter();
        lanes.fold((0, 0), |(done, all), lane| {
            let read = lane.reader.cursor().next.0.min(lane.end.0);
            (done + read, all + lane.end.0)
        })
    }
}

impl Lane {
    async fn fill(&mut self) -> Result<(), Error> {
        while self.waiting.is_empty() && !self.reader.cursor().has_reached(self.end) {
            let partition = self.reader.partition();
            let records = self.reader.next().await?.records;
            self.waiting
                .extend(records.iter().map(|record| Told::of(partition, record)));
        }
        Ok(())
    }
}
