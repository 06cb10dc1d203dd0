//! A topic, handled without the log.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use docket_event_log::{Place, RawEntry, packed};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::{Header, Headers as _, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

pub(crate) const WAIT: Duration = Duration::from_secs(30);

pub(crate) struct Topic {
    pub(crate) brokers: String,
    pub(crate) name: String,
}

impl Topic {
    pub(crate) fn named_freshly(brokers: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // A broker that is kept between runs has the topics of earlier ones.
        let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Self {
            brokers: brokers.to_owned(),
            name: format!("contract-{process}-{count}"),
        }
    }

    fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client
            .set("bootstrap.servers", &self.brokers)
            .set("group.id", "contract");
        client
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        ClientConfig::new()
            .set("bootstrap.servers", &self.brokers)
            .create()
            .unwrap()
    }

    pub(crate) async fn create(&self, partitions: i32, settings: &[(&str, &str)]) {
        const SAFE: &[(&str, &str)] = &[
            ("cleanup.policy", "delete"),
            ("retention.ms", "-1"),
            ("retention.bytes", "-1"),
            ("unclean.leader.election.enable", "false"),
        ];
        let admin = self.admin();
        loop {
            let mut topic = NewTopic::new(&self.name, partitions, TopicReplication::Fixed(1));
            for (name, value) in SAFE
                .iter()
                .filter(|(name, _)| !settings.iter().any(|(found, _)| found == name))
            {
                topic = topic.set(name, value);
            }
            for (name, value) in settings {
                topic = topic.set(name, value);
            }
            let results = admin
                .create_topics(&[topic], &AdminOptions::new())
                .await
                .unwrap();
            match &results[0] {
                Ok(_) => return,
                // The one of the same name isn't quite gone yet.
                Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(error) => panic!("{error:?}"),
            }
        }
    }

    pub(crate) async fn delete(&self) {
        let results = self
            .admin()
            .delete_topics(&[&self.name], &AdminOptions::new())
            .await;
        results.unwrap()[0].as_ref().unwrap();
    }

    /// All entries of all partitions.
    pub(crate) fn read(&self, partitions: i32) -> Vec<Vec<RawEntry>> {
        (0..partitions)
            .map(|partition| {
                let consumer: BaseConsumer = self.client().create().unwrap();
                let (_, end) = consumer
                    .fetch_watermarks(&self.name, partition, WAIT)
                    .unwrap();
                let mut list = TopicPartitionList::new();
                list.add_partition_offset(&self.name, partition, Offset::Offset(0))
                    .unwrap();
                consumer.assign(&list).unwrap();
                (0..end)
                    .map(|_| entry(&consumer.poll(WAIT).unwrap().unwrap()))
                    .collect()
            })
            .collect()
    }

    /// Appends entries as they are.
    pub(crate) fn write(&self, partitions: &[Vec<RawEntry>]) {
        let producer: BaseProducer = self
            .client()
            .remove("group.id")
            .set("acks", "all")
            .create()
            .unwrap();
        for (partition, entries) in partitions.iter().enumerate() {
            for entry in entries {
                let mut headers = OwnedHeaders::new();
                for (key, value) in packed::Headers::new(&entry.packed) {
                    headers = headers.insert(Header {
                        key,
                        value: Some(value),
                    });
                }
                if let Some(hash) = entry.hash {
                    let hash = hash.to_string();
                    headers = headers.insert(Header {
                        key: "ce_hash",
                        value: Some(&hash),
                    });
                }
                let record = BaseRecord::to(&self.name)
                    .partition(partition as i32)
                    .key(&entry.key[..])
                    .payload(&entry.data[..])
                    .headers(headers);
                producer.send(record).map_err(|(error, _)| error).unwrap();
            }
        }
        producer.flush(WAIT).unwrap();
    }
}

fn entry(message: &rdkafka::message::BorrowedMessage<'_>) -> RawEntry {
    let headers = message.headers().unwrap();
    let headers = headers
        .iter()
        .map(|header| (header.key, header.value.unwrap_or_default()));
    let mut buffer = BytesMut::new();
    let (hash, traceparent) = packed::pack(&mut buffer, headers);
    RawEntry {
        at: Place(message.offset() as u64),
        key: Bytes::copy_from_slice(message.key().unwrap_or_default()),
        packed: buffer.freeze(),
        hash,
        traceparent: traceparent.map(Bytes::copy_from_slice),
        data: Bytes::copy_from_slice(message.payload().unwrap_or_default()),
    }
}
