//! What was given up is listed, and set going again after a fix: with real projectors and a real
//! delivery worker, and the tool as its operator calls it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use docket_delivery::{DeliveryConfig, Endpoint, Secret, WebhookConfig};
use docket_domain::TicketEvent;
use docket_event_log::{LogConfig, PostgresConfig, open};
use docket_projectors::outbox::{self, OutboxConfig};
use docket_projectors::read_model::{self, PgConfig};
use docket_service::Shutdown;
use docket_service::health::Health;
use docket_service::survey_link::SurveyLinks;
use serde_json::Value;
use sqlx::PgPool;

use crate::logs::{postgres, replay};
use crate::story::{ANN, Story, TICKET, assigned, opened};

/// Notifications of before a worker first ran are nobody's news.
const SOON: i64 = 2_000_000;
const DEADLINE: Duration = Duration::from_mins(1);

async fn eventually(database: &PgPool, holds: &'static str) {
    let waiting = async {
        // Tables come into being on the way.
        while !sqlx::query_scalar(holds)
            .fetch_one(database)
            .await
            .unwrap_or(false)
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let came = tokio::time::timeout(DEADLINE, waiting).await;
    came.unwrap_or_else(|_| panic!("never: {holds}"));
}

/// Nobody listens there.
fn unreachable_endpoint(url: &str) -> DeliveryConfig {
    let endpoint = Endpoint {
        url: "http://127.0.0.1:9/".to_owned(),
        kinds: BTreeSet::new(),
        survey_links: false,
        secrets: vec![Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned())],
    };
    DeliveryConfig {
        url: url.to_owned(),
        poll_interval_ms: 10,
        retry_after_ms: vec![10],
        webhooks: WebhookConfig {
            allow_http: true,
            allow_networks: vec!["127.0.0.0/8".to_owned()],
            endpoints: BTreeMap::from([("crm".to_owned(), endpoint)]),
        },
        ..DeliveryConfig::default()
    }
}

/// A log with views of it, in one database.
struct Place {
    story: Story,
    url: String,
    database: PgPool,
    health: Health,
    shutdown: Shutdown,
}

impl Place {
    async fn new() -> Self {
        let config = postgres().await;
        let LogConfig::Postgres(PostgresConfig { url, .. }) = &config else {
            unreachable!()
        };
        let shutdown = Shutdown::new();
        Self {
            story: Story::begin(open(&config).await.unwrap()).await,
            url: url.clone(),
            database: PgPool::connect(url).await.unwrap(),
            health: Health::new(&shutdown),
            shutdown,
        }
    }

    async fn run(&self, sql: &'static str) {
        sqlx::query(sql).execute(&self.database).await.unwrap();
    }

    /// The tool's JSON, and its exit code.
    fn redrive(&self, arguments: &[&str]) -> (Value, Option<i32>) {
        let mut all = vec!["redrive", "--database", &self.url, "--json"];
        all.extend(arguments);
        let done = replay(&all);
        let said = serde_json::from_slice(&done.stdout);
        (
            said.unwrap_or_else(|_| panic!("{done:?}")),
            done.status.code(),
        )
    }
}

