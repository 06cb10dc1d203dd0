//! Kafka stopped, emptied and poisoned.

use std::sync::Arc;

use docket_event_log::kafka::KafkaConfig as LogInKafka;
use docket_event_log::{Draft, LogConfig, PartitionWriter, Reader, WriterConfig};
use docket_supervisor::{Kafka, KafkaConfig, testing};
use docket_tests::Site;
use reqwest::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::load::{Load, count, each_is_in_the_log_once, in_view, until};

async fn broker() -> Kafka {
    let config = KafkaConfig::new(testing::directory("taken-away"));
    tokio::task::spawn_blocking(move || Kafka::start(&config))
        .await
        .expect("no panic")
        .expect("Kafka starts")
}

fn log_on(bootstrap: &str, topic: &str) -> LogConfig {
    let mut config = LogInKafka::new(bootstrap, topic);
    config.development = true;
    LogConfig::Kafka(config)
}

async fn stop(site: Arc<Site>) {
    Arc::into_inner(site)
        .expect("the clients have gone")
        .stop()
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_killed_under_load_and_started_again_loses_nothing() {
    let mut broker = broker().await;
    let views = testing::database().await;
    let site = Arc::new(Site::start(&log_on(broker.bootstrap(), "docket.events"), &views).await);
    let load = Load::start(&site);
    load.goes_on(200).await;

    broker.kill(0).expect("the broker is killed");
    let probe = site
        .command(
            &format!("/v1/tickets/{}/accept", Uuid::nil()),
            "probe",
            &json!({}),
        )
        .await;
    assert_eq!(probe.status, StatusCode::SERVICE_UNAVAILABLE, "{probe:?}");
    assert!(
        !probe.problem().is_empty(),
        "not a problem document: {probe:?}"
    );
    tokio::task::block_in_place(|| broker.restart(0)).expect("Kafka starts again");

    load.goes_on(200).await;
    let acknowledged = load.stop().await;
    each_is_in_the_log_once(&site.log, &acknowledged).await;
    let all = acknowledged.len() as i64;
    until("the view has them all", async || {
        in_view(&views).await == all
    })
    .await;
    stop(site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_go_on_while_postgres_is_down_and_the_view_catches_up() {
    let mut postgres = tokio::task::spawn_blocking(|| {
        let directory = testing::directory("views");
        docket_supervisor::Postgres::start(&docket_supervisor::PostgresConfig::new(directory))
    })
    .await
    .expect("no panic")
    .expect("Postgres starts");
    let kafka = testing::kafka().await;
    let topic = format!("views-down-{}", Uuid::new_v4());
    let site = Arc::new(Site::start(&log_on(kafka.bootstrap(), &topic), &postgres.url()).await);
    let load = Load::start(&site);
    load.goes_on(100).await;

    postgres.kill();
    load.goes_on(300).await;
    assert_eq!(load.sent_away(), 0, "no command waits for a view");
    tokio::task::block_in_place(|| postgres.restart()).expect("Postgres starts again");

    let acknowledged = load.stop().await;
    let all = acknowledged.len() as i64;
    until("the view has them all", async || {
        in_view(&postgres.url()).await == all
    })
    .await;
    stop(site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_record_stops_its_own_ticket_and_nothing_else() {
    let kafka = testing::kafka().await;
    let views = testing::database().await;
    let topic = format!("poison-{}", Uuid::new_v4());
    let site = Site::start(&log_on(kafka.bootstrap(), &topic), &views).await;
    let (poisoned, _) = site.open_for_certain("poisoned").await;
    let (other, _) = site.open_for_certain("other").await;

    append_poison(&site, poisoned).await;

    let cancel = json!({ "reason": "Found the switch" });
    until("the poisoned ticket's commands are refused", async || {
        let key = Uuid::new_v4().to_string();
        let comment = json!({ "text": "Anybody there?", "visibility": "public" });
        let path = format!("/v1/tickets/{poisoned}/comments");
        let answer = site.command(&path, &key, &comment).await;
        answer.status == StatusCode::SERVICE_UNAVAILABLE
    })
    .await;
    let answer = site
        .command(&format!("/v1/tickets/{other}/cancel"), "cancel", &cancel)
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");

    until(
        "the stream is parked and the other ticket is shown cancelled",
        async || {
            count(&views, "read_model_1.parked_stream").await == 1
                && count(&views, "read_model_1.ticket WHERE status = 'cancelled'").await == 1
        },
    )
    .await;
    site.stop().await;
}

/// A valid record whose data say nothing that anybody understands.
async fn append_poison(site: &Site, ticket: Uuid) {
    let log = &site.log;
    let key = format!("ticket-{ticket}");
    let number = docket_schemas::stream::partition_of(key.as_bytes(), log.identity().partitions);
    let start =
        docket_event_log::Cursor::start(log.identity().log_id, docket_event_log::Partition(number));
    let mut readers = Reader::open(log, &[start])
        .await
        .expect("the log can be read");
    let reader = readers.pop().expect("one reader");
    let end = log.end(reader.partition()).await.expect("an end");
    let mut writer = PartitionWriter::new(Arc::clone(log), reader, WriterConfig::default());
    while !writer.cursor().has_reached(end) {
        writer.next().await.expect("the log can be read");
    }
    let poison = Draft {
        kind: "docket.ticket.teleported.v1",
        key: key.into(),
        time: jiff::Timestamp::now(),
        attributes: Vec::new(),
        traceparent: None,
        data: r#"{"to":"nowhere"}"#.into(),
    };
    writer.start_append(vec![poison]).expect("it is sent");
    loop {
        let step = writer.next().await.expect("the log can be read");
        if let Some(settled) = step.settled {
            assert_eq!(settled.won, 1, "nobody else writes");
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_recreated_empty_is_refused_by_all_who_knew_it() {
    let kafka = testing::kafka().await;
    let views = testing::database().await;
    let topic = format!("recreated-{}", Uuid::new_v4());
    let config = log_on(kafka.bootstrap(), &topic);
    let site = Site::start(&config, &views).await;
    let (ticket, _) = site.open_for_certain("before").await;
    until("the view has it", async || in_view(&views).await == 1).await;

    recreate(kafka.bootstrap(), &topic).await;

    // Before that, a command could leave a record in the new topic, which then is no log at all.
    until("readiness says why, for every partition", async || {
        let answer = site.get("/readyz?verbose").await;
        let said = |partition| answer.text.contains(&format!("partition {partition}: "));
        answer.status == StatusCode::SERVICE_UNAVAILABLE && (0..8).all(said)
    })
    .await;
    until("commands are refused with a problem", async || {
        let path = format!("/v1/tickets/{ticket}/cancel");
        let key = Uuid::new_v4().to_string();
        let answer = site
            .command(&path, &key, &json!({ "reason": "over" }))
            .await;
        assert_ne!(answer.status, StatusCode::OK, "decided on a forked history");
        answer.status == StatusCode::SERVICE_UNAVAILABLE && !answer.problem().is_empty()
    })
    .await;
    site.stop().await;

    // The command API alone would take it for a new log; the view knows better.
    let why = Site::try_start(&config, &views).await.expect_err("refused");
    assert!(why.to_string().contains("made from log"), "{why}");
    assert_eq!(in_view(&views).await, 1, "the view is left as it was");
}

async fn recreate(bootstrap: &str, topic: &str) {
    use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
    let admin: AdminClient<_> = rdkafka::ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .create()
        .expect("an admin client");
    let options = AdminOptions::new();
    admin
        .delete_topics(&[topic], &options)
        .await
        .expect("the topic is deleted");
    until("the topic is there again", async || {
        let new = NewTopic::new(topic, 8, TopicReplication::Fixed(1))
            .set("retention.ms", "-1")
            .set("retention.bytes", "-1")
            .set("cleanup.policy", "delete")
            .set("unclean.leader.election.enable", "false")
            .set("max.message.bytes", "1048576");
        let results = admin
            .create_topics(&[new], &options)
            .await
            .expect("Kafka answers");
        results.iter().all(Result::is_ok)
    })
    .await;
}
