//! Records that no command API of today wrote.

use bytes::Bytes;
use docket_domain::command::{Channel, Customer, OpenTicket, Origin, Priority};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::text::{Personal, Text};
use docket_domain::{Actor, EventContext, Role, TicketEvent, TicketNumber};
use docket_event_log::{Cursor, Draft, Head, Log, Partition, chain};
use docket_schemas::attributes::{CommandDigest, CommandId, EventAttributes};
use docket_schemas::control::{Answer, AnswerOutcome, Barrier};
use docket_schemas::{stream, ticket};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::support::read;

/// A ticket that was opened, resolved and closed when the log was young.
pub(super) async fn closed_in_2020(log: &Log) -> Uuid {
    let id = TicketId(Uuid::from_u128(2_020));
    let key = stream::ticket_key(id);
    let partitions = log.identity().partitions;
    let partition = stream::partition_of(key.as_bytes(), partitions);
    let then: Timestamp = "2020-05-01T12:00:00Z".parse().expect("a time");
    let events = [
        TicketEvent::Opened(Box::new(OpenTicket {
            number: TicketNumber::new(0, partitions, partition),
            customer: Customer::Registered(PersonId(Uuid::from_u128(2))),
            channel: Channel::Phone,
            store: None,
            team: None,
            subject: Personal::Known(Text::new("No light").expect("a text")),
            description: None,
            category: None,
            skills: Vec::new(),
            priority: Priority::Low,
            place: None,
            language: None,
            fields: std::collections::BTreeMap::new(),
        })),
        TicketEvent::Resolved {
            code: Text::new("fixed").expect("a text"),
            note: None,
        },
        TicketEvent::Closed {
            reopen_until: "2020-05-15T12:00:00Z".parse().expect("a time"),
        },
    ];
    for n in 0..partitions {
        let mut reader = read(log, n).await;
        reader.next().await.expect("the genesis");
        let mut cursor = reader.cursor().clone();
        let mut append = async |draft| {
            let record = chain::seal(cursor.log_id, cursor.partition, cursor.head, draft);
            cursor.head = Some(Head {
                sequence: record.sequence,
                hash: record.hash,
            });
            log.append(Partition(n), vec![record])
                .await
                .expect("appended");
        };
        if n == partition {
            for (count, told) in (1..).zip(&events) {
                append(event(id, told, count, then)).await;
            }
        }
        // Time goes on: what is kept for a day is not kept any more.
        for hours in 1..=48 {
            append(Draft {
                time: then + SignedDuration::from_hours(hours),
                ..barrier()
            })
            .await;
        }
        let refused = Barrier {
            answers: vec![Answer {
                stream: format!("ticket-{}", Uuid::from_u128(404)),
                command_id: CommandId([0; 16]),
                command_digest: CommandDigest([0; 8]),
                source_sequence: None,
                version: 0,
                outcome: AnswerOutcome::Unchanged,
            }],
        };
        append(Draft {
            data: Bytes::from(refused.encode().expect("JSON")),
            ..barrier()
        })
        .await;
    }
    id.0
}

pub(super) fn event(id: TicketId, event: &TicketEvent, n: u8, time: Timestamp) -> Draft {
    let (kind, data) = ticket::encode(event).expect("JSON");
    let attributes = EventAttributes {
        context: EventContext {
            actor: Actor {
                id: PersonId(Uuid::from_u128(1)),
                role: Role::Manager,
            },
            occurred_at: time,
            origin: Origin::Live,
            source_sequence: None,
        },
        command_id: CommandId([n; 16]),
        command_digest: CommandDigest([n; 8]),
    };
    Draft {
        kind,
        key: Bytes::from(stream::ticket_key(id)),
        time,
        attributes: attributes.to_pairs(),
        traceparent: None,
        data: Bytes::from(data),
    }
}

pub(super) fn barrier() -> Draft {
    Draft {
        kind: "docket.log.barrier.v1",
        key: Bytes::from_static(b"log"),
        time: Timestamp::now(),
        attributes: Vec::new(),
        traceparent: None,
        data: Bytes::from_static(b"{\"answers\":[]}"),
    }
}

pub(super) async fn read_to_end(log: &Log, partition: Partition) -> Cursor {
    let end = log.end(partition).await.expect("an end");
    let mut reader = read(log, partition.0).await;
    while !reader.cursor().has_reached(end) {
        reader.next().await.expect("readable");
    }
    reader.cursor().clone()
}
