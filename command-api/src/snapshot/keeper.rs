//! Builds snapshots in the background, one partition at a time, whenever enough has come since the
//! last one, and hands each to its partition's task.

use std::sync::Arc;
use std::time::Duration;

use docket_event_log::{Log, Partition};
use docket_service::telemetry::Chain;
use metrics::Gauge;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::build::{BuildError, Built, Job, build};
use super::file::Directory;
use super::read::Snapshot;
use crate::partition::Partitions;

/// How often it is asked whether a snapshot is due.
const LOOK: Duration = Duration::from_secs(2);
/// How long after one that could not be built.
const RETRY: Duration = Duration::from_mins(1);

/// Keeps the snapshots of all partitions.
#[derive(Debug)]
pub(crate) struct Keeper {
    pub(crate) log: Log,
    pub(crate) partitions: Arc<Partitions>,
    pub(crate) directory: Directory,
    /// Fewest records since the last snapshot.
    pub(crate) records_min: u64,
    /// Of each partition.
    kept: Vec<Kept>,
    pub(crate) stop: CancellationToken,
}

/// What is kept of a partition.
#[derive(Debug)]
struct Kept {
    /// The one that its task has started from or been given.
    snapshot: Option<Arc<Snapshot>>,
    /// When the next may be built; never, where the log goes on in a way that only a newer version
    /// understands: that won't change while this one runs.
    not_before: Option<Instant>,
    lag: Gauge,
}

impl Keeper {
    /// Of partitions that have started from these snapshots.
    pub(crate) fn new(
        log: Log,
        partitions: Arc<Partitions>,
        directory: Directory,
        records_min: u64,
        snapshots: Vec<Option<Arc<Snapshot>>>,
        stop: CancellationToken,
    ) -> Self {
        let kept = |(n, snapshot): (u16, _)| Kept {
            snapshot,
            not_before: Some(Instant::now()),
            lag: metrics::gauge!("docket_snapshot_lag_records", "partition" => n.to_string()),
        };
        Self {
            log,
            partitions,
            directory,
            records_min,
            kept: (0..).zip(snapshots).map(kept).collect(),
            stop,
        }
    }

    /// Runs until the process stops. What is being built then is left: reading a little more of the
    /// log at the next start costs less than a stop that waits.
    pub(crate) async fn run(mut self) {
        metrics::counter!("docket_snapshots_written_total").increment(0);
        metrics::counter!("docket_snapshots_failed_total").increment(0);
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                _ = looks.tick() => {}
            }
            for n in 0..self.kept.len() {
                if !self.stop.is_cancelled() {
                    self.look(n).await;
                }
            }
        }
    }

    /// Builds the partition's next snapshot if it is time.
    pub(super) async fn look(&mut self, n: usize) {
        let Some(lag) = self.lag(n) else {
            return;
        };
        let kept = &mut self.kept[n];
        kept.lag.set(lag as f64);
        // A snapshot is written whole, so the larger it is, the more must have come.
        let streams = kept.snapshot.as_ref().map_or(0, |it| it.streams());
        let is_time = kept.not_before.is_some_and(|at| at <= Instant::now());
        if !is_time || lag < self.records_min.max(streams / 10) {
            return;
        }
        let not_before = match self.build(n).await {
            Ok(()) | Err(BuildError::Stopped) => return,
            Err(error) => {
                metrics::counter!("docket_snapshots_failed_total").increment(1);
                let why = Chain(&error).to_string();
                if matches!(error, BuildError::Newer { .. }) {
                    tracing::warn!(
                        partition = n,
                        why,
                        "no more snapshots of this partition until a newer version runs"
                    );
                    None
                } else {
                    tracing::warn!(partition = n, error = why, "a snapshot could not be built");
                    Some(Instant::now() + RETRY)
                }
            }
        };
        self.kept[n].not_before = not_before;
    }

    /// How many entries have come since the last snapshot: what a start now would read.
    fn lag(&self, n: usize) -> Option<u64> {
        let snapshot = self.kept[n].snapshot.as_ref();
        let built_to = snapshot.map_or(0, |snapshot| snapshot.cursor().next.0);
        let came = self.partitions.read_to(n)?;
        Some(came.0.saturating_sub(built_to))
    }

    /// Whether no more snapshots of the partition are built by this version.
    #[cfg(test)]
    pub(super) fn has_ended(&self, n: usize) -> bool {
        self.kept[n].not_before.is_none()
    }

    async fn build(&mut self, n: usize) -> Result<(), BuildError> {
        let job = Job {
            log: Log::clone(&self.log),
            partition: Partition(n as u16),
            previous: self.kept[n].snapshot.clone(),
            directory: self.directory.clone(),
            stop: self.stop.clone(),
        };
        let started = Instant::now();
        let Some(Built { snapshot, adoption }) = aside(job).await? else {
            return Ok(());
        };
        tracing::info!(
            partition = n,
            next_sequence = snapshot.cursor().next_sequence().0,
            streams = snapshot.streams(),
            cold = snapshot.cold().streams(),
            took_ms = started.elapsed().as_millis() as u64,
            "wrote a snapshot"
        );
        metrics::counter!("docket_snapshots_written_total").increment(1);
        self.partitions.adopt(n, adoption);
        self.kept[n].snapshot = Some(snapshot);
        if let Some(lag) = self.lag(n) {
            self.kept[n].lag.set(lag as f64);
        }
        Ok(())
    }
}

/// Builds on a thread that gives way to everything else.
async fn aside(job: Job) -> Result<Option<Built>, BuildError> {
    let (tell, told) = oneshot::channel();
    let runtime = Handle::current();
    std::thread::Builder::new()
        .name("docket-snapshot".to_owned())
        .spawn(move || {
            // On Linux a niceness is the thread's own. Without it a build is only less polite.
            #[cfg(target_os = "linux")]
            let _ = rustix::process::setpriority_process(None, 10);
            let _ = tell.send(runtime.block_on(build(&job)));
        })?;
    // A panic is a bug of ours: nothing was published, and the partition goes on.
    told.await
        .unwrap_or_else(|_| Err(BuildError::Io(std::io::Error::other("the build panicked"))))
}
