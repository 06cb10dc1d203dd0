//! What all our Kafka clients have in common.

use std::time::{Duration, Instant};

use rdkafka::client::{Client, ClientContext};
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};

use super::{ANSWER_WITHIN, KafkaConfig};
use crate::error::Error;

/// Settings for a client. The configuration's own options come last, except those that the
/// guarantees rest on, which the callers set after this.
pub(super) fn base(config: &KafkaConfig) -> ClientConfig {
    let mut client = ClientConfig::new();
    client
        .set("bootstrap.servers", &config.brokers)
        .set("client.id", "docket")
        .set("socket.nagle.disable", "true")
        // A broker that hangs is left for the next leader before writers take the log for stalled.
        .set("socket.timeout.ms", "3000")
        // A broker that comes back is found soon.
        .set("reconnect.backoff.ms", "20")
        .set("reconnect.backoff.max.ms", "500")
        .set("topic.metadata.refresh.fast.interval.ms", "100");
    for (name, value) in &config.options {
        client.set(name, value);
    }
    client
}

/// A client that couldn't even be made.
pub(super) fn refused(error: &KafkaError) -> Error {
    Error::Config(format!("librdkafka refuses it: {error}"))
}

/// How often a partition without a leader is asked for one.
const LEADER_CHECK: Duration = Duration::from_millis(50);

/// A partition's first offset and the one past its last, from its leader. While there is a new
/// leader that not everybody knows (a topic just made, a broker just started) it is asked for
/// again. Blocks.
pub(super) fn ends<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
    partition: i32,
) -> KafkaResult<(i64, i64)> {
    // The last one: the broker that was asked is none any more.
    use RDKafkaErrorCode::{
        DestroyBroker, LeaderNotAvailable, NotLeaderForPartition, UnknownPartition,
        UnknownTopicOrPartition,
    };
    let deadline = Instant::now() + ANSWER_WITHIN;
    loop {
        let answer = client.fetch_watermarks(topic, partition, ANSWER_WITHIN);
        match &answer {
            Err(KafkaError::MetadataFetch(code) | KafkaError::OffsetFetch(code))
                if matches!(
                    code,
                    LeaderNotAvailable
                        | NotLeaderForPartition
                        | UnknownPartition
                        | UnknownTopicOrPartition
                        | DestroyBroker
                ) && Instant::now() < deadline =>
            {
                std::thread::sleep(LEADER_CHECK);
                let _ = client.fetch_metadata(Some(topic), ANSWER_WITHIN);
            }
            _ => return answer,
        }
    }
}

/// Passes librdkafka's log lines on.
#[derive(Clone, Debug, Default)]
pub(super) struct Context;

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        match level {
            RDKafkaLogLevel::Debug | RDKafkaLogLevel::Info => {
                tracing::debug!(target: "librdkafka", facility, "{text}");
            }
            // Connections come and go; what matters of it, callers are told.
            _ => tracing::info!(target: "librdkafka", facility, "{text}"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::info!(target: "librdkafka", %error, "{reason}");
    }
}

impl ConsumerContext for Context {}
