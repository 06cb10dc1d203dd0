//! A server that says nothing for a while, or takes its time: a host that vanished, a disk that is
//! overloaded. A proxy stands between.

use std::sync::Arc;
use std::time::Duration;

use docket_event_log::postgres::PostgresLog;
use docket_event_log::{Log, PostgresConfig};
use docket_supervisor::testing::{self, Proxy};
use tokio::time::timeout;

use super::{count, writer_at};
use crate::support::*;

async fn way() -> Proxy {
    Proxy::start(&testing::database().await)
}

async fn log(proxy: &Proxy, answer_within: Duration) -> Log {
    let config = PostgresConfig {
        partitions: 2,
        connections_max: 3,
        answer_within_ms: answer_within.as_millis() as u64,
        ..PostgresConfig::new(proxy.url(), format!("log_{}", count()))
    };
    Arc::new(PostgresLog::open(&config).await.unwrap())
}

#[tokio::test]
async fn a_server_that_falls_silent_is_asked_again_on_other_connections() {
    let proxy = way().await;
    let log = log(&proxy, Duration::from_millis(300)).await;
    let mut writer = writer(&log).await;
    assert_won(append(&mut writer, &["before"]).await, 1);

    proxy.cut_off();
    let story = async {
        // It never got there, and a barrier finds out.
        assert_lost(append(&mut writer, &["into the void"]).await, 1);
        assert_won(append(&mut writer, &["after"]).await, 1);
        log.end(P).await.unwrap();
    };
    timeout(Duration::from_secs(20), story)
        .await
        .expect("nothing waits for an answer that can't come");
    assert_eq!(read_all(&log).await.said(), ["before", "after"]);
}

#[tokio::test]
async fn an_answer_that_takes_longer_than_its_reader_waits_arrives_all_the_same() {
    let proxy = way().await;
    let log = log(&proxy, Duration::from_secs(30)).await;
    let following = reader(&log).await;
    let mut writer = writer_at(&log, following);
    proxy.slow_down(Duration::from_millis(200));
    // As a partition's task does, which looks at its queue ten times a second.
    for _ in 0..100 {
        if let Ok(step) = timeout(Duration::from_millis(100), writer.next()).await {
            assert!(!step.unwrap().records.is_empty());
            return;
        }
    }
    panic!("the genesis record is never read");
}
