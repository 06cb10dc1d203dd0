//! Kafka without Docket: librdkafka's producer alone, its consumer alone, and the way from the one
//! to the other. What the broker and the client take when nobody decides or checks anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use docket_event_log::Record;
use hdrhistogram::Histogram;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DeliveryResult, ProducerContext, ThreadedProducer};
use rdkafka::{ClientConfig, ClientContext, Offset, TopicPartitionList};

use crate::load::histogram;
use crate::records::{DATA_BYTES, PARTITIONS};
use crate::stage::Stage;

/// The settings that Docket's own producer has, but for how it finds a broker again.
fn producer<C: ProducerContext + 'static>(
    stage: &Stage,
    context: C,
) -> anyhow::Result<ThreadedProducer<C>> {
    Ok(ClientConfig::new()
        .set("bootstrap.servers", stage.brokers())
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("linger.ms", "0")
        .set("batch.num.messages", "10000")
        .set("queue.buffering.max.messages", "1000000")
        .set("message.timeout.ms", "30000")
        .set("socket.nagle.disable", "true")
        .create_with_context(context)?)
}

/// A new topic with as many partitions as a log.
pub(crate) async fn topic(stage: &Stage) -> anyhow::Result<String> {
    let name = stage.name("reference");
    let mut client = ClientConfig::new();
    let admin: AdminClient<_> = client.set("bootstrap.servers", stage.brokers()).create()?;
    let replication = TopicReplication::Fixed(1);
    let new = NewTopic::new(&name, i32::from(PARTITIONS), replication);
    admin.create_topics(&[new], &AdminOptions::new()).await?;
    Ok(name)
}

/// Counts delivery reports.
struct Reports(Arc<Tally>);

#[derive(Default)]
struct Tally {
    reported: AtomicUsize,
    failed: AtomicUsize,
}

impl ClientContext for Reports {}

impl ProducerContext for Reports {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let failed = usize::from(result.is_err());
        self.0.failed.fetch_add(failed, Ordering::Relaxed);
        self.0.reported.fetch_add(1, Ordering::Release);
    }
}

/// Records a second, from the first to the last delivery report. Sends `count` records, taking
/// them from the partitions' lists in turn, over and over.
pub(crate) async fn produce(
    stage: &Stage,
    records: &Arc<Vec<Vec<Record>>>,
    count: usize,
) -> anyhow::Result<f64> {
    let topic = topic(stage).await?;
    let tally = Arc::new(Tally::default());
    let producer = producer(stage, Reports(Arc::clone(&tally)))?;
    let records = Arc::clone(records);
    let sending = move || {
        let await_reports = |count| {
            while tally.reported.load(Ordering::Acquire) < count {
                thread::sleep(Duration::from_micros(200));
            }
        };
        // Connected to each partition's leader before the clock starts, as Docket's producer is.
        for (partition, list) in (0..).zip(&*records) {
            send(&producer, &topic, partition, &list[0])?;
        }
        await_reports(records.len());
        let begun = Instant::now();
        for n in 0..count {
            let partition = n % records.len();
            let list = &records[partition];
            let record = &list[n / records.len() % list.len()];
            send(&producer, &topic, partition as i32, record)?;
        }
        await_reports(records.len() + count);
        let took = begun.elapsed();
        let failed = tally.failed.load(Ordering::Relaxed);
        ensure!(
            failed == 0,
            "{failed} of {count} records were not delivered"
        );
        Ok(rate(count, took))
    };
    tokio::task::spawn_blocking(sending).await?
}

/// With every header that Docket's adapter sends.
fn send(
    producer: &ThreadedProducer<Reports>,
    topic: &str,
    partition: i32,
    record: &Record,
) -> anyhow::Result<()> {
    let hash = record.hash.hex();
    let mut headers = OwnedHeaders::new_with_capacity(18);
    let outside = [
        ("ce_hash", &hash[..]),
        ("content-type", b"application/json"),
    ];
    let traceparent = record.traceparent.as_deref();
    let traceparent = traceparent.map(|value| ("traceparent", value));
    for (key, value) in record.headers().chain(outside).chain(traceparent) {
        let value = Some(value);
        headers = headers.insert(Header { key, value });
    }
    let mut next = BaseRecord::to(topic)
        .partition(partition)
        .key(&record.key[..])
        .payload(&record.data[..])
        .headers(headers);
    while let Err((error, again)) = producer.send(next) {
        let full = KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull);
        if error != full {
            return Err(error).context("producing");
        }
        thread::sleep(Duration::from_millis(1));
        next = again;
    }
    Ok(())
}

