//! Databases that go away and come back, logs that are not what they were.

use docket_domain::ids::TicketId;
use docket_domain::stream::{Event, StreamId};
use docket_domain::{EventContext, TicketEvent};
use docket_event_log::Partition;
use docket_projectors::read_model::State;
use docket_supervisor::{Postgres, PostgresConfig, testing};
use uuid::Uuid;

use crate::random::{Random, open};
use crate::setting::{Setting, eventually, rows};
use crate::stories::context;

fn opening(number: u64) -> (StreamId, EventContext, Event) {
    let event = TicketEvent::Opened(Box::new(open(&mut Random(number), number)));
    let id = TicketId(Uuid::from_u64_pair(1, number));
    (StreamId::Ticket(id), context(0), event.into())
}

async fn start(config: &PostgresConfig) -> Postgres {
    let config = config.clone();
    tokio::task::spawn_blocking(move || Postgres::start(&config))
        .await
        .expect("starting doesn't panic")
        .expect("it starts")
}

#[tokio::test]
async fn a_database_that_is_down_delays_the_view_and_loses_nothing() {
    let config = testing::test_settings(PostgresConfig::new(testing::directory("down")));
    let server = start(&config).await;
    let mut setting = Setting::memory(2).await;
    setting.url = server.url();
    let projector = setting.project(1);
    setting.append([opening(1), opening(2)]).await;
    setting.caught_up(1).await;

    tokio::task::spawn_blocking(move || drop(server))
        .await
        .expect("stopping doesn't panic");
    setting.append((3..20).map(opening)).await;
    eventually("the projector says that it waits", async || {
        projector.health.ready().is_err()
    })
    .await;

    let _server = start(&config).await;
    let view = setting.caught_up(1).await;
    assert_eq!(rows(&view, "ticket", "id").await.len(), 19);
    eventually("the projector is well again", async || {
        projector.health.ready().is_ok()
    })
    .await;
    projector.stop().await;
}

/// Commits don't wait for the disk, and no record comes after those that were lost.
#[tokio::test]
async fn what_a_database_lost_in_a_crash_is_projected_again() {
    let config = testing::test_settings(PostgresConfig::new(testing::directory("crashed")))
        .setting("wal_writer_delay", "10s");
    let mut server = start(&config).await;
    let mut setting = Setting::memory(2).await;
    setting.url = server.url();
    setting.append([opening(1), opening(2)]).await;
    let projector = setting.project(1);
    setting.caught_up(1).await;
    setting.append((3..20).map(opening)).await;
    setting.caught_up(1).await;
    server.kill();
    let server = tokio::task::spawn_blocking(|| server.restart().map(|()| server));
    let _server = server.await.expect("no panic").expect("it starts again");

    let view = setting.caught_up(1).await;
    assert_eq!(rows(&view, "ticket", "id").await.len(), 19);
    projector.stop().await;
}

/// Whoever freezes it in the middle of a commit: the connection stays open, and nobody answers.
#[tokio::test]
async fn a_database_that_falls_silent_shows_and_is_used_again_when_it_speaks() {
    let mut setting = Setting::memory(1).await;
    let mut config = setting.config(1);
    config.connect_timeout_ms = 300;
    let projector = setting.project_with(config);
    setting.append([opening(1)]).await;
    let view = setting.caught_up(1).await;
    let mut silent = view.begin().await.expect("begins");
    sqlx::query("LOCK TABLE checkpoint")
        .execute(&mut *silent)
        .await
        .expect("nobody else locks it");
    setting.append([opening(2)]).await;
    eventually("the projector says that it waits", async || {
        projector.health.ready().is_err()
    })
    .await;

    silent.rollback().await.expect("ends");
    let view = setting.caught_up(1).await;
    assert_eq!(rows(&view, "ticket", "id").await.len(), 2);
    eventually("the projector is well again", async || {
        projector.health.ready().is_ok()
    })
    .await;
    projector.stop().await;
}

#[tokio::test]
async fn a_database_that_is_not_there_yet_is_waited_for() {
    let config = testing::test_settings(PostgresConfig::new(testing::directory("late")));
    let server = start(&config).await;
    let mut setting = Setting::memory(1).await;
    setting.url = server.url();
    tokio::task::spawn_blocking(move || drop(server))
        .await
        .expect("stopping doesn't panic");
    setting.append([opening(1)]).await;
    let projector = setting.project(1);
    eventually("the projector says that it waits", async || {
        let told = projector.health.ready();
        told.is_err_and(|why| why.iter().any(|(_, why)| why.contains("waits")))
    })
    .await;
    let _server = start(&config).await;
    let view = setting.caught_up(1).await;
    assert_eq!(rows(&view, "ticket", "id").await.len(), 1);
    projector.stop().await;
}

#[tokio::test]
async fn another_log_under_the_same_view_is_refused() {
    let setting = Setting::memory(1).await;
    let projector = setting.project(1);
    setting.caught_up(1).await;
    projector.stop().await;

    let mut other = Setting::memory(1).await;
    other.url.clone_from(&setting.url);
    other.append([opening(1)]).await;
    let projector = other.project(1);
    eventually("the projector stops with an alarm", async || {
        let all = projector.handle.progress().subscribe();
        let stopped =
            matches!(&all.borrow()[0].state, State::Stopped(why) if why.contains("another schema"));
        stopped
    })
    .await;
    projector.stop().await;
    let view = setting.view(1).await;
    assert!(rows(&view, "ticket", "id").await.is_empty());
}

/// The record at its checkpoint isn't the one that was read; the other partition's is.
#[tokio::test]
async fn a_damaged_partition_stops_alone_with_an_alarm() {
    let mut setting = Setting::memory(2).await;
    setting.append((0..20).map(opening)).await;
    let projector = setting.project(1);
    setting.caught_up(1).await;
    projector.stop().await;

    let store = setting.store.clone().expect("a log in memory");
    store.rewrite(Partition(0), |entries| {
        let last = entries.last_mut().expect("there are records");
        last.data = bytes::Bytes::from_static(b"{}");
    });
    let projector = setting.project(1);
    eventually("the damaged partition stops", async || {
        let all = projector.handle.progress().subscribe();
        let stopped = matches!(&all.borrow()[0].state, State::Stopped(why) if why.contains("changed or forked"));
        stopped
    })
    .await;
    let healthy = (20..)
        .map(opening)
        .filter(|(id, ..)| setting.partition_of(*id) == Partition(1))
        .take(5)
        .collect::<Vec<_>>();
    setting.append(healthy).await;
    let view = setting.view(1).await;
    eventually("the other one goes on", async || {
        rows(&view, "ticket", "id").await.len() == 25
    })
    .await;
    let alarm = projector.health.ready().expect_err("an alarm");
    assert!(alarm[0].1.contains("partition 0 has stopped"), "{alarm:?}");
    projector.stop().await;
}
