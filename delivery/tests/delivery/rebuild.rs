//! The outbox read again: nothing is sent twice, and nothing from before the worker's time.

use crate::http::{Manner, Receiver};
use crate::setting::{Setting, deliver, eventually, with_endpoints};
use crate::story::{plain, resolved};

async fn pending(setting: &Setting, schema: &str) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM pending")
        .fetch_one(&setting.tables(schema).await)
        .await
        .expect("the table is there")
}

#[tokio::test]
async fn a_rebuilt_outbox_sends_nothing_again() {
    let mut setting = Setting::new().await;
    let hook = Receiver::start(Manner::Takes).await;
    let config = with_endpoints(setting.config(), [("crm", hook.url.as_str())]);
    let worker = deliver(config.clone());
    setting.happens((0..30).map(plain)).await;
    setting.become_("delivered", 30).await;
    worker.stop().await;

    setting.project(2);
    setting.caught_up(2).await;
    assert_eq!(pending(&setting, "outbox_2").await, 60);
    let mut rebuilt = config;
    rebuilt.outbox = "outbox_2".to_owned();
    let worker = deliver(rebuilt);
    // And it goes on from there.
    setting.happens([resolved(7)]).await;
    setting.caught_up(2).await;
    setting.become_("delivered", 31).await;
    eventually("all is taken", async || {
        pending(&setting, "outbox_2").await == 0
    })
    .await;
    worker.stop().await;
    assert_eq!(hook.received().len(), 31);
    assert_eq!(setting.deliveries().await.len(), 62, "one more each");
}

#[tokio::test]
async fn what_was_before_the_worker_is_nobodys_news() {
    let mut setting = Setting::before_the_worker().await;
    let hook = Receiver::start(Manner::Takes).await;
    setting.happens((0..10).map(plain)).await;
    setting.project(1);
    setting.caught_up(1).await;
    let worker = deliver(with_endpoints(
        setting.config(),
        [("crm", hook.url.as_str())],
    ));
    eventually("all is taken", async || {
        pending(&setting, "outbox_1").await == 0
    })
    .await;
    setting.happens([resolved(7)]).await;
    setting.become_("delivered", 1).await;
    worker.stop().await;
    let received = hook.received();
    assert_eq!(received.len(), 1);
    assert!(
        received[0].body.contains("ticket.resolved"),
        "{}",
        received[0].body
    );
}
