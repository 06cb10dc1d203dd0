//! A private Kafka whose brokers can be taken away one by one.
//!
//! The supervisor's functions block, so each runs on a thread for that; one at a time.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use docket_supervisor::{Kafka, KafkaConfig};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::metadata::MetadataPartition;

/// One broker or three.
#[derive(Clone, Debug)]
pub struct Brokers {
    kafka: Arc<Mutex<Kafka>>,
    bootstrap: Arc<str>,
    count: usize,
}

impl Brokers {
    /// Starts them in a directory of their own.
    pub async fn start(count: usize, directory: impl Into<PathBuf>) -> anyhow::Result<Self> {
        let config = KafkaConfig::new(directory).brokers(count);
        let kafka = tokio::task::spawn_blocking(move || Kafka::start(&config)).await??;
        Ok(Self {
            bootstrap: kafka.bootstrap().into(),
            kafka: Arc::new(Mutex::new(kafka)),
            count,
        })
    }

    /// What clients connect to.
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Kills one with `-9`; an error if it had ended before.
    pub async fn kill(&self, broker: usize) -> anyhow::Result<()> {
        self.with(move |kafka| {
            running(kafka, broker)?;
            Ok(kafka.kill(broker)?)
        })
        .await
    }

    /// Freezes one: its connections stay open and nobody answers. An error if it had ended before.
    pub async fn pause(&self, broker: usize) -> anyhow::Result<()> {
        self.with(move |kafka| {
            running(kafka, broker)?;
            Ok(kafka.pause(broker)?)
        })
        .await
    }

    /// Lets a frozen one go on.
    pub async fn resume(&self, broker: usize) -> anyhow::Result<()> {
        self.with(move |kafka| Ok(kafka.resume(broker)?)).await
    }

    /// Starts one again, with its data, and waits until it takes part.
    pub async fn restart(&self, broker: usize) -> anyhow::Result<()> {
        self.with(move |kafka| Ok(kafka.restart(broker)?)).await
    }

    /// Lets one go on if it is frozen, and starts it again if it has ended.
    pub async fn heal(&self, broker: usize) -> anyhow::Result<()> {
        self.with(move |kafka| {
            kafka.resume(broker)?;
            if !kafka.is_running(broker)? {
                kafka.restart(broker)?;
            }
            Ok(())
        })
        .await
    }

    async fn with(
        &self,
        act: impl FnOnce(&mut Kafka) -> anyhow::Result<()> + Send + 'static,
    ) -> anyhow::Result<()> {
        let kafka = Arc::clone(&self.kafka);
        let done = tokio::task::spawn_blocking(move || {
            act(&mut kafka.lock().unwrap_or_else(PoisonError::into_inner))
        });
        done.await?
    }

    /// The broker that leads most of a topic's partitions.
    pub async fn leader(&self, topic: &str) -> anyhow::Result<usize> {
        let (bootstrap, topic) = (self.bootstrap.to_string(), topic.to_owned());
        let leaders = tokio::task::spawn_blocking(move || -> anyhow::Result<Vec<i32>> {
            let client: BaseConsumer = ClientConfig::new()
                .set("bootstrap.servers", bootstrap)
                .create()?;
            let metadata = client.fetch_metadata(Some(&topic), Duration::from_secs(10))?;
            let topic = metadata.topics().first().context("the topic is gone")?;
            let partitions = topic.partitions().iter();
            Ok(partitions.map(MetadataPartition::leader).collect())
        });
        let leaders = leaders.await??;
        let leads = |broker: &usize| {
            let node = *broker as i32 + 1;
            leaders.iter().filter(|leader| **leader == node).count()
        };
        Ok((0..self.count).max_by_key(leads).unwrap_or(0))
    }
}

/// A signal to one that has ended would do nothing, and look as if it had.
fn running(kafka: &mut Kafka, broker: usize) -> anyhow::Result<()> {
    anyhow::ensure!(
        kafka.is_running(broker)?,
        "broker {} ended by itself",
        broker + 1
    );
    Ok(())
}
