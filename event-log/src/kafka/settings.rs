//! What is checked, and made, before a topic is used as a log.
//!
//! A broker's version can't be asked for through librdkafka's interface. But a broker lists the
//! settings it knows, and `telemetry.max.bytes` came with Kafka 3.7: a broker that doesn't know
//! it is older (or isn't Kafka).

use std::time::{Duration, Instant};

use rdkafka::admin::{
    AdminClient, AdminOptions, ConfigResource, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::metadata::{MetadataBroker, MetadataTopic};

use super::client::{self, Context};
use super::{ANSWER_WITHIN, KafkaConfig};
use crate::error::{Error, Setting, Source};

/// How long a new topic may take until each of its partitions has a leader.
const LEADERS_WITHIN: Duration = Duration::from_secs(30);
/// What a topic must take: a record is at most 64 KiB, and Kafka counts its own overhead too.
const MESSAGE_BYTES_MIN: u64 = 128 * 1024;
/// A setting that brokers have since 3.7.
const KNOWN_SINCE_3_7: &str = "telemetry.max.bytes";

/// Makes the topic if it isn't there and that is allowed, and checks its and the brokers'
/// settings.
pub(super) async fn prepare(config: &KafkaConfig) -> Result<(), Error> {
    let admin: AdminClient<DefaultClientContext> = client::base(config)
        .create()
        .map_err(|error| client::refused(&error))?;
    if config.create && !config.read_only {
        create(config, &admin).await?;
    }
    let layout = layout(config).await?;
    if layout.partitions != usize::from(config.partitions) {
        let (expected, found) = (config.partitions, layout.partitions as u16);
        return Err(Error::PartitionCount { expected, found });
    }
    let mut wrong = topic_settings(config, &describe_topic(config, &admin).await?);
    wrong.extend(replication(config, layout.replicas_min));
    for broker in layout.brokers {
        wrong.extend(broker_version(
            broker,
            &describe(config, &admin, ResourceSpecifier::Broker(broker)).await?,
        ));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Error::Settings {
        log: format!("topic `{}`", config.topic),
        settings: wrong,
    })
}

fn failed(config: &KafkaConfig, what: &str, source: impl Into<Source>) -> Error {
    Error::unavailable(
        format!("{what} `{}` on Kafka at {}", config.topic, config.brokers),
        source,
    )
}

async fn create(
    config: &KafkaConfig,
    admin: &AdminClient<DefaultClientContext>,
) -> Result<(), Error> {
    let (replicas, in_sync) = if config.development {
        (1, "1")
    } else {
        (3, "2")
    };
    let topic = NewTopic::new(
        &config.topic,
        i32::from(config.partitions),
        TopicReplication::Fixed(replicas),
    )
    .set("cleanup.policy", "delete")
    .set("retention.ms", "-1")
    .set("retention.bytes", "-1")
    .set("unclean.leader.election.enable", "false")
    .set("min.insync.replicas", in_sync)
    .set("max.message.bytes", "1048576");
    let results = admin
        .create_topics(&[topic], &options())
        .await
        .map_err(|error| failed(config, "making topic", error))?;
    for result in results {
        match result {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            // Whoever may not create topics may use one that is there.
            Err((
                _,
                code @ (RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::ClusterAuthorizationFailed),
            )) => tracing::debug!(topic = config.topic, %code, "not allowed to make the topic"),
            Err((_, RDKafkaErrorCode::InvalidReplicationFactor)) => {
                return Err(Error::Config(format!(
                    "topic `{}` needs {replicas} replicas, and there are fewer brokers: start \
                     more, or set `development = true` if losing the log is no loss",
                    config.topic
                )));
            }
            Err((_, code)) => return Err(failed(config, "making topic", code)),
        }
    }
    Ok(())
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(ANSWER_WITHIN))
}

/// What the metadata say about the topic.
struct Layout {
    partitions: usize,
    replicas_min: usize,
    brokers: Vec<i32>,
}

/// Waits until each partition has a leader. A consumer asks, since a question by any other client
/// may make the topic.
async fn layout(config: &KafkaConfig) -> Result<Layout, Error> {
    let consumer: BaseConsumer<Context> = client::base(config)
        .create_with_context(Context)
        .map_err(|error| client::refused(&error))?;
    let topic = config.topic.clone();
    let found = tokio::task::spawn_blocking(move || {
        let deadline = Instant::now() + LEADERS_WITHIN;
        loop {
            let metadata = consumer.fetch_metadata(Some(&topic), ANSWER_WITHIN)?;
            let found = metadata.topics().iter().find(|found| found.name() == topic);
            let partitions = found.map(MetadataTopic::partitions).unwrap_or_default();
            let ready = partitions.iter().all(|partition| partition.leader() >= 0);
            if (ready && !partitions.is_empty()) || Instant::now() > deadline {
                let replicas = partitions
                    .iter()
                    .map(|partition| partition.replicas().len());
                return Ok(Layout {
                    partitions: partitions.len(),
                    replicas_min: replicas.min().unwrap_or_default(),
                    brokers: metadata.brokers().iter().map(MetadataBroker::id).collect(),
                });
            }
            // Only while a topic is being made.
            std::thread::sleep(Duration::from_millis(20));
        }
    })
    .await
    .map_err(|error| failed(config, "asking for topic", error))?
    .map_err(|error: rdkafka::error::KafkaError| failed(config, "asking for topic", error))?;
    if found.partitions == 0 {
        return Err(Error::Config(format!(
            "there is no topic `{}`: create it (kafka-topics.sh --bootstrap-server {} --create \
             --topic {} --partitions {} --replication-factor 3), or set `create = true`",
            config.topic, config.brokers, config.topic, config.partitions
        )));
    }
    Ok(found)
}