/// An operator's mistake parks a stream, and is mended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parked_stream_is_listed_and_follows_the_log_again_after_the_fix() {
    let mut place = Place::new().await;
    let view = read_model::start(
        place.story.log.clone(),
        PgConfig::new(&place.url),
        &place.health,
        &place.shutdown,
    );
    let there = "SELECT count(*) = 8 FROM read_model_1.checkpoint";
    eventually(&place.database, there).await;
    let mistake = "ALTER TABLE read_model_1.timeline ADD CONSTRAINT mistake CHECK (version <> 2)";
    place.run(mistake).await;
    let number = place.story.number();
    place.story.append(1, &opened(number)).await;
    place.story.append(2, &assigned(ANN)).await;
    let accepted = TicketEvent::Accepted { consultant: ANN };
    place.story.append(3, &accepted).await;
    let parked = "SELECT count(*) = 2 FROM read_model_1.dead_letter";
    eventually(&place.database, parked).await;

    let (listed, code) = place.redrive(&["--list"]);
    assert_eq!(code, Some(0));
    let views = listed["views"].as_array().unwrap();
    assert_eq!(views.len(), 1, "of those that there are: {listed}");
    let [stream] = &views[0]["streams"].as_array().unwrap()[..] else {
        panic!("{listed}")
    };
    assert_eq!(stream["stream"], format!("ticket-{}", TICKET.0));
    assert_eq!(
        (&stream["letters"], &stream["since_sequence"]),
        (&2.into(), &2.into())
    );
    assert!(stream["error"].as_str().unwrap().contains("mistake"));
    assert!(listed["deliveries"].is_null());

    let (tried, code) = place.redrive(&["read_model"]);
    assert_eq!(code, Some(3), "nothing is mended: {tried}");
    assert!(tried["streams"][0]["still"].is_string());
    let mend = "ALTER TABLE read_model_1.timeline DROP CONSTRAINT mistake";
    place.run(mend).await;
    let tried = |told: &Value| told["streams"].as_array().unwrap().len();
    let (other, code) = place.redrive(&["read_model", "--stream", "ticket-of-nobody"]);
    assert_eq!((tried(&other), code), (0, Some(0)));
    let (done, code) = place.redrive(&["read_model"]);
    assert_eq!((&done["streams"][0]["applied"], code), (&2.into(), Some(0)));
    let (again, code) = place.redrive(&["read_model"]);
    assert_eq!((tried(&again), code), (0, Some(0)));
    place.story.append(4, &TicketEvent::TravelStarted).await;
    let goes_on = "SELECT status = 'in_progress' AND version = 4 FROM read_model_1.ticket";
    eventually(&place.database, goes_on).await;
    place.shutdown.request();
    view.stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_delivery_is_listed_and_due_again() {
    let mut place = Place::new().await;
    let log = place.story.log.clone();
    let config = OutboxConfig::new(&place.url);
    let view = outbox::start(log, config, &place.health, &place.shutdown);
    let worker = unreachable_endpoint(&place.url);
    let worker = docket_delivery::start(
        worker,
        SurveyLinks::default(),
        &place.health,
        &place.shutdown,
    )
    .unwrap();
    let started = "SELECT count(*) = 1 FROM delivery.start_mark";
    eventually(&place.database, started).await;
    let number = place.story.number();
    place.story.append(SOON, &opened(number)).await;
    place.story.append(SOON + 1, &assigned(ANN)).await;
    let dead = "SELECT count(*) = 2 FROM delivery.delivery WHERE state = 'dead'";
    eventually(&place.database, dead).await;
    place.shutdown.request();
    view.stopped().await;
    worker.stopped().await;

    let (listed, code) = place.redrive(&["--list"]);
    assert_eq!(code, Some(0));
    let [outbox] = &listed["views"].as_array().unwrap()[..] else {
        panic!("{listed}")
    };
    assert_eq!(outbox["streams"], Value::Array(Vec::new()), "it is well");
    assert_eq!(listed["deliveries"].as_array().unwrap().len(), 2);
    assert_eq!(listed["deliveries"][0]["target"], "webhook:crm");
    for choice in [
        ["--kind", "something.else"],
        ["--to", "2020-01-01T00:00:00Z"],
        ["--from", "2099-01-01T00:00:00Z"],
        ["--target", "mail"],
    ] {
        let (none, code) = place.redrive(&[&["deliveries"], &choice[..]].concat());
        let none = &none["deliveries"];
        assert_eq!((none, code), (&0.into(), Some(0)), "{choice:?}");
    }
    let dead = listed["deliveries"][0]["id"].as_str().unwrap();
    let (one, _) = place.redrive(&["deliveries", "--id", dead]);
    assert_eq!(one["deliveries"], 1);
    let due: String = sqlx::query_scalar(
        "SELECT id::text FROM delivery.delivery WHERE attempts = 0 AND target IS NOT NULL",
    )
    .fetch_one(&place.database)
    .await
    .unwrap();
    assert_eq!(due, dead);
    let (listed, _) = place.redrive(&["--list", "deliveries"]);
    let views = listed["views"].as_array().unwrap();
    assert_eq!(views.len(), 0, "only what is named");
    assert_eq!(listed["deliveries"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_slip_of_the_pen_changes_nothing() {
    let LogConfig::Postgres(PostgresConfig { url, .. }) = postgres().await else {
        unreachable!()
    };
    for (arguments, code, told) in [
        (&["--database", &*url][..], 2, "<WHAT>"),
        (&["read_model"], 2, "--database"),
        (
            &["read_model", "--kind", "x", "--database", &url],
            2,
            "name deliveries",
        ),
        (
            &["deliveries", "--stream", "x", "--database", &url],
            2,
            "name a view",
        ),
        (
            &["survey", "--database", &url],
            1,
            "no view in schema survey_1",
        ),
        (
            &["deliveries", "--database", &url],
            1,
            "no deliveries in schema delivery",
        ),
    ] {
        let done = replay(&[&["redrive"], arguments].concat());
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(told), "{arguments:?}: {said}");
    }
    let listed = replay(&["redrive", "--list", "--database", &url]);
    let said = String::from_utf8_lossy(&listed.stdout);
    assert!(listed.status.success(), "{listed:?}");
    assert_eq!(said, "there are no views and no deliveries\n");
    let database = PgPool::connect(&url).await.unwrap();
    let made: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM information_schema.schemata
         WHERE schema_name IN ('survey_1', 'read_model_1', 'delivery')",
    )
    .fetch_one(&database)
    .await
    .unwrap();
    assert_eq!(made, 0, "asking makes nothing");
}
