//! Reading: one consumer and one thread a tail. The thread only polls and sorts what has arrived
//! into the partitions' inboxes; whatever is done with it is done elsewhere.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::BytesMut;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::Message as _;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::client::{self, Context};
use super::inbox::{Inbox, KafkaReader};
use super::nudge::Nudge;
use super::tailed::{Tailed, entry};
use super::{ANSWER_WITHIN, KafkaConfig};
use crate::cursor::{Cursor, Partition};
use crate::error::{Damage, Error};
use crate::port::RawReader;

/// How many entries are sorted before readers are told.
const SORTED_MAX: usize = 4_096;
/// How long a poll waits: shorter while a partition is paused, so that it is taken up again soon.
const POLL: Duration = Duration::from_millis(100);
const POLL_PAUSED: Duration = Duration::from_millis(2);
/// How often a topic that seems gone is asked for, and how often in vain until it is.
const GONE_CHECK: Duration = Duration::from_secs(1);
const GONE_CHECKS: u32 = 5;

/// Opens a reader for each cursor.
pub(super) fn tail(
    config: &KafkaConfig,
    nudge: &Nudge,
    from: &[Cursor],
) -> Result<Vec<Box<dyn RawReader>>, Error> {
    let consumer: BaseConsumer<Context> = client::base(config)
        // Never joined: `assign` wants a name, and nothing else is done with it.
        .set("group.id", "docket")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "error")
        .set("isolation.level", "read_uncommitted")
        // A topic that seems gone is looked for again here, not there.
        .set("topic.metadata.propagation.max.ms", "2000")
        .set("fetch.wait.max.ms", "500")
        .set("fetch.min.bytes", "1")
        .set("fetch.queue.backoff.ms", "1")
        .set("fetch.error.backoff.ms", "10")
        .create_with_context(Context)
        .map_err(|error| client::refused(&error))?;
    let consumer = Arc::new(consumer);
    nudge.watch(&consumer);
    let alive = Arc::new(());
    let mut partitions = BTreeMap::new();
    let mut readers: Vec<Box<dyn RawReader>> = Vec::with_capacity(from.len());
    for cursor in from {
        let inbox = Arc::new(Inbox::default());
        let reader = KafkaReader {
            inbox: Arc::clone(&inbox),
            _alive: Arc::clone(&alive),
        };
        readers.push(Box::new(reader));
        let tailed = Tailed::new(inbox, cursor.reads_from());
        partitions.insert(i32::from(cursor.partition.0), tailed);
    }
    let tail = Tail {
        consumer,
        topic: config.topic.clone(),
        partitions,
        buffer: BytesMut::new(),
        alive: Arc::downgrade(&alive),
    };
    tail.assign().map_err(|error| client::refused(&error))?;
    std::thread::Builder::new()
        .name("docket-log-tail".to_owned())
        .spawn(move || tail.run())
        .map_err(|error| Error::unavailable("starting a thread that reads Kafka", error))?;
    Ok(readers)
}

struct Tail {
    consumer: Arc<BaseConsumer<Context>>,
    topic: String,
    partitions: BTreeMap<i32, Tailed>,
    buffer: BytesMut,
    alive: Weak<()>,
}

impl Tail {
    fn run(mut self) {
        while self.alive.strong_count() > 0 {
            let paused = self.partitions.values().any(|tailed| tailed.paused);
            let mut polled = self.poll(if paused { POLL_PAUSED } else { POLL });
            let mut count = 0;
            let mut trouble = None;
            while let Some(result) = polled {
                match result {
                    Ok(()) => count += 1,
                    Err(error) => trouble = Some(error),
                }
                if count >= SORTED_MAX || trouble.is_some() {
                    break;
                }
                polled = self.poll(Duration::ZERO);
            }
            for tailed in self
                .partitions
                .values_mut()
                .filter(|tailed| !tailed.sorted.is_empty())
            {
                tailed.inbox.deliver(&mut tailed.sorted);
            }
            if let Some(error) = trouble {
                self.handle(&error);
            }
            self.pause_and_resume();
        }
    }

    /// Polls once and sorts what comes into its partition.
    fn poll(&mut self, wait: Duration) -> Option<Result<(), KafkaError>> {
        let message = match self.consumer.poll(wait)? {
            Ok(message) => message,
            Err(error) => return Some(Err(error)),
        };
        let Some(tailed) = self.partitions.get_mut(&message.partition()) else {
            return Some(Ok(()));
        };
        let entry = entry(&message, &mut self.buffer);
        tailed.sort(message.partition(), entry);
        Some(Ok(()))
    }

