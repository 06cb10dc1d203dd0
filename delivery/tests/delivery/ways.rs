//! Ways that are not configured, not known yet, or not there: what waits for them, what is given up,
//! and what nobody gets.

use std::collections::BTreeMap;

use docket_delivery::{DeliveryConfig, Queue, SmsConfig, Which};
use docket_domain::command::Customer;
use docket_domain::customer::{ContactChange, CustomerEvent, NotificationChannel};
use docket_domain::text::Personal;

use crate::http::{self, Receiver};
use crate::relay::{Manner, Relay};
use crate::setting::{Setting, deliver, eventually, with_endpoints, with_relay};
use crate::story::{about, opened, person, plain, registered};

fn with_sms(mut config: DeliveryConfig, url: &str) -> DeliveryConfig {
    config.sms = Some(SmsConfig {
        url: format!("{url}?to={{to}}"),
        method: "GET".to_owned(),
        headers: BTreeMap::new(),
        body: String::new(),
        format: docket_delivery::SmsFormat::Json,
    });
    config
}

/// Why each delivery waits.
async fn wait_for_reason(setting: &Setting, reason: &str) {
    eventually("it waits, and says why", async || {
        let deliveries = setting.deliveries().await;
        let reasons = deliveries.iter().map(|delivery| delivery.3.as_deref());
        !deliveries.is_empty() && reasons.clone().all(|why| why == Some(reason))
    })
    .await;
}

const UNSERVED: &str = "neither delivery.mail nor delivery.sms leads there";

#[tokio::test]
async fn what_is_held_goes_by_whichever_way_is_configured_next() {
    let mut setting = Setting::new().await;
    let carla = person(1);
    let worker = deliver(setting.config()).await;
    setting
        .happens([
            registered(
                carla,
                NotificationChannel::Sms,
                Some("c@example.com"),
                Some("+43 1"),
            ),
            opened(1, Customer::Registered(carla), "x", "en"),
            plain(2),
        ])
        .await;
    wait_for_reason(&setting, UNSERVED).await;
    for (target, state, attempts, _) in setting.deliveries().await {
        assert_eq!((target, state.as_str(), attempts), (None, "due", 0));
    }
    let idle: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM delivery WHERE due_at > now() + interval '23 hours'",
    )
    .fetch_one(&setting.tables("delivery").await)
    .await
    .expect("counts");
    assert_eq!(idle, 2, "nobody asks as long as nothing is configured");
    worker.stop().await;

    let relay = Relay::start(Manner::Takes).await;
    let worker = deliver(with_relay(setting.config(), relay.port)).await;
    setting.become_("delivered", 2).await;
    worker.stop().await;
    assert_eq!(
        relay.received().len(),
        2,
        "also to whom a text message would be dearer"
    );
}

#[tokio::test]
async fn what_is_held_too_long_is_no_news_by_any_way_unless_it_is_set_going() {
    let mut setting = Setting::new().await;
    let mut config = setting.config();
    config.contact_wait_ms = 1;
    let worker = deliver(config).await;
    setting.happens([plain(1)]).await;
    setting.become_("dropped", 1).await;
    worker.stop().await;
    let (target, _, attempts, reason) = setting.deliveries().await.remove(0);
    assert_eq!((target, attempts), (None, 0));
    assert_eq!(reason.as_deref(), Some(UNSERVED));

    let relay = Relay::start(Manner::Takes).await;
    let config = with_relay(setting.config(), relay.port);
    let worker = deliver(config.clone()).await;
    setting.happens([plain(2)]).await;
    setting.become_("delivered", 1).await;
    let queue = Queue::open(&config).await.expect("opens");
    let dropped = Which {
        dropped: true,
        ..Which::default()
    };
    assert_eq!(queue.redrive(&dropped).await.expect("redrives"), 1);
    setting.become_("delivered", 2).await;
    worker.stop().await;
}