/// A consumer with the settings of Docket's own, at the start of every partition of a topic.
fn consumer(stage: &Stage, topic: &str) -> anyhow::Result<BaseConsumer> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", stage.brokers())
        .set("group.id", "reference")
        .set("enable.auto.commit", "false")
        .set("fetch.wait.max.ms", "500")
        .set("fetch.min.bytes", "1")
        .set("fetch.queue.backoff.ms", "1")
        .set("socket.nagle.disable", "true")
        .create()?;
    let mut places = TopicPartitionList::new();
    for partition in 0..i32::from(PARTITIONS) {
        places.add_partition_offset(topic, partition, Offset::Beginning)?;
    }
    consumer.assign(&places)?;
    Ok(consumer)
}

/// Records a second of a loop that polls a topic and looks at nothing, from the first record.
pub(crate) async fn consume(stage: &Stage, topic: &str, count: usize) -> anyhow::Result<f64> {
    let consumer = consumer(stage, topic)?;
    let reading = move || {
        let mut begun = None;
        let mut read = 0;
        while read < count {
            if let Some(message) = consumer.poll(Duration::from_millis(100)) {
                message?;
                begun.get_or_insert_with(Instant::now);
                read += 1;
            }
        }
        let begun = begun.context("there are records")?;
        Ok(rate(count, begun.elapsed()))
    };
    tokio::task::spawn_blocking(reading).await?
}

/// From a record's due time until it is read back, in microseconds, at `rate` records a second,
/// steadily. The first `warm_up` is not counted.
pub(crate) async fn round_trip(
    stage: &Stage,
    rate: f64,
    warm_up: Duration,
    measured: Duration,
) -> anyhow::Result<Histogram<u64>> {
    let topic = topic(stage).await?;
    let producer = producer(stage, Reports(Arc::default()))?;
    let consumer = consumer(stage, &topic)?;
    let start = Instant::now() + Duration::from_millis(500);
    let count = (rate * (warm_up + measured).as_secs_f64()) as u32;
    let interval = Duration::from_secs_f64(1.0 / rate);
    let sending = move || {
        let mut payload = vec![b'x'; 600 + DATA_BYTES];
        for n in 0..count {
            let due = interval * n;
            let wait = (start + due).saturating_duration_since(Instant::now());
            if !wait.is_zero() {
                thread::sleep(wait);
            }
            payload[..8].copy_from_slice(&(due.as_nanos() as u64).to_be_bytes());
            let partition = (n % u32::from(PARTITIONS)) as i32;
            let record = BaseRecord::<(), _>::to(&topic).partition(partition);
            let sent = producer.send(record.payload(&payload));
            sent.map_err(|(error, _)| error)?;
        }
        // Its thread goes on sending until it is dropped; the reader says when all has arrived.
        anyhow::Ok(producer)
    };
    let reading = move || {
        let mut latencies = histogram();
        let mut read = 0;
        while read < count {
            let Some(message) = consumer.poll(Duration::from_millis(100)) else {
                continue;
            };
            let message = message?;
            read += 1;
            let stamp = message.payload().and_then(|bytes| bytes.first_chunk::<8>());
            let due = Duration::from_nanos(u64::from_be_bytes(*stamp.context("a stamp")?));
            if due >= warm_up {
                let took = Instant::now().saturating_duration_since(start + due);
                latencies.saturating_record(took.as_micros() as u64);
            }
        }
        anyhow::Ok(latencies)
    };
    let sending = tokio::task::spawn_blocking(sending);
    let latencies = tokio::task::spawn_blocking(reading).await??;
    drop(sending.await??);
    Ok(latencies)
}

pub(crate) fn rate(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// The middle one of some rounds.
pub(crate) fn median(mut rounds: Vec<f64>) -> f64 {
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}
