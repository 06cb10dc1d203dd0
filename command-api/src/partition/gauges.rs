//! A partition's figures, with their handles made once.

use metrics::Gauge;

/// Handles of one partition's gauges.
pub(crate) struct Gauges {
    queue: Gauge,
    failed: Gauge,
}

impl Gauges {
    pub(super) fn of(partition: u16) -> Self {
        let partition = partition.to_string();
        let failed = metrics::gauge!("docket_partition_failed", "partition" => partition.clone());
        failed.set(0.0);
        Self {
            queue: metrics::gauge!("docket_queue_commands", "partition" => partition),
            failed,
        }
    }

    pub(super) fn queue(&self, commands: usize) {
        self.queue.set(commands as f64);
    }

    /// The alarm: the partition answers 503 from now on.
    pub(super) fn failed(&self) {
        self.failed.set(1.0);
    }
}

/// How many entries of the partition have not been read yet.
pub(crate) fn lag(partition: u16, entries: u64) {
    metrics::gauge!("docket_log_lag_records", "partition" => partition.to_string())
        .set(entries as f64);
}

/// Whether the log could be asked for its end the last time. When it can't, commands are answered
/// 503 and nothing else shows it: readiness stays, since no other replica would fare better.
pub(crate) fn reachable(reachable: bool) {
    metrics::gauge!("docket_log_reachable").set(if reachable { 1.0 } else { 0.0 });
}
