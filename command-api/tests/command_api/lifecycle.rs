//! What becomes of commands when the log holds still, clients leave, processes stop, or a newer
//! version has been there.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use docket_command_api::CommandConfig;
use docket_event_log::faults::{Fault, FaultyLog};
use docket_event_log::{Draft, Log, LogConfig, Partition, PartitionWriter, WriterConfig};
use docket_schemas::stream;
use docket_service::auth::Role;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

use crate::support::{
    Client, Replica, answer, events_of, on_both_logs, open, opening, person, postgres_log, read,
};

on_both_logs!(
    a_payload_of_a_newer_version_closes_its_ticket_only,
    accepted_commands_are_finished_in_a_stop,
);

/// A log whose appends can be held back.
struct Held {
    log: FaultyLog,
}

impl Held {
    async fn on(config: &LogConfig) -> Self {
        let log = FaultyLog::new(open(config).await);
        Self { log }
    }

    fn log(&self) -> Log {
        Arc::new(self.log.clone())
    }

    /// Nothing arrives from here on, as if the servers were away.
    fn hold(&self) {
        let network = &mut self.log.network();
        network.script(std::iter::repeat_n(Fault::Hold, 10_000));
    }

    /// Waits until something is on its way.
    async fn until_sent(&self) {
        while self.log.network().held() == 0 {
            tokio::task::yield_now().await;
        }
    }

    /// All arrives after all.
    async fn release(&self) {
        self.log.network().heal();
        self.log.release().await;
    }
}

async fn a_payload_of_a_newer_version_closes_its_ticket_only(config: LogConfig) {
    let log = open(&config).await;
    let replica = Replica::on(&config).await;
    let manager = replica.manager();
    let opened = manager
        .send("/v1/tickets", "open", opening())
        .await
        .expect(201);
    let ticket = opened.ticket();

    // A newer replica says something that this version has no word for.
    append(&log, opened.position().partition, ticket).await;
    let refused = loop {
        let body = json!({"text": "Hello?", "visibility": "internal"});
        let key = Uuid::new_v4().to_string();
        let answer = manager.ask(ticket, "comments", &key, body).await;
        // Until the replica has read that record.
        if answer.status != 200 {
            break answer;
        }
    };
    let refused = refused.expect_problem(503, "newer-version-needed");
    assert!(
        detail(&refused).starts_with("a newer version"),
        "{}",
        refused.body
    );
    assert!(!refused.header("retry-after").is_empty());
    let repeat = manager
        .send("/v1/tickets", "open", opening())
        .await
        .expect(201);
    assert_eq!(repeat.body, opened.body, "what was told stays told");
    for n in 0..8 {
        manager.open(&format!("other-{n}")).await;
    }
    replica.stop().await;
}

async fn append(log: &Log, partition: u16, ticket: Uuid) {
    let reader = read(log, partition).await;
    let mut writer = PartitionWriter::new(Arc::clone(log), reader, WriterConfig::default());
    let end = log.end(Partition(partition)).await.expect("an end");
    while !writer.cursor().has_reached(end) {
        writer.next().await.expect("readable");
    }
    let key = stream::ticket_key(docket_domain::ids::TicketId(ticket));
    let newer = Draft {
        kind: "docket.ticket.teleported.v1",
        key: Bytes::from(key),
        time: jiff::Timestamp::now(),
        attributes: Vec::new(),
        traceparent: None,
        data: Bytes::from_static(b"{\"to\":\"the moon\"}"),
    };
    writer.start_append(vec![newer]).expect("sent");
    loop {
        if let Some(settled) = writer.next().await.expect("readable").settled {
            assert_eq!(settled.won, 1);
            return;
        }
    }
}

