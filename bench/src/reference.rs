//! librdkafka's producer alone: what the broker takes when nobody decides anything.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use crate::bulk::rate;

/// A record of a comment as Docket writes it: attributes, then data.
const HEADER_BYTES: usize = 560;
const DATA_BYTES: usize = 140;
const PARTITIONS: i32 = 8;

/// Records a second, from the first to the last delivery report, `acks=all` and idempotent as
/// Docket's own.
pub(crate) async fn produce(bootstrap: &str, topic: &str, records: usize) -> anyhow::Result<f64> {
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", bootstrap);
    let admin: AdminClient<_> = client.create()?;
    let new = NewTopic::new(topic, PARTITIONS, TopicReplication::Fixed(1));
    admin.create_topics(&[new], &AdminOptions::new()).await?;
    let producer: BaseProducer = client
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("linger.ms", "0")
        .set("batch.num.messages", "10000")
        .create()?;
    let topic = topic.to_owned();
    tokio::task::spawn_blocking(move || {
        let payload = vec![b'x'; HEADER_BYTES + DATA_BYTES];
        let key = "ticket-00000000-0000-0000-0000-000000000000";
        let begun = Instant::now();
        for n in 0..records {
            let mut record = BaseRecord::to(&topic)
                .partition(n as i32 % PARTITIONS)
                .key(key)
                .payload(&payload);
            while let Err((error, again)) = producer.send(record) {
                let full = KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull);
                if error != full {
                    return Err(error).context("producing");
                }
                producer.poll(Duration::from_millis(1));
                record = again;
            }
            producer.poll(Duration::ZERO);
        }
        while producer.in_flight_count() > 0 {
            producer.poll(Duration::from_millis(1));
        }
        Ok(rate(records, begun.elapsed()))
    })
    .await?
}
