//! Rows as the projector makes them: what it writes and what we read are one shape.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use docket_domain::command::{
    Amendment, Caller, Channel, Customer, OpenTicket, Origin, Place, Point, Priority,
};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::stream::{Event, StreamId};
use docket_domain::text::{Personal, Text};
use docket_domain::{Actor, EventContext, Role, TicketEvent, TicketNumber};
use docket_event_log::memory::{MemoryLog, MemoryStore};
use docket_event_log::{Cursor, Draft, Log, Partition, PartitionWriter, Reader, WriterConfig};
use docket_projectors::read_model::{self, PgConfig};
use docket_projectors::routing::{self, RoutingConfig};
use docket_projectors::survey::{self, SurveyConfig};
use docket_schemas::attributes::{CommandDigest, CommandId, EventAttributes};
use docket_schemas::{event, stream};
use docket_service::{Position, Shutdown, health::Health};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::setting::Setting;

const ID: TicketId = TicketId(Uuid::from_u128(0x71c));

pub(crate) fn text<const MAX: usize>(words: &str) -> Text<MAX> {
    Text::new(words).expect("a short text")
}

pub(crate) fn story() -> Vec<TicketEvent> {
    let anna = PersonId(Setting::person("anna"));
    vec![
        TicketEvent::Opened(Box::new(OpenTicket {
            number: TicketNumber::new(0, 1, 0),
            customer: Customer::Unregistered(Personal::Known(Caller {
                name: text("Rosa Luz"),
                phone: None,
                email: Some(text("rosa@example.org")),
            })),
            channel: Channel::Phone,
            store: Some(text("B1")),
            team: Some(text("desk")),
            subject: Personal::Known(text("No light")),
            description: Some(Personal::Erased),
            category: None,
            skills: vec![text("electric")],
            priority: Priority::High,
            place: Some(Personal::Known(Place {
                address: None,
                point: Point::new(52.517, 13.389),
            })),
            language: Some(text("de")),
            fields: BTreeMap::from([(text("floor"), text("3"))]),
        })),
        TicketEvent::Transferred {
            team: text("field"),
            reason: None,
        },
        TicketEvent::Assigned {
            consultant: anna,
            decision: None,
        },
        TicketEvent::Accepted { consultant: anna },
        TicketEvent::Amended(Box::new(Amendment {
            description: Some(None),
            fields: BTreeMap::from([(text("floor"), None)]),
            ..Amendment::default()
        })),
        TicketEvent::Resolved {
            code: text("fixed"),
            note: Some(Personal::Known(text("new bulb"))),
        },
    ]
}

/// A log in memory with projectors on it, which keep a setting's views.
pub(crate) struct Projected {
    writer: PartitionWriter,
    projectors: [read_model::Handle; 3],
    shutdown: Shutdown,
    told: u32,
}

impl Projected {
    pub(crate) async fn start(setting: &Setting) -> Self {
        let log = MemoryLog::open(&MemoryStore::new(1), 1).await;
        let log: Log = Arc::new(log.expect("opens"));
        let shutdown = Shutdown::new();
        let health = Health::new(&shutdown);
        let config = PgConfig::new(setting.url.clone());
        let routing = RoutingConfig::new(setting.url.clone());
        let survey = SurveyConfig::new(setting.url.clone());
        let projectors = [
            read_model::start(log.clone(), config, &health, &shutdown),
            routing::start(log.clone(), routing, &health, &shutdown),
            survey::start(log.clone(), survey, &health, &shutdown),
        ];
        health.wait_until_ready().await;
        let start = Cursor::start(log.identity().log_id, Partition(0));
        let mut readers = Reader::open(&log, &[start]).await.expect("opens");
        let mut reader = readers.remove(0);
        reader.next().await.expect("the genesis is there");
        Self {
            writer: PartitionWriter::new(log, reader, WriterConfig::default()),
            projectors,
            shutdown,
            told: 0,
        }
    }

    /// Appends these events and says where they end.
    pub(crate) async fn tell(
        &mut self,
        events: impl IntoIterator<Item = (StreamId, Event)>,
    ) -> Position {
        let mut drafts = Vec::new();
        for (id, event) in events {
            // Out of order, and finer than Postgres keeps.
            let hours = i64::from(self.told % 4);
            let at = jiff::Timestamp::new(1_700_000_000 + hours * 3_600, 123_456_789);
            drafts.push(self.draft(id, &event, at.expect("within our century")));
        }
        self.append(drafts).await
    }