async fn describe_topic(
    config: &KafkaConfig,
    admin: &AdminClient<DefaultClientContext>,
) -> Result<ConfigResource, Error> {
    describe(config, admin, ResourceSpecifier::Topic(&config.topic)).await
}

async fn describe(
    config: &KafkaConfig,
    admin: &AdminClient<DefaultClientContext>,
    resource: ResourceSpecifier<'_>,
) -> Result<ConfigResource, Error> {
    let what = "asking for the settings of topic";
    admin
        .describe_configs([&resource], &options())
        .await
        .map_err(|error| failed(config, what, error))?
        .pop()
        .ok_or_else(|| failed(config, what, "the broker answered nothing"))?
        .map_err(|code| failed(config, what, code))
}

fn topic_settings(config: &KafkaConfig, found: &ConfigResource) -> Vec<Setting> {
    type Rule = (&'static str, &'static str, fn(&str) -> bool);
    const RULES: &[Rule] = &[
        ("cleanup.policy", "delete", |value| value == "delete"),
        ("retention.ms", "-1", |value| value == "-1"),
        ("retention.bytes", "-1", |value| value == "-1"),
        ("unclean.leader.election.enable", "false", |value| {
            value == "false"
        }),
    ];
    const PRODUCTION_RULES: &[Rule] = &[("min.insync.replicas", "2", |value| {
        value.parse::<u32>().is_ok_and(|n| n >= 2)
    })];
    const SIZE: &[Rule] = &[("max.message.bytes", "1048576", |value| {
        value
            .parse::<u64>()
            .is_ok_and(|bytes| bytes >= MESSAGE_BYTES_MIN)
    })];
    let production = if config.development {
        &[]
    } else {
        PRODUCTION_RULES
    };
    let rules = RULES.iter().chain(production).chain(SIZE);
    rules
        .filter_map(|(name, needed, is_good)| {
            let value = found.get(name).and_then(|entry| entry.value.as_deref());
            if value.is_some_and(is_good) {
                return None;
            }
            Some(Setting {
                of: format!("topic `{}`", config.topic),
                name: (*name).to_owned(),
                value: value.unwrap_or("unknown").to_owned(),
                needed: (*needed).to_owned(),
                fix: format!(
                    "kafka-configs.sh --bootstrap-server {} --alter --entity-type topics \
                     --entity-name {} --add-config {name}={needed}",
                    config.brokers, config.topic
                ),
            })
        })
        .collect()
}

fn replication(config: &KafkaConfig, replicas_min: usize) -> Option<Setting> {
    if config.development || replicas_min >= 3 {
        return None;
    }
    Some(Setting {
        of: format!("topic `{}`", config.topic),
        name: "replication factor".to_owned(),
        value: replicas_min.to_string(),
        needed: "3 or more".to_owned(),
        fix: format!(
            "kafka-reassign-partitions.sh --bootstrap-server {} --execute with three replicas \
             for each partition; or `development = true` if losing the log is no loss",
            config.brokers
        ),
    })
}

fn broker_version(broker: i32, found: &ConfigResource) -> Option<Setting> {
    if found.get(KNOWN_SINCE_3_7).is_some() {
        return None;
    }
    Some(Setting {
        of: format!("broker {broker}"),
        name: "version".to_owned(),
        value: format!("older than 3.7 (it has no setting {KNOWN_SINCE_3_7})"),
        needed: "3.7 or newer, 4.1 or newer recommended".to_owned(),
        fix: "upgrade the broker; older ones show readers records that too few replicas hold \
              (KAFKA-15583)"
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use rdkafka::admin::{ConfigEntry, ConfigSource, OwnedResourceSpecifier};

    use super::*;

    fn broker_with(name: &str) -> ConfigResource {
        let entry = ConfigEntry {
            name: name.to_owned(),
            value: Some("1048576".to_owned()),
            source: ConfigSource::Default,
            is_read_only: true,
            is_default: true,
            is_sensitive: false,
        };
        ConfigResource {
            specifier: OwnedResourceSpecifier::Broker(3),
            entries: vec![entry],
        }
    }

    #[test]
    fn a_broker_before_3_7_is_refused() {
        assert_eq!(broker_version(3, &broker_with("telemetry.max.bytes")), None);
        let refusal = broker_version(3, &broker_with("message.max.bytes"))
            .unwrap()
            .to_string();
        assert!(
            refusal.contains("broker 3") && refusal.contains("KAFKA-15583"),
            "{refusal}"
        );
    }
}
