//! Owners and forwarding: replicas that share the partitions of one log, and what each of them does
//! with a command for another's partition, whatever that other one is doing.

mod bulk;
mod failed;
mod foreign;
mod moving;
mod others;
mod rolling;
mod streams;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use docket_command_api::CommandConfig;
use docket_domain::ids::TicketId;
use docket_event_log::faults::FaultyLog;
use docket_event_log::{Log, LogConfig};
use docket_schemas::control::Claimed;
use docket_schemas::stream;
use http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use self::others::{Mute, Other, claim, gone};
use crate::support::{
    Answer, Client, PARTITIONS, Replica, events_of, key, on_both_logs, open, opening, postgres_log,
    records,
};

on_both_logs!(
    a_replica_alone_owns_everything_and_three_share_it,
    a_command_for_anothers_partition_is_done_there_once,
    an_owner_that_is_gone_loses_its_partition_with_the_next_command,
);

/// The last claim of each partition.
pub(crate) async fn owners(log: &Log) -> BTreeMap<u16, Claimed> {
    let records = records(log).await;
    let claims = records
        .iter()
        .filter(|(_, record)| record.kind() == Claimed::TYPE);
    claims
        .map(|(partition, record)| (*partition, Claimed::decode(&record.data).expect("a claim")))
        .collect()
}

/// How many partitions each address owns.
async fn shares(log: &Log) -> BTreeMap<String, usize> {
    let mut shares = BTreeMap::new();
    for owner in owners(log).await.into_values() {
        *shares.entry(owner.address).or_insert(0) += 1;
    }
    shares
}

