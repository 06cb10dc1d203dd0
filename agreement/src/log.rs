//! The log, read from its start to where a view says it is, as streams.

use std::collections::{BTreeMap, HashMap};

use docket_domain::stream::StreamId;
use docket_event_log::{Cursor, Log as EventLog, Partition, Reader, Record};
use docket_schemas::attributes::EventAttributes;
use docket_schemas::{event, stream};

use crate::View;
use crate::fold::Expected;
use crate::history::History;
use crate::kept::{Letter, Parked, checkpoint};
use crate::told::Told;

/// What a view is made of.
#[derive(Debug, Default)]
pub(crate) struct Log {
    histories: BTreeMap<String, History>,
    parked: HashMap<(u16, String), Parked>,
    letters: Vec<Letter>,
    cursors: Vec<Cursor>,
}

/// Reads each partition up to that sequence; `None` leaves it out, as a view does that hasn't begun.
pub(crate) async fn read(log: &EventLog, view: View, up_to: &[Option<u64>]) -> Log {
    let identity = log.identity();
    assert_eq!(up_to.len(), usize::from(identity.partitions));
    let starts = (0..identity.partitions).map(|n| Cursor::start(identity.log_id, Partition(n)));
    let starts: Vec<Cursor> = starts.collect();
    let readers = Reader::open(log, &starts).await;
    let mut read = Log::default();
    for (mut reader, up_to) in readers.expect("the log can be read").into_iter().zip(up_to) {
        let Some(up_to) = *up_to else {
            read.cursors.push(reader.cursor().clone());
            continue;
        };
        let partition = reader.partition().0;
        let mut head = None;
        while head != Some(up_to) {
            let batch = reader.next().await.expect("the log can be read on");
            for record in batch.records {
                let sequence = record.sequence.0;
                if sequence > up_to {
                    break;
                }
                head = Some(sequence);
                if sequence == up_to {
                    read.cursors.push(at(reader.cursor(), &record));
                }
                if shows(view, &record) {
                    read.take(partition, record);
                }
            }
        }
    }
    read
}

/// The cursor as it was when that record was its head.
fn at(cursor: &Cursor, record: &Record) -> Cursor {
    let mut cursor = cursor.clone();
    cursor.head = Some(docket_event_log::Head {
        sequence: record.sequence,
        hash: record.hash,
    });
    cursor
}

fn shows(view: View, record: &Record) -> bool {
    let begins = |kind: &&str| record.key.starts_with(kind.as_bytes());
    !record.is_control() && view.made_of().iter().any(begins)
}

impl Log {
    fn take(&mut self, partition: u16, record: Record) {
        let stream = String::from_utf8_lossy(&record.key).into_owned();
        let key = (partition, stream.clone());
        let is_parked = self.parked.contains_key(&key);
        let told = tell(partition, &record);
        if let (false, Some((id, told))) = (is_parked, told) {
            let begun = self.histories.entry(stream);
            begun.or_insert_with(|| History::new(id)).push(told);
            return;
        }
        if !is_parked {
            let parked = Parked {
                partition,
                stream: stream.clone(),
                since: record.sequence.0,
            };
            self.parked.insert(key, parked);
        }
        self.letters.push(Letter {
            partition,
            stream,
            record,
            cause: !is_parked,
        });
    }

    pub(crate) fn streams(&self) -> impl Iterator<Item = &History> {
        self.histories.values()
    }

    /// What each view keeps of how far it is.
    pub(crate) fn checkpoints(&self, expected: &mut Expected) {
        self.cursors.iter().for_each(|it| checkpoint(it, expected));
        self.parked.values().for_each(|it| it.row(expected));
        self.letters.iter().for_each(|it| it.row(expected));
    }
}

/// What the record says, if this version can understand it.
fn tell(partition: u16, record: &Record) -> Option<(StreamId, Told)> {
    let id = stream::parse(&record.key)?;
    let event = event::decode(record.kind(), &record.data).ok()?;
    let attributes = EventAttributes::from_lookup(|name| record.attribute(name)).ok()?;
    let told = Told {
        kind: record.kind().to_owned(),
        recorded_at: record.time()?,
        context: attributes.context,
        partition,
        sequence: record.sequence.0,
        event,
    };
    told.event.is_of(id).then_some((id, told))
}
