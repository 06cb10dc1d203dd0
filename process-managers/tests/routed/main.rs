//! Routers as processes of their own, with a real command API on real logs: Postgres and Kafka,
//! started by the test itself.

mod process;
mod shop;

use std::time::Duration;

use docket_event_log::{KafkaConfig, LogConfig, PostgresConfig};
use docket_supervisor::testing;
use serde_json::json;
use uuid::Uuid;

use crate::process::Router;
use crate::shop::Shop;

const PARTITIONS: u16 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    let url = testing::database().await;
    let mut config = PostgresConfig::new(&url, "event_log");
    config.partitions = PARTITIONS;
    let settings = [("URL", url), ("SCHEMA", "event_log".to_owned())];
    let settings = settings.map(|(name, value)| (format!("DOCKET_LOG__POSTGRES__{name}"), value));
    story(&LogConfig::Postgres(config), settings.into()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_kafka() {
    let brokers = testing::kafka().await.bootstrap().to_string();
    let topic = format!("process-managers-{}", Uuid::new_v4());
    let mut config = KafkaConfig::new(&brokers, &topic);
    config.partitions = PARTITIONS;
    config.development = true;
    let settings = [
        ("BROKERS", brokers),
        ("TOPIC", topic),
        ("DEVELOPMENT", "true".to_owned()),
    ];
    let settings = settings.map(|(name, value)| (format!("DOCKET_LOG__KAFKA__{name}"), value));
    story(&LogConfig::Kafka(config), settings.into()).await;
}

/// Two routers give six consultants three tickets each; each router is killed once while there is
/// work, and nobody notices but by a moment's wait.
async fn story(log: &LogConfig, settings: Vec<(String, String)>) {
    let shop = Shop::open(log).await;
    let consultants: Vec<Uuid> = (1..=6).map(Uuid::from_u128).collect();
    for id in &consultants {
        shop.hire(*id, 3).await;
    }
    let router = |name| Router::start(name, &shop, &settings, PARTITIONS);
    let first = router("first");
    let second = router("second");
    let mut tickets = shop.open_tickets(8).await;
    shop.wait_until_assigned(&tickets).await;

    first.kill();
    tickets.extend(shop.open_tickets(5).await);
    shop.wait_until_assigned(&tickets).await;

    let third = router("third");
    third.wait_until_ready().await;
    second.kill();
    tickets.extend(shop.open_tickets(5).await);
    shop.wait_until_assigned(&tickets).await;

    // Everybody has as many as they may: the next one waits until somebody is done.
    let [waiting] = shop.open_tickets(1).await[..] else {
        unreachable!()
    };
    tokio::time::sleep(Duration::from_secs(1)).await;
    let given = shop.assignments().await;
    assert_eq!(given.len(), 18, "one for each ticket");
    for id in &consultants {
        let theirs = given.iter().filter(|it| it.consultant == *id).count();
        assert_eq!(theirs, 3, "{id}");
    }
    for it in &given {
        assert!(it.decided, "{} was assigned without a decision", it.ticket);
        let times = given.iter().filter(|other| other.ticket == it.ticket);
        assert_eq!(times.count(), 1, "{} was assigned twice", it.ticket);
    }

    let done = tickets[0];
    shop.ask(done, "resolve", json!({"code": "fixed"})).await;
    shop.wait_until_assigned(&[waiting]).await;
    third.stop();
    shop.close().await;
}
