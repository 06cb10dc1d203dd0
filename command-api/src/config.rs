//! What can be set about the command API; every limit is here, with its unit and default.

use docket_service::config::{Check, ConfigError};
use serde::Deserialize;

/// Section `command`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CommandConfig {
    /// How long a closed ticket may be reopened, in days. Fixed in the event that closes it, so a
    /// change holds for later closings only. Default 14.
    pub reopen_window_days: u32,
    /// How long a request waits for its outcome, in milliseconds. Then it is answered 503
    /// "unknown", and a repeat with the same key learns what became of it. Default 10 000.
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
    /// Commands that one partition holds, queued and in flight. Bulk gets half of it, customers'
    /// comments five eighths, work on tickets seven eighths, opening and routing all. Past its
    /// share a command is answered 429 at once; bulk waits instead. Default 4 096.
    pub queue_commands_max: usize,
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
}

impl Default for CommandConfig {
    fn default() -> Self {
        Self {
            reopen_window_days: 14,
            command_wait_ms: 10_000,
            queue_wait_ms: 5_000,
            stalled_after_ms: 4_000,
            queue_commands_max: 4_096,
            batch_records_max: 512,
            bulk_window_lines: 4_096,
            bulk_line_bytes_max: 65_536,
            body_bytes_max: 65_536,
            stop_wait_ms: 20_000,
        }
    }
}

impl Check for CommandConfig {
    fn check(&self) -> Result<(), ConfigError> {
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
        least(self.command_wait_ms >= 1, "command.command_wait_ms")?;
        least(self.stalled_after_ms >= 100, "command.stalled_after_ms")?;
        least(self.queue_commands_max >= 8, "command.queue_commands_max")?;
        least(self.batch_records_max >= 1, "command.batch_records_max")?;
        least(self.bulk_window_lines >= 1, "command.bulk_window_lines")?;
        least(
            self.bulk_line_bytes_max >= 1_024,
            "command.bulk_line_bytes_max",
        )?;
        least(self.body_bytes_max >= 1_024, "command.body_bytes_max")
    }
}