#[tokio::test]
async fn what_goes_a_way_that_is_taken_away_goes_another_one() {
    let mut setting = Setting::new().await;
    let carla = person(1);
    let provider = Receiver::start(http::Manner::Answers(
        axum::http::StatusCode::SERVICE_UNAVAILABLE,
        u32::MAX,
    ))
    .await;
    let worker = deliver(with_sms(setting.config(), &provider.url)).await;
    setting
        .happens([
            registered(
                carla,
                NotificationChannel::Sms,
                Some("c@example.com"),
                Some("+43 1"),
            ),
            opened(1, Customer::Registered(carla), "x", "en"),
        ])
        .await;
    eventually("it is tried", async || !provider.received().is_empty()).await;
    worker.stop().await;
    let relay = Relay::start(Manner::Takes).await;
    // Until it is due again.
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    let worker = deliver(with_relay(setting.config(), relay.port)).await;
    setting.become_("delivered", 1).await;
    worker.stop().await;
    assert_eq!(relay.received().len(), 1);
}

/// Their partition of the log may be behind.
#[tokio::test]
async fn a_customer_whom_the_outbox_does_not_have_yet_is_waited_for() {
    let mut setting = Setting::new().await;
    let relay = Relay::start(Manner::Takes).await;
    let worker = deliver(with_relay(setting.config(), relay.port)).await;
    let late = person(1);
    setting
        .happens([opened(1, Customer::Registered(late), "x", "en")])
        .await;
    wait_for_reason(&setting, NO_CUSTOMER).await;
    let email = Some("late@example.com");
    setting
        .happens([registered(late, NotificationChannel::Sms, email, None)])
        .await;
    setting.become_("delivered", 1).await;
    worker.stop().await;
}

const NO_CUSTOMER: &str = "the outbox doesn't have the customer";

/// Nothing keeps anybody from opening a ticket for somebody who isn't registered.
#[tokio::test]
async fn whoever_is_registered_after_the_wait_gets_no_old_news_unless_it_is_set_going() {
    let mut setting = Setting::new().await;
    let relay = Relay::start(Manner::Takes).await;
    let mut config = with_relay(setting.config(), relay.port);
    config.contact_wait_ms = 1;
    let worker = deliver(config.clone()).await;
    let carla = person(1);
    setting
        .happens([opened(1, Customer::Registered(carla), "x", "en")])
        .await;
    setting.become_("dead", 1).await;
    let queue = Queue::open(&config).await.expect("opens");
    let dead = queue.dead(&Which::default(), 9).await.expect("lists");
    assert_eq!(dead[0].reason.as_deref(), Some(NO_CUSTOMER));

    let email = Some("c@example.com");
    setting
        .happens([
            registered(carla, NotificationChannel::Email, email, None),
            opened(2, Customer::Registered(carla), "x", "en"),
        ])
        .await;
    setting.become_("delivered", 1).await;
    assert_eq!(relay.received().len(), 1, "of the new one only");
    assert_eq!(queue.redrive(&Which::default()).await.expect("redrives"), 1);
    setting.become_("delivered", 2).await;
    worker.stop().await;
}

