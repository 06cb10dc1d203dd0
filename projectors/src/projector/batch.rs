//! What a batch of records means to the view: decoded once, folded on the rows it touches, in the
//! log's order. Pure.
//!
//! Guarantee: a record that can't be decoded or applied parks its stream and nothing else; it and
//! everything after it in that stream goes to the dead letters in the log's order.

use std::collections::HashSet;

use docket_domain::EventContext;
use docket_domain::stream::{Event, StreamId};
use docket_event_log::{Partition, Record};
use docket_schemas::attributes::EventAttributes;
use docket_schemas::{event, stream};
use docket_service::telemetry::Chain;

use super::{RecordPlace, View};

/// Records of one partition, decoded.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    partition: Partition,
    items: Vec<Item>,
}

#[derive(Clone, Debug)]
struct Item {
    stream: String,
    record: Record,
    /// What it says; else why that can't be known.
    event: Result<Decoded, String>,
}

#[derive(Clone, Debug)]
struct Decoded {
    id: StreamId,
    event: Event,
    context: EventContext,
    recorded_at: jiff::Timestamp,
}

/// What a batch changes.
#[derive(Debug)]
pub(crate) struct Changes<Rows> {
    /// With every event that could be applied.
    pub(crate) rows: Rows,
    pub(crate) parked: Vec<Parked>,
    pub(crate) dead_letters: Vec<DeadLetter>,
}

/// A row of `parked_stream`.
#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) stream: String,
    pub(crate) partition: i32,
    pub(crate) since_sequence: i64,
    pub(crate) error: String,
}

/// A row of `dead_letter`.
#[derive(Debug)]
pub(crate) struct DeadLetter {
    pub(crate) partition: i32,
    pub(crate) sequence: i64,
    pub(crate) stream: String,
    pub(crate) kind: String,
    pub(crate) key: Vec<u8>,
    pub(crate) headers: Vec<u8>,
    pub(crate) data: Vec<u8>,
    pub(crate) hash: Vec<u8>,
    pub(crate) error: Option<String>,
}

impl Batch {
    /// Decodes what this view is made of. Control records and streams of other kinds only move the
    /// checkpoint.
    pub(crate) fn decode<V: View>(
        partition: Partition,
        records: impl IntoIterator<Item = Record>,
    ) -> Self {
        let items = records
            .into_iter()
            .filter(|record| !record.is_control() && V::shows(&record.key))
            .map(|record| Item {
                stream: String::from_utf8_lossy(&record.key).replace('\0', "\u{fffd}"),
                event: decode(&record),
                record,
            })
            .collect();
        Self { partition, items }
    }

    pub(crate) fn partition(&self) -> Partition {
        self.partition
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// The same records, each a batch of its own.
    pub(crate) fn singles(&self) -> impl Iterator<Item = Self> + '_ {
        self.items.iter().map(|item| Self {
            partition: self.partition,
            items: vec![item.clone()],
        })
    }

    /// The same records, taken for poison: something further on refused them.
    pub(crate) fn refused(mut self, error: &str) -> Self {
        for item in &mut self.items {
            item.event = Err(error.to_owned());
        }
        self
    }

    /// The streams whose rows the fold needs.
    pub(crate) fn touched(&self, parked: &HashSet<String>) -> HashSet<StreamId> {
        self.items
            .iter()
            .filter(|item| !parked.contains(&item.stream))
            .filter_map(|item| item.event.as_ref().ok())
            .map(|decoded| decoded.id)
            .collect()
    }

    /// Folds the batch onto the rows as they are.
    pub(crate) fn fold<V: View>(
        &self,
        mut rows: V::Rows,
        parked: &HashSet<String>,
    ) -> Changes<V::Rows> {
        let mut newly_parked = HashSet::new();
        let (mut parkings, mut dead_letters) = (Vec::new(), Vec::new());
        for item in &self.items {
            if parked.contains(&item.stream) || newly_parked.contains(item.stream.as_str()) {
                dead_letters.push(self.dead_letter(item, None));
            } else if let Err(error) = self.apply::<V>(item, &mut rows) {
                newly_parked.insert(item.stream.as_str());
                parkings.push(Parked {
                    stream: item.stream.clone(),
                    partition: i32::from(self.partition.0),
                    since_sequence: item.record.sequence.0 as i64,
                    error: error.clone(),
                });
                dead_letters.push(self.dead_letter(item, Some(error)));
            }
        }
        Changes {
            rows,
            parked: parkings,
            dead_letters,
        }
    }

    fn apply<V: View>(&self, item: &Item, rows: &mut V::Rows) -> Result<(), String> {
        let decoded = item.event.as_ref().map_err(Clone::clone)?;
        let place = RecordPlace {
            partition: self.partition.0,
            sequence: item.record.sequence.0,
            recorded_at: decoded.recorded_at,
        };
        V::apply(rows, decoded.id, &decoded.event, &decoded.context, place)
            .map_err(|error| error.to_string())
    }

    fn dead_letter(&self, item: &Item, error: Option<String>) -> DeadLetter {
        DeadLetter {
            partition: i32::from(self.partition.0),
            sequence: item.record.sequence.0 as i64,
            stream: item.stream.clone(),
            kind: item.record.kind().replace('\0', "\u{fffd}"),
            key: item.record.key.to_vec(),
            headers: item.record.packed.to_vec(),
            data: item.record.data.to_vec(),
            hash: item.record.hash.0.to_vec(),
            error,
        }
    }
}

fn decode(record: &Record) -> Result<Decoded, String> {
    let id = stream::parse(&record.key).ok_or("the record's key is not that of a stream")?;
    let attributes = EventAttributes::from_lookup(|name| record.attribute(name))
        .map_err(|error| error.to_string())?;
    let event = event::decode(record.kind(), &record.data).map_err(|error| chain(&error))?;
    Ok(Decoded {
        id,
        event,
        context: attributes.context,
        recorded_at: record.time().ok_or("the record has no time")?,
    })
}

/// An error with all its causes, and nothing in it that Postgres can't store.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    Chain(error).to_string().replace('\0', "\u{fffd}")
}
