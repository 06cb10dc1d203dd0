//! Commands through the log port on Kafka, read back valid, beside librdkafka's producer alone.
//!
//! Eight partitions, each with a [`PartitionWriter`] that always has a next batch of 512 events
//! waiting (4,096 clients, as it were): sealed onto the head, sent, read back, checked; a batch
//! goes when the one before is settled. The reference sends the same records (key, headers, data)
//! to the same broker, idempotent and with `acks=all`, as fast as its queue takes them, and reads
//! nothing back.

use std::sync::Arc;
use std::time::Instant;

use anyhow::ensure;
use docket_event_log::{KafkaConfig, Log, LogConfig, PartitionWriter, WriterConfig};
use tokio::task::JoinSet;

use crate::records::{self, PARTITIONS};
use crate::reference::{self, median, rate};
use crate::stage::{Size, Stage};
use crate::table::{Budget, Figure, Findings, Row};

pub(crate) const BATCH: usize = 512;

pub(crate) async fn measure(stage: &Stage, size: Size) -> anyhow::Result<Findings> {
    let batches = size.pick(120, 40, 2);
    let count = batches * BATCH * usize::from(PARTITIONS);
    let records = (0..PARTITIONS).map(|partition| records::chained(partition, BATCH));
    let records = Arc::new(records.collect::<Vec<_>>());
    let (mut ours, mut raw) = (Vec::new(), Vec::new());
    for round in 0..=size.rounds() {
        let one = append(&stage.kafka_log(), batches, BATCH).await?;
        let other = reference::produce(stage, &records, count).await?;
        // The first round only warms up.
        if round > 0 {
            ours.push(one);
            raw.push(other);
        }
    }
    let unit = "records/s";
    let mut findings = Findings::default();
    findings.row(
        Row::new(
            "log port on Kafka, read back valid",
            Figure::new(median(ours), unit),
        )
        .beside(
            "librdkafka's producer alone",
            Figure::new(median(raw), unit),
        )
        .budget(Budget::RatioAtLeast(1.0)),
    );
    Ok(findings)
}

/// Fills a new log; events a second, from the first sent to the last read back.
pub(crate) async fn append(
    config: &KafkaConfig,
    batches: usize,
    batch: usize,
) -> anyhow::Result<f64> {
    let log = docket_event_log::open(&LogConfig::Kafka(config.clone())).await?;
    let mut writers = JoinSet::new();
    let writers_ready = open(&log).await?;
    let begun = Instant::now();
    for writer in writers_ready {
        writers.spawn(write(writer, batches, batch));
    }
    while let Some(ended) = writers.join_next().await {
        ended??;
    }
    Ok(rate(
        batches * batch * usize::from(PARTITIONS),
        begun.elapsed(),
    ))
}

/// A writer for each partition, read up to the genesis.
async fn open(log: &Log) -> anyhow::Result<Vec<PartitionWriter>> {
    let mut writers = Vec::with_capacity(usize::from(PARTITIONS));
    for reader in records::readers(log).await? {
        let mut writer = PartitionWriter::new(Log::clone(log), reader, WriterConfig::default());
        while writer.cursor().head.is_none() {
            writer.next().await?;
        }
        writers.push(writer);
    }
    Ok(writers)
}

async fn write(mut writer: PartitionWriter, batches: usize, batch: usize) -> anyhow::Result<()> {
    let draft = records::draft();
    for _ in 0..batches {
        writer.start_append(vec![draft.clone(); batch])?;
        let settled = loop {
            if let Some(settled) = writer.next().await?.settled {
                break settled;
            }
        };
        ensure!(settled.lost == 0, "nobody else writes here: {settled:?}");
    }
    Ok(())
}
