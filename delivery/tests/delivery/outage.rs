//! The database goes away while receivers are at work: what they took is not sent again.

use std::time::Duration;

use docket_supervisor::{Postgres, PostgresConfig, testing};

use crate::http::{Manner, Receiver};
use crate::setting::{Setting, deliver, eventually, with_endpoints};
use crate::story::plain;

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("no panic")
}

/// Frozen in the middle of a query: the connection stays open, and nobody answers.
#[tokio::test]
async fn a_database_that_falls_silent_shows_and_is_used_again_when_it_speaks() {
    let mut setting = Setting::new().await;
    let mut config = setting.config();
    config.connect_timeout_ms = 500;
    let worker = deliver(config).await;
    let pool = setting.tables("delivery").await;
    let mut held = pool.begin().await.expect("begins");
    sqlx::query("LOCK TABLE delivery")
        .execute(&mut *held)
        .await
        .expect("locks");
    let waiting = async || -> Vec<i32> {
        let pids = sqlx::query_scalar(
            "SELECT pid FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'docket delivery'
               AND wait_event_type = 'Lock'",
        );
        pids.fetch_all(&pool).await.expect("lists")
    };
    eventually("the worker is in a query", async || {
        !waiting().await.is_empty()
    })
    .await;
    let frozen = Frozen::freeze(waiting().await);
    held.rollback().await.expect("ends");
    eventually("it shows", async || worker.health.ready().is_err()).await;
    drop(frozen);
    eventually("it is well again", async || worker.health.ready().is_ok()).await;
    setting.happens([plain(1)]).await;
    setting.become_("due", 1).await;
    worker.stop().await;
}

/// Processes of the database; they go on when it is dropped, however the test ends.
struct Frozen(Vec<i32>);

impl Frozen {
    fn freeze(pids: Vec<i32>) -> Self {
        signal("-STOP", &pids);
        Self(pids)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        signal("-CONT", &self.0);
    }
}

fn signal(signal: &str, pids: &[i32]) {
    let mut kill = std::process::Command::new("kill");
    kill.arg(signal).args(pids.iter().map(ToString::to_string));
    assert!(kill.status().expect("runs").success());
}

/// Killed under five attempts, and away for longer than they may take: what became of them is noted
/// when it is back, before either worker begins anything.
#[tokio::test]
async fn what_was_sent_under_an_outage_is_noted_after_it_and_not_sent_again() {
    let config = PostgresConfig::new(testing::directory("postgres"));
    let mut postgres =
        blocking(move || Postgres::start(&testing::test_settings(config)).expect("starts")).await;
    testing::create_database(&postgres, "deliveries")
        .await
        .expect("creates");
    let mut setting = Setting::with_tables(postgres.database_url("deliveries")).await;
    let hook = Receiver::start(Manner::Slowly(700)).await;
    let mut config = with_endpoints(setting.config(), [("crm", hook.url.as_str())]);
    config.concurrency = 5;
    config.connect_timeout_ms = 1_000;
    let workers = [deliver(config.clone()).await, deliver(config).await];
    setting.happens((0..5).map(plain)).await;
    eventually("all five are under way", async || {
        hook.received().len() == 5
    })
    .await;
    let mut postgres = blocking(move || {
        postgres.kill();
        postgres
    })
    .await;
    // Longer than the attempts' own time and the margin, so that nothing in the tables holds them.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let postgres = blocking(move || {
        postgres.restart().expect("starts again");
        postgres
    })
    .await;
    setting.become_("delivered", 5).await;
    // It goes on.
    setting.happens([plain(9)]).await;
    setting.become_("delivered", 6).await;
    for worker in workers {
        worker.stop().await;
    }
    assert_eq!(hook.received().len(), 6);
    drop(setting);
    blocking(move || drop(postgres)).await;
}
