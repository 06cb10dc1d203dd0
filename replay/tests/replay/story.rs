//! A ticket's story, appended record by record as a writer does.

use bytes::Bytes;
use docket_domain::command::{Channel, Customer, OpenTicket, Origin, Priority};
use docket_domain::event::EventContext;
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::text::{Personal, Subject};
use docket_domain::{Actor, Role, TicketEvent, TicketNumber};
use docket_event_log::{Cursor, Draft, Head, Log, Partition, Reader, Record, chain};
use docket_replay::audit::{Audit, Question, TicketName, audit};
use docket_schemas::attributes::{CommandDigest, CommandId, EventAttributes};
use docket_schemas::{stream, ticket};
use jiff::Timestamp;
use uuid::Uuid;

pub(crate) const TICKET: TicketId = TicketId(Uuid::from_u128(0x7a11));
pub(crate) const ANN: PersonId = PersonId(Uuid::from_u128(0xa));
pub(crate) const BOB: PersonId = PersonId(Uuid::from_u128(0xb));

/// Appends to the ticket's partition, as a writer does.
pub(crate) struct Story {
    pub(crate) log: Log,
    pub(crate) partition: Partition,
    pub(crate) head: Head,
}

impl Story {
    pub(crate) async fn begin(log: Log) -> Self {
        let partitions = log.identity().partitions;
        let key = stream::ticket_key(TICKET);
        let partition = Partition(stream::partition_of(key.as_bytes(), partitions));
        let start = Cursor::start(log.identity().log_id, partition);
        let mut reader = Reader::open(&log, &[start]).await.unwrap().remove(0);
        while reader.cursor().head.is_none() {
            reader.next().await.unwrap();
        }
        let head = reader.cursor().head.unwrap();
        Self {
            log,
            partition,
            head,
        }
    }

    /// An event that extends `head`, at that minute.
    pub(crate) fn seal(&self, head: Head, minute: i64, event: &TicketEvent) -> Record {
        let attributes = EventAttributes {
            context: EventContext {
                actor: Actor {
                    id: ANN,
                    role: Role::Manager,
                },
                occurred_at: at(minute),
                origin: Origin::Live,
                source_sequence: None,
            },
            command_id: CommandId([minute as u8; 16]),
            command_digest: CommandDigest([0; 8]),
        };
        let (kind, data) = ticket::encode(event).unwrap();
        let draft = Draft {
            kind,
            key: Bytes::from(stream::ticket_key(TICKET)),
            time: at(minute),
            attributes: attributes.to_pairs(),
            traceparent: None,
            data: data.into(),
        };
        chain::seal(
            self.log.identity().log_id,
            self.partition,
            Some(head),
            draft,
        )
    }

    pub(crate) async fn append(&mut self, minute: i64, event: &TicketEvent) -> Head {
        let before = self.head;
        let record = self.seal(before, minute, event);
        self.head = Head {
            sequence: record.sequence,
            hash: record.hash,
        };
        self.log.append(self.partition, vec![record]).await.unwrap();
        before
    }

    /// Opened, assigned, accepted; an assignment to Bob that lost against Ann's lies in between.
    pub(crate) async fn tell(&mut self) {
        self.append(1, &opened(self.number())).await;
        let before = self.append(2, &assigned(ANN)).await;
        let loser = self.seal(before, 2, &assigned(BOB));
        self.log.append(self.partition, vec![loser]).await.unwrap();
        self.append(3, &TicketEvent::Accepted { consultant: ANN })
            .await;
    }

    pub(crate) fn number(&self) -> TicketNumber {
        TicketNumber::new(0, self.log.identity().partitions, self.partition.0)
    }

    pub(crate) fn question() -> Question {
        Question {
            ticket: TicketName::Id(TICKET),
            at: None,
            trusted_head: None,
            keeps_losers: true,
        }
    }

    pub(crate) async fn ask(&self, question: &Question) -> Audit {
        audit(&self.log, question, &mut |_, _| {}).await.unwrap()
    }
}

pub(crate) fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + 60 * minute).unwrap()
}

pub(crate) fn assigned(consultant: PersonId) -> TicketEvent {
    TicketEvent::Assigned {
        consultant,
        decision: None,
    }
}

pub(crate) fn opened(number: TicketNumber) -> TicketEvent {
    TicketEvent::Opened(Box::new(OpenTicket {
        number,
        customer: Customer::Registered(BOB),
        channel: Channel::Phone,
        store: None,
        team: None,
        subject: Personal::Known(Subject::new("No picture").unwrap()),
        description: None,
        category: None,
        skills: Vec::new(),
        priority: Priority::Moderate,
        place: None,
        language: None,
        fields: std::collections::BTreeMap::new(),
    }))
}
