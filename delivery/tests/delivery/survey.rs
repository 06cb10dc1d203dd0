//! Invitations to surveys: once per closing, with a link that opens that survey and no other.

use docket_delivery::SmsConfig;
use docket_domain::command::{Customer, Origin};
use docket_domain::customer::{CustomerEvent, NotificationChannel, PreferencesChange};
use docket_service::survey_link::SurveyLinks;
use jiff::Timestamp;

use crate::http::{self, Receiver};
use crate::relay::{Manner, Relay};
use crate::setting::{PAGE, Setting, deliver, links, with_endpoints, with_relay};
use crate::story::{about, invited, number, opened, person, plain, registered, ticket};

fn expires_at() -> Timestamp {
    "2050-01-01T00:00:00Z".parse().expect("a time")
}

/// What a link in a text opens: the closing and until when.
fn opened_by(text: &str, of: u64) -> (u32, Timestamp) {
    let start = text.find(PAGE).expect("a link");
    let link = text[start..].split_whitespace().next().expect("a link");
    let behind = link.strip_prefix(&format!("{PAGE}#")).expect("a fragment");
    let (of_ticket, token) = behind.split_once('.').expect("ticket and token");
    assert_eq!(of_ticket, ticket(of).to_string());
    let opened = links()
        .open_token(ticket(of).0, token)
        .expect("signed by us");
    let expires_at = Timestamp::from_second(opened.expires_at_s).expect("a time");
    (opened.closing.get(), expires_at)
}

#[tokio::test]
async fn a_customer_is_asked_by_mail_in_their_language_with_a_link_that_opens_that_survey() {
    let mut setting = Setting::new().await;
    let relay = Relay::start(Manner::Takes).await;
    let worker = deliver(with_relay(setting.config(), relay.port)).await;
    let carla = person(1);
    let email = Some("carla@example.com");
    setting
        .happens([
            registered(carla, NotificationChannel::Email, email, None),
            opened(1, Customer::Registered(carla), "Kein Licht", "en"),
        ])
        .await;
    setting.become_("delivered", 1).await;
    setting
        .happens([
            invited(1, 1, Some(carla), expires_at(), Origin::Live),
            invited(1, 2, Some(carla), expires_at(), Origin::Live),
            // History of another system.
            invited(1, 3, Some(carla), expires_at(), Origin::Import),
        ])
        .await;
    setting.become_("delivered", 3).await;
    worker.stop().await;

    let mails = relay.received();
    let asked: Vec<_> = mails.iter().skip(1).collect();
    let mut closings: Vec<u32> = Vec::new();
    for mail in asked {
        assert_eq!(mail.to, ["RCPT TO:<carla@example.com>"]);
        assert_eq!(
            mail.header("Subject"),
            format!("Ticket {}: Wie war es?", number(1))
        );
        // Quoted-printable, as far as it is.
        let body = mail.body().replace("=\n", "").replace("=3D", "=");
        let (closing, until) = opened_by(&body, 1);
        assert_eq!(until, expires_at());
        closings.push(closing);
    }
    closings.sort_unstable();
    assert_eq!(closings, [1, 2]);
    no_table_holds(&setting, &links()).await;
}

/// Neither link nor token nor secret, in any table of the outbox or of the deliveries.
async fn no_table_holds(setting: &Setting, links: &SurveyLinks) {
    let token = links.sign(docket_service::survey_link::SurveyLink {
        ticket: ticket(1).0,
        closing: std::num::NonZeroU32::MIN,
        expires_at_s: expires_at().as_second(),
    });
    let token = token.expect("signed");
    let signature = token.rsplit('.').next().expect("a signature");
    let mut looked_at = 0;
    for schema in ["outbox_1", "delivery"] {
        let tables = setting.tables(schema).await;
        let names: Vec<String> =
            sqlx::query_scalar("SELECT tablename FROM pg_tables WHERE schemaname = $1")
                .bind(schema)
                .fetch_all(&tables)
                .await
                .expect("tables");
        for name in names {
            let query = format!("SELECT to_jsonb(t)::text FROM {name} t");
            let rows: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
                .fetch_all(&tables)
                .await
                .expect("rows");
            looked_at += rows.len();
            for row in rows {
                assert!(
                    !row.contains(signature) && !row.contains(PAGE),
                    "{name}: {row}"
                );
                assert!(!row.contains("a secret of at least"), "{name}: {row}");
            }
        }
    }
    assert!(looked_at > 10, "{looked_at}");
}

