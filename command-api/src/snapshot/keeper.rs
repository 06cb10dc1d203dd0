//! Builds snapshots in the background, one partition at a time, whenever enough has come since the
//! last one, and hands each to its partition's task.

use std::sync::Arc;
use std::time::Duration;

use docket_event_log::{Log, Partition};
use docket_service::telemetry::Chain;
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
    /// Of each partition, the one its task has started from or been given.
    pub(crate) snapshots: Vec<Option<Arc<Snapshot>>>,
    pub(crate) stop: CancellationToken,
}

impl Keeper {
    /// Runs until the process stops. What is being built then is left: reading a little more of the
    /// log at the next start costs less than a stop that waits.
    pub(crate) async fn run(mut self) {
        metrics::counter!("docket_snapshots_written_total").increment(0);
        metrics::counter!("docket_snapshots_failed_total").increment(0);
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut not_before = vec![Instant::now(); self.snapshots.len()];
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                _ = looks.tick() => {}
            }
            for (n, not_before) in not_before.iter_mut().enumerate() {
                if *not_before <= Instant::now()
                    && self.is_due(n)
                    && let Err(error) = self.build(n).await
                {
                    if matches!(error, BuildError::Stopped) {
                        return;
                    }
                    let error = Chain(&error).to_string();
                    tracing::warn!(partition = n, error, "a snapshot could not be built");
                    metrics::counter!("docket_snapshots_failed_total").increment(1);
                    *not_before = Instant::now() + RETRY;
                }
            }
        }
    }

    /// A snapshot is written whole, so the larger it is, the more must have come.
    fn is_due(&self, n: usize) -> bool {
        let snapshot = self.snapshots[n].as_ref();
        let built_to = snapshot.map_or(0, |snapshot| snapshot.cursor().next.0);
        let streams = snapshot.map_or(0, |snapshot| snapshot.streams());
        let came = self.partitions.read_to(n).map_or(0, |place| place.0);
        came.saturating_sub(built_to) >= self.records_min.max(streams / 10)
    }

    async fn build(&mut self, n: usize) -> Result<(), BuildError> {
        let job = Job {
            log: Log::clone(&self.log),
            partition: Partition(n as u16),
            previous: self.snapshots[n].clone(),
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
            cold = snapshot.cold().tickets(),
            took_ms = started.elapsed().as_millis() as u64,
            "wrote a snapshot"
        );
        metrics::counter!("docket_snapshots_written_total").increment(1);
        self.partitions.adopt(n, adoption);
        self.snapshots[n] = Some(snapshot);
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
