//! Reading the log from its start with everything checked (hash, chain, sequence), beside a
//! consumer that polls the same topic and looks at nothing.

use std::time::Instant;

use docket_event_log::{KafkaConfig, LogConfig};
use tokio::task::JoinSet;

use crate::port::{self, BATCH};
use crate::records::{self, PARTITIONS};
use crate::reference::{self, median, rate};
use crate::stage::{Size, Stage};
use crate::table::{Figure, Findings, Row};

pub(crate) async fn measure(stage: &Stage, size: Size) -> anyhow::Result<Findings> {
    let batches = size.pick(200, 50, 1);
    let log = stage.kafka_log();
    port::append(&log, batches, BATCH).await?;
    // Each partition begins with its genesis.
    let count = (batches * BATCH + 1) * usize::from(PARTITIONS);
    let (mut ours, mut raw) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds() {
        ours.push(read(&log, batches * BATCH).await?);
        raw.push(reference::consume(stage, &log.topic, count).await?);
    }
    let unit = "records/s";
    let mut findings = Findings::default();
    findings.row(
        Row::new(
            "log read from Kafka and checked",
            Figure::new(median(ours), unit),
        )
        .beside(
            "librdkafka's consumer alone",
            Figure::new(median(raw), unit),
        ),
    );
    Ok(findings)
}

/// Records a second, from the opening of the readers until the last one is at the sequence `last`.
async fn read(config: &KafkaConfig, last: usize) -> anyhow::Result<f64> {
    let log = docket_event_log::open(&LogConfig::Kafka(config.clone())).await?;
    let begun = Instant::now();
    let mut reading = JoinSet::new();
    for mut reader in records::readers(&log).await? {
        reading.spawn(async move {
            let mut count = 0;
            while reader.cursor().next_sequence().0 <= last as u64 {
                count += reader.next().await?.records.len();
            }
            anyhow::Ok(count)
        });
    }
    let mut count = 0;
    while let Some(ended) = reading.join_next().await {
        count += ended??;
    }
    Ok(rate(count, begun.elapsed()))
}
