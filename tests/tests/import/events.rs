//! What lies in a log, apart from what differs from log to log by nature (hashes, record times,
//! sequences, barriers).

use std::collections::BTreeMap;

use docket_event_log::{Cursor, Log, Partition, Reader};
use docket_schemas::{attributes, stream};
use docket_service::Position;
use uuid::Uuid;

/// An event as it must be in every log.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Event {
    kind: String,
    data: String,
    attributes: Vec<(&'static str, Option<String>)>,
}

/// The events of every ticket, in their order.
pub(crate) async fn of_tickets(log: &Log) -> BTreeMap<Uuid, Vec<Event>> {
    let mut events: BTreeMap<Uuid, Vec<Event>> = BTreeMap::new();
    for reader in &mut readers(log).await {
        let end = log.end(reader.partition()).await.unwrap();
        while !reader.cursor().has_reached(end) {
            for record in reader.next().await.unwrap().records {
                let Some(ticket) = stream::parse_ticket(&record.key) else {
                    continue;
                };
                let names = [
                    attributes::ACTOR,
                    attributes::COMMAND_ID,
                    attributes::COMMAND_DIGEST,
                    attributes::OCCURRED_AT,
                    attributes::ORIGIN,
                    attributes::SOURCE_SEQUENCE,
                ];
                events.entry(ticket.0).or_default().push(Event {
                    kind: record.kind().to_owned(),
                    data: String::from_utf8(record.data.to_vec()).unwrap(),
                    attributes: names
                        .map(|name| (name, record.attribute(name).map(str::to_owned)))
                        .to_vec(),
                });
            }
        }
    }
    events
}

/// The place of each partition's last record, as clients name it.
pub(crate) async fn last_positions(log: &Log) -> Vec<String> {
    let mut positions = Vec::new();
    for reader in &mut readers(log).await {
        let end = log.end(reader.partition()).await.unwrap();
        while !reader.cursor().has_reached(end) {
            reader.next().await.unwrap();
        }
        let cursor = reader.cursor();
        let position = Position {
            incarnation: cursor.incarnation.0,
            partition: cursor.partition.0,
            sequence: cursor.head.unwrap().sequence.0,
        };
        positions.push(position.to_string());
    }
    positions
}

/// Waits until about that many records are in the log, by its first partition.
pub(crate) async fn wait_for(log: &Log, records: u64) {
    let mut readers = readers(log).await;
    let mut seen = 0;
    let reader = &mut readers[0];
    while seen * u64::from(log.identity().partitions) < records {
        seen += reader.next().await.unwrap().records.len() as u64;
    }
}

async fn readers(log: &Log) -> Vec<Reader> {
    let identity = log.identity();
    let cursors: Vec<Cursor> = (0..identity.partitions)
        .map(|partition| Cursor::start(identity.log_id, Partition(partition)))
        .collect();
    Reader::open(log, &cursors).await.unwrap()
}
