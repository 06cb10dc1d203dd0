//! Routers that are killed while there is work.

use std::time::Duration;

use docket_event_log::LogConfig;
use serde_json::json;
use uuid::Uuid;

use crate::PARTITIONS;
use crate::process::Process;
use crate::shop::{Shop, assignments};

/// Two routers give six consultants three tickets each; each router is killed once while there is
/// work, and nobody notices but by a moment's wait.
pub(crate) async fn story(log: &LogConfig, settings: Vec<(String, String)>) {
    let shop = Shop::open(log).await;
    let consultants: Vec<Uuid> = (1..=6).map(Uuid::from_u128).collect();
    for id in &consultants {
        shop.hire(*id, 3).await;
    }
    let router = |name| Process::start(name, &shop, &settings, PARTITIONS);
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
    let given = assignments(&shop.told().await);
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
