//! More commands than a partition takes: who is sent away, in which order, and that whoever was not
//! is answered in the end.

use docket_command_api::CommandConfig;
use docket_event_log::{KafkaConfig as LogInKafka, LogConfig};
use docket_service::auth::Role;
use docket_supervisor::{Kafka, KafkaConfig, testing};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::shop::{Shop, patient};

/// What the only partition holds.
const QUEUE: usize = 16;
/// Commands of each kind: more than the queue holds.
const ASKED: usize = 20;

type Held = Vec<JoinHandle<Response>>;

/// Sends so many of a kind at once. As the log stands still, those that are let in are not answered;
/// waits until all others have been sent away, and shows how.
async fn flood(
    shop: &Shop,
    who: (&str, Role),
    path: impl Fn() -> String,
    body: Value,
    let_in: usize,
) -> Held {
    let mut sent: Held = (0..ASKED)
        .map(|_| tokio::spawn(answered(shop.post(who, &path(), &body))))
        .collect();
    while sent.iter().filter(|sent| sent.is_finished()).count() < ASKED - let_in {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    // Had one more been sent away, it would have come with the others.
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    for away in sent.extract_if(.., |sent| sent.is_finished()) {
        let answer = away.await.expect("no panic");
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(answer.headers().contains_key("retry-after"));
    }
    assert_eq!(sent.len(), let_in, "{}", path());
    sent
}

async fn answered(request: reqwest::RequestBuilder) -> Response {
    request.send().await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn surveys_are_sent_away_first_and_opening_and_routing_last() {
    let mut broker = tokio::task::spawn_blocking(|| {
        Kafka::start(&KafkaConfig::new(testing::directory("frozen")))
    })
    .await
    .expect("no panic")
    .expect("Kafka starts");
    let mut log = LogInKafka::new(broker.bootstrap(), "docket.events");
    log.development = true;
    log.partitions = 1;
    let small = CommandConfig {
        queue_commands_max: QUEUE,
        ..patient()
    };
    let url = testing::database().await;
    let shop = Shop::on(&LogConfig::Kafka(log), small, |_| url.clone()).await;
    let ticket = shop.open_ticket(0).await;
    let name = shop.is_routed(ticket, &[]).await;
    shop.work(&name, ticket, "accept", json!({})).await;

    broker.pause(0).expect("it stands still");
    let mut held = Held::new();
    let invitation = json!({"channel": "email", "expires_at": "2027-01-01T00:00:00Z"});
    let survey = || format!("surveys/{}-1/invite", Uuid::new_v4());
    let inviter = ("inviter", Role::Service);
    held.extend(flood(&shop, inviter, survey, invitation, QUEUE / 8 * 3).await);
    let comment = json!({"text": "Hello?", "visibility": "public"});
    let comments = || format!("tickets/{ticket}/comments");
    let carla = ("carla", Role::Customer);
    held.extend(flood(&shop, carla, comments, comment, QUEUE / 8 * 2).await);
    let minutes = json!({"minutes": 5});
    let work = || format!("tickets/{ticket}/work");
    let consultant = (name.as_str(), Role::Consultant);
    held.extend(flood(&shop, consultant, work, minutes, QUEUE / 8 * 2).await);
    let opening = json!({"channel": "phone", "caller": {"name": "Kim"}, "subject": "Dark"});
    let rita = ("rita", Role::Receptionist);
    held.extend(flood(&shop, rita, || "tickets".to_owned(), opening, QUEUE / 8).await);
    // Now it is full: even routing is sent away, and an import waits.
    let assign = json!({"consultant": Shop::person(&name)});
    let given = || format!("tickets/{ticket}/assign");
    let none = flood(&shop, ("router", Role::Service), given, assign, 0).await;
    assert!(none.is_empty());
    let import = tokio::spawn(import(&shop));
    assert_eq!(held.len(), QUEUE);
    assert!(held.iter().all(|held| !held.is_finished()));

    broker.resume(0).expect("it goes on");
    for held in held {
        let answer = held.await.expect("no panic");
        assert!(answer.status().is_success(), "{}", answer.status());
    }
    let outcomes = import.await.expect("no panic");
    assert_eq!(outcomes.matches("applied").count(), 5, "{outcomes}");
    shop.trade(3).await;
    shop.views.all_follow().await;
    shop.everybody_is_told().await;
    shop.close().await;
}

/// Five tickets of another system.
fn import(shop: &Shop) -> impl Future<Output = String> + use<> {
    let lines: Vec<String> = (0..5)
        .map(|n| {
            let body = json!({
                "channel": "import", "caller": {"name": "Kim"}, "subject": "Dark",
            });
            let line =
                json!({"idempotency_key": format!("key-{n}"), "command": "open", "body": body});
            line.to_string()
        })
        .collect();
    let request = shop
        .http
        .post(format!("http://{}/v1/commands", shop.address))
        .bearer_auth(shop.token("ian", Role::Importer))
        .header("content-type", "application/x-ndjson")
        .body(lines.join("\n"));
    async move { answered(request).await.text().await.expect("lines") }
}
