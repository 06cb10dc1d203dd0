//! The production log: one Kafka topic, one Kafka partition per partition.
//!
//! A place is an offset. Kafka orders what is appended and keeps it; the compare is the chain
//! rule's, so losers stay in the topic as noise. A broker that is away is not an error for a
//! reader: it goes on when there is one again.

mod client;
mod consumer;
mod inbox;
mod nudge;
mod producer;
mod settings;
mod tailed;

use std::collections::BTreeMap;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde::Deserialize;

use self::nudge::Nudge;
use self::producer::Producer;
use crate::config::default_partitions;
use crate::cursor::{Cursor, LogId, Partition, Place};
use crate::error::Error;
use crate::genesis;
use crate::port::{EventLog, LogIdentity, RawReader};
use crate::record::Record;

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
    /// Set by tools that only read: nothing is made, no genesis either. What is empty is an error.
    #[serde(skip)]
    pub read_only: bool,
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
            read_only: false,
            options: BTreeMap::new(),
        }
    }
}

/// How long a broker may take to answer a question.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// A log in Kafka.
#[derive(Debug)]
pub struct KafkaLog {
    config: KafkaConfig,
    producer: Producer,
    nudge: Nudge,
    identity: LogIdentity,
}

impl KafkaLog {
    /// Opens the log. Makes the topic (if allowed) and the genesis records where there are none;
    /// refuses settings that don't carry the guarantees.
    pub async fn open(config: &KafkaConfig) -> Result<Self, Error> {
        settings::prepare(config).await?;
        let identity = LogIdentity {
            log_id: LogId(uuid::Uuid::nil()),
            partitions: config.partitions,
        };
        let nudge = Nudge::new(&config.topic);
        let producer = Producer::new(config, nudge.clone())?;
        let mut log = Self {
            config: config.clone(),
            producer,
            nudge,
            identity,
        };
        let name = format!("topic `{}`", config.topic);
        log.identity = genesis::establish(&log, &name, config.partitions, config.read_only).await?;
        Ok(log)
    }
}

impl EventLog for KafkaLog {
    fn identity(&self) -> &LogIdentity {
        &self.identity
    }

    fn append(
        &self,
        partition: Partition,
        records: Vec<Record>,
    ) -> BoxFuture<'static, Result<(), Error>> {
        let report = self.producer.send(partition, &records);
        self.nudge.clone().until(report).boxed()
    }

    fn tail(&self, from: &[Cursor]) -> BoxFuture<'_, Result<Vec<Box<dyn RawReader>>, Error>> {
        std::future::ready(consumer::tail(&self.config, &self.nudge, from)).boxed()
    }

    fn end(&self, partition: Partition) -> BoxFuture<'_, Result<Place, Error>> {
        self.producer.end(partition).boxed()
    }
}
