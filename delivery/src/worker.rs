//! The worker's tasks: one takes notifications in, one per target sends, one measures.
//!
//! Guarantee: targets share nothing but the database, so what one of them waits for no other waits
//! for; after shutdown nothing new is begun, and what was begun is finished and noted.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use docket_service::health::{Component, Health};
use docket_service::shutdown::Shutdown;
use docket_service::telemetry::Chain;
use metrics::counter;
use tokio::task::{Id, JoinHandle, JoinSet};
use tokio::time::sleep;
use tracing::{error, warn};

use crate::Error;
use crate::config::DeliveryConfig;
use crate::queue::{Job, Outcome, Queue};
use crate::target::{self, Target};
use crate::text::Texts;

const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);
const MEASURE_INTERVAL: Duration = Duration::from_secs(15);

/// A worker that runs.
#[derive(Debug)]
pub struct Worker {
    task: JoinHandle<()>,
}

/// What all tasks share.
struct Shared {
    config: DeliveryConfig,
    texts: Texts,
    health: Component,
    shutdown: Shutdown,
}

impl Worker {
    pub(crate) fn start(
        config: DeliveryConfig,
        health: &Health,
        shutdown: &Shutdown,
    ) -> Result<Self, Error> {
        let targets = Target::all(&config)?;
        let shared = Arc::new(Shared {
            texts: Texts::load(&config)?,
            config,
            health: health.component("delivery"),
            shutdown: shutdown.clone(),
        });
        Ok(Self {
            task: tokio::spawn(run(shared, targets)),
        })
    }

    /// Waits until everything that was begun is finished, as it is after shutdown.
    pub async fn stopped(self) {
        if let Err(failure) = self.task.await {
            error!(error = %failure, "the delivery worker panicked");
        }
    }
}

async fn run(shared: Arc<Shared>, targets: Vec<(String, Target)>) {
    let Some(queue) = shared.open().await else {
        return;
    };
    let names: Vec<String> = targets.iter().map(|(name, _)| name.clone()).collect();
    let mut tasks = JoinSet::new();
    tasks.spawn(take_in(Arc::clone(&shared), queue.clone()));
    tasks.spawn(measure(Arc::clone(&shared), queue.clone(), names));
    for (name, target) in targets {
        tasks.spawn(send_all(Arc::clone(&shared), queue.clone(), name, target));
    }
    while let Some(ended) = tasks.join_next().await {
        if let Err(failure) = ended {
            error!(error = %failure, "a task of the delivery worker panicked");
            shared
                .health
                .failing("a task panicked; start the worker again");
        }
    }
}

impl Shared {
    /// The tables, as soon as there is a database to make them in.
    async fn open(&self) -> Option<Queue> {
        let mut pause = PAUSE_MIN;
        while !self.shutdown.is_requested() {
            match Queue::open(&self.config).await {
                Ok(queue) => return Some(queue),
                Err(failure) => self.health.failing(Chain(&failure).to_string()),
            }
            self.rest(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
        None
    }

    async fn rest(&self, pause: Duration) {
        tokio::select! {
            () = self.shutdown.requested() => {}
            () = sleep(pause) => {}
        }
    }
}

/// Takes notifications in and finds ways for them. It alone speaks for the worker's health: what
/// keeps it from the database keeps the others, too.
async fn take_in(shared: Arc<Shared>, queue: Queue) {
    let mut pause = PAUSE_MIN;
    while !shared.shutdown.is_requested() {
        let worked = async {
            let taken = queue.take(&shared.config).await?;
            let routed = queue.route(&shared.config).await?;
            Ok::<_, sqlx::Error>(taken || routed)
        };
        match worked.await {
            Ok(more) => {
                shared.health.ok();
                pause = PAUSE_MIN;
                if !more {
                    shared.rest(shared.config.poll_interval()).await;
                }
            }
            Err(failure) => {
                shared.health.failing(Chain(&failure).to_string());
                shared.rest(pause).await;
                pause = (pause * 2).min(PAUSE_MAX);
            }
        }
    }
}

async fn measure(shared: Arc<Shared>, queue: Queue, served: Vec<String>) {
    while !shared.shutdown.is_requested() {
        // Whatever keeps us from the database shows in the health.
        let _ = queue.measure(&served).await;
        shared.rest(MEASURE_INTERVAL).await;
    }
}

/// Sends what is due for one target, so many at once.
async fn send_all(shared: Arc<Shared>, queue: Queue, name: String, target: Target) {
    let target = Arc::new(target);
    let mut under_way: JoinSet<Outcome> = JoinSet::new();
    let mut jobs: HashMap<Id, Job> = HashMap::new();
    while !shared.shutdown.is_requested() {
        let free = shared.config.concurrency - under_way.len();
        let claimed = match free {
            0 => Ok(Vec::new()),
            _ => queue.claim(&name, free).await,
        };
        for job in claimed.unwrap_or_default() {
            let (shared, target, mine) = (Arc::clone(&shared), Arc::clone(&target), job.clone());
            let attempt = async move { target.attempt(&mine, &shared.texts, &shared.config).await };
            jobs.insert(under_way.spawn(attempt).id(), job);
        }
        let ended = tokio::select! {
            () = shared.shutdown.requested() => break,
            ended = under_way.join_next_with_id(), if !under_way.is_empty() => ended,
            () = sleep(shared.config.poll_interval()), if free > 0 => None,
        };
        if let Some(ended) = ended {
            note(&shared, &queue, &name, &mut jobs, ended).await;
        }
    }
    while let Some(ended) = under_way.join_next_with_id().await {
        note(&shared, &queue, &name, &mut jobs, ended).await;
    }
}

type Ended = Result<(Id, Outcome), tokio::task::JoinError>;

/// Notes an attempt's outcome. While the database is down it is tried as long as the attempt is
/// ours; after that somebody begins another.
async fn note(
    shared: &Shared,
    queue: &Queue,
    target: &str,
    jobs: &mut HashMap<Id, Job>,
    ended: Ended,
) {
    let (id, outcome) = match ended {
        Ok((id, outcome)) => (id, outcome),
        Err(failure) => (failure.id(), target::broken(&failure)),
    };
    let Some(job) = jobs.remove(&id) else {
        return;
    };
    let mut pause = PAUSE_MIN;
    for _ in 0..6 {
        match queue.finish(&job, &outcome).await {
            Ok(state) => {
                counter!("docket_delivery_attempts_total", "target" => target.to_owned(), "state" => state)
                    .increment(1);
                if let Outcome::Failed(failure) = &outcome {
                    warn!(delivery = %job.id, target, attempt = job.attempts, state, why = failure.why, "not delivered");
                }
                return;
            }
            Err(failure) => {
                shared.health.failing(Chain(&failure).to_string());
                sleep(pause).await;
                pause *= 2;
            }
        }
    }
}
