//! A topic whose settings don't carry the guarantees is refused, with the way to put it right.

use docket_event_log::kafka::{KafkaConfig, KafkaLog};
use docket_event_log::{Error, Setting};
use docket_supervisor::testing;

use super::config;
use super::topic::Topic;

async fn topic(settings: &[(&str, &str)]) -> Topic {
    let topic = Topic::named_freshly(testing::kafka().await.bootstrap());
    topic.create(2, settings).await;
    topic
}

async fn refused(config: &KafkaConfig) -> Vec<Setting> {
    match KafkaLog::open(config).await.unwrap_err() {
        Error::Settings { settings, .. } => settings,
        error => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn each_unsafe_setting_is_refused_by_name() {
    for (name, value, needed) in [
        ("cleanup.policy", "compact", "delete"),
        ("cleanup.policy", "compact,delete", "delete"),
        ("retention.ms", "604800000", "-1"),
        ("retention.bytes", "1073741824", "-1"),
        ("unclean.leader.election.enable", "true", "false"),
        ("max.message.bytes", "10000", "1048576"),
    ] {
        let topic = topic(&[(name, value)]).await;
        let settings = refused(&config(&topic)).await;
        assert_eq!(settings.len(), 1, "{settings:?}");
        let found = &settings[0];
        assert_eq!(
            (&*found.name, &*found.value, &*found.needed),
            (name, value, needed)
        );
        assert!(found.of.contains(&topic.name), "{found}");
        let fix = format!("--entity-name {} --add-config {name}={needed}", topic.name);
        assert!(found.fix.contains(&fix), "{found}");
    }
}

#[tokio::test]
async fn all_that_is_wrong_is_said_at_once() {
    let topic = topic(&[("retention.ms", "1000"), ("retention.bytes", "1000")]).await;
    let error = KafkaLog::open(&config(&topic))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("retention.ms") && error.contains("retention.bytes"),
        "{error}"
    );
}

#[tokio::test]
async fn production_needs_three_replicas_and_two_in_sync() {
    let topic = topic(&[]).await;
    let production = KafkaConfig {
        development: false,
        ..config(&topic)
    };
    let settings = refused(&production).await;
    let found: Vec<_> = settings
        .iter()
        .map(|found| (&*found.name, &*found.value))
        .collect();
    assert_eq!(
        found,
        [("min.insync.replicas", "1"), ("replication factor", "1")]
    );
    // One broker can't make such a topic either.
    let missing = Topic::named_freshly(&topic.brokers);
    let production = KafkaConfig {
        development: false,
        ..config(&missing)
    };
    let error = KafkaLog::open(&production).await.unwrap_err().to_string();
    assert!(
        error.contains("3 replicas") && error.contains("development = true"),
        "{error}"
    );
}

#[tokio::test]
async fn a_topic_that_isn_t_there_is_made_only_where_that_is_allowed() {
    let topic = Topic::named_freshly(testing::kafka().await.bootstrap());
    let config = config(&topic);
    let mut cautious = config.clone();
    cautious.create = false;
    let error = KafkaLog::open(&cautious).await.unwrap_err().to_string();
    assert!(error.contains("there is no topic"), "{error}");
    KafkaLog::open(&config).await.unwrap();
    KafkaLog::open(&cautious).await.unwrap();
}

#[tokio::test]
async fn an_option_that_librdkafka_doesn_t_know_is_named() {
    let topic = Topic::named_freshly(testing::kafka().await.bootstrap());
    let mut config = config(&topic);
    config
        .options
        .insert("no.such.option".to_owned(), "1".to_owned());
    let error = KafkaLog::open(&config).await.unwrap_err().to_string();
    assert!(error.contains("no.such.option"), "{error}");
}
