//! What can be set about the command API; every limit is here, with its unit and default.

use std::num::NonZeroU32;
use std::path::PathBuf;

use docket_service::config::{Check, ConfigError};
use serde::Deserialize;

use crate::partition::owner::is_host_and_port;

/// Section `command`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CommandConfig {
    /// Under which `host:port` the other replicas reach this one's HTTP. With it the replica claims
    /// its share of the partitions, so that others forward commands for these to it, and it
    /// forwards to them. Each replica's own, never a load balancer's; the same again when it
    /// restarts, where that can be. Default: none; it then neither claims nor forwards, which is
    /// as safe, and right for a replica that is alone.
    pub advertised: Option<String>,
    /// How often a replica that owns partitions looks whether it has its share, in milliseconds; a
    /// process stretches it by up to a half. So soon after a change do replicas have equal shares
    /// again. Default 3 000.
    pub share_review_ms: u64,
    /// How long a closed ticket may be reopened, in days. Fixed in the event that closes it, so a
    /// change holds for later closings only. Default 14.
    pub reopen_window_days: u32,
    /// How often somebody may try to answer one survey within an hour, at each replica; past it they
    /// are answered 429. Default 30.
    pub survey_attempts_per_hour: NonZeroU32,
    /// How long a request waits for its outcome, in milliseconds. Then it is answered 503
    /// "unknown", and a repeat with the same key learns what became of it. So long, too, may another
    /// replica answer none of the bulk lines it was sent; then they are executed here. Default
    /// 10 000.
    pub command_wait_ms: u64,
    /// How long a command may wait in a partition's queue before it is sent, in milliseconds. Then
    /// it is answered 503 "not done" and dropped. Bulk lines are not dropped: their order within a
    /// ticket must hold. Default 5 000; must not exceed `command_wait_ms`.
    pub queue_wait_ms: u64,
    /// How long an append of a partition may be in doubt, in milliseconds, until commands for it
    /// are answered 503 "not done" at once instead of waiting, those that wait in its queue
    /// included. It ends with the first record read. Longer than a broker's failover, or clients
    /// see one. Default 4 000.
    pub stalled_after_ms: u64,
    /// Commands that one partition holds, queued and in flight. Surveys get three eighths of it, bulk
    /// half, what customers say five eighths, the work of staff seven eighths, opening and routing tickets all.
    /// Past its share a command is answered 429 at once; bulk waits instead. Default 4 096.
    pub queue_commands_max: usize,
    /// Commands of one partition that wait at once for another replica's answer: single ones, each on
    /// a connection of its own, and lines of bulk requests. Shared out as `queue_commands_max` is.
    /// Default 1 024.
    pub forwarded_commands_max: usize,
    /// Most commands in one append of a partition, whatever has arrived. Halved after each lost
    /// append, doubled after each won one. Default 512.
    pub batch_records_max: usize,
    /// Lines of one bulk request that are in flight at once. Default 4 096.
    pub bulk_window_lines: usize,
    /// Longest line of a bulk request, in bytes. Default 65 536.
    pub bulk_line_bytes_max: usize,
    /// Largest body of a single command, in bytes. Default 65 536.
    pub body_bytes_max: usize,
    /// How long a stop waits for accepted commands to be settled, in milliseconds. Default 20 000.
    pub stop_wait_ms: u64,
    /// Where snapshots of this log are kept, one file a partition; a start then reads only what
    /// came after, and tickets closed for good need next to no memory. None by default, and no
    /// snapshots.
    pub snapshot_directory: Option<PathBuf>,
    /// Fewest records of a partition between two of its snapshots; a tenth of its tickets if that is
    /// more. Default 50 000.
    pub snapshot_records_min: u64,
}

impl Default for CommandConfig {
    fn default() -> Self {
        Self {
            advertised: None,
            share_review_ms: 3_000,
            reopen_window_days: 14,
            survey_attempts_per_hour: const { NonZeroU32::new(30).unwrap() },
            command_wait_ms: 10_000,
            queue_wait_ms: 5_000,
            stalled_after_ms: 4_000,
            queue_commands_max: 4_096,
            forwarded_commands_max: 1_024,
            batch_records_max: 512,
            bulk_window_lines: 4_096,
            bulk_line_bytes_max: 65_536,
            body_bytes_max: 65_536,
            stop_wait_ms: 20_000,
            snapshot_directory: None,
            snapshot_records_min: 50_000,
        }
    }
}

impl Check for CommandConfig {
    fn check(&self) -> Result<(), ConfigError> {
        ConfigError::unless(
            self.advertised.as_deref().is_none_or(is_host_and_port),
            "command.advertised",
            "must be host:port, under which the other replicas reach this one",
        )?;
        let least = |holds, field| ConfigError::unless(holds, field, "is too small to work");
        ConfigError::unless(
            self.reopen_window_days <= 3_650,
            "command.reopen_window_days",
            "is more than ten years (3650)",
        )?;
        ConfigError::unless(
            self.queue_wait_ms <= self.command_wait_ms,
            "command.queue_wait_ms",
            "is more than command.command_wait_ms: nobody would be told \"not done\"",
        )?;
        least(self.share_review_ms >= 50, "command.share_review_ms")?;
        least(self.command_wait_ms >= 1, "command.command_wait_ms")?;
        least(self.stalled_after_ms >= 100, "command.stalled_after_ms")?;
        least(self.queue_commands_max >= 8, "command.queue_commands_max")?;
        least(
            self.forwarded_commands_max >= 8,
            "command.forwarded_commands_max",
        )?;
        least(self.batch_records_max >= 1, "command.batch_records_max")?;
        least(self.bulk_window_lines >= 1, "command.bulk_window_lines")?;
        least(
            self.bulk_line_bytes_max >= 1_024,
            "command.bulk_line_bytes_max",
        )?;
        least(self.body_bytes_max >= 1_024, "command.body_bytes_max")?;
        least(
            self.snapshot_records_min >= 1,
            "command.snapshot_records_min",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_advertised_must_be_a_host_and_a_port() {
        let with = |advertised: &str| CommandConfig {
            advertised: Some(advertised.into()),
            ..CommandConfig::default()
        };
        for fine in ["replica-1:8080", "10.0.0.7:80", "[::1]:8080"] {
            with(fine).check().expect(fine);
        }
        for wrong in [
            "",
            "replica-1",
            ":8080",
            "replica-1:",
            "replica-1:0",
            "replica-1:99999",
            "http://replica-1:8080",
            "somebody@replica-1:8080",
            "replica-1:8080/v1",
        ] {
            let refused = with(wrong).check().expect_err(wrong).to_string();
            assert!(refused.contains("command.advertised must be"), "{refused}");
        }
    }
}