    /// The same, each event at its own time.
    pub(crate) async fn tell_at(
        &mut self,
        events: impl IntoIterator<Item = (jiff::Timestamp, StreamId, Event)>,
    ) -> Position {
        let events = events.into_iter();
        let drafts = events.map(|(at, id, event)| self.draft(id, &event, at));
        let drafts = drafts.collect();
        self.append(drafts).await
    }

    async fn append(&mut self, drafts: Vec<Draft>) -> Position {
        self.writer.start_append(drafts).expect("the log takes it");
        while self
            .writer
            .next()
            .await
            .expect("readable")
            .settled
            .is_none()
        {}
        let cursor = self.writer.cursor();
        Position {
            incarnation: cursor.incarnation.0,
            partition: 0,
            sequence: cursor.head.expect("there are records").sequence.0,
        }
    }

    fn draft(&mut self, id: StreamId, event: &Event, occurred_at: jiff::Timestamp) -> Draft {
        self.told += 1;
        let context = EventContext {
            actor: Actor {
                id: PersonId(Setting::person("rita")),
                role: Role::Receptionist,
            },
            occurred_at,
            origin: Origin::Live,
            source_sequence: None,
        };
        let (kind, data) = event::encode(event).expect("encodes");
        Draft {
            kind,
            key: Bytes::from(stream::key(id)),
            time: jiff::Timestamp::from_second(1_800_000_000).expect("within our century"),
            attributes: EventAttributes {
                context,
                command_id: CommandId(u128::from(self.told).to_be_bytes()),
                command_digest: CommandDigest([0; 8]),
            }
            .to_pairs(),
            traceparent: None,
            data: Bytes::from(data),
        }
    }

    pub(crate) async fn stop(self) {
        self.shutdown.request();
        for projector in self.projectors {
            projector.stopped().await;
        }
    }
}

#[tokio::test]
async fn what_the_projector_writes_is_what_a_query_shows() {
    let setting = Setting::new().await;
    let mut projected = Projected::start(&setting).await;
    let told = story()
        .into_iter()
        .map(|event| (StreamId::Ticket(ID), event.into()));
    let end = projected.tell(told).await;

    let wanted = end.to_string();
    let wanted = [("docket-min-position", wanted.as_str())];
    let path = format!("/v1/tickets/{ID}");
    let answer = setting.get_with(&path, &wanted).await.ok();
    assert_eq!(answer.header("docket-position").parse(), Ok(end));
    let now = answer.body;
    for (field, expected) in [
        ("number", json!("00")),
        ("version", json!(6)),
        ("status", json!("resolved")),
        ("priority", json!("high")),
        ("reassignment_count", json!(1)),
        ("assignee", json!(Setting::person("anna"))),
        ("resolution_note", json!("new bulb")),
        ("erased", json!([])),
        ("description", Value::Null),
        ("fields", json!({})),
        ("opened_at", json!("2023-11-14T22:13:20.123456Z")),
        // The latest time so far, though the last event states an earlier one.
        ("resolved_at", json!("2023-11-15T01:13:20.123456Z")),
        (
            "place",
            json!({"address": null, "latitude": 52.517, "longitude": 13.389}),
        ),
    ] {
        assert_eq!(now[field], expected, "{field}");
    }
    let then = async |query: &str| setting.get(&format!("{path}?{query}")).await.ok().body;
    assert_eq!(then("version=6").await, now);
    assert_eq!(then("at=2024-01-01T00:00:00Z").await, now);
    let first = then("version=1").await;
    assert_eq!(first["erased"], json!(["description"]));
    assert_eq!(first["fields"], json!({"floor": "3"}));
    assert_eq!(first["team"], "desk");

    let list = setting
        .get("/v1/tickets?number=00&near=52.5,13.4&skill=electric")
        .await;
    assert_eq!(list.ok().body["tickets"], json!([now]));
    let timeline = setting.get(&format!("{path}/timeline")).await.ok().body;
    let summaries: Vec<&str> = timeline["entries"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|entry| entry["summary"].as_str())
        .collect();
    let anna = Setting::person("anna");
    assert_eq!(
        summaries,
        [
            "Opened by phone: No light",
            "Moved to team field",
            &format!("Assigned to {anna}"),
            &format!("Accepted by {anna}"),
            // The description was erased already: it stays null.
            "Changed fields",
            "Resolved (fixed): new bulb",
        ]
    );
    projected.stop().await;
}
