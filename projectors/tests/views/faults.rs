//! Databases that go away and come back, logs that are not what they were.

use docket_domain::ids::TicketId;
use docket_domain::stream::{Event, StreamId};
use docket_domain::{EventContext, TicketEvent};
use docket_event_log::Partition;
use docket_projectors::read_model::State;
use docket_supervisor::{Postgres, PostgresConfig, testing};
use sqlx::{PgPool, Transaction};
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

    stop(server).await;
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

#[tokio::test]
async fn an_outage_while_nothing_comes_shows_only_as_long_as_it_lasts() {
    let config = testing::test_settings(PostgresConfig::new(testing::directory("idle")));
    let server = start(&config).await;
    let mut setting = Setting::memory(1).await;
    setting.url = server.url();
    let mut view = setting.config(1);
    view.connect_timeout_ms = 500;
    let projector = setting.project_with(view);
    setting.append([opening(1)]).await;
    setting.caught_up(1).await;
    stop(server).await;
    eventually("the projector says that it waits", async || {
        projector.health.ready().is_err()
    })
    .await;

    let _server = start(&config).await;
    // Before the projector looks again.
    setting.append([opening(2)]).await;
    setting.caught_up(1).await;
    eventually("the projector is well again", async || {
        projector.health.ready().is_ok()
    })
    .await;
    projector.stop().await;
}

/// Commits don't wait for the disk, and no record comes after those that were lost; nor do the first
/// checkpoints.
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
    server.kill();
    let mut server = restarted(server).await;
    setting.caught_up(1).await;
    setting.append((3..20).map(opening)).await;
    setting.caught_up(1).await;
    server.kill();
    let _server = restarted(server).await;

    let view = setting.caught_up(1).await;
    assert_eq!(rows(&view, "ticket", "id").await.len(), 19);
    projector.stop().await;
}

#[tokio::test]
async fn a_view_that_is_dropped_is_filled_again() {
    let mut setting = Setting::memory(2).await;
    let projector = setting.project(1);
    setting.append((0..10).map(opening)).await;
    let view = setting.caught_up(1).await;
    for come in [10..20, 20..20] {
        sqlx::query("DROP SCHEMA read_model_1 CASCADE")
            .execute(&view)
            .await
            .expect("it is there");
        setting.append(come.map(opening)).await;
        setting.caught_up(1).await;
        assert_eq!(rows(&view, "ticket", "id").await.len(), 20);
    }
    eventually("the projector is well", async || {
        projector.health.ready().is_ok()
    })
    .await;
    projector.stop().await;
}

#[tokio::test]
async fn a_database_that_falls_silent_shows_and_is_used_again_when_it_speaks() {
    let mut setting = Setting::memory(1).await;
    let mut config = setting.config(1);
    config.connect_timeout_ms = 300;
    let projector = setting.project_with(config);
    setting.append([opening(1)]).await;
    let view = setting.caught_up(1).await;
    let silent = lock(&view).await;
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

/// In the middle of a commit on each of its connections.
#[tokio::test]
async fn a_database_that_was_cut_off_is_reached_on_other_connections() {
    let mut setting = Setting::memory(2).await;
    let proxy = testing::Proxy::start(&setting.url);
    let mut config = setting.config(1);
    config.url = proxy.url();
    config.connect_timeout_ms = 500;
    config.connections_max = 2;
    let projector = setting.project_with(config);
    setting.append((0..10).map(opening)).await;
    let view = setting.caught_up(1).await;
    let held = lock(&view).await;
    setting.append((10..20).map(opening)).await;
    eventually("both partitions are in a commit", async || {
        let waiting = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        let waiting: i64 = waiting.fetch_one(&view).await.expect("it is answered");
        waiting == 2
    })
    .await;
    proxy.cut_off();
    held.rollback().await.expect("ends");

    let view = setting.caught_up(1).await;
    assert_eq!(rows(&view, "ticket", "id").await.len(), 20);
    projector.stop().await;
}

#[tokio::test]
async fn work_that_takes_longer_than_it_should_is_done_some_time() {
    let mut setting = Setting::memory(1).await;
    let mut config = setting.config(1);
    config.connect_timeout_ms = 200;
    let projector = setting.project_with(config);
    setting.append([opening(1)]).await;
    let view = setting.caught_up(1).await;
    for sql in [
        "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql
             AS $$ BEGIN PERFORM pg_sleep(2); RETURN new; END $$",
        "CREATE TRIGGER slowly BEFORE UPDATE ON checkpoint
             FOR EACH ROW EXECUTE FUNCTION slowly()",
    ] {
        sqlx::query(sql).execute(&view).await.expect("can be made");
    }
    setting.append([opening(2)]).await;
    let view = setting.caught_up(1).await;
    assert_eq!(rows(&view, "ticket", "id").await.len(), 2);
    projector.stop().await;
}

async fn stop(server: Postgres) {
    tokio::task::spawn_blocking(move || drop(server))
        .await
        .expect("stopping doesn't panic");
}

async fn restarted(mut server: Postgres) -> Postgres {
    let started = tokio::task::spawn_blocking(|| server.restart().map(|()| server));
    started.await.expect("no panic").expect("it starts again")
}

/// Nobody gets past the checkpoints until the transaction ends.
async fn lock(view: &PgPool) -> Transaction<'static, sqlx::Postgres> {
    let mut transaction = view.begin().await.expect("begins");
    sqlx::query("LOCK TABLE checkpoint")
        .execute(&mut *transaction)
        .await
        .expect("nobody else locks it");
    transaction
}

#[tokio::test]
async fn a_database_that_is_not_there_yet_is_waited_for() {
    let config = testing::test_settings(PostgresConfig::new(testing::directory("late")));
    let server = start(&config).await;
    let mut setting = Setting::memory(1).await;
    setting.url = server.url();
    stop(server).await;
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
