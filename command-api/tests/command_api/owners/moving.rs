//! Owners that hang while their partitions move, since anybody may write to them: an owner is judged
//! by its own words, and judged once.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use docket_command_api::CommandConfig;
use docket_event_log::Log;
use docket_event_log::memory::{MemoryLog, MemoryStore};
use futures::future::join_all;
use serde_json::json;
use tokio::time::timeout;
use uuid::Uuid;

use super::bulk::{every_line_is_done_once_and_in_turn, outcomes_of};
use super::others::{Other, Then, claim, gone};
use super::{
    claimed_with, comment, content, contented, key_in, open_in, owners, until_known, until_shares,
};
use crate::faults::line;
use crate::support::{Client, PARTITIONS, Replica, kafka_log, key, open};

/// Clients that send one command after the other.
const CLIENTS: usize = 8;
const COMMANDS: usize = 8;
/// Ten times what it takes, and less than it takes until the writers happen to pause.
const LONG: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_commands_none_waits_for_an_owner_that_was_found_silent() {
    let config = kafka_log().await;
    let log = open(&config).await;
    let replica = content(&config).await;
    until_shares(&log, &[4]).await;
    let manager = replica.manager();
    let ticket = open_in(&manager, 2).await.ticket();
    claim(&log, 2, &gone()).await;
    until_known(&replica, &log, 2).await;
    let answer = comment(&manager, ticket, "taken-over").await.expect(200);
    claimed_with(&log, 2, &replica, &answer).await;

    // It can't be claimed now, so each command is executed with the partition still another's.
    let silent = Other::silent().await;
    claim(&log, 2, &silent.claimed).await;
    until_known(&replica, &log, 2).await;
    let clients = (0..CLIENTS).map(async |client| {
        for n in 0..COMMANDS {
            let answer = comment(&manager, ticket, &format!("{client}-{n}")).await;
            assert_eq!(answer.expect(200).body["outcome"], "applied");
        }
    });
    join_all(clients).await;
    assert_eq!(owners(&log).await[&2], silent.claimed, "no claim");
    let asked = silent.asked();
    assert!((1..=CLIENTS).contains(&asked), "{asked}: once by each");
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_who_write_to_a_partition_do_not_speak_for_its_owner() {
    let story = Story::begin(60_000).await;
    let manager = story.one.manager();
    let ticket = open_in(&manager, 1).await.ticket();
    let silent = Other::silent().await;
    story.belongs_to(1, &silent).await;
    let answer = story.meanwhile(comment(&manager, ticket, "after")).await;
    let answer = answer.expect(200);
    assert_eq!(answer.told(), "applied 2 open");
    assert_eq!(silent.asked(), 1);
    story.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_who_write_to_partitions_do_not_speak_for_a_lanes_owner() {
    let story = Story::begin(2_000).await;
    let (other, known) = Other::cut((6_000, 3_000), Then::Silence).await;
    let reached_at = other.claimed.address.clone();
    let log = open_log(&story.store).await;
    let two = Replica::behind(reached_at, log, contented(), &story.key).await;
    known.send(two.address).expect("the network is there");
    until_shares(&story.log, &[2, 2]).await;
    for partition in 0..PARTITIONS {
        until_known(&story.one, &story.log, partition).await;
    }
    story
        .meanwhile(every_line_is_done_once_and_in_turn(&story.one, &story.log))
        .await;
    assert_eq!(other.asked(), 1, "one lane");
    two.stop().await;
    story.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lane_does_not_wait_for_who_owned_its_partitions_once() {
    let story = Story::begin(600_000).await;
    let [silent, next] = [Other::silent().await, Other::silent().await];
    story.belongs_to(1, &silent).await;
    let lines: Vec<String> = (0..3)
        .map(|n| line(key_in(1, "somebody").1, n).to_string())
        .collect();
    let changing = async {
        while silent.asked() == 0 {
            tokio::task::yield_now().await;
        }
        claim(&story.log, 1, &next.claimed).await;
    };
    let sending = async { tokio::join!(outcomes_of(&story.one, lines.join("\n")), changing).0 };
    let outcomes = story.meanwhile(sending).await;
    assert_eq!(outcomes.matches("\"applied\"").count(), 3, "{outcomes}");
    assert_eq!(owners(&story.log).await[&1], next.claimed, "not its fault");
    story.end().await;
}

/// A replica that owned everything, and another one that owns nothing, and writes all the time; to a
/// log in memory, which never pauses.
struct Story {
    store: MemoryStore,
    key: Arc<tempfile::TempDir>,
    log: Log,
    one: Replica,
    beside: Replica,
}

impl Story {
    async fn begin(command_wait_ms: u64) -> Self {
        let (store, key) = (MemoryStore::new(PARTITIONS), key());
        let log = open_log(&store).await;
        let patient = CommandConfig {
            command_wait_ms,
            queue_wait_ms: command_wait_ms.min(5_000),
            ..contented()
        };
        let one = Replica::advertised(open_log(&store).await, patient, &key).await;
        until_shares(&log, &[4]).await;
        let beside = Replica::on_its_own(open_log(&store).await, &key).await;
        Self {
            store,
            key,
            log,
            one,
            beside,
        }
    }

    async fn belongs_to(&self, partition: u16, other: &Other) {
        claim(&self.log, partition, &other.claimed).await;
        until_known(&self.one, &self.log, partition).await;
    }

    /// What comes of it while every partition moves.
    async fn meanwhile<T>(&self, story: impl Future<Output = T>) -> T {
        let manager = self.beside.manager();
        let moving = join_all((0..PARTITIONS).map(|partition| moving(&manager, partition)));
        tokio::select! {
            told = timeout(LONG, story) => told.expect("somebody gave the owner up"),
            _ = moving => unreachable!("it goes on for ever"),
        }
    }

    async fn end(self) {
        self.one.stop().await;
        self.beside.stop().await;
    }
}

async fn open_log(store: &MemoryStore) -> Log {
    let log = MemoryLog::open(store, PARTITIONS).await;
    Arc::new(log.expect("the log opens"))
}

/// Refusals: each is a record, and no event.
async fn moving(client: &Client, partition: u16) -> Infallible {
    let (_, ticket) = key_in(partition, "nobody-has-opened-it");
    let body = json!({"text": "?", "visibility": "internal"});
    loop {
        let key = Uuid::new_v4().to_string();
        let answer = client.ask(ticket, "comments", &key, body.clone()).await;
        answer.expect(404);
    }
}
