//! Mail, as a relay receives it.

use docket_domain::command::Customer;
use docket_domain::customer::{CustomerEvent, NotificationChannel};

use crate::http::Receiver;
use crate::relay::{Manner, Relay};
use crate::setting::{Setting, deliver, eventually, with_endpoints, with_relay};
use crate::story::{about, caller, number, opened, person, plain, registered, resolved};

#[tokio::test]
async fn a_customer_is_told_in_their_language_under_a_stable_id() {
    let mut setting = Setting::new().await;
    let relay = Relay::start(Manner::Refuses("451 4.3.0 Later", 2)).await;
    let worker = deliver(with_relay(setting.config(), relay.port)).await;
    let carla = person(1);
    setting
        .happens([
            opened(3, Customer::Registered(carla), "Kein Licht", "en"),
            registered(
                carla,
                NotificationChannel::Email,
                Some("carla@example.com"),
                None,
            ),
        ])
        .await;
    setting.become_("delivered", 1).await;
    worker.stop().await;

    let mails = relay.received();
    assert_eq!(mails.len(), 1, "after two refusals");
    let mail = &mails[0];
    assert_eq!(mail.to, ["RCPT TO:<carla@example.com>"]);
    assert!(
        mail.from.starts_with("MAIL FROM:<support@acme.example>"),
        "{}",
        mail.from
    );
    assert_eq!(
        mail.header("Subject"),
        format!("Ticket {}: Ihre Anfrage ist eingegangen", number(3))
    );
    assert_eq!(mail.header("To"), "\"Carla Meier\" <carla@example.com>");
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    let id: String = sqlx::query_scalar(
        "SELECT id::text FROM outbox_1.notification WHERE recipient = 'customer'",
    )
    .fetch_one(&setting.tables("outbox_1").await)
    .await
    .expect("a notification");
    assert_eq!(mail.header("Message-ID"), format!("<{id}@acme.example>"));
    let deliveries = setting.deliveries().await;
    let mail = deliveries
        .iter()
        .find(|delivery| delivery.0.as_deref() == Some("mail"));
    assert_eq!(mail.expect("one by mail").2, 3, "attempts");
}

#[tokio::test]
async fn what_is_refused_for_good_is_dead_at_once_and_nothing_kept_says_whom() {
    let mut setting = Setting::new().await;
    let refusal = "550 5.1.1 <rosa@example.com>: no such user";
    let relay = Relay::start(Manner::Refuses(refusal, 9)).await;
    let worker = deliver(with_relay(setting.config(), relay.port)).await;
    setting.happens([plain(1)]).await;
    setting.become_("dead", 1).await;
    worker.stop().await;
    let deliveries = setting.deliveries().await;
    let (_, _, attempts, reason) = &deliveries[0];
    assert_eq!(*attempts, 1);
    assert_eq!(reason.as_deref(), Some("the relay answered 550 5.1.1"));
}

/// What of a header is neither in a quoted string nor an encoded word.
fn outside_quotes(value: &str) -> String {
    if let Some((_, rest)) = value.split_once("=?utf-8?b?") {
        return rest.split_once("?=").expect("an end").1.to_owned();
    }
    let (mut outside, mut quoted, mut escaped) = (String::new(), false, false);
    for c in value.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            _ => outside.push(c),
        }
    }
    outside
}

#[tokio::test]
async fn nothing_that_people_write_gets_out_of_its_place() {
    let mut setting = Setting::new().await;
    let relay = Relay::start(Manner::Takes).await;
    let worker = deliver(with_relay(setting.config(), relay.port)).await;
    let name = "Eve\r\nBcc: all@example.com\r\n\r\n<script>";
    let subject =
        "x\r\n.\r\nMAIL FROM:<eve@example.com>\r\nRCPT TO:<all@example.com>\r\nDATA\r\n{{ name }}";
    setting
        .happens([
            opened(1, caller(name, "eve@example.com"), subject, "en"),
            opened(
                2,
                caller("\"Eve\" <x@y.z>, all", "eve@example.com"),
                "ümlaut\nX-Evil: 1",
                "de",
            ),
            // Not addresses at all: nobody is written to.
            opened(
                3,
                caller("Eve", "eve@example.com>\r\nRCPT TO:<all@example.com"),
                "x",
                "en",
            ),
        ])
        .await;
    setting.become_("delivered", 2).await;
    worker.stop().await;

    let mails = relay.received();
    assert_eq!(mails.len(), 2);
    let expected = [
        "From",
        "To",
        "Subject",
        "Message-ID",
        "Date",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
    ];
    for mail in &mails {
        assert_eq!(mail.to, ["RCPT TO:<eve@example.com>"]);
        for (name, _) in mail.headers() {
            assert!(
                expected.contains(&name.as_str()),
                "{name} in {:?}",
                mail.headers()
            );
        }
        // One mailbox, whatever the name says.
        let to = mail.header("To");
        assert_eq!(outside_quotes(&to).trim(), "<eve@example.com>", "{to}");
    }
    let plain = mails.iter().find(|mail| {
        mail.header("Subject")
            .contains(&format!("Ticket {}:", number(1)))
    });
    // Quoted-printable: a line that ends in `=` goes on in the next.
    let body = plain.expect("the first one").body().replace("=\n", "");
    assert!(
        body.contains("{{ name }}"),
        "a template in a subject is text: {body}"
    );
    let line = body.lines().find(|line| line.contains("MAIL FROM"));
    assert!(
        line.is_some_and(|line| line.contains("RCPT TO")),
        "one line: {body}"
    );
    // The third one had no address, and no way leads to the telephone number.
    let held = setting.deliveries().await;
    assert!(
        held.iter()
            .any(|(target, state, ..)| target.is_none() && state == "due")
    );
}

