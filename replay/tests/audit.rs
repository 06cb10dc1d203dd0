//! `replay audit` on real logs: a history is told, losers are labelled, damage is found.
#![allow(
    clippy::unwrap_used,
    reason = "a test's helpers fail like the test itself"
)]

use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use docket_domain::command::{Channel, Customer, OpenTicket, Origin, Priority};
use docket_domain::event::EventContext;
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::text::{Personal, Subject};
use docket_domain::{Actor, Role, TicketEvent, TicketNumber};
use docket_event_log::{Cursor, Draft, Reader};
use docket_event_log::{
    Head, KafkaConfig, Log, LogConfig, Partition, PostgresConfig, Record, Sequence, chain, open,
};
use docket_replay::audit::{Audit, Entry, Question, TicketName, TrustedHead, Verdict, audit};
use docket_schemas::attributes::{CommandDigest, CommandId, EventAttributes};
use docket_schemas::{stream, ticket};
use docket_supervisor::testing;
use jiff::Timestamp;
use sqlx::Connection as _;
use uuid::Uuid;

const TICKET: TicketId = TicketId(Uuid::from_u128(0x7a11));
const ANN: PersonId = PersonId(Uuid::from_u128(0xa));
const BOB: PersonId = PersonId(Uuid::from_u128(0xb));

/// Appends to the ticket's partition, as a writer does.
struct Story {
    log: Log,
    partition: Partition,
    head: Head,
}

