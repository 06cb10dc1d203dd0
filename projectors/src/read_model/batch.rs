//! What a batch of records means to the view: decoded once, folded on the rows it touches, in the
//! log's order. Pure.
//!
//! Guarantee: a record that can't be decoded or applied parks its stream and nothing else; it and
//! everything after it in that stream goes to the dead letters in the log's order.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use docket_domain::ids::TicketId;
use docket_domain::{EventContext, TicketEvent};
use docket_event_log::{Partition, Record};
use docket_schemas::attributes::EventAttributes;
use docket_schemas::{stream, ticket};
use docket_service::telemetry::Chain;
use uuid::Uuid;

use super::fold::{self, RecordPlace, TimelineRow};
use super::row::TicketRow;

/// Records of one partition, decoded.
#[derive(Debug)]
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
    ticket: TicketId,
    event: TicketEvent,
    context: EventContext,
    recorded_at: jiff::Timestamp,
}

/// What a batch changes.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) tickets: Vec<TicketRow>,
    pub(crate) timeline: Vec<TimelineRow>,
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
    /// Decodes what this view is made of. Control records and other streams only move the
    /// checkpoint.
    pub(crate) fn decode(partition: Partition, records: impl IntoIterator<Item = Record>) -> Self {
        let items = records
            .into_iter()
            .filter(|record| !record.is_control() && record.key.starts_with(b"ticket-"))
            .map(|record| Item {
                stream: String::from_utf8_lossy(&record.key).replace('\0', "\u{fffd}"),
                event: decode(&record),
                record,
            })
            .collect();
        Self { partition, items }
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

    /// The tickets whose rows the fold needs.
    pub(crate) fn touched(&self, parked: &HashSet<String>) -> Vec<Uuid> {
        let ids: HashSet<Uuid> = self
            .items
            .iter()
            .filter(|item| !parked.contains(&item.stream))
            .filter_map(|item| item.event.as_ref().ok())
            .map(|decoded| decoded.ticket.0)
            .collect();
        ids.into_iter().collect()
    }

    /// Folds the batch onto the rows as they are.
    pub(crate) fn fold(
        &self,
        mut rows: HashMap<Uuid, TicketRow>,
        parked: &HashSet<String>,
    ) -> Changes {
        let mut changes = Changes::default();
        let mut touched = HashSet::new();
        let mut newly_parked = HashSet::new();
        for item in &self.items {
            if parked.contains(&item.stream) || newly_parked.contains(item.stream.as_str()) {
                changes.dead_letters.push(self.dead_letter(item, None));
                continue;
            }
            match self.apply(item, &mut rows) {
                Ok(line) => {
                    touched.insert(line.ticket_id);
                    changes.timeline.push(line);
                }
                Err(error) => {
                    newly_parked.insert(item.stream.as_str());
                    changes.parked.push(Parked {
                        stream: item.stream.clone(),
                        partition: i32::from(self.partition.0),
                        since_sequence: item.record.sequence.0 as i64,
                        error: error.clone(),
                    });
                    changes
                        .dead_letters
                        .push(self.dead_letter(item, Some(error)));
                }
            }
        }
        rows.retain(|id, _| touched.contains(id));
        changes.tickets = rows.into_values().collect();
        changes
    }

    fn apply(
        &self,
        item: &Item,
        rows: &mut HashMap<Uuid, TicketRow>,
    ) -> Result<TimelineRow, String> {
        let decoded = item.event.as_ref().map_err(Clone::clone)?;
        let place = RecordPlace {
            partition: self.partition.0,
            sequence: item.record.sequence.0,
            recorded_at: decoded.recorded_at,
        };
        let entry = rows.entry(decoded.ticket.0);
        let before = match &entry {
            Entry::Occupied(row) => Some(row.get()),
            Entry::Vacant(_) => None,
        };
        let (row, line) = fold::apply(
            before,
            decoded.ticket,
            &decoded.event,
            &decoded.context,
            place,
        )
        .map_err(|error| error.to_string())?;
        entry.insert_entry(row);
        Ok(line)
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
    let ticket = stream::parse_ticket(&record.key)
        .ok_or("the record's key isn't that of a ticket's stream")?;
    let attributes = EventAttributes::from_lookup(|name| record.attribute(name))
        .map_err(|error| error.to_string())?;
    let event = ticket::decode(record.kind(), &record.data).map_err(|error| chain(&error))?;
    Ok(Decoded {
        ticket,
        event,
        context: attributes.context,
        recorded_at: record.time().ok_or("the record has no time")?,
    })
}

/// An error with all its causes, and nothing in it that Postgres can't store.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    Chain(error).to_string().replace('\0', "\u{fffd}")
}
