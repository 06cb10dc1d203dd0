//! What the replicas' own logs tell of their snapshots, and of what should never happen to them.
//!
//! Logs and not metrics, since a process that is killed takes its metrics with it.

use std::fs;
use std::path::Path;

use serde::Serialize;

/// Written into a replica's log before each of its lives.
pub(crate) const LIFE: &str = "=== a life begins";

/// What these lines say is written at this level by a part that is quiet otherwise.
pub(crate) const LOG_FILTER: &str = "info,docket_command_api::partition::state=debug";

/// Figures of all lives of all replicas.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize)]
pub struct Snapshots {
    /// Snapshots of partitions that were written.
    pub written: usize,
    /// Lives of replicas.
    pub starts: usize,
    /// Of these, those that began from at least one partition's snapshot.
    pub used: usize,
    /// Tickets that were looked up in a snapshot's file and found there.
    pub looked_up: usize,
    /// Lines of alarm: nothing that a run does explains them.
    #[serde(skip)]
    pub alarms: Vec<String>,
}

/// What no fault explains: no run damages files or loses records, and nothing may ever panic.
const ALARMS: [&str; 6] = [
    "panicked",
    "a snapshot is ignored",
    "a snapshot doesn't match the log",
    "loading a snapshot failed",
    "snapshot can't be read",
    "the partition can't be read on",
];

impl Snapshots {
    /// Reads the logs in that directory.
    pub fn read(directory: &Path) -> std::io::Result<Self> {
        let mut seen = Self::default();
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.extension().is_some_and(|it| it == "log") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                seen.add(&name, &String::from_utf8_lossy(&fs::read(&path)?));
            }
        }
        Ok(seen)
    }

    fn add(&mut self, replica: &str, log: &str) {
        let mut counted = true;
        for line in log.lines() {
            if line.contains(LIFE) {
                self.starts += 1;
                counted = false;
            } else if line.contains("starting from a snapshot") {
                self.used += usize::from(!counted);
                counted = true;
            } else if line.contains("wrote a snapshot") {
                self.written += 1;
            } else if line.contains("found in the snapshot") {
                self.looked_up += 1;
            } else if ALARMS.iter().any(|alarm| line.contains(alarm)) {
                self.alarms.push(format!("{replica}: {line}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_snapshots_and_alarms_are_counted() {
        let mut seen = Snapshots::default();
        let log = [
            LIFE,
            "INFO wrote a snapshot partition=1",
            LIFE,
            "INFO starting from a snapshot partition=0",
            "INFO starting from a snapshot partition=1",
            "DEBUG found in the snapshot ticket=7",
            "WARN a snapshot is ignored: reading the log from its start",
            LIFE,
        ];
        seen.add("r1", &log.join("\n"));
        let Snapshots {
            written,
            starts,
            used,
            looked_up,
            alarms,
        } = seen;
        assert_eq!((written, starts, used, looked_up), (1, 3, 1, 1));
        assert_eq!(alarms.len(), 1, "{alarms:?}");
    }
}
