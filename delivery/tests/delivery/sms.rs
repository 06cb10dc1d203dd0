//! Text messages, as a provider receives them.

use std::collections::BTreeMap;

use docket_delivery::{Secret, SmsConfig};
use docket_domain::command::Customer;
use docket_domain::customer::NotificationChannel;

use crate::http::{Manner, Receiver};
use crate::setting::{Setting, deliver};
use crate::story::{number, opened, person, registered};

#[tokio::test]
async fn a_customer_who_prefers_it_gets_a_text_message() {
    let mut setting = Setting::new().await;
    let provider = Receiver::start(Manner::Answers(
        axum::http::StatusCode::TOO_MANY_REQUESTS,
        1,
    ))
    .await;
    let mut config = setting.config();
    let token = Secret("Bearer letmein".to_owned());
    config.sms = Some(SmsConfig {
        url: provider.url.clone(),
        method: "POST".to_owned(),
        headers: BTreeMap::from([("authorization".to_owned(), token)]),
        body: r#"{"to": "{to}", "text": "{text}", "reference": "{id}"}"#.to_owned(),
        format: docket_delivery::SmsFormat::Json,
    });
    let worker = deliver(config).await;
    let carla = person(1);
    setting
        .happens([
            registered(
                carla,
                NotificationChannel::Sms,
                Some("c@example.com"),
                Some("+43 (1) 234-5"),
            ),
            opened(1, Customer::Registered(carla), "\"}, x", "en"),
        ])
        .await;
    setting.become_("delivered", 1).await;
    worker.stop().await;

    let received = provider.received();
    assert_eq!(received.len(), 2, "again after 429");
    let keys: Vec<_> = received
        .iter()
        .map(|one| one.header("idempotency-key"))
        .collect();
    assert_eq!(keys[0], keys[1]);
    assert_eq!(received[1].header("authorization"), "Bearer letmein");
    let body: serde_json::Value = serde_json::from_str(&received[1].body).expect("JSON");
    assert_eq!(body["to"], "+4312345");
    assert_eq!(
        body["text"],
        format!(
            "Acme: Ihre Anfrage ist eingegangen. Ihre Ticketnummer ist {}.",
            number(1)
        )
    );
    assert_eq!(body["reference"], keys[0]);
}

#[tokio::test]
async fn a_number_that_the_provider_refuses_is_dead_at_once() {
    let mut setting = Setting::new().await;
    let provider = Receiver::start(Manner::Answers(axum::http::StatusCode::BAD_REQUEST, 9)).await;
    let mut config = setting.config();
    config.sms = Some(SmsConfig {
        url: format!("{}?to={{to}}&text={{text}}", provider.url),
        method: "GET".to_owned(),
        headers: BTreeMap::new(),
        body: String::new(),
        format: docket_delivery::SmsFormat::Form,
    });
    let worker = deliver(config).await;
    let carla = person(1);
    setting
        .happens([
            registered(carla, NotificationChannel::Sms, None, Some("+43 1")),
            opened(1, Customer::Registered(carla), "x", "en"),
        ])
        .await;
    setting.become_("dead", 1).await;
    worker.stop().await;
    let received = provider.received();
    assert_eq!(received.len(), 1);
    assert!(
        received[0]
            .path
            .starts_with("/hook?to=%2B431&text=Acme%3A%20Ihre"),
        "{}",
        received[0].path
    );
}
