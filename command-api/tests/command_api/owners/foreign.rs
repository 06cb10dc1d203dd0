//! Claimed addresses where somebody else listens by now, and addresses that are none: a command is
//! executed by the writer it is meant for or by the replica that the client asked, and only a
//! replica's answer is one.

use std::net::SocketAddr;

use docket_event_log::Log;
use docket_schemas::control::Claimed;
use uuid::Uuid;

use super::others::{Other, claim, claimed};
use super::{
    claimed_with, comment, contented, forwarded, name, open_in, owners, until_known, until_shares,
};
use crate::support::{
    PARTITIONS, Replica, answer, events_of, kafka_log, key, open, opening, records,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_service_says_is_no_answer() {
    let config = kafka_log().await;
    let log = open(&config).await;
    let replica = Replica::advertised(open(&config).await, contented(), &key()).await;
    until_shares(&log, &[PARTITIONS.into()]).await;
    let other = Other::foreign().await;
    is_done_here_instead(&replica, &log, &other.claimed).await;
    assert_eq!(other.asked(), 1);
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_executes_nothing_that_is_meant_for_another_writer_or_log() {
    let (config, elsewhere, key) = (kafka_log().await, kafka_log().await, key());
    let log = open(&config).await;
    let replica = Replica::advertised(open(&config).await, contented(), &key).await;
    until_shares(&log, &[PARTITIONS.into()]).await;

    // They have another writer's address: one that never claimed anything, one of another log.
    let beside = Replica::beside(&config, &key).await;
    let foreign = Replica::advertised(open(&elsewhere).await, contented(), &key).await;
    let its_log = open(&elsewhere).await;
    until_shares(&its_log, &[PARTITIONS.into()]).await;
    let before = records(&its_log).await.len();
    for (partition, address) in [(0, beside.address), (1, foreign.address)] {
        meets_another(&replica, &log, partition, address).await;
    }
    assert_eq!(records(&its_log).await.len(), before);
    // One that owns nothing says so as a replica, so that it is known to have done nothing.
    let request = beside
        .manager()
        .command("/v1/tickets", "not-here", &opening())
        .header("Docket-Forwarded", name(&log, Uuid::new_v4()));
    let turned_away = answer(request).await.expect_problem(421, "not-addressed");
    let id = log.identity().log_id.0.to_string();
    assert_eq!(turned_away.header("docket-log"), id);

    // One that was started again at its address.
    let again = Replica::advertised(open(&config).await, contented(), &key).await;
    until_shares(&log, &[2, 2]).await;
    meets_another(&replica, &log, 2, again.address).await;
    for replica in [beside, foreign, again, replica] {
        replica.stop().await;
    }
}

async fn meets_another(replica: &Replica, log: &Log, partition: u16, address: SocketAddr) {
    let manager = replica.manager();
    let ticket = open_in(&manager, partition).await.ticket();
    claim(log, partition, &claimed(address)).await;
    until_known(replica, log, partition).await;
    let answer = comment(&manager, ticket, "another").await;
    let answer = answer.expect(200);
    assert!(!forwarded(&answer));
    claimed_with(log, partition, replica, &answer).await;
    assert_eq!(events_of(log, ticket).await.len(), 2);
}

async fn is_done_here_instead(replica: &Replica, log: &Log, owner: &Claimed) {
    let manager = replica.manager();
    let ticket = open_in(&manager, 3).await.ticket();
    claim(log, 3, owner).await;
    until_known(replica, log, 3).await;
    let answer = comment(&manager, ticket, "here").await.expect(200);
    assert_eq!(answer.told(), "applied 2 open");
    claimed_with(log, 3, replica, &answer).await;
    assert_eq!(events_of(log, ticket).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_of_no_address_is_none() {
    let config = kafka_log().await;
    let log = open(&config).await;
    let replica = Replica::advertised(open(&config).await, contented(), &key()).await;
    until_shares(&log, &[PARTITIONS.into()]).await;
    let manager = replica.manager();
    let ticket = open_in(&manager, 0).await.ticket();
    let mut nobody = claimed(replica.address);
    nobody.address = "somebody@elsewhere:80/v1?".to_owned();
    claim(&log, 0, &nobody).await;
    until_known(&replica, &log, 0).await;
    let answer = comment(&manager, ticket, "here").await.expect(200);
    assert_eq!(answer.told(), "applied 2 open");
    assert_eq!(owners(&log).await[&0], nobody, "nothing to take over");
    replica.stop().await;
}
