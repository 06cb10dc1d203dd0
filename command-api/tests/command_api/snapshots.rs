//! Replicas that start from snapshots, and tickets closed so long ago that they lie in one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use docket_command_api::CommandConfig;
use docket_domain::TicketEvent;
use docket_event_log::memory::{MemoryLog, MemoryStore};
use docket_event_log::{Log, LogConfig};
use docket_schemas::ticket;
use docket_service::auth::Role;
use serde_json::json;

mod by_hand;
mod lost;

use self::by_hand::closed_in_2020;
use crate::support::{Replica, events_of, on_both_logs, open, records};

on_both_logs!(
    a_ticket_closed_long_ago_is_still_there,
    a_replica_that_starts_from_snapshots_answers_as_before,
    people_and_the_catalogue_are_in_snapshots_too,
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

async fn people_and_the_catalogue_are_in_snapshots_too(config: LogConfig) {
    let first = Replica::on(&config).await;
    let admin = first.client("ada", Role::Administrator);
    let sent = [
        ("/v1/consultants", crate::consultants::ann()),
        (
            "/v1/customers",
            json!({"subject": "carla", "name": "Carla", "email": "carla@example.com"}),
        ),
        ("/v1/catalogue/put_area", json!({"name": "Berlin"})),
        // Of somebody whom nobody knows: only the refusal is there.
        (
            "/v1/customers/00000000-0000-4000-8000-000000000007/erase",
            json!({}),
        ),
    ];
    let mut told = Vec::new();
    for (path, body) in sent.clone() {
        told.push(admin.send(path, "first", body).await);
    }
    first.stop().await;
    // A snapshot of all of it.
    let home = tempfile::tempdir().expect("a directory");
    let builder = Replica::start(open(&config).await, eager(home.path())).await;
    kept(home.path(), open(&config).await.identity().partitions).await;
    builder.stop().await;

    let second = Replica::start(open(&config).await, eager(home.path())).await;
    let admin = second.client("ada", Role::Administrator);
    for ((path, body), first) in sent.into_iter().zip(told) {
        let repeat = admin.send(path, "first", body.clone()).await;
        assert_eq!((repeat.status, &repeat.body), (first.status, &first.body));
        assert_eq!(repeat.position(), first.position(), "{path}");
        if first.status < 300 {
            // What it says is so already: the state is there, too.
            assert_eq!(
                admin.send(path, "again", body).await.told(),
                "unchanged 1 -"
            );
        }
    }
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

async fn log_in_memory() -> (MemoryStore, Log) {
    let store = MemoryStore::new(2);
    let log = open_in_memory(&store).await;
    (store, log)
}

async fn open_in_memory(store: &MemoryStore) -> Log {
    Arc::new(MemoryLog::open(store, 2).await.expect("the log opens"))
}
