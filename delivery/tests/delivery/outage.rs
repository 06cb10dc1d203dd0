//! The database goes away while receivers are at work: what they took is not sent again.

use std::time::Duration;

use docket_supervisor::{Postgres, PostgresConfig, testing};
use tokio::time::Instant;

use crate::http::{Manner, Receiver};
use crate::setting::{Setting, deliver, eventually, with_endpoints};
use crate::story::plain;

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("no panic")
}

/// Whoever takes in, claims and notes is in a query that is never answered, as when the network is cut.
/// Each goes on over another connection, and what was sent is not sent again.
#[tokio::test]
async fn queries_that_are_never_answered_show_and_hold_nobody_up_for_ever() {
    let mut setting = Setting::new().await;
    let hook = Receiver::start(Manner::Slowly(1_000)).await;
    let mut config = with_endpoints(setting.config(), [("crm", hook.url.as_str())]);
    config.connect_timeout_ms = 500;
    config.attempt_timeout_ms = 5_000;
    let worker = deliver(config).await;
    setting.happens([plain(1)]).await;
    eventually("one is under way", async || hook.received().len() == 1).await;
    let pool = setting.tables("delivery").await;
    let mut held = pool.begin().await.expect("begins");
    sqlx::query("LOCK TABLE delivery")
        .execute(&mut *held)
        .await
        .expect("locks");
    let waiting = async || -> Vec<i32> {
        // Whoever counts only reads.
        let pids = sqlx::query_scalar(
            "SELECT pid FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'docket delivery'
               AND wait_event_type = 'Lock' AND query ~ 'INSERT|UPDATE'",
        );
        pids.fetch_all(&pool).await.expect("lists")
    };
    eventually("all three are in a query", async || {
        waiting().await.len() >= 3
    })
    .await;
    let frozen = Frozen::freeze(waiting().await);
    held.rollback().await.expect("ends");
    eventually("it shows", async || worker.health.ready().is_err()).await;
    eventually("it is well again", async || worker.health.ready().is_ok()).await;
    setting.become_("delivered", 1).await;
    setting.happens([plain(2)]).await;
    setting.become_("delivered", 2).await;
    assert_eq!(hook.received().len(), 2);
    worker.stop().await;
    drop(frozen);
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

/// How long the tables keep anybody from beginning the attempts under way again.
async fn attempts_hold(setting: &Setting) -> Duration {
    let left_s: f64 = sqlx::query_scalar(
        "SELECT greatest(extract(epoch FROM max(due_at) - now()), 0)::float8
         FROM delivery WHERE target IS NOT NULL",
    )
    .fetch_one(&setting.tables("delivery").await)
    .await
    .expect("counts");
    Duration::from_secs_f64(left_s)
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
    let held_until = Instant::now() + attempts_hold(&setting).await;
    let mut postgres = blocking(move || {
        postgres.kill();
        postgres
    })
    .await;
    for worker in &workers {
        eventually("it shows", async || worker.health.ready().is_err()).await;
    }
    tokio::time::sleep_until(held_until).await;
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