async fn accepted_commands_are_finished_in_a_stop(config: LogConfig) {
    let held = Held::on(&config).await;
    let replica = Replica::start(held.log(), CommandConfig::default()).await;
    let manager = replica.manager();
    held.hold();
    let sending = tokio::spawn(async move { manager.open("open").await });
    held.until_sent().await;
    let stopping = tokio::spawn(replica.stop());
    held.release().await;
    let ticket = sending.await.expect("answered");
    stopping.await.expect("stopped in order");
    assert_eq!(events_of(&open(&config).await, ticket).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_leaves_cancels_nothing() {
    let config = postgres_log().await;
    let held = Held::on(&config).await;
    let replica = Replica::start(held.log(), CommandConfig::default()).await;
    held.hold();
    let body = opening().to_string();
    let request = format!(
        "POST /v1/tickets HTTP/1.1\r\nHost: docket\r\nAuthorization: Bearer {}\r\n\
         Idempotency-Key: open\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        replica.token("mia", Role::Manager),
        body.len()
    );
    let mut connection = tokio::net::TcpStream::connect(replica.address)
        .await
        .expect("a connection");
    connection
        .write_all(request.as_bytes())
        .await
        .expect("sent");
    held.until_sent().await;
    drop(connection);
    held.release().await;
    // The ticket comes to be, with nobody waiting for it. Its id is that of key and actor, which
    // a repeat would show; it is read from the log here, so that no repeat helps it along.
    let log = open(&config).await;
    let found = async {
        loop {
            let records = crate::support::records(&log).await;
            if let Some((_, event)) = records.iter().find(|(_, record)| !record.is_control()) {
                return event.kind().to_owned();
            }
            tokio::task::yield_now().await;
        }
    };
    let kind = tokio::time::timeout(Duration::from_mins(1), found).await;
    assert_eq!(kind.as_deref(), Ok("docket.ticket.opened.v1"));
    replica.stop().await;
}

/// Small limits, so that they are met.
fn impatient() -> CommandConfig {
    CommandConfig {
        command_wait_ms: 1_000,
        queue_wait_ms: 300,
        queue_commands_max: 8,
        ..CommandConfig::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_holds_still_is_answered_unknown_or_not_done() {
    let config = postgres_log().await;
    let held = Held::on(&config).await;
    let replica = Replica::start(held.log(), impatient()).await;
    let manager = replica.manager();
    let ticket = manager.open("open").await;
    held.hold();
    let comment = |manager: Client, key: &'static str| async move {
        let body = json!({"text": key, "visibility": "internal"});
        manager.ask(ticket, "comments", key, body).await
    };
    let sent = tokio::spawn(comment(manager.clone(), "sent"));
    held.until_sent().await;
    let queued = comment(manager.clone(), "queued")
        .await
        .expect_problem(503, "queue-wait-over");
    assert!(detail(&queued).starts_with("not done"), "{}", queued.body);
    // A repeat of the one that is on its way waits in vain too, but is not told "not done".
    comment(manager.clone(), "sent")
        .await
        .expect_problem(503, "outcome-unknown");
    let sent = sent.await.expect("answered");
    let sent = sent.expect_problem(503, "outcome-unknown");
    assert!(detail(&sent).starts_with("unknown"), "{}", sent.body);
    assert!(!sent.header("retry-after").is_empty());

    held.release().await;
    // The repeat tells what became of it: it was done, once.
    let repeat = comment(manager.clone(), "sent").await.expect(200);
    assert_eq!(repeat.told(), "applied 2 open");
    let done = comment(manager.clone(), "queued").await.expect(200);
    assert_eq!(done.told(), "applied 3 open");
    assert_eq!(events_of(&open(&config).await, ticket).await.len(), 3);
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_a_log_that_stands_still() {
    let config = postgres_log().await;
    let held = Held::on(&config).await;
    let soon_stalled = CommandConfig {
        stalled_after_ms: 100,
        ..CommandConfig::default()
    };
    let replica = Replica::start(held.log(), soon_stalled).await;
    let manager = replica.manager();
    let ticket = manager.open("open").await;
    held.hold();
    let comment = |manager: Client, key: &'static str| async move {
        let body = json!({"text": key, "visibility": "internal"});
        manager.ask(ticket, "comments", key, body).await
    };
    let sent = tokio::spawn(comment(manager.clone(), "sent"));
    held.until_sent().await;
    // One that waits in the queue is told soon, and those after it at once.
    for key in ["queued", "turned-away"] {
        let answer = comment(manager.clone(), key).await;
        let answer = answer.expect_problem(503, "log-stalled");
        assert!(detail(&answer).starts_with("not done"), "{}", answer.body);
    }
    assert!(!sent.is_finished(), "it may still be done");

    held.release().await;
    let sent = sent.await.expect("answered").expect(200);
    assert_eq!(sent.told(), "applied 2 open");
    let done = comment(manager, "turned-away").await.expect(200);
    assert_eq!(done.told(), "applied 3 open");
    replica.stop().await;
}

fn detail(answer: &crate::support::Answer) -> &str {
    answer.body["detail"].as_str().unwrap_or("")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_is_told_at_once_and_routing_goes_last() {
    let config = postgres_log().await;
    let held = Held::on(&config).await;
    let patient = CommandConfig {
        queue_commands_max: 8,
        ..CommandConfig::default()
    };
    let replica = Replica::start(held.log(), patient).await;
    let ann = replica.client("ann", Role::Customer);
    let ticket = ann
        .send(
            "/v1/tickets",
            "open",
            json!({"channel": "web", "subject": "My printer"}),
        )
        .await
        .expect(201)
        .ticket();
    held.hold();
    // A customer's comments get five places of the eight.
    let comments: Vec<_> = (0..5)
        .map(|n| {
            let ann = ann.clone();
            tokio::spawn(async move {
                let body = json!({"text": "Hello?", "visibility": "public"});
                ann.ask(ticket, "comments", &n.to_string(), body).await
            })
        })
        .collect();
    let full = loop {
        let body = json!({"text": "Hello?", "visibility": "public"});
        let request = ann.command(&format!("/v1/tickets/{ticket}/comments"), "one-more", &body);
        // No answer: it was taken before one of the five, and is one of them now.
        if let Ok(answer) = tokio::time::timeout(Duration::from_millis(50), answer(request)).await {
            break answer;
        }
    };
    let full = full.expect_problem(429, "too-many-commands");
    assert!(!full.header("retry-after").is_empty());
    // There is still room to give the ticket to somebody.
    let manager = replica.manager();
    let assign = tokio::spawn(async move {
        let body = json!({"consultant": person("carl")});
        manager.ask(ticket, "assign", "assign", body).await
    });
    held.until_sent().await;
    held.release().await;
    assign.await.expect("answered").expect(200);
    for comment in comments {
        let status = comment.await.expect("answered").status;
        assert!(status == 200 || status == 429, "{status}");
    }
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_partition_answers_503_and_the_others_go_on() {
    use docket_event_log::memory::{MemoryLog, MemoryStore};

    let store = MemoryStore::new(2);
    let log: Log = Arc::new(MemoryLog::open(&store, 2).await.expect("opens"));
    let replica = Replica::start(log, CommandConfig::default()).await;
    let manager = replica.manager();
    let tickets = [ticket_in(&manager, 0).await, ticket_in(&manager, 1).await];
    // A record of a later control type extends the head: nobody may skip it.
    let log: Log = Arc::new(MemoryLog::open(&store, 2).await.expect("opens"));
    let mut reader = read(&log, 0).await;
    let end = log.end(Partition(0)).await.expect("an end");
    while !reader.cursor().has_reached(end) {
        reader.next().await.expect("readable");
    }
    let cursor = reader.cursor();
    let future = Draft {
        kind: "docket.log.frobnicated.v1",
        key: Bytes::from_static(b"log"),
        time: jiff::Timestamp::now(),
        attributes: Vec::new(),
        traceparent: None,
        data: Bytes::from_static(b"{}"),
    };
    let record =
        docket_event_log::chain::seal(cursor.log_id, cursor.partition, cursor.head, future);
    log.append(Partition(0), vec![record])
        .await
        .expect("stored");

    let ready = || answer(manager.http.get(replica.url("/readyz?verbose")));
    let text = loop {
        let answer = ready().await;
        if answer.status == 503 {
            break answer.body.as_str().unwrap_or("").to_owned();
        }
    };
    assert!(text.contains("partition 0"), "{text}");
    manager
        .ask(tickets[0], "cancel", "c", json!({"reason": "no more"}))
        .await
        .expect_problem(503, "partition-failed");
    manager
        .ask(tickets[1], "cancel", "c", json!({"reason": "no more"}))
        .await
        .expect(200);
    replica.stop().await;
}

/// Opens tickets until one lies in that partition.
async fn ticket_in(client: &Client, partition: u16) -> Uuid {
    loop {
        let opened = client
            .send("/v1/tickets", &Uuid::new_v4().to_string(), opening())
            .await
            .expect(201);
        if opened.position().partition == partition {
            return opened.ticket();
        }
    }
}
