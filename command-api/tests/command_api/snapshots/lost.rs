//! Logs that are not what a snapshot was made from.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use docket_command_api::{CommandApi, CommandConfig};
use docket_domain::TicketEvent;
use docket_domain::ids::TicketId;
use docket_domain::text::Text;
use docket_event_log::{Draft, Head, Log, Partition, RawEntry, chain};
use docket_schemas::control::{Opened, OpenedReason};
use docket_schemas::stream;
use docket_service::Shutdown;
use docket_service::health::Health;
use docket_service::server::{Edge, HttpConfig};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::by_hand::{barrier, event, read_to_end};
use super::{eager, file, kept, log_in_memory, open_in_memory};
use crate::support::{Replica, opening};

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

/// Appends to the second partition.
async fn extend(log: &Log, draft: Draft) {
    let cursor = read_to_end(log, SECOND).await;
    let record = chain::seal(cursor.log_id, SECOND, cursor.head, draft);
    let sent = log.append(SECOND, vec![record]);
    sent.await.expect("appended");
}
