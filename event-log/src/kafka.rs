//! The production log: one Kafka topic, one Kafka partition per partition.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::config::default_partitions;

/// Section `log.kafka`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KafkaConfig {
    /// `host:port` of some brokers, with commas between them.
    pub brokers: String,
    /// The topic that is this log and nothing else.
    #[serde(default = "default_topic")]
    pub topic: String,
    /// Fixed when the log is made.
    #[serde(default = "default_partitions")]
    pub partitions: u16,
    /// Allows one replica: a lost disk is a lost log. Never in production.
    #[serde(default)]
    pub development: bool,
    /// Whether to make the topic where there is none.
    #[serde(default = "yes")]
    pub create: bool,
    /// More settings for librdkafka, such as `security.protocol`.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
}

fn default_topic() -> String {
    "docket.events".to_owned()
}

const fn yes() -> bool {
    true
}

impl KafkaConfig {
    /// The defaults over some brokers and a topic.
    pub fn new(brokers: impl Into<String>, topic: impl Into<String>) -> Self {
        Self {
            brokers: brokers.into(),
            topic: topic.into(),
            partitions: default_partitions(),
            development: false,
            create: true,
            options: BTreeMap::new(),
        }
    }
}