impl Story {
    async fn begin(log: Log) -> Self {
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
    fn seal(&self, head: Head, minute: i64, event: &TicketEvent) -> Record {
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

    async fn append(&mut self, minute: i64, event: &TicketEvent) -> Head {
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
    async fn tell(&mut self) {
        self.append(1, &opened(self.number())).await;
        let before = self.append(2, &assigned(ANN)).await;
        let loser = self.seal(before, 2, &assigned(BOB));
        self.log.append(self.partition, vec![loser]).await.unwrap();
        self.append(3, &TicketEvent::Accepted { consultant: ANN })
            .await;
    }

    fn number(&self) -> TicketNumber {
        TicketNumber::new(0, self.log.identity().partitions, self.partition.0)
    }

    fn question() -> Question {
        Question {
            ticket: TicketName::Id(TICKET),
            at: None,
            trusted_head: None,
            keeps_losers: true,
        }
    }

    async fn ask(&self, question: &Question) -> Audit {
        audit(&self.log, question, &mut |_, _| {}).await.unwrap()
    }
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + 60 * minute).unwrap()
}

fn assigned(consultant: PersonId) -> TicketEvent {
    TicketEvent::Assigned {
        consultant,
        decision: None,
    }
}

fn opened(number: TicketNumber) -> TicketEvent {
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

async fn postgres() -> LogConfig {
    LogConfig::Postgres(PostgresConfig::new(testing::database().await, "event_log"))
}

async fn kafka() -> LogConfig {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let topic = format!("audit.{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let mut config = KafkaConfig::new(testing::kafka().await.bootstrap(), topic);
    config.development = true;
    LogConfig::Kafka(config)
}

fn kinds(audit: &Audit) -> Vec<String> {
    audit
        .entries
        .iter()
        .map(|entry| match entry {
            Entry::Event(event) => event.r#type.clone(),
            Entry::Answer { .. } => "answer".to_owned(),
            Entry::Noise(noise) => format!("noise: {}", noise.reason),
        })
        .collect()
}

#[tokio::test]
async fn a_record_that_lost_on_kafka_is_shown_as_noise_and_the_chain_holds() {
    let mut story = Story::begin(open(&kafka().await).await.unwrap()).await;
    story.tell().await;

    let told = story.ask(&Story::question()).await;
    assert_eq!(
        kinds(&told),
        [
            "docket.ticket.opened.v1",
            "docket.ticket.assigned.v1",
            "noise: extends_another",
            "docket.ticket.accepted.v1",
        ]
    );
    assert_eq!(told.verdict, Verdict::Holds);
    let state = told.state.unwrap();
    assert_eq!(
        (state.status, state.consultant),
        ("in_progress", Some(ANN.0))
    );
    assert_eq!((told.records, told.noise), (4, 1));
    assert_eq!(told.head.unwrap().hash, story.head.hash.to_string());
}

#[tokio::test]
async fn on_postgres_a_loser_is_never_stored_and_the_history_is_the_same() {
    let mut story = Story::begin(open(&postgres().await).await.unwrap()).await;
    story.tell().await;

    let mut question = Story::question();
    question.keeps_losers = false;
    question.ticket = TicketName::Number(story.number());
    let told = story.ask(&question).await;
    assert_eq!(told.ticket, Some(TICKET.0), "found by its number");
    assert_eq!(
        kinds(&told),
        [
            "docket.ticket.opened.v1",
            "docket.ticket.assigned.v1",
            "docket.ticket.accepted.v1",
        ]
    );
    assert_eq!(told.verdict, Verdict::Holds);
    assert_eq!(told.noise, 0);
}

#[tokio::test]
async fn an_audit_as_of_a_time_ends_there() {
    let mut story = Story::begin(open(&postgres().await).await.unwrap()).await;
    story.tell().await;

    let mut question = Story::question();
    question.at = Some(at(2));
    let told = story.ask(&question).await;
    assert_eq!(told.state.as_ref().unwrap().status, "assigned");
    assert_eq!(kinds(&told).len(), 2);
    assert_eq!(
        told.records, 4,
        "the chain is checked to the end all the same"
    );
}

#[tokio::test]
async fn a_trusted_head_is_found_or_missed() {
    let mut story = Story::begin(open(&kafka().await).await.unwrap()).await;
    story.tell().await;
    let mut question = Story::question();
    let trusted = TrustedHead {
        partition: story.partition,
        sequence: story.head.sequence,
        hash: story.head.hash,
    };
    question.trusted_head = Some(trusted);
    assert_eq!(story.ask(&question).await.verdict, Verdict::Holds);

    question.trusted_head = Some(TrustedHead {
        hash: docket_event_log::Hash([7; 32]),
        ..trusted
    });
    let told = story.ask(&question).await;
    assert!(matches!(&told.verdict, Verdict::Damaged(what) if what[0].contains("sequence 3 is")));

    question.trusted_head = Some(TrustedHead {
        sequence: Sequence(90),
        ..trusted
    });
    let told = story.ask(&question).await;
    assert!(matches!(&told.verdict, Verdict::Damaged(what) if what[0].contains("sequence 90")));
}

#[tokio::test]
async fn records_after_one_that_is_gone_from_a_topic_are_damage() {
    let mut story = Story::begin(open(&kafka().await).await.unwrap()).await;
    story.append(1, &opened(story.number())).await;
    // What a topic looks like from which the record of minute 2 was taken out.
    let gone = story.seal(story.head, 2, &assigned(ANN));
    story.head = Head {
        sequence: gone.sequence,
        hash: gone.hash,
    };
    story
        .append(3, &TicketEvent::Accepted { consultant: ANN })
        .await;

    let told = story.ask(&Story::question()).await;
    assert!(
        matches!(&told.verdict, Verdict::Damaged(what) if what[0].contains("after sequence 1")),
        "{:?}",
        told.verdict
    );
}

#[tokio::test]
async fn an_entry_that_lies_about_its_hash_is_damage_only_if_the_log_needs_it() {
    let mut story = Story::begin(open(&kafka().await).await.unwrap()).await;
    story.append(1, &opened(story.number())).await;
    let mut changed = story.seal(story.head, 2, &assigned(ANN));
    changed.data = Bytes::from_static(b"{}");
    let was = Head {
        sequence: changed.sequence,
        hash: changed.hash,
    };
    story
        .log
        .append(story.partition, vec![changed])
        .await
        .unwrap();
    story.append(2, &assigned(BOB)).await;
    assert_eq!(
        story.ask(&Story::question()).await.verdict,
        Verdict::Holds,
        "somebody's rubbish, and the log went on"
    );

    // Now the log went on from the record as it was, and only its loser made itself at home.
    story.head = was;
    story
        .append(3, &TicketEvent::Accepted { consultant: ANN })
        .await;
    let told = story.ask(&Story::question()).await;
    assert!(
        matches!(&told.verdict, Verdict::Damaged(what) if what[0].contains("after sequence 2")),
        "{:?}",
        told.verdict
    );
}

#[tokio::test]
async fn an_audit_of_a_partition_that_was_emptied_says_so_and_writes_nothing() {
    let config = postgres().await;
    let LogConfig::Postgres(PostgresConfig { url, .. }) = &config else {
        unreachable!()
    };
    let mut story = Story::begin(open(&config).await.unwrap()).await;
    story.tell().await;
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    sqlx::query("DELETE FROM event_log.record WHERE partition = $1")
        .bind(i32::from(story.partition.0))
        .execute(&mut connection)
        .await
        .unwrap();

    let refused = replay(url, &TICKET.0.to_string());
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let said = String::from_utf8(refused.stderr).unwrap();
    let expected = format!("partition {} of the log in schema", story.partition);
    assert!(said.contains(&expected), "{said}");
    let left: i64 =
        sqlx::query_scalar("SELECT count(*) FROM event_log.record WHERE partition = $1")
            .bind(i32::from(story.partition.0))
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_row_changed_in_postgres_is_found_at_its_sequence() {
    let config = postgres().await;
    let LogConfig::Postgres(PostgresConfig { url, .. }) = &config else {
        unreachable!()
    };
    let mut story = Story::begin(open(&config).await.unwrap()).await;
    story.tell().await;
    let id = TICKET.0.to_string();
    let whole = replay(url, &id);
    assert!(whole.status.success(), "{whole:?}");

    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    let changed = sqlx::query(
        "UPDATE event_log.record SET data = convert_to(replace(convert_from(data, 'UTF8'), $1, $2), 'UTF8') \
         WHERE partition = $3 AND sequence = 2",
    )
    .bind(ANN.to_string())
    .bind(BOB.to_string())
    .bind(i32::from(story.partition.0))
    .execute(&mut connection)
    .await
    .unwrap();
    assert_eq!(changed.rows_affected(), 1);

    let damaged = replay(url, &id);
    assert_eq!(damaged.status.code(), Some(3), "{damaged:?}");
    let text = String::from_utf8(damaged.stdout).unwrap();
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    let what = &told["verdict"]["damaged"];
    assert!(what[0].as_str().unwrap().contains("sequence 2"), "{text}");
    assert_eq!(
        told["head"]["sequence"], 1,
        "proven up to the record before"
    );
    assert_eq!(
        told["state"]["status"], "open",
        "what comes after proves nothing"
    );
}

fn replay(url: &str, ticket: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_replay"))
        .args(["audit", ticket, "--log", url, "--json"])
        .output()
        .unwrap()
}
