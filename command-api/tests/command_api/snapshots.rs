//! Replicas that start from snapshots, and tickets closed so long ago that they lie in one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use docket_command_api::{CommandApi, CommandConfig};
use docket_domain::command::{Channel, Customer, OpenTicket, Origin, Priority};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::text::{Personal, Text};
use docket_domain::{Actor, EventContext, Role, TicketEvent, TicketNumber};
use docket_event_log::memory::{MemoryLog, MemoryStore};
use docket_event_log::{Cursor, Draft, Head, Log, LogConfig, Partition, RawEntry, chain};
use docket_schemas::attributes::{CommandDigest, CommandId, EventAttributes};
use docket_schemas::control::{Answer, AnswerOutcome, Barrier, Opened, OpenedReason};
use docket_schemas::{stream, ticket};
use docket_service::Shutdown;
use docket_service::health::Health;
use docket_service::server::{Edge, HttpConfig};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::support::{Replica, events_of, on_both_logs, open, opening, read, records};

on_both_logs!(
    a_ticket_closed_long_ago_is_still_there,
    a_replica_that_starts_from_snapshots_answers_as_before,
);

/// Eagerly kept snapshots.
fn eager(directory: &Path) -> CommandConfig {
    CommandConfig {
        snapshot_directory: Some(directory.to_owned()),
        snapshot_records_min: 1,
        ..CommandConfig::default()
    }
}

fn file(directory: &Path, partition: u16) -> PathBuf {
    directory.join(format!("partition-{partition}.snapshot"))
}