#[tokio::test]
async fn lines_that_begin_with_a_dot_arrive_as_they_are() {
    let mut setting = Setting::new().await;
    let relay = Relay::start(Manner::Takes).await;
    let texts = tempfile::tempdir().expect("a directory");
    let text = "[\"ticket.received\"]\nsubject = \"s\"\ntext = \".\\n..two\\n.end {{ number }}\\n\"\nsms = \"s\"\n";
    std::fs::write(texts.path().join("en.toml"), text).expect("writes");
    let mut config = with_relay(setting.config(), relay.port);
    config.texts = Some(texts.path().to_owned());
    let worker = deliver(config).await;
    setting.happens([plain(1)]).await;
    setting.become_("delivered", 1).await;
    worker.stop().await;
    assert!(
        relay.received()[0]
            .body()
            .starts_with(&format!(".\n..two\n.end {}\n", number(1)))
    );
}

#[tokio::test]
async fn a_relay_that_hangs_or_trickles_delays_no_webhook_and_is_tried_again() {
    for manner in [Manner::Hangs, Manner::Trickles] {
        let mut setting = Setting::new().await;
        let relay = Relay::start(manner).await;
        let hook = Receiver::start(crate::http::Manner::Takes).await;
        let mut config = with_relay(setting.config(), relay.port);
        config.concurrency = 2;
        config.attempt_timeout_ms = 300;
        config.retry_after_ms = vec![20; 100];
        let worker = deliver(with_endpoints(config, [("crm", hook.url.as_str())])).await;
        setting.happens((0..20).map(plain)).await;
        eventually("the other target has everything", async || {
            hook.received().len() == 20
        })
        .await;
        assert!(relay.received().is_empty());
        relay.set(Manner::Takes);
        setting.become_("delivered", 40).await;
        worker.stop().await;
    }
}

#[tokio::test]
async fn a_relay_that_does_not_say_goodbye_gets_each_mail_once() {
    let mut setting = Setting::new().await;
    let relay = Relay::start(Manner::HangsAtTheEnd).await;
    let worker = deliver(with_relay(setting.config(), relay.port)).await;
    setting.happens([plain(1)]).await;
    setting.become_("delivered", 1).await;
    worker.stop().await;
    assert_eq!((relay.received().len(), relay.connections()), (1, 1));
}

/// What was held for them, or is between two attempts, goes nowhere any more.
#[tokio::test]
async fn an_erased_customer_gets_nothing_more() {
    let mut setting = Setting::new().await;
    let carla = person(1);
    let relay = Relay::start(Manner::Refuses("451 4.3.0 Later", 1_000)).await;
    let mut config = with_relay(setting.config(), relay.port);
    config.retry_after_ms = vec![20; 1_000];
    let worker = deliver(config).await;
    setting
        .happens([
            registered(
                carla,
                NotificationChannel::Email,
                Some("carla@example.com"),
                None,
            ),
            opened(1, Customer::Registered(carla), "x", "en"),
        ])
        .await;
    eventually("it is tried", async || relay.connections() > 1).await;
    setting
        .happens([about(carla, CustomerEvent::Erased), resolved(1)])
        .await;
    setting.become_("dropped", 2).await;
    relay.set(Manner::Takes);
    worker.stop().await;
    assert!(relay.received().is_empty());
    let deliveries = setting.deliveries().await;
    for (target, _, _, reason) in deliveries {
        assert_eq!(target, None);
        let erased = "the customer's personal data were erased";
        assert_eq!(reason.as_deref(), Some(erased));
    }
}

/// A policy, a block list, an account: somebody mends it, so it is tried again.
#[tokio::test]
async fn a_refusal_that_is_not_about_the_address_is_tried_again() {
    let mut setting = Setting::new().await;
    let refusal = "554 5.7.1 <rosa@example.com>: rejected by policy";
    let relay = Relay::start(Manner::Refuses(refusal, 2)).await;
    let worker = deliver(with_relay(setting.config(), relay.port)).await;
    setting.happens([plain(1)]).await;
    setting.become_("delivered", 1).await;
    worker.stop().await;
    assert_eq!(relay.received().len(), 1);
    assert_eq!(setting.deliveries().await[0].2, 3, "attempts");
}
