//! Logs of years: records as the command API would have written them, with the times of then,
//! sealed and appended by themselves.

use std::collections::VecDeque;

use bytes::Bytes;
use docket_domain::command::{Channel, Customer, OpenTicket, Origin, Priority};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::text::{Personal, Text};
use docket_domain::{Actor, EventContext, Role, TicketEvent, TicketNumber};
use docket_event_log::{
    Cursor, Draft, Head, KafkaConfig, Log, LogConfig, Partition, Reader, chain,
};
use docket_schemas::attributes::{CommandDigest, CommandId, EventAttributes};
use docket_schemas::{stream, ticket};
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::Kind;
use crate::records::PARTITIONS;
use crate::stage::Stage;

/// Records in one append, and appends of a partition under way.
const BATCH: usize = 1_000;
const UNDER_WAY: usize = 4;

/// A new log with so many tickets.
pub(super) async fn write(stage: &Stage, tickets: u64, kind: Kind) -> anyhow::Result<KafkaConfig> {
    let config = stage.kafka_log();
    let log = docket_event_log::open(&LogConfig::Kafka(config.clone())).await?;
    let mut writing = JoinSet::new();
    for partition in (0..PARTITIONS).map(Partition) {
        let start = Cursor::start(log.identity().log_id, partition);
        let readers = Reader::open(&log, &[start]).await?;
        let log = Log::clone(&log);
        let share = tickets / u64::from(PARTITIONS);
        writing.spawn(async move {
            for mut reader in readers {
                reader.next().await?;
                let cursor = reader.cursor().clone();
                fill(&log, cursor, share, kind).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = writing.join_next().await {
        ended??;
    }
    Ok(config)
}

/// Writes a partition's tickets, and one of today, so that the log's time is today's.
async fn fill(log: &Log, mut cursor: Cursor, tickets: u64, kind: Kind) -> anyhow::Result<()> {
    let partition = cursor.partition;
    let mut under_way = VecDeque::new();
    let mut records = Vec::with_capacity(BATCH);
    let mut id = u128::from(partition.0) << 64;
    for n in 0..=tickets {
        if n == tickets {
            // The last one lies in a batch of its own, as where nobody writes thousands at once: a
            // start from a snapshot fetches the whole batch that its head is in.
            for append in under_way.drain(..) {
                append.await?;
            }
        }
        let (time, kind) = match kind {
            Kind::Closed if n < tickets => {
                // Over five years: outcomes are forgotten by the hours in which something came.
                let seconds = (tickets - n) * 150_000_000 / tickets;
                let age =
                    SignedDuration::from_hours(24 * 30) + SignedDuration::from_secs(seconds as i64);
                (Timestamp::now() - age, Kind::Closed)
            }
            _ => (Timestamp::now(), Kind::Open),
        };
        let ticket = loop {
            id += 1;
            let ticket = TicketId(Uuid::new_v5(&Uuid::NAMESPACE_OID, &id.to_be_bytes()));
            let key = stream::ticket_key(ticket);
            if stream::partition_of(key.as_bytes(), PARTITIONS) == partition.0 {
                break ticket;
            }
        };
        let number = TicketNumber::new(n, PARTITIONS, partition.0);
        for (event, version) in history(number, kind, time)?.iter().zip(1..) {
            let draft = draft(ticket, event, version, time)?;
            let record = chain::seal(cursor.log_id, partition, cursor.head, draft);
            cursor.head = Some(Head {
                sequence: record.sequence,
                hash: record.hash,
            });
            records.push(record);
        }
        if records.len() >= BATCH || n + 1 >= tickets {
            under_way.push_back(log.append(partition, std::mem::take(&mut records)));
        }
        if under_way.len() > UNDER_WAY
            && let Some(oldest) = under_way.pop_front()
        {
            oldest.await?;
        }
    }
    for append in under_way {
        append.await?;
    }
    Ok(())
}

const CONSULTANT: PersonId = PersonId(Uuid::from_u128(2));

fn history(number: TicketNumber, kind: Kind, time: Timestamp) -> anyhow::Result<Vec<TicketEvent>> {
    let opened = TicketEvent::Opened(Box::new(OpenTicket {
        number,
        customer: Customer::Registered(PersonId(Uuid::from_u128(1))),
        channel: Channel::Phone,
        store: Some(Text::new("Berlin Mitte")?),
        team: Some(Text::new("north")?),
        subject: Personal::Known(Text::new("Till 3 prints nothing")?),
        description: Some(Personal::Known(Text::new("Since this morning")?)),
        category: Some(Text::new("printer")?),
        skills: vec![Text::new("receipt-printers")?],
        priority: Priority::Moderate,
        place: None,
        language: Some(Text::new("de")?),
        fields: [(Text::new("till")?, Text::new("3")?)].into(),
    }));
    let consultant = CONSULTANT;
    Ok(match kind {
        Kind::Closed => vec![
            opened,
            TicketEvent::Resolved {
                code: Text::new("replaced")?,
                note: None,
            },
            TicketEvent::Closed {
                reopen_until: time + SignedDuration::from_hours(24 * 14),
            },
        ],
        Kind::Open => vec![
            opened,
            TicketEvent::Assigned {
                consultant,
                decision: None,
            },
            TicketEvent::Accepted { consultant },
        ],
    })
}

fn draft(
    ticket: TicketId,
    event: &TicketEvent,
    version: u8,
    time: Timestamp,
) -> anyhow::Result<Draft> {
    let (kind, data) = ticket::encode(event)?;
    let mut command_id = ticket.0.into_bytes();
    command_id[0] = version;
    let attributes = EventAttributes {
        context: EventContext {
            actor: Actor {
                id: CONSULTANT,
                role: Role::Consultant,
            },
            occurred_at: time,
            origin: Origin::Live,
            source_sequence: None,
        },
        command_id: CommandId(command_id),
        command_digest: CommandDigest([7; 8]),
    };
    Ok(Draft {
        kind,
        key: Bytes::from(stream::ticket_key(ticket)),
        time,
        attributes: attributes.to_pairs(),
        traceparent: None,
        data: Bytes::from(data),
    })
}
