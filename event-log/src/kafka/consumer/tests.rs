//! A broker that refuses an offset, against librdkafka's own mock of a cluster: it makes the
//! broker say what no real one can be made to say on request.

use rdkafka::mocking::MockCluster;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use super::*;
use crate::cursor::LogId;
use crate::kafka::producer::Producer;
use crate::kafka::producer::tests::record;

/// librdkafka stops reading a partition when the broker refuses its offset. If the offset is there
/// after all (the log was cut and has grown again, or the broker was wrong), what lies before it
/// tells: a reader that isn't told anything would wait for ever.
#[tokio::test]
async fn an_offset_that_was_refused_and_is_there_is_read_again() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("log", 1, 1).unwrap();
    let config = KafkaConfig::new(cluster.bootstrap_servers(), "log");
    let producer = Producer::new(&config, Nudge::new("log")).unwrap();
    let sent = [record(), record(), record()];
    producer.send(Partition(0), &sent[..2]).await.unwrap();
    let start = Cursor::start(LogId(uuid::Uuid::nil()), Partition(0));
    let mut reader = tail(&config, &Nudge::new("log"), &[start])
        .unwrap()
        .pop()
        .unwrap();
    let mut read = Vec::new();
    while read.len() < 2 {
        read.extend(reader.next().await.unwrap());
    }
    cluster.request_errors(
        RDKafkaApiKey::Fetch,
        &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE],
    );
    producer.send(Partition(0), &sent[2..]).await.unwrap();
    while read.len() < 3 {
        read.extend(reader.next().await.unwrap());
    }
    let hashes: Vec<_> = read.iter().map(|entry| entry.hash).collect();
    assert_eq!(hashes, sent.map(|record| Some(record.hash)));
}