/// Waits until each partition has a snapshot.
async fn kept(directory: &Path, partitions: u16) {
    for partition in 0..partitions {
        while !file(directory, partition).exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn a_ticket_closed_long_ago_is_still_there(config: LogConfig) {
    let log = open(&config).await;
    let home = tempfile::tempdir().expect("a directory");
    let partitions = log.identity().partitions;
    let old = closed_in_2020(&log).await;
    let replica = Replica::start(open(&config).await, eager(home.path())).await;
    kept(home.path(), partitions).await;
    replica.stop().await;

    let replica = Replica::start(open(&config).await, eager(home.path())).await;
    let manager = replica.manager();
    manager
        .ask(old, "reopen", "too-late", json!({"reason": "Again"}))
        .await
        .expect_problem(409, "reopen-window-over");
    let comment = json!({"text": "It was the fuse", "visibility": "internal"});
    let told = manager
        .ask(old, "comments", "late", comment.clone())
        .await
        .expect(200);
    assert_eq!(told.told(), "applied 4 closed");
    let again = manager.ask(old, "comments", "late", comment).await;
    assert_eq!(again.position(), told.position());
    assert_eq!(events_of(&log, old).await.len(), 4);
    replica.stop().await;
}

async fn a_replica_that_starts_from_snapshots_answers_as_before(config: LogConfig) {
    let home = tempfile::tempdir().expect("a directory");
    let first = Replica::start(open(&config).await, eager(home.path())).await;
    let manager = first.manager();
    let mut opened = Vec::new();
    for n in 0..20 {
        opened.push(manager.open(&format!("open-{n}")).await);
    }
    let refused = manager.ask(opened[0], "accept", "no", json!({})).await;
    let log = open(&config).await;
    kept(home.path(), log.identity().partitions).await;
    // After the snapshot.
    manager.open("open-20").await;
    let refused_again = manager.ask(opened[0], "resume", "no-2", json!({})).await;
    first.stop().await;

    let second = Replica::start(open(&config).await, eager(home.path())).await;
    let manager = second.manager();
    for (n, ticket) in opened.iter().enumerate() {
        assert_eq!(manager.open(&format!("open-{n}")).await, *ticket);
    }
    for (key, command, first) in [("no", "accept", refused), ("no-2", "resume", refused_again)] {
        let repeat = manager.ask(opened[0], command, key, json!({})).await;
        assert_eq!((repeat.status, &repeat.body), (first.status, &first.body));
        assert_eq!(repeat.position(), first.position());
    }
    let numbers = |n: usize| format!("new-{n}");
    for n in 0..20 {
        manager.open(&numbers(n)).await;
    }
    let mut told = Vec::new();
    for (_, record) in records(&log).await {
        if record.kind() == "docket.ticket.opened.v1" {
            let event = ticket::decode(record.kind(), &record.data).expect("an event");
            let TicketEvent::Opened(opened) = event else {
                panic!("{event:?}");
            };
            told.push(opened.number);
        }
    }
    let count = told.len();
    told.sort_unstable();
    told.dedup();
    assert_eq!((told.len(), count), (41, 41), "no number is given twice");
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_go_on_while_snapshots_are_built() {
    let (_store, log) = log_in_memory().await;
    let home = tempfile::tempdir().expect("a directory");
    let replica = Replica::start(Arc::clone(&log), eager(home.path())).await;
    let manager = replica.manager();
    let mut first_seen = None;
    let mut n = 0;
    // Until a snapshot was replaced by a later one.
    loop {
        manager.open(&format!("open-{n}")).await;
        n += 1;
        let made = std::fs::metadata(file(home.path(), 0)).and_then(|file| file.modified());
        if let Ok(made) = made
            && *first_seen.get_or_insert(made) != made
        {
            break;
        }
    }
    replica.stop().await;
    let again = Replica::start(log, eager(home.path())).await;
    let first = again.manager().open("open-0").await;
    let answer = again
        .manager()
        .ask(first, "cancel", "c", json!({"reason": "No more"}))
        .await
        .expect(200);
    assert_eq!(answer.told(), "applied 2 cancelled");
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_lacks_what_a_snapshot_has_seen_is_damaged() {
    type Change = fn(&mut Vec<RawEntry>);
    let changes: [(&str, Change); 3] = [
        ("records were lost", |entries| entries.truncate(3)),
        // Whoever opens the log then makes a new genesis.
        ("records were lost", Vec::clear),
        ("was changed or forked", |entries| entries.truncate(1)),
    ];
    for (what, change) in changes {
        let (store, log) = log_in_memory().await;
        let home = with_snapshot(&log).await;
        store.rewrite(SECOND, change);
        let log = open_in_memory(&store).await;
        if what == "was changed or forked" {
            for _ in 0..30 {
                extend(&log, barrier()).await;
            }
        }
        let before = log.end(SECOND).await.expect("an end");
        let why = fails(&log, home.path()).await;
        assert!(why.contains("lacks records that snapshot"), "{why}");
        assert!(why.contains(what), "{why}");
        assert_eq!(log.end(SECOND).await.expect("an end"), before);

        // An operator who means it.
        std::fs::remove_file(file(home.path(), SECOND.0)).expect("deleted");
        let replica = Replica::start(log, eager(home.path())).await;
        replica.manager().open("on").await;
        replica.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_restored_in_another_incarnation_may_lack_it() {
    let (store, log) = log_in_memory().await;
    let home = with_snapshot(&log).await;
    store.rewrite(SECOND, |entries| entries.truncate(3));
    let opened = Opened {
        incarnation: Uuid::new_v4(),
        reason: OpenedReason::Restored,
    };
    let draft = Draft {
        kind: Opened::TYPE,
        data: Bytes::from(opened.encode().expect("JSON")),
        ..barrier()
    };
    extend(&log, draft).await;
    let replica = Replica::start(log, eager(home.path())).await;
    replica.manager().open("on").await;
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn noise_before_a_snapshot_is_not_read_again() {
    let (_store, log) = log_in_memory().await;
    let replica = Replica::start(Arc::clone(&log), CommandConfig::default()).await;
    let ticket = TicketId(replica.manager().open("open").await);
    replica.stop().await;
    // Sealed on what comes next, but delivered before it: noise for ever.
    let key = stream::ticket_key(ticket);
    let partition = Partition(stream::partition_of(key.as_bytes(), 2));
    let cursor = read_to_end(&log, partition).await;
    let next = chain::seal(cursor.log_id, partition, cursor.head, barrier());
    let head = Head {
        sequence: next.sequence,
        hash: next.hash,
    };
    let cancelled = TicketEvent::Cancelled {
        reason: Text::new("never").expect("a text"),
    };
    let draft = event(ticket, &cancelled, 9, Timestamp::now());
    let early = chain::seal(cursor.log_id, partition, Some(head), draft);
    let sent = log.append(partition, vec![early, next]);
    sent.await.expect("appended");

    let home = tempfile::tempdir().expect("a directory");
    let first = Replica::start(Arc::clone(&log), eager(home.path())).await;
    kept(home.path(), 2).await;
    first.stop().await;
    let second = Replica::start(log, eager(home.path())).await;
    let manager = second.manager();
    let reason = json!({"reason": "Now"});
    let told = manager.ask(ticket.0, "cancel", "c", reason).await;
    assert_eq!(told.expect(200).told(), "applied 2 cancelled");
    second.stop().await;
}

/// The partition that something happens to.
const SECOND: Partition = Partition(1);

async fn log_in_memory() -> (MemoryStore, Log) {
    let store = MemoryStore::new(2);
    let log = open_in_memory(&store).await;
    (store, log)
}

async fn open_in_memory(store: &MemoryStore) -> Log {
    Arc::new(MemoryLog::open(store, 2).await.expect("the log opens"))
}

/// Some tickets, and a directory with a snapshot of them.
async fn with_snapshot(log: &Log) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a directory");
    let replica = Replica::start(Arc::clone(log), CommandConfig::default()).await;
    for n in 0..10 {
        let manager = replica.manager();
        manager
            .send("/v1/tickets", &format!("open-{n}"), opening())
            .await
            .expect(201);
    }
    replica.stop().await;
    let replica = Replica::start(Arc::clone(log), eager(home.path())).await;
    kept(home.path(), 2).await;
    replica.stop().await;
    home
}

/// Why a replica doesn't get ready.
async fn fails(log: &Log, directory: &Path) -> String {
    let edge = Edge::new(HttpConfig::default(), &Shutdown::new());
    let health: &Health = &edge.health;
    let api = CommandApi::start(Arc::clone(log), eager(directory), health)
        .await
        .expect("started");
    let why = api.caught_up().await.expect_err("the log lacks records");
    api.stop().await.expect("stopped");
    why.to_string()
}

async fn read_to_end(log: &Log, partition: Partition) -> Cursor {
    let end = log.end(partition).await.expect("an end");
    let mut reader = read(log, partition.0).await;
    while !reader.cursor().has_reached(end) {
        reader.next().await.expect("readable");
    }
    reader.cursor().clone()
}

/// Appends to the second partition.
async fn extend(log: &Log, draft: Draft) {
    let cursor = read_to_end(log, SECOND).await;
    let record = chain::seal(cursor.log_id, SECOND, cursor.head, draft);
    let sent = log.append(SECOND, vec![record]);
    sent.await.expect("appended");
}

fn barrier() -> Draft {
    Draft {
        kind: "docket.log.barrier.v1",
        key: Bytes::from_static(b"log"),
        time: Timestamp::now(),
        attributes: Vec::new(),
        traceparent: None,
        data: Bytes::from_static(b"{\"answers\":[]}"),
    }
}

/// A ticket that was opened, resolved and closed when the log was young.
async fn closed_in_2020(log: &Log) -> Uuid {
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
        // Time goes on: what was kept for a day is not kept any more.
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

fn event(id: TicketId, event: &TicketEvent, n: u8, time: Timestamp) -> Draft {
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