#[tokio::test]
async fn a_caller_is_asked_by_text_message_and_the_link_is_its_end() {
    let mut setting = Setting::new().await;
    let provider = Receiver::start(http::Manner::Takes).await;
    let mut config = setting.config();
    config.sms = Some(SmsConfig {
        url: provider.url.clone(),
        method: "POST".to_owned(),
        headers: std::collections::BTreeMap::new(),
        body: r#"{"to": "{to}", "text": "{text}"}"#.to_owned(),
        format: docket_delivery::SmsFormat::Json,
    });
    let worker = deliver(config).await;
    // A telephone number and an e-mail address, and mail isn't configured.
    setting
        .happens([plain(1), invited(1, 1, None, expires_at(), Origin::Live)])
        .await;
    setting.become_("delivered", 2).await;
    worker.stop().await;
    let texts = provider.received().into_iter().map(|one| one.body);
    let asked = texts.filter(|text| text.contains("How did we do?"));
    let [asked] = <[String; 1]>::try_from(asked.collect::<Vec<_>>()).expect("one");
    let body: serde_json::Value = serde_json::from_str(&asked).expect("JSON");
    let (closing, _) = opened_by(body["text"].as_str().expect("a text"), 1);
    assert_eq!(closing, 1);
}

#[tokio::test]
async fn nobody_is_asked_who_wants_no_surveys_by_now_or_when_it_is_too_late() {
    let mut setting = Setting::new().await;
    let relay = Relay::start(Manner::Takes).await;
    let carla = person(1);
    let email = Some("carla@example.com");
    let unwilling = PreferencesChange {
        surveys: Some(false),
        ..PreferencesChange::default()
    };
    let worker = deliver(with_relay(setting.config(), relay.port)).await;
    setting
        .happens([
            registered(carla, NotificationChannel::Email, email, None),
            about(carla, CustomerEvent::PreferencesChanged(unwilling)),
            opened(1, Customer::Registered(carla), "x", "en"),
            plain(2),
        ])
        .await;
    setting.become_("delivered", 2).await;
    let over = Timestamp::now() - jiff::SignedDuration::from_secs(1);
    setting
        .happens([
            invited(1, 1, Some(carla), expires_at(), Origin::Live),
            invited(2, 1, None, over, Origin::Live),
        ])
        .await;
    setting.become_("dropped", 2).await;
    worker.stop().await;
    assert_eq!(relay.received().len(), 2, "of the tickets only");
    let deliveries = setting.deliveries().await;
    let mut reasons: Vec<_> = deliveries.into_iter().filter_map(|one| one.3).collect();
    reasons.sort();
    assert_eq!(
        reasons,
        ["the customer wants no surveys", "the survey is over"]
    );
}

#[tokio::test]
async fn an_endpoint_learns_of_invitations_and_gets_links_only_if_it_asked_for_them() {
    let mut setting = Setting::new().await;
    let (plainly, asking) = (
        Receiver::start(http::Manner::Takes).await,
        Receiver::start(http::Manner::Takes).await,
    );
    let urls = [
        ("crm", plainly.url.as_str()),
        ("surveys", asking.url.as_str()),
    ];
    let mut config = with_endpoints(setting.config(), urls);
    let endpoints = &mut config.webhooks.endpoints;
    for endpoint in endpoints.values_mut() {
        endpoint.kinds = std::collections::BTreeSet::from(["survey.invitation".to_owned()]);
    }
    endpoints
        .get_mut("surveys")
        .expect("configured")
        .survey_links = true;
    let worker = deliver(config).await;
    setting
        .happens([plain(1), invited(1, 1, None, expires_at(), Origin::Live)])
        .await;
    setting.become_("delivered", 2).await;
    worker.stop().await;
    for (receiver, with_link) in [(plainly, false), (asking, true)] {
        let received = receiver.received();
        assert_eq!(received.len(), 1);
        let body: serde_json::Value = serde_json::from_str(&received[0].body).expect("JSON");
        assert_eq!(body["type"], "survey.invitation");
        let survey = &body["data"]["survey"];
        assert_eq!(survey["closing"], 1);
        assert_eq!(survey["expires_at"], "2050-01-01T00:00:00Z");
        assert_eq!(survey["link"].is_string(), with_link, "{body}");
        if let Some(link) = survey["link"].as_str() {
            assert_eq!(opened_by(link, 1).0, 1);
        }
    }
}

#[tokio::test]
async fn a_worker_that_could_not_sign_or_lead_anywhere_says_so_at_its_start() {
    let shutdown = docket_service::Shutdown::new();
    let health = docket_service::health::Health::new(&shutdown);
    let config = || docket_delivery::DeliveryConfig {
        survey_page: Some(PAGE.to_owned()),
        ..docket_delivery::DeliveryConfig::default()
    };
    let start = |config, links| {
        let started = docket_delivery::start(config, links, &health, &shutdown);
        started.map(|_| ()).map_err(|error| error.to_string())
    };
    shutdown.request();
    // Nobody gets links.
    assert_eq!(start(config(), SurveyLinks::default()), Ok(()));
    let unsigned = start(with_relay(config(), 25), SurveyLinks::default());
    let error = unsigned.expect_err("no key");
    assert!(
        error.contains("survey_links.key_file is not set"),
        "{error}"
    );
    let mut nowhere = with_relay(config(), 25);
    nowhere.survey_page = None;
    let error = start(nowhere, links()).expect_err("no page");
    assert!(error.contains("delivery.survey_page is not set"), "{error}");
}
