//! Starts the projector: the tables, then a task per partition.

use std::time::Duration;

use docket_event_log::{Log, Partition, Reader};
use docket_service::Shutdown;
use docket_service::health::Health;
use metrics::gauge;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{interval, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use super::batch::chain;
use super::progress::{Progress, State};
use super::store::Store;
use super::task::PartitionTask;
use super::{Error, View, ViewConfig};

const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// How often the lag and what is parked are measured; it costs the log one question per partition,
/// and the database one.
const LAG_INTERVAL: Duration = Duration::from_secs(5);

/// A projector at work.
#[derive(Debug)]
pub struct Handle {
    progress: Progress,
    task: JoinHandle<()>,
}

impl Handle {
    /// How the partitions are doing.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Waits until every task has ended, as they do after shutdown.
    pub async fn stopped(self) {
        if let Err(failure) = self.task.await {
            error!(error = %failure, "the projector's task panicked");
        }
    }
}

/// Projects `log` into the generation that `config` names, until `shutdown`. Returns at once; see
/// a view's own `start`.
pub(crate) fn start<V: View>(
    log: Log,
    config: ViewConfig<V>,
    health: &Health,
    shutdown: &Shutdown,
) -> Handle {
    let component = health.component(V::NAME);
    let progress = Progress::new(log.identity().partitions, component);
    let run = run(log, config, progress.clone(), shutdown.token());
    Handle {
        progress,
        task: tokio::spawn(run),
    }
}

async fn run<V: View>(
    log: Log,
    config: ViewConfig<V>,
    progress: Progress,
    shutdown: CancellationToken,
) {
    let opened = tokio::select! {
        () = shutdown.cancelled() => return,
        opened = open(&log, &config, &progress) => opened,
    };
    let Some((store, readers)) = opened else {
        return;
    };
    info!(
        view = V::NAME,
        schema = config.schema,
        partitions = readers.len(),
        "the view follows the log"
    );
    let mut tasks = JoinSet::new();
    for (partition, reader) in (0..).zip(readers) {
        let task = PartitionTask {
            log: log.clone(),
            store: store.clone(),
            partition: Partition(partition),
            batch_records_max: config.batch_records_max,
            commit_interval: Duration::from_millis(config.commit_interval_ms),
            progress: progress.clone(),
            shutdown: shutdown.clone(),
        };
        tasks.spawn(task.run(reader));
    }
    tokio::select! {
        () = measure(&log, &store, &progress) => {}
        // A task that panicked shows as such, and is an alarm like any other.
        () = join(&mut tasks, &progress) => {}
    }
}

async fn join(tasks: &mut JoinSet<()>, progress: &Progress) {
    while let Some(ended) = tasks.join_next().await {
        if let Err(failure) = ended {
            error!(error = %failure, "a projector's task panicked");
            progress.set_all(&State::Stopped(failure.to_string()));
        }
    }
}

/// Tables, checkpoints and readers; `None` when only an operator can help.
async fn open<V: View>(
    log: &Log,
    config: &ViewConfig<V>,
    progress: &Progress,
) -> Option<(Store<V>, Vec<Option<Reader>>)> {
    let mut pause = PAUSE_MIN;
    loop {
        match try_open(log, config).await {
            Ok(opened) => return Some(opened),
            Err(failure) if failure.is_transient() => {
                let text = chain(&failure);
                progress.set_all(&State::Retrying(text));
                sleep(pause).await;
                pause = (pause * 2).min(PAUSE_MAX);
            }
            Err(failure) => {
                let text = chain(&failure);
                error!(view = V::NAME, error = text, "the view can't start");
                progress.set_all(&State::Stopped(text));
                return None;
            }
        }
    }
}

async fn try_open<V: View>(
    log: &Log,
    config: &ViewConfig<V>,
) -> Result<(Store<V>, Vec<Option<Reader>>), Error> {
    let store = Store::connect(config)?;
    let identity = log.identity();
    let cursors = store.cursors(identity.log_id, identity.partitions).await?;
    // All at once, because adapters share a connection among readers opened together.
    let readers = match Reader::open(log, &cursors).await.map_err(Error::from) {
        Ok(readers) => readers.into_iter().map(Some).collect(),
        Err(failure) if failure.is_transient() => return Err(failure),
        // One damaged partition: each task opens its own, and only that one stops.
        Err(_) => cursors.iter().map(|_| None).collect(),
    };
    Ok((store, readers))
}

async fn measure<V: View>(log: &Log, store: &Store<V>, progress: &Progress) {
    let mut ticks = interval(LAG_INTERVAL);
    loop {
        ticks.tick().await;
        let parked = store.parked_streams().await;
        for partition in 0..log.identity().partitions {
            let number = partition.to_string();
            if let Ok(parked) = &parked {
                let here = |&&(of, _): &&(i32, i64)| of == i32::from(partition);
                let streams = parked.iter().find(here).map_or(0, |(_, streams)| *streams);
                gauge!("docket_streams_parked", "view" => V::NAME, "partition" => number.clone())
                    .set(streams as f64);
            }
            let Ok(end) = log.end(Partition(partition)).await else {
                continue;
            };
            let next = progress.subscribe().borrow()[usize::from(partition)]
                .cursor
                .as_ref()
                .map_or(0, |cursor| cursor.next.0);
            gauge!("docket_projector_lag_records", "view" => V::NAME, "partition" => number)
                .set(end.0.saturating_sub(next) as f64);
        }
    }
}
