//! A broker that goes and comes back; a topic that goes and doesn't come back the same.

use std::sync::Arc;

use docket_event_log::kafka::KafkaLog;
use docket_event_log::{Damage, Error, Log, Reader};
use docket_supervisor::{Kafka, KafkaConfig, testing};

use super::config;
use super::topic::Topic;
use crate::support::*;

async fn error_of(mut reader: Reader) -> Error {
    loop {
        if let Err(error) = reader.next().await {
            return error;
        }
    }
}

/// The broker is killed and started again under load; readers and writers go on by themselves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_the_broker_is_killed_and_started_again() {
    let server = KafkaConfig::new(testing::directory("restarted"))
        // How long the broker that comes back must wait for its own old session to end.
        .property("broker.session.timeout.ms", "1000")
        .property("broker.heartbeat.interval.ms", "100");
    let mut broker = tokio::task::spawn_blocking(move || Kafka::start(&server).unwrap())
        .await
        .unwrap();
    let topic = Topic::named_freshly(broker.bootstrap());
    let log: Log = Arc::new(KafkaLog::open(&config(&topic)).await.unwrap());
    let mut following = reader(&log).await;
    let mut writer = writer(&log).await;
    let (told, mut progress) = tokio::sync::watch::channel(0);
    let writing = tokio::spawn(async move {
        for number in 0..300 {
            while append(&mut writer, &[&number.to_string()]).await.won == 0 {}
            told.send_replace(number);
        }
    });
    progress.wait_for(|number| *number > 50).await.unwrap();
    let broker = tokio::task::spawn_blocking(move || {
        broker.kill(0).unwrap();
        broker.restart(0).unwrap();
        broker
    })
    .await
    .unwrap();
    writing.await.unwrap();
    let wanted: Vec<_> = (0..300).map(|number| number.to_string()).collect();
    assert_eq!(read_on(&log, &mut following).await.said(), wanted);
    drop(broker);
}

#[tokio::test]
async fn a_topic_made_anew_under_a_reader_is_damage() {
    let topic = Topic::named_freshly(testing::kafka().await.bootstrap());
    let log: Log = Arc::new(KafkaLog::open(&config(&topic)).await.unwrap());
    let mut writer = writer(&log).await;
    assert_won(append(&mut writer, &["1", "2", "3"]).await, 3);
    let mut following = reader(&log).await;
    read_on(&log, &mut following).await;
    topic.delete().await;
    topic.create(2, &[]).await;
    let error = error_of(following).await;
    assert!(
        matches!(
            error,
            Error::Damage(Damage::OutOfRange { partition: P, .. })
        ),
        "{error:?}"
    );
}

/// The new topic has grown past the reader's place, so no offset is out of range.
#[tokio::test]
async fn a_topic_made_anew_and_grown_again_is_damage() {
    let topic = Topic::named_freshly(testing::kafka().await.bootstrap());
    let log: Log = Arc::new(KafkaLog::open(&config(&topic)).await.unwrap());
    let mut writer = writer(&log).await;
    assert_won(append(&mut writer, &["1", "2", "3"]).await, 3);
    let mut following = reader(&log).await;
    read_on(&log, &mut following).await;
    topic.delete().await;
    topic.create(2, &[]).await;
    let log: Log = Arc::new(KafkaLog::open(&config(&topic)).await.unwrap());
    let mut other = crate::support::writer(&log).await;
    assert_won(append(&mut other, &["1", "2", "3", "4", "5"]).await, 5);
    let error = error_of(following).await;
    assert!(matches!(error, Error::Damage(_)), "{error:?}");
}

#[tokio::test]
async fn a_topic_that_is_gone_is_damage() {
    let topic = Topic::named_freshly(testing::kafka().await.bootstrap());
    let log: Log = Arc::new(KafkaLog::open(&config(&topic)).await.unwrap());
    let following = reader(&log).await;
    topic.delete().await;
    let error = error_of(following).await;
    assert!(
        matches!(error, Error::Damage(Damage::Gone { .. })),
        "{error:?}"
    );
    assert!(error.to_string().contains(&topic.name), "{error}");
}
