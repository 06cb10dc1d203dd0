//! Several workers, and such as stop or die in the middle.

use std::collections::BTreeMap;

use crate::http::{Manner, Receiver};
use crate::setting::{Setting, deliver, eventually, with_endpoints};
use crate::story::plain;

fn by_id(hook: &Receiver) -> BTreeMap<String, usize> {
    let mut by_id = BTreeMap::new();
    for one in hook.received() {
        *by_id
            .entry(one.header("webhook-id").to_owned())
            .or_default() += 1;
    }
    by_id
}

#[tokio::test]
async fn workers_side_by_side_send_each_notification_once() {
    let mut setting = Setting::new().await;
    let hook = Receiver::start(Manner::Slowly(5)).await;
    let config = with_endpoints(setting.config(), [("crm", hook.url.as_str())]);
    let workers = [
        deliver(config.clone()).await,
        deliver(config.clone()).await,
        deliver(config).await,
    ];
    for some in 0..4 {
        setting
            .happens((some * 50..some * 50 + 50).map(plain))
            .await;
    }
    setting.become_("delivered", 200).await;
    for worker in workers {
        worker.stop().await;
    }
    let by_id = by_id(&hook);
    assert_eq!(by_id.len(), 200);
    assert!(by_id.values().all(|times| *times == 1), "{by_id:?}");
    assert!(hook.twice_at_once().is_empty());
}

#[tokio::test]
async fn a_worker_that_stops_finishes_what_it_began() {
    let mut setting = Setting::new().await;
    let hook = Receiver::start(Manner::Slowly(300)).await;
    let config = with_endpoints(setting.config(), [("crm", hook.url.as_str())]);
    let worker = deliver(config.clone()).await;
    setting.happens((0..12).map(plain)).await;
    eventually("some are under way", async || !hook.received().is_empty()).await;
    worker.stop().await;
    let begun = hook.received().len();
    assert!(begun < 12, "nothing new was begun");
    setting.become_("delivered", begun as i64).await;

    hook.set(Manner::Takes);
    let worker = deliver(config).await;
    setting.become_("delivered", 12).await;
    worker.stop().await;
    assert!(by_id(&hook).values().all(|times| *times == 1));
}

/// Killed while the receiver is working on it: nobody knows whether it arrived, so it is sent again,
/// under the same id, and not before the dead worker's time is over.
#[tokio::test]
async fn what_a_dead_worker_had_begun_is_sent_again_by_another() {
    let mut setting = Setting::new().await;
    let hook = Receiver::start(Manner::Hangs).await;
    let mut config = with_endpoints(setting.config(), [("crm", hook.url.as_str())]);
    config.attempt_timeout_ms = 600;
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let doomed = runtime
        .spawn(deliver(config.clone()))
        .await
        .expect("starts");
    setting.happens((0..3).map(plain)).await;
    eventually("three are under way", async || hook.received().len() == 3).await;
    runtime.shutdown_background();
    drop(doomed);

    hook.set(Manner::Takes);
    let worker = deliver(config).await;
    setting.become_("delivered", 3).await;
    worker.stop().await;
    let by_id = by_id(&hook);
    assert_eq!(by_id.len(), 3);
    assert!(by_id.values().all(|times| *times == 2), "{by_id:?}");
}
