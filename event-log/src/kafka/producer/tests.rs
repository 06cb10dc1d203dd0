//! A producer that breaks, against librdkafka's own mock of a cluster: it makes the broker say
//! what no real one can be made to say on request.

use rdkafka::mocking::MockCluster;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use super::*;
use crate::chain::seal;
use crate::cursor::LogId;
use crate::record::Draft;

/// A record that could be the first of a partition.
pub(in crate::kafka) fn record() -> Record {
    let draft = Draft {
        kind: "docket.ticket.opened.v1",
        key: "ticket-1".into(),
        time: jiff::Timestamp::UNIX_EPOCH,
        attributes: Vec::new(),
        traceparent: None,
        data: "{}".into(),
    };
    seal(LogId(uuid::Uuid::nil()), Partition(0), None, draft)
}

#[tokio::test]
async fn a_broken_producer_is_replaced() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("log", 1, 1).unwrap();
    let producer = Producer::new(
        &KafkaConfig::new(cluster.bootstrap_servers(), "log"),
        Nudge::new("log"),
    )
    .unwrap();
    producer.send(Partition(0), &[record()]).await.unwrap();
    cluster.request_errors(
        RDKafkaApiKey::Produce,
        &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER],
    );
    let error = producer
        .send(Partition(0), &[record(), record()])
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::AppendUnknown {
                partition: Partition(0),
                ..
            }
        ),
        "{error:?}"
    );
    let broken = producer.client.read().unwrap().client().fatal_error();
    assert!(broken.is_some(), "the mock's answer breaks a producer");
    producer.send(Partition(0), &[record()]).await.unwrap();
    assert!(producer.end(Partition(0)).await.unwrap() >= Place(2));
}
