//! Webhooks, as receivers get them: good ones, bad ones, and such as must not be called.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use docket_delivery::{Secret, signature};
use docket_domain::TicketEvent;

use crate::http::{Manner, Receiver, trickling};
use crate::setting::{SECRET, Setting, deliver, eventually, with_endpoints};
use crate::story::{caller, number, of, opened, person, plain, ticket};

/// What a receiver does: any of the signatures, over the very bytes of the body.
fn verified(received: &crate::http::Received, secret: &str) -> bool {
    let key = BASE64_STANDARD
        .decode(&secret["whsec_".len()..])
        .expect("base64");
    let timestamp = received
        .header("webhook-timestamp")
        .parse()
        .expect("seconds");
    let id = received.header("webhook-id");
    let expected = signature(&key, id, timestamp, received.body.as_bytes());
    let signatures = received.header("webhook-signature");
    signatures.split(' ').any(|signature| signature == expected)
}

#[tokio::test]
async fn an_endpoint_gets_a_thin_event_signed_with_every_secret_under_one_id() {
    let mut setting = Setting::new().await;
    let hook = Receiver::start(Manner::Answers(StatusCode::SERVICE_UNAVAILABLE, 2)).await;
    let other = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4";
    let mut config = with_endpoints(setting.config(), [("crm", hook.url.as_str())]);
    let endpoint = config
        .webhooks
        .endpoints
        .get_mut("crm")
        .expect("configured");
    endpoint.secrets.push(Secret(other.to_owned()));
    endpoint.kinds = std::collections::BTreeSet::from(["ticket.assigned".to_owned()]);
    let worker = deliver(config).await;
    let assigned = TicketEvent::Assigned {
        consultant: person(5),
        decision: None,
    };
    setting
        .happens([
            opened(
                4,
                caller("Rosa Luz", "rosa@example.com"),
                "Kein Licht",
                "de",
            ),
            of(4, assigned),
        ])
        .await;
    setting.become_("delivered", 1).await;
    worker.stop().await;

    let received = hook.received();
    assert_eq!(
        received.len(),
        3,
        "two refusals, and only of the kind it asked for"
    );
    for one in &received {
        assert!(verified(one, SECRET) && verified(one, other));
        assert!(!verified(one, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
        assert_eq!(one.header("webhook-id"), received[0].header("webhook-id"));
        assert_eq!(one.body, received[0].body);
        for personal in ["Rosa", "Licht", "example.com"] {
            assert!(!one.body.contains(personal), "{}", one.body);
        }
    }
    let body: serde_json::Value = serde_json::from_str(&received[0].body).expect("JSON");
    assert_eq!(body["type"], "ticket.assigned");
    assert_eq!(body["data"]["ticket"], ticket(4).to_string());
    assert_eq!(body["data"]["number"], number(4));
    assert_eq!(body["data"]["version"], 2);
    assert_eq!(body["data"]["consultant"], person(5).to_string());
    assert!(
        body["timestamp"]
            .as_str()
            .is_some_and(|time| time.ends_with('Z')),
        "{body}"
    );
}

#[tokio::test]
async fn receivers_that_hang_trickle_or_fail_for_ever_delay_no_other() {
    let mut setting = Setting::new().await;
    let (hangs, fails) = (
        Receiver::start(Manner::Hangs).await,
        Receiver::start(Manner::Answers(StatusCode::INTERNAL_SERVER_ERROR, u32::MAX)).await,
    );
    let (good, trickles) = (Receiver::start(Manner::Takes).await, trickling().await);
    let mut config = with_endpoints(
        setting.config(),
        [
            ("a", hangs.url.as_str()),
            ("b", fails.url.as_str()),
            ("c", trickles.as_str()),
            ("good", good.url.as_str()),
        ],
    );
    config.concurrency = 2;
    config.attempt_timeout_ms = 200;
    config.retry_after_ms = vec![10];
    let worker = deliver(config).await;
    setting.happens((0..20).map(plain)).await;
    eventually("the good one has all", async || good.received().len() == 20).await;
    assert!(
        hangs.received().len() < 20,
        "the one that hangs is far behind"
    );
    // Of each kind of trouble: the schedule, and then dead, with the reason.
    setting.become_("dead", 60).await;
    worker.stop().await;
    let mut reasons: Vec<_> = setting
        .deliveries()
        .await
        .into_iter()
        .filter(|one| one.1 == "dead")
        .filter_map(|one| one.3)
        .collect();
    reasons.sort();
    reasons.dedup();
    assert_eq!(
        reasons,
        [
            "answered 500 Internal Server Error",
            "no answer within 200 ms"
        ]
    );
    assert_eq!(fails.received().len(), 40, "twice each");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let mut setting = Setting::new().await;
    let elsewhere = Receiver::start(Manner::Takes).await;
    let hook = Receiver::start(Manner::Redirects(elsewhere.url.clone())).await;
    let worker = deliver(with_endpoints(
        setting.config(),
        [("crm", hook.url.as_str())],
    ))
    .await;
    setting.happens([plain(1)]).await;
    setting.become_("dead", 1).await;
    worker.stop().await;
    assert_eq!(hook.received().len(), 4, "the whole schedule");
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn what_an_endpoint_says_is_gone_is_not_sent_to_it_again() {
    let mut setting = Setting::new().await;
    let hook = Receiver::start(Manner::Answers(StatusCode::GONE, 9)).await;
    let worker = deliver(with_endpoints(
        setting.config(),
        [("crm", hook.url.as_str())],
    ))
    .await;
    setting.happens([plain(1)]).await;
    setting.become_("dead", 1).await;
    worker.stop().await;
    assert_eq!(hook.received().len(), 1);
}

/// By address, in disguise, and by a name that resolves to one.
#[tokio::test]
async fn what_is_not_public_is_not_called_unless_it_is_allowed() {
    let mut setting = Setting::new().await;
    let hook = Receiver::start(Manner::Takes).await;
    let by_name = hook.url.replace("127.0.0.1", "localhost");
    let mapped = hook.url.replace("127.0.0.1", "[::ffff:127.0.0.1]");
    let number = hook.url.replace("127.0.0.1", "2130706433");
    let urls = [
        ("address", hook.url.as_str()),
        ("mapped", mapped.as_str()),
        ("name", by_name.as_str()),
        ("number", number.as_str()),
    ];
    let mut refusing = with_endpoints(setting.config(), urls);
    refusing.webhooks.allow_networks = vec!["10.0.0.0/8".to_owned()];
    let worker = deliver(refusing).await;
    setting.happens([plain(1)]).await;
    setting.become_("dead", 4).await;
    worker.stop().await;
    assert!(hook.received().is_empty());
    for (target, state, attempts, reason) in setting.deliveries().await {
        if state == "dead" {
            assert_eq!(attempts, 1, "{target:?}");
            let reason = reason.expect("a reason");
            assert!(
                reason.contains("is not a public address"),
                "{target:?}: {reason}"
            );
        }
    }

    let worker = deliver(with_endpoints(setting.config(), urls)).await;
    setting.happens([plain(2)]).await;
    eventually("all four ways lead there", async || {
        hook.received().len() == 4
    })
    .await;
    worker.stop().await;
}
