//! Bulk requests over several owners: each line once, each ticket's lines in their order, the
//! outcomes in the order of the lines, whatever happens to an owner in the middle.

use std::sync::atomic::Ordering;

use docket_command_api::CommandConfig;
use docket_event_log::Log;
use docket_schemas::control::Claimed;
use docket_service::auth::Role;
use serde_json::Value;
use uuid::Uuid;

use super::others::{Other, Then, claim};
use super::{contented, key_in, owners, until_known, until_shares};
use crate::faults::line;
use crate::support::{PARTITIONS, Replica, kafka_log, key, on_both_logs, open, records};

on_both_logs!(lines_go_to_their_owners_and_outcomes_come_back_in_order);

/// Lines of each ticket.
const ROUNDS: usize = 40;

async fn lines_go_to_their_owners_and_outcomes_come_back_in_order(
    config: docket_event_log::LogConfig,
) {
    let (log, key) = (open(&config).await, key());
    let mut replicas = Vec::new();
    for shares in [&[4][..], &[2, 2], &[2, 1, 1]] {
        replicas.push(Replica::among(&config, &key).await);
        until_shares(&log, shares).await;
    }
    let before = forwarded(&replicas[0]).await;
    every_line_is_done_once_and_in_turn(&replicas[0], &log).await;
    // Other tests of this process may forward too, which only adds to it.
    let lines = ROUNDS * tickets().len();
    assert!(
        forwarded(&replicas[0]).await - before >= lines / 4,
        "none went to its owner"
    );
    for replica in replicas {
        replica.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_may_break_off_in_the_middle() {
    an_owner_fails_in_the_middle(Then::Break).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_may_fall_silent_in_the_middle() {
    an_owner_fails_in_the_middle(Then::Silence).await;
}

async fn an_owner_fails_in_the_middle(then: Then) {
    let config = kafka_log().await;
    let (log, key) = (open(&config).await, key());
    let one = Replica::advertised(open(&config).await, contented(), &key).await;
    until_shares(&log, &[4]).await;
    // It is reached over a bad network only.
    let (other, known) = Other::cut((6_000, 3_000), then).await;
    let reached_at = other.claimed.address.clone();
    let two = Replica::behind(reached_at, open(&config).await, contented(), &key).await;
    known.send(two.address).expect("the network is there");
    until_shares(&log, &[2, 2]).await;
    for partition in 0..PARTITIONS {
        until_known(&one, &log, partition).await;
    }
    every_line_is_done_once_and_in_turn(&one, &log).await;
    assert_eq!(other.asked(), 1, "one lane");
    all_belongs_to(&one, &log).await;
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_elses_outcomes_are_none() {
    let config = kafka_log().await;
    let log = open(&config).await;
    let replica = Replica::advertised(open(&config).await, contented(), &key()).await;
    until_shares(&log, &[4]).await;
    let foreign = Other::foreign().await;
    for partition in [1, 2] {
        claim(&log, partition, &foreign.claimed).await;
        until_known(&replica, &log, partition).await;
    }
    every_line_is_done_once_and_in_turn(&replica, &log).await;
    assert!(foreign.asked() > 0);
    all_belongs_to(&replica, &log).await;
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_lines_wait_for_an_owner_than_may() {
    let config = kafka_log().await;
    let log = open(&config).await;
    let narrow = CommandConfig {
        forwarded_commands_max: 8,
        ..contented()
    };
    let replica = Replica::advertised(open(&config).await, narrow, &key()).await;
    until_shares(&log, &[4]).await;
    let (other, most) = Other::doing_lines(&log).await;
    claim(&log, 1, &other.claimed).await;
    until_known(&replica, &log, 1).await;
    let (_, ticket) = key_in(1, "somebody");
    let lines: Vec<String> = (0..200).map(|n| line(ticket, n).to_string()).collect();
    let outcomes = outcomes_of(&replica, lines.join("\n")).await;
    assert_eq!(outcomes.matches("\"applied\"").count(), 200, "{outcomes}");
    let most = most.load(Ordering::SeqCst);
    assert!((1..=4).contains(&most), "half of eight, not {most}");
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_starts_anew_at_an_address_is_another_owner() {
    let config = kafka_log().await;
    let log = open(&config).await;
    let replica = Replica::advertised(open(&config).await, contented(), &key()).await;
    until_shares(&log, &[4]).await;
    let (before, _) = Other::doing_lines(&log).await;
    let after = Claimed {
        writer: Uuid::new_v4(),
        ..before.claimed.clone()
    };
    for (partition, owner) in [(1, &before.claimed), (2, &after)] {
        claim(&log, partition, owner).await;
        until_known(&replica, &log, partition).await;
    }
    let lines: Vec<String> = [1, 2, 1, 2]
        .into_iter()
        .zip(0..)
        .map(|(partition, n)| line(key_in(partition, "somebody").1, n).to_string())
        .collect();
    let outcomes = outcomes_of(&replica, lines.join("\n")).await;
    assert_eq!(outcomes.matches("\"applied\"").count(), 4, "{outcomes}");
    assert_eq!(before.asked(), 2, "a request for each");
    replica.stop().await;
}

async fn all_belongs_to(replica: &Replica, log: &Log) {
    for owner in owners(log).await.into_values() {
        assert_eq!(owner.address, replica.address.to_string());
    }
}

/// One in each partition.
fn tickets() -> Vec<Uuid> {
    (0..PARTITIONS)
        .map(|partition| key_in(partition, "somebody").1)
        .collect()
}

/// A line that is done out of turn is refused, or not refused where it should be.
pub(super) async fn every_line_is_done_once_and_in_turn(replica: &Replica, log: &Log) {
    let tickets = tickets();
    let mut lines = String::new();
    for n in 0..ROUNDS {
        for ticket in &tickets {
            lines.push_str(&line(*ticket, n).to_string());
            lines.push('\n');
        }
    }
    let outcomes = outcomes_of(replica, lines).await;
    let mut applied = 0;
    for (place, outcome) in outcomes.lines().enumerate() {
        let outcome: Value = serde_json::from_str(outcome).expect("JSON");
        assert_eq!(outcome["line"], place + 1, "{outcome}");
        let (n, ticket) = (place / tickets.len(), tickets[place % tickets.len()]);
        assert_eq!(outcome["ticket"], ticket.to_string(), "{outcome}");
        let expected = if n % 4 == 3 { "rejected" } else { "applied" };
        assert_eq!(outcome["outcome"], expected, "{outcome}");
        applied += usize::from(expected == "applied");
    }
    assert_eq!(outcomes.lines().count(), ROUNDS * tickets.len());
    let records = records(log).await;
    let events = records.iter().filter(|(_, record)| !record.is_control());
    assert_eq!(events.count(), applied);
}

pub(super) async fn outcomes_of(replica: &Replica, lines: String) -> String {
    let importer = replica.client("old-system", Role::Importer);
    let response = importer
        .http
        .post(replica.url("/v1/commands"))
        .bearer_auth(&importer.token)
        .header("Content-Type", "application/x-ndjson")
        .body(lines)
        .send()
        .await
        .expect("an answer");
    response.text().await.expect("outcomes")
}

/// Lines and commands that owners answered, for any replica of this process.
async fn forwarded(replica: &Replica) -> usize {
    let metrics = reqwest::get(replica.url("/metrics"))
        .await
        .expect("an answer");
    let metrics = metrics.text().await.expect("metrics");
    let answered = "docket_commands_forwarded_total{outcome=\"answered\"} ";
    metrics
        .lines()
        .find_map(|line| line.strip_prefix(answered)?.parse().ok())
        .unwrap_or(0)
}
