//! Replicas that fail: an owner that is silent, and the next one, too; one that freezes in the middle
//! of its answer; and one that can't read a partition any more which another one owns.

use super::others::{Mute, Other, claim, gone};
use super::{
    claimed_with, comment, content, contented, forwarded, key_in, open_in, owners, until_known,
    until_shares,
};
use crate::support::{PARTITIONS, Replica, events_of, kafka_log, key, open};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_owner_is_waited_for_once() {
    let config = kafka_log().await;
    let log = open(&config).await;
    let replica = content(&config).await;
    until_shares(&log, &[4]).await;
    let manager = replica.manager();
    let opened = open_in(&manager, 2).await;
    let ticket = opened.ticket();

    let silent = Other::silent().await;
    claim(&log, 2, &silent.claimed).await;
    until_known(&replica, &log, 2).await;
    let answer = comment(&manager, ticket, "after").await.expect(200);
    assert_eq!(answer.told(), "applied 2 open");
    claimed_with(&log, 2, &replica, &answer).await;
    assert_eq!(silent.asked(), 1);
    let next = comment(&manager, ticket, "next").await.expect(200);
    assert_eq!(next.told(), "applied 3 open");
    assert_eq!(silent.asked(), 1, "it isn't asked again");
    assert_eq!(events_of(&log, ticket).await.len(), 3);
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partition_that_was_just_taken_over_is_not_claimed_again() {
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

    let silent = Other::silent().await;
    for (n, owner) in [gone(), silent.claimed].into_iter().enumerate() {
        claim(&log, 2, &owner).await;
        until_known(&replica, &log, 2).await;
        let answer = comment(&manager, ticket, &format!("left-{n}")).await;
        assert_eq!(answer.expect(200).body["outcome"], "applied");
        assert_eq!(owners(&log).await[&2], owner, "no claim");
    }
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_may_freeze_in_the_middle_of_its_answer() {
    let config = kafka_log().await;
    let log = open(&config).await;
    let replica = Replica::advertised(open(&config).await, contented(), &key()).await;
    until_shares(&log, &[PARTITIONS.into()]).await;
    let manager = replica.manager();
    let ticket = open_in(&manager, 1).await.ticket();
    let frozen = Other::frozen(&log).await;
    claim(&log, 1, &frozen.claimed).await;
    until_known(&replica, &log, 1).await;
    let answer = comment(&manager, ticket, "after").await.expect(200);
    assert_eq!(answer.told(), "applied 2 open");
    assert_eq!(frozen.asked(), 1);
    claimed_with(&log, 1, &replica, &answer).await;
    assert_eq!(events_of(&log, ticket).await.len(), 2);
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_not_be_done_here_is_still_done_by_its_owner() {
    let (config, key) = (kafka_log().await, key());
    let log = open(&config).await;
    let damageable = Mute::new(open(&config).await);
    let one = Replica::advertised(damageable.clone(), contented(), &key).await;
    until_shares(&log, &[PARTITIONS.into()]).await;
    let two = Replica::advertised(open(&config).await, contented(), &key).await;
    until_shares(&log, &[2, 2]).await;
    let manager = one.manager();
    for partition in 0..PARTITIONS {
        until_known(&one, &log, partition).await;
        open_in(&manager, partition).await;
    }

    damageable.damage();
    for (partition, owner) in owners(&log).await {
        let (_, ticket) = key_in(partition, "mia");
        if owner.address == two.address.to_string() {
            let answer = comment(&manager, ticket, "there").await.expect(200);
            assert!(forwarded(&answer));
            continue;
        }
        // What is sent before the task has noticed is answered as unknown, or done.
        for n in 0.. {
            let answer = comment(&manager, ticket, &format!("here-{n}")).await;
            if answer.body["type"] == "https://docket.dev/problems/partition-failed" {
                answer.expect(503);
                break;
            }
        }
    }
    one.stop().await;
    two.stop().await;
}
