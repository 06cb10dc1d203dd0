//! The network forgets the connections that exist, without a word to either end; new ones are well.

use docket_supervisor::testing::Proxy;
use sqlx::PgPool;

use crate::http::{Manner, Receiver};
use crate::setting::{Setting, deliver, eventually, with_endpoints};
use crate::story::plain;

/// All that the pool may have are in the middle of something.
#[tokio::test]
async fn connections_that_were_cut_off_are_given_up_for_new_ones() {
    let mut setting = Setting::new().await;
    let hook = Receiver::start(Manner::Takes).await;
    let network = Proxy::start(&setting.url);
    let mut config = with_endpoints(setting.config(), [("crm", hook.url.as_str())]);
    config.url = network.url();
    config.connect_timeout_ms = 500;
    config.connections_max = 2;
    let worker = deliver(config).await;
    setting.happens([plain(1)]).await;
    setting.become_("delivered", 1).await;

    let pool = setting.tables("delivery").await;
    let mut held = pool.begin().await.expect("begins");
    sqlx::query("LOCK TABLE delivery")
        .execute(&mut *held)
        .await
        .expect("locks");
    setting.happens([plain(2)]).await;
    wait_for_locks(&pool, 2).await;
    network.cut_off();
    eventually("it shows", async || worker.health.ready().is_err()).await;
    held.rollback().await.expect("ends");

    eventually("it is well again", async || worker.health.ready().is_ok()).await;
    setting.become_("delivered", 2).await;
    setting.happens([plain(3)]).await;
    setting.become_("delivered", 3).await;
    worker.stop().await;
    assert_eq!(hook.received().len(), 3);
}

/// The database doesn't know that nobody will ever end that transaction.
#[tokio::test]
async fn what_was_being_taken_when_it_was_cut_off_is_taken_again() {
    let mut setting = Setting::new().await;
    let hook = Receiver::start(Manner::Takes).await;
    let network = Proxy::start(&setting.url);
    let mut config = with_endpoints(setting.config(), [("crm", hook.url.as_str())]);
    config.url = network.url();
    config.connect_timeout_ms = 500;
    deliver(config.clone()).await.stop().await;
    setting.happens([plain(1)]).await;

    let pool = setting.tables("delivery").await;
    let mut held = pool.begin().await.expect("begins");
    sqlx::query("INSERT INTO taken SELECT id, recorded_at FROM outbox_1.pending")
        .execute(&mut *held)
        .await
        .expect("keeps them from being taken");
    let starting = tokio::spawn(deliver(config));
    wait_for_locks(&pool, 1).await;
    network.cut_off();
    held.rollback().await.expect("ends");

    let worker = starting.await.expect("gets ready");
    setting.become_("delivered", 1).await;
    worker.stop().await;
    assert_eq!(hook.received().len(), 1);
}

async fn wait_for_locks(pool: &PgPool, connections: i64) {
    eventually("so many connections wait for an answer", async || {
        let waiting = sqlx::query_scalar::<_, i64>(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'docket delivery'
               AND wait_event_type = 'Lock'",
        );
        waiting.fetch_one(pool).await.expect("counts") == connections
    })
    .await;
}
