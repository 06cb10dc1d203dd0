//! The outbox read again: nothing is sent twice, and nothing from before the worker's time.

use std::collections::BTreeSet;

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
    let worker = deliver(config.clone()).await;
    setting.happens((0..30).map(plain)).await;
    setting.become_("delivered", 30).await;
    worker.stop().await;

    setting.project(2);
    setting.caught_up(2).await;
    assert_eq!(pending(&setting, "outbox_2").await, 60);
    let mut rebuilt = config;
    rebuilt.outbox = "outbox_2".to_owned();
    let worker = deliver(rebuilt).await;
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
    ))
    .await;
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

async fn all_taken(setting: &Setting, schema: &str) {
    eventually("all is taken", async || pending(setting, schema).await == 0).await;
}

/// Kinds that an endpoint asks for later, and an endpoint that comes later: what was before is no news
/// to them, neither when the outbox is built anew nor when it was waiting to be taken.
#[tokio::test]
async fn whoever_is_configured_later_is_told_of_nothing_that_was_before() {
    let mut setting = Setting::new().await;
    let (early, late) = (
        Receiver::start(Manner::Takes).await,
        Receiver::start(Manner::Takes).await,
    );
    let mut config = with_endpoints(setting.config(), [("early", early.url.as_str())]);
    let endpoint = config.webhooks.endpoints.get_mut("early").expect("there");
    endpoint.kinds = BTreeSet::from(["ticket.received".to_owned()]);
    let worker = deliver(config).await;
    setting.happens((0..10).map(plain)).await;
    setting.happens((0..10).map(resolved)).await;
    setting.become_("delivered", 10).await;
    all_taken(&setting, "outbox_1").await;
    worker.stop().await;

    // While nobody works.
    setting.happens([plain(10), resolved(10)]).await;
    setting.project(2);
    setting.caught_up(2).await;
    let urls = [("early", early.url.as_str()), ("late", late.url.as_str())];
    let mut config = with_endpoints(setting.config(), urls);
    config.outbox = "outbox_2".to_owned();
    let worker = deliver(config).await;
    all_taken(&setting, "outbox_2").await;
    setting.become_("delivered", 11).await;
    setting.happens([plain(11), resolved(11)]).await;
    setting.caught_up(2).await;
    setting.become_("delivered", 15).await;
    worker.stop().await;
    assert_eq!((early.received().len(), late.received().len()), (13, 2));
}

/// What ended long ago leaves the tables, and a rebuild doesn't bring it back.
#[tokio::test]
async fn what_is_forgotten_is_not_sent_again() {
    let mut setting = Setting::new().await;
    let hook = Receiver::start(Manner::Takes).await;
    let config = with_endpoints(setting.config(), [("crm", hook.url.as_str())]);
    let worker = deliver(config.clone()).await;
    setting.happens((0..10).map(plain)).await;
    setting.become_("delivered", 10).await;
    all_taken(&setting, "outbox_1").await;
    worker.stop().await;

    let mut forgetful = config.clone();
    forgetful.keep_ms = 1;
    let worker = deliver(forgetful).await;
    let tables = setting.tables("delivery").await;
    eventually("all that is over is forgotten", async || {
        let left = "SELECT (SELECT count(*) FROM taken)
                         + (SELECT count(*) FROM delivery WHERE state <> 'due')";
        let left = sqlx::query_scalar::<_, i64>(left).fetch_one(&tables);
        left.await.expect("counts") == 0
    })
    .await;
    worker.stop().await;
    assert_eq!(
        setting.deliveries().await.len(),
        10,
        "held for want of a way"
    );

    setting.project(2);
    setting.caught_up(2).await;
    let mut rebuilt = config;
    rebuilt.outbox = "outbox_2".to_owned();
    let worker = deliver(rebuilt).await;
    all_taken(&setting, "outbox_2").await;
    setting.happens([resolved(7)]).await;
    setting.become_("delivered", 1).await;
    worker.stop().await;
    assert_eq!(hook.received().len(), 11);
}