/// Waits until the log shows these shares, largest first.
pub(crate) async fn until_shares(log: &Log, expected: &[usize]) {
    let mut seen = Vec::new();
    let even = async {
        while seen != expected {
            seen = shares(log).await.into_values().collect();
            seen.sort_unstable_by(|one, other| other.cmp(one));
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(std::time::Duration::from_mins(1), even).await;
    assert!(waited.is_ok(), "{seen:?}, not {expected:?}");
}

/// A replica that, once it has claimed its share, looks for no more: it leaves what others own to
/// them.
async fn content(config: &LogConfig) -> Replica {
    Replica::advertised(open(config).await, contented(), &key()).await
}

fn contented() -> CommandConfig {
    CommandConfig {
        share_review_ms: 3_600_000,
        ..CommandConfig::default()
    }
}

/// A key under which the client opens a ticket of that partition.
pub(crate) fn key_in(partition: u16, subject: &str) -> (String, Uuid) {
    let actor = crate::support::person(subject);
    (0..1_000)
        .map(|n| format!("open-{n}"))
        .map(|key| {
            let ticket = Uuid::new_v5(&actor, key.as_bytes());
            (key, ticket)
        })
        .find(|(_, ticket)| {
            let key = stream::ticket_key(TicketId(*ticket));
            stream::partition_of(key.as_bytes(), PARTITIONS) == partition
        })
        .expect("some key is in it")
}

async fn open_in(client: &Client, partition: u16) -> Answer {
    let (key, ticket) = key_in(partition, "mia");
    let answer = client
        .send("/v1/tickets", &key, opening())
        .await
        .expect(201);
    assert_eq!(answer.ticket(), ticket);
    assert_eq!(answer.header("location"), format!("/v1/tickets/{ticket}"));
    assert_eq!(answer.position().partition, partition);
    answer
}

async fn comment(client: &Client, ticket: Uuid, key: &str) -> Answer {
    let body = json!({"text": key, "visibility": "internal"});
    client.ask(ticket, "comments", key, body).await
}

fn forwarded(answer: &Answer) -> bool {
    !answer.header("docket-forwarded").is_empty()
}

async fn a_replica_alone_owns_everything_and_three_share_it(config: LogConfig) {
    let (log, key) = (open(&config).await, key());
    let one = Replica::among(&config, &key).await;
    until_shares(&log, &[4]).await;
    let two = Replica::among(&config, &key).await;
    until_shares(&log, &[2, 2]).await;
    let three = Replica::among(&config, &key).await;
    until_shares(&log, &[2, 1, 1]).await;
    let addresses: HashSet<String> = shares(&log).await.into_keys().collect();
    let expected = [&one, &two, &three].map(|replica| replica.address.to_string());
    assert_eq!(addresses, HashSet::from(expected));

    // Who goes names successors; who stays has it all.
    one.stop().await;
    until_shares(&log, &[2, 2]).await;
    two.stop().await;
    until_shares(&log, &[4]).await;
    three.stop().await;
}

async fn a_command_for_anothers_partition_is_done_there_once(config: LogConfig) {
    let (log, key) = (open(&config).await, key());
    let one = Replica::among(&config, &key).await;
    let two = Replica::among(&config, &key).await;
    until_shares(&log, &[2, 2]).await;
    let manager = one.manager();
    let owners = owners(&log).await;
    for partition in 0..PARTITIONS {
        let anothers = owners[&partition].address != one.address.to_string();
        let opened = open_in(&manager, partition).await;
        assert_eq!(forwarded(&opened), anothers);
        if anothers {
            let writer = owners[&partition].writer.to_string();
            assert_eq!(opened.header("docket-forwarded"), writer);
        }
        let ticket = opened.ticket();
        assert_eq!(opened.header("etag"), "\"1\"");

        // The first outcome, wherever it is asked for.
        let again = two.manager();
        let (key, _) = key_in(partition, "mia");
        let repeat = again.send("/v1/tickets", &key, opening()).await.expect(201);
        assert_eq!(repeat.body, opened.body);
        assert_eq!(forwarded(&repeat), !anothers);

        // Refusals of all kinds pass through as they are.
        let stale = manager
            .command(&format!("/v1/tickets/{ticket}/accept"), "stale", &json!({}))
            .header("If-Match", "\"7\"");
        let stale = crate::support::answer(stale).await;
        let stale = stale.expect_problem(412, "stale-version");
        let refused = manager.ask(ticket, "accept", "early", json!({})).await;
        let refused = refused.expect_problem(409, "command-not-allowed");
        let invalid = manager
            .ask(ticket, "comments", "no", json!({"text": 7}))
            .await;
        let invalid = invalid.expect_problem(422, "invalid-input");
        for answer in [stale, refused, invalid] {
            assert_eq!(forwarded(&answer), anothers);
        }
        assert_eq!(events_of(&log, ticket).await.len(), 1);
    }
    // A forwarded command is not forwarded again, whoever owns its partition.
    let partition = (0..PARTITIONS)
        .find(|partition| owners[partition].address != one.address.to_string())
        .expect("two of four");
    let (_, ticket) = key_in(partition, "mia");
    let body = json!({"text": "here", "visibility": "internal"});
    let sent_for = async |addressee: String| {
        let request = manager
            .command(&format!("/v1/tickets/{ticket}/comments"), "here", &body)
            .header("Docket-Forwarded", addressee);
        crate::support::answer(request).await
    };
    // Nor is it executed by anybody else than it is meant for.
    for nobody in [Uuid::new_v4().to_string(), name(&log, Uuid::new_v4())] {
        sent_for(nobody).await.expect_problem(421, "not-addressed");
    }
    let answer = sent_for(name_of(&log, &one).await).await.expect(200);
    assert!(!forwarded(&answer));
    assert_eq!(answer.told(), "applied 2 open");
    one.stop().await;
    two.stop().await;
}

async fn an_owner_that_is_gone_loses_its_partition_with_the_next_command(config: LogConfig) {
    let log = open(&config).await;
    let replica = content(&config).await;
    until_shares(&log, &[4]).await;
    let manager = replica.manager();
    let (_, other) = tokio::join!(open_in(&manager, 0), open_in(&manager, 1));

    // Nobody listens there.
    let owner = gone();
    claim(&log, 1, &owner).await;
    until_known(&replica, &log, 1).await;
    let answer = comment(&manager, other.ticket(), "after").await.expect(200);
    assert_eq!(answer.told(), "applied 2 open");
    claimed_with(&log, 1, &replica, &answer).await;
    replica.stop().await;
}

/// Waits until the replica has read what is in the log now: what it is asked after that it does as
/// one that knows it.
async fn until_known(replica: &Replica, log: &Log, partition: u16) {
    let (_, ticket) = key_in(partition, "nobody-has-opened-it");
    let claims = records(log).await.len();
    let body = json!({"text": "?", "visibility": "internal"});
    // Executed there, since it says that it comes from a replica.
    let request = replica
        .manager()
        .command(
            &format!("/v1/tickets/{ticket}/comments"),
            &format!("known-{claims}"),
            &body,
        )
        .header("Docket-Forwarded", name_of(log, replica).await);
    crate::support::answer(request).await.expect(404);
}

/// What a request says that is forwarded to that writer.
fn name(log: &Log, writer: Uuid) -> String {
    format!("{}/{writer}", log.identity().log_id.0)
}

/// The same of a replica that has claimed something.
async fn name_of(log: &Log, replica: &Replica) -> String {
    let address = &replica.advertised;
    let records = records(log).await;
    let writer = records.iter().rev().find_map(|(_, record)| {
        let claim = Claimed::decode(&record.data).ok()?;
        (claim.address == *address).then_some(claim.writer)
    });
    name(log, writer.expect("it has claimed something"))
}

/// The replica's claim is the record just before the answer's.
async fn claimed_with(log: &Log, partition: u16, replica: &Replica, answer: &Answer) {
    let records = records(log).await;
    let before = records.iter().find(|(number, record)| {
        *number == partition && record.sequence.0 == answer.position().sequence - 1
    });
    let (_, before) = before.expect("there is one before");
    assert_eq!(before.kind(), Claimed::TYPE);
    let claim = Claimed::decode(&before.data).expect("a claim");
    assert_eq!(claim.address, replica.address.to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owners_word_is_final_unless_it_is_about_itself() {
    let config = postgres_log().await;
    let log = open(&config).await;
    let replica = content(&config).await;
    until_shares(&log, &[4]).await;
    let manager = replica.manager();
    let mut tickets = Vec::new();
    for partition in 0..PARTITIONS {
        tickets.push(open_in(&manager, partition).await.ticket());
    }

    // None twice, that loses its owner: it would keep the second one for a while.
    for (n, (status, slug, done_here)) in (0..).zip([
        (429, "too-many-commands", false),
        (503, "log-stalled", false),
        (503, "outcome-unknown", false),
        (503, "queue-wait-over", false),
        (503, "replica-starting", true),
        (503, "newer-version-needed", true),
        (503, "replica-stopping", true),
        (503, "partition-failed", true),
    ]) {
        let partition = n % PARTITIONS;
        let ticket = tickets[usize::from(partition)];
        let status = StatusCode::from_u16(status).expect("a status");
        let other = Other::saying(&log, status, slug).await;
        claim(&log, partition, &other.claimed).await;
        until_known(&replica, &log, partition).await;
        let answer = comment(&manager, ticket, slug).await;
        assert_eq!(other.asked(), 1, "{slug}");
        if done_here {
            assert_eq!(answer.expect(200).body["outcome"], "applied", "{slug}");
        } else {
            let answer = answer.expect_problem(status.as_u16(), slug);
            assert_eq!(answer.header("retry-after"), "7");
            assert_eq!(
                answer.header("docket-forwarded"),
                other.claimed.writer.to_string()
            );
        }
        // What it says of itself for good costs it the partition.
        let lost = matches!(slug, "replica-stopping" | "partition-failed");
        assert_eq!(
            owners(&log).await[&partition] != other.claimed,
            lost,
            "{slug}"
        );
    }
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_told_not_done_while_an_owner_may_still_do_it() {
    let config = postgres_log().await;
    let network = FaultyLog::new(open(&config).await);
    let soon_stalled = CommandConfig {
        stalled_after_ms: 100,
        command_wait_ms: 2_000,
        queue_wait_ms: 2_000,
        ..contented()
    };
    let replica = Replica::advertised(Arc::new(network.clone()), soon_stalled, &key()).await;
    let log = open(&config).await;
    until_shares(&log, &[4]).await;
    let manager = replica.manager();
    let tickets = [0, 1].map(|partition| key_in(partition, "mia").1);
    tokio::join!(open_in(&manager, 0), open_in(&manager, 1));
    let others = [Other::silent().await, Other::foreign().await];
    for (partition, other) in (0..).zip(&others) {
        claim(&log, partition, &other.claimed).await;
        until_known(&replica, &log, partition).await;
    }

    // This replica's way to the log is cut, and its partitions stall.
    let held = std::iter::repeat_n(docket_event_log::faults::Fault::Hold, 10_000);
    network.network().script(held);
    for (ticket, other) in tickets.into_iter().zip(&others) {
        let answer = comment(&manager, ticket, "one").await;
        assert!(other.asked() > 0);
        answer.expect_problem(503, "outcome-unknown");
        // This one was sent nowhere else.
        let late = comment(&manager, ticket, "two").await;
        late.expect_problem(503, "log-stalled");
    }
    network.network().heal();
    network.release().await;
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_says_nothing_either_is_no_reason_for_a_claim() {
    let config = postgres_log().await;
    let log = open(&config).await;
    let mute = Mute::new(Log::clone(&log));
    let impatient = CommandConfig {
        command_wait_ms: 1_500,
        queue_wait_ms: 1_500,
        ..contented()
    };
    let replica = Replica::advertised(mute.clone(), impatient, &key()).await;
    until_shares(&log, &[4]).await;
    let manager = replica.manager();
    let ticket = open_in(&manager, 0).await.ticket();
    let silent = Other::silent().await;
    claim(&log, 0, &silent.claimed).await;
    until_known(&replica, &log, 0).await;

    mute.hold_its_tongue(true);
    let waited = comment(&manager, ticket, "waited").await;
    waited.expect_problem(503, "outcome-unknown");
    assert_eq!(owners(&log).await[&0], silent.claimed);
    // Once for the silence, and perhaps once to measure the lag.
    assert!((1..=2).contains(&mute.asked_while_mute()));
    mute.hold_its_tongue(false);
    let answer = comment(&manager, ticket, "waited").await.expect(200);
    claimed_with(&log, 0, &replica, &answer).await;
    replica.stop().await;
}