    fn handle(&mut self, error: &KafkaError) {
        use RDKafkaErrorCode::{
            AutoOffsetReset, OffsetOutOfRange, UnknownPartition, UnknownTopic,
            UnknownTopicOrPartition,
        };
        match error {
            KafkaError::MessageConsumptionFatal(_) => {
                let what = format!("reading topic `{}`", self.topic);
                self.fail_all(|| Error::unavailable(what.as_str(), error.clone()));
            }
            KafkaError::MessageConsumption(AutoOffsetReset | OffsetOutOfRange) => {
                // Which partition it was, librdkafka's client for Rust doesn't say, and it doesn't
                // read that one on.
                self.go_on_from_last();
            }
            KafkaError::MessageConsumption(
                UnknownTopic | UnknownPartition | UnknownTopicOrPartition,
            ) => self.look_for_topic(),
            // A broker that is away: librdkafka goes on trying.
            _ => tracing::debug!(topic = self.topic, %error, "reading Kafka"),
        }
    }

    /// A broker that has just started may not know its topics yet, so it is asked for a while. A
    /// topic that is there after all may be another one under the same name: reading goes on from
    /// the last entry delivered, which must be the same.
    fn look_for_topic(&mut self) {
        for _ in 0..GONE_CHECKS {
            let known = self
                .consumer
                .fetch_metadata(Some(&self.topic), ANSWER_WITHIN);
            let partitions = known.as_ref().ok().and_then(|known| {
                let topic = known
                    .topics()
                    .iter()
                    .find(|topic| topic.name() == self.topic)?;
                topic.error().is_none().then(|| topic.partitions().len())
            });
            if partitions.is_some_and(|count| count > 0) {
                self.go_on_from_last();
                return;
            }
            if self.alive.strong_count() == 0 {
                return;
            }
            std::thread::sleep(GONE_CHECK);
        }
        let log = format!("topic `{}`", self.topic);
        self.fail_all(|| Error::Damage(Damage::Gone { log: log.clone() }));
    }

    /// Where the place is still in the log, or that can't be asked now, reading goes on from the
    /// last entry delivered: it shows whether the log was cut and has grown again.
    fn go_on_from_last(&mut self) {
        for (number, tailed) in &mut self.partitions {
            let (from, to) = tailed.reach();
            let ends = client::ends(self.consumer.client(), &self.topic, *number);
            if let Ok((start, end)) = ends
                && (from.0 < start as u64 || to.0 > end as u64)
            {
                let (partition, place) = (Partition(*number as u16), to);
                tailed.fail(Error::Damage(Damage::OutOfRange { partition, place }));
            }
            tailed.read_last_again();
        }
        if let Err(error) = self.assign() {
            let what = format!("reading topic `{}`", self.topic);
            self.fail_all(|| Error::unavailable(what.as_str(), error.clone()));
        }
    }

    fn assign(&self) -> KafkaResult<()> {
        self.consumer.assign(&self.list(|tailed| !tailed.failed)?)
    }

    /// Never lets a slow reader hold up the others, nor fill the memory.
    fn pause_and_resume(&mut self) {
        let pause = self.list(|tailed| !tailed.paused && tailed.inbox.is_full());
        let resume = self.list(|tailed| tailed.paused && tailed.inbox.has_room());
        for (list, paused) in [(pause, true), (resume, false)] {
            let Ok(list) = list else { continue };
            if list.count() == 0 {
                continue;
            }
            let done = if paused {
                self.consumer.pause(&list)
            } else {
                self.consumer.resume(&list)
            };
            if let Err(error) = done {
                tracing::warn!(topic = self.topic, %error, paused, "pausing a partition");
                continue;
            }
            for element in list.elements() {
                if let Some(tailed) = self.partitions.get_mut(&element.partition()) {
                    tailed.paused = paused;
                }
            }
        }
    }

    fn list(&self, which: impl Fn(&Tailed) -> bool) -> KafkaResult<TopicPartitionList> {
        let mut list = TopicPartitionList::new();
        for (number, tailed) in self.partitions.iter().filter(|(_, tailed)| which(tailed)) {
            let offset = Offset::Offset(tailed.next.0 as i64);
            list.add_partition_offset(&self.topic, *number, offset)?;
        }
        Ok(list)
    }

    fn fail_all(&mut self, error: impl Fn() -> Error) {
        for tailed in self.partitions.values_mut() {
            tailed.fail(error());
        }
    }
}

#[cfg(test)]
mod tests;
