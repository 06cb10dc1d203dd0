//! The log in a real Kafka: a topic an arena.

mod faults;
mod settings;
pub(crate) mod topic;

use std::sync::Arc;

use docket_event_log::kafka::{KafkaConfig, KafkaLog};
use docket_event_log::{Error, Log, Partition, RawEntry};
use docket_supervisor::testing;

use self::topic::Topic;
use crate::arena::Arena;

pub(crate) struct KafkaArena(Topic);

pub(crate) fn config(topic: &Topic) -> KafkaConfig {
    KafkaConfig {
        partitions: 2,
        development: true,
        ..KafkaConfig::new(&topic.brokers, &topic.name)
    }
}

impl Arena for KafkaArena {
    const KEEPS_NOISE: bool = true;

    async fn fresh() -> Self {
        Self(Topic::named_freshly(testing::kafka().await.bootstrap()))
    }

    async fn open_with(&self, partitions: u16) -> Result<Log, Error> {
        let config = KafkaConfig {
            partitions,
            ..config(&self.0)
        };
        Ok(Arc::new(KafkaLog::open(&config).await?))
    }

    async fn rewrite(&self, partition: Partition, change: impl FnOnce(&mut Vec<RawEntry>)) {
        let mut stored = self.0.read(2);
        change(&mut stored[usize::from(partition.0)]);
        self.0.delete().await;
        self.0.create(2, &[]).await;
        self.0.write(&stored);
    }
}
