//! Sending batches: one idempotent producer, one completion a batch.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use docket_schemas::attributes::{CONTENT_TYPE, header};
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{
    BaseRecord, DeliveryResult, Producer as _, ProducerContext, ThreadedProducer,
};
use tokio::sync::oneshot;

use super::KafkaConfig;
use super::client::{self, Context};
use super::nudge::Nudge;
use crate::cursor::{Partition, Place};
use crate::error::{Error, Source};
use crate::packed::TRACEPARENT;
use crate::record::Record;

type Client = ThreadedProducer<Reports>;

/// A producer that is replaced when it breaks.
pub(super) struct Producer {
    config: KafkaConfig,
    nudge: Nudge,
    client: RwLock<Arc<Client>>,
}

impl Producer {
    pub(super) fn new(config: &KafkaConfig, nudge: Nudge) -> Result<Self, Error> {
        let client = RwLock::new(connect(config, &nudge)?);
        Ok(Self {
            config: config.clone(),
            nudge,
            client,
        })
    }

    /// Hands the records to librdkafka; the future waits for the report on all of them.
    pub(super) fn send(
        &self,
        partition: Partition,
        records: &[Record],
    ) -> impl Future<Output = Result<(), Error>> + Send + 'static {
        let (told, report) = oneshot::channel();
        let batch = Arc::new(Batch {
            failure: Mutex::new(None),
            told: Some(told),
        });
        match self.client() {
            Ok(client) => {
                for record in records {
                    let topic = &self.config.topic;
                    if let Err(error) = enqueue(&client, topic, partition, record, &batch) {
                        batch.fail(error.into());
                        // What follows would extend a record that isn't there.
                        break;
                    }
                }
            }
            Err(error) => batch.fail(error.into()),
        }
        drop(batch);
        async move {
            let failure = report
                .await
                .unwrap_or_else(|_| Some("the producer was closed".into()));
            failure.map_or(Ok(()), |source| {
                Err(Error::AppendUnknown { partition, source })
            })
        }
    }

    /// The place just past the last entry that a reader can get.
    pub(super) fn end(
        &self,
        partition: Partition,
    ) -> impl Future<Output = Result<Place, Error>> + Send + 'static {
        let client = self.client();
        let topic = self.config.topic.clone();
        async move {
            let client = client?;
            let what = format!("asking for the end of partition {partition} of topic `{topic}`");
            tokio::task::spawn_blocking(move || {
                client::ends(client.client(), &topic, i32::from(partition.0))
            })
            .await
            .map_err(|error| Error::unavailable(what.as_str(), error))?
            .map(|(_, end)| Place(end as u64))
            .map_err(|error| Error::unavailable(what, error))
        }
    }

    /// The producer; a new one after a fatal error, which is what librdkafka calls it when it can
    /// no longer promise order and no duplicates. Nothing of ours depends on those two, but a
    /// broken producer takes no more records.
    fn client(&self) -> Result<Arc<Client>, Error> {
        let client = Arc::clone(&self.client.read().unwrap_or_else(PoisonError::into_inner));
        if client.client().fatal_error().is_none() {
            return Ok(client);
        }
        let mut current = self.client.write().unwrap_or_else(PoisonError::into_inner);
        if let Some((code, reason)) = current.client().fatal_error() {
            tracing::warn!(%code, reason, "the Kafka producer broke; making a new one");
            let broken = std::mem::replace(&mut *current, connect(&self.config, &self.nudge)?);
            // Dropping it waits for its thread.
            std::thread::spawn(move || drop((client, broken)));
        }
        Ok(Arc::clone(&current))
    }
}

fn connect(config: &KafkaConfig, nudge: &Nudge) -> Result<Arc<Client>, Error> {
    let client = client::base(config)
        .set("acks", "all")
        .set("enable.idempotence", "true")
        .set("linger.ms", "0")
        .set("batch.num.messages", "10000")
        .set("queue.buffering.max.messages", "1000000")
        .set("message.timeout.ms", "30000")
        .create_with_context(Reports(Context))
        .map_err(|error| client::refused(&error))?;
    let client = Arc::new(client);
    nudge.watch(&client);
    Ok(client)
}

fn enqueue(
    client: &Client,
    topic: &str,
    partition: Partition,
    record: &Record,
    batch: &Arc<Batch>,
) -> Result<(), KafkaError> {
    let hash = record.hash.hex();
    let mut headers = OwnedHeaders::new_with_capacity(18);
    for (key, value) in record.headers() {
        headers = headers.insert(Header {
            key,
            value: Some(value),
        });
    }
    headers = headers.insert(Header {
        key: header::HASH,
        value: Some(&hash[..]),
    });
    let (key, value) = CONTENT_TYPE;
    headers = headers.insert(Header {
        key,
        value: Some(value),
    });
    if let Some(value) = record.traceparent.as_deref() {
        headers = headers.insert(Header {
            key: TRACEPARENT,
            value: Some(value),
        });
    }
    client
        .send(
            BaseRecord::with_opaque_to(topic, Arc::clone(batch))
                .partition(i32::from(partition.0))
                .key(&record.key[..])
                .payload(&record.data[..])
                .headers(headers),
        )
        .map_err(|(error, _)| error)
}

/// What the records of a batch share: the last report drops it, and so tells the sender.
struct Batch {
    failure: Mutex<Option<Source>>,
    told: Option<oneshot::Sender<Option<Source>>>,
}

impl Batch {
    fn fail(&self, source: Source) {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(source);
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        let failure = self
            .failure
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(told) = self.told.take() {
            // Nobody may be waiting any more.
            let _ = told.send(failure);
        }
    }
}

struct Reports(Context);

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        self.0.log(level, facility, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.0.error(error, reason);
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = Arc<Batch>;

    fn delivery(&self, result: &DeliveryResult<'_>, batch: Arc<Batch>) {
        if let Err((error, _)) = result {
            batch.fail(error.clone().into());
        }
    }
}

impl std::fmt::Debug for Producer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Producer")
            .field("topic", &self.config.topic)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(super) mod tests;
