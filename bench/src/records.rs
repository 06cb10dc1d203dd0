//! Records as a ticket's events are: the same key, headers and size. And those that lie in a log.

use anyhow::ensure;
use bytes::Bytes;
use docket_domain::command::Origin;
use docket_domain::event::EventContext;
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::{Actor, Role};
use docket_event_log::{
    Cursor, Draft, Head, KafkaConfig, Log, LogConfig, LogId, Partition, Reader, Record, chain,
};
use docket_schemas::attributes::{CommandDigest, CommandId, EventAttributes};
use docket_schemas::stream;
use jiff::Timestamp;
use uuid::Uuid;

pub(crate) const PARTITIONS: u16 = 8;
pub(crate) const DATA_BYTES: usize = 400;

/// An event with 400 bytes of data, to be cloned.
pub(crate) fn draft() -> Draft {
    let attributes = EventAttributes {
        context: EventContext {
            actor: Actor {
                id: PersonId(Uuid::new_v4()),
                role: Role::Consultant,
            },
            occurred_at: Timestamp::now(),
            origin: Origin::Live,
            source_sequence: None,
        },
        command_id: CommandId(Uuid::new_v4().into_bytes()),
        command_digest: CommandDigest([7; 8]),
    };
    let trace = docket_service::telemetry::TraceContext::generate();
    Draft {
        kind: "docket.ticket.comment-added.v1",
        key: Bytes::from(stream::ticket_key(TicketId(Uuid::new_v4()))),
        time: Timestamp::now(),
        attributes: attributes.to_pairs(),
        traceparent: Some(trace.to_string()),
        data: Bytes::from(vec![b'x'; DATA_BYTES]),
    }
}

/// The same event as records that extend each other.
pub(crate) fn chained(partition: u16, count: usize) -> Vec<Record> {
    let draft = draft();
    let log_id = LogId(Uuid::new_v4());
    let mut head = None;
    let extend = |_| {
        let record = chain::seal(log_id, Partition(partition), head, draft.clone());
        head = Some(Head {
            sequence: record.sequence,
            hash: record.hash,
        });
        record
    };
    (0..count).map(extend).collect()
}

/// A reader for each partition, at its start.
pub(crate) async fn readers(log: &Log) -> anyhow::Result<Vec<Reader>> {
    let identity = log.identity();
    let start = |partition| Cursor::start(identity.log_id, Partition(partition));
    let cursors: Vec<Cursor> = (0..identity.partitions).map(start).collect();
    Ok(Reader::open(log, &cursors).await?)
}

/// The events of a log that has `count` of them, dealt out evenly over [`PARTITIONS`] lists: so
/// that taking from the lists in turn takes each of them once.
pub(crate) async fn written(
    config: &KafkaConfig,
    count: usize,
) -> anyhow::Result<Vec<Vec<Record>>> {
    let log = docket_event_log::open(&LogConfig::Kafka(config.clone())).await?;
    let mut events = Vec::with_capacity(count);
    for mut reader in readers(&log).await? {
        let end = log.end(reader.partition()).await?;
        while !reader.cursor().has_reached(end) {
            let records = reader.next().await?.records;
            events.extend(records.into_iter().filter(|record| !record.is_control()));
        }
    }
    let found = events.len();
    ensure!(found == count, "{found} events in the log, not {count}");
    let each = count.div_ceil(usize::from(PARTITIONS));
    Ok(events.chunks(each).map(<[Record]>::to_vec).collect())
}