/// What was held before counts for nothing: a generation may have the customers last.
#[tokio::test]
async fn a_customer_whom_the_outbox_loses_for_a_time_is_waited_for_from_then_on() {
    let mut setting = Setting::new().await;
    let carla = person(1);
    let worker = deliver(setting.config()).await;
    let email = Some("c@example.com");
    setting
        .happens([
            registered(carla, NotificationChannel::Email, email, None),
            opened(1, Customer::Registered(carla), "x", "en"),
        ])
        .await;
    wait_for_reason(&setting, UNSERVED).await;
    worker.stop().await;
    let long_ago = "UPDATE delivery SET waits_since = now() - interval '2 days'";
    let tables = setting.tables("delivery").await;
    sqlx::query(long_ago).execute(&tables).await.expect("ages");
    let outbox = setting.tables("outbox_1").await;
    for step in [
        "CREATE TABLE aside AS TABLE customer",
        "DELETE FROM customer",
    ] {
        sqlx::query(step)
            .execute(&outbox)
            .await
            .expect("sets aside");
    }

    let relay = Relay::start(Manner::Takes).await;
    let worker = deliver(with_relay(setting.config(), relay.port)).await;
    wait_for_reason(&setting, NO_CUSTOMER).await;
    assert_eq!(setting.deliveries().await[0].1, "due");
    sqlx::query("INSERT INTO customer SELECT * FROM aside")
        .execute(&outbox)
        .await
        .expect("has them again");
    setting.become_("delivered", 1).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_customer_without_an_address_is_a_dead_letter_until_there_is_one() {
    let mut setting = Setting::new().await;
    let relay = Relay::start(Manner::Takes).await;
    let mut config = with_relay(setting.config(), relay.port);
    config.contact_wait_ms = 1;
    let worker = deliver(config.clone()).await;
    let carla = person(1);
    setting
        .happens([
            registered(carla, NotificationChannel::Email, None, None),
            opened(1, Customer::Registered(carla), "x", "en"),
        ])
        .await;
    setting.become_("dead", 1).await;
    let queue = Queue::open(&config).await.expect("opens");
    let dead = queue.dead(&Which::default(), 9).await.expect("lists");
    assert_eq!(
        dead[0].reason.as_deref(),
        Some("the customer has neither e-mail nor telephone")
    );
    let email = docket_domain::customer::Email::new("c@example.com").expect("an address");
    let change = ContactChange {
        email: Some(Some(Personal::Known(email))),
        ..ContactChange::default()
    };
    let change = CustomerEvent::ContactChanged(Box::new(change));
    setting.happens([about(carla, change)]).await;
    assert_eq!(queue.redrive(&Which::default()).await.expect("redrives"), 1);
    setting.become_("delivered", 1).await;
    worker.stop().await;
}

/// Dropped is not dead, and no alarm; but it can be seen, and set going once they want it.
#[tokio::test]
async fn what_nobody_was_to_get_can_be_seen_and_set_going() {
    let mut setting = Setting::new().await;
    let relay = Relay::start(Manner::Takes).await;
    let config = with_relay(setting.config(), relay.port);
    let worker = deliver(config.clone()).await;
    let carla = person(1);
    let email = Some("c@example.com");
    setting
        .happens([
            registered(carla, NotificationChannel::None, email, None),
            opened(1, Customer::Registered(carla), "x", "en"),
        ])
        .await;
    setting.become_("dropped", 1).await;
    let queue = Queue::open(&config).await.expect("opens");
    let status = queue.status().await.expect("counts");
    let why = "the customer wants no notifications";
    let line = status.iter().find(|line| line.state == "dropped");
    assert_eq!(line.and_then(|line| line.reason.as_deref()), Some(why));
    assert!(
        queue
            .dead(&Which::default(), 9)
            .await
            .expect("lists")
            .is_empty()
    );
    assert_eq!(queue.redrive(&Which::default()).await.expect("redrives"), 0);
    let dropped = Which {
        dropped: true,
        ..Which::default()
    };
    let listed = queue.dead(&dropped, 9).await.expect("lists");
    assert_eq!(listed[0].reason.as_deref(), Some(why));

    let preferences = docket_domain::customer::PreferencesChange {
        channel: Some(NotificationChannel::Email),
        ..docket_domain::customer::PreferencesChange::default()
    };
    let change = CustomerEvent::PreferencesChanged(preferences);
    setting.happens([about(carla, change)]).await;
    let one = Which {
        id: Some(listed[0].id),
        ..Which::default()
    };
    assert_eq!(queue.redrive(&one).await.expect("redrives"), 1);
    setting.become_("delivered", 1).await;
    worker.stop().await;
    assert_eq!(relay.received().len(), 1);
}

/// A generation that is still being filled is not the endpoint's fault: no attempt is spent on it.
#[tokio::test]
async fn what_the_outbox_does_not_have_is_not_tried_and_counts_as_no_attempt() {
    let mut setting = Setting::new().await;
    let hook = Receiver::start(http::Manner::Answers(
        axum::http::StatusCode::SERVICE_UNAVAILABLE,
        1,
    ))
    .await;
    let mut config = with_endpoints(setting.config(), [("crm", hook.url.as_str())]);
    config.retry_after_ms = vec![500];
    let worker = deliver(config.clone()).await;
    setting.happens([plain(1)]).await;
    eventually("it is tried once", async || hook.received().len() == 1).await;
    worker.stop().await;

    let outbox = docket_migrations::prepare(&setting.url, "outbox_2", &docket_migrations::OUTBOX);
    outbox.await.expect("empty tables");
    config.outbox = "outbox_2".to_owned();
    let worker = deliver(config).await;
    eventually("it waits", async || {
        let deliveries = setting.deliveries().await;
        let why = "the outbox doesn't have the notification";
        deliveries
            .iter()
            .any(|one| one.3.as_deref() == Some(why) && one.2 == 1)
    })
    .await;
    // Often enough that the schedule would be over.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    setting.project(2);
    setting.become_("delivered", 1).await;
    worker.stop().await;
    assert_eq!(hook.received().len(), 2);
}
